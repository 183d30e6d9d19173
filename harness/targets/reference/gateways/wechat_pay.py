"""WeChat Pay API v3: JSON signed with RSA both ways, notifications encrypted as well.

Source: WX-SK and WX-OA (docs/v3), WX-GO core/auth and services/refunddomestic.
"""

import asyncio
import base64
import secrets
from concurrent.futures import ThreadPoolExecutor
from typing import ClassVar, TypeVar

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from harness.targets.reference import config, signing
from harness.targets.reference.clock import now_ms
from harness.targets.reference.gateways import (
    BadNoticeError,
    Incoming,
    MoneyBack,
    Notice,
    Opened,
    Reply,
    Trade,
    Truth,
)
from harness.targets.reference.gateways._wechat_certificates import Certificates
from harness.targets.reference.gateways._wechat_complaints import WechatComplaints
from harness.targets.reference.http_client import (
    HttpAnswer,
    HttpClient,
    NoAnswerError,
    NotSentError,
)
from harness.targets.reference.tables import Pay, Refund

Form = TypeVar("Form", bound=msgspec.Struct)

_SCHEME = "WECHATPAY2-SHA256-RSA2048"
_CLOCK_MAY_DIFFER_S = 300
_FAIL = b'{"code":"FAIL","message":"\xe5\xa4\xb1\xe8\xb4\xa5"}'
_PAID = {"SUCCESS", "REFUND"}
_UNPAID = {"NOTPAY", "USERPAYING", "PAYERROR"}
_CLOSED = {"CLOSED", "REVOKED"}
_NO_SUCH_ORDER = {"ORDER_NOT_EXIST", "ORDERNOTEXIST", "RESOURCE_NOT_EXISTS"}


class _Amount(msgspec.Struct):
    total: int = 0
    refund: int = 0


class _Transaction(msgspec.Struct):
    out_trade_no: str = ""
    transaction_id: str = ""
    trade_state: str = ""
    mchid: str = ""
    appid: str = ""
    out_refund_no: str = ""
    amount: _Amount = msgspec.field(default_factory=_Amount)


class _Resource(msgspec.Struct):
    ciphertext: str
    nonce: str
    associated_data: str = ""


class _Notification(msgspec.Struct):
    event_type: str
    resource: _Resource


class _Back(msgspec.Struct):
    status: str = ""


class _Created(msgspec.Struct):
    code_url: str = ""


class _Error(msgspec.Struct):
    code: str = ""


class WechatPay(WechatComplaints):
    """One merchant (mchid, appid) at WeChat Pay, native (QR code) payments."""

    accepted: ClassVar[Reply] = Reply(204, b"")
    refused: ClassVar[Reply] = Reply(401, _FAIL, "application/json")
    failed: ClassVar[Reply] = Reply(500, _FAIL, "application/json")

    def __init__(self, account: config.WechatPay, http: HttpClient, base_url: str) -> None:
        self.channel = account.channel
        self.mchid = account.mchid
        self._account = account
        self._http = http
        self._notify_url = f"{base_url}/notify/wechat_pay"
        self._key = signing.private_key(account.private_key)
        self._aes = AESGCM(account.apiv3_key.encode())
        known = (
            (account.public_key_id, account.public_key),
            (account.platform_serial, account.platform_certificate),
        )
        keys = {serial: signing.public_key(pem) for serial, pem in known if serial and pem}
        renewed = not account.public_key_id
        self._theirs = Certificates(keys, self._aes, self._sent, _good, renewed=renewed)
        # A signature costs 0.4 ms and releases the GIL: one thread keeps it off the loop.
        self._signer = ThreadPoolExecutor(1, "wechat-sign")

    async def open(self, pay: Pay, title: str, account: str) -> Opened:
        """Create a native order; identical parameters give the same kind of answer again."""
        body = {
            "appid": self._account.appid,
            "mchid": self._account.mchid,
            "description": f"{title} {account}",
            "out_trade_no": pay.pay_no,
            "notify_url": self._notify_url,
            "attach": account,
            "amount": {"total": pay.amount_fen, "currency": "CNY"},
        }
        answer = await self.call("POST", "/v3/pay/transactions/native", body)
        if answer is None:
            return Opened(reason="no answer")
        if answer.status != 200:
            return Opened(reason=_read(answer, _Error).code or str(answer.status))
        return Opened(_read(answer, _Created).code_url, "no code_url")

    async def ask(self, pay_no: str) -> Truth:
        """Ask by our number."""
        target = f"/v3/pay/transactions/out-trade-no/{pay_no}?mchid={self._account.mchid}"
        answer = await self.call("GET", target)
        if answer is None:
            return Truth(Trade.UNKNOWN)
        if answer.status == 404 and _read(answer, _Error).code in _NO_SUCH_ORDER:
            return Truth(Trade.MISSING)
        if answer.status != 200:
            return Truth(Trade.UNKNOWN)
        said = _read(answer, _Transaction)
        if said.trade_state in _PAID and said.transaction_id and said.amount.total:
            return Truth(Trade.PAID, said.transaction_id, said.amount.total)
        if said.trade_state in _UNPAID:
            return Truth(Trade.UNPAID)
        return Truth(Trade.CLOSED if said.trade_state in _CLOSED else Trade.UNKNOWN)

    async def close(self, pay_no: str) -> Truth:
        """Close; if that is refused, ask why."""
        target = f"/v3/pay/transactions/out-trade-no/{pay_no}/close"
        answer = await self.call("POST", target, {"mchid": self._account.mchid})
        if answer is None:
            return Truth(Trade.UNKNOWN)
        # A 204 is believed only as far as "unpaid": the next look must find it closed.
        return Truth(Trade.UNPAID) if answer.status == 204 else await self.ask(pay_no)

    async def refund(self, refund: Refund) -> MoneyBack:
        """Ask for the money to go back; the answer means accepted, not refunded."""
        amount = {"refund": refund.amount_fen, "total": refund.total_fen, "currency": "CNY"}
        body = {
            "transaction_id": refund.trade_no,
            "out_refund_no": refund.refund_no,
            "reason": refund.reason,
            "notify_url": self._notify_url,
            "amount": amount,
        }
        answer = await self.call("POST", "/v3/refund/domestic/refunds", body)
        accepted = answer is not None and answer.status == 200
        return MoneyBack.WORKING if accepted else MoneyBack.UNKNOWN

    async def ask_refund(self, refund: Refund) -> MoneyBack:
        """Ask by our refund number."""
        answer = await self.call("GET", f"/v3/refund/domestic/refunds/{refund.refund_no}")
        if answer is None:
            return MoneyBack.UNKNOWN
        if answer.status == 404 and _read(answer, _Error).code in _NO_SUCH_ORDER:
            return MoneyBack.MISSING
        if answer.status != 200:
            return MoneyBack.UNKNOWN
        done = _read(answer, _Back).status == "SUCCESS"
        return MoneyBack.DONE if done else MoneyBack.WORKING

    def signature_ok(self, incoming: Incoming) -> bool:
        """Check a notification's signature and age."""
        return self._theirs.signed(incoming.headers, incoming.body)

    def read(self, incoming: Incoming) -> Notice:
        """Decrypt and read a notification of a payment or a refund."""
        try:
            notification = msgspec.json.decode(incoming.body, type=_Notification)
            said = msgspec.json.decode(self._decrypt(notification.resource), type=_Transaction)
        except (msgspec.DecodeError, InvalidTag, ValueError) as error:
            raise BadNoticeError(f"malformed: {error}") from None
        if said.mchid != self._account.mchid:
            raise BadNoticeError("for another merchant")
        if notification.event_type.startswith("REFUND."):
            return Notice(said.out_trade_no, said.transaction_id, 0, said.out_refund_no)
        if notification.event_type != "TRANSACTION.SUCCESS" or said.trade_state != "SUCCESS":
            raise BadNoticeError("not about a paid trade")
        if said.appid != self._account.appid:
            raise BadNoticeError("for another app")
        return Notice(said.out_trade_no, said.transaction_id, said.amount.total)

    def _decrypt(self, resource: _Resource) -> bytes:
        sealed = base64.b64decode(resource.ciphertext)
        extra = resource.associated_data.encode()
        return self._aes.decrypt(resource.nonce.encode(), sealed, extra)

    async def call(self, method: str, target: str, content: object = None) -> HttpAnswer | None:
        """Return the answer, or None if there is none or a success is not signed by WeChat Pay."""
        answer = await self._sent(method, target, content)
        if answer is None or answer.status >= 300:
            return answer
        signed = await self._theirs.signed_after_all(answer.headers, answer.body)
        return answer if signed else None

    async def _sent(self, method: str, target: str, content: object = None) -> HttpAnswer | None:
        body = b"" if content is None else msgspec.json.encode(content)
        loop = asyncio.get_running_loop()
        headers = {
            "Authorization": await loop.run_in_executor(
                self._signer, self._authorization, method, target, body
            ),
            "Accept": "application/json",
            "Content-Type": "application/json",
            "User-Agent": "reference-platform/1",
            "Wechatpay-Serial": self._account.public_key_id or self._account.platform_serial,
        }
        try:
            return await self._http.send(self._account.url, method, target, headers, body)
        except (NotSentError, NoAnswerError):
            return None

    def _authorization(self, method: str, target: str, body: bytes) -> str:
        nonce, seconds = secrets.token_hex(16), now_ms() // 1000
        text = f"{method}\n{target}\n{seconds}\n{nonce}\n".encode() + body + b"\n"
        fields = {
            "mchid": self._account.mchid,
            "nonce_str": nonce,
            "signature": signing.rsa_sign(self._key, text),
            "timestamp": str(seconds),
            "serial_no": self._account.serial_no,
        }
        return f"{_SCHEME} " + ",".join(f'{k}="{v}"' for k, v in fields.items())


def _good(key: RSAPublicKey, headers: dict[str, str], body: bytes) -> bool:
    """Check a signature and its age."""
    seconds = headers.get("wechatpay-timestamp", "")
    if not seconds.isdecimal() or abs(now_ms() // 1000 - int(seconds)) >= _CLOCK_MAY_DIFFER_S:
        return False
    text = f"{seconds}\n{headers.get('wechatpay-nonce', '')}\n".encode() + body + b"\n"
    return signing.rsa_verify(key, text, headers.get("wechatpay-signature", ""))


def _read(answer: HttpAnswer, form: type[Form]) -> Form:
    """Read an answer's JSON; what is no such JSON reads as an empty form."""
    try:
        return msgspec.json.decode(answer.body, type=form)
    except msgspec.DecodeError:
        return form()
