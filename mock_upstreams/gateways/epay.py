"""易支付 V1 (彩虹易支付): forms signed with MD5, money in yuan, notified by GET."""

import re
import secrets
from collections.abc import Mapping, Sequence
from functools import lru_cache
from html import escape
from typing import ClassVar, Literal

import msgspec

from harness.core.clock import now_ns
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
from mock_upstreams.gateways import _epay_pages as pages
from mock_upstreams.gateways import _epay_views as views
from mock_upstreams.gateways._epay_usual import usual_create
from mock_upstreams.gateways._epay_words import CODES, NEEDED_BY_API, NEEDED_BY_PAGE, Refusal
from mock_upstreams.posted import php_post
from mock_upstreams.records import Product, Refund, Trade
from mock_upstreams.signing import epay_md5, same
from mock_upstreams.usual import Usual

_json = msgspec.json.Encoder().encode
_ORDER_NO = re.compile(r"[a-zA-Z0-9._\-|]{1,64}").fullmatch
_MONEY = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,2})?").fullmatch
_CASHIER = pages.PAY
_BROWSED = pages.ACTS | {"submit"}
_LADDERS_S: Mapping[str, tuple[int, ...]] = {
    "new": (60, 120, 960, 2160, 3600),
    "none": (),
    "15s": (15, 60, 180, 1800, 3600),
    "10s": (10, 60, 600, 1800, 3600),
}
"""By the setting `ladder`: the newer source's cron; 2020's source, which never repeats; and two forks, by their first
gap. Source: EP-N cron notify, EP-20, public forks, read 2026-11-22."""
_CHOICES = {
    "submit_answer": pages.SUBMIT_ANSWERS,
    "mapi_answer": pages.MAPI_ANSWERS,
    "ladder": tuple(_LADDERS_S),
}


class Epay(Dialect):
    """Creates by signed form or link, queries and refunds with the key in clear, a notification by GET.

    A second create of the same number and facts gives the same trade; with other facts it is refused; after ten days it
    makes another one. Whatever is not paid within a day is deleted. A notification is
    acknowledged by any answer that contains `success`, whatever its status. Settings: `submit_answer`, how a browser is
    led on to pay; `mapi_answer`, which link mapi.php gives, or `device` for what the caller's device can use; `ladder`,
    when a notification is sent again: `new`, `none` as in 2020's source, or that of two forks, `15s` and `10s`.

    Source: 彩虹易支付 `submit.php`, `mapi.php`, `api.php`, `includes/functions.php` (EP-20) and `lib/api/Pay`, cron
    notify (EP-N), read 2026-11-22. Ladder: EP-N, +1, +2, +16, +36 min, +1 h. Unconfirmed: that the HTTP status of an
    acknowledgement does not count, and what becomes of a `name` above 127 bytes.
    """

    endpoints: ClassVar[tuple[str, ...]] = (
        "/submit.php",
        "/mapi.php",
        "/api.php?act={query,order,orders,refund,settle}",
        "/pay/{trade_no}",
    )
    side: ClassVar[Literal["gateway", "operator"]] = "gateway"
    ops: ClassVar[tuple[str, ...]] = ("create", "query", "refund", "pay")
    notifies: ClassVar[frozenset[str]] = frozenset({"pay"})
    ladder_ms: ClassVar[tuple[float, ...]] = tuple(s * 1_000.0 for s in _LADDERS_S["new"])
    secrets: ClassVar[tuple[str, ...]] = ("key",)
    codes: ClassVar[Mapping[str, Refusal]] = CODES
    duplicates: ClassVar[Duplicates] = "reuse"
    forgets_unpaid: ClassVar[bool] = True
    number_kept_ms: ClassVar[float] = pages.NUMBER_KEPT_MS
    defaults: ClassVar[Mapping[str, str]] = {
        "pid": "1001",
        "key": "",
        **{name: choices[0] for name, choices in _CHOICES.items()},
    }

    def __init__(self, settings: Mapping[str, str], products: Mapping[str, Product]) -> None:
        super().__init__(settings, products)
        pages.check("epay", self.settings, _CHOICES)
        self._shape = self.settings["mapi_answer"]
        self._gaps_ms = tuple(s * 1_000.0 for s in _LADDERS_S[self.settings["ladder"]])
        self._pid = self.settings["pid"]
        self._key = self.settings["key"] or secrets.token_hex(16)
        self._wrong_key = secrets.token_hex(16)
        self._acts = {"order": self._order, "orders": self._orders, "query": self._merchant}
        self._acts["settle"] = self._settle

    def usual(self) -> Usual | None:
        """Describe a create at mapi.php; no caller's device changes the answer while that is the pay page's link."""
        return usual_create(self._pid, self._key, _fen) if self._shape == "payurl" else None

    def credentials(self) -> dict[str, str]:
        """Return pid and key."""
        return {"pid": self._pid, "key": self._key}

    # Reading.

    def read(self, request: Request) -> Ask | Answer:
        """Read a create, a call of api.php, or the cashier's page."""
        path = request.path
        if path == "/mapi.php":
            return self._create(php_post(request), page=False)
        if path == "/submit.php":
            linked = form.read(request.query)
            return self._create(linked if "pid" in linked else php_post(request), page=True)
        if path == "/api.php":
            return self._call(form.read(request.query) | php_post(request))
        return pages.asked(request) or Answer(b"File not found.\n", 404, HTML)

    def _create(self, fields: dict[str, str], *, page: bool) -> Ask | Answer:
        get = fields.get
        order_no, notify_url = get("out_trade_no", ""), get("notify_url", "")
        name = get("name", "")
        money = _fen(get("money", ""))
        signed = same(get("sign", ""), epay_md5(fields, self._key))
        return_url, param = get("return_url", ""), get("param", "")
        told = return_url if page else get("type") and get("clientip")
        fine = signed and notify_url and name and money > 0 and _ORDER_NO(order_no) and told
        if not fine or get("pid") != self._pid:
            return _refusal(self._trouble(fields, signed=signed, page=page), page=page)
        return Ask(
            op="create",
            order_no=order_no,
            amount_fen=money,
            subject=name,
            attach=param,
            notify_url=notify_url,
            fingerprint=(money, name, notify_url, return_url, param),
            extra={
                "type": get("type", ""),
                "act": "submit" if page else "mapi",
                "return_url": return_url,
                "device": get("device", ""),
            },
        )

    def _trouble(self, fields: Mapping[str, str], *, signed: bool, page: bool) -> Refusal:
        """Return what is wrong with a create, in the order in which the real one looks."""
        if "pid" not in fields:
            return CODES["no_pid" if page else "no_fields"]
        if not fields["pid"]:
            return Refusal(-1, "商户ID不能为空")
        if fields["pid"] != self._pid:
            return Refusal(-1, "商户不存在！")
        if not signed:
            return CODES[Condition.BAD_SIGNATURE]
        for name, title in NEEDED_BY_PAGE if page else NEEDED_BY_API:
            if not fields.get(name):
                return Refusal(-1, f"{title}({name})不能为空")
        if _fen(fields["money"]) <= 0:
            return Refusal(-1, "金额不合法")
        return Refusal(-1, "订单号(out_trade_no)格式不正确")

    def _call(self, fields: Mapping[str, str]) -> Ask | Answer:
        act = fields.get("act", "")
        if act not in self._acts and act != "refund":
            return _refusal(CODES["-5"])
        if fields.get("pid") != self._pid:
            return _refusal(CODES["-3"])
        if not same(fields.get("key", ""), self._key):
            return _refusal(CODES["-2"])
        return self._refund(fields) if act == "refund" else self._acts[act](fields)

    def _order(self, fields: Mapping[str, str]) -> Ask | Answer:
        order_no, ref = fields.get("out_trade_no", ""), fields.get("trade_no", "")
        if not order_no and not ref:
            return _refusal(CODES["-4"])
        return Ask(op="query", order_no=order_no, ref=ref, extra={"act": "order"})

    def _orders(self, fields: Mapping[str, str]) -> Ask:
        limit = min(max(_count(fields.get("limit", ""), 10), 1), 50)
        page = _count(fields.get("page", ""), 1)
        return Ask(op="query", about="orders", limit=limit, page=page, extra={"act": "orders"})

    def _merchant(self, fields: Mapping[str, str]) -> Ask:  # noqa: ARG002
        return Ask(op="query", about="orders", limit=10**9, extra={"act": "query"})

    def _settle(self, fields: Mapping[str, str]) -> Ask:  # noqa: ARG002
        return Ask(op="query", about="orders", limit=10**9, extra={"act": "settle"})

    def _refund(self, fields: Mapping[str, str]) -> Ask | Answer:
        order_no, ref = fields.get("out_trade_no", ""), fields.get("trade_no", "")
        amount_fen = _fen(fields.get("money", ""))
        if not (order_no or ref) or amount_fen <= 0:
            return _refusal(CODES["-4"])
        return Ask(
            op="refund",
            order_no=order_no,
            ref=ref,
            refund_no=fields.get("out_refund_no", ""),
            amount_fen=amount_fen,
            extra={"act": "refund"},
        )

    def hides(self, ask: Ask, trade: Trade) -> bool:
        """Say that an unpaid trade was deleted once its time was over; a customer may still be at its page."""
        lapsed = trade.state == "closed" or (
            trade.state == "unpaid" and now_ns() >= trade.expires_ns
        )
        return lapsed and ask.op in {"query", "refund"}

    # Answering.

    def answer(self, ask: Ask, found: Found) -> Answer:
        """Say it as mapi.php, submit.php or api.php does."""
        if isinstance(found, Refund):
            return Answer(_json(views.refunded(found)))
        if isinstance(found, Trade):
            if ask.op == "query":
                if ask.extra["act"] in pages.ACTS:
                    return self._shown(found, ask.extra["act"])
                return Answer(
                    _json({"code": 1, "msg": "查询订单号成功！"} | views.order(found, self._pid))
                )
            if ask.extra["act"] == "submit":
                return pages.submitted(self.base_url, found, self.settings["submit_answer"])
            url = f"{self.base_url}{_CASHIER}{found.ref}"
            if self._shape != "payurl":
                return self._mapi(ask, found)
            said = f'{{"code":1,"msg":"","trade_no":"{found.ref}","payurl":"{url}"}}'
            return Answer(said.encode())
        assert isinstance(found, Sequence)
        trades = [t for t in found if isinstance(t, Trade) and not self.hides(ask, t)]
        if ask.extra["act"] == "query":
            return Answer(_json(views.merchant(trades, self._pid, self._key, now_ns())))
        if ask.extra["act"] == "settle":
            data = views.settlements(trades, now_ns())
            return Answer(_json({"code": 1, "msg": "查询结算记录成功！", "data": data}))
        data = [views.order(trade, self._pid) for trade in trades]
        return Answer(
            _json({"code": 1, "msg": "查询订单记录成功！", "count": len(data), "data": data})
        )

    def _mapi(self, ask: Ask, trade: Trade) -> Answer:
        name, link = pages.mapi_link(self.base_url, trade, self._shape, ask.extra["device"])
        return Answer(_json({"code": 1, "msg": "", "trade_no": trade.ref, name: link}))

    def _shown(self, trade: Trade, act: str) -> Answer:
        place = self.back(trade) if trade.paid_ns else ""
        if not place:
            return pages.cashier(self.base_url, trade, choose=act == "choose")
        return pages.back(place)

    def back(self, trade: Trade, *, forged: bool = False) -> str:
        """Return where a browser is sent once it has paid, with what a notification says (returning.py)."""
        url, amount_fen = trade.extra.get("return_url", ""), trade.captured_fen or trade.amount_fen
        fields = self._told(trade, trade.ref, trade.order_no, amount_fen)
        signed = self._signed(fields, self._wrong_key if forged else self._key)
        return pages.back_url(url, signed) if url else ""

    def refuse(self, ask: Ask | None, code: str) -> Answer:
        """Say no, as a page where a browser asked."""
        refusal = self.codes[code]
        refusal = refusal._replace(msg=pages.named(ask, refusal.msg))
        return _refusal(refusal, page=ask is not None and ask.extra.get("act") in _BROWSED)

    # Notifying.

    def notify(self, notice: Notice, delivery: Delivery, notify_url: str) -> Outgoing:
        """Render the GET that tells of a payment; only success is notified."""
        trade, facts = notice.trade, delivery.fields
        assert trade is not None
        fields = self._told(
            trade, str(facts["ref"]), str(facts["order_no"]), int(facts["amount_fen"])
        )
        if facts["state"] != "paid":
            fields["trade_status"] = f"TRADE_{facts['state']}".upper()
        forged = delivery.signature is Signature.FORGED
        signed = self._signed(fields, self._wrong_key if forged else self._key)
        joint = "&" if "?" in notify_url else "?"
        return Outgoing("GET", f"{notify_url}{joint}{form.write(signed)}")

    def ladder(self, op: str) -> tuple[float, ...]:  # noqa: ARG002
        """Return the ladder that the settings name."""
        return self._gaps_ms

    def _told(self, trade: Trade, ref: str, order_no: str, amount_fen: int) -> dict[str, str]:
        fields = {
            "pid": self._pid,
            "trade_no": ref,
            "out_trade_no": order_no,
            "type": trade.extra.get("type") or "alipay",
            "name": trade.subject,
            "money": yuan_from_fen(amount_fen),
            "trade_status": "TRADE_SUCCESS",
        }
        return {**fields, "param": trade.attach} if trade.attach else fields

    def _signed(self, fields: Mapping[str, str], key: str) -> dict[str, str]:
        return {**fields, "sign": epay_md5(fields, key), "sign_type": "MD5"}

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
        return pages.trade_of(self.base_url, pay_url)

    def link(self, pay_url: str) -> Request | None:
        """Read the request from a signed link of submit.php."""
        if not pay_url.startswith(f"{self.base_url}/submit.php?"):
            return None
        return Request("GET", pay_url.removeprefix(self.base_url))


@lru_cache(maxsize=4096)
def _fen(money: str) -> int:
    """Return fen for `19.9`, `19.90` or `20`; 0 for what is no amount."""
    return fen_from_yuan(money) if _MONEY(money) else 0


def _count(text: str, default: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else default


def _refusal(refusal: Refusal, *, page: bool = False) -> Answer:
    if refusal.status != 200:
        return Answer(f"<html><h1>{refusal.msg}</h1></html>\n".encode(), refusal.status, HTML)
    if page:
        return pages.page("站点提示信息", escape(refusal.msg))
    return Answer(_json({"code": refusal.code, "msg": refusal.msg}))
