"""The customers' word at their gateways: they complain about what they paid.

    POST /payer/complain {"order_no" or "trade_no" or "pay_url", "intent", "text", "amount_fen", "phone"}
        -> {"outcome": "ok"/"fail", "complaint", "state", "order_no", "trade_no", "reason"}

A second complaint about the same trade adds to the first; after its end it opens it again.
"""

from collections.abc import Sequence

import msgspec

from mock_upstreams.desk import who_of
from mock_upstreams.dialect import Answer, Request
from mock_upstreams.gateway_desk import GatewayDesk
from mock_upstreams.house import House
from mock_upstreams.records import Trade
from mock_upstreams.upstream import Upstream


class Grievance(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What a customer tells the gateway; one of the three ways to name the payment is needed."""

    order_no: str = ""
    trade_no: str = ""
    pay_url: str = ""
    intent: int | None = None
    text: str = "付款后未收到商品"
    amount_fen: int = 0
    """What is wanted back, 0 for no money."""
    phone: str = ""


class Complainer:
    """Finds the gateway that took a customer's money and complains there."""

    def __init__(self, gateways: Sequence[Upstream], house: House) -> None:
        self._gateways = gateways
        self._house = house

    def hear(self, request: Request) -> Answer:
        """Take one complaint."""
        try:
            said = msgspec.json.decode(request.body, type=Grievance)
        except msgspec.MsgspecError as error:
            return _show({"outcome": "fail", "reason": f"malformed: {error}"}, 400)
        for gateway in self._gateways:
            desk = gateway.desk
            if isinstance(desk, GatewayDesk) and (trade := _trade(desk, said)) is not None:
                return self._complain(desk, trade, said)
        return _show({"outcome": "fail", "reason": "not_found"})

    def _complain(self, desk: GatewayDesk, trade: Trade, said: Grievance) -> Answer:
        names = {"order_no": trade.order_no, "trade_no": trade.ref}
        if not trade.paid_ns:
            return _show({"outcome": "fail", "reason": "not_paid", **names})
        if "complaint" not in desk.dialect.ops:
            return _show({"outcome": "fail", "reason": "no_complaints_here", **names})
        intent = self._house.known_intent(said.intent)
        who = who_of(trade.intent if intent is None else intent, trade.order_no)
        complaint = desk.complaints.hear(
            trade, said.text, who, amount_fen=said.amount_fen, phone=said.phone
        )
        return _show(
            {"outcome": "ok", "complaint": complaint.id, "state": complaint.state, **names}
        )


def _trade(desk: GatewayDesk, said: Grievance) -> Trade | None:
    """Return the paid trade that is meant, if it is this gateway's."""
    ref = said.trade_no or (desk.dialect.trade_of(said.pay_url) if said.pay_url else "")
    if said.pay_url and not ref:
        return None
    return desk.book.find(said.order_no, ref or "") if ref or said.order_no else None


def _show(value: dict[str, str], status: int = 200) -> Answer:
    return Answer(msgspec.json.encode(value), status)
