"""Reads calls of gateway.do: merge, verify, parse.

    query + form ──▶ fields ──▶ signature over all but `sign` ──▶ biz_content ──▶ Ask

A call may put its parameters into the query, the form, or some into each, in UTF-8 or GBK.
"""

import base64
import re
from collections.abc import Callable, Mapping
from typing import NamedTuple
from urllib.parse import parse_qsl

import msgspec

from harness.core.clock import now_ns
from harness.core.units import fen_from_yuan
from mock_upstreams import beijing, form, posted
from mock_upstreams.dialect import Answer, Ask, Request
from mock_upstreams.gateways import _alipay_bill as bill
from mock_upstreams.gateways import _alipay_words as words
from mock_upstreams.gateways._alipay_keys import Keyring

PAGES = frozenset({"alipay.trade.page.pay", "alipay.trade.wap.pay", "alipay.trade.app.pay"})
"""Methods that a browser or the app calls with a link that the merchant signed."""
FEN_MAX = 100_000_000_00
_MINUTE_MS = 60_000.0
_SPAN_MS = {"m": _MINUTE_MS, "h": 60 * _MINUTE_MS, "d": 1440 * _MINUTE_MS}
_span = re.compile(r"([1-9][0-9]{0,4})([mhd])").fullmatch
_money = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,2})?").fullmatch
_stamp = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}").fullmatch
_decode = msgspec.json.Decoder(dict[str, object], float_hook=str).decode
"""Amounts may be written as numbers: these keep their digits."""
_GBK = frozenset({"gbk", "gb2312", "gb18030"})
_UNDONE = "CANCEL"
"""The number of the refund that a cancel makes, so that a repeated cancel gives back nothing more."""
_PRECREATED_MS = 120 * _MINUTE_MS
"""How long a code may be scanned that says nothing of it. Unconfirmed."""


class Refused(Exception):  # noqa: N818 - a refusal is an answer, not an error of ours
    """A call that is refused before anybody looks into the books."""

    def __init__(self, refusal: words.Refusal, sub_msg: str = "") -> None:
        super().__init__(refusal.sub_code)
        self.refusal = refusal._replace(sub_msg=sub_msg) if sub_msg else refusal


class Call(NamedTuple):
    """One verified call: its common parameters, and its biz_content as texts; `form` is "" for gateway.do."""

    method: str
    common: Mapping[str, str]
    biz: Mapping[str, str]
    form: str = ""

    def need(self, name: str, most: int = 64) -> str:
        """Return a field that may not be missing.

        Raises:
            Refused: it is missing or too long.
        """
        text = self.biz.get(name, "")
        if not text or len(text) > most:
            raise _parameter(name)
        return text

    def fen(self, name: str) -> int:
        """Return an amount in fen, at least one.

        Raises:
            Refused: it is no amount.
        """
        text = self.biz.get(name, "")
        amount_fen = fen_from_yuan(text) if _money(text) else 0
        if amount_fen <= 0:
            raise _parameter(name)
        return amount_fen

    def numbers(self) -> tuple[str, str]:
        """Return out_trade_no and trade_no, of which the second counts if both are there.

        Raises:
            Refused: both are missing.
        """
        order_no, ref = self.biz.get("out_trade_no", ""), self.biz.get("trade_no", "")
        if not order_no and not ref:
            raise _parameter("out_trade_no")
        return order_no, ref

    @property
    def extra(self) -> dict[str, str]:
        """What an answer to this call must know."""
        return {"method": self.method, "form": self.form} if self.form else {"method": self.method}


def charset_of(request: Request) -> str:
    """Return the codec of a call and of its answer: utf-8, or gb18030 which holds GBK and GB2312."""
    if "charset=gb" not in request.query.lower() and b"charset=gb" not in request.body.lower():
        return "utf-8"  # as nearly always: no form is parsed again
    fields = form.read(request.query)
    name = fields.get("charset") or form.read(request.body.decode("latin-1")).get("charset", "")
    return "gb18030" if name.lower() in _GBK else "utf-8"


def fields_of(request: Request) -> tuple[dict[str, str], str]:
    """Merge query and form, of which the form wins; return the fields and their codec.

    Source: SDK:alipay-sdk-python WebUtils, which sends forms of either kind, read 2026-12-01.
    """
    body = request.body.decode("latin-1")
    fields = form.read(request.query) | posted.fields_of(request)
    if fields.get("charset", "").lower() not in _GBK:
        return fields, "utf-8"
    parts = [
        parse_qsl(raw, keep_blank_values=True, encoding="gb18030", errors="replace")
        for raw in (request.query, body)
    ]
    return dict(parts[0] + parts[1]), "gb18030"


def signed_text(fields: Mapping[str, str], *unsigned: str) -> str:
    """Return what is signed: every field but those named, without empty ones, sorted, values as they are.

    Requests leave out `sign`; notifications and return links leave out `sign` and `sign_type`.

    Source: SDK:alipay-sdk-python get_sign_content, ALI-GO notify_type.go, read 2026-11-22.
    """
    return "&".join(f"{k}={v}" for k, v in sorted(fields.items()) if v and k not in unsigned)


class Reader:
    """Turns calls into what the books understand."""

    def __init__(self, keys: Keyring) -> None:
        self._keys = keys

    def read(self, request: Request) -> Ask | Answer:
        """Verify and parse one call of gateway.do."""
        fields, codec = fields_of(request)
        method = fields.get("method", "")
        try:
            self._check(fields, codec)
            call = Call(method, fields, _biz(fields.get("biz_content", "")))
            return self._certificate(call) if method == _CERTIFICATE else METHODS[method](call)
        except Refused as refused:
            return words.no(method if method in _KNOWN else "", refused.refusal)

    def _check(self, fields: Mapping[str, str], codec: str) -> None:
        """Look in an order that is unconfirmed, but for the application before the signature.

        Source: what the real gateway said to calls of an unknown app_id with and without `sign` (2026-09-11), read
        2026-12-01.
        """
        for name, (word, says) in _NEEDED.items():
            if not fields.get(name):
                raise Refused(words.missing(word, says))
            if name == "method" and fields["method"] not in _KNOWN:
                raise Refused(words.CODES["isv.invalid-method"])
            if name == "app_id" and fields["app_id"] != self._keys.app_id:
                raise Refused(words.CODES["isv.invalid-app-id"])
        if fields["sign_type"] != "RSA2":
            raise Refused(words.CODES["isv.invalid-signature-type"])
        if not _stamp(fields["timestamp"]):
            raise Refused(words.CODES["isv.invalid-timestamp"])
        if fields.get("format", "JSON").upper() != "JSON":
            raise Refused(words.CODES["isv.invalid-format"])
        if fields.get("app_cert_sn", self._keys.app.sn) != self._keys.app.sn:
            raise Refused(words.CODES["isv.invalid-cert-sn"])
        text = signed_text(fields, "sign")
        if not self._keys.verify(text.encode(codec, "replace"), fields["sign"]):
            says = "验签出错，建议检查签名字符串或签名私钥与应用公钥是否匹配，"
            raise Refused(words.BAD_SIGNATURE, f"{says}网关生成的验签字符串为：{text}")

    def _certificate(self, call: Call) -> Answer:
        """Hand out Alipay's certificate, which a merchant asks for that meets a number it does not know.

        Source: SDK:python-alipay-sdk alipaycert_download, read 2026-11-23; the answer is unconfirmed.
        """
        if call.need("alipay_cert_sn") != self._keys.alipay.sn:
            raise _parameter("alipay_cert_sn")
        content = base64.b64encode(self._keys.alipay.pem.encode()).decode()
        return words.yes(call.method, {"alipay_cert_content": content})


_NEEDED = {
    "method": ("method", "缺少方法名参数"),
    "app_id": ("app-id", "缺少appId参数"),
    "sign_type": ("signature-type", "缺少签名类型参数"),
    "sign": ("signature", "缺少签名参数"),
    "timestamp": ("timestamp", "缺少时间戳参数"),
    "version": ("version", "缺少版本参数"),
}


def _parameter(name: str) -> Refused:
    return Refused(words.CODES["ACQ.INVALID_PARAMETER"], f"参数无效：{name}")


def _biz(text: str) -> dict[str, str]:
    """Return the texts of biz_content."""
    if not text:
        return {}
    try:
        return texts_of(text)
    except ValueError:
        raise Refused(words.CODES["isv.invalid-parameter"], "biz_content不是合法的JSON") from None


def texts_of(text: str | bytes) -> dict[str, str]:
    """Return the texts of a JSON object; numbers as they are written, lists and objects left out.

    Raises:
        ValueError: it is no JSON object.
    """
    try:
        content = _decode(text)
    except (msgspec.MsgspecError, UnicodeEncodeError, RecursionError):
        raise ValueError("no JSON object") from None
    return {
        name: str(value)
        for name, value in content.items()
        if isinstance(value, (str, int)) and not isinstance(value, bool)
    }


def _expiry(call: Call) -> tuple[float, int]:
    """Return how long (upstream ms) or until when (wall ns) the trade may be paid; 0 for not said.

    Source: ALI-DOC alipay.trade.precreate timeout_express, time_expire, read 2026-11-22.
    """
    until = call.biz.get("time_expire", "")
    if until:
        ns = beijing.ns_of(until) or beijing.ns_of(until, "%Y-%m-%d %H:%M")
        if not ns:
            raise _parameter("time_expire")
        return 0.0, ns
    span = call.biz.get("timeout_express", "")
    if span == "1c":
        return 0.0, beijing.next_midnight_ns(now_ns())
    if not span:
        return (_PRECREATED_MS if call.method == "alipay.trade.precreate" else 0.0), 0
    match = _span(span)
    if match is None:
        raise _parameter("timeout_express")
    return int(match[1]) * _SPAN_MS[match[2]], 0


def _create(call: Call) -> Ask:
    order_no, subject = call.need("out_trade_no"), call.need("subject", 256)
    amount_fen = call.fen("total_amount")
    if amount_fen > FEN_MAX:
        raise Refused(words.CODES["ACQ.TOTAL_FEE_EXCEED"])
    if call.method == "alipay.trade.create" and not (
        {"buyer_id", "buyer_open_id", "buyer_logon_id", "op_buyer_open_id"} & call.biz.keys()
    ):
        raise _parameter("buyer_id")
    expires_ms, expires_ns = _expiry(call)
    kept = {name: call.biz[name] for name in ("body", "passback_params") if name in call.biz}
    return Ask(
        op="create",
        order_no=order_no,
        amount_fen=amount_fen,
        subject=subject,
        attach=kept.get("passback_params") or kept.get("body", ""),
        notify_url=call.common.get("notify_url", ""),
        fingerprint=(amount_fen, call.biz.get("seller_id", "")),
        expires_ms=expires_ms,
        expires_ns=expires_ns,
        extra={**call.extra, **kept, "return_url": call.common.get("return_url", "")},
    )


def _query(call: Call) -> Ask:
    order_no, ref = call.numbers()
    return Ask(op="query", order_no=order_no, ref=ref, extra=call.extra)


def _close(call: Call) -> Ask:
    order_no, ref = call.numbers()
    undo = call.method == "alipay.trade.cancel"
    number = _UNDONE if undo else ""
    return Ask(
        op="close", order_no=order_no, ref=ref, undo=undo, refund_no=number, extra=call.extra
    )


def _refund(call: Call) -> Ask:
    order_no, ref = call.numbers()
    return Ask(
        op="refund",
        order_no=order_no,
        ref=ref,
        amount_fen=call.fen("refund_amount"),
        refund_no=call.biz.get("out_request_no", ""),
        subject=call.biz.get("refund_reason", ""),
        extra=call.extra,
    )


def _refund_query(call: Call) -> Ask:
    order_no, ref = call.numbers()
    number = call.need("out_request_no")
    return Ask(
        op="query", about="refund", order_no=order_no, ref=ref, refund_no=number, extra=call.extra
    )


def _bill(call: Call) -> Ask:
    date, kind = call.need("bill_date"), call.need("bill_type")
    span = bill.span_of(date)
    if span is None or kind not in {"trade", "signcustomer"}:
        raise Refused(words.CODES["isv.invalid-parameter"], "参数不合法")
    extra = {**call.extra, "date": date, "kind": kind}
    return Ask(op="query", about="bill", between_ns=span, extra=extra)


METHODS: Mapping[str, Callable[[Call], Ask]] = {
    "alipay.trade.precreate": _create,
    "alipay.trade.create": _create,
    **dict.fromkeys(sorted(PAGES), _create),
    "alipay.trade.query": _query,
    "alipay.trade.close": _close,
    "alipay.trade.cancel": _close,
    "alipay.trade.refund": _refund,
    "alipay.trade.fastpay.refund.query": _refund_query,
    "alipay.data.dataservice.bill.downloadurl.query": _bill,
}
_CERTIFICATE = "alipay.open.app.alipaycert.download"
_KNOWN = METHODS.keys() | {_CERTIFICATE}
