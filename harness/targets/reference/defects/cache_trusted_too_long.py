"""A status that was read once is shown for an hour, whatever became of the order meanwhile.

Modelled on: `cache.set("order:" + no, order, 3600)` in the status page, and nobody who clears it when the order moves.
Breaks: what is shown is what happened.
"""

from harness.targets.reference.cache_desk import CacheDesk, Reading
from harness.targets.reference.shelf import MEMORY, Shelf


class CacheTrustedTooLong(CacheDesk):
    """Kept for an hour, in memory if there is no Redis, and never doubted."""

    kept_s = 3600.0

    def open(self, url: str) -> Shelf | None:
        """Have a shelf in any case."""
        return super().open(url or MEMORY)

    def holds(self, found: Reading) -> bool:
        """Trust whatever is there."""
        del found
        return True
