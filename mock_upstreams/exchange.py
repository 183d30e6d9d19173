"""The engine: one call on an upstream, from the request to the reply, strikes between.

    request ──▶ plan ──▶ effect ──▶ reply        each arrow is a leg, and a strike may stand on it
        │         │                   │
     unheard   refused by the      unsaid, or said wrong
               books

The row is written once the exchange has ended. Its outcome is ok (accepted and answered), fail (refused, nothing done)
or unknown (the caller cannot tell).
"""

from typing import TYPE_CHECKING, Literal

import msgspec

from harness.core.clock import now_ns
from harness.core.delivery import Conduct, Delivery, Gate, Leg, Signature, Spoil
from harness.core.event import Event
from harness.faults.status import Condition
from mock_upstreams import mirage, spoiling
from mock_upstreams.desk import AS_PLANNED, CHANGING, Happened
from mock_upstreams.dialect import Answer, Ask, Found, Request
from mock_upstreams.express import numbers
from mock_upstreams.house import Ear
from mock_upstreams.letter import Who
from mock_upstreams.records import Reason, Refund, SupplierOrder, Trade
from mock_upstreams.strikes import Spot
from mock_upstreams.voice import Voice, signer

if TYPE_CHECKING:
    from mock_upstreams.upstream import Upstream

Facts = dict[str, str | int]
_NO_FACTS: Facts = {}
GATE_S_MIN = 1.0
"""The platform's handling of a notification does not shrink with the scale, so neither does the wait for it."""


class Exchange:
    """One call, leg by leg."""

    __slots__ = (
        "_answer",
        "_ask",
        "_attempt",
        "_began_ns",
        "_denies",
        "_ear",
        "_found",
        "_happened",
        "_outcome",
        "_reason",
        "_request",
        "_shows",
        "_spared",
        "_spots",
        "_struck",
        "_upstream",
        "_voice",
        "_who",
        "spoil",
    )

    def __init__(  # noqa: PLR0917 - built in one place, for every request
        self,
        upstream: "Upstream",
        voice: Voice,
        ask: Ask,
        request: Request,
        ear: Ear,
        who: Who,
    ) -> None:
        self._upstream = upstream
        self._voice = voice
        self._ask = ask
        self._request = request
        self._ear = ear
        self._who = who
        self._spots = upstream.spots[ask.op]
        self._began_ns = now_ns()
        self._attempt = 0
        self._answer: Answer
        self._found: Found | None = None
        self._happened: Happened = "done"
        self._outcome: Literal["ok", "fail", "unknown"] = "unknown"
        self._reason = ""
        self._struck: list[str] = []
        self._denies = False
        self._spared: list[str] = []
        self._shows = ""
        self.spoil: Spoil | None = None

    def begin(self) -> None:
        """Let the request arrive, if it does."""
        spot = self._spots[0]
        self._attempt = spot.attempt(self._who.key)
        heard = self._through(spot, self._attempt) if spot.armed else AS_PLANNED
        if heard is AS_PLANNED:
            self._do()
        elif heard is None:
            self._silence()
        elif heard.after_ms > 0:
            self._upstream.house.later(heard.after_ms, self._hear, heard)
        else:
            self._hear(heard)

    def _hear(self, heard: Delivery) -> None:
        if heard.conduct is not Conduct.SEND:
            self._misbehave(heard.conduct)
        elif heard.code:
            self._refuse(heard.code)
        elif heard.signature is Signature.ROTATED and not self._ask.renewed:
            self._refuse(Condition.BAD_SIGNATURE.value)
        else:
            self._do()

    def _do(self) -> None:
        found = self._upstream.desk.plan(self._ask, self._began_ns)
        if isinstance(found, Reason):
            self._refuse(found.value)
            return
        self._found = found
        if self._ask.op in CHANGING and self._upstream.desk.changes(self._ask, found):
            self._effect(found)
        self._outcome = "ok"
        if self._happened == "late" and self._ask.op == "pay":
            # A bank that is slow tells its customer so; it does not say that it took the money.
            self._outcome, self._reason = "unknown", "processing"
            self._answer = self._voice.refuse(self._ask, "processing")
        elif self._waits(found):
            return
        else:
            self._answer = self._voice.answer(self._ask, found)
        self._reply()

    def _waits(self, found: Found) -> bool:
        """Leave the answer to the end of the order, where this upstream answers with the goods."""
        upstream = self._upstream
        if self._ask.op != "submit" or not upstream.dialect.waits_for_goods(self._ask):
            return False
        if not isinstance(found, SupplierOrder):
            return False

        def finished() -> None:
            if found.state == "failed":
                self._refuse(Reason.OUT_OF_STOCK)
                return
            self._answer = self._voice.answer(self._ask, found)
            self._reply()

        upstream.desk.once_final(found, finished)
        return True

    def _effect(self, found: Found) -> None:
        desk, spot = self._upstream.desk, self._spots[1]
        done: Delivery | None = AS_PLANNED
        if spot.armed:
            facts = desk.facts(self._ask, found)
            done = self._through(spot, spot.attempt(self._who.key), facts)
        self._happened = desk.effect(self._ask, found, done, self._who)

    def _refuse(self, code: str) -> None:
        self._reason = code
        self._outcome = "unknown" if self._leaves_open(code) else "fail"
        self._answer = self._voice.refuse(self._ask, code)
        self._reply()

    def _leaves_open(self, code: str) -> bool:
        """Say whether a caller who is told this code cannot know whether it was done."""
        if code in self._voice.unclear:
            return True
        return self._ask.op == "refund" and code in self._upstream.dialect.unclear_refunds

    def _reply(self) -> None:
        spot = self._spots[2]
        said = self._through(spot, spot.attempt(self._who.key)) if spot.armed else AS_PLANNED
        if said is AS_PLANNED:
            self._upstream_says()
        elif said is None:
            self._silence()
        elif said.after_ms > 0:
            self._upstream.house.later(said.after_ms, self._say, said)
        else:
            self._say(said)

    def _say(self, said: Delivery) -> None:
        if said.gate is not None:
            self._wait(said, said.gate)
            return
        if said.conduct is not Conduct.SEND:
            self._misbehave(said.conduct)
            return
        if said.code:
            leaves_open = self._leaves_open(said.code)
            self._denies = self._outcome == "ok" and not leaves_open
            if self._outcome == "ok" or leaves_open:
                self._outcome = "unknown"
            self._reason = said.code
            self._answer = self._voice.refuse(self._ask, said.code)
        if said.signature is not Signature.VALID and self._upstream.dialect.seals:
            # Who cannot trust an answer, or may not know its key yet, knows nothing.
            self._outcome = "unknown"
            self._voice, how = signer(self._voice, self._upstream.dialect, said.signature)
            self._answer = msgspec.structs.replace(self._answer, signature=how)
        if said.shows and not said.code:
            self._show(said)
        if said.spoil is not None:
            self._spoil(said.spoil)
        self._upstream_says()

    def _wait(self, said: Delivery, gate: Gate) -> None:
        """Keep the answer back until the notification of what was done has been answered."""
        house, desk, found = self._upstream.house, self._upstream.desk, self._found
        said = msgspec.structs.replace(said, gate=None)
        if self._outcome == "fail" or not isinstance(found, (Trade, Refund, SupplierOrder)):
            self._say(said)
            return
        at_most_s = max(house.real_s(gate.at_most_ms), GATE_S_MIN)
        house.gates.wait(gate, (desk.name, found.ref), at_most_s, lambda: self._say(said))
        desk.hurry(self._ask, found, self._who)

    def _show(self, said: Delivery) -> None:
        """Answer from an old copy of the books, or with the contrary of what is final."""
        if self._ask.op != "query" or self._found is None or not said.shows:
            return
        lag_ns = int(self._upstream.house.real_s(said.shows_ms) * 1e9)
        seen = mirage.shown(self._found, said.shows, now_ns() - lag_ns)
        self._shows = said.shows if seen is not self._found else ""
        if isinstance(seen, Reason):
            self._answer = self._voice.refuse(self._ask, seen.value)
        else:
            self._answer = self._voice.answer(self._ask, seen)

    def _spoil(self, spoil: Spoil) -> None:
        """Spoil the answer's bytes: what a caller made of them is its own affair, and unknown."""
        gap_ms = self._upstream.house.real_s(spoil.drip_gap_ms) * 1e3
        self.spoil = msgspec.structs.replace(spoil, drip_gap_ms=gap_ms)
        self._answer = spoiling.unsealed(self._answer, spoil)
        self._outcome = "unknown"

    def _upstream_says(self) -> None:
        self._upstream.say(self._voice, self._request, self._answer, self._ear, self)

    def _through(self, spot: Spot, attempt: int, facts: Facts = _NO_FACTS) -> Delivery | None:
        """Pass a leg through its strikes; return the one delivery that is left of it, or None."""
        strikes, who = self._upstream.house.strikes, self._who
        if strikes.all_spare(spot, attempt, who.key):
            self._spared += spot.ids
            return AS_PLANNED
        dialect, replies = self._upstream.dialect, spot.leg is Leg.REPLY
        planned = Delivery(
            leg=spot.leg,
            op=spot.op,
            attempt=attempt,
            fields=facts,
            lasting=replies and dialect.lasting(self._request),
            # A customer's bank app signs nothing, whatever the gateway does.
            signed=not replies or (dialect.seals and self._ask.op != "pay"),
        )
        met = strikes.meet(spot, who.key, who.intent, planned)
        self._struck += met.struck
        self._spared += met.spared
        return met.deliveries[0] if met.deliveries else None

    def _misbehave(self, conduct: Conduct) -> None:
        if conduct is Conduct.HANG:
            self._silence()
            return
        if conduct is Conduct.RESET:
            self._ear.reset()
        else:
            self._ear.cut()
        self.end(0)

    def _silence(self) -> None:
        self._upstream.house.hold(self._ear)
        self.end(0)

    def end(self, http_status: int) -> None:
        """Write the row; a status of 0 means that the caller heard nothing."""
        ask, who = self._ask, self._who
        order_no, ref, account, sku, amount_fen = numbers(ask, self._found)
        self._upstream.house.recorder.row(
            Event(
                vantage=self._upstream.dialect.side,
                kind=ask.op,
                time_ns=self._began_ns,
                intent=who.intent,
                order_no=order_no,
                ref=ref,
                channel=self._upstream.name,
                account=account,
                sku=sku,
                amount_fen=amount_fen,
                outcome=self._outcome if http_status else "unknown",
                attempt=self._attempt,
                http_status=http_status,
                took_us=(now_ns() - self._began_ns) // 1_000,
                strikes=self._struck,
                spared=self._spared,
                detail=self._detail(),
            )
        )

    def _detail(self) -> dict[str, str]:
        detail = {"reason": self._reason} if self._reason else {}
        if self._denies:
            detail["denies"] = "1"
        if self._happened != "done":
            detail["effect"] = self._happened
        if self._ask.op == "complaint":
            detail["act"] = self._ask.extra["act"]
        if self._shows:
            detail["shows"] = self._shows
        return detail
