"""鼎信, the wire of port 9086 that many top-up systems share: forms signed with MD5, answered in GB2312 XML."""

import secrets
from collections.abc import Mapping, Sequence
from hashlib import md5
from typing import ClassVar, Literal
from urllib.parse import parse_qsl, urlencode
from xml.sax.saxutils import escape

from harness.core.delivery import Delivery, Signature
from harness.core.units import fen_from_yuan, yuan_from_fen
from harness.faults.status import Condition
from mock_upstreams import beijing
from mock_upstreams.dialect import (
    FORM,
    Answer,
    Ask,
    Dialect,
    Duplicates,
    Found,
    Notice,
    Outgoing,
    Request,
)
from mock_upstreams.records import Product, Reason, SupplierOrder
from mock_upstreams.signing import same

_XML = "text/xml; charset=GB2312"
_STATES = {"delivering": "0", "delivered": "1", "partial": "1", "failed": "9"}
_SUBMIT = ("userid", "productid", "price", "num", "mobile", "spordertime", "sporderid")
_SEARCH = ("userid", "sporderid")
_TOLD = ("userid", "orderid", "sporderid", "merchantsubmittime", "resultno")
_MOST_FEN = 10**9

# Source: showdoc 9565403634791601 and 9565403537028150 (OFPAY, 9086-type), read 2026-11-22: 5006 and 9999 must be
# looked into by a person, every other 5xxx has failed. 5007 is unconfirmed.
_CODES: Mapping[str, str] = {
    Condition.BUSY: "9999",
    Condition.RATE_LIMITED: "7001",
    Condition.MAINTENANCE: "5003",
    Condition.REFUSED: "5004",
    Condition.OUT_OF_STOCK: "5003",
    Condition.LOW_BALANCE: "5002",
    Condition.BAD_SIGNATURE: "5005",
    Reason.NOT_FOUND: "5007",
    Reason.DUPLICATE: "5006",
    Reason.NO_PRODUCT: "5003",
    Reason.COST_ABOVE_LIMIT: "5008",
    Reason.MALFORMED: "5012",
    **{code: code for code in ("5001", "5002", "5003", "5004", "5006", "5008", "5009", "5010")},
    **{code: code for code in ("5011", "7001", "9999")},
}


class Dingxin(Dialect):
    """Top-ups of a phone by product or by face value alone; `resultno` is the state of an order, or why there is none.

    5006 (a number that was used) and 9999 say nothing about the order: a person must look. 9 is failed, the money back.

    Source: showdoc Dingyin (OFPAY, 9086-type), 大猿人 `extend/Recharge/Onlinepay.php` (DYR) and public servers and
    clients of this wire, read 2026-11-30. Unconfirmed: the state of a number that is not known, which of the words that
    clients answer count (any of `ok`, `success` is taken), and the ladder. What searchbalance.do answers is not known;
    the number of a voucher (`payno`, `remark1`) and the balance (`fundbalance`) are there, and empty.
    """

    endpoints: ClassVar[tuple[str, ...]] = ("/onlinepay.do", "/searchpay.do")
    side: ClassVar[Literal["gateway", "operator"]] = "operator"
    ops: ClassVar[tuple[str, ...]] = ("submit", "query")
    notifies: ClassVar[frozenset[str]] = frozenset({"submit"})
    ladder_ms: ClassVar[tuple[float, ...]] = (60_000.0, 60_000.0, 60_000.0, 60_000.0)
    secrets: ClassVar[tuple[str, ...]] = ("key",)
    codes: ClassVar[Mapping[str, str]] = _CODES
    unclear: ClassVar[frozenset[str]] = frozenset(
        {Condition.BUSY, Reason.DUPLICATE, "9999", "5006"}
    )
    duplicates: ClassVar[Duplicates] = "reject"
    defaults: ClassVar[Mapping[str, str]] = {"userid": "10001653", "key": ""}

    def __init__(self, settings: Mapping[str, str], products: Mapping[str, Product]) -> None:
        super().__init__(settings, products)
        self._userid = self.settings["userid"]
        self._key = self.settings["key"] or secrets.token_hex(16)
        self._skus = {p.face_fen: p.id for p in products.values() if p.kind == "topup"}

    def credentials(self) -> dict[str, str]:
        """Return userid and key."""
        return {"userid": self._userid, "key": self._key}

    # Reading.

    def read(self, request: Request) -> Ask | Answer:
        """Read a signed form or query, whose values are GB2312."""
        calls = {"/onlinepay.do": (self._submit, _SUBMIT), "/searchpay.do": (self._search, _SEARCH)}
        if request.path not in calls or request.method not in {"GET", "POST"}:
            return Answer(b"404\n", 404, "text/html; charset=GB2312")
        text = "&".join(filter(None, (request.query, request.body.decode("latin-1"))))
        fields = dict(parse_qsl(text, keep_blank_values=True, encoding="gb18030", errors="replace"))
        call, signed = calls[request.path]
        if fields.get("userid") != self._userid:
            return self.refuse(None, "5001")
        if not same(fields.get("sign", "").upper(), signature(fields, signed, self._key)):
            return self.refuse(None, Condition.BAD_SIGNATURE)
        return call(fields)

    def _submit(self, fields: Mapping[str, str]) -> Ask | Answer:
        number, phone = fields.get("sporderid", ""), fields.get("mobile", "")
        if not number or not phone:
            return self.refuse(None, Reason.MALFORMED)
        if fields.get("num") != "1":
            return self.refuse(None, "5011")
        face_fen = _fen(fields.get("price", ""))
        product = self.products.get(fields.get("productid", ""))
        if product is not None and product.face_fen != face_fen:
            return self.refuse(None, "5010")
        return Ask(
            op="submit",
            order_no=number,
            account=phone,
            sku=fields.get("productid") or self._skus.get(face_fen, "-"),
            notify_url=fields.get("back_url", ""),
        )

    def _search(self, fields: Mapping[str, str]) -> Ask | Answer:
        number = fields.get("sporderid")
        return (
            Ask(op="query", order_nos=(number,)) if number else self.refuse(None, Reason.MALFORMED)
        )

    # Answering.

    def answer(self, ask: Ask, found: Found) -> Answer:
        """Say it as XML."""
        if isinstance(found, SupplierOrder):
            return _xml(_view(found))
        assert isinstance(found, Sequence)
        orders = [order for order in found if isinstance(order, SupplierOrder)]
        return _xml(_view(orders[-1])) if orders else self.refuse(ask, Reason.NOT_FOUND)

    def refuse(self, ask: Ask | None, code: str) -> Answer:
        """Say no: there is no order, or nobody may know."""
        number = (ask.order_no or "".join(ask.order_nos[:1])) if ask else ""
        return _xml({"orderid": "", "sporderid": number, "resultno": self.codes[code]})

    # Notifying.

    def notify(self, notice: Notice, delivery: Delivery, notify_url: str) -> Outgoing:
        """Render the callback form; face value and balance are not covered by its signature."""
        order, facts = notice.order, delivery.fields
        assert order is not None
        state = str(facts["state"])
        fields = {
            "userid": self._userid,
            "orderid": str(facts["ref"]),
            "sporderid": str(facts["order_no"]),
            "merchantsubmittime": beijing.digits(order.created_ns),
            "resultno": _STATES.get(state, state),
            "parvalue": f"{order.product.face_fen / 100:g}",
            "remark1": "",
            "payno": "",
            "fundbalance": "",
        }
        key = f"not {self._key}" if delivery.signature is Signature.FORGED else self._key
        fields["sign"] = signature(fields, _TOLD, key)
        body = urlencode(fields, encoding="gb18030", errors="replace").encode()
        return Outgoing("POST", notify_url, body, (("Content-Type", FORM),))

    def acked(self, status: int, body: bytes) -> bool:
        """Take `OK` or `success`, however written."""
        return status == 200 and body.strip().lower() in {b"ok", b"success"}

    def number(self, kind: Literal["trade", "refund", "order"], serial: int, time_ns: int) -> str:  # noqa: ARG002
        """Return `XS`, the day and eight digits."""
        return f"XS{beijing.digits(time_ns)[2:8]}{serial:08d}"


def signature(fields: Mapping[str, str], names: Sequence[str], key: str) -> str:
    """Return the signature over some fields in their order: 32 upper-case hex digits.

    Source: 大猿人 `extend/Recharge/Onlinepay.php` (DYR), read 2026-11-30.
    """
    text = "&".join([*(f"{name}={fields.get(name, '')}" for name in names), f"key={key}"])
    return md5(text.encode("gb18030", "replace")).hexdigest().upper()


def _fen(price: str) -> int:
    """Return a face value in fen, 0 for what is none."""
    try:
        fen = fen_from_yuan(price) if len(price) < 12 else 0
    except ValueError:
        return 0
    return fen if 0 < fen < _MOST_FEN else 0


def _view(order: SupplierOrder) -> dict[str, str]:
    return {
        "orderid": order.ref,
        "productid": order.product.id,
        "num": "1",
        "ordercash": yuan_from_fen(order.cost_fen),
        "productname": order.product.title,
        "sporderid": order.order_no,
        "mobile": order.account,
        "merchantsubmittime": beijing.digits(order.created_ns),
        "resultno": _STATES[order.state],
        "remark1": "",
        "fundbalance": "",
    }


def _xml(fields: Mapping[str, str]) -> Answer:
    inner = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in fields.items())
    text = f'<?xml version="1.0" encoding="GB2312" ?><order>{inner}</order>'
    return Answer(text.encode("gb18030", "xmlcharrefreplace"), 200, _XML)
