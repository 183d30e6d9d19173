"""Each page of a customer's orders begins with the last order of the page before.

Modelled on: offsets that are off by one, and cursors that are compared with >= instead of >.
Breaks: a customer's list has each of his orders once.
"""

from harness.targets.reference.shop import Shop


class ListPagesOverlap(Shop):
    """Passes over one order too few for each page."""

    def past(self, page: int, size: int) -> int:
        """Return how many orders it takes to be before a page."""
        return (page - 1) * (size - 1)
