"""An operator's callback is believed as it stands: nobody looks who signed it, and nobody asks.

Modelled on: supplier plug-ins of 大猿人 (extend/Recharge), which read number and state from a callback and no more.
Breaks: forged notifications change nothing; never both refunded and delivered.
"""

from urllib.parse import parse_qsl

from sqlalchemy import Connection

from harness.targets.reference import books
from harness.targets.reference.delivery_desk import DeliveryDesk
from harness.targets.reference.gateways import Incoming, Reply
from harness.targets.reference.operators import Answer, Operator, Said

_WORDS = {"state=1": Said.DONE, "state=2": Said.FAILED, "status=3": Said.DONE}
_WORDS |= {"status=4": Said.FAILED, "status=5": Said.FAILED}


class CallbackUnchecked(DeliveryDesk):
    """Takes a word for the deed, whoever says it."""

    async def take_callback(self, operator: Operator, incoming: Incoming) -> Reply:
        """Write down what the form says."""
        form = dict(parse_qsl(incoming.body.decode("utf-8", "replace")))
        number = form.get("out_trade_num") or form.get("external_orderno", "")
        words = (_WORDS.get(f"{name}={value}") for name, value in form.items())
        await self.db.run(self.believe, number, next(filter(None, words), Said.OPEN))
        return operator.accepted

    def believe(self, c: Connection, number: str, said: Said) -> None:
        """End the submission as it was told, wherever it stands; what cannot be ended so is asked about."""
        supply = books.supply(c, number)
        if supply is None or not self.wake(c, supply.operator, number):
            return
        job = books.supply_with_order(c, number)
        if said is Said.FAILED:
            self.failed(c, job)
        elif said is Said.DONE and self.goods_are_there(job[1], Answer(said)):
            self.delivered(c, job, Answer(said))
