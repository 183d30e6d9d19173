"""An order costs what the page says that it costs: the amount is a field of the form, and is taken as it comes.

Modelled on: shops whose checkout posts `goods_id` and `money`, bought empty for a cent by whoever opens the developer
tools (价格篡改, 一分钱支付).
Breaks: tampered prices are refused.
"""

from harness.targets.reference.config import Goods
from harness.targets.reference.money import fen
from harness.targets.reference.shop import OrderForm, Shop


class PriceFromCustomer(Shop):
    """Saves looking up the price."""

    def check_price(self, goods: Goods, price: str) -> None:
        """Never mind which price."""

    def price_fen(self, form: OrderForm) -> int:
        """Take the customer's word, where he said one."""
        return fen(form.price) if form.price else super().price_fen(form)
