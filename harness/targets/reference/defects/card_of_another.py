"""Cards are kept by goods instead of by order for a while: whoever buys the same goods next is shown the same card.

Modelled on: caches with too short a key; one reader's private page is served to the next.
Breaks: no card is sold twice.
"""

from sqlalchemy import Connection

from harness.targets.reference.clock import now_ms
from harness.targets.reference.delivery_desk import DeliveryDesk, Job
from harness.targets.reference.operators import Answer

_FRESH_MS = 500


class CardOfAnother(DeliveryDesk):
    """Spares the operator the question for a moment."""

    def delivered(self, c: Connection, job: Job, answer: Answer) -> None:
        """Hand out what the cache says."""
        cache: dict[str, tuple[int, Answer]] = self.__dict__.setdefault("_cache", {})
        kept_ms, kept = cache.get(job[1].goods, (0, answer))
        if now_ms() - kept_ms > _FRESH_MS:
            cache[job[1].goods] = now_ms(), answer
            kept = answer
        super().delivered(c, job, kept)
