"""What is done around a customer by those who are not he: passwords are tried, accounts entered, orders asked for."""

from typing import Any

import msgspec

from harness.core.clock import now_ns, real_s, tick_s
from harness.traffic.counter import heard_of
from harness.traffic.intents import Intent
from harness.traffic.steps import Guess, Heard, Intrude, Trespass
from harness.traffic.surroundings import Surroundings

_VICTIMS = 10_000_000
"""Customers from this number on never buy: their passwords are tried."""
ELSEWHERE = 20_000_000
"""From this number on they are only places: the devices of thieves, and the address that a crowd shares."""


class Strangers:
    """The part of a customer's life that others live; `_note` writes their rows into his ledger."""

    _around: Surroundings
    _intent: Intent
    _scope: dict[str, object]
    _stolen: dict[str, Any] | None

    def _note(self, kind: str, asked_ns: int, heard: Heard, took_us: int, **more: Any) -> None:
        raise NotImplementedError

    def suffer(self, deed: Guess | Trespass | Intrude) -> Heard:
        """Let them do it."""
        if isinstance(deed, Guess):
            return self._guess(deed)
        return self._trespass(deed) if isinstance(deed, Trespass) else self._intrude()

    def _guess(self, deed: Guess) -> Heard:
        asked_ns, began_s = now_ns(), tick_s()
        victim, rest_s = (
            _VICTIMS + self._intent.number,
            real_s(deed.rest_ms, self._around.time_scale),
        )
        heard = heard_of(self._around.sessions.guess(victim, deed.wrong, rest_s))
        took_us = int((tick_s() - began_s) * 1e6)
        self._note("guess", asked_ns, heard, took_us, attempt=deed.wrong)
        return heard

    def _intrude(self) -> Heard:
        """Let a thief in, if he can; from now on he speaks."""
        asked_ns, number = now_ns(), self._intent.customer
        done, session = self._around.sessions.intrude(number, ELSEWHERE + 1 + self._intent.number)
        heard = heard_of(done)
        phone = str(session["customer"]["phone"])
        self._note("intrude", asked_ns, heard, done.took_us, account=phone)
        if heard.outcome == "ok":
            self._stolen = session
        return heard

    def _trespass(self, deed: Trespass) -> Heard:
        """Let the neighbour ask; what he is shown is nothing that this customer knows of."""
        asked_ns = now_ns()
        around, stranger = self._around, self._intent.customer ^ 1
        if around.sessions.session(stranger) is None:
            around.sessions.admit(stranger)
        scope = {**self._scope, "customer": around.sessions.said_of(stranger)}
        session = around.sessions.session(stranger) or {}
        done = around.counter.exchange(
            "status", {**scope, **session, "order_no": deed.order_no}, tick_s()
        )
        heard = heard_of(done, order_no=deed.order_no)
        self._note("trespass", asked_ns, heard, done.took_us)
        if heard.outcome != "ok" and around.counter.shop.has("cards"):
            return self._reach_for_cards({**scope, **session, "order_no": deed.order_no})
        return heard

    def _reach_for_cards(self, scope: dict[str, object]) -> Heard:
        """Let the neighbour ask for the cards themselves, whatever he was told of the order."""
        asked_ns = now_ns()
        done = self._around.counter.exchange("cards", scope, tick_s())
        heard = heard_of(done, order_no=str(scope["order_no"]))
        if heard.outcome == "ok" and not heard.cards:
            heard = msgspec.structs.replace(heard, outcome="fail")
        self._note("trespass", asked_ns, heard, done.took_us)
        return heard
