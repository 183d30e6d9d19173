"""大猿人 (yrapi): forms signed with MD5 over all fields, a callback acknowledged by exactly `success`."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, Literal, NamedTuple

import msgspec

from harness.core.delivery import Delivery, Signature
from harness.core.errors import UsageError
from harness.core.units import fen_from_yuan, yuan_from_fen
from harness.faults.status import Condition
from mock_upstreams import beijing, form
from mock_upstreams.dialect import (
    CANCELLING_OPS,
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
from mock_upstreams.posted import fields_of
from mock_upstreams.records import Product, Reason, Shelf, SupplierOrder
from mock_upstreams.signing import dayuanren_md5, dayuanren_old_md5, same

_json = msgspec.json.Encoder().encode
_BASE = "/yrapi.php/index/"
_MINUTE_MS = 60_000.0
_STATES = {"delivering": "0", "delivered": "1", "failed": "2", "partial": "3"}
_REMARKS = {"delivering": "", "delivered": "", "failed": "充值失败", "partial": "部分充值"}
_STATUSES = {
    "delivering": 3,
    "delivered": 4,
    "failed": 5,
    "partial": 4,
}  # for partial unconfirmed: clients read `state`
_CANCELLED, _CANCELLED_STATUS = "-1", 7
_PARAMS = ("param1", "param2", "param3")


class Refusal(NamedTuple):
    """An errno and errmsg; a status other than 200 is the framework's error page."""

    errno: int
    errmsg: str
    status: int = 200


_CODES: Mapping[str, Refusal] = {
    Condition.BUSY: Refusal(1, "页面错误！请稍后再试～", 500),
    Condition.RATE_LIMITED: Refusal(1, "请求过于频繁"),
    Condition.MAINTENANCE: Refusal(1, "产品维护中"),
    Condition.REFUSED: Refusal(1, "账户不可用"),
    Condition.OUT_OF_STOCK: Refusal(1, "产品库存不足"),
    Condition.LOW_BALANCE: Refusal(1, "余额不足"),
    Condition.BAD_SIGNATURE: Refusal(1, "签名错误"),
    Reason.DUPLICATE: Refusal(1, "已经存在相同商户订单号的订单"),
    Reason.NO_PRODUCT: Refusal(1, "未找到相关产品"),
    Reason.COST_ABOVE_LIMIT: Refusal(1, "产品价格高于最高成本"),
    Reason.MALFORMED: Refusal(1, "参数错误或请求方式错误，请使用http-post表单"),
    "1": Refusal(1, "提交失败"),
    "ip": Refusal(1, "请将ip加入接口白名单"),
    Reason.NOT_FOUND: Refusal(1, "未找到订单"),  # the sentence is unconfirmed
}
_LADDERS_MIN: Mapping[str, tuple[int, ...]] = {
    "cron": (5, 4, 9, 16),
    "squares": (1, 4, 9, 16),
    "five": (1, 1, 1, 1),
    "three": (5, 5),
}
"""By what installations say of themselves. `cron`: the source's job, which looks only at orders that ended 5 minutes
ago, and waits n² minutes after the n-th; `squares` is the n² alone."""


class Dayuanren(Dialect):
    """Submits, queries and the balance by signed form; the callback is signed by the same rule.

    A second submit of the same number is refused, unless the first was cancelled. A callback that is not answered with
    exactly `success` is sent again 5 minutes after the order's end, and then 4, 9 and 16 minutes after the one before,
    five in all. Whoever has acknowledged that an order is under way is told its end once, and never again should that
    be lost: the real one keeps one mark for both (Notification.php `rechargeIng`, Crontab60.php).

    Source: 大猿人 `application/yrapi/controller/{Home,Index}.php`, Yrapilib, Notification, Crontab60 (DYR), read
    2026-11-22. The ladder is the cron's, with its rule of five minutes after completion; the setting `ladder` has those
    that the documents of other installations name. Unconfirmed are the fields of `elecity` and what `remove`
    says of an order; that an
    application was taken never means that the order was cancelled.
    """

    endpoints: ClassVar[tuple[str, ...]] = (
        "/yrapi.php/index/recharge",
        "/yrapi.php/index/check",
        "/yrapi.php/index/user",
        "/yrapi.php/index/product",
        "/yrapi.php/index/typecate",
        "/yrapi.php/index/price",
        "/yrapi.php/index/elecity",
        "/yrapi.php/index/remove",
        "/yrapi.php/index/cancel",
    )
    side: ClassVar[Literal["gateway", "operator"]] = "operator"
    ops: ClassVar[tuple[str, ...]] = (*OPERATOR_OPS, *CANCELLING_OPS)
    notifies: ClassVar[frozenset[str]] = frozenset({"submit"})
    ladder_ms: ClassVar[tuple[float, ...]] = tuple(m * _MINUTE_MS for m in _LADDERS_MIN["cron"])
    secrets: ClassVar[tuple[str, ...]] = ("apikey",)
    progress_counts: ClassVar[bool] = True
    frees_cancelled: ClassVar[bool] = True
    divides: bool = True
    codes: ClassVar[Mapping[str, Refusal]] = _CODES
    duplicates: ClassVar[Duplicates] = "reject"
    defaults: ClassVar[Mapping[str, str]] = {
        "userid": "10001",
        "apikey": "",
        "ladder": "cron",
        "sign": "new",
    }

    def __init__(self, settings: Mapping[str, str], products: Mapping[str, Product]) -> None:
        super().__init__(settings, products)
        for name, known in (("ladder", tuple(_LADDERS_MIN)), ("sign", ("new", "old"))):
            if self.settings[name] not in known:
                raise UsageError(f"dayuanren.{name}: expected one of {', '.join(known)}")
        self._userid = self.settings["userid"]
        self._apikey = self.settings["apikey"] or secrets.token_hex(16)
        self._wrong_key = secrets.token_hex(16)
        self._calls: Mapping[str, Callable[[Mapping[str, str]], Ask | Answer]] = {
            "recharge": self._recharge,
            "check": self._check,
            "user": self._user,
            "product": self._product,
            "typecate": self._typecate,
            "price": self._price,
            "elecity": lambda _: _said("获取成功", [{"id": 1, "city_name": "广东"}]),
            "remove": self._remove,
            "cancel": self._remove,
        }

    def credentials(self) -> dict[str, str]:
        """Return userid and apikey."""
        return {"userid": self._userid, "apikey": self._apikey}

    # Reading.

    def read(self, request: Request) -> Ask | Answer:
        """Read a signed form."""
        call = self._calls.get(request.path.removeprefix(_BASE))
        if not request.path.startswith(_BASE) or call is None:
            return Answer("页面错误！请稍后再试～\n".encode(), 404, HTML)
        if request.method != "POST":
            return _refusal(_CODES[Reason.MALFORMED])
        fields = fields_of(request)
        if not fields.get("userid") or not fields.get("sign"):
            return _refusal(_CODES[Reason.MALFORMED])
        if fields["userid"] != self._userid:
            return _refusal(Refusal(1, "未开通的商户ID"))
        if not same(fields["sign"], self._right_sign(request.path, fields)):
            return _refusal(_CODES[Condition.BAD_SIGNATURE])
        return call(fields)

    def _right_sign(self, path: str, fields: Mapping[str, str]) -> str:
        old = self.settings["sign"] == "old" and path == f"{_BASE}recharge"
        return (dayuanren_old_md5 if old else dayuanren_md5)(fields, self._apikey)

    def _recharge(self, fields: Mapping[str, str]) -> Ask | Answer:
        needed = ("mobile", "product_id", "out_trade_num", "notify_url")
        if not all(fields.get(name) for name in needed):
            return _refusal(_CODES[Reason.MALFORMED])
        try:
            face_fen = fen_from_yuan(fields.get("amount") or "0")
            limit_fen = fen_from_yuan(fields.get("price") or "0")
        except ValueError:
            return _refusal(_CODES[Reason.MALFORMED])
        product = self.products.get(fields["product_id"])
        if face_fen and product is not None and product.face_fen != face_fen:
            return _refusal(Refusal(1, "产品面值与提交面值不一致"))
        return Ask(
            op="submit",
            order_no=fields["out_trade_num"],
            account=fields["mobile"],
            sku=fields["product_id"],
            amount_fen=max(limit_fen, 0),
            attach=" ".join(filter(None, map(fields.get, _PARAMS))),
            notify_url=fields["notify_url"],
        )

    def _check(self, fields: Mapping[str, str]) -> Ask | Answer:
        numbers = tuple(n for n in fields.get("out_trade_nums", "").split(",") if n)
        return Ask(op="query", order_nos=numbers) if numbers else _refusal(_CODES[Reason.MALFORMED])

    def _user(self, fields: Mapping[str, str]) -> Ask:  # noqa: ARG002
        return Ask(op="balance")

    def _product(self, fields: Mapping[str, str]) -> Answer:  # noqa: ARG002
        return _said("获取成功", [_goods(product) for product in self.products.values()])

    def _typecate(self, fields: Mapping[str, str]) -> Answer:  # noqa: ARG002
        cates = [{"id": 1, "cate": "全部产品", "type": 1}]
        return _said("获取成功", [{"id": 1, "type_name": "充值", "cate": cates}])

    def _price(self, fields: Mapping[str, str]) -> Ask | Answer:
        sku = fields.get("product_id")
        return (
            Ask(op="query", about="goods", sku=sku) if sku else _refusal(_CODES[Reason.MALFORMED])
        )

    def _remove(self, fields: Mapping[str, str]) -> Ask | Answer:
        asked = self._check(fields)
        return msgspec.structs.replace(asked, op="close") if isinstance(asked, Ask) else asked

    # Answering.

    def answer(self, ask: Ask, found: Found) -> Answer:
        """Say it in the envelope."""
        if isinstance(found, int):
            user = {"id": int(self._userid) if self._userid.isdigit() else 1, "username": "平台"}
            return _said("ok", user | {"balance": yuan_from_fen(found)})
        if isinstance(found, SupplierOrder):
            return _said("提交成功", _taken(found))
        assert isinstance(found, Sequence)
        if ask.about == "goods":
            goods = [_goods(shelf.product) for shelf in found if isinstance(shelf, Shelf)]
            return _said("获取成功", goods[0]) if goods else self.refuse(ask, Reason.NO_PRODUCT)
        if ask.op == "close":
            return self._removed([o for o in found if isinstance(o, SupplierOrder)])
        return _said("查询成功", [_view(o) for o in found if isinstance(o, SupplierOrder)])

    def _removed(self, orders: Sequence[SupplierOrder]) -> Answer:
        """Take the application to cancel: the order goes on, and its end is told as ever."""
        if not orders:
            return self.refuse(None, Reason.NOT_FOUND)
        if any(order.state != "delivering" and not order.cancelled for order in orders):
            return _refusal(Refusal(1, "订单已完结，不可撤单"))
        return _said("申请撤单成功", [])

    def refuse(self, ask: Ask | None, code: str) -> Answer:  # noqa: ARG002
        """Say no."""
        return _refusal(self.codes[code])

    # Notifying.

    def ladder(self, op: str) -> tuple[float, ...]:  # noqa: ARG002
        """Return the ladder that the settings name."""
        return tuple(minutes * _MINUTE_MS for minutes in _LADDERS_MIN[self.settings["ladder"]])

    def facts(self, notice: Notice) -> dict[str, str | int]:
        """Tell of the amount that was charged to the account: `charge_amount`."""
        order = notice.order
        assert order is not None
        return super().facts(notice) | {"amount_fen": order.charged_fen}

    def notify(self, notice: Notice, delivery: Delivery, notify_url: str) -> Outgoing:
        """Render the callback form."""
        order, facts = notice.order, delivery.fields
        assert order is not None
        state = str(facts["state"])
        fields = {
            "userid": self._userid,
            "order_number": str(facts["ref"]),
            "out_trade_num": str(facts["order_no"]),
            "mobile": str(facts["account"]),
            "otime": str(notice.at_ns // 10**9),
            "state": _CANCELLED
            if order.cancelled and state == order.state
            else _STATES.get(state, state),
            "remark": _REMARKS.get(state, ""),
            "charge_amount": yuan_from_fen(int(facts["amount_fen"])),
            "voucher": "",
            "charge_kami": _kami(order),
        }
        forged = delivery.signature is Signature.FORGED
        fields["sign"] = dayuanren_md5(fields, self._wrong_key if forged else self._apikey)
        body = form.write(fields).encode()
        return Outgoing("POST", notify_url, body, (("Content-Type", FORM),))

    def acked(self, status: int, body: bytes) -> bool:  # noqa: ARG002 - the real one compares the text alone
        """Take exactly `success`, not one byte more."""
        return body == b"success"

    def number(self, kind: Literal["trade", "refund", "order"], serial: int, time_ns: int) -> str:  # noqa: ARG002
        """Return `CZH`, the hour and seven digits or more."""
        return f"CZH{beijing.digits(time_ns)[:10]}{serial:07d}"


def _said(errmsg: str, data: object) -> Answer:
    return Answer(_json({"errno": 0, "errmsg": errmsg, "data": data}))


def _refusal(refusal: Refusal) -> Answer:
    if refusal.status != 200:
        return Answer(f"{refusal.errmsg}\n".encode(), refusal.status, HTML)
    return Answer(_json({"errno": refusal.errno, "errmsg": refusal.errmsg, "data": []}))


def _taken(order: SupplierOrder) -> dict[str, object]:
    return {
        "id": order.serial,
        "order_number": order.ref,
        "mobile": order.account,
        "product_id": _id(order.product.id),
        "total_price": yuan_from_fen(order.cost_fen),
        "create_time": order.created_ns // 10**9,
        "guishu": "广东广州移动",
        "title": order.product.title,
        "out_trade_num": order.order_no,
    }


def _view(order: SupplierOrder) -> dict[str, object]:
    return {
        "order_number": order.ref,
        "status": _CANCELLED_STATUS if order.cancelled else _STATUSES[order.state],
        "out_trade_num": order.order_no,
        "create_time": order.created_ns // 10**9,
        "mobile": order.account,
        "product_id": _id(order.product.id),
        "charge_amount": yuan_from_fen(order.charged_fen),
        "charge_kami": _kami(order),
        "isp": "移动",
        "product_name": order.product.title,
        "finish_time": order.done_ns // 10**9,
        "remark": _REMARKS[order.state],
        "state": _CANCELLED if order.cancelled else _STATES[order.state],
        "voucher": "",
    }


def _goods(product: Product) -> dict[str, object]:
    return {
        "id": _id(product.id),
        "name": product.title,
        "price": yuan_from_fen(product.cost_fen),
        "face": yuan_from_fen(product.face_fen),
        "is_kami": int(product.kind == "cards"),
    }


def _id(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdigit() else text


def _kami(order: SupplierOrder) -> str:
    return ";".join(f"{card.number},{card.password}" for card in order.cards)
