"""On a holiday everything is worked off later, also what was promised for any day.

Modelled on: I29, 非工作日顺延: a switch for the slow channel that was built for the whole shop.
Breaks: the promise of goods that no rule of the calendar is published for.
"""

from harness.targets.reference.config import SlowLane
from harness.targets.reference.delivery_desk import DeliveryDesk
from harness.targets.reference.tables import Order


class HolidayForEveryone(DeliveryDesk):
    """Asks which day it is, and not what was ordered."""

    def lanes(self, _order: Order) -> list[SlowLane]:
        """Put everybody into the slow lane."""
        today = self.config.calendar.today
        return [s for s in self.config.calendar.slow if s.first_day <= today <= s.last_day]
