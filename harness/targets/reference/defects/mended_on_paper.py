"""An account that is mended while an operator is at work is mended in the order's row, and nowhere else.

Modelled on: `UPDATE orders SET account = ? WHERE id = ?` behind the button, with no look at what was sent already.
Breaks: a delivered order shows the account that got the goods.
"""

from sqlalchemy import Connection

from harness.targets.reference.corrections import CorrectionDesk, mend
from harness.targets.reference.tables import Order


class MendedOnPaper(CorrectionDesk):
    """Writes the new account over the old one, whoever is at work."""

    def correct(self, c: Connection, order: Order, account: str) -> Order:
        """Mend it."""
        return mend(c, order, account)
