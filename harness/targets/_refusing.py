"""What a refusal says, in the words of the target file's `refusals`."""

from harness.targets._page import Page
from harness.targets._promises import Refusals
from harness.targets._taking import holds

MISSING = "missing"
"""What was asked for is not there: a definite no, whatever its HTTP status."""
_LOOKS = ("status", "ticket_state")


class Refusing:
    """Reads refusals, compiled once."""

    def __init__(self, said: Refusals) -> None:
        self._limit, self._missing = holds(said.limit), holds(said.missing)

    def why(self, name: str, page: Page) -> str:
        """Return why an answer to a call refuses; empty where it does not say so."""
        if name == "place" and self._limit(page):
            return "limit"
        return MISSING if name in _LOOKS and self._missing(page) else ""
