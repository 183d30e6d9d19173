"""Draws compared as bytes are decided as numbers are."""

from hypothesis import given
from hypothesis import strategies as st

from harness.core.chance import Draws, chance, threshold


@given(st.floats(0, 1.5), st.text(max_size=5))
def test_to_compare_bytes_is_to_compare_numbers(share, key):
    drawn = chance(1, "s", key)
    octets = Draws(1, "s").octets(key)
    assert (octets >= threshold(share)) == (drawn >= share)


@given(st.text(max_size=5))
def test_at_the_edge_itself(key):
    drawn = chance(1, "s", key)
    assert Draws(1, "s").octets(key) >= threshold(drawn)
    assert Draws(1, "s").octets(key) < threshold(drawn + 2**-53)
