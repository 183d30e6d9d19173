"""Follows one order from the login to its end, as one patient customer would."""

from collections.abc import Mapping
from time import sleep as pause
from typing import Any

import httpx
import msgspec

from harness.core.chance import keyed_int
from harness.core.clock import tick_s
from harness.core.units import yuan_from_fen
from harness.doctor.facts import Chain, Order, Payment, Told
from harness.doctor.masking import Masker, secrets_in
from harness.doctor.talk import Talk
from harness.targets.adapter import Adapter
from harness.traffic.people import customer_of

FINAL = frozenset({"delivered", "refunded", "closed"})
POLL_S = 0.3
PAY_S = 10.0


class Around(msgspec.Struct, frozen=True, kw_only=True):
    """What all customers of a visit have in common; `deadline_s` is on the clock of `tick_s`."""

    adapter: Adapter
    base_url: str
    pins: Mapping[str, str]
    payer: Mapping[str, str]
    seed: int
    masker: Masker
    deadline_s: float


class Guest:
    """A customer, in a thread of his own; `hurry` is set from outside once nothing moves any more."""

    def __init__(self, around: Around, customer: int) -> None:
        self.calls: dict[str, Told] = {}
        self.hurry = False
        self.customer = customer
        self._around = around
        invented = msgspec.to_builtins(customer_of(around.seed, customer))
        said = {key: str(value) for key, value in invented.items()}
        person = around.adapter.person(customer, said)
        around.masker.learn(secrets_in(person))
        address = person.get("address", "")
        self._talk = Talk(
            around.adapter, around.base_url, around.masker, pins=around.pins, address=address
        )
        self._scope: dict[str, Any] = {"customer": person, "token": "", "cookies": {}}

    def to_its_end(self) -> None:
        """Do what he came for, whatever becomes of it."""
        try:
            if self._enters():
                self._lives()
        finally:
            self._talk.close()

    def _lives(self) -> None:
        """Do it, once logged in."""
        raise NotImplementedError

    def _ask(self, name: str, more: Mapping[str, Any] | None = None) -> Told:
        told = self._talk.ask(name, {**self._scope, **(more or {})})
        self.calls[name] = told
        return told

    def _enters(self, *, anew: bool = True) -> bool:
        """Register, unless it was done before, and log in; say whether there is a session, if one is needed."""
        if anew and self._around.adapter.has("register"):
            told = self._talk.ask("register", self._scope)
            if not told.sent:
                self.calls["register"] = told
                return False
        if not self._around.adapter.has("login"):
            return True
        told = self._ask("login")
        self._scope |= told.values
        self._around.masker.learn([str(told.values.get("token", ""))])
        return told.outcome == "ok"

    def _bought(self, order: Order) -> dict[str, Any]:
        """Return what templates know of an order."""
        token = f"{keyed_int(self._around.seed, 'token', order.at):016x}{order.at:08d}"
        return {
            "goods": {"id": order.chain.goods},
            "intent": {
                "account": order.chain.account,
                "token": token,
                "quantity": "1",
                "amount": yuan_from_fen(order.chain.price_fen),
            },
        }

    def _pay(self, pay_url: str, intent: int, amount_fen: int) -> Payment:
        payer = self._around.payer
        order = {"pay_url": pay_url, "intent": intent, "amount_fen": amount_fen}
        headers = {"Authorization": f"Bearer {payer['token']}"}
        try:
            with httpx.Client(timeout=PAY_S, trust_env=False) as http:
                seen = http.post(payer["url"], json=order, headers=headers).json()
        except (httpx.HTTPError, ValueError) as error:
            return Payment(outcome="unknown", reason=str(error))
        return Payment(outcome=seen["outcome"], reason=seen.get("reason", ""))

    def _waits(self) -> bool:
        """Wait a moment; say False at once when there is no hope, or no time left."""
        if self.hurry or tick_s() > self._around.deadline_s:
            return False
        pause(POLL_S)
        return True


class Follow(Guest):
    """One chain being followed."""

    def __init__(
        self, around: Around, customer: int, *, at: int, chain: Chain, channel: str
    ) -> None:
        super().__init__(around, customer)
        self.order = Order(at=at, chain=chain, customer=customer, calls=self.calls)
        self._scope |= {**self._bought(self.order), "channel": channel}

    def _lives(self) -> None:
        """Place, pay, and look until the order is final or there is no hope."""
        if self._orders():
            self._pays()
            self._looks()
            self._lists()

    def _ask(self, name: str, more: Mapping[str, Any] | None = None) -> Told:
        told = super()._ask(name, more)
        self._scope |= told.values
        return told

    def _orders(self) -> bool:
        order, told = self.order, self._ask("place")
        order.order_no = str(told.values.get("order_no", ""))
        order.pay_url = str(told.values.get("pay_url", ""))
        if told.outcome == "ok" and not order.pay_url and self._around.adapter.has("pay_link"):
            told = self._ask("pay_link")
            order.pay_url = str(told.values.get("pay_url", ""))
        return told.outcome == "ok"

    def _pays(self) -> None:
        order = self.order
        if order.pay_url:
            order.payment = self._pay(order.pay_url, order.at, order.chain.price_fen)

    def _looks(self) -> None:
        while True:
            told, paid = self._ask("status"), self.order.payment
            if told.values.get("state") in FINAL or told.ended:
                return
            if paid is None or paid.outcome == "fail" or not self._waits():
                return

    def _lists(self) -> None:
        """Look for the order in the customer's own list, where it may stand a moment later."""
        adapter = self._around.adapter
        if not adapter.has("order_list") or adapter.stands_apart(self._scope):
            return
        while True:
            told = self._ask("order_list")
            listed = self.order.order_no in told.values.get("order_nos", ())
            if told.outcome != "ok" or listed or not self._waits():
                return
