"""Orders minus one, none, a half, or so many that the price overflows 32 bits, and sees what he is asked for."""

from harness.traffic.personas.tamperer import Tamperer
from harness.traffic.steps import MISCOUNTS, Life, Place


class Miscounter(Tamperer):
    """A count that nobody sells is refused, or costs what one does at least. Of goods sold singly he names a price."""

    miscounts = True

    def live(self) -> Life:
        """Order and leave: what he was asked for is all that matters."""
        if self.its.most == 1:
            yield from super().live()
        else:
            yield from self.order()

    def placing(self, attempt: int, *, slip: bool) -> Place:
        """Name the same count each time."""
        if self.its.most == 1:
            return super().placing(attempt, slip=slip)
        return Place(attempt, slip, count=MISCOUNTS[int(self.roll("count") * len(MISCOUNTS))])
