"""支付宝: forms signed with RSA2, answers signed as they stand, notified by POST until `success`."""

import secrets
from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal

import msgspec

from harness.core.clock import now_ns
from harness.core.delivery import Delivery, Signature
from harness.core.errors import UsageError
from mock_upstreams import beijing, form
from mock_upstreams.dialect import (
    FORM,
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
from mock_upstreams.gateways import _alipay_bill as bill
from mock_upstreams.gateways import _alipay_pages as pages
from mock_upstreams.gateways import _alipay_says as says
from mock_upstreams.gateways import _alipay_v3 as v3
from mock_upstreams.gateways import _alipay_views as views
from mock_upstreams.gateways import _alipay_words as words
from mock_upstreams.gateways._alipay_keys import DEFAULTS, Keyring
from mock_upstreams.gateways._alipay_reader import PAGES, Reader, charset_of, signed_text
from mock_upstreams.records import Product, Refund, Trade
from mock_upstreams.refund_rules import RefundRules

_GATEWAY = "/gateway.do"
_DOWNLOAD = "/downloadBillFile.resource"
_LADDER_MIN = (4, 10, 10, 60, 120, 360, 900)
_CHOICES = {
    "unscanned": ("not_exist", "wait"),
    "closed_notify": ("wap", "always"),
    "bill_ready": ("next_day", "at_once"),
}
_WRONG_LINK = "下载超时,请重新下载"
_NOTIFY_HEADERS = (("Content-Type", f"{FORM}; charset=utf-8"),)


class Alipay(Dialect):
    """One door, gateway.do, for every method; always 200, the result in the signed inner object.

    The REST form of the same calls (v3) is read in `_alipay_v3.py`, where its sources are. A second create of the same
    number and amount gives the same trade, with another amount it is refused. A refund's number counts within its
    trade. A notification is sent again 7 times in 24 h 24 m until the answer is exactly `success`. Settings:
    `unscanned`, whether a precreated trade that nobody has paid does not exist or waits; `closed_notify`, whether a
    close, a full refund and an end are notified of wap and app trades alone or always; `bill_ready`, whether a bill is
    there on the next day or at once. By the term `finishes_ms` a paid trade becomes TRADE_FINISHED, which is told by a
    notification with an id of its own, and is refunded no more.

    Source: ALI-DOC, ALI-GO, SDK:alipay-sdk-python, SDK:python-alipay-sdk, BILL, read 2026-11-22. Unconfirmed:
    that an unscanned trade does not exist, which facts but the amount make a repeated create another one, what a refund
    within 3 s of another one is answered, and the last four lines of a bill.
    """

    endpoints: ClassVar[tuple[str, ...]] = (
        "/gateway.do alipay.trade.precreate",
        "alipay.trade.page.pay",
        "alipay.trade.wap.pay",
        "alipay.trade.app.pay",
        "alipay.trade.create",
        "alipay.trade.query",
        "alipay.trade.close",
        "alipay.trade.cancel",
        "alipay.trade.refund",
        "alipay.trade.fastpay.refund.query",
        "alipay.data.dataservice.bill.downloadurl.query",
        "alipay.open.app.alipaycert.download",
        "/v3/alipay/trade/{precreate,create,query,close,cancel,refund,fastpay/refund/query}",
        "/v3/alipay/data/dataservice/bill/downloadurl/query",
    )
    side: ClassVar[Literal["gateway", "operator"]] = "gateway"
    ops: ClassVar[tuple[str, ...]] = GATEWAY_OPS
    notifies: ClassVar[frozenset[str]] = frozenset({"pay", "close", "refund"})
    ladder_ms: ClassVar[tuple[float, ...]] = tuple(m * 60_000.0 for m in _LADDER_MIN)
    own_keys: ClassVar[tuple[str, ...]] = ("alipay_private_key",)
    codes: ClassVar[Mapping[str, words.Refusal]] = words.CODES
    unclear: ClassVar[frozenset[str]] = words.UNCLEAR
    seals: ClassVar[bool] = True
    duplicates: ClassVar[Duplicates] = "reuse"
    finishes: ClassVar[bool] = True
    refund_rules: ClassVar[RefundRules] = RefundRules(apart_ms=3_000.0)
    refund_scope: ClassVar[Literal["merchant", "trade"]] = "trade"
    expires_ms: ClassVar[float] = 15 * 86_400_000.0
    hosts: ClassVar[tuple[str, ...]] = (
        "openapi.alipay.com",
        "openapi-sandbox.dl.alipaydev.com",
        "openapi.alipaydev.com",
        "dwbillcenter.alipay.com",
    )
    signs_slowly: ClassVar[bool] = True
    defaults: ClassVar[Mapping[str, str]] = {
        **DEFAULTS,
        **{name: choices[0] for name, choices in _CHOICES.items()},
    }

    def __init__(self, settings: Mapping[str, str], products: Mapping[str, Product]) -> None:
        super().__init__(settings, products)
        for name, choices in _CHOICES.items():
            if self.settings[name] not in choices:
                raise UsageError(f"alipay.{name}: expected one of {', '.join(choices)}")
        self.keys = Keyring(self.settings)
        self._reader = Reader(self.keys)
        self._rest = v3.RestReader(self.keys)
        self._secret = secrets.token_hex(16)

    def credentials(self) -> dict[str, str]:
        """Return the merchant's numbers, its private key, Alipay's public key, and all as certificates."""
        return self.keys.credentials()

    # Reading.

    def read(self, request: Request) -> Ask | Answer:
        """Read a call, the cashier's page, or the download of a bill."""
        path = request.path
        if path == _GATEWAY and request.method in {"GET", "POST"}:
            return self._reader.read(request)
        if path.startswith(v3.PREFIX):
            return self._rest.read(request)
        if path.startswith(pages.CASHIER) and views.ref_of(path.removeprefix(pages.CASHIER)):
            ref = path.removeprefix(pages.CASHIER)
            return Ask(op="query", ref=ref, extra={"method": pages.CASHIER})
        if path == _DOWNLOAD:
            return self._download(form.read(request.query))
        return Answer(b"Not Found\n", 404, HTML)

    def _download(self, fields: Mapping[str, str]) -> Ask | Answer:
        date, kind, stamp_ms = (fields.get(n, "") for n in ("bizDates", "bizType", "timestamp"))
        fits = bill.token(self._secret, date, kind, stamp_ms) == fields.get("token")
        if not fits or now_ns() // 10**6 - int(stamp_ms) > bill.KEPT_S * 1000:
            return Answer(_WRONG_LINK.encode(), 200, HTML)
        span = bill.span_of(date)
        assert span is not None  # the link was made for it
        extra = {"method": _DOWNLOAD, "date": date}
        return Ask(op="query", about="bill", between_ns=span, extra=extra)

    def hides(self, ask: Ask, trade: Trade) -> bool:
        """Hide a precreated trade that nobody has scanned from everybody but its payer and a cancel.

        Whose bank has taken the money has scanned it, though it is not cleared yet.
        """
        scanned = trade.state == "paid" or trade.captured_fen > 0
        if ask.undo or ask.op not in {"query", "close", "refund"} or scanned:
            return False
        unscanned = trade.extra.get("method") == "alipay.trade.precreate"
        return unscanned and self.settings["unscanned"] == "not_exist"

    # Answering.

    def answer(self, ask: Ask, found: Found) -> Answer:
        """Say it in the inner object of the method, or show a page."""
        method = ask.extra.get("method", "")
        if ask.about == "bill":
            assert isinstance(found, Sequence)
            return self._bill(ask, [row for row in found if isinstance(row, (Trade, Refund))])
        assert isinstance(found, (Trade, Refund))
        if ask.about == "refund":
            return says.yes(ask, views.refund_found(found))
        if isinstance(found, Refund):
            if ask.undo:
                return says.yes(ask, views.cancelled(found.trade))
            return says.yes(ask, views.refunded(found, repeated=ask.repeated))
        if ask.op == "create":
            return self._created(ask, found)
        if method == pages.CASHIER:
            return self._cashier(found)
        if ask.op == "query":
            return says.yes(ask, views.queried(found))
        return says.yes(ask, views.cancelled(found) if ask.undo else views.numbers(found))

    def _created(self, ask: Ask, trade: Trade) -> Answer:
        method = ask.extra.get("method", "")
        if method in PAGES:
            return pages.cashier(trade)
        told: dict[str, object] = {"out_trade_no": trade.order_no}
        if method == "alipay.trade.create":
            return says.yes(ask, told | {"trade_no": trade.ref})
        return says.yes(ask, told | {"qr_code": views.qr_code(trade.ref)})

    def _cashier(self, trade: Trade) -> Answer:
        place = self.back(trade) if trade.paid_ns else ""
        # Signed here and not in `seal`: a page for one person may cost the loop half a millisecond.
        return pages.back(place) if place else pages.cashier(trade)

    def back(self, trade: Trade, *, forged: bool = False) -> str:
        """Return where a browser is sent once it has paid, signed: it says no state (returning.py)."""
        url = trade.extra.get("return_url", "")
        if not url:
            return ""
        told = {
            "method": f"{trade.extra['method']}.return",
            "app_id": self.keys.app_id,
            "auth_app_id": self.keys.app_id,
            "charset": "utf-8",
            "version": "1.0",
            "sign_type": "RSA2",
            "timestamp": beijing.text(now_ns()),
            "trade_no": trade.ref,
            "out_trade_no": trade.order_no,
            "total_amount": views.queried(trade)["total_amount"],
            "seller_id": self.keys.seller_id,
        }
        fields = {name: str(value) for name, value in told.items()}
        return pages.back_url(url, fields | {"sign": self._signature(fields, forged=forged)})

    def _bill(self, ask: Ask, moved: Sequence[bill.Moved]) -> Answer:
        date = ask.extra["date"]
        if ask.extra["method"] == _DOWNLOAD:
            packed = bill.packed(self.keys.seller_id, date, moved, now_ns())
            return Answer(packed, 200, "application/zip")
        at_once = self.settings["bill_ready"] == "at_once"
        if not at_once and ask.between_ns[1] > now_ns():
            wrong = self.codes["isv.invalid-parameter"]._replace(sub_msg="参数不合法")
            return says.no(ask, wrong)
        if not at_once and not bill.ready(bill.Span(*ask.between_ns), now_ns()):
            return self.refuse(ask, "isp.bill_not_exist")
        stamp_ms = str(now_ns() // 10**6)
        link = {
            "bizType": ask.extra["kind"],
            "userId": f"{self.keys.seller_id}0156",
            "fileType": "csv.zip",
            "bizDates": date,
            "downloadFileName": f"{self.keys.seller_id}_{date.replace('-', '')}.csv.zip",
            "timestamp": stamp_ms,
            "token": bill.token(self._secret, date, ask.extra["kind"], stamp_ms),
        }
        url = f"{self.base_url}{_DOWNLOAD}?{form.write(link)}"
        return says.yes(ask, {"bill_download_url": url})

    def refuse(self, ask: Ask | None, code: str) -> Answer:
        """Say no, to a browser as a page."""
        said = self.codes[code]
        method = ask.extra.get("method", "") if ask else ""
        if method in PAGES or method in {pages.CASHIER, _DOWNLOAD}:
            return pages.refusal(said)
        return says.refused(ask, code) if ask is not None else words.no("", said)

    def seal(self, request: Request, answer: Answer) -> Answer:
        """Sign the inner object exactly as it stands, and put the signature right behind it."""
        forged = answer.signature is Signature.FORGED
        if request.path.startswith(v3.PREFIX):
            return v3.seal(self.keys, request, answer, forged=forged)
        inner = words.inner_of(answer.body)
        if inner is None:
            return answer
        codec = charset_of(request)
        body, kind = answer.body, answer.content_type
        if codec != "utf-8":
            body, kind = body.decode("utf-8", "replace").encode(codec), "text/html;charset=GBK"
            inner = words.inner_of(body) or b""
        certified = "app_cert_sn=" in request.query or b"app_cert_sn=" in request.body
        sn = f',"alipay_cert_sn":"{self.keys.alipay.sn}"' if certified else ""
        signed = f'{sn},"sign":"{self.keys.sign(inner, forged=forged)}"}}'
        body = body[:-1] + signed.encode()
        return msgspec.structs.replace(answer, body=body, content_type=kind)

    # Notifying.

    def notify_url(self, notice: Notice) -> str:
        """Tell of refunds where payments are told; of a close, an end or a full refund only for wap and app trades.

        Source: ALI-GO notify_type.go, csdn 118962334: other products tell of TRADE_SUCCESS alone, read 2026-11-22.
        """
        trade, refund = notice.trade, notice.refund
        assert trade is not None
        full = refund is not None and trade.refunded_fen >= trade.captured_fen
        closes = full or notice.op == "close"
        method = trade.extra.get("method", "")
        told = method.endswith((".wap.pay", ".app.pay"))
        quiet = closes and not told and self.settings["closed_notify"] == "wap"
        return "" if quiet else trade.notify_url

    def facts(self, notice: Notice) -> dict[str, str | int]:
        """Return the facts; a trade that is told of because it came to an end is closed, or finished."""
        facts = super().facts(notice)
        if notice.op != "close":
            return facts
        assert notice.trade is not None
        return facts | {"state": "finished" if notice.trade.finished_ns else "closed"}

    def notify(self, notice: Notice, delivery: Delivery, notify_url: str) -> Outgoing:
        """Render the POST: the same notify_id on each attempt, the time and the signature fresh."""
        fields = {
            "notify_time": beijing.text(now_ns()),
            "charset": "utf-8",
            "version": "1.0",
            "sign_type": "RSA2",
            "app_id": self.keys.app_id,
            "auth_app_id": self.keys.app_id,
            "seller_id": self.keys.seller_id,
            **views.notified(notice, delivery.fields),
        }
        forged = delivery.signature is Signature.FORGED
        fields["sign"] = self._signature(fields, forged=forged)
        return Outgoing("POST", notify_url, form.write(fields).encode(), _NOTIFY_HEADERS)

    def _signature(self, fields: Mapping[str, str], *, forged: bool = False) -> str:
        text = signed_text(fields, "sign", "sign_type")
        return self.keys.sign(text.encode(), forged=forged)

    def acked(self, status: int, body: bytes) -> bool:  # noqa: ARG002 - the body alone decides
        """Take exactly the seven bytes `success`."""
        return body == b"success"

    # Numbers and links.

    def number(self, kind: Literal["trade", "refund", "order"], serial: int, time_ns: int) -> str:
        """Return a trade number of 28 digits that begins with the day; refunds have none of their own on the wire."""
        middle = "220014" if kind == "trade" else "220015"
        return f"{beijing.digits(time_ns)[:8]}{middle}{serial:014d}"

    def trade_of(self, pay_url: str) -> str | None:
        """Read the trade from a QR code, a cashier's page, or a bare trade number."""
        return views.ref_of(pay_url.removeprefix(f"{self.base_url}{pages.CASHIER}"))

    def link(self, pay_url: str) -> Request | None:
        """Read the request from a signed link of gateway.do, or from the order string that an app is given."""
        if pay_url.startswith(f"{self.base_url}{_GATEWAY}?"):
            return Request("GET", pay_url.removeprefix(self.base_url))
        given = pay_url.split("&")
        if f"app_id={self.keys.app_id}" in given and "method=alipay.trade.app.pay" in given:
            return Request("GET", f"{_GATEWAY}?{pay_url}")
        return None
