"""The REST form of Alipay's gateway (API v3): the same calls, each under a path of its own, JSON both ways.

    POST /v3/alipay/trade/query
    Authorization: ALIPAY-SHA256withRSA app_id=...,nonce=...,timestamp=<ms>,sign=...      over all of these but sign,
                                                                           method, target, body, app_auth_token if sent
    200 {...}     400 {"code":"ACQ.TRADE_NOT_EXIST","message":...}         signed over alipay-timestamp, -nonce, body
    400 {"code":"invalid-app-id","message":...}                            of the door itself: not signed

Paths are the names of methods with slashes for dots; links that a browser opens stay those of gateway.do.

Source: npm alipay-sdk 4.14.0 `curl`, alipay-sdk-java-all v3 AlipayConfigUtil, go-pay/gopay alipay/v3, an answer of the
sandbox (elixir alipay_kit, its test of V3), what the real door said to calls of nobody on 2026-09-11, read 2026-12-01.
Unconfirmed: that a wrong signature is 400 (the rules say 401, the table of codes 400), `expired_seconds` and whether a
nonce may come again (both pass), what an unknown path is answered, how bills are refused, that ACQ errors alone are
signed.
"""

import secrets
from collections.abc import Callable, Mapping
from typing import NamedTuple

import msgspec

from harness.core.clock import now_ns
from mock_upstreams import form
from mock_upstreams.dialect import Answer, Ask, Request
from mock_upstreams.gateways import _alipay_words as words
from mock_upstreams.gateways._alipay_keys import Keyring
from mock_upstreams.gateways._alipay_reader import METHODS, Call, Refused, texts_of

PREFIX = "/v3/"
MARK = "v3"
"""What a call of this form is known by among the facts of its ask."""
ALGORITHM = "ALIPAY-SHA256withRSA"
CONTENT_TYPE = "application/json;charset=UTF-8"
FRESH_MS = 600_000
"""How far a timestamp may be off. Source: open-v3/054q58, public copy, read 2026-12-01."""
_BILL = "alipay.data.dataservice.bill.downloadurl.query"
_SIGNED = b'"code":"ACQ.'
_STATUS = {"20000": 500, "20001": 401, "40005": 429, "40006": 401}
"""HTTP status by the code that gateway.do would give; of all others it is 400. Source: open-v3/054fcv, public copy."""
_RENAMED = {"isp.bill_not_exist": "BILL_NOT_EXIST"}
_encode = msgspec.json.Encoder().encode


def _door(code: str, says: str, status: str = "40002") -> words.Refusal:
    return words.Refusal(status, "", f"isv.{code}", says)


class Paper(NamedTuple):
    """An Authorization header: what was signed of it, by name and as it stands, and the signature."""

    text: str
    fields: Mapping[str, str]
    sign: str


class RestReader:
    """Turns calls of the REST form into what the books understand."""

    def __init__(self, keys: Keyring) -> None:
        self._keys = keys

    def read(self, request: Request) -> Ask | Answer:
        """Verify and parse one call."""
        try:
            self._check(request, paper_of(request))
            method, read = _method(request)
            biz = _biz(request)
            common = {"notify_url": biz.get("notify_url", "")}
            return read(Call(method, common, biz, MARK))
        except Refused as refused:
            return no(refused.refusal)

    def _check(self, request: Request, paper: Paper) -> None:
        """Look for a time, an application, then a signature.

        Source: what the real door said to calls without any, or with those of nobody (2026-09-11), read 2026-12-01.
        """
        stamp = paper.fields.get("timestamp", "")
        if not stamp:
            raise Refused(_door("missing-timestamp", "缺少时间戳参数"))
        if paper.fields.get("app_id") != self._keys.app_id:
            raise Refused(words.CODES["isv.invalid-app-id"])
        # No time has more than 20 digits, and Python refuses to read thousands of them.
        digits = stamp.isascii() and stamp.isdigit()
        if not digits or abs(now_ns() // 10**6 - int(stamp[:20])) > FRESH_MS:
            raise Refused(words.CODES["isv.invalid-timestamp"])
        if paper.fields.get("app_cert_sn", self._keys.app.sn) != self._keys.app.sn:
            raise Refused(words.CODES["isv.invalid-cert-sn"])
        if not self._keys.verify(signed(request, paper.text), paper.sign):
            raise Refused(words.BAD_SIGNATURE)


def paper_of(request: Request) -> Paper:
    """Read the Authorization header; one of another kind, or none, has nothing in it."""
    kind, _, text = request.headers.get("authorization", "").partition(" ")
    if kind != ALGORITHM:
        return Paper("", {}, "")
    said, _, sign = text.rpartition(",sign=")
    pairs = (part.partition("=") for part in said.split(","))
    return Paper(said, {name.strip(): value for name, _, value in pairs}, sign)


def signed(request: Request, said: str) -> bytes:
    """Return the bytes that the merchant signed."""
    head = f"{said}\n{request.method}\n{request.target}\n".encode()
    token = request.headers.get("alipay-app-auth-token", "")
    return head + request.body + b"\n" + (f"{token}\n".encode() if token else b"")


def _method(request: Request) -> tuple[str, Callable[[Call], Ask]]:
    name = request.path.removeprefix(PREFIX).replace("/", ".")
    if name not in METHODS or name.endswith((".page.pay", ".wap.pay", ".app.pay")):
        raise Refused(_door("invalid-method", "不存在的方法名", "404"))
    if request.method != ("GET" if name == _BILL else "POST"):
        raise Refused(_door("invalid-http-method", "HTTP请求方法不合法"))
    return name, METHODS[name]


def _biz(request: Request) -> dict[str, str]:
    if request.method == "GET":
        return form.read(request.query)
    if "json" not in request.headers.get("content-type", ""):
        raise Refused(_door("invalid-content-type", "Content-Type不合法"))
    try:
        return texts_of(request.body)
    except ValueError:
        raise Refused(_door("illegal-json", "请求内容不是合法的JSON")) from None


def yes(view: Mapping[str, object]) -> Answer:
    """Say that it was done: the result alone."""
    return Answer(_encode(view), 200, CONTENT_TYPE)


def no(refusal: words.Refusal, **result: object) -> Answer:
    """Say why not, under the name that gateway.do has for it, without its prefix unless that is ACQ."""
    code = _RENAMED.get(refusal.sub_code, refusal.sub_code)
    if not code.startswith("ACQ."):
        code = code.rpartition(".")[2]
    status = 404 if refusal.code == "404" else _STATUS.get(refusal.code, 400)
    view = {"code": code, "message": refusal.sub_msg, **result}
    return Answer(_encode(view), status, CONTENT_TYPE)


def seal(keys: Keyring, request: Request, answer: Answer, *, forged: bool) -> Answer:
    """Put the signature over the body beside it, unless the door itself refused; the trace is on every answer."""
    headers: tuple[tuple[str, str], ...] = (("alipay-trace-id", secrets.token_hex(15)),)
    if answer.status == 200 or _SIGNED in answer.body:
        stamp, nonce = str(now_ns() // 10**6), secrets.token_hex(16)
        text = f"{stamp}\n{nonce}\n".encode() + answer.body + b"\n"
        headers += (
            ("alipay-nonce", nonce),
            ("alipay-timestamp", stamp),
            ("alipay-signature", keys.sign(text, forged=forged)),
        )
        if "app_cert_sn=" in request.headers.get("authorization", ""):
            headers += (("alipay-sn", keys.alipay.sn),)
    return msgspec.structs.replace(answer, headers=answer.headers + headers)
