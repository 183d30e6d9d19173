"""A customer who sends many lines at once: each line is an intent of its own, with its own account, order and payment.

What a batch is told of is journalled by the line that it concerns, so that every law of orders holds for lines too.
"""

from collections.abc import Sequence
from typing import Any

from harness.core.batch import account
from harness.core.clock import now_ns
from harness.traffic.counter import Exchanged, heard_of
from harness.traffic.customer import Customer
from harness.traffic.intents import Intent
from harness.traffic.steps import BatchStatus, Heard, Line, PlaceBatch, Step
from harness.traffic.surroundings import Surroundings

Values = dict[str, Any]


class Merchant(Customer):
    """The first of `intents` is the merchant's own, which stands for the whole; all of them are lines."""

    def __init__(
        self, around: Surroundings, intents: Sequence[Intent], due_ns: int, due_s: float
    ) -> None:
        super().__init__(around, intents[0], due_ns, due_s)
        more = [Customer(around, intent, due_ns, due_s) for intent in intents[1:]]
        self._lines: list[Customer] = [self, *more]
        self._intents = intents
        self._batch_no = ""
        self._accounted = False

    def begin(self, first: int | None = None) -> None:
        """Write down what is wanted, line by line."""
        super().begin(first)
        for line in self._lines[1:]:
            line.begin()

    def end(self) -> None:
        """Close the ledger of each line."""
        super().end()
        for line in self._lines[1:]:
            line.end()

    def take(self, step: Step) -> list[Heard]:
        """Carry out a step of the whole batch, or of one of its lines."""
        if isinstance(step, Line):
            return [self._lines[step.at].do(step.deed)]
        if isinstance(step, PlaceBatch):
            return self._place_batch(step)
        if isinstance(step, BatchStatus):
            return [self._batch_status()]
        return super().take(step)

    def _place_batch(self, deed: PlaceBatch) -> list[Heard]:
        """Send the batch; return what was heard of each line."""
        asked_ns = self._due_ns if self._fresh else now_ns()
        scope = {**self._scope, "lines": [_said(intent) for intent in self._intents]}
        done = self._ask("batch", scope, self._due_s if self._fresh else None)
        values: Values = done.answer.values
        whole = heard_of(done, order_no=values.get("batch_no", ""))
        numbers = values.get("order_nos", [])
        short: dict[str, int | str] = {}
        if whole.outcome == "ok" and len(numbers) != len(self._lines):
            short = {"told": len(numbers), "lines": len(self._lines)}
            told = f"{len(numbers)} order numbers for {len(self._lines)} lines"
            whole = heard_of(done, outcome="unknown", reason=told)
        self._batch_no = whole.order_no or self._batch_no
        more: dict[str, int | str] = {"ref": whole.order_no, "attempt": deed.attempt}
        self._note("batch", asked_ns, whole, done.took_us, short, **more)
        known = numbers if whole.outcome == "ok" else [""] * len(self._lines)
        prices = values.get("amounts_fen", [])
        if len(prices) != len(known):
            # Amounts that do not fit the lines say nothing of any of them.
            prices = [None] * len(known)
        said = {"batch": self._batch_no} if self._batch_no else {}
        each = [self._placed_line(done, whole, *told) for told in zip(known, prices, strict=True)]
        said = {"batch": self._batch_no} if self._batch_no else {}
        for line, heard in zip(self._lines, each, strict=True):
            line.placed(heard, asked_ns, done.took_us, deed.attempt, said)
        return each

    def _placed_line(
        self, done: Exchanged, whole: Heard, order_no: str, amount_fen: int | None
    ) -> Heard:
        """Return what was heard of a line: of a batch that was taken, one without a number was refused."""
        refused = whole.outcome == "ok" and not order_no
        return heard_of(
            done,
            outcome="fail" if refused else whole.outcome,
            order_no=order_no,
            amount_fen=amount_fen,
        )

    def _batch_status(self) -> Heard:
        """Read what became of the batch; it is over once it accounts for each line that was taken."""
        asked_ns = now_ns()
        done = self._ask("batch_status", {**self._scope, "batch_no": self._batch_no})
        pairs = zip(self._lines, self._intents, strict=True)
        read = account([(i.account, line.order_no) for line, i in pairs], done.answer.values)
        state = read.state if done.answer.outcome == "ok" else ""
        heard = heard_of(done, order_no=self._batch_no, state=state)
        if self._accounted:
            return heard
        self._note("batch_status", asked_ns, heard, done.took_us, read.said, ref=self._batch_no)
        self._accounted = state == "done"
        for line in self._lines if self._accounted else ():
            if line.order_no:
                line.accounted(self._batch_no, asked_ns, failed=line.order_no in read.failed)
        return heard


def _said(intent: Intent) -> dict[str, object]:
    return {
        "goods": {"id": intent.goods.id},
        "intent": intent.said(),
    }
