"""A membership ends without a word, and looks like a dropped order to its owner.

Modelled on: I28, 伪掉单: most "my membership is gone" complaints are memberships that nobody renewed.
Breaks: a membership is announced to lapse before it does.
"""

from sqlalchemy import Connection

from harness.targets.reference.promise_desk import PromiseDesk
from harness.targets.reference.tables import Order


class LapsesSilently(PromiseDesk):
    """Lets it end."""

    def lapses(self, c: Connection, order: Order) -> None:
        """Say nothing."""
