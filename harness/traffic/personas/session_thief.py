"""Has somebody's password: logs in from a device that never was his, and orders for an account of his own."""

from harness.traffic.personas.patient import Patient
from harness.traffic.steps import Intrude, Life


class SessionThief(Patient):
    """The owner is told of the login, and what a new device may not buy is refused before anybody pays."""

    needs = frozenset({"login"})
    intrudes = True

    def live(self) -> Life:
        """Get in, order, pay, watch."""
        (entered,) = yield Intrude()
        if entered.outcome == "ok":
            yield from super().live()
