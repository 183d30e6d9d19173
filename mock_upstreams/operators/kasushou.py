"""卡速售 2.0: JSON signed with SHA-1 in headers; cards come by query only."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any, ClassVar, Literal, NamedTuple
from urllib.parse import urlencode

import msgspec

from harness.core.clock import now_ns
from harness.core.delivery import Delivery, Signature
from harness.core.errors import UsageError
from harness.core.units import fen_from_yuan, yuan_from_fen
from harness.faults.status import Condition
from mock_upstreams import beijing
from mock_upstreams.dialect import (
    CANCELLING_OPS,
    CLAIM_OPS,
    FORM,
    JSON,
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
from mock_upstreams.operators import _kasushou_goods as goods
from mock_upstreams.operators import _kasushou_views as views
from mock_upstreams.records import Product, Reason, Shelf, SupplierOrder
from mock_upstreams.signing import kasushou_callback_sha1, kasushou_sha1, same

_API = "/api/v1/"
_ACK = b"ok"
_MS_DIGITS = 13
_MOST = 100  # orders in a query
_CHOICES = {
    "callback": ("form", "json"),
    "callback_cards": ("yes", "no"),
    "close": ("accept", "refuse"),
    "status_in": ("body", "http"),
    "not_found": ("empty", "error"),
}
_GOODS = ("list", "info", "pricelog", "attach")
_encode = msgspec.json.Encoder().encode


class Refusal(NamedTuple):
    """One way of saying no: the envelope's code and sentence."""

    code: int
    message: str


# Source: doc.kasushou.com/api/v2api (KSS) names 200, 400 and 500, read 2026-11-22. The sentences are free text there.
_CODES: dict[str, Refusal] = {
    "400": Refusal(400, "操作失败"),
    "500": Refusal(500, "未知错误，请查询订单结果"),
    Condition.BUSY: Refusal(500, "系统繁忙，请查询订单结果"),
    Condition.RATE_LIMITED: Refusal(400, "请求过于频繁，请稍后再试"),
    Condition.MAINTENANCE: Refusal(400, "系统维护中，暂停下单"),
    Condition.REFUSED: Refusal(400, "商品已禁售"),
    Condition.OUT_OF_STOCK: Refusal(400, "商品库存不足"),
    Condition.LOW_BALANCE: Refusal(400, "账户余额不足"),
    Condition.BAD_SIGNATURE: Refusal(400, "签名错误"),
    Reason.NOT_FOUND: Refusal(400, "订单不存在"),
    Reason.DUPLICATE: Refusal(400, "外部订单号重复，请勿重复下单"),
    Reason.PARAMS_CHANGED: Refusal(400, "外部订单号重复，请勿重复下单"),
    Reason.NO_PRODUCT: Refusal(400, "商品不存在"),
    Reason.COST_ABOVE_LIMIT: Refusal(400, "商品价格高于安全价"),
    Reason.MALFORMED: Refusal(400, "参数错误"),
}


class BuyForm(msgspec.Struct):
    """POST order/buy; PHP clients write numbers as text, and an empty `attach` as a list."""

    id: int | str
    external_orderno: str | None = ""
    """May be empty: then no order is a repetition of another."""
    quantity: int | str = 1
    url: str | None = None
    safe_price: str | int | float | None = None
    mark: str | None = None
    attach: dict[str, Any] | list[Any] | None = None


class InfoForm(msgspec.Struct):
    """POST order/info; both numbers may be lists with commas. `day` never hides an order of ours."""

    external_orderno: str | None = None
    ordersn: str | None = None


class ComplainForm(InfoForm):
    """POST order/complain."""

    content: str = ""
    url: str | None = None


class Kasushou(Dialect):
    """Verified over the raw body; a number is taken once and refused ever after (防重复).

    An accepted order tells neither cards nor success: those come with the query and the callback, which is repeated
    after 5, 10, 15, 20 and 25 minutes until it is answered `ok`. The cards in a callback are not covered by its
    signature, so that only the query's are to be believed; `callback_cards: no` leaves them out. A complaint (售后) is
    told of when somebody looks at it and when he has done, to the address that came with it.

    Source: doc.kasushou.com/api/v2api/39...151 (KSS) and public clients of it, read 2026-12-01. Unconfirmed: the
    callback's content type and how cards stand in it (a form by default, cards as JSON), whether blanks around `ok`
    count, that `safe_price` is the highest price of one unit, what a refusal's `data` is,
    and of complaints the ladder (here the orders'), whether an order takes several, and their words.
    """

    endpoints: ClassVar[tuple[str, ...]] = (
        "/api/v1/user/info",
        "/api/v1/goods/cate",
        "/api/v1/goods/list",
        "/api/v1/goods/info",
        "/api/v1/goods/pricelog",
        "/api/v1/goods/attach",
        "/api/v1/order/buy",
        "/api/v1/order/info",
        "/api/v1/order/close",
        "/api/v1/order/complain",
    )
    side: ClassVar[Literal["gateway", "operator"]] = "operator"
    ops: ClassVar[tuple[str, ...]] = (*OPERATOR_OPS, *CANCELLING_OPS, *CLAIM_OPS)
    notifies: ClassVar[frozenset[str]] = frozenset({"submit", "claim"})
    ladder_ms: ClassVar[tuple[float, ...]] = tuple(m * 60_000.0 for m in (5, 10, 15, 20, 25))
    secrets: ClassVar[tuple[str, ...]] = ("apikey",)
    codes: ClassVar[Mapping[str, Refusal]] = _CODES
    unclear: ClassVar[frozenset[str]] = frozenset({Condition.BUSY, "500"})
    duplicates: ClassVar[Duplicates] = "reject"
    defaults: ClassVar[Mapping[str, str]] = {
        "userid": "10000",
        "apikey": "TESTKEY",
        "callback": "form",
        "callback_cards": "yes",
        "close": "accept",
        "status_in": "body",
        "not_found": "empty",
    }

    def __init__(self, settings: Mapping[str, str], products: Mapping[str, Product]) -> None:
        super().__init__(settings, products)
        for name, known in _CHOICES.items():
            if self.settings[name] not in known:
                raise UsageError(f"kasushou.{name}: expected one of {', '.join(known)}")
        self._userid = self.settings["userid"]
        self._apikey = self.settings["apikey"]
        self._paths: dict[str, Callable[[bytes], Ask | Answer]] = {
            f"{_API}order/buy": self._buy,
            f"{_API}order/info": self._info,
            f"{_API}order/close": self._close,
            f"{_API}order/complain": self._complain,
            f"{_API}user/info": lambda _: Ask(op="balance"),
            f"{_API}goods/cate": lambda _: self._yes("成功", goods.categories()),
            **{f"{_API}goods/{act}": partial(goods.asked, act) for act in _GOODS},
        }

    def credentials(self) -> dict[str, str]:
        """Return the account and its key."""
        return {"userid": self._userid, "apikey": self._apikey}

    def read(self, request: Request) -> Ask | Answer:
        """Verify the raw body, then parse."""
        parse = self._paths.get(request.path)
        if parse is None or request.method != "POST":
            return self._no("接口不存在")
        headers = request.headers
        if headers.get("userid") != self._userid:
            return self._no("用户不存在")
        stamp = headers.get("timestamp", "")
        if not (len(stamp) == _MS_DIGITS and stamp.isascii() and stamp.isdigit()):
            return self._no("时间戳错误")
        if not same(headers.get("sign", ""), kasushou_sha1(stamp, request.body, self._apikey)):
            return self.refuse(None, Condition.BAD_SIGNATURE)
        try:
            return parse(request.body)
        except (ValueError, RecursionError) as error:  # what msgspec raises is a ValueError
            return self._no(f"参数错误：{error}")

    def answer(self, ask: Ask, found: Found) -> Answer:
        """Say it in the envelope."""
        if isinstance(found, int):
            return self._yes("成功", {"balance": yuan_from_fen(found)})
        if isinstance(found, SupplierOrder):
            return self._yes("下单成功", views.receipt(found))
        assert isinstance(found, list | tuple)
        if ask.about == "goods":
            data = goods.shown(ask, [s for s in found if isinstance(s, Shelf)])
            return self.refuse(ask, Reason.NO_PRODUCT) if data is None else self._yes("成功", data)
        if ask.extra:
            return self._acted(ask.extra["act"], [o for o in found if isinstance(o, SupplierOrder)])
        if not found and self.settings["not_found"] == "error":
            return self.refuse(ask, Reason.NOT_FOUND)
        return self._yes(
            "成功", [views.view(order) for order in found if isinstance(order, SupplierOrder)]
        )

    def refuse(self, ask: Ask | None, code: str) -> Answer:  # noqa: ARG002 - the same for each call
        """Say no."""
        refusal = self.codes[code]
        return self._envelope(refusal.code, refusal.message, [])

    def notify(self, notice: Notice, delivery: Delivery, notify_url: str) -> Outgoing:
        """Tell the end of an order, with its cards unsigned, or what becomes of a complaint about one."""
        order, fields = notice.order, delivery.fields
        assert order is not None
        state = str(fields["state"])
        forged = delivery.signature is Signature.FORGED
        if notice.op == "claim":
            return self._posted(views.claim(state, str(fields["ref"])), notify_url, forged=forged)
        back_fen = order.back_fen if state == order.state else 0
        status = views.status_of(state, back_fen, cancelled=order.cancelled)
        told = {
            "external_orderno": str(fields["order_no"]),
            "ordersn": str(fields["ref"]),
            "status": status,
            "has_back_money": yuan_from_fen(back_fen),
            "total_price": yuan_from_fen(int(fields["amount_fen"])),
            "recharge_hints": views.HINTS.get(status, ""),
        }
        with_cards = self.settings["callback_cards"] == "yes" and state == order.state
        lists = {"card_list": views.told_cards(order) if with_cards else [], "express_list": []}
        return self._posted(told, notify_url, lists, forged=forged)

    def _posted(
        self,
        told: dict[str, str],
        url: str,
        lists: Mapping[str, Sequence[object]] = MappingProxyType({}),
        *,
        forged: bool,
    ) -> Outgoing:
        """Write and sign a callback; `lists` take no part in the signature."""
        told["time"] = str(now_ns() // 1_000_000)
        told["sign"] = kasushou_callback_sha1(
            told, f"not {self._apikey}" if forged else self._apikey
        )
        if self.settings["callback"] == "json":
            return Outgoing("POST", url, _encode({**told, **lists}), (("Content-Type", JSON),))
        told |= {name: _encode(listed).decode() for name, listed in lists.items()}
        return Outgoing("POST", url, urlencode(told).encode(), (("Content-Type", FORM),))

    def acked(self, status: int, body: bytes) -> bool:
        """Take `ok` for an acknowledgement; whether blanks around it count is not documented."""
        return status == 200 and body.strip() == _ACK

    def number(self, kind: Literal["trade", "refund", "order"], serial: int, time_ns: int) -> str:  # noqa: ARG002
        """Return `API`, month and day, and 14 digits."""
        return f"API{beijing.digits(time_ns)[4:8]}{serial:014d}"

    # What is asked

    def _buy(self, body: bytes) -> Ask | Answer:
        form = msgspec.json.decode(body, type=BuyForm)
        quantity = int(form.quantity)
        if quantity < 1:
            return self._no("购买数量错误")
        attach = form.attach if isinstance(form.attach, dict) else {}
        account = str(attach.get("recharge_account", ""))
        product = self.products.get(str(form.id))
        if product is not None and product.kind == "topup" and not account:
            return self._no("请填写充值账号")
        unit_fen = 0 if form.safe_price in (None, "") else fen_from_yuan(str(form.safe_price))
        if unit_fen < 0:
            return self._no("安全价错误")
        return Ask(
            op="submit",
            order_no=form.external_orderno or "",
            amount_fen=unit_fen * quantity,
            account=account,
            sku=str(form.id),
            quantity=quantity,
            attach=form.mark or "",
            notify_url=form.url or "",
            fingerprint=(str(form.id), quantity, account),
        )

    def _info(self, body: bytes) -> Ask | Answer:
        form = msgspec.json.decode(body, type=InfoForm)
        order_nos, refs = _listed(form.external_orderno), _listed(form.ordersn)
        if not order_nos and not refs:
            return self._no("外部订单号和订单号不能同时为空")
        if len(order_nos) + len(refs) > _MOST:
            return self._no(f"一次最多查询{_MOST}个订单")
        return Ask(op="query", order_nos=order_nos, refs=refs)

    def _close(self, body: bytes) -> Ask | Answer:
        form = msgspec.json.decode(body, type=InfoForm)
        if self.settings["close"] == "refuse":
            return self._no("该商品不支持撤单")
        asked = self._about(form, "close")
        return msgspec.structs.replace(asked, op="close") if isinstance(asked, Ask) else asked

    def _complain(self, body: bytes) -> Ask | Answer:
        form = msgspec.json.decode(body, type=ComplainForm)
        asked = self._about(form, "complain") if form.content else self._no("投诉内容不能为空")
        if isinstance(asked, Answer):
            return asked
        return msgspec.structs.replace(asked, op="claim", notify_url=form.url or "")

    def _about(self, form: InfoForm, act: str) -> Ask | Answer:
        refs = _listed(form.ordersn)
        return (
            Ask(op="query", refs=refs, extra={"act": act}) if refs else self._no("订单号不能为空")
        )

    # What is said

    def _acted(self, act: str, orders: Sequence[SupplierOrder]) -> Answer:
        """Take an application to cancel or to complain: that it was taken never means that money came back."""
        if not orders:
            return self.refuse(None, Reason.NOT_FOUND)
        if act == "complain":
            return self._yes("操作成功")
        if any(order.state != "delivering" and not order.cancelled for order in orders):
            return self._no("订单状态不支持撤单")
        return self._yes("撤单成功")

    def _yes(self, message: str, data: object = None) -> Answer:
        return self._envelope(200, message, data)

    def _no(self, message: str) -> Answer:
        return self._envelope(400, message, [])

    def _envelope(self, code: int, message: str, data: object) -> Answer:
        told = {"code": code, "msg": message}
        body = _encode(told if data is None else {**told, "data": data})
        return Answer(body, code if self.settings["status_in"] == "http" else 200)


def _listed(numbers: str | None) -> tuple[str, ...]:
    return tuple(part for part in (p.strip() for p in (numbers or "").split(",")) if part)
