"""Pays, opens a ticket with the platform within seconds if the goods are not there, and reads it until it is closed."""

from harness.traffic.personas import Persona
from harness.traffic.steps import Heard, Life, Status, Ticket, TicketState, Wait

_OPENS_AFTER_MS = 6_000.0
_LOOKS_EVERY_MS = 45_000.0


class TicketOpener(Persona):
    """A ticket is answered in time, and closed only by goods or refund."""

    needs = frozenset({"ticket", "ticket_state"})

    def having(self, order: Heard) -> Life:
        """Pay, wait a little, look, open a ticket, read it to its end, look again."""
        yield from self.think()
        paid = yield from self.pay(order)
        yield Wait(_OPENS_AFTER_MS * (0.5 + self.roll("opens")))
        (seen,) = yield Status(order.order_no)
        if paid and not self.content(seen, paid=paid):
            (opened,) = yield Ticket(order.order_no)
            waited_ms = 0.0 if opened.outcome == "ok" else self.its.patience_ms
            while waited_ms < self.its.patience_ms:
                yield Wait(_LOOKS_EVERY_MS)
                waited_ms += _LOOKS_EVERY_MS
                (read,) = yield TicketState(order.order_no)
                if read.state == "closed":
                    break
        yield from self.watch(order, paid=paid)
