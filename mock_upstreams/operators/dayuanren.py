"""大猿人 (yrapi): forms signed with MD5 over all fields, a callback acknowledged by exactly `success`."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, Literal, NamedTuple

import msgspec

from harness.core.clock import now_ns
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
from mock_upstreams.operators import _dayuanren_views as views
from mock_upstreams.posted import form_or_json
from mock_upstreams.records import Product, Reason, Shelf, SupplierOrder
from mock_upstreams.signing import dayuanren_md5, dayuanren_old_md5, same

_json = msgspec.json.Encoder().encode
_DOOR = "/yrapi.php/"
_BASE = f"{_DOOR}index/"
_VOUCHER = "open/voucher/id/"
_MINUTE_MS = 60_000.0
_PARAMS = ("param1", "param2", "param3")
_ORDERED = ("mobile", "product_id", "out_trade_num", "notify_url")


class Refusal(NamedTuple):
    """An errno and errmsg; a status other than 200 is the framework's error page."""

    errno: int
    errmsg: str
    status: int = 200


# Source: DYR `yrapi/controller/{Base,Home,Index}.php`, `common/controller/Base.php` and `common/model/Porder.php`, read
# 2026-12-01. Unconfirmed: a sentence about stock, and the one of a closed site, which its owner writes.
_CODES: Mapping[str, Refusal] = {
    Condition.BUSY: Refusal(1, "页面错误！请稍后再试～", 500),
    Condition.RATE_LIMITED: Refusal(405, "请降低访问频次"),
    Condition.MAINTENANCE: Refusal(500, "系统维护中"),
    Condition.REFUSED: Refusal(1, "账户不可用,请联系客服"),
    Condition.OUT_OF_STOCK: Refusal(1, "产品库存不足"),
    Condition.LOW_BALANCE: Refusal(1, "余额不足"),
    Condition.BAD_SIGNATURE: Refusal(1, "签名错误"),
    Reason.DUPLICATE: Refusal(1, "已经存在相同商户订单号的订单"),
    Reason.NO_PRODUCT: Refusal(1, "未找到相关产品(产品ID不正确或已下架)"),
    Reason.COST_ABOVE_LIMIT: Refusal(1, "成本限制，提单不通过！"),
    Reason.MALFORMED: Refusal(1, "参数错误或请求方式错误，请使用http-post表单"),
    "1": Refusal(1, "下单失败，请重试！"),
    "ip": Refusal(1, "请将ip加入接口白名单"),
    "api": Refusal(1, "当前商户未开通api传单"),
    Reason.NOT_FOUND: Refusal(1, "失败"),
}
_OUT_OF_HOURS = Refusal(1, "当前产品只限在08:00-22:00时间段内下单")
_LADDERS_MIN: Mapping[str, tuple[int, ...]] = {
    "cron": (5, 4, 9, 16),
    "squares": (1, 4, 9, 16),
    "five": (1, 1, 1, 1),
    "three": (5, 5),
}
"""By what installations say of themselves. `cron`: the source's job, which looks only at orders that ended 5 minutes
ago, and waits n² minutes after the n-th; `squares` is the n² alone."""
_CHOICES = {
    "ladder": tuple(_LADDERS_MIN),
    "sign": ("new", "old"),
    "removed": ("failed", "cancelled"),
}


class Dayuanren(Dialect):
    """Submits, queries and the balance by signed form; the callback is signed by the same rule.

    A second submit of the same number is refused, unless the first was cancelled (status 7). An order is taken before
    it is paid: one that the balance does not cover is accepted like any other, and told as cancelled (-1) ten seconds
    later. Whoever applies for an order to be cancelled (`remove`) reads that it was taken; if it leads to anything, the
    order fails (2); the setting `removed: cancelled` has it cancelled (-1), as some installations are said to.

    A callback that is not answered with exactly `success` is sent again 5 minutes after the order's end, and then 4, 9
    and 16 minutes after the one before, five in all. Whoever has acknowledged that an order is under way is told its
    end once, and never again should that be lost: the real one keeps one mark for both (Notification.php
    `rechargeIng`, Crontab60.php). JSON is read as a form is, since the framework does so.

    Source: 大猿人 `yrapi/controller/{Base,Home,Index}.php`, `common/model/{Porder,Product}.php`, Yrapilib,
    Notification, Crontab60 (DYR) and its document, read 2026-12-01. The ladder is the cron's, with its rule of five
    minutes after completion; the setting `ladder` has those that the documents of other installations name.
    Unconfirmed: `cancel`, which clients call and this source does not have, and is here as `remove` is; `removed:
    cancelled`. Not here: at most four calls of the catalogue a second from one address.
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
        "/yrapi.php/open/voucher/id/{id}.html",
    )
    side: ClassVar[Literal["gateway", "operator"]] = "operator"
    ops: ClassVar[tuple[str, ...]] = (*OPERATOR_OPS, *CANCELLING_OPS)
    notifies: ClassVar[frozenset[str]] = frozenset({"submit"})
    ladder_ms: ClassVar[tuple[float, ...]] = tuple(m * _MINUTE_MS for m in _LADDERS_MIN["cron"])
    secrets: ClassVar[tuple[str, ...]] = ("apikey",)
    progress_counts: ClassVar[bool] = True
    pays_later: ClassVar[bool] = True
    divides: bool = True
    codes: ClassVar[Mapping[str, Refusal]] = _CODES
    duplicates: ClassVar[Duplicates] = "reject"
    defaults: ClassVar[Mapping[str, str]] = {
        "userid": "10001",
        "apikey": "",
        "ladder": "cron",
        "sign": "new",
        "removed": "failed",
    }

    def __init__(self, settings: Mapping[str, str], products: Mapping[str, Product]) -> None:
        super().__init__(settings, products)
        for name, known in _CHOICES.items():
            if self.settings[name] not in known:
                raise UsageError(f"dayuanren.{name}: expected one of {', '.join(known)}")
        self._userid = self.settings["userid"]
        self._apikey = self.settings["apikey"] or secrets.token_hex(16)
        self._wrong_key = secrets.token_hex(16)
        self.frees_cancelled = self.settings["removed"] == "cancelled"
        self._calls: Mapping[str, Callable[[Mapping[str, str]], Ask | Answer]] = {
            "recharge": self._recharge,
            "check": self._check,
            "user": self._user,
            "index": lambda _: _refusal(Refusal(1, "欢迎访问")),
            "product": self._product,
            "typecate": lambda _: _said("ok", views.kinds()),
            "price": self._price,
            "elecity": lambda _: _said("ok", views.electric()),
            "remove": self._remove,
            "cancel": self._remove,
        }

    def credentials(self) -> dict[str, str]:
        """Return userid and apikey."""
        return {"userid": self._userid, "apikey": self._apikey}

    # Reading.

    def read(self, request: Request) -> Ask | Answer:
        """Read a signed form; every page may be asked for with or without `.html`."""
        if not request.path.startswith(_DOOR):
            return Answer("页面错误！请稍后再试～\n".encode(), 404, HTML)
        act = request.path.removeprefix(_DOOR).removesuffix(".html")
        if act.startswith(_VOUCHER):
            return Answer("<title>充值凭证</title>充值成功\n".encode(), 200, HTML)
        if not act.startswith("index/"):
            return _refusal(Refusal(1, "不存在的api!"))
        fields = form_or_json(request) if request.method == "POST" else {}
        if "userid" not in fields or "sign" not in fields:
            return _refusal(_CODES[Reason.MALFORMED])
        if fields["userid"] != self._userid:
            return _refusal(Refusal(1, "未开通的商户ID,请联系客服开通"))
        call = self._calls.get(act.removeprefix("index/"))
        if not same(fields["sign"], self._right_sign(call, fields)):
            return _refusal(_CODES[Condition.BAD_SIGNATURE])
        return _refusal(Refusal(1, "不存在的api！")) if call is None else call(fields)

    def _right_sign(self, call: object, fields: Mapping[str, str]) -> str:
        old = self.settings["sign"] == "old" and call == self._recharge
        return (dayuanren_old_md5 if old else dayuanren_md5)(fields, self._apikey)

    def _recharge(self, fields: Mapping[str, str]) -> Ask | Answer:
        told = {name: fields.get(name, "").strip() for name in _ORDERED}
        if not told["mobile"]:
            return _refusal(Refusal(1, "手机号格式不正确"))
        if not told["out_trade_num"]:
            return _refusal(_CODES[Reason.MALFORMED])
        try:
            face_fen = fen_from_yuan(fields.get("amount") or "0")
            limit_fen = fen_from_yuan(fields.get("price") or "0")
        except ValueError:
            return _refusal(_CODES[Reason.MALFORMED])
        product = self.products.get(told["product_id"])
        if face_fen and product is not None and product.face_fen != face_fen:
            return _refusal(Refusal(1, "面值检测不相同，提单不通过！"))
        return Ask(
            op="submit",
            order_no=told["out_trade_num"],
            account=told["mobile"],
            sku=told["product_id"],
            amount_fen=max(limit_fen, 0),
            attach=" ".join(filter(None, map(fields.get, _PARAMS))),
            notify_url=told["notify_url"],
        )

    def _check(self, fields: Mapping[str, str]) -> Ask | Answer:
        numbers = tuple(n for n in fields.get("out_trade_nums", "").split(",") if n)
        return Ask(op="query", order_nos=numbers) if numbers else _refusal(_CODES[Reason.MALFORMED])

    def _user(self, fields: Mapping[str, str]) -> Ask:  # noqa: ARG002
        return Ask(op="balance")

    def _product(self, fields: Mapping[str, str]) -> Answer:
        kind, cate = fields.get("type", ""), fields.get("cate_id", "")
        return _said("ok", views.catalogue(self.products.values(), kind, cate))

    def _price(self, fields: Mapping[str, str]) -> Ask:
        return Ask(op="query", about="goods", sku=fields.get("id", ""))

    def _remove(self, fields: Mapping[str, str]) -> Ask | Answer:
        asked = self._check(fields)
        return msgspec.structs.replace(asked, op="close") if isinstance(asked, Ask) else asked

    # Answering.

    def answer(self, ask: Ask, found: Found) -> Answer:
        """Say it in the envelope."""
        if isinstance(found, int):
            user = {"id": views.number(self._userid), "username": "平台"}
            return _said("ok", user | {"balance": yuan_from_fen(found)})
        if isinstance(found, SupplierOrder):
            return _said("提交成功", views.taken(found))
        assert isinstance(found, Sequence)
        if ask.about == "goods":
            return _said("ok", views.prices([one for one in found if isinstance(one, Shelf)]))
        orders = [one for one in found if isinstance(one, SupplierOrder)]
        return self._removed(orders) if ask.op == "close" else self._checked(orders)

    def _checked(self, orders: Sequence[SupplierOrder]) -> Answer:
        shown = [
            views.view(one, cancelled=self._cancelled(one), voucher=self._voucher(one, one.state))
            for one in orders
        ]
        return _said("ok", shown)

    def _removed(self, orders: Sequence[SupplierOrder]) -> Answer:
        """Take applications to cancel: the orders go on, and their end is told as ever."""
        told = views.removed(orders)
        if all(one["status"] for one in told):
            return _refusal(_CODES[Reason.NOT_FOUND], "未找到该订单号")
        said = "订单不可申请撤单" if told[-1]["status"] else "成功申请撤单1条"
        return _said(said, told)

    def _cancelled(self, order: SupplierOrder) -> bool:
        return order.cancelled and (order.unpaid or self.frees_cancelled)

    def _voucher(self, order: SupplierOrder, state: str) -> str:
        return (
            f"{self.base_url}{_DOOR}{_VOUCHER}{order.serial}.html" if state == "delivered" else ""
        )

    def refuse(self, ask: Ask | None, code: str) -> Answer:
        """Say no; an order out of hours is refused for its product's sake, all else because the site is closed."""
        if code == Condition.MAINTENANCE and ask is not None and ask.op == "submit":
            return _refusal(_OUT_OF_HOURS)
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
            "otime": str(now_ns() // 10**9),
            "state": views.state_of(order, state, cancelled=self._cancelled(order)),
            "remark": views.REMARKS.get(state, ""),
            "charge_amount": yuan_from_fen(int(facts["amount_fen"])),
            "voucher": self._voucher(order, state),
            "charge_kami": views.kami(order),
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


def _refusal(refusal: Refusal, data: object = ()) -> Answer:
    if refusal.status != 200:
        return Answer(f"{refusal.errmsg}\n".encode(), refusal.status, HTML)
    return Answer(_json({"errno": refusal.errno, "errmsg": refusal.errmsg, "data": data}))
