"""From bytes to an Ask: WeChat Pay's paths, the merchant's signature, and what its forms mean.

A request is verified over its raw bytes before anything of it is believed or parsed.
"""

import functools
from collections.abc import Callable, Sequence
from ipaddress import ip_address
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec
from msgspec import UNSET

from harness.core.clock import now_ns
from mock_upstreams.dialect import Answer, Ask, Request
from mock_upstreams.gateways import _wechat_words as words
from mock_upstreams.gateways._wechat_bill_desk import BILLS, DOWNLOAD, BillDesk
from mock_upstreams.gateways._wechat_complaints import SERVICE, ComplaintWindow
from mock_upstreams.gateways._wechat_crypto import (
    ALGORITHM,
    PAIR_PREFIX,
    Keyring,
    fields_of,
    request_text,
)
from mock_upstreams.gateways._wechat_forms import (
    UNREADABLE,
    AbnormalRefundForm,
    CloseForm,
    Complaint,
    PayForm,
    RefundForm,
    complaint,
)
from mock_upstreams.gateways._wechat_views import moment_ns
from mock_upstreams.signing import rsa_verify

ASKED_KEY = "asked_key"
"""Under this name a trade keeps which kind of key its create asked answers to be signed with."""
TRADE_TYPES = {"native": "NATIVE", "jsapi": "JSAPI", "h5": "MWEB", "app": "APP"}
_CLOCK_SLACK_S = 300
_PAY = "/v3/pay/transactions/"
_BY_NUMBER = f"{_PAY}out-trade-no/"
_BY_ID = f"{_PAY}id/"
_REFUNDS = "/v3/refund/domestic/refunds"
_CERTIFICATES = "/v3/certificates"
_CLOSE = "/close"
_ABNORMAL = "/apply-abnormal-refund"
_AUTHORIZATION = ("mchid", "nonce_str", "signature", "timestamp", "serial_no")

Parse = Callable[[Request], Ask | Answer]

_pay_form = msgspec.json.Decoder(PayForm).decode
_close_form = msgspec.json.Decoder(CloseForm).decode
_abnormal_form = msgspec.json.Decoder(AbnormalRefundForm).decode
_refund_form = msgspec.json.Decoder(RefundForm).decode


class Reader:
    """Reads requests of one merchant; `certificates` answers the one question that asks no books."""

    def __init__(
        self,
        keys: Keyring,
        certificates: Parse,
        bills: BillDesk,
        complaints: ComplaintWindow,
        *,
        hosts: Sequence[str] = (),
        strict_urls: bool = False,
    ) -> None:
        self._keys = keys
        self._certificates = certificates
        self._bills = bills
        self._complaints = complaints
        self._hosts = frozenset(hosts)
        self._strict_urls = strict_urls
        self.base_url = ""

    def read(self, request: Request) -> Ask | Answer:
        """Return what is asked, or the refusal of it."""
        parse = self._route(request)
        if parse is None:
            return words.no(words.CODES["RESOURCE_NOT_EXISTS"])
        refusal = self._unverified(request) or _unwelcome(request)
        if refusal is not None:
            return refusal
        try:
            return parse(request)
        except UNREADABLE as error:
            return words.wrong_parameter(complaint(error, request.body))

    def _route(self, request: Request) -> Parse | None:
        path, method = request.path, request.method
        if path.startswith(_PAY):
            if path.startswith(_BY_NUMBER):
                if method == "POST":
                    return self._close if path.endswith(_CLOSE) else None
                return self._query if method == "GET" else None
            if path.startswith(_BY_ID):
                return self._query_by_id if method == "GET" else None
            return self._create if method == "POST" and path[len(_PAY) :] in TRADE_TYPES else None
        if path == _REFUNDS:
            return self._refund if method == "POST" else None
        if path.startswith(_REFUNDS + "/"):
            if method == "POST":
                return self._abnormal if path.endswith(_ABNORMAL) else None
            return self._query_refund if method == "GET" else None
        if path.startswith(SERVICE):
            return self._complaints.route(method, path)
        return self._gets.get(path) if method == "GET" else None

    @functools.cached_property
    def _gets(self) -> dict[str, Parse]:
        return {
            _CERTIFICATES: self._certificates,
            DOWNLOAD: self._bills.fetch,
            f"{BILLS}tradebill": self._bill,
            f"{BILLS}fundflowbill": self._bill,
        }

    def _bill(self, request: Request) -> Ask | Answer:
        """Let a file be fetched where this request came in: through a door it was a real host name."""
        host = request.headers.get("host", "")
        at = f"https://{host}" if host in self._hosts else self.base_url
        return self._bills.read(request, at)

    def _unverified(self, request: Request) -> Answer | None:
        """Return the refusal of a request that the merchant did not sign, or did long ago."""
        kind, _, fields_text = request.headers.get("authorization", "").partition(" ")
        if kind != ALGORITHM:
            return words.unauthorized(words.WRONG_TYPE if kind else words.WRONG_FORMAT)
        fields = fields_of(fields_text)
        if any(name not in fields for name in _AUTHORIZATION):
            return words.unauthorized(words.WRONG_FORMAT)
        if fields["mchid"] != self._keys.mchid:
            return words.no(words.CODES["MCH_NOT_EXISTS"])
        if fields["serial_no"] != self._keys.serial_no:
            return words.unauthorized(words.WRONG_SERIAL)
        stamp, nonce = fields["timestamp"], fields["nonce_str"]
        if not (stamp.isascii() and stamp.isdigit()):
            return words.unauthorized(words.WRONG_FORMAT)
        # No time has more than 20 digits, and Python refuses to read thousands of them.
        if abs(now_ns() // 10**9 - int(stamp[:20])) > _CLOCK_SLACK_S:
            return words.unauthorized(words.WRONG_TIME)
        text = request_text(request.method, request.target, stamp, nonce, request.body)
        if rsa_verify(self._keys.merchant, text, fields["signature"]):
            return None
        return words.wrong_signature(request, stamp, nonce)

    def _create(self, request: Request) -> Ask | Answer:
        way = request.path[len(_PAY) :]
        form = _pay_form(request.body)
        if form.mchid != self._keys.mchid:
            return words.wrong_parameter(Complaint("/mchid", "与签名的商户号不一致", form.mchid))
        if form.appid != self._keys.appid:
            return words.no(words.CODES["APPID_MCHID_NOT_MATCH"])
        if self._strict_urls and not reachable(form.notify_url):
            what = Complaint("/notify_url", "必须为外网可访问的https地址", form.notify_url)
            return words.wrong_parameter(what)
        paired = request.headers.get("wechatpay-serial", "").startswith(PAIR_PREFIX)
        asked_key = "public_key" if paired else "platform"
        extra = {"trade_type": TRADE_TYPES[way], ASKED_KEY: asked_key}
        if way == "jsapi":
            if form.payer is UNSET:
                return words.wrong_parameter(Complaint("/payer/openid", "必填项缺失"))
            extra["openid"] = form.payer.openid
        elif way == "h5" and (form.scene_info is UNSET or form.scene_info.h5_info is UNSET):
            return words.wrong_parameter(Complaint("/scene_info/h5_info", "必填项缺失"))
        expires_ns = _expires_ns(form)
        if expires_ns is None:
            what = Complaint("/time_expire", "不是晚于当前的时间", form.time_expire)
            return words.wrong_parameter(what)
        return Ask(
            op="create",
            order_no=form.out_trade_no,
            amount_fen=form.amount.total,
            subject=form.description,
            attach=form.attach,
            notify_url=form.notify_url,
            fingerprint=(way, form),
            expires_ns=expires_ns,
            extra=extra,
        )

    def _query(self, request: Request) -> Ask | Answer:
        number = unquote(request.path[len(_BY_NUMBER) :])
        return self._unnamed(request) or Ask(op="query", order_no=number)

    def _query_by_id(self, request: Request) -> Ask | Answer:
        return self._unnamed(request) or Ask(op="query", ref=unquote(request.path[len(_BY_ID) :]))

    def _query_refund(self, request: Request) -> Ask | Answer:
        number = unquote(request.path[len(_REFUNDS) + 1 :])
        return Ask(op="query", about="refund", refund_no=number)

    def _close(self, request: Request) -> Ask | Answer:
        form = _close_form(request.body)
        if form.mchid != self._keys.mchid:
            return words.wrong_parameter(Complaint("/mchid", "与签名的商户号不一致", form.mchid))
        number = unquote(request.path[len(_BY_NUMBER) : -len(_CLOSE)])
        return Ask(op="close", order_no=number)

    def _refund(self, request: Request) -> Ask | Answer:
        form = _refund_form(request.body)
        order_no = "" if form.out_trade_no is UNSET else form.out_trade_no
        ref = "" if form.transaction_id is UNSET else form.transaction_id
        if not order_no and not ref:
            return words.wrong_parameter(Complaint("/out_trade_no", "必填项缺失"))
        if form.amount.refund > form.amount.total:
            what = Complaint("/amount/refund", "退款金额大于原订单金额", form.amount.refund)
            return words.wrong_parameter(what)
        return Ask(
            op="refund",
            order_no=order_no,
            ref=ref,
            refund_no=form.out_refund_no,
            price_fen=form.amount.total,
            amount_fen=form.amount.refund,
            subject=form.reason,
            notify_url="" if form.notify_url is UNSET else form.notify_url,
        )

    def _abnormal(self, request: Request) -> Ask | Answer:
        form = _abnormal_form(request.body)
        number = unquote(request.path[len(_REFUNDS) + 1 : -len(_ABNORMAL)])
        return Ask(op="refund", about="abnormal", ref=number, refund_no=form.out_refund_no)

    def _unnamed(self, request: Request) -> Answer | None:
        """Refuse a query that does not say, or misstates, whose order it asks for."""
        if request.query == f"mchid={self._keys.mchid}":
            return None
        given = parse_qs(request.query).get("mchid", [""])[-1]
        if given == self._keys.mchid:
            return None
        issue = "与签名的商户号不一致" if given else "必填项缺失"
        return words.wrong_parameter(Complaint("mchid", issue, given, "query"))


def _unwelcome(request: Request) -> Answer | None:
    """Refuse what WeChat Pay's front door refuses whatever the path.

    Source: WX-SK 接入指南, HTTP头, read 2026-11-22.
    """
    headers = request.headers
    accepted = headers.get("accept", "")
    if not headers.get("user-agent") or not ("json" in accepted or "*/*" in accepted):
        refusal = words.CODES["PARAM_ERROR"]
        return words.no(refusal._replace(message="Http头缺少Accept或User-Agent"))
    if request.method == "POST" and "json" not in headers.get("content-type", ""):
        what = Complaint("Content-Type", "必须为application/json", location="header")
        return words.wrong_parameter(what)
    return None


def _expires_ns(form: PayForm) -> int | None:
    """Return until when the trade may be paid, 0 if the caller does not say, None if it is no time to come."""
    if form.time_expire is UNSET:
        return 0
    try:
        expires_ns = moment_ns(form.time_expire)
    except (ValueError, OverflowError):
        return None
    return expires_ns if expires_ns > now_ns() else None


def reachable(url: str) -> bool:
    """Say whether WeChat Pay would send there: https, and no intranet.

    Source: WX-SK 接入指南, notify_url, read 2026-11-22; which host names it knows for intranet is unconfirmed.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        return parts.scheme == "https" and ip_address(host).is_global
    except ValueError:
        local = host == "localhost" or host.endswith((".local", ".localhost", ".internal"))
        return parts.scheme == "https" and "." in host and not local
