"""微信支付 V2: XML, MD5 or HMAC-SHA256 over sorted fields; still what many sites run on."""

import gzip
import re
import secrets
from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal

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
from mock_upstreams.gateways import _wechat_bills as bills
from mock_upstreams.gateways import _wechat_v2_views as views
from mock_upstreams.gateways import _wechat_v2_xml as paper
from mock_upstreams.gateways._wechat_bill_desk import DEFAULTS as BILL_DEFAULTS
from mock_upstreams.gateways._wechat_bill_desk import at_once, merchant
from mock_upstreams.gateways._wechat_settings import LINKS, link_ms, one_of
from mock_upstreams.gateways._wechat_v2_reader import SIGN_TYPE, No, Reader
from mock_upstreams.gateways._wechat_v2_words import CODES, Refusal
from mock_upstreams.gateways._wechat_views import ref_of, token_of
from mock_upstreams.records import Product, Reason, Refund, Trade

_XML = "text/xml; charset=utf-8"
_LADDER_S = (15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10800, 10800, 10800, 21600, 21600)
_KEPT_MS = 7 * 86_400_000.0
_TRADES = "4200005678"
# A `z` tells this gateway's links from those of v3, which have the same form.
_LINK = re.compile(r"(?:bizpayurl\?pr=|prepay_id=wx\d{14}0{8})z([0-9A-Za-z]{11})(?![0-9A-Za-z])")
_H5 = "https://wx.tenpay.com/cgi-bin/mmpayweb-bin/checkmweb"
_ACKS = ("xml", "success")
_NOTIFY_HEADERS = (("Content-Type", "text/xml"), ("Accept", "*/*"), ("User-Agent", "Mozilla/4.0"))


class WechatPayV2(Dialect):
    """Every answer that got past the door is signed as its request was; the notification of a refund is sealed instead.

    A second create of the same number answers as the first did, if nothing has changed. The ladder is that of v3; what
    stops it is XML whose return_code is SUCCESS. Sites that answer a bare `success`, as dujiaoka does, are told again,
    unless the setting `ack` is `success`: which of the two the real one does is unconfirmed.

    Its real host names are those of v3, too: behind the doors the path tells which is meant.

    Source: wechatpy 1.8.18 `pay/` and `crypto/`, dujiaoka `WepayController` (SDK, DJK), read 2026-11-22.
    Unconfirmed, from memory: the form of the acknowledgement, every code and sentence of a refusal, and which refusals
    are signed.
    """

    endpoints: ClassVar[tuple[str, ...]] = (
        "/pay/unifiedorder",
        "/pay/orderquery",
        "/pay/closeorder",
        "/secapi/pay/refund",
        "/pay/refundquery",
        "/pay/downloadbill",
        "/pay/downloadfundflow",
    )
    hosts: ClassVar[tuple[str, ...]] = ("api.mch.weixin.qq.com", "api2.mch.weixin.qq.com")
    side: ClassVar[Literal["gateway", "operator"]] = "gateway"
    ops: ClassVar[tuple[str, ...]] = GATEWAY_OPS
    notifies: ClassVar[frozenset[str]] = frozenset({"pay", "refund"})
    ladder_ms: ClassVar[tuple[float, ...]] = tuple(s * 1_000.0 for s in _LADDER_S)
    secrets: ClassVar[tuple[str, ...]] = ("key",)
    codes: ClassVar[Mapping[str, Refusal]] = CODES
    unclear: ClassVar[frozenset[str]] = frozenset(
        {Condition.BUSY, Condition.MAINTENANCE, "SYSTEMERROR", "BIZERR_NEED_RETRY"}
    )
    seals: ClassVar[bool] = True
    duplicates: ClassVar[Duplicates] = "reuse"
    expires_ms: ClassVar[float] = _KEPT_MS
    defaults: ClassVar[Mapping[str, str]] = {
        **BILL_DEFAULTS,
        "appid": "wx0000000000000001",
        "mch_id": "1900000001",
        "key": "",
        "ack": "xml",
        "links": LINKS[0],
    }

    def __init__(self, settings: Mapping[str, str], products: Mapping[str, Product]) -> None:
        super().__init__(settings, products)
        if self.settings["ack"] not in _ACKS:
            raise UsageError(f"wechat_pay_v2.ack: expected one of {', '.join(_ACKS)}")
        one_of(self.settings, "links", LINKS)
        self._appid, self._mch_id = self.settings["appid"], self.settings["mch_id"]
        self._key = self.settings["key"] or secrets.token_hex(16)
        self._wrong_key = secrets.token_hex(16)
        self._merchant = merchant(self.settings, self._appid, self._mch_id)
        once = at_once(self.settings)
        self._reader = Reader(self._appid, self._mch_id, self._key, bills_at_once=once)

    def credentials(self) -> dict[str, str]:
        """Return appid, mch_id and the API key."""
        return {"appid": self._appid, "mch_id": self._mch_id, "key": self._key}

    def read(self, request: Request) -> Ask | Answer:
        """Parse, then verify: the signature is over the fields."""
        asked = self._reader.read(request)
        return self._no(*asked) if isinstance(asked, No) else asked

    # Answering.

    def answer(self, ask: Ask, found: Found) -> Answer:
        """Say it in XML; a bill is a text."""
        if isinstance(found, Refund):
            if ask.op == "query":
                return self._yes(ask, views.refunds_view(found.trade, [found]))
            return self._yes(ask, views.refund_view(found))
        if isinstance(found, Sequence):
            return self._bill(ask, found)
        assert isinstance(found, Trade)
        if ask.op == "create":
            return self._yes(ask, self._links(found))
        if ask.op == "close":
            return self._yes(ask, {"result_msg": "OK"})
        if "refunds" not in ask.extra:
            return self._yes(ask, views.trade_view(found))
        refunds = list(found.refunds.values())
        if not refunds:
            return self.refuse(ask, "REFUNDNOTEXIST")
        return self._yes(ask, views.refunds_view(found, refunds))

    def link_ms(self, trade: Trade) -> float:
        """Return how long the link that was handed out last is good for."""
        return link_ms(self.settings, trade.extra.get("trade_type", ""))

    def hides(self, ask: Ask, trade: Trade) -> bool:
        """Say that a transaction id comes into the world with the payment."""
        return ask.op in {"query", "refund"} and bool(ask.ref) and not trade.paid_ns

    def refuse(self, ask: Ask | None, code: str) -> Answer:
        """Say no; what a refund query does not find is a refund."""
        if code == Reason.NOT_FOUND and ask and (ask.about == "refund" or "refunds" in ask.extra):
            code = "REFUNDNOTEXIST"
        sign_type = ask.extra.get(SIGN_TYPE, paper.MD5) if ask else paper.MD5
        return self._no(self.codes[code], sign_type)

    def seal(self, request: Request, answer: Answer) -> Answer:  # noqa: ARG002
        """Leave it as it is, signed already, unless it shall be signed wrong."""
        if answer.signature is Signature.VALID or answer.content_type != _XML:
            return answer
        try:
            fields = paper.read(answer.body)
        except paper.NotXmlError:
            return answer  # a strike has cut it: nothing is left to sign
        fields["sign"] = paper.sign(fields, self._wrong_key)
        return Answer(paper.write(fields), answer.status, _XML, answer.headers)

    def _yes(self, ask: Ask, said: Mapping[str, str]) -> Answer:
        return self._signed({"result_code": "SUCCESS", **said}, ask.extra.get(SIGN_TYPE, paper.MD5))

    def _no(self, refusal: Refusal, sign_type: str) -> Answer:
        if refusal.at == "desk":
            said = {"err_code": refusal.code, "err_code_des": refusal.message}
            return self._signed({"result_code": "FAIL", **said}, sign_type)
        fields = {"return_code": "FAIL", "return_msg": refusal.message}
        if refusal.code.isdigit():
            fields["error_code"] = refusal.code
        return Answer(paper.write(fields), refusal.status, _XML)

    def _signed(self, said: Mapping[str, str], sign_type: str) -> Answer:
        fields = self._filled({"return_code": "SUCCESS", "return_msg": "OK", **said})
        fields["sign"] = paper.sign(fields, self._key, sign_type)
        return Answer(paper.write(fields), 200, _XML)

    def _filled(self, said: Mapping[str, str]) -> dict[str, str]:
        """Add who speaks, and leave out what has no value."""
        who = {"appid": self._appid, "mch_id": self._mch_id, "nonce_str": secrets.token_hex(16)}
        return {name: value for name, value in {**who, **said}.items() if value}

    def _links(self, trade: Trade) -> dict[str, str]:
        token = token_of(trade.ref)
        way = trade.extra.get("trade_type", "NATIVE")
        prepay_id = f"wx{beijing.digits(trade.created_ns)}{'0' * 8}z{token}"
        links = {"trade_type": way, "prepay_id": prepay_id}
        if way == "NATIVE":
            links["code_url"] = f"weixin://wxpay/bizpayurl?pr=z{token}"
        elif way == "MWEB":
            links["mweb_url"] = f"{_H5}?prepay_id={prepay_id}&package={int(trade.ref[-9:])}"
        return links

    def _bill(self, ask: Ask, found: Sequence[object]) -> Answer:
        kind, body = ask.extra["kind"], None
        if "begin_ns" not in ask.extra:
            listed = bills.of_kind(found, kind)
            body = bills.trade_bill(listed, kind, self._merchant) if listed else None
        elif kind == "Basic":  # nothing here ever moves the other two accounts
            moved = bills.of_kind(found, "ALL")
            body = bills.fund_bill(moved, int(ask.extra["begin_ns"]), self._merchant)
        if body is None:
            return self.refuse(ask, "20002")
        if ask.extra["gzip"]:
            return Answer(gzip.compress(body, mtime=0), 200, "application/x-gzip")
        return Answer(body, 200, "text/plain; charset=utf-8")

    # Notifying.

    def notify(self, notice: Notice, delivery: Delivery, notify_url: str) -> Outgoing:
        """Tell of a payment, signed, or of a refund, sealed; a stranger has another key for either."""
        trade, facts = notice.trade, delivery.fields
        assert trade is not None
        key = self._wrong_key if delivery.signature is Signature.FORGED else self._key
        if notice.refund is not None:
            told = views.refund_told(notice.refund, facts, notice.at_ns)
            req_info = paper.sealed(paper.write(told, "root"), key)
            fields = {"return_code": "SUCCESS", **self._filled({"req_info": req_info})}
        else:
            fields = self._told(trade, facts, notice.at_ns)
            fields["sign"] = paper.sign(fields, key, trade.extra.get(SIGN_TYPE, paper.MD5))
        return Outgoing("POST", notify_url, paper.write(fields), _NOTIFY_HEADERS)

    def _told(self, trade: Trade, facts: Mapping[str, str | int], at_ns: int) -> dict[str, str]:
        done = facts["state"] == "paid"
        return self._filled(
            {
                "return_code": "SUCCESS",
                "result_code": "SUCCESS" if done else "FAIL",
                "err_code": "" if done else str(facts["state"]).upper(),
                "device_info": trade.extra.get("device_info", ""),
                **views.paid(trade, str(facts["ref"]), int(facts["amount_fen"]), at_ns),
                "out_trade_no": str(facts["order_no"]),
                "attach": trade.attach,
                "mch_id": str(facts.get("mchid", self._mch_id)),
                "appid": str(facts.get("appid", self._appid)),
            }
        )

    def acked(self, status: int, body: bytes) -> bool:
        """Take XML whose return_code is SUCCESS; a bare `success` only if the settings say so."""
        if status != 200:
            return False
        try:
            return paper.read(body).get("return_code", "").strip() == "SUCCESS"
        except paper.NotXmlError:
            return self.settings["ack"] == "success" and body.strip().lower() == b"success"

    # Numbers and links.

    def number(self, kind: Literal["trade", "refund", "order"], serial: int, time_ns: int) -> str:
        """Return a transaction id (28 digits) or a refund id (29), with the day inside."""
        day = beijing.digits(time_ns)[:8]
        return (
            f"5030000002{day}{serial:011d}" if kind == "refund" else f"{_TRADES}{day}{serial:010d}"
        )

    def trade_of(self, pay_url: str) -> str | None:
        """Read `weixin://wxpay/bizpayurl?pr=z...`, a mweb_url, or anything with `prepay_id=wx...`."""
        link = _LINK.search(pay_url)
        return ref_of(link[1], _TRADES) if link else None

    def link(self, pay_url: str) -> Request | None:  # noqa: ARG002
        """Return None: this gateway's links are made by a create."""
        return None
