"""What a target file describes besides the chain of one order.

That is a batch, sent and followed as a merchant does, and the bill of the day, read once the orders are over.
"""

from collections.abc import Sequence
from typing import Any

from harness.core.batch import account
from harness.core.clock import now_ns
from harness.doctor.facts import Chain, Order, Told
from harness.doctor.follow import FINAL, Around, Guest
from harness.targets._bill import BillLines

Values = dict[str, Any]


class FollowBatch(Guest):
    """One batch being followed: each of its lines is an order with a number, a payment and an end of its own."""

    def __init__(
        self, around: Around, customer: int, *, at: int, chains: Sequence[Chain], channel: str
    ) -> None:
        """Take what each line is of; the first line's intent is `at`."""
        super().__init__(around, customer)
        self.gateway = chains[0].gateway
        self.lines = [
            Order(at=number, chain=chain, customer=customer)
            for number, chain in enumerate(chains, start=at)
        ]
        self.at_once = False
        self._scope |= {**self._bought(self.lines[0]), "channel": channel}

    def _lives(self) -> None:
        """Send, pay, read until each line is counted or there is no hope, and look at each line."""
        told = self._ask("batch", {"lines": [self._bought(line) for line in self.lines]})
        numbers = told.values.get("order_nos", [])
        if told.outcome != "ok" or len(numbers) != len(self.lines):
            return
        self._scope["batch_no"] = told.values.get("batch_no", "")
        amounts: list[int | None] = told.values.get("amounts_fen", [])
        if len(amounts) != len(self.lines):
            amounts = [None] * len(self.lines)
        for line, number, amount_fen in zip(self.lines, numbers, amounts, strict=True):
            line.order_no = number
            # What placed a line is the batch.
            line.calls["place"] = _of_line(told, number, amount_fen)
        self._pays(told)
        self._reads()
        for line in self.lines:
            self._looks(line)

    def _pays(self, batch: Told) -> None:
        """Pay line by line; where no line has a link, the whole by the one that came with the batch."""
        if self._around.adapter.has("pay_link"):
            for line in self.lines:
                self._pays_line(line)
            return
        whole, url = sum(line.chain.price_fen for line in self.lines), batch.values.get("pay_url")
        if url:
            self.at_once = True
            seen = self._pay(str(url), self.lines[0].at, whole)
            for line in self.lines:
                line.pay_url, line.payment = str(url), seen

    def _pays_line(self, line: Order) -> None:
        if not line.order_no:
            return
        told = self._ask_of(line, "pay_link")
        line.pay_url = str(told.values.get("pay_url", ""))
        if line.pay_url:
            line.payment = self._pay(line.pay_url, line.at, line.chain.price_fen)

    def _reads(self) -> None:
        if not any(line.paid for line in self.lines):
            return
        pairs = [(line.chain.account, line.order_no) for line in self.lines]
        while True:
            told = self._ask("batch_status")
            counted = told.outcome == "ok" and account(pairs, told.values).state == "done"
            if counted or told.ended or not self._waits():
                return

    def _looks(self, line: Order) -> None:
        while line.paid:
            told = self._ask_of(line, "status")
            if told.values.get("state") in FINAL or told.ended or not self._waits():
                return

    def _ask_of(self, line: Order, name: str) -> Told:
        told = self._talk.ask(
            name, {**self._scope, **self._bought(line), "order_no": line.order_no}
        )
        line.calls[name] = told
        return told


def _of_line(told: Told, order_no: str, amount_fen: int | None) -> Told:
    """Return the answer to a batch as the answer to one of its lines."""
    values: Values = {"order_no": order_no, "amount_fen": amount_fen}
    return Told(
        name="batch",
        outcome="ok",
        status=told.status,
        values=values,
        request=told.request,
        reply=told.reply,
        body=told.body,
    )


class ReadBill(Guest):
    """A customer who asks for the bill of today, in which `orders` may be."""

    def __init__(self, around: Around, said: BillLines, orders: Sequence[Order]) -> None:
        """Take all orders of the visit: the customer is one who paid, and what is not his to see is left out."""
        paid = [order for order in orders if order.paid]
        super().__init__(around, paid[0].customer if paid else 0)
        everybodys = said.whose == "all"
        self.orders = [one for one in paid if everybodys or one.customer == self.customer]
        self._said = said

    def to_its_end(self) -> None:
        """Log in, as a customer who has an account, and ask."""
        try:
            if self._enters(anew=False):
                self._ask("bill", {"day": self._said.day(now_ns())})
        finally:
            self._talk.close()
