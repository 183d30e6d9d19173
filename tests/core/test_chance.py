from statistics import mean

from hypothesis import given
from hypothesis import strategies as st

from harness.core.chance import Draws, chance
from harness.core.identity import intent_of, tail_of


def test_the_same_key_draws_the_same_for_ever():
    # A recorded value: changing it would make every old seed mean something else.
    assert chance(20261111, "notify-late", "i17", "notify", 1) == 0.06050120848551077


@given(st.integers(), st.text(), st.text())
def test_prepared_draws_are_those_of_the_whole_key(seed, strike, order):
    draws = Draws(seed, strike)
    assert [draws(order), draws("i17")] == [
        chance(seed, strike, order),
        chance(seed, strike, "i17"),
    ]


def test_accounts_stay_what_they_were():
    # Recorded values: changing them would make every old journal's accounts mean other intents.
    assert [tail_of(7, k) for k in (0, 5, 119_999)] == ["75939537", "62022579", "63842359"]


def test_every_part_of_the_key_counts():
    draws = {
        chance(1, "a", 2),
        chance(1, "a", 3),
        chance(1, "b", 2),
        chance(2, "a", 2),
        chance(1, "a2"),
    }
    assert len(draws) == 5


def test_draws_are_uniform_enough():
    draws = [chance(7, "s", k) for k in range(20_000)]
    assert all(0 <= d < 1 for d in draws)
    assert abs(mean(draws) - 0.5) < 0.01
    assert abs(mean(d < 0.3 for d in draws) - 0.3) < 0.01


@given(st.integers(0, 2**63 - 1), st.integers(0, 10**8 - 1))
def test_an_account_gives_its_intent_back(seed, intent):
    assert intent_of(seed, 10**8, f"话费 138{tail_of(seed, intent)}") == intent


def test_accounts_are_unique_and_strangers_are_refused():
    assert len({tail_of(7, k) for k in range(50_000)}) == 50_000
    strangers = [str(13_000_000_000 + 7_919 * k) for k in range(20_000)]
    taken = sum(intent_of(7, 10_000, phone) is not None for phone in strangers)
    assert taken < 20  # 20,000 strangers at 10,000 / 10**8 each: 2 expected
    assert intent_of(7, 10_000, "no digits here, 1234567") is None
    assert intent_of(7, 10**8, "order S261123224017000034") is None
    assert intent_of(7, 10**8, f"+86138{tail_of(7, 42)}") == 42
