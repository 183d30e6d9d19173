"""Sends many lines at once, pays each, reads what became of the batch; half of them send the batch a second time."""

from harness.traffic.personas import Part, Persona
from harness.traffic.steps import (
    BatchStatus,
    Heard,
    Life,
    Line,
    Pay,
    PayLink,
    PlaceBatch,
    Status,
    Wait,
)

_PAUSES_MS = (10_000.0, 30_000.0, 60_000.0)
_TRIES = 3
_SENDS_AGAIN_AFTER_MS = 20_000.0
_LOOKS_EVERY_MS = 45_000.0


class Merchant(Persona):
    """A batch has exact totals and an exact list of failures, and to send it again changes nothing."""

    needs = frozenset({"batch", "batch_status", "pay_link"})
    batches = True

    def live(self) -> Life:
        """Send, pay line by line, perhaps send again as a script does, read to the end, look at each order."""
        heard = yield from self._send()
        lines = [(at, line) for at, line in enumerate(heard) if line.outcome == "ok"]
        if not lines:
            return
        yield from self.think()
        for at, line in lines:
            yield from self._pay_line(at, line)
        if self.roll("sends again") < 0.5:
            yield Wait(_SENDS_AGAIN_AFTER_MS * (0.5 + self.roll("when")))
            yield PlaceBatch(len(_PAUSES_MS) + 2)
        yield from self._read()
        for at, line in lines:
            yield Line(at, Status(line.order_no))

    def _send(self) -> Part[list[Heard]]:
        """Send the batch until there is an answer; a lost one is worth another try under the same numbers."""
        for attempt, pause_ms in enumerate((*_PAUSES_MS, None), start=1):
            heard = yield PlaceBatch(attempt)
            if any(one.outcome == "ok" for one in heard):
                return heard
            if pause_ms is None or not any(one.outcome == "unknown" for one in heard):
                break
            yield Wait(pause_ms)
        return []

    def _pay_line(self, at: int, line: Heard) -> Part[None]:
        """Ask for a way to pay a line, and pay it; try again where that may help."""
        for attempt in range(1, _TRIES + 1):
            (link,) = yield Line(at, PayLink(line.order_no, self.its.gateway))
            if link.outcome == "ok":
                pay = Pay(line.order_no, link.pay_url, line.amount_fen, attempt=attempt)
                (paid,) = yield Line(at, pay)
                if paid.outcome == "ok" or paid.reason == "already_paid":
                    return
            yield Wait(_PAUSES_MS[0])

    def _read(self) -> Part[None]:
        """Read what became of the batch until every line is accounted for, or patience ends."""
        waited_ms = 0.0
        while waited_ms < self.its.patience_ms:
            yield Wait(_LOOKS_EVERY_MS)
            waited_ms += _LOOKS_EVERY_MS
            (read,) = yield BatchStatus()
            if read.state == "done":
                return
