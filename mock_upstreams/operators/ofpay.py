"""欧飞: top-ups and cards by GET, signed with MD5 over values set side by side, answered in GB2312 XML."""

from collections.abc import Callable, Mapping, Sequence
from hashlib import md5
from typing import ClassVar, Literal
from urllib.parse import parse_qsl, urlencode

from harness.core.delivery import Delivery, Signature
from harness.core.units import yuan_from_fen
from harness.faults.status import Condition
from mock_upstreams import beijing
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
from mock_upstreams.operators import _ofpay_views as views
from mock_upstreams.operators._money import cap_fen, count_of
from mock_upstreams.records import Product, Reason, Shelf, SupplierOrder
from mock_upstreams.signing import ofpay_md5, same

_PHONE_CARDS = {"14": "140101", "17": "170101"}
"""The card of a phone's top-up, fast and slow, of which two digits count alone: `cardnum` is its face value."""
_PHONE_DIGITS = 11
_MOST = 10
"""Cards of an order."""
_SIGNED = (
    "cardid",
    "cardnum",
    "sporder_id",
    "sporder_time",
    "game_userid",
    "game_area",
    "game_srv",
)

# Source: public clients of 欧飞 (OFPAY), read 2026-12-01: all retcodes, and which must not be taken for a failure.
# Its own test suite, of the same day, for 331 (a merchant who may not buy), 1004 (out of stock) and 1007. Unconfirmed:
# what it says when there are too many calls, and to whom 1010 is said.
_CODES: Mapping[str, tuple[str, str]] = {
    Condition.BUSY: ("9999", "未知错误"),
    Condition.RATE_LIMITED: ("302", "您的账号暂时不能进行交易"),
    Condition.MAINTENANCE: ("11", "运营商地区维护，暂不能充值"),
    Condition.REFUSED: ("321", "暂时不支持此类手机号的充值"),
    Condition.OUT_OF_STOCK: ("1004", "此商品暂不可用"),
    Condition.LOW_BALANCE: ("1007", "账户金额不足"),
    Condition.BAD_SIGNATURE: ("1003", "MD5串验证错误"),
    Reason.NOT_FOUND: ("1010", "查询结果为空"),
    Reason.DUPLICATE: ("331", "订单生成失败"),
    Reason.NO_PRODUCT: ("1004", "此商品暂不可用"),
    Reason.COST_ABOVE_LIMIT: ("1006", "充值金额超出系统限制"),
    Reason.MALFORMED: ("1008", "缺少必需参数"),
    "105": ("105", "请求失败"),
    "319": ("319", "充值的手机号不正确"),
    "331": ("331", "订单生成失败"),
    "334": ("334", "订单生成超时"),
    "1001": ("1001", "商户名验证错误"),
    "1002": ("1002", "商户IP验证错误，访问的IP：127.0.0.1"),
    "1005": ("1005", "购买的商品数量超出系统要求"),
    "1043": ("1043", "支付超时，订单处理失败"),
    "9998": ("9998", "参数格式错误"),
    "9999": ("9999", "未知错误"),
}


class Ofpay(Dialect):
    """Takes orders by GET or form, tells their state as a bare number, and calls back until it hears `Y`.

    onlineorder.do charges phones and accounts, order.do hands cards out in its answer, which comes once there are
    some; neither takes the goods of the other. A repeated order is answered as at first. The callback is signed over
    `userid`, `ret_code` and `sporder_id`, in its charset, and older clients do not look.

    Source: 欧飞 interface document (OFPAY), read 2026-11-22, five public clients and its own test suite, read
    2026-12-01. Unconfirmed: the callback's acknowledgement, ladder and `orderid`, the text of telcheck.do
    beyond its first number, and what a repeat that differs is answered (here as the first).
    """

    endpoints: ClassVar[tuple[str, ...]] = (
        "/onlineorder.do",
        "/order.do",
        "/{api/query,query}.do",
        "/queryOrderInfo.do",
        "/{queryuserinfo,newqueryuserinfo}.do",
        "/{telquery,telcheck,mobinfo}.do",
        "/{querycardinfo,queryprice,queryleftcardnum}.do",
    )
    side: ClassVar[Literal["gateway", "operator"]] = "operator"
    ops: ClassVar[tuple[str, ...]] = OPERATOR_OPS
    notifies: ClassVar[frozenset[str]] = frozenset({"submit"})
    ladder_ms: ClassVar[tuple[float, ...]] = (60_000.0, 60_000.0, 60_000.0)
    secrets: ClassVar[tuple[str, ...]] = ("key",)
    codes: ClassVar[Mapping[str, tuple[str, str]]] = _CODES
    unclear: ClassVar[frozenset[str]] = frozenset({Condition.BUSY, "105", "334", "1043", "9999"})
    duplicates: ClassVar[Duplicates] = "reuse"
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
        self._skus = {p.face_fen: p.id for p in products.values() if p.kind == "topup"}
        self._calls: Mapping[str, Callable[[Mapping[str, str]], Ask | Answer]] = {
            "/onlineorder.do": self._order,
            "/order.do": self._cards,
            "/api/query.do": self._query,
            "/query.do": self._query,
            "/queryOrderInfo.do": self._info,
            "/queryuserinfo.do": self._balance,
            "/newqueryuserinfo.do": self._balance,
            "/telquery.do": self._price,
            "/telcheck.do": self._check,
            "/querycardinfo.do": self._goods,
            "/queryprice.do": self._goods,
            "/queryleftcardnum.do": self._goods,
        }

    def credentials(self) -> dict[str, str]:
        """Return userid, password and key."""
        return {name: self.settings[name] for name in ("userid", "password", "key")}

    def waits_for_goods(self, ask: Ask) -> bool:
        """Answer order.do once there are cards."""
        return ask.extra.get("act") == "cards"

    # Reading.

    def read(self, request: Request) -> Ask | Answer:
        """Read query and form, merged; values are GB2312 or UTF-8."""
        if request.method not in {"GET", "POST"}:
            return Answer(b"404\n", 404, "text/html; charset=GB2312")
        text = "&".join(filter(None, (request.query, request.body.decode("latin-1"))))
        fields = dict(parse_qsl(text, keep_blank_values=True, encoding="gb18030", errors="replace"))
        if request.path == "/mobinfo.do":
            return views.text(f"{fields.get('mobilenum', '')[:_PHONE_DIGITS]}|广东广州|移动")
        call = self._calls.get(request.path)
        if call is None:
            return Answer(b"404\n", 404, "text/html; charset=GB2312")
        if fields.get("userid") != self._userid:
            return self._no(fields, "1001")
        return call(fields)

    def _no(self, fields: Mapping[str, str], code: str, act: str = "") -> Answer:
        asked = {"act": act} | {k: v for k, v in fields.items() if k in views.ECHOED}
        return self.refuse(Ask(op="submit", extra=asked), code)

    def _known(self, fields: Mapping[str, str]) -> bool:
        return same(fields.get("userpws", ""), self._userpws)

    def _signed(self, fields: Mapping[str, str], names: Sequence[str]) -> bool:
        values = [fields.get(name, "") for name in names]
        right = ofpay_md5(self._userid, self._userpws, *values, self._key)
        return self._known(fields) and same(fields.get("md5_str", ""), right)

    def _order(self, fields: Mapping[str, str]) -> Ask | Answer:
        needed = ("cardid", "cardnum", "sporder_id", "sporder_time", "game_userid", "md5_str")
        if not all(fields.get(name) for name in needed):
            return self._no(fields, Reason.MALFORMED)
        if not self._signed(fields, _SIGNED):
            return self._no(fields, Condition.BAD_SIGNATURE)
        try:
            sku, quantity = self._bought(fields["cardid"], fields["cardnum"])
        except ValueError:
            return self._no(fields, "9998")
        if self._is_card(sku):
            return self._no(fields, Reason.NO_PRODUCT)
        return Ask(
            op="submit",
            order_no=fields["sporder_id"],
            account=fields["game_userid"],
            sku=sku,
            quantity=quantity,
            notify_url=fields.get("ret_url", ""),
            extra={k: v for k, v in fields.items() if k in views.ECHOED} | {"act": "account"},
        )

    def _bought(self, card: str, number: str) -> tuple[str, int]:
        """Return product and quantity of a card and its number, which for a phone is what it is charged, in yuan.

        Raises:
            ValueError: the number is none.
        """
        if card in self.products or card[:2] not in _PHONE_CARDS:
            return card, count_of(number)
        face_fen = cap_fen(number)
        return self._skus.get(face_fen, f"{yuan_from_fen(face_fen)}元"), 1

    def _is_card(self, sku: str) -> bool:
        product = self.products.get(sku)
        return product is not None and product.kind == "cards"

    def _cards(self, fields: Mapping[str, str]) -> Ask | Answer:
        if not all(
            fields.get(name) for name in ("cardid", "sporder_id", "sporder_time", "md5_str")
        ):
            return self._no(fields, Reason.MALFORMED)
        if not self._signed(fields, _SIGNED):
            return self._no(fields, Condition.BAD_SIGNATURE)
        if not self._is_card(fields["cardid"]):
            return self._no(fields, Reason.NO_PRODUCT)
        number = fields.get("cardnum") or "1"
        try:
            quantity = count_of(number)
        except ValueError:
            return self._no(fields, "9998")
        if quantity > _MOST:
            return self._no(fields, "1005")
        return Ask(
            op="submit",
            order_no=fields["sporder_id"],
            account=fields.get("phone", ""),
            sku=fields["cardid"],
            quantity=quantity,
            extra={"act": "cards", "cardid": fields["cardid"], "cardnum": number},
        )

    def _query(self, fields: Mapping[str, str]) -> Ask | Answer:
        number = fields.get("spbillid", "")
        return Ask(op="query", order_nos=(number,)) if number else views.text("-1")

    def _info(self, fields: Mapping[str, str]) -> Ask | Answer:
        number = fields.get("sporder_id", "")
        if not number:
            return self._no(fields, Reason.MALFORMED)
        if not self._signed(fields, ("sporder_id",)):
            return self._no(fields, Condition.BAD_SIGNATURE)
        extra = {"act": "info", "sporder_id": number}
        return Ask(op="query", order_nos=(number,), extra=extra)

    def _balance(self, fields: Mapping[str, str]) -> Ask | Answer:
        return Ask(op="balance") if self._known(fields) else self._no(fields, "1001", "balance")

    def _price(self, fields: Mapping[str, str]) -> Ask | Answer:
        if not self._known(fields):
            return self._no(fields, "1001", "goods")
        return self._phone_goods("price", fields, fields.get("pervalue", ""))

    def _check(self, fields: Mapping[str, str]) -> Ask | Answer:
        return self._phone_goods("check", fields, fields.get("price", ""))

    def _phone_goods(self, act: str, fields: Mapping[str, str], face: str) -> Ask | Answer:
        phone = fields.get("phoneno", "")
        if not (phone.isascii() and phone.isdigit() and len(phone) == _PHONE_DIGITS):
            return self._no(fields, "319", act)
        try:
            sku, _ = self._bought(_PHONE_CARDS["14"], face)
        except ValueError:
            return self._no(fields, "9998", act)
        return Ask(op="query", about="goods", sku=sku, extra={"act": act})

    def _goods(self, fields: Mapping[str, str]) -> Ask | Answer:
        sku = fields.get("cardid", "")
        if not self._known(fields):
            return self._no(fields, "1001", "goods")
        if not sku:
            return self._no(fields, Reason.MALFORMED, "goods")
        return Ask(op="query", about="goods", sku=sku, extra={"act": "goods"})

    # Answering.

    def answer(self, ask: Ask, found: Found) -> Answer:
        """Say it as XML; the state of an order as a bare number."""
        if isinstance(found, int):
            told = {"ret_leftcredit": yuan_from_fen(found), "userid": self._userid}
            return views.xml("userinfo", "1", "", told)
        if isinstance(found, SupplierOrder):
            return views.taken(found)
        assert isinstance(found, Sequence)
        if ask.about == "goods":
            return self._shown(ask, [s for s in found if isinstance(s, Shelf) and s.on_sale])
        orders = [order for order in found if isinstance(order, SupplierOrder)]
        if ask.extra.get("act") == "info":
            return views.taken(orders[-1]) if orders else self.refuse(ask, Reason.NOT_FOUND)
        return views.text(views.STATES[orders[-1].state] if orders else "-1")

    def _shown(self, ask: Ask, shelves: Sequence[Shelf]) -> Answer:
        act = ask.extra["act"]
        if not shelves:
            gone = Reason.NO_PRODUCT if act == "goods" else Condition.MAINTENANCE
            return self.refuse(ask, gone)
        if act == "check":
            return views.text(f"1#成功#{views.PLACE}")
        if act == "price":
            return views.price(shelves[0], _PHONE_CARDS["14"])
        return views.goods(shelves)

    def refuse(self, ask: Ask | None, code: str) -> Answer:
        """Say no."""
        retcode, message = self.codes[code]
        act = "" if ask is None else ask.extra.get("act", "")
        if act == "check":
            return views.text(f"0#{message}")
        if ask is not None and ask.op == "query" and not act:
            return views.text("-1" if code == Reason.NOT_FOUND else retcode)
        root = "userinfo" if act == "balance" or (ask and ask.op == "balance") else "cardinfo"
        if root == "userinfo" or act in {"goods", "price"}:
            return views.xml(root, retcode, message, {})
        return views.refused(retcode, message, {} if ask is None else ask.extra)

    # Notifying.

    def notify(self, notice: Notice, delivery: Delivery, notify_url: str) -> Outgoing:
        """Render the callback form."""
        facts = delivery.fields
        state, number = str(facts["state"]), str(facts["order_no"])
        code = views.STATES.get(state, state)
        key = f"not {self._key}" if delivery.signature is Signature.FORGED else self._key
        fields = {
            "userid": self._userid,
            "ret_code": code,
            "orderid": str(facts["ref"]),
            "sporder_id": number,
            "ordersuccesstime": beijing.digits(notice.at_ns),
            "err_msg": "充值失败" if state == "failed" else "",
            "sign": ofpay_md5(self._userid, code, number, key),
        }
        body = urlencode(fields, encoding="gb18030", errors="replace").encode()
        return Outgoing("POST", notify_url, body, (("Content-Type", FORM),))

    def acked(self, status: int, body: bytes) -> bool:  # noqa: ARG002 - unconfirmed altogether
        """Take `Y`, `success` or `ok`."""
        return body.strip().lower() in {b"y", b"success", b"ok"}

    def number(self, kind: Literal["trade", "refund", "order"], serial: int, time_ns: int) -> str:  # noqa: ARG002
        """Return `S`, the second and seven digits or more."""
        return f"S{beijing.digits(time_ns)}{serial:07d}"
