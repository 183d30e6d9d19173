"""Somebody else at work on a customer's order: he has a session of his own, and the order's number."""

from collections.abc import Callable
from typing import Any

import msgspec

from harness.core.clock import now_ns, tick_s
from harness.traffic.counter import heard_of
from harness.traffic.intents import Intent
from harness.traffic.steps import Borrow, Heard, Meddle, Trespass
from harness.traffic.surroundings import Surroundings

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

    def do(self, deed: Trespass | Meddle | Borrow) -> Heard:
        """Ask for the order, or its cards; for redelivery to an account of his; or order under its number."""
        if isinstance(deed, Borrow):
            return self._borrow(deed.order_no)
        if isinstance(deed, Meddle):
            account = f"{HIS}{self._intent.account}"
            intent = {"account": account, "token": self._intent.token}
            return self._ask("meddle", "resend", deed.order_no, account, intent=intent)
        heard = self._ask("trespass", "status", deed.order_no)
        if heard.outcome != "ok" and self._around.counter.shop.has("cards"):
            return self._ask("trespass", "cards", deed.order_no)
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
