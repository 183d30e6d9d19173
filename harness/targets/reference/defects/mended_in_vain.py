"""An account that is mended before the order is paid is answered with a yes, and stays as it was.

Modelled on: corrections that are written to the form's draft, while the order has been made already.
Breaks: a wrong account that is mended is not served.
"""

from sqlalchemy import Connection

from harness.targets.reference.corrections import CorrectionDesk
from harness.targets.reference.tables import Order, State


class MendedInVain(CorrectionDesk):
    """Mends what has been paid, and nothing before."""

    def correct(self, c: Connection, order: Order, account: str) -> Order:
        """Say yes to whoever has not paid."""
        if order.state == State.WAIT_PAY:
            return order
        return super().correct(c, order, account)
