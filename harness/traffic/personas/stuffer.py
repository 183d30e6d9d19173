"""Runs a list of stolen passwords against somebody's account, the right one last; then buys like anybody else.

Half of them come back with the right one two minutes later: whoever is shut out for seconds only has lost nothing.
"""

from harness.traffic.personas.patient import Patient
from harness.traffic.steps import Guess, Life

_WRONG = 30
_COMES_BACK_AFTER_MS = 120_000.0


class Stuffer(Patient):
    """Whoever has been wrong too often is not let in, with the right password either, for a while."""

    needs = frozenset({"login", "register"})

    def live(self) -> Life:
        """Try passwords, order, pay, watch."""
        yield Guess(_WRONG, _COMES_BACK_AFTER_MS if self.roll("comes back") < 0.5 else 0.0)
        yield from super().live()
