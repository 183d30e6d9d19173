"""Places its order once and goes home: one request an intent."""

from harness.traffic.personas import Persona
from harness.traffic.steps import Life, Place


class Prober(Persona):
    """The shortest life."""

    def live(self) -> Life:
        """Place."""
        yield Place()
