"""The page of an order shows the account of whichever order was looked at before it.

Modelled on: a view object that is shared between requests; two customers who refresh at once see each other's numbers.
Breaks: what the customer is shown agrees with what happened, and other people's orders are unreadable.
"""

from msgspec.structs import replace

from harness.targets.reference.shop import Shop, View
from harness.targets.reference.tables import Order


class AccountOfAnotherShown(Shop):
    """Fills one page for everybody."""

    _account = ""

    def show(self, order: Order, pay_url: str | None = None) -> View:
        """Leave what stands there, and change it for the next one."""
        before, self._account = self._account or order.account, order.account
        return replace(super().show(order, pay_url), account=before)
