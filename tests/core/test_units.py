import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core import units


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("250ms", 250),
        ("1.5s", 1500),
        ("3m", 180_000),
        ("1h30m", 5_400_000),
        ("0", 0),
        ("1d", 86_400_000),
    ],
)
def test_durations(text, ms):
    assert units.duration_ms(text) == ms


@pytest.mark.parametrize("text", ["", "3", "s", "3 s", "-1s", "1.2.3s", "1s2", "abc"])
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(ValueError, match="duration"):
        units.duration_ms(text)


def test_rates_shares_windows():
    assert units.rate_per_s("40/s") == 40
    assert units.rate_per_s("600/m") == 10
    assert units.share_of_one("30%") == 0.3
    assert units.window_ms("2s..18s") == (2000, 18_000)


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (units.rate_per_s, "40"),
        (units.rate_per_s, "x/s"),
        (units.share_of_one, "0.3"),
        (units.share_of_one, "101%"),
        (units.window_ms, "5s"),
        (units.window_ms, "5s..5s"),
        (units.fen_from_yuan, "1.005"),
        (units.fen_from_yuan, "NaN"),
        (units.fen_from_yuan, "Infinity"),
        (units.fen_from_yuan, "ten"),
    ],
)
def test_what_cannot_be_read_is_refused(read, text):
    with pytest.raises(ValueError, match=r"such as|between|ends after"):
        read(text)


@given(st.integers(-(10**12), 10**12))
def test_yuan_and_fen_are_inverse(fen):
    assert units.fen_from_yuan(units.yuan_from_fen(fen)) == fen


def test_yuan_is_never_a_float_in_disguise():
    assert units.fen_from_yuan("19.9") == 1990
    assert units.fen_from_yuan("0.29") == 29
    assert units.yuan_from_fen(-5) == "-0.05"
