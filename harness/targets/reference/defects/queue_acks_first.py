"""The delivery queue takes a message out when it hands it out, not when the work is done.

Modelled on: brokers with automatic acknowledgement, and LPOP as a queue (数据丢失型掉单): a crash loses
what was under way.
Breaks: no lost delivery, also when a process is killed.
"""

from sqlalchemy import Connection

from harness.targets.reference.config import Config
from harness.targets.reference.database import Database
from harness.targets.reference.delivery_desk import DeliveryDesk
from harness.targets.reference.operators import Operator
from harness.targets.reference.outbox import Outbox, Task
from harness.targets.reference.refund_desk import RefundDesk
from harness.targets.reference.stock_desk import StockDesk


class _AutoAck(Outbox):
    """What was handed out is in nobody's books any more; what is to be done again is a new message."""

    def claim(self, c: Connection, most: int) -> list[Task]:
        claimed = super().claim(c, most)
        for task in claimed:
            self.done(c, task.key)
        return claimed

    def again(self, c: Connection, key: str, due_ms: int, tries: int) -> None:
        self.done(c, key)
        self.add(c, key, due_ms)
        super().again(c, key, due_ms, tries)


class QueueAcksFirst(DeliveryDesk):
    """Keeps its submissions in such a queue."""

    def __init__(
        self,
        config: Config,
        db: Database,
        operators: dict[str, Operator],
        refunds: RefundDesk,
        stock: StockDesk,
    ) -> None:
        super().__init__(config, db, operators, refunds, stock)
        self.outbox = _AutoAck("supply")
