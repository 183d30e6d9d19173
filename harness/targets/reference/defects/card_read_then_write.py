"""A free card is read, thought about, and then written: two buyers at the same instant read the same one.

Modelled on: assimon/dujiaoka#328 and #97 (lost update): keys are looked up and marked as sold without a lock.
Breaks: no card is sold twice.
"""

import asyncio

from sqlalchemy import Connection

from harness.targets.reference.outbox import Task
from harness.targets.reference.stock_desk import NOBODY, StockDesk, cards_of, give
from harness.targets.reference.tables import Order

_THINKING_S = 0.02


class CardReadThenWrite(StockDesk):
    """Looks for a card in one transaction, and marks it in another."""

    async def work(self, task: Task, order: Order) -> None:
        """Find cards, think, hand them out."""
        codes = await self.db.run(cards_of, order.goods, NOBODY, order.quantity)
        await asyncio.sleep(_THINKING_S)
        await self.db.run(self._write, task, order, codes)

    def _write(self, c: Connection, task: Task, order: Order, codes: list[str]) -> None:
        if len(codes) < order.quantity:
            self.sold_out(c, order)
        else:
            for code in codes:
                give(c, order, code, was=NOBODY)
            self.hand_out(c, order, codes)
        self.outbox.done(c, task.key)
