"""Puts the platform together, with the defects that were asked for, and keeps its workers running."""

import asyncio
from contextlib import suppress
from typing import Any, TypeVar

from harness.targets.reference.accounts import Accounts
from harness.targets.reference.batch_desk import BatchDesk
from harness.targets.reference.bill_desk import BillDesk
from harness.targets.reference.complaint_desk import ComplaintDesk
from harness.targets.reference.config import Config
from harness.targets.reference.corrections import CorrectionDesk
from harness.targets.reference.database import Database
from harness.targets.reference.delivery_desk import DeliveryDesk
from harness.targets.reference.desk import Desk
from harness.targets.reference.gateways import Gateway
from harness.targets.reference.gateways.epay import Epay
from harness.targets.reference.gateways.wechat_pay import WechatPay
from harness.targets.reference.http_client import HttpClient
from harness.targets.reference.notice_desk import NoticeDesk
from harness.targets.reference.operators import Operator
from harness.targets.reference.operators.dayuanren import Dayuanren
from harness.targets.reference.operators.kasushou import Kasushou
from harness.targets.reference.outbox import Outbox, Worker
from harness.targets.reference.payment_desk import PaymentDesk
from harness.targets.reference.promise_desk import PromiseDesk
from harness.targets.reference.refund_desk import RefundDesk
from harness.targets.reference.risk_desk import RiskDesk
from harness.targets.reference.shop import Shop
from harness.targets.reference.stock_desk import StockDesk

Kind = TypeVar("Kind", bound=Desk)


class Platform:
    """All components of one running platform; `defects` override methods of theirs."""

    def __init__(self, config: Config, database: str, defects: list[type[Desk]]) -> None:
        self.config = config
        self.db = Database(database)
        self.http = HttpClient(config.timers.upstream_timeout_real_ms / 1000)
        self.gateways = _gateways(config, self.http)
        self.operators = _operators(config, self.http)
        self._defects = defects
        self.accounts = self._with_defects(Accounts)(config, self.db)
        self.notices = self._with_defects(NoticeDesk)(config, self.db, self.http)
        self.accounts.notices = self.notices
        self.refunds = self._with_defects(RefundDesk)(config, self.db, self.gateways, self.notices)
        self.stock = self._with_defects(StockDesk)(config, self.db, self.refunds)
        self.delivery = self._with_defects(DeliveryDesk)(
            config, self.db, self.operators, self.refunds, self.stock
        )
        self.risk = self._with_defects(RiskDesk)(config, self.db, self.delivery, self.refunds)
        self.promises = self._with_defects(PromiseDesk)(config, self.db, self.notices)
        self.payments = self._with_defects(PaymentDesk)(
            config,
            self.db,
            self.gateways,
            self.delivery,
            self.refunds,
            risk=self.risk,
            promises=self.promises,
        )
        self.corrections = self._with_defects(CorrectionDesk)(config, self.db, self.delivery.outbox)
        self.complaints = self._with_defects(ComplaintDesk)(
            config, self.db, self.gateways, self.corrections
        )
        self.shop = self._with_defects(Shop)(
            config, self.db, self.payments, self.corrections, self.complaints
        )
        self.batches = self._with_defects(BatchDesk)(config, self.db, self.shop)
        self.bill = self._with_defects(BillDesk)(config, self.db)
        self._workers: list[Worker[Any]] = []
        self._running: list[asyncio.Task[None]] = []

    def _with_defects(self, component: type[Kind]) -> type[Kind]:
        """Return a component's class with the defects that override it in front."""
        chosen = [defect for defect in self._defects if issubclass(defect, component)]
        return type(component.__name__, (*chosen, component), {}) if chosen else component

    async def start(self) -> None:
        """Take over what a former process left, and begin to work."""
        await self.db.run(Outbox.release)
        await self.db.run(self.stock.fill)
        desks: list[tuple[Any, int]] = [
            (self.payments, 64),
            (self.delivery, 256),
            (self.refunds, 32),
        ]
        desks += [(desk, 16) for desk in (self.risk, self.promises) if desk.in_use]
        await self.db.run(self.complaints.begin)
        desks.append((self.complaints, 16))
        if self.stock.in_use:
            desks.append((self.stock, 32))
        if self.config.messages.sms is not None:
            desks.append((self.notices, 32))
        for desk, hands in desks:
            worker = Worker[Any](self.db, desk.outbox, desk.load, desk.work, hands=hands)
            self._workers.append(worker)
            self._running.append(asyncio.create_task(worker.run()))
        self.db.after_commit = self._ring

    def _ring(self, kinds: set[str]) -> None:
        for worker in self._workers:
            worker.ring(kinds)

    async def stop(self) -> None:
        """Stop working; what is unfinished stays in the outbox."""
        for running in self._running:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running
        for worker in self._workers:
            await worker.stop()
        self.http.close()
        self.db.close()


def _gateways(config: Config, http: HttpClient) -> dict[str, Gateway]:
    found: dict[str, Gateway] = {}
    if config.gateways.epay:
        found["epay"] = Epay(config.gateways.epay, http, config.base_url)
    if config.gateways.wechat_pay:
        found["wechat_pay"] = WechatPay(config.gateways.wechat_pay, http, config.base_url)
    return found


def _operators(config: Config, http: HttpClient) -> dict[str, Operator]:
    found: dict[str, Operator] = {}
    if config.operators.dayuanren:
        found["dayuanren"] = Dayuanren(config.operators.dayuanren, http, config.base_url)
    if config.operators.kasushou:
        found["kasushou"] = Kasushou(config.operators.kasushou, http, config.base_url)
    return found
