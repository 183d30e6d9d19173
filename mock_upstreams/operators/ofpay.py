"""欧飞: top-ups by GET, signed with MD5 over values set side by side, answered in GB2312 XML."""

from collections.abc import Callable, Mapping, Sequence
from hashlib import md5
from typing import ClassVar, Literal
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from harness.core.delivery import Delivery, Signature
from harness.core.units import yuan_from_fen
from harness.faults.status import Condition
from mock_upstreams import beijing, form
from mock_upstreams.dialect import (
    FORM,
    OPERATOR_OPS,
    Answer,
    Ask,
    Dialect,
    Duplicates,
    Found,
    Notice,
    Outgoing,
    Request,
)
from mock_upstreams.operators._money import count_of
from mock_upstreams.records import Product, Reason, Shelf, SupplierOrder
from mock_upstreams.signing import ofpay_md5, same

_XML = "text/xml; charset=GB2312"
_PHONE_CARD = "140101"
"""The card of a phone's top-up: `cardnum` is then the face value in yuan."""
_STATES = {"delivering": "0", "delivered": "1", "partial": "1", "failed": "9"}
_SIGNED = (
    "cardid",
    "cardnum",
    "sporder_id",
    "sporder_time",
    "game_userid",
    "game_area",
    "game_srv",
)

# Source: 欧飞 interface document (OFPAY), read 2026-11-22: retcode 1 is accepted. All other numbers are unconfirmed;
# 9999 as "unknown, ask a person" is 鼎信's, whose wire is of the same family.
_CODES: Mapping[str, tuple[str, str]] = {
    Condition.BUSY: ("9999", "系统异常，请人工核实"),
    Condition.RATE_LIMITED: ("7001", "处理中的订单过多"),
    Condition.MAINTENANCE: ("5003", "商品暂不能购买"),
    Condition.REFUSED: ("5004", "号码与商品不符"),
    Condition.OUT_OF_STOCK: ("5003", "商品库存不足"),
    Condition.LOW_BALANCE: ("5002", "余额不足"),
    Condition.BAD_SIGNATURE: ("5005", "验证摘要串验证失败"),
    Reason.NOT_FOUND: ("-1", "没有此订单"),
    Reason.DUPLICATE: ("5006", "订单号重复"),
    Reason.NO_PRODUCT: ("5003", "商品不存在"),
    Reason.COST_ABOVE_LIMIT: ("5010", "价格不符"),
    Reason.MALFORMED: ("5012", "参数错误"),
    "9999": ("9999", "系统异常，请人工核实"),
    "5001": ("5001", "代理商不存在"),
    "5006": ("5006", "订单号重复"),
    "5009": ("5009", "IP未授权"),
}


class Ofpay(Dialect):
    """Takes orders by GET or form, tells their state as a bare number, and calls back until it hears `Y`.

    Source: 欧飞 interface document (OFPAY), read 2026-11-22. Unconfirmed: the answer's root element, the query's -1,
    the whole callback with its acknowledgement and ladder, and the error numbers.
    """

    endpoints: ClassVar[tuple[str, ...]] = (
        "/onlineorder.do",
        "/api/query.do",
        "/queryuserinfo.do",
        "/telquery.do",
    )
    side: ClassVar[Literal["gateway", "operator"]] = "operator"
    ops: ClassVar[tuple[str, ...]] = OPERATOR_OPS
    notifies: ClassVar[frozenset[str]] = frozenset({"submit"})
    signs_notices: ClassVar[bool] = False
    ladder_ms: ClassVar[tuple[float, ...]] = (60_000.0, 60_000.0, 60_000.0)
    secrets: ClassVar[tuple[str, ...]] = ("key",)
    codes: ClassVar[Mapping[str, tuple[str, str]]] = _CODES
    unclear: ClassVar[frozenset[str]] = frozenset(
        {Condition.BUSY, Reason.DUPLICATE, "9999", "5006"}
    )
    duplicates: ClassVar[Duplicates] = "reject"
    hosts: ClassVar[tuple[str, ...]] = ("api2.ofpay.com",)
    defaults: ClassVar[Mapping[str, str]] = {
        "userid": "A00001",
        "password": "pass",
        "key": "OFCARD",
    }

    def __init__(self, settings: Mapping[str, str], products: Mapping[str, Product]) -> None:
        super().__init__(settings, products)
        self._userid, self._key = self.settings["userid"], self.settings["key"]
        self._userpws = md5(self.settings["password"].encode()).hexdigest()
        self._skus = {str(p.face_fen): p.id for p in products.values() if p.kind == "topup"}
        self._calls: Mapping[str, Callable[[Mapping[str, str]], Ask | Answer]] = {
            "/onlineorder.do": self._order,
            "/api/query.do": self._query,
            "/queryuserinfo.do": lambda _: Ask(op="balance"),
            "/telquery.do": self._price,
        }

    def credentials(self) -> dict[str, str]:
        """Return userid, password and key."""
        return {name: self.settings[name] for name in ("userid", "password", "key")}

    # Reading.

    def read(self, request: Request) -> Ask | Answer:
        """Read query and form, merged; values are GB2312 or UTF-8."""
        call = self._calls.get(request.path)
        if call is None or request.method not in {"GET", "POST"}:
            return Answer(b"404\n", 404, "text/html; charset=GB2312")
        text = "&".join(filter(None, (request.query, request.body.decode("latin-1"))))
        fields = dict(parse_qsl(text, keep_blank_values=True, encoding="gb18030", errors="replace"))
        if fields.get("userid") != self._userid:
            return self.refuse(None, "5001")
        return call(fields)

    def _order(self, fields: Mapping[str, str]) -> Ask | Answer:
        needed = ("cardid", "cardnum", "sporder_id", "sporder_time", "game_userid", "md5_str")
        if not all(fields.get(name) for name in needed):
            return self.refuse(None, Reason.MALFORMED)
        if not same(fields.get("userpws", ""), self._userpws):
            return self.refuse(None, Condition.BAD_SIGNATURE)
        values = [fields.get(name, "") for name in _SIGNED]
        right = ofpay_md5(self._userid, self._userpws, *values, self._key)
        if not same(fields["md5_str"], right):
            return self.refuse(None, Condition.BAD_SIGNATURE)
        sku, quantity = self._bought(fields["cardid"], fields["cardnum"])
        if not quantity:
            return self.refuse(None, Reason.MALFORMED)
        return Ask(
            op="submit",
            order_no=fields["sporder_id"],
            account=fields["game_userid"],
            sku=sku,
            quantity=quantity,
            notify_url=fields.get("ret_url", ""),
            extra={"cardid": fields["cardid"], "cardnum": fields["cardnum"]},
        )

    def _bought(self, card: str, number: str) -> tuple[str, int]:
        """Return product and quantity of a card and its number; a quantity of 0 for what is no number."""
        try:
            count = count_of(number)
        except ValueError:
            return "", 0
        if card == _PHONE_CARD:
            return self._skus.get(str(count * 100), f"{count}元"), 1
        return card, count

    def _query(self, fields: Mapping[str, str]) -> Ask | Answer:
        number = fields.get("spbillid")
        return (
            Ask(op="query", order_nos=(number,)) if number else self.refuse(None, Reason.MALFORMED)
        )

    def _price(self, fields: Mapping[str, str]) -> Ask | Answer:
        face = fields.get("pervalue", "")
        if not (face.isascii() and face.isdigit() and len(face) <= 6):
            return self.refuse(None, Reason.MALFORMED)
        sku = self._skus.get(str(int(face) * 100), f"{face}元")
        return Ask(op="query", about="goods", sku=sku)

    # Answering.

    def answer(self, ask: Ask, found: Found) -> Answer:
        """Say it as XML; the state of an order as a bare number."""
        if isinstance(found, int):
            return _xml(
                "userinfo",
                "1",
                "",
                {"userid": self._userid, "ret_leftcredit": yuan_from_fen(found)},
            )
        if isinstance(found, SupplierOrder):
            return _xml("orderinfo", "1", "", _taken(found))
        assert isinstance(found, Sequence)
        if ask.about == "goods":
            shelves = [s for s in found if isinstance(s, Shelf) and s.on_sale]
            if not shelves:
                return self.refuse(ask, Reason.NO_PRODUCT)
            product = shelves[0].product
            told = {
                "cardid": _PHONE_CARD,
                "cardname": product.title,
                "inprice": yuan_from_fen(product.cost_fen),
            }
            return _xml("cardinfo", "1", "", told)
        orders = [order for order in found if isinstance(order, SupplierOrder)]
        state = _STATES[orders[-1].state] if orders else "-1"
        return Answer(state.encode(), 200, "text/plain; charset=GB2312")

    def refuse(self, ask: Ask | None, code: str) -> Answer:
        """Say no."""
        retcode, message = self.codes[code]
        if ask is not None and ask.op == "query" and not ask.about:
            return Answer(retcode.encode(), 200, "text/plain; charset=GB2312")
        return _xml("orderinfo", retcode, message, {})

    # Notifying.

    def notify(self, notice: Notice, delivery: Delivery, notify_url: str) -> Outgoing:
        """Render the callback form; it carries no signature, so what is forged names another agent."""
        facts = delivery.fields
        state = str(facts["state"])
        forged = delivery.signature is not Signature.VALID
        fields = {
            "userid": f"not {self._userid}" if forged else self._userid,
            "ret_code": _STATES.get(state, state),
            "orderid": str(facts["ref"]),
            "sporder_id": str(facts["order_no"]),
            "ordersuccesstime": beijing.digits(notice.at_ns) if state == "delivered" else "",
            "err_msg": "充值失败" if state == "failed" else "",
        }
        return Outgoing("POST", notify_url, form.write(fields).encode(), (("Content-Type", FORM),))

    def acked(self, status: int, body: bytes) -> bool:  # noqa: ARG002 - unconfirmed altogether
        """Take `Y`, `success` or `ok`."""
        return body.strip().lower() in {b"y", b"success", b"ok"}

    def number(self, kind: Literal["trade", "refund", "order"], serial: int, time_ns: int) -> str:  # noqa: ARG002
        """Return `S`, the second and seven digits or more."""
        return f"S{beijing.digits(time_ns)}{serial:07d}"


def _taken(order: SupplierOrder) -> dict[str, str]:
    return {
        "orderid": order.ref,
        "cardid": order.extra["cardid"],
        "cardnum": order.extra["cardnum"],
        "ordercash": yuan_from_fen(order.cost_fen),
        "cardname": order.product.title,
        "sporder_id": order.order_no,
        "game_userid": order.account,
        "game_state": _STATES[order.state],
    }


def _xml(root: str, retcode: str, err_msg: str, fields: Mapping[str, str]) -> Answer:
    told = {"err_msg": err_msg, "retcode": retcode, **fields}
    inner = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in told.items())
    text = f'<?xml version="1.0" encoding="GB2312" ?><{root}>{inner}</{root}>'
    return Answer(text.encode("gb18030", "xmlcharrefreplace"), 200, _XML)
