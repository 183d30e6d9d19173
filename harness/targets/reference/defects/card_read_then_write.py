"""A free card is read, thought about, and then written: two buyers at the same instant read the same one.

Modelled on: assimon/dujiaoka#328 and #97 (lost update): keys are looked up and marked as sold without a lock.
Breaks: no card is sold twice.
"""

import asyncio

from sqlalchemy import Connection

from harness.targets.reference.outbox import Task
from harness.targets.reference.stock_desk import NOBODY, StockDesk, card_of, give
from harness.targets.reference.tables import Order

_THINKING_S = 0.02


class CardReadThenWrite(StockDesk):
    """Looks for a card in one transaction, and marks it in another."""

    async def work(self, task: Task, order: Order) -> None:
        """Find a card, think, hand it out."""
        code = await self.db.run(card_of, order.goods, NOBODY)
        await asyncio.sleep(_THINKING_S)
        await self.db.run(self._write, task, order, code)

    def _write(self, c: Connection, task: Task, order: Order, code: str | None) -> None:
        if code is None:
            self.sold_out(c, order)
        else:
            give(c, order, code, was=NOBODY)
            self.hand_out(c, order, code)
        self.outbox.done(c, task.key)
