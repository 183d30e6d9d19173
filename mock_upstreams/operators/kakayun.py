"""卡卡云: forms of either kind signed with MD5, and an order number that callers may leave out."""

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, Literal, NamedTuple

import msgspec

from harness.core.clock import now_ns
from harness.core.delivery import Delivery, Signature
from harness.core.errors import UsageError
from harness.faults.status import Condition
from mock_upstreams import beijing, form
from mock_upstreams.dialect import (
    FORM,
    HTML,
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
from mock_upstreams.operators import _kakayun_views as views
from mock_upstreams.operators._money import cap_fen, count_of, yuan_4
from mock_upstreams.posted import fields_of
from mock_upstreams.records import Product, Reason, Shelf, SupplierOrder
from mock_upstreams.signing import kakayun_md5, same

_json = msgspec.json.Encoder().encode
_V1, _V2 = "/dockapi/index/", "/dockapi/v2/"
_CHOICES = {
    "drops_zero": ("no", "yes"),
    "v1_price": ("fen", "yuan"),
    "callback_numbers": ("caller", "own"),
}


class Refusal(NamedTuple):
    """A sentence, and a code: -1 always, since there is no other."""

    msg: str
    code: int = -1


# Source: clients of 卡卡云 (KKY) know `code` 1 and -1 alone, read 2026-11-22. The sentences are unconfirmed.
_CODES: Mapping[str, Refusal] = {
    Condition.BUSY: Refusal("系统繁忙，请稍后再试"),
    Condition.RATE_LIMITED: Refusal("请求过于频繁"),
    Condition.MAINTENANCE: Refusal("商品维护中"),
    Condition.REFUSED: Refusal("商品已下架"),
    Condition.OUT_OF_STOCK: Refusal("商品库存不足"),
    Condition.LOW_BALANCE: Refusal("账户余额不足"),
    Condition.BAD_SIGNATURE: Refusal("签名错误"),
    Reason.NOT_FOUND: Refusal("订单不存在"),
    Reason.DUPLICATE: Refusal("外部订单号已存在"),
    Reason.NO_PRODUCT: Refusal("商品不存在"),
    Reason.COST_ABOVE_LIMIT: Refusal("商品价格高于最高限价"),
    Reason.MALFORMED: Refusal("参数错误"),
    "-1": Refusal("操作失败"),
}


class Kakayun(Dialect):
    """Submits, queries, goods and balance by signed form, urlencoded or multipart; callbacks by the same rule.

    Without `outorderno` nothing protects from ordering twice: a second submit is a second order. What a second submit
    of the same `outorderno` does is not documented; here it is refused. queryorder takes either number. In a callback
    `orderno` is the caller's number, where it gave one, and `outorderno` the shop's own, as one that was recorded has
    it; `callback_numbers: own` has them as in every other answer.

    Source: public clients of 卡卡云 (KKY), read 2026-12-01. The ladder, the callback's content type and whether blanks
    around `ok` count are unconfirmed, and so is how a card is written: number and password with `----` between.
    """

    endpoints: ClassVar[tuple[str, ...]] = (
        "/dockapi/index/userinfo",
        "/dockapi/index/buy",
        "/dockapi/index/queryorder",
        "/dockapi/index/orderinfo",
        "/dockapi/index/getallgoods",
        "/dockapi/index/goodsdetails",
        "/dockapi/v2/getallgoodsgroup",
        "/dockapi/v2/getallgoods",
        "/dockapi/v2/goodsdetails",
    )
    side: ClassVar[Literal["gateway", "operator"]] = "operator"
    ops: ClassVar[tuple[str, ...]] = OPERATOR_OPS
    notifies: ClassVar[frozenset[str]] = frozenset({"submit"})
    ladder_ms: ClassVar[tuple[float, ...]] = (60_000.0, 60_000.0, 60_000.0, 60_000.0)
    secrets: ClassVar[tuple[str, ...]] = ("userkey",)
    codes: ClassVar[Mapping[str, Refusal]] = _CODES
    duplicates: ClassVar[Duplicates] = "reject"
    defaults: ClassVar[Mapping[str, str]] = {
        "userid": "10001",
        "userkey": "TESTKEY",
        "drops_zero": "no",
        "v1_price": "fen",
        "callback_numbers": "caller",
    }

    def __init__(self, settings: Mapping[str, str], products: Mapping[str, Product]) -> None:
        super().__init__(settings, products)
        for name, known in _CHOICES.items():
            if self.settings[name] not in known:
                raise UsageError(f"kakayun.{name}: expected one of {', '.join(known)}")
        self._userid, self._userkey = self.settings["userid"], self.settings["userkey"]
        self._calls: Mapping[str, Callable[[Mapping[str, str]], Ask | Answer]] = {
            f"{_V1}userinfo": lambda _: Ask(op="balance"),
            f"{_V1}buy": self._buy,
            f"{_V1}queryorder": self._query,
            f"{_V1}orderinfo": self._query,
            f"{_V1}getallgoods": lambda fields: _page_ask("all_1", fields),
            f"{_V1}goodsdetails": lambda fields: _goods_ask("one_1", fields),
            f"{_V2}getallgoodsgroup": lambda _: _yes("获取成功", data=views.groups()),
            f"{_V2}getallgoods": lambda fields: _page_ask("all_2", fields),
            f"{_V2}goodsdetails": lambda fields: _goods_ask("one_2", fields),
        }

    def credentials(self) -> dict[str, str]:
        """Return userid and userkey."""
        return {"userid": self._userid, "userkey": self._userkey}

    def _sign(self, fields: Mapping[str, str], key: str) -> str:
        return kakayun_md5(fields, key, drops_zero=self.settings["drops_zero"] == "yes")

    # Reading.

    def read(self, request: Request) -> Ask | Answer:
        """Read a signed form of either kind; paths may end in `.html`."""
        call = self._calls.get(request.path.removesuffix(".html"))
        if call is None:
            return Answer("页面不存在".encode(), 404, HTML)
        if request.method != "POST":
            return self.refuse(None, Reason.MALFORMED)
        try:
            fields = fields_of(request)
            if fields.get("userid") != self._userid:
                return _no("用户不存在")
            if not same(fields.get("sign", ""), self._sign(fields, self._userkey)):
                return self.refuse(None, Condition.BAD_SIGNATURE)
            return call(fields)
        except (ValueError, RecursionError) as error:
            return _no(f"参数错误：{error}")

    def _buy(self, fields: Mapping[str, str]) -> Ask | Answer:
        sku, quantity = fields.get("goodsid", ""), count_of(fields.get("buynum", ""))
        values = _values(fields.get("attach", ""))
        product = self.products.get(sku)
        if not sku or (product is not None and product.kind == "topup" and not any(values)):
            return self.refuse(None, Reason.MALFORMED)
        return Ask(
            op="submit",
            order_no=fields.get("outorderno", ""),
            account=values[0] if values else "",
            sku=sku,
            quantity=quantity,
            amount_fen=cap_fen(fields.get("maxmoney", "")),
            attach=" ".join([*values[1:], fields.get("attachjson", "")]).strip(),
            notify_url=fields.get("callbackurl", ""),
        )

    def _query(self, fields: Mapping[str, str]) -> Ask | Answer:
        ref, number = fields.get("orderno"), fields.get("outorderno")
        if ref:
            return Ask(op="query", refs=(ref,))
        if number:
            return Ask(op="query", order_nos=(number,))
        return self.refuse(None, Reason.MALFORMED)

    # Answering.

    def answer(self, ask: Ask, found: Found) -> Answer:
        """Say it in the envelope; cards stand beside `data`."""
        if isinstance(found, int):
            money = {"money": yuan_4(found), "creditquota": "0.0000", "group_id": 1}
            return _yes("获取成功", data=money)
        if isinstance(found, SupplierOrder):
            return _yes("下单成功", **views.taken(found))
        assert isinstance(found, Sequence)
        if ask.about == "goods":
            return self._goods_answer(ask, [s for s in found if isinstance(s, Shelf)])
        orders = [order for order in found if isinstance(order, SupplierOrder)]
        if not orders:
            return self.refuse(ask, Reason.NOT_FOUND)
        view, cards = views.view(orders[-1]), views.cards(orders[-1])
        return _yes("查询成功", data=view, aftersales=[], cardlist=cards)

    def _goods_answer(self, ask: Ask, shelves: Sequence[Shelf]) -> Answer:
        act, first = ask.extra["act"], ask.extra["act"].endswith("1")
        in_fen = first and self.settings["v1_price"] == "fen"
        if act.startswith("one"):
            if not shelves:
                return self.refuse(ask, Reason.NO_PRODUCT)
            return _yes("获取成功", **views.detail(shelves[0], in_fen=in_fen))
        if first:
            return _yes("获取成功", data=views.grouped(shelves, in_fen=in_fen))
        return _yes("获取成功", **views.page(shelves, ask.page, ask.limit, ask.extra["group"]))

    def refuse(self, ask: Ask | None, code: str) -> Answer:  # noqa: ARG002 - the same for each call
        """Say no."""
        return _no(self.codes[code].msg)

    # Notifying.

    def notify(self, notice: Notice, delivery: Delivery, notify_url: str) -> Outgoing:
        """Render the callback form."""
        order, facts = notice.order, delivery.fields
        assert order is not None
        state = str(facts["state"])
        back_fen = order.back_fen if state == order.state else 0
        own, caller = str(facts["ref"]), str(facts["order_no"])
        swapped = self.settings["callback_numbers"] == "caller"
        fields = {
            "orderno": (caller or own) if swapped else own,
            "outorderno": own if swapped else caller,
            "userid": self._userid,
            "status": views.STATUSES.get(state, state),
            "refundstatus": views.REFUNDS.get(state, "0"),
            "money": yuan_4(int(facts["amount_fen"])),
            "refundmoney": yuan_4(back_fen),
            "receipt": "",
            "refundreceipt": "",
            "create_time": str(order.created_ns // 10**9),
            "update_time": str(notice.at_ns // 10**9),
            "timestamp": str(now_ns() // 10**9),
        }
        forged = delivery.signature is Signature.FORGED
        fields["sign"] = self._sign(fields, f"not {self._userkey}" if forged else self._userkey)
        return Outgoing("POST", notify_url, form.write(fields).encode(), (("Content-Type", FORM),))

    def acked(self, status: int, body: bytes) -> bool:
        """Take `ok` for an acknowledgement."""
        return status == 200 and body.strip() == b"ok"

    def number(self, kind: Literal["trade", "refund", "order"], serial: int, time_ns: int) -> str:  # noqa: ARG002
        """Return `K`, the second and seven digits or more."""
        return f"K{beijing.digits(time_ns)}{serial:07d}"


def _values(attach: str) -> list[str]:
    """Read `attach`, a JSON list of what the goods' fields were filled with; plain text counts as one value."""
    if not attach.startswith("["):
        return [attach] if attach else []
    return [str(value) for value in msgspec.json.decode(attach, type=list[str | int])]


def _goods_ask(act: str, fields: Mapping[str, str] | None = None) -> Ask:
    sku = "" if fields is None else fields.get("goodsid", "")
    if fields is not None and not sku:
        raise ValueError("goodsid")
    return Ask(op="query", about="goods", sku=sku, extra={"act": act})


def _page_ask(act: str, fields: Mapping[str, str]) -> Ask:
    limit, page = int(fields.get("limit") or views.MOST), int(fields.get("page") or 1)
    return Ask(
        op="query",
        about="goods",
        limit=min(max(limit, 1), views.MOST),
        page=max(page, 0),
        extra={"act": act, "group": fields.get("goodsgroupid", "")},
    )


def _yes(msg: str, **more: object) -> Answer:
    return Answer(_json({"code": 1, "msg": msg, **more}))


def _no(msg: str) -> Answer:
    return Answer(_json({"code": -1, "msg": msg}))
