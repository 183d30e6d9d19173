"""易支付 V1 (彩虹易支付): forms signed with MD5, money in yuan, notified by GET."""

import re
import secrets
from collections.abc import Mapping, Sequence
from functools import lru_cache
from html import escape
from typing import ClassVar, Literal, NamedTuple

import msgspec

from harness.core.delivery import Delivery, Signature
from harness.core.units import fen_from_yuan, yuan_from_fen
from harness.faults.status import Condition
from mock_upstreams import beijing, form
from mock_upstreams.dialect import (
    HTML,
    Answer,
    Ask,
    Dialect,
    Duplicates,
    Found,
    Notice,
    Outgoing,
    Request,
)
from mock_upstreams.records import Product, Reason, Refund, Trade
from mock_upstreams.signing import epay_md5, same

_json = msgspec.json.Encoder().encode
_ORDER_NO = re.compile(r"[a-zA-Z0-9._\-|]{1,64}").fullmatch
_MONEY = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,2})?").fullmatch
_MINUTE_MS = 60_000.0
_CASHIER = "/pay/"


class Refusal(NamedTuple):
    """A code and message as api.php and mapi.php say them; a status other than 200 is a page of the web server."""

    code: int
    msg: str
    status: int = 200


_CODES: Mapping[str, Refusal] = {
    Condition.BUSY: Refusal(-1, "502 Bad Gateway", 502),
    Condition.RATE_LIMITED: Refusal(-1, "请求过于频繁，请稍后再试"),
    Condition.MAINTENANCE: Refusal(-1, "系统维护中，请稍后再试"),
    Condition.REFUSED: Refusal(-1, "商户已被封禁，无法支付！"),
    Condition.OUT_OF_STOCK: Refusal(-1, "当前支付方式未开通"),
    Condition.LOW_BALANCE: Refusal(-1, "商户余额不足"),
    Condition.BAD_SIGNATURE: Refusal(-1, "签名校验失败，请返回重试！"),
    Reason.NOT_FOUND: Refusal(-1, "订单号不存在"),
    Reason.ALREADY_PAID: Refusal(-1, "该订单已完成支付，请勿重复发起支付"),
    Reason.NOT_PAID: Refusal(-1, "订单未支付"),
    Reason.CLOSED: Refusal(-1, "订单已关闭"),
    Reason.EXPIRED: Refusal(-1, "订单已过期"),
    Reason.PARAMS_CHANGED: Refusal(-1, "该订单支付参数有变化，请更换订单号重新发起支付"),
    Reason.DUPLICATE: Refusal(-1, "订单号重复"),
    Reason.REFUND_TOO_MUCH: Refusal(-1, "退款金额不能大于订单金额"),
    Reason.REFUND_CHANGED: Refusal(-1, "退款单号重复且参数不一致"),
    Reason.MALFORMED: Refusal(-1, "参数不正确"),
    "-1": Refusal(-1, "订单号不存在"),
    "-2": Refusal(-2, "KEY校验失败"),
    "-3": Refusal(-3, "PID不存在"),
    "-4": Refusal(-4, "参数不完整"),
    "-5": Refusal(-5, "No Act!"),
}


class Epay(Dialect):
    """Creates by signed form or link, queries and refunds with the key in clear, a notification by GET.

    A second create of the same number and facts gives the same trade; with other facts it is refused. A notification is
    acknowledged by any answer that contains `success`, whatever its status.

    Source: 彩虹易支付 `submit.php`, `mapi.php`, `api.php`, `includes/functions.php` (EP-20) and `lib/api/Pay`, cron
    notify (EP-N), read 2026-11-22. Ladder: EP-N, +1, +2, +16, +36 min, +1 h.
    """

    side: ClassVar[Literal["gateway", "operator"]] = "gateway"
    ops: ClassVar[tuple[str, ...]] = ("create", "query", "refund", "pay")
    notifies: ClassVar[frozenset[str]] = frozenset({"pay"})
    ladder_ms: ClassVar[tuple[float, ...]] = tuple(m * _MINUTE_MS for m in (1, 2, 16, 36, 60))
    codes: ClassVar[Mapping[str, Refusal]] = _CODES
    duplicates: ClassVar[Duplicates] = "reuse"
    defaults: ClassVar[Mapping[str, str]] = {"pid": "1001", "key": ""}

    def __init__(self, settings: Mapping[str, str], products: Mapping[str, Product]) -> None:
        super().__init__(settings, products)
        self._pid = self.settings["pid"]
        self._key = self.settings["key"] or secrets.token_hex(16)
        self._wrong_key = secrets.token_hex(16)
        self._acts = {"order": self._order, "orders": self._orders, "query": self._merchant}

    def credentials(self) -> dict[str, str]:
        """Return pid and key."""
        return {"pid": self._pid, "key": self._key}

    # Reading.

    def read(self, request: Request) -> Ask | Answer:
        """Read a create, a call of api.php, or the cashier's page."""
        path = request.path
        if path == "/mapi.php" and request.method == "POST":
            return self._create(form.read(request.body.decode("latin-1")), page=False)
        if path == "/submit.php":
            return self._create(_all_fields(request), page=True)
        if path == "/api.php":
            return self._call(_all_fields(request))
        if path.startswith(_CASHIER):
            return _page("收银台", f"交易号 {escape(path.removeprefix(_CASHIER))}")
        return Answer(b"File not found.\n", 404, HTML)

    def _create(self, fields: dict[str, str], *, page: bool) -> Ask | Answer:
        given = fields.get("sign", "")
        trouble = self._trouble(fields, given)
        if trouble:
            return _refusal(Refusal(-1, trouble), page=page)
        order_no, notify_url = fields["out_trade_no"], fields["notify_url"]
        name, money = fields["name"], _fen(fields["money"])
        return_url, param = fields.get("return_url", ""), fields.get("param", "")
        return Ask(
            op="create",
            order_no=order_no,
            amount_fen=money,
            subject=name,
            attach=param,
            notify_url=notify_url,
            fingerprint=(money, name, notify_url, return_url, param),
            extra={"type": fields.get("type", ""), "act": "submit" if page else "mapi"},
        )

    def _trouble(self, fields: Mapping[str, str], given: str) -> str:
        """Return what is wrong with a create, in the order in which the real one looks; nothing if nothing is."""
        get = fields.get
        pid = get("pid")
        if not pid:
            return "商户ID不能为空"
        if pid != self._pid:
            return "商户不存在！"
        if not same(given, epay_md5(fields, self._key)):
            return _CODES[Condition.BAD_SIGNATURE].msg
        order_no = get("out_trade_no", "")
        if not order_no:
            return "订单号(out_trade_no)不能为空"
        if not get("notify_url"):
            return "通知地址(notify_url)不能为空"
        if not get("name"):
            return "商品名称(name)不能为空"
        if not get("money"):
            return "金额(money)不能为空"
        if _fen(fields["money"]) <= 0:
            return "金额不合法"
        if not _ORDER_NO(order_no):
            return "订单号(out_trade_no)格式不正确"
        return ""

    def _call(self, fields: Mapping[str, str]) -> Ask | Answer:
        act = fields.get("act", "")
        if act not in self._acts and act != "refund":
            return _refusal(_CODES["-5"])
        if not fields.get("pid") or not fields.get("key"):
            return _refusal(_CODES["-4"])
        if fields["pid"] != self._pid:
            return _refusal(_CODES["-3"])
        if not same(fields["key"], self._key):
            return _refusal(_CODES["-2"])
        return self._refund(fields) if act == "refund" else self._acts[act](fields)

    def _order(self, fields: Mapping[str, str]) -> Ask | Answer:
        order_no, ref = fields.get("out_trade_no", ""), fields.get("trade_no", "")
        if not order_no and not ref:
            return _refusal(_CODES["-4"])
        return Ask(op="query", order_no=order_no, ref=ref, extra={"act": "order"})

    def _orders(self, fields: Mapping[str, str]) -> Ask:
        limit = min(max(_count(fields.get("limit", ""), 10), 1), 50)
        page = _count(fields.get("page", ""), 1)
        return Ask(op="query", about="orders", limit=limit, page=page, extra={"act": "orders"})

    def _merchant(self, fields: Mapping[str, str]) -> Ask:  # noqa: ARG002
        return Ask(op="query", about="orders", limit=10**9, extra={"act": "query"})

    def _refund(self, fields: Mapping[str, str]) -> Ask | Answer:
        order_no, ref = fields.get("out_trade_no", ""), fields.get("trade_no", "")
        amount_fen = _fen(fields.get("money", ""))
        if not (order_no or ref) or amount_fen <= 0:
            return _refusal(_CODES["-4"])
        return Ask(
            op="refund",
            order_no=order_no,
            ref=ref,
            refund_no=fields.get("out_refund_no", ""),
            amount_fen=amount_fen,
            extra={"act": "refund"},
        )

    # Answering.

    def answer(self, ask: Ask, found: Found) -> Answer:
        """Say it as mapi.php, submit.php or api.php does."""
        if isinstance(found, Refund):
            return Answer(_json(_refunded(found)))
        if isinstance(found, Trade):
            if ask.op == "query":
                return Answer(_json({"code": 1, "msg": "查询订单号成功！"} | self._view(found)))
            url = f"{self.base_url}{_CASHIER}{found.ref}"
            if ask.extra["act"] == "submit":
                return _page(
                    "正在跳转", f"<script>window.location.href={_json(url).decode()};</script>"
                )
            return Answer(_json({"code": 1, "msg": "", "trade_no": found.ref, "payurl": url}))
        assert isinstance(found, Sequence)
        trades = [trade for trade in found if isinstance(trade, Trade)]
        if ask.extra["act"] == "query":
            return Answer(_json(self._merchant_view(trades)))
        data = [self._view(trade) for trade in trades]
        return Answer(
            _json({"code": 1, "msg": "查询订单列表成功！", "count": len(data), "data": data})
        )

    def _view(self, trade: Trade) -> dict[str, object]:
        refunded = 0 < trade.captured_fen <= trade.refunded_fen
        return {
            "trade_no": trade.ref,
            "out_trade_no": trade.order_no,
            "api_trade_no": f"A{trade.ref}" if trade.paid_ns else "",
            "type": trade.extra.get("type", ""),
            "pid": self._pid,
            "addtime": beijing.text(trade.created_ns),
            "endtime": beijing.text(trade.paid_ns),
            "name": trade.subject,
            "money": yuan_from_fen(trade.captured_fen or trade.amount_fen),
            "param": trade.attach,
            "buyer": "",
            "status": 2 if refunded else int(trade.state == "paid"),
        }

    def _merchant_view(self, trades: Sequence[Trade]) -> dict[str, object]:
        net_fen = sum(trade.captured_fen - trade.refunded_fen for trade in trades)
        return {
            "code": 1,
            "pid": self._pid,
            "key": self._key,
            "active": 1,
            "money": yuan_from_fen(net_fen),
            "type": 1,
            "account": "",
            "username": "",
            "orders": len(trades),
            "order_today": len(trades),
            "order_lastday": 0,
        }

    def refuse(self, ask: Ask | None, code: str) -> Answer:
        """Say no, as a page where a browser asked."""
        return _refusal(self.codes[code], page=ask is not None and ask.extra.get("act") == "submit")

    # Notifying.

    def notify(self, notice: Notice, delivery: Delivery, notify_url: str) -> Outgoing:
        """Render the GET that tells of a payment; only success is notified."""
        trade, facts = notice.trade, delivery.fields
        assert trade is not None
        paid = facts["state"] == "paid"
        fields = {
            "pid": self._pid,
            "trade_no": str(facts["ref"]),
            "out_trade_no": str(facts["order_no"]),
            "type": trade.extra.get("type") or "alipay",
            "name": trade.subject,
            "money": yuan_from_fen(int(facts["amount_fen"])),
            "trade_status": "TRADE_SUCCESS" if paid else f"TRADE_{facts['state']}".upper(),
        }
        if trade.attach:
            fields["param"] = trade.attach
        forged = delivery.signature is Signature.FORGED
        fields["sign"] = epay_md5(fields, self._wrong_key if forged else self._key)
        fields["sign_type"] = "MD5"
        joint = "&" if "?" in notify_url else "?"
        return Outgoing("GET", f"{notify_url}{joint}{form.write(fields)}")

    def acked(self, status: int, body: bytes) -> bool:  # noqa: ARG002 - the real one does not look at it either
        """Take any answer that contains success, SUCCESS or Success."""
        return b"success" in body or b"SUCCESS" in body or b"Success" in body

    # Numbers and links.

    def number(self, kind: Literal["trade", "refund", "order"], serial: int, time_ns: int) -> str:
        """Return the time and five digits, as the real one does; refunds have an R in front."""
        prefix = "R" if kind == "refund" else ""
        return f"{prefix}{beijing.digits(time_ns)}{serial % 100_000:05d}"

    def trade_of(self, pay_url: str) -> str | None:
        """Read the trade from a cashier URL."""
        cashier = self.base_url + _CASHIER
        return pay_url.removeprefix(cashier) if pay_url.startswith(cashier) else None

    def link(self, pay_url: str) -> Request | None:
        """Read the request from a signed link of submit.php."""
        if not pay_url.startswith(f"{self.base_url}/submit.php?"):
            return None
        return Request("GET", pay_url.removeprefix(self.base_url))


def _all_fields(request: Request) -> dict[str, str]:
    """Merge the query and the form; the form wins, as in PHP's $_REQUEST."""
    fields = form.read(request.query)
    return fields | form.read(request.body.decode("latin-1")) if request.body else fields


@lru_cache(maxsize=4096)
def _fen(money: str) -> int:
    """Return fen for `19.9`, `19.90` or `20`; 0 for what is no amount."""
    return fen_from_yuan(money) if _MONEY(money) else 0


def _count(text: str, default: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else default


def _refunded(refund: Refund) -> dict[str, object]:
    return {
        "code": 1,
        "msg": "退款成功！",
        "refund_no": refund.ref,
        "out_refund_no": refund.refund_no,
        "trade_no": refund.trade.ref,
        "money": yuan_from_fen(refund.amount_fen),
    }


def _refusal(refusal: Refusal, *, page: bool = False) -> Answer:
    if refusal.status != 200:
        return Answer(f"<html><h1>{refusal.msg}</h1></html>\n".encode(), refusal.status, HTML)
    if page:
        return _page("站点提示信息", escape(refusal.msg))
    return Answer(_json({"code": refusal.code, "msg": refusal.msg}))


def _page(title: str, text: str) -> Answer:
    body = f"<!DOCTYPE html><meta charset=utf-8><title>{title}</title><p>{text}</p>\n"
    return Answer(body.encode(), 200, HTML)
