"""微信支付 v3: JSON, RSA both ways, sealed notifications."""

import re
import secrets
from collections.abc import Mapping
from typing import ClassVar, Literal

import msgspec

from harness.core.clock import now_ns
from harness.core.delivery import Delivery, Signature
from harness.core.errors import UsageError
from harness.faults.status import Condition
from mock_upstreams import beijing
from mock_upstreams.dialect import (
    GATEWAY_OPS,
    Answer,
    Ask,
    Dialect,
    Duplicates,
    Found,
    Notice,
    Outgoing,
    Request,
)
from mock_upstreams.gateways import _wechat_views as views
from mock_upstreams.gateways import _wechat_words as words
from mock_upstreams.gateways._wechat_crypto import DEFAULTS, Keyring, Signer, signed_headers
from mock_upstreams.gateways._wechat_reader import ASKED_KEY, Reader
from mock_upstreams.records import Product, Reason, Refund, Trade
from mock_upstreams.signing import seal

_LADDER_S = (15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10800, 10800, 10800, 21600, 21600)
_KEPT_MS = 7 * 86_400_000.0
_LINK = re.compile(r"(?:bizpayurl\?pr=|prepay_id=wx\d{14}0{9})([0-9A-Za-z]{11})(?![0-9A-Za-z])")
_H5 = "https://wx.tenpay.com/cgi-bin/mmpayweb-bin/checkmweb"
_NOTIFY_HEADERS = (
    ("Content-Type", "application/json"),
    ("Accept", "*/*"),
    ("User-Agent", "Mozilla/4.0"),
)
_NOTIFIERS = ("asked", "public_key", "platform")
_encode = msgspec.json.Encoder().encode


class WechatPay(Dialect):
    """Every answer and notification is signed, 204 included; every request is verified over its raw bytes.

    A second create of the same number answers as the first did, if nothing has changed. A notification is
    sent again 15 times in 24 h 4 m until it is answered with 200 or 204, whatever the body says.

    Source: WX-SK 接入指南 and 回调通知处理, WX-OA docs/v3, WX-JS webhook/v3, read 2026-11-22.
    """

    side: ClassVar[Literal["gateway", "operator"]] = "gateway"
    ops: ClassVar[tuple[str, ...]] = GATEWAY_OPS
    notifies: ClassVar[frozenset[str]] = frozenset({"pay", "refund"})
    ladder_ms: ClassVar[tuple[float, ...]] = tuple(s * 1_000.0 for s in _LADDER_S)
    ack_wait_ms: ClassVar[float] = 5_000.0
    codes: ClassVar[Mapping[str, words.Refusal]] = words.CODES
    unclear: ClassVar[frozenset[str]] = frozenset(
        {Condition.BUSY, Condition.MAINTENANCE, "SYSTEM_ERROR", "BANK_ERROR"}
    )
    duplicates: ClassVar[Duplicates] = "reuse"
    expires_ms: ClassVar[float] = _KEPT_MS
    hosts: ClassVar[tuple[str, ...]] = ("api.mch.weixin.qq.com", "api2.mch.weixin.qq.com")
    signs_slowly: ClassVar[bool] = True
    defaults: ClassVar[Mapping[str, str]] = {**DEFAULTS, "notify_key": "asked"}

    def __init__(self, settings: Mapping[str, str], products: Mapping[str, Product]) -> None:
        super().__init__(settings, products)
        if self.settings["notify_key"] not in _NOTIFIERS:
            raise UsageError(f"wechat_pay.notify_key: expected one of {', '.join(_NOTIFIERS)}")
        self.keys = Keyring(self.settings)
        self._reader = Reader(self.keys, self._certificates)

    def credentials(self) -> dict[str, str]:
        """Return the merchant's keys, and the platform's public ones as certificate and as key."""
        return self.keys.credentials()

    def read(self, request: Request) -> Ask | Answer:
        """Verify the raw bytes, then parse."""
        return self._reader.read(request)

    def answer(self, ask: Ask, found: Found) -> Answer:
        """Say it in JSON; a close has nothing to say."""
        if isinstance(found, Refund):
            return words.yes(views.refund_view(found, done=ask.op == "query"))
        assert isinstance(found, Trade)
        if ask.op == "create":
            return words.yes(self._links(found))
        if ask.op == "close":
            return words.done()
        if ask.ref and not found.paid_ns:
            return self.refuse(ask, Reason.NOT_FOUND)  # an id comes into the world with the payment
        return words.yes(views.transaction(found, self.keys.appid, self.keys.mchid))

    def refuse(self, ask: Ask | None, code: str) -> Answer:
        """Say no; about refunds what is missing is a resource, not an order."""
        if code == Reason.NOT_FOUND and ask and "refund" in (ask.op, ask.about):
            code = "RESOURCE_NOT_EXISTS"
        return words.no(self.codes[code])

    def seal(self, request: Request, answer: Answer) -> Answer:
        """Sign with the key that the caller asked for."""
        signer = self.keys.signer(request.headers.get("wechatpay-serial", ""))
        return msgspec.structs.replace(
            answer, headers=answer.headers + _signed(signer, answer.body)
        )

    def notify(self, notice: Notice, delivery: Delivery, notify_url: str) -> Outgoing:
        """Seal and sign afresh for each attempt, under the same id.

        A forger is taken to know the APIv3 key, which leaks more easily than the platform's private key:
        only the signature tells its notification from a real one.
        """
        refund = notice.op == "refund"
        told = self._told_refund(notice, delivery) if refund else self._told_trade(notice, delivery)
        kind = "refund" if refund else "transaction"
        state = told["refund_status" if refund else "trade_state"]
        nonce = secrets.token_hex(6)
        body = _encode(
            {
                "id": f"EV-{notice.id}",
                "create_time": views.rfc3339(notice.at_ns // 10**9),
                "resource_type": "encrypt-resource",
                "event_type": f"{kind.upper()}.{state}",
                "summary": "退款成功" if refund else "支付成功",
                "resource": {
                    "original_type": kind,
                    "algorithm": "AEAD_AES_256_GCM",
                    "ciphertext": seal(self.keys.cipher, nonce, kind, _encode(told)),
                    "associated_data": kind,
                    "nonce": nonce,
                },
            }
        )
        signer = self._notifier(notice)
        if delivery.signature is Signature.FORGED:
            signer = self.keys.forger(signer.serial)
        return Outgoing("POST", notify_url, body, _NOTIFY_HEADERS + _signed(signer, body))

    def acked(self, status: int, body: bytes) -> bool:  # noqa: ARG002 - as the real one: status decides
        """Take 200 and 204 for an acknowledgement, even if the body says FAIL."""
        return status in (200, 204)

    def number(self, kind: Literal["trade", "refund", "order"], serial: int, time_ns: int) -> str:
        """Return a transaction id (28 digits) or a refund id (29), with the day inside."""
        day = beijing.digits(time_ns)[:8]
        if kind == "refund":
            return f"5030000001{day}{serial:011d}"
        return f"4200001234{day}{serial:010d}"

    def trade_of(self, pay_url: str) -> str | None:
        """Read `weixin://wxpay/bizpayurl?pr=...`, an h5_url, or anything with `prepay_id=wx...`."""
        link = _LINK.search(pay_url)
        return views.ref_of(link[1]) if link else None

    def link(self, pay_url: str) -> Request | None:  # noqa: ARG002
        """Return None: this gateway's links are made by a create."""
        return None

    def _notifier(self, notice: Notice) -> Signer:
        """Return the key that the settings name, else the kind of key that the create asked for."""
        which = self.settings["notify_key"]
        if which == "asked":
            assert notice.trade is not None
            which = notice.trade.extra.get(ASKED_KEY, "")
        return self.keys.pair if which == "public_key" else self.keys.platform

    def _links(self, trade: Trade) -> dict[str, str]:
        token = views.token_of(trade.ref)
        way = trade.extra.get("trade_type", "NATIVE")
        if way == "NATIVE":
            return {"code_url": f"weixin://wxpay/bizpayurl?pr={token}"}
        prepay_id = f"wx{beijing.digits(trade.created_ns)}{'0' * 9}{token}"
        if way == "MWEB":
            return {"h5_url": f"{_H5}?prepay_id={prepay_id}&package={int(trade.ref[-9:])}"}
        return {"prepay_id": prepay_id}

    def _certificates(self) -> Answer:
        nonce = secrets.token_hex(6)
        certificate = self.keys.certificate
        sealed = {
            "algorithm": "AEAD_AES_256_GCM",
            "nonce": nonce,
            "associated_data": "certificate",
            "ciphertext": self.keys.sealed_certificate(nonce),
        }
        told = {
            "serial_no": self.keys.platform.serial,
            "effective_time": views.rfc3339(int(certificate.not_valid_before_utc.timestamp())),
            "expire_time": views.rfc3339(int(certificate.not_valid_after_utc.timestamp())),
            "encrypt_certificate": sealed,
        }
        return words.yes({"data": [told]})

    def _told_trade(self, notice: Notice, delivery: Delivery) -> dict[str, object]:
        """Return what a payment notification says: a query's object, with the facts as rewritten."""
        trade, fields = notice.trade, delivery.fields
        assert trade is not None
        state = str(fields["state"])
        ref, amount_fen = str(fields["ref"]), int(fields["amount_fen"])
        return {
            "appid": fields.get("appid", self.keys.appid),
            "mchid": fields.get("mchid", self.keys.mchid),
            "out_trade_no": fields["order_no"],
            "trade_type": trade.extra.get("trade_type", "NATIVE"),
            "trade_state": views.STATES.get(state, state),
            "trade_state_desc": views.STATE_WORDS["SUCCESS"],
            "attach": trade.attach,
            **views.paid(trade, ref, trade.paid_ns or notice.at_ns, amount_fen),
        }

    def _told_refund(self, notice: Notice, delivery: Delivery) -> dict[str, object]:
        """Return what a refund notification says; it calls `refund_status` what a query calls `status`."""
        refund, fields = notice.refund, delivery.fields
        assert refund is not None
        state, amount_fen = str(fields["state"]), int(fields["amount_fen"])
        captured_fen = refund.trade.captured_fen
        return {
            "mchid": fields.get("mchid", self.keys.mchid),
            "transaction_id": fields["ref"],
            "out_trade_no": fields["order_no"],
            "refund_id": fields["refund_ref"],
            "out_refund_no": fields["refund_no"],
            "refund_status": views.REFUND_STATES.get(state, state),
            "success_time": views.rfc3339((refund.done_ns or notice.at_ns) // 10**9),
            "user_received_account": "支付用户零钱",
            "amount": {
                "total": captured_fen,
                "refund": amount_fen,
                "payer_total": captured_fen,
                "payer_refund": amount_fen,
            },
        }


def _signed(signer: Signer, body: bytes) -> tuple[tuple[str, str], ...]:
    return signed_headers(signer, str(now_ns() // 10**9), secrets.token_hex(16), body)
