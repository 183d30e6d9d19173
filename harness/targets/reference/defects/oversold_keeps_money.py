"""Who paid for a card that somebody else took first is told so, and that is all.

Modelled on: acg-faka#913: paid, then "有人在你付款之前抢走了商品".
Breaks: the last item goes to one, and the others get their money back.
"""

from sqlalchemy import Connection

from harness.targets.reference.stock_desk import StockDesk
from harness.targets.reference.tables import Order


class OversoldKeepsMoney(StockDesk):
    """Has nothing for this order, and gives nothing back."""

    def sold_out(self, c: Connection, order: Order) -> None:
        """Leave the order as it is."""
