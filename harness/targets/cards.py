"""Stock to load into a platform that sells cards: unique codes keyed by a seed, which no text can be mistaken for."""

from collections.abc import Iterator

from harness.core.chance import keyed_int

LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Without I, O, 0 and 1, which people mistake for each other."""


def codes(seed: int, count: int) -> Iterator[str]:
    """Yield card codes such as `RC-00000000-7KQ2M9XW4TBD`, each with its number and 60 keyed bits."""
    for number in range(count):
        drawn = keyed_int(seed, "card", number)
        letters = "".join(LETTERS[drawn >> 5 * at & 31] for at in range(12))
        yield f"RC-{number:08d}-{letters}"
