"""Carries out what a persona does, and writes the customer's ledger (core/event.py says which rows).

The first placing is measured from the intended start, not from the moment the driver got round to it, so that a
platform that stalls cannot hide behind a driver that waits for it. Every other call is measured from its own start.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from harness.core.clock import now_ns, real_s, tick_s
from harness.core.purse import look
from harness.traffic import rows
from harness.traffic.counter import Exchanged, heard_of
from harness.traffic.intents import Intent
from harness.traffic.personas import Persona
from harness.traffic.slips import dearer_of, said_of, wrong
from harness.traffic.steps import (
    FINAL_STATES,
    BatchStatus,
    Borrow,
    ComeBack,
    Complain,
    Deed,
    Guess,
    Heard,
    Intrude,
    Line,
    Meddle,
    Pay,
    PayLink,
    Place,
    PlaceBatch,
    ReadWallet,
    Resend,
    Status,
    Step,
    Swap,
    Ticket,
    TicketState,
    Together,
    Trespass,
    Wait,
    WalletPay,
)
from harness.traffic.stranger import ELSEWHERE, Stranger
from harness.traffic.surroundings import Surroundings

_ERRANDS = {
    Resend: "resend",
    Ticket: "ticket",
    TicketState: "ticket_state",
    WalletPay: "wallet_pay",
}
_WAYS: dict[type, str] = {
    Place: "_place",
    Swap: "_swap",
    Pay: "_pay",
    PayLink: "_pay_link",
    Status: "_status",
    ComeBack: "_come_back",
    Complain: "_complain",
    ReadWallet: "_read_wallet",
}
"""What carries out each deed."""


class Customer:
    """One intent on its way; `due_ns` is the wall time of its intended start, `due_s` the same instant on the tick."""

    def __init__(self, around: Surroundings, intent: Intent, due_ns: int, due_s: float) -> None:
        self._around = around
        self._intent = intent
        self._due_ns = due_ns
        self._due_s = due_s
        self._fresh = True
        self._state = ""
        self.order_no = ""
        """The platform's number, once it is known."""
        self._final = False
        self._surely_nothing = True
        self._stolen: dict[str, Any] | None = None
        self._shared_address = ""
        customer = around.sessions.said_of(intent.customer)
        self._named = bool(customer.get("name"))
        self._phone = str(customer.get("phone", "")) if around.messages else ""
        self._scope: dict[str, object] = {
            "customer": customer,
            "intent": intent.said(),
            "goods": {"id": intent.goods.id},
            "channel": around.channels[intent.gateway],
            "submitted": {},
        }

    def live(self, persona: Persona) -> None:
        """Live the persona from its first step to its last; the ledger is closed even if it is cut short."""
        if persona.shares_address:
            self._move()
        self.begin()
        life = persona.live()
        heard: list[Heard] | None = None
        try:
            while True:
                step = next(life) if heard is None else life.send(heard)
                heard = self.take(step)
                self._fresh = False
        except StopIteration:
            return
        finally:
            self.end()

    def _move(self) -> None:
        """Speak from the one address that this crowd shares, where the target says where customers come from."""
        customer = self._around.sessions.said_of(self._intent.customer)
        if "address" in customer:
            self._shared_address = self._around.sessions.said_of(ELSEWHERE)["address"]
            self._scope["customer"] = {**customer, "address": self._shared_address}

    def take(self, step: Step) -> list[Heard]:
        """Carry out a step; return what was heard, one for each thing done."""
        if isinstance(step, Wait):
            self._around.counter.transport.sleep(real_s(step.upstream_ms, self._around.time_scale))
            return []
        if isinstance(step, Together):
            deeds: list[Callable[[], Heard]] = [partial(self.do, deed) for deed in step.steps]
            return self._around.counter.transport.together(deeds)
        if isinstance(step, PlaceBatch | BatchStatus):
            raise TypeError("a persona with batches says `batches = True`")
        return [self.do(step)]

    def do(self, deed: Deed | Line) -> Heard:
        """Do one thing."""
        if isinstance(deed, Line):
            told = "a persona with several orders says `batches = True`, or what it `spends`"
            raise TypeError(told)
        if isinstance(deed, Guess | Trespass | Meddle | Borrow | Intrude):
            return self._suffer(deed)
        if isinstance(deed, Resend | Ticket | TicketState | WalletPay):
            return self._errand(_ERRANDS[type(deed)], deed.order_no)
        way: Callable[[Any], Heard] = getattr(self, _WAYS[type(deed)])
        return way(deed)

    def _place(self, deed: Place) -> Heard:
        asked_ns = self._due_ns if self._fresh else now_ns()
        scope = {**self._scope, **wrong(deed, self._intent)}
        done = self._ask("place", scope, self._due_s if self._fresh else None)
        heard, said = heard_of(done), said_of(deed, self._intent)
        self.placed(heard, asked_ns, done.took_us, deed.attempt, said)
        return heard

    def _swap(self, deed: Swap) -> Heard:
        """Name dearer goods under the number of an order that stands; what comes of it is no order of this intent's."""
        dearer = dearer_of(self._intent, self._around.dearer)
        if dearer is None:
            return Heard(outcome="fail", reason="no dearer goods", order_no=deed.order_no)
        asked_ns = now_ns()
        named = {"intent": dearer.said(), "goods": {"id": dearer.goods.id}}
        done = self._ask("place", {**self._scope, **named})
        heard = heard_of(done)
        self._note("swap", asked_ns, heard, done.took_us, ref=dearer.goods.id)
        return heard

    def placed(
        self, heard: Heard, asked_ns: int, took_us: int, attempt: int, said: Mapping[str, str | int]
    ) -> None:
        """Write down what came of placing the order; `said` are further words about it, such as its batch."""
        self._surely_nothing = self._surely_nothing and heard.outcome == "fail"
        self.order_no = heard.order_no or self.order_no
        self._note(
            "place",
            asked_ns,
            heard,
            took_us,
            said,
            ref=self._intent.token,
            attempt=attempt,
            channel=self._intent.gateway,
        )

    def accounted(self, batch_no: str, asked_ns: int, *, failed: bool) -> None:
        """Write down that a batch was said to be done, and whether it listed this line as failed."""
        state = "failed" if failed else "delivered"
        heard = Heard(outcome="ok", order_no=self.order_no, state=state)
        self._note("batch_line", asked_ns, heard, 0, ref=batch_no)

    def _pay_link(self, deed: PayLink) -> Heard:
        asked_ns = now_ns()
        channel = self._around.channels[deed.gateway]
        scope = {**self._scope, "order_no": deed.order_no, "channel": channel}
        done = self._ask("pay_link", scope)
        heard = heard_of(done, order_no=deed.order_no)
        self._note("pay_link", asked_ns, heard, done.took_us, channel=deed.gateway)
        return heard

    def _pay(self, deed: Pay) -> Heard:
        asked_ns = now_ns()
        shown = self._around.bank.pay(
            deed.pay_url,
            self._intent.number,
            deed.amount_fen,
            how=deed.how,
            refusal=deed.refusal,
            returns=deed.returns,
            forgery=deed.forgery,
        )
        heard = Heard(
            outcome=shown.outcome,
            reason=shown.reason,
            order_no=deed.order_no,
            amount_fen=shown.amount_fen,
            ref=shown.trade_no,
            back=shown.back,
        )
        gateway = deed.gateway or self._intent.gateway
        self._note(
            "pay",
            asked_ns,
            heard,
            shown.took_us,
            ref=shown.trade_no,
            attempt=deed.attempt,
            channel=gateway,
        )
        return heard

    def _status(self, deed: Status) -> Heard:
        asked_ns = now_ns()
        done = self._ask("status", {**self._scope, "order_no": deed.order_no})
        heard = heard_of(done, order_no=deed.order_no)
        if heard.outcome == "ok":
            self._state = heard.state or self._state
            self._final = self._final or heard.state in FINAL_STATES
        self._note("status", asked_ns, heard, done.took_us)
        return heard

    def _errand(self, name: str, order_no: str) -> Heard:
        """Make a call about an order that is neither its payment nor a look at it."""
        asked_ns = now_ns()
        done = self._ask(name, {**self._scope, "order_no": order_no})
        heard = heard_of(done, order_no=order_no)
        self._note(name, asked_ns, heard, done.took_us)
        return heard

    def _read_wallet(self, _: ReadWallet) -> Heard:
        """Look at the balance and its lines."""
        asked_ns = now_ns()
        done = self._ask("wallet", dict(self._scope))
        row = look("customer", self._intent.customer, asked_ns, done.answer, took_us=done.took_us)
        self._around.journal.write(row)
        return heard_of(done)

    def _come_back(self, deed: ComeBack) -> Heard:
        """Open the return page in the customer's session; what it shows is nobody's word about the order."""
        asked_ns = now_ns()
        done = self._ask("come_back", {**self._scope, "back": deed.url})
        heard = heard_of(done, order_no=deed.order_no)
        said = {"forged": 1} if deed.made_up else {}
        self._note("come_back", asked_ns, heard, done.took_us, said)
        return heard

    def _complain(self, deed: Complain) -> Heard:
        asked_ns = now_ns()
        shown = self._around.bank.complain(deed.pay_url, self._intent.number)
        heard = Heard(outcome=shown.outcome, reason=shown.reason, order_no=deed.order_no)
        self._note("complain", asked_ns, heard, shown.took_us, ref=shown.trade_no)
        return heard

    def _suffer(self, deed: Guess | Trespass | Meddle | Borrow | Intrude) -> Heard:
        """Let somebody else do it; whoever gets in speaks from now on."""
        stranger = Stranger(self._around, self._intent, self._scope, self._note)
        heard = stranger.do(deed)
        self._stolen = stranger.stolen or self._stolen
        return heard

    def _ask(self, name: str, scope: dict[str, object], since_s: float | None = None) -> Exchanged:
        """Make a call within the customer's session; a session that has ended is renewed once."""
        began_s = tick_s() if since_s is None else since_s
        around = self._around
        if self._stolen is not None:
            return around.counter.exchange(name, {**scope, **self._stolen}, began_s)
        session = around.sessions.session(self._intent.customer)
        if session is None:
            session = around.sessions.renew(self._intent.customer, None)
        if session is None:
            return Exchanged(
                around.counter.shop.unanswered(sent=False), int((tick_s() - began_s) * 1e6)
            )
        done = around.counter.exchange(name, {**scope, **session}, began_s)
        if not done.answer.ended:
            return done
        fresh = around.sessions.renew(self._intent.customer, session)
        if fresh is None or fresh is session:
            return done
        return around.counter.exchange(name, {**scope, **fresh}, began_s)

    def _note(
        self,
        kind: str,
        asked_ns: int,
        heard: Heard,
        took_us: int,
        said: Mapping[str, int | str] = {},
        **more: str | int,
    ) -> None:
        number = self._intent.number
        row = rows.done(kind, number, asked_ns, heard, said, took_us=took_us, **more)
        self._around.journal.write(row)

    def begin(self, first: int | None = None) -> None:
        """Write down what is wanted; `first` is the intent with which this one came, if it did not by itself."""
        late_us = max(0, int((tick_s() - self._due_s) * 1e6))
        self._around.journal.write(
            rows.wanted(
                self._intent,
                self._due_ns,
                late_us,
                named=self._named,
                address=self._shared_address,
                phone=self._phone,
                first=first,
            )
        )

    def end(self) -> None:
        """Write down how it ended."""
        heard = Heard(
            outcome="ok" if self._final else "fail" if self._surely_nothing else "unknown",
            order_no=self.order_no,
            state=self._state,
        )
        took_us = max(0, int((tick_s() - self._due_s) * 1e6))
        self._note("done", now_ns(), heard, took_us)
