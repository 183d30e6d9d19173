"""A postponed order is postponed once more when its time has come, since it is still a holiday then.

Modelled on: I29, 非工作日顺延到下一个工作日: orders that are put off for as long as the job finds a reason to.
Breaks: the rule that was published for the goods and the day.
"""

from harness.targets.reference.clock import now_ms
from harness.targets.reference.delivery_desk import DeliveryDesk
from harness.targets.reference.tables import Order


class HolidayCountedTwice(DeliveryDesk):
    """Adds the wait to the wait."""

    def opens_ms(self, order: Order) -> int:
        """Wait for three times as long as was planned for."""
        return now_ms() + 3 * (super().opens_ms(order) - now_ms())
