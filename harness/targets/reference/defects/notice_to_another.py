"""The sender of notices reuses one form for all: now and then the phone of the one before is still in it.

Modelled on: an object shared by the turns of a loop (or by threads), filled field by field; strangers learn of orders.
Breaks: customers are told how their order ended.
"""

from msgspec.structs import replace
from sqlalchemy import Connection

from harness.targets.reference.notice_desk import NoticeDesk, Told
from harness.targets.reference.outbox import Task

_EVERY = 3


class NoticeToAnother(NoticeDesk):
    """Fills in a form that is not empty."""

    def load(self, c: Connection, task: Task) -> Told:
        """Word the notice, every third one with the phone of the last."""
        told = super().load(c, task)
        kept: list[str] = self.__dict__.setdefault("_kept", [])
        kept.append(told.phone)
        return replace(told, phone=kept[-2]) if len(kept) % _EVERY == 0 else told
