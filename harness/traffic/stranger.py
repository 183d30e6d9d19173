"""What is done around a customer by those who are not he: passwords are tried, accounts entered, orders asked for."""

from collections.abc import Callable
from typing import Any

import msgspec

from harness.core.clock import now_ns, real_s, tick_s
from harness.traffic.counter import heard_of
from harness.traffic.intents import Intent
from harness.traffic.steps import Borrow, Guess, Heard, Intrude, Meddle, Trespass
from harness.traffic.surroundings import Surroundings

_VICTIMS = 10_000_000
"""Customers from this number on never buy: their passwords are tried."""
ELSEWHERE = 20_000_000
"""From this number on they are only places: the devices of thieves, and the address that a crowd shares."""
HIS = "w"
"""What makes an account his; whose order it was taken from can still be read in it, as in one with a slip."""
Note = Callable[..., None]


class Stranger:
    """The neighbour; what he is shown is nothing that the customer knows of. `note` writes a row of the order."""

    def __init__(
        self, around: Surroundings, intent: Intent, scope: dict[str, object], note: Note
    ) -> None:
        self._around = around
        self._intent = intent
        self._scope = scope
        self._note = note
        self.stolen: dict[str, Any] | None = None
        """The session that he has got in the customer's name."""

    def do(self, deed: Trespass | Meddle | Borrow | Guess | Intrude) -> Heard:
        """Do what he is after."""
        if isinstance(deed, Guess):
            return self._guess(deed)
        if isinstance(deed, Intrude):
            return self._intrude()
        return self._reach(deed)

    def _reach(self, deed: Trespass | Meddle | Borrow) -> Heard:
        """Ask for the order, or its cards; for redelivery to an account of his; or order under its number."""
        if isinstance(deed, Borrow):
            return self._borrow(deed.order_no)
        if isinstance(deed, Meddle):
            account = f"{HIS}{self._intent.account}"
            said = self._intent.said(account)
            return self._ask("meddle", "resend", deed.order_no, account, intent=said)
        heard = self._ask("trespass", "status", deed.order_no)
        if heard.outcome != "ok" and self._around.counter.shop.has("cards"):
            return self._ask("trespass", "cards", deed.order_no)
        return heard

    def _guess(self, deed: Guess) -> Heard:
        asked_ns, began_s = now_ns(), tick_s()
        victim = _VICTIMS + self._intent.number
        rest_s = real_s(deed.rest_ms, self._around.time_scale)
        heard = heard_of(self._around.sessions.guess(victim, deed.wrong, rest_s))
        took_us = int((tick_s() - began_s) * 1e6)
        self._note("guess", asked_ns, heard, took_us, attempt=deed.wrong)
        return heard

    def _intrude(self) -> Heard:
        """Log in as the customer from elsewhere; if that goes, it is he who speaks from now on."""
        asked_ns, number = now_ns(), self._intent.customer
        elsewhere = ELSEWHERE + 1 + self._intent.number
        done, session = self._around.sessions.intrude(number, elsewhere)
        heard = heard_of(done)
        phone = str(session["customer"]["phone"])
        self._note("intrude", asked_ns, heard, done.took_us, account=phone)
        if heard.outcome == "ok":
            self.stolen = session
        return heard

    def _borrow(self, order_no: str) -> Heard:
        """Send the customer's own form in another session: it shows him the customer's order, or it does not.

        Where the client's number is the order's number, that he has the same says nothing. Where nothing of a placing
        tells who asks, the form is the customer's own, and is not sent.
        """
        if not self._around.counter.shop.has("customers"):
            return Heard(outcome="fail", reason="all customers are one", order_no=order_no)
        asked_ns = now_ns()
        scope = {**self._scope, **self._session(), "submitted": {}}
        done = self._around.counter.exchange("place", scope, tick_s())
        heard = heard_of(done)
        given = heard.outcome == "ok" and heard.order_no == order_no != self._intent.token
        outcome = heard.outcome if given or heard.outcome == "unknown" else "fail"
        heard = msgspec.structs.replace(heard, outcome=outcome, order_no=order_no, state="")
        self._note("trespass", asked_ns, heard, done.took_us, ref=self._intent.token)
        return heard

    def _ask(self, kind: str, call: str, order_no: str, account: str = "", **more: Any) -> Heard:
        asked_ns, around = now_ns(), self._around
        session = self._session()
        scope = {**self._scope, **session, **more, "order_no": order_no}
        done = around.counter.exchange(call, scope, tick_s())
        heard = heard_of(done, order_no=order_no)
        if call == "cards" and heard.outcome == "ok" and not heard.cards:
            heard = msgspec.structs.replace(heard, outcome="fail")
        said = {"account": account} if account else {}
        self._note(kind, asked_ns, heard, done.took_us, **said)
        return heard

    def _session(self) -> dict[str, Any]:
        """Return what the requests of his session carry; he logs in if he has not yet."""
        sessions, number = self._around.sessions, self._intent.customer ^ 1
        if sessions.session(number) is None:
            sessions.admit(number)
        return {"customer": sessions.said_of(number), **(sessions.session(number) or {})}
