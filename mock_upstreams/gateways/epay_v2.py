"""易支付 V2 (彩虹易支付): forms signed with RSA both ways, code 0 is success, notified by GET."""

import re
from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal

import msgspec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from harness.core.clock import now_ns
from harness.core.delivery import Delivery, Signature
from harness.core.units import yuan_from_fen
from mock_upstreams import beijing, form
from mock_upstreams.dialect import (
    GATEWAY_OPS,
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
from mock_upstreams.gateways import _epay_v2_reader as reader
from mock_upstreams.gateways import _epay_views as views
from mock_upstreams.gateways._rsa_keys import key_of, made_key, private_pem, public_pem
from mock_upstreams.records import Product, Reason, Refund, Trade
from mock_upstreams.refund_rules import RefundRules
from mock_upstreams.signing import epay_text, rsa_sign

_MINUTE_MS = 60_000.0
_API = "/api/"
_ACT = re.compile(r"[^\n][a-zA-Z0-9_]+/[^\n][a-zA-Z0-9_]+").fullmatch
_SUBMIT = "/api/pay/submit"
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, object]).decode
_WEB: Mapping[str, pages.Shape] = {"pc": "qrcode", "mobile": "jump", "jump": "jump"}
_SHAPES: Mapping[str, pages.Shape] = {
    "jump": "jump",
    "jsapi": "jsapi",
    "app": "app",
    "scan": "scan",
    "applet": "wxplugin",
}


class EpayV2(Dialect):
    """The second version of 易支付: every call and every answer that says yes is signed with RSA and bears the time.

    A second create of the same number and facts gives the same trade; with other facts it is refused. A notification is
    acknowledged by any answer that contains `success`, whatever its status. Paying out (`/api/transfer/submit`) is
    not opened for this merchant. Setting `submit_answer`: how a browser is led on, `script`, `redirect` or `form`.

    Source: EP-DOC, EP-N lib/api/{Pay,Merchant,Transfer}, lib/ApiHelper and cron notify, read 2026-11-22 and 2026-12-01.
    Unconfirmed: the ladder (V1's), what is said of closed orders, the calls `close`, and which pay_type `web` gives to
    which device.
    """

    endpoints: ClassVar[tuple[str, ...]] = (
        "/api/pay/submit",
        "/api/pay/create",
        "/api/pay/query",
        "/api/pay/close",
        "/api/pay/refund",
        "/api/pay/refundquery",
        "/api/merchant/info",
        "/api/merchant/orders",
        "/api/transfer/balance",
    )
    side: ClassVar[Literal["gateway", "operator"]] = "gateway"
    ops: ClassVar[tuple[str, ...]] = GATEWAY_OPS
    notifies: ClassVar[frozenset[str]] = frozenset({"pay"})
    ladder_ms: ClassVar[tuple[float, ...]] = tuple(m * _MINUTE_MS for m in (1, 2, 16, 36, 60))
    own_keys: ClassVar[tuple[str, ...]] = ("platform_private_key",)
    codes: ClassVar[Mapping[str, reader.Refusal]] = reader.CODES
    seals: ClassVar[bool] = True
    duplicates: ClassVar[Duplicates] = "reuse"
    number_kept_ms: ClassVar[float] = pages.NUMBER_KEPT_MS
    refund_rules: ClassVar[RefundRules] = RefundRules(number_alone=True)
    signs_slowly: ClassVar[bool] = True
    defaults: ClassVar[Mapping[str, str]] = {
        "pid": "1002",
        "merchant_private_key": "",
        "platform_private_key": "",
        "submit_answer": pages.SUBMIT_ANSWERS[0],
    }

    def __init__(self, settings: Mapping[str, str], products: Mapping[str, Product]) -> None:
        super().__init__(settings, products)
        pages.check("epay_v2", self.settings, {"submit_answer": pages.SUBMIT_ANSWERS})
        self._pid = self.settings["pid"]
        self._merchant = key_of("epay_v2", self.settings, "merchant_private_key")
        self._platform = key_of("epay_v2", self.settings, "platform_private_key")

    def credentials(self) -> dict[str, str]:
        """Return pid, the merchant's private key and the platform's public key."""
        return {
            "pid": self._pid,
            "merchant_private_key": private_pem(self._merchant),
            "platform_public_key": public_pem(self._platform),
        }

    # Reading.

    def read(self, request: Request) -> Ask | Answer:
        """Read a call, or a page of the way to pay."""
        found = reader.read(request, self._pid, self._merchant.public_key())
        if isinstance(found, Ask):
            return found
        if found is not None:
            return _refusal(found, page=request.path == _SUBMIT)
        if request.path.startswith(_API):
            known = _ACT(request.path.removeprefix(_API)) is not None
            return _refusal(reader.NO_ACT if known else reader.NO_URL, page=False)
        return pages.asked(request) or Answer(b"File not found.\n", 404, HTML)

    # Answering.

    def answer(self, ask: Ask, found: Found) -> Answer:
        """Say it as the API does, or lead a browser on."""
        act = ask.extra["act"]
        if act in pages.ACTS:
            assert isinstance(found, Trade)
            return self._page(found, act)
        if isinstance(found, Refund):
            view = _refund_view(found, asked=act == "refundquery", repeated=ask.repeated)
            return _yes(view | {"uid": self._pid})
        if isinstance(found, Trade):
            return self._trade(ask, found)
        assert isinstance(found, Sequence)
        trades = [trade for trade in found if isinstance(trade, Trade)]
        if act == "orders":
            return _listed(ask, [self._view(trade) for trade in trades])
        return _yes(self._merchant_view(trades) if act == "info" else _balance(trades))

    def _trade(self, ask: Ask, trade: Trade) -> Answer:
        if ask.op == "query":
            return _yes(self._view(trade))
        if ask.op == "close":
            return _yes({"msg": "关闭订单成功！"})
        if ask.extra["act"] == "submit":
            return pages.submitted(self.base_url, trade, self.settings["submit_answer"])
        shape = _SHAPES.get(ask.extra.get("method", "web"))
        if shape is None:
            shape = _WEB.get(ask.extra.get("device", "pc"), "urlscheme")
        info = pages.pay_info(self.base_url, trade, shape)
        return _yes({"trade_no": trade.ref, "pay_type": shape, "pay_info": info})

    def _page(self, trade: Trade, act: str) -> Answer:
        place = self.back(trade) if trade.paid_ns else ""
        if not place:
            return pages.cashier(self.base_url, trade, choose=act == "choose")
        # Signed here and not in `seal`: a page for one person may cost the loop half a millisecond.
        return pages.back(place)

    def back(self, trade: Trade, *, forged: bool = False) -> str:
        """Return where a browser is sent once it has paid, with what a notification says (returning.py)."""
        url, amount_fen = trade.extra.get("return_url", ""), trade.captured_fen or trade.amount_fen
        if not url:
            return ""
        fields = self._told(trade, trade.ref, trade.order_no, amount_fen)
        how = Signature.FORGED if forged else Signature.VALID
        return pages.back_url(url, self._signed(fields, how))

    def _view(self, trade: Trade) -> dict[str, object]:
        refunded = 0 < trade.captured_fen <= trade.refunded_fen
        return {
            "trade_no": trade.ref,
            "out_trade_no": trade.order_no,
            "api_trade_no": f"A{trade.ref}" if trade.paid_ns else "",
            "type": trade.extra.get("type", ""),
            "status": 2 if refunded else int(trade.state == "paid"),
            "pid": self._pid,
            "addtime": beijing.text(trade.created_ns),
            "endtime": beijing.text(trade.paid_ns),
            "name": trade.subject,
            "money": yuan_from_fen(trade.captured_fen or trade.amount_fen),
            "refundmoney": yuan_from_fen(trade.refunded_fen) if trade.refunded_fen else "",
            "param": trade.attach,
            "buyer": f"o{trade.ref}" if trade.paid_ns else "",
            "clientip": trade.extra.get("clientip", ""),
        }

    def _merchant_view(self, trades: Sequence[Trade]) -> dict[str, object]:
        paid = [trade for trade in trades if trade.paid_ns]
        today, yesterday = views.made_on_days(paid, now_ns())
        return {
            "pid": self._pid,
            "status": 1,
            "pay_status": 1,
            "settle_status": 1,
            "money": _net(trades),
            "settle_type": 1,
            "settle_account": "merchant@example.com",
            "settle_name": "商户",
            "order_num": len(trades),
            "order_num_today": len(today),
            "order_num_lastday": len(yesterday),
            "order_money_today": _short(sum(trade.captured_fen for trade in today)),
            "order_money_lastday": _short(sum(trade.captured_fen for trade in yesterday)),
        }

    def refuse(self, ask: Ask | None, code: str) -> Answer:
        """Say no, as a page where a browser asked."""
        act = ask.extra.get("act", "") if ask else ""
        if ask is not None and code == Reason.NOT_FOUND:
            code = "no_refund" if ask.about == "refund" else code
            code = "no_order" if ask.op == "refund" else code
        refusal = self.codes[code]
        refusal = refusal._replace(msg=pages.named(ask, refusal.msg))
        return _refusal(refusal, page=act == "submit" or act in pages.ACTS)

    def seal(self, request: Request, answer: Answer) -> Answer:  # noqa: ARG002
        """Sign the fields of an answer that says yes, and the time with them."""
        if not answer.body.startswith(b'{"code":0,'):
            return answer
        try:
            fields = _decode(answer.body) | {"timestamp": _now(), "sign_type": "RSA"}
        except msgspec.DecodeError:
            return answer  # a strike has cut it: nothing is left to sign
        flat = {k: str(v) for k, v in fields.items() if isinstance(v, (str, int))}
        key = self._signer(answer.signature)
        sign = rsa_sign(key, epay_text(flat).encode())
        return msgspec.structs.replace(answer, body=_encode(fields | {"sign": sign}))

    def _signer(self, signature: Signature) -> RSAPrivateKey:
        return made_key("epay_v2 forger") if signature is Signature.FORGED else self._platform

    # Notifying.

    def notify(self, notice: Notice, delivery: Delivery, notify_url: str) -> Outgoing:
        """Render the GET that tells of a payment; the time and the signature are fresh on each attempt."""
        trade, facts = notice.trade, delivery.fields
        assert trade is not None
        fields = self._told(
            trade, str(facts["ref"]), str(facts["order_no"]), int(facts["amount_fen"])
        )
        if facts["state"] != "paid":
            fields["trade_status"] = f"TRADE_{facts['state']}".upper()
        joint = "&" if "?" in notify_url else "?"
        signed = self._signed(fields, delivery.signature)
        return Outgoing("GET", f"{notify_url}{joint}{form.write(signed)}")

    def _told(self, trade: Trade, ref: str, order_no: str, amount_fen: int) -> dict[str, str]:
        fields = {
            "pid": self._pid,
            "trade_no": ref,
            "out_trade_no": order_no,
            "api_trade_no": f"A{trade.ref}",
            "type": trade.extra.get("type") or "alipay",
            "trade_status": "TRADE_SUCCESS",
            "addtime": beijing.text(trade.created_ns),
            "endtime": beijing.text(trade.paid_ns),
            "name": trade.subject,
            "money": yuan_from_fen(amount_fen),
            "param": trade.attach,
        }
        return {name: value for name, value in fields.items() if value}

    def _signed(
        self, fields: Mapping[str, str], signature: Signature = Signature.VALID
    ) -> dict[str, str]:
        timed = {**fields, "timestamp": _now()}
        sign = rsa_sign(self._signer(signature), epay_text(timed).encode())
        return {**timed, "sign": sign, "sign_type": "RSA"}

    def acked(self, status: int, body: bytes) -> bool:  # noqa: ARG002 - the body alone decides
        """Take any answer that contains success, SUCCESS or Success."""
        return b"success" in body or b"SUCCESS" in body or b"Success" in body

    # Numbers and links.

    def number(self, kind: Literal["trade", "refund", "order"], serial: int, time_ns: int) -> str:
        """Return the time and five digits, as the real one does; refunds have an R in front."""
        prefix = "R" if kind == "refund" else ""
        return f"{prefix}{beijing.digits(time_ns)}{serial % 100_000:05d}"

    def trade_of(self, pay_url: str) -> str | None:
        """Read the trade from whatever a create gave to be paid."""
        return pages.trade_of(self.base_url, pay_url)

    def link(self, pay_url: str) -> Request | None:
        """Read the request from a signed link of submit."""
        if not pay_url.startswith(f"{self.base_url}{_SUBMIT}?"):
            return None
        return Request("GET", pay_url.removeprefix(self.base_url))


def _now() -> str:
    return str(now_ns() // 10**9)


def _yes(fields: Mapping[str, object]) -> Answer:
    """Say yes; what is empty is left out.

    Source: EP-DOC, read 2026-11-22.
    """
    return Answer(_encode({"code": 0, **{k: v for k, v in fields.items() if v != ""}}))


def _refund_view(refund: Refund, *, asked: bool, repeated: bool = False) -> dict[str, object]:
    money = yuan_from_fen(refund.amount_fen)
    view = {
        "refund_no": refund.ref,
        "out_refund_no": refund.refund_no,
        "trade_no": refund.trade.ref,
        "out_trade_no": refund.trade.order_no,
        "money": money,
        "reducemoney": money,
    }
    if not asked:
        says = "已存在相同退款单号！" if repeated else "退款成功！"
        return {**view, "msg": f"{says}退款金额¥{money}"}
    times = {
        "addtime": beijing.text(refund.created_ns),
        "endtime": beijing.text(refund.done_ns),
    }
    return {**view, "status": int(refund.done_ns > 0), **times}


def _listed(ask: Ask, views: Sequence[dict[str, object]]) -> Answer:
    """Return a part of the orders, all fields of each, of the status that was asked for."""
    wanted, begin = ask.extra.get("status"), int(ask.extra["offset"])
    fit = [view for view in views if wanted is None or str(view["status"]) == (wanted or "0")]
    return _yes({"data": fit[begin : begin + int(ask.extra["count"])]})


def _short(fen: int) -> str:
    """Write an amount as PHP writes a float: 19.9, 20."""
    return yuan_from_fen(fen).rstrip("0").rstrip(".")


def _net(trades: Sequence[Trade]) -> str:
    return yuan_from_fen(sum(trade.captured_fen - trade.refunded_fen for trade in trades))


def _balance(trades: Sequence[Trade]) -> dict[str, object]:
    return {"available_money": _net(trades), "transfer_rate": "0"}


def _refusal(refusal: reader.Refusal, *, page: bool) -> Answer:
    if refusal.status != 200:
        return Answer(f"<html><h1>{refusal.msg}</h1></html>\n".encode(), refusal.status, HTML)
    if page:
        return pages.page("站点提示信息", refusal.msg)
    return Answer(_encode({"code": refusal.code, "msg": refusal.msg}))
