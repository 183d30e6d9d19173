"""微信支付 v3: JSON, RSA both ways, sealed notifications."""

import re
import secrets
from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal, cast
from urllib.parse import parse_qs

import msgspec

from harness.core.chance import chance
from harness.core.clock import now_ns
from harness.core.delivery import Delivery, Signature
from harness.faults.status import Condition
from mock_upstreams import beijing
from mock_upstreams.complaints import Complaint, Inbox
from mock_upstreams.dialect import (
    COMPLAINT_OPS,
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
from mock_upstreams.gateways import _wechat_complaints as complaints
from mock_upstreams.gateways import _wechat_views as views
from mock_upstreams.gateways import _wechat_words as words
from mock_upstreams.gateways._wechat_bill_desk import DEFAULTS as BILL_DEFAULTS
from mock_upstreams.gateways._wechat_bill_desk import DOWNLOAD, BillDesk, merchant
from mock_upstreams.gateways._wechat_complaints import ComplaintWindow
from mock_upstreams.gateways._wechat_crypto import (
    DEFAULTS,
    Keyring,
    Signer,
    signed_headers,
)
from mock_upstreams.gateways._wechat_reader import ASKED_KEY, Reader
from mock_upstreams.gateways._wechat_settings import (
    LINKS,
    NOTIFIERS,
    link_ms,
    one_of,
    share,
)
from mock_upstreams.records import Product, Reason, Refund, Trade
from mock_upstreams.refund_rules import RefundRules
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
_REFUND_SUMMARIES = {"SUCCESS": "退款成功", "ABNORMAL": "退款异常", "CLOSED": "退款关闭"}
_encode = msgspec.json.Encoder().encode


class WechatPay(Dialect):
    """Every answer and notification is signed, 204 included; every request is verified over its raw bytes.

    A second create of the same number answers as the first did, if nothing has changed. A notification is
    sent again 15 times in 24 h 4 m until it is answered with 200 or 204, whatever the body says. A trade is refunded at
    most 50 times, a minute apart, within a year; after a 429 nobody knows, and the refund's number is asked for.

    Source: WX-SK 接入指南 and 回调通知处理, WX-OA docs/v3, WX-JS webhook/v3, WX-GO services/refunddomestic, read
    2026-11-22. Unconfirmed: the HTTP status of ORDER_PAID, that refusals are signed, how long two certificates are
    listed, the codes of a refund that comes too soon, too often or too late, the body of a 202, and of complaints the
    words of their histories and which state an answer without a refund leads to.
    """

    endpoints: ClassVar[tuple[str, ...]] = words.ENDPOINTS
    side: ClassVar[Literal["gateway", "operator"]] = "gateway"
    ops: ClassVar[tuple[str, ...]] = (*GATEWAY_OPS, *COMPLAINT_OPS)
    notifies: ClassVar[frozenset[str]] = frozenset({"pay", "refund", "complain"})
    ladder_ms: ClassVar[tuple[float, ...]] = tuple(s * 1_000.0 for s in _LADDER_S)
    ack_wait_ms: ClassVar[float] = 5_000.0
    own_keys: ClassVar[tuple[str, ...]] = ("platform_private_key", "platform_certificate")
    codes: ClassVar[Mapping[str, words.Refusal]] = words.CODES
    unclear: ClassVar[frozenset[str]] = frozenset(
        {Condition.BUSY, Condition.MAINTENANCE, "ACCEPTED", "SYSTEM_ERROR", "BANK_ERROR"}
    )
    unclear_refunds: ClassVar[frozenset[str]] = frozenset(
        {Condition.RATE_LIMITED, Reason.REFUND_TOO_SOON, "FREQUENCY_LIMITED", "RATELIMIT_EXCEEDED"}
    )
    refund_rules: ClassVar[RefundRules] = RefundRules(
        most=50, apart_ms=60_000.0, within_ms=365 * 86_400_000.0
    )
    duplicates: ClassVar[Duplicates] = "reuse"
    expires_ms: ClassVar[float] = _KEPT_MS
    hosts: ClassVar[tuple[str, ...]] = ("api.mch.weixin.qq.com", "api2.mch.weixin.qq.com")
    signs_slowly: ClassVar[bool] = True
    seals: ClassVar[bool] = True
    probes: ClassVar[bool] = True
    defaults: ClassVar[Mapping[str, str]] = {
        **DEFAULTS,
        **BILL_DEFAULTS,
        "notify_key": "asked",
        "notify_url_check": "off",
        "complaint_url": "",
        "abnormal_refunds": "0%",
        "spelling": "v3",
        "links": LINKS[0],
    }
    """`notify_key`: whose key signs notifications, that of the kind which the create asked for, the public key, the
    certificate's, or the public key for a share of the orders (`20%`), as in the weeks of a migration. `complaint_url`
    is where complaints are told unless the platform says otherwise. `abnormal_refunds` is the share that does not
    reach the customer. `spelling`: v2 for ORDERPAID instead of ORDER_PAID. `links`: whether pay links expire, or stay.
    """

    def __init__(self, settings: Mapping[str, str], products: Mapping[str, Product]) -> None:
        super().__init__(settings, products)
        said = self.settings
        if said["certificates"] == "no":
            said["notify_key"] = "public_key"
        one_of(said, "notify_url_check", ("off", "on"))
        one_of(said, "spelling", ("v3", "v2"))
        one_of(said, "links", LINKS)
        self._abnormal = share(said, "abnormal_refunds")
        self._migrated = None if said["notify_key"] in NOTIFIERS else share(said, "notify_key")
        self.keys = Keyring(said)
        self._bills = BillDesk(said, merchant(said, self.keys.appid, self.keys.mchid))
        self._complaints = ComplaintWindow(self.keys)
        self._reader = Reader(
            self.keys,
            self._certificates,
            self._bills,
            self._complaints,
            hosts=self.hosts,
            strict_urls=said["notify_url_check"] == "on",
        )

    def credentials(self) -> dict[str, str]:
        """Return the merchant's keys, and the platform's public ones as certificate and as key."""
        return self.keys.credentials()

    def read(self, request: Request) -> Ask | Answer:
        """Verify the raw bytes, then parse."""
        self._reader.base_url = self.base_url
        return self._reader.read(request)

    def answer(self, ask: Ask, found: Found) -> Answer:
        """Say it in JSON; a close has nothing to say."""
        if isinstance(found, Refund):
            return words.yes(views.refund_view(found, done=ask.op == "query"))
        if isinstance(found, (Complaint, Inbox)) or ask.op == "complaint":
            assert isinstance(found, (Complaint, Inbox, Sequence))
            return self._complaints.answer(ask, found)
        if isinstance(found, Sequence):
            return self._bills.answer(ask, found)
        assert isinstance(found, Trade)
        if ask.op == "create":
            return words.yes(self._links(found))
        if ask.op == "close":
            return words.done()
        return words.yes(views.transaction(found, self.keys.appid, self.keys.mchid))

    def link_ms(self, trade: Trade) -> float:
        """Return how long the link that was handed out last is good for."""
        return link_ms(self.settings, trade.extra.get("trade_type", ""))

    def hides(self, ask: Ask, trade: Trade) -> bool:
        """Say that a transaction id comes into the world with the payment."""
        return ask.op in {"query", "refund"} and bool(ask.ref) and not trade.paid_ns

    def refuse(self, ask: Ask | None, code: str) -> Answer:
        """Say no; about refunds and complaints what is missing is a resource, not an order."""
        refusal = self.codes[code]
        if ask and ask.op == "complaint":
            refusal = words.OF_COMPLAINTS.get(code, refusal)
        elif code == Reason.NOT_FOUND and ask and "refund" in (ask.op, ask.about):
            refusal = self.codes["RESOURCE_NOT_EXISTS"]
        return words.no(
            words.spelled_as_v2(refusal) if self.settings["spelling"] == "v2" else refusal
        )

    def seal(self, request: Request, answer: Answer) -> Answer:
        """Sign with the key that the caller asked for; a bill file is not signed.

        Source: WX-SK 接入指南, 微信支付公钥, and WX-OA docs/v3/bill, read 2026-11-22.
        """
        if request.path == DOWNLOAD and answer.status == 200:
            return answer
        signer = self.keys.signer(request.headers.get("wechatpay-serial", ""))
        signed = self._signed(signer, answer.body, answer.signature)
        return msgspec.structs.replace(answer, headers=answer.headers + signed)

    def notify(self, notice: Notice, delivery: Delivery, notify_url: str) -> Outgoing:
        """Seal and sign afresh for each attempt, under the same id.

        A forger is taken to know the APIv3 key, which leaks more easily than the platform's private key:
        only the signature tells its notification from a real one.
        """
        told, kind, event, summary = self._event(notice, delivery)
        nonce = secrets.token_hex(6)
        body = _encode(
            {
                "id": f"EV-{notice.id}",
                "create_time": views.rfc3339(notice.at_ns // 10**9),
                "resource_type": "encrypt-resource",
                "event_type": event,
                "summary": summary,
                "resource": {
                    "original_type": kind,
                    "algorithm": "AEAD_AES_256_GCM",
                    "ciphertext": seal(self.keys.cipher, nonce, kind, _encode(told)),
                    "associated_data": kind,
                    "nonce": nonce,
                },
            }
        )
        signed = self._signed(self._notifier(notice), body, delivery.signature)
        return Outgoing("POST", notify_url, body, _NOTIFY_HEADERS + signed)

    def _event(self, notice: Notice, delivery: Delivery) -> tuple[dict[str, object], str, str, str]:
        """Return what is told, its kind, and event_type and summary around it."""
        if notice.op == "complain":
            event, summary = complaints.event_of(str(delivery.fields["act"]))
            return complaints.told(delivery.fields), "complaint", event, summary
        if notice.op == "refund":
            told = views.refund_told(notice, delivery.fields, self.keys.mchid)
            state = str(told["refund_status"])
            summary = _REFUND_SUMMARIES.get(state, "退款状态变化")
            return told, "refund", f"REFUND.{state}", summary
        told = self._told_trade(notice, delivery)
        return told, "transaction", f"TRANSACTION.{told['trade_state']}", "支付成功"

    def ladder(self, op: str) -> tuple[float, ...]:
        """Return the ladder of payments and refunds, or the week-long one of complaints."""
        return complaints.LADDER_MS if op == "complain" else self.ladder_ms

    def notify_url(self, notice: Notice) -> str:
        """Return where a notification goes; a complaint's goes where the settings say if the platform did not."""
        if notice.complaint is not None:
            return notice.inbox or self.settings["complaint_url"]
        return super().notify_url(notice)

    def strands(self, refund: Refund) -> bool:
        """Let the share of refunds that the settings name end as ABNORMAL."""
        return chance(0, "abnormal_refunds", refund.refund_no) < self._abnormal

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

    def lasting(self, asked: Request | Notice) -> bool:
        """Say whether the public key signs: what changes are certificates."""
        if isinstance(asked, Notice):
            return self._by_public_key(asked)
        return self.keys.by_public_key(asked.headers.get("wechatpay-serial", ""))

    def _notifier(self, notice: Notice) -> Signer:
        if self._by_public_key(notice):
            return self.keys.pair
        return self.keys.platform.signer

    def _by_public_key(self, notice: Notice) -> bool:
        """Say whether the settings name the public key, or else the create asked for it."""
        which = self.settings["notify_key"]
        assert notice.trade is not None
        if self._migrated is not None:
            return chance(0, "notify_key", notice.trade.order_no) < self._migrated
        if which == "asked":
            which = notice.trade.extra.get(ASKED_KEY, "")
        return which == "public_key"

    def _signed(
        self, signer: Signer, body: bytes, signature: Signature
    ) -> tuple[tuple[str, str], ...]:
        if signature is Signature.FORGED:
            signer = self.keys.forger(signer.serial)
        stamp, nonce = str(now_ns() // 10**9), secrets.token_hex(16)
        probe = signature is Signature.PROBE
        return signed_headers(signer, stamp, nonce, body, probe=probe)

    def _links(self, trade: Trade) -> dict[str, str]:
        token = views.token_of(trade.ref)
        way = trade.extra.get("trade_type", "NATIVE")
        if way == "NATIVE":
            return {"code_url": f"weixin://wxpay/bizpayurl?pr={token}"}
        prepay_id = f"wx{beijing.digits(trade.created_ns)}{'0' * 9}{token}"
        if way == "MWEB":
            return {"h5_url": f"{_H5}?prepay_id={prepay_id}&package={int(trade.ref[-9:])}"}
        return {"prepay_id": prepay_id}

    def _certificates(self, request: Request) -> Answer:
        """List the certificates; those of another algorithm than RSA do not exist here."""
        if not self.keys.certified:
            return words.no(words.NO_CERTIFICATE)
        if parse_qs(request.query).get("algorithm_type", ["RSA"])[-1] not in {"RSA", "ALL"}:
            return words.no(words.CODES["RESOURCE_NOT_EXISTS"])
        listed = [self.keys.platform]
        if self.rotating():
            listed.append(cast("WechatPay", self.successor).keys.platform)
        return words.yes(
            {"data": [views.certificate(platform, self.keys.cipher) for platform in listed]}
        )

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
