"""Follows one order from the login to its end, as one patient customer would."""

from collections.abc import Mapping
from time import sleep as pause
from typing import Any

import httpx
import msgspec

from harness.core.chance import keyed_int
from harness.core.clock import tick_s
from harness.doctor.facts import Chain, Payment, Told
from harness.doctor.masking import Masker, secrets_in
from harness.doctor.talk import Talk
from harness.targets.adapter import Adapter
from harness.traffic.people import customer_of

FINAL = frozenset({"delivered", "refunded", "closed"})
POLL_S = 0.3
PAY_S = 10.0


class Follow:
    """One chain being followed, in a thread of its own; `hurry` is set from outside once nothing moves any more."""

    def __init__(
        self,
        *,
        at: int,
        chain: Chain,
        channel: str,
        adapter: Adapter,
        base_url: str,
        pins: Mapping[str, str],
        payer: Mapping[str, str],
        seed: int,
        customer: int,
        masker: Masker,
        deadline_s: float,
    ) -> None:
        self.at = at
        self.chain = chain
        self.calls: dict[str, Told] = {}
        self.pay_url = ""
        self.order_no = ""
        self.payment: Payment | None = None
        self.hurry = False
        self._adapter = adapter
        self._payer = payer
        self._deadline_s = deadline_s
        self._masker = masker
        invented = msgspec.to_builtins(customer_of(seed, customer))
        person = adapter.person(customer, {key: str(value) for key, value in invented.items()})
        masker.learn(secrets_in(person))
        address = person.get("address", "")
        self._talk = Talk(adapter, base_url, masker, pins=pins, address=address)
        token = f"{keyed_int(seed, 'token', at):016x}{at:08d}"
        self._scope: dict[str, Any] = {
            "customer": person,
            "token": "",
            "cookies": {},
            "goods": {"id": chain.goods},
            "intent": {"account": chain.account, "token": token},
            "channel": channel,
        }

    def to_its_end(self) -> None:
        """Log in, place, pay, and look until the order is final or there is no hope."""
        try:
            if self._enters() and self._orders():
                self._pays()
                self._looks()
        finally:
            self._talk.close()

    def _ask(self, name: str) -> Told:
        told = self._talk.ask(name, self._scope)
        self.calls[name] = told
        self._scope |= told.values
        return told

    def _enters(self) -> bool:
        if self._adapter.has("register"):
            told = self._talk.ask("register", self._scope)
            if not told.sent:
                self.calls["register"] = told
                return False
        if not self._adapter.has("login"):
            return True
        told = self._ask("login")
        self._masker.learn([str(told.values.get("token", ""))])
        return told.outcome == "ok"

    def _orders(self) -> bool:
        told = self._ask("place")
        self.order_no = str(told.values.get("order_no", ""))
        self.pay_url = str(told.values.get("pay_url", ""))
        if told.outcome == "ok" and not self.pay_url and self._adapter.has("pay_link"):
            told = self._ask("pay_link")
            self.pay_url = str(told.values.get("pay_url", ""))
        return told.outcome == "ok"

    def _pays(self) -> None:
        if not self.pay_url:
            return
        order = {"pay_url": self.pay_url, "intent": self.at, "amount_fen": self.chain.price_fen}
        headers = {"Authorization": f"Bearer {self._payer['token']}"}
        try:
            with httpx.Client(timeout=PAY_S, trust_env=False) as http:
                seen = http.post(self._payer["url"], json=order, headers=headers).json()
        except (httpx.HTTPError, ValueError) as error:
            self.payment = Payment(outcome="unknown", reason=str(error))
            return
        self.payment = Payment(outcome=seen["outcome"], reason=seen.get("reason", ""))

    def _looks(self) -> None:
        while True:
            told = self._ask("status")
            settled = told.values.get("state") in FINAL or told.ended
            if settled or self.hurry or tick_s() > self._deadline_s:
                return
            if self.payment is None or self.payment.outcome == "fail":
                return
            pause(POLL_S)
