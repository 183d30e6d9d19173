"""Notifications are acknowledged at once and booked later, in one batch, from memory.

One bad notification in a batch (the same one twice is enough) rolls back all of it, and nobody will tell again.
Modelled on: platforms that answer `success` first to be quick; acked but unprocessed orders are the common 掉单.
Breaks: an acknowledged notification is never forgotten; no lost delivery.
"""

import asyncio

from sqlalchemy import Connection

from harness.targets.reference import books
from harness.targets.reference.payment_desk import PaymentDesk
from harness.targets.reference.tables import Receipt

_BATCH_S = 0.1


class AckBeforeWork(PaymentDesk):
    """Collects what was acknowledged; whoever was notified needs no polling any more."""

    _batch: list[Receipt] | None = None

    async def book(self, receipt: Receipt) -> None:
        """Remember it for the next batch."""
        await self.db.run(self.outbox.done, receipt.pay_no)
        if self._batch is None:
            self._batch = []
            self._flushing = asyncio.create_task(self._flush())
        self._batch.append(receipt)

    async def _flush(self) -> None:
        await asyncio.sleep(_BATCH_S)
        batch, self._batch = self._batch or [], None
        await self.db.run(self._write, batch)

    def _write(self, c: Connection, batch: list[Receipt]) -> None:
        for receipt in batch:
            if books.receipt(c, receipt.channel, receipt.trade_no) is not None:
                raise RuntimeError(f"booked already: {receipt.trade_no}")
            self.booked(c, receipt)
