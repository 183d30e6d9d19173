"""Places, pays and looks four times without a pause: the six requests of an ordinary order."""

from harness.traffic.personas import Persona
from harness.traffic.steps import Life, Pay, Place, Status


class Shopper(Persona):
    """An ordinary life without its pauses."""

    def live(self) -> Life:
        """Place, pay, look."""
        (order,) = yield Place()
        yield Pay(order.order_no, order.pay_url, order.amount_fen)
        for _ in range(4):
            yield Status(order.order_no)
