"""Bills over WeChat Pay v3: one call says where the file is and what it hashes to, another one brings it.

    GET /v3/bill/tradebill?bill_date=..&bill_type=..       -> hash_type, hash_value, download_url
    GET /v3/bill/fundflowbill?bill_date=..&account_type=..
    GET /v3/billdownload/file?token=..                     -> the file, unsigned, gzipped if that was asked for

The token says everything about the file and is sealed with a MAC, so nothing need be kept: the books have what moved
until the instant at which it was asked for.

Source: WX-OA docs/v3/bill, WX-SK, read 2026-11-22. What an old or broken token answers is unconfirmed.
"""

import base64
import binascii
import gzip
import hmac
import secrets
from collections.abc import Mapping, Sequence
from hashlib import sha1, sha256
from urllib.parse import parse_qs

import msgspec

from harness.core.clock import now_ns
from harness.core.errors import UsageError
from mock_upstreams import beijing
from mock_upstreams.dialect import Answer, Ask, Request
from mock_upstreams.gateways import _wechat_bills as bills
from mock_upstreams.gateways import _wechat_words as words
from mock_upstreams.gateways._wechat_forms import Complaint as Fault
from mock_upstreams.records import Refund, Trade

DEFAULTS = {"bills_at": "at once", "fee": "60"}
"""`bills_at` is `at once`, or `next day` as the real one has it: at 10:00; `fee` is in ten-thousandths."""
BILLS = "/v3/bill/"
DOWNLOAD = "/v3/billdownload/file"
DAY_NS = 86_400 * 10**9
_READY_NS = 10 * 3_600 * 10**9
_LINK_NS = 300 * 10**9
_MAC_BYTES = 32
_KINDS = {"tradebill": "bill_type", "fundflowbill": "account_type"}
_CHOICES = {
    "bill_type": ("ALL", "SUCCESS", "REFUND"),
    "account_type": ("BASIC", "OPERATION", "FEES"),
}


class Ticket(msgspec.Struct, frozen=True, array_like=True):
    """What one file holds: kind is ALL, SUCCESS, REFUND, or an account of a fund flow."""

    kind: str
    begin_ns: int
    end_ns: int
    gzipped: bool

    def ask(self, **extra: str) -> Ask:
        """Ask the books; a fund flow needs all that moved before, since it states the balance."""
        first_ns = self.begin_ns if self.kind in _CHOICES["bill_type"] else 1
        return Ask(op="query", about="bill", between_ns=(first_ns, self.end_ns), extra=extra)


class BillDesk:
    """The bills of one merchant."""

    def __init__(self, settings: Mapping[str, str], who: bills.Merchant) -> None:
        self._at_once = at_once(settings)
        self._who = who
        self._key = secrets.token_bytes(_MAC_BYTES)

    def read(self, request: Request, base_url: str) -> Ask | Answer:
        """Read either of the two calls that lead to a file."""
        field = _KINDS[request.path.removeprefix(BILLS)]
        given = {name: values[-1] for name, values in parse_qs(request.query).items()}
        kind = given.get(field, _CHOICES[field][0])
        if kind not in _CHOICES[field]:
            return words.wrong_parameter(Fault(field, "无效的取值", kind, "query"))
        if given.get("tar_type", "GZIP") != "GZIP":
            return words.wrong_parameter(
                Fault("tar_type", "无效的取值", given["tar_type"], "query")
            )
        begin_ns = beijing.ns_of(given.get("bill_date", ""), "%Y-%m-%d")
        if not begin_ns:
            what = Fault("bill_date", "必填项缺失或格式错误", given.get("bill_date", ""), "query")
            return words.wrong_parameter(what)
        if (code := not_there(begin_ns, at_once=self._at_once)) is not None:
            return words.no(words.CODES[code])
        end_ns = min(begin_ns + DAY_NS, now_ns())
        ticket = Ticket(kind, begin_ns, end_ns, "tar_type" in given)
        return ticket.ask(ticket=self._sealed(ticket), at=base_url)

    def fetch(self, request: Request) -> Ask | Answer:
        """Read the call that brings a file."""
        token = parse_qs(request.query).get("token", [""])[-1]
        ticket = self._opened(token)
        if ticket is None:
            refusal = words.CODES["INVALID_REQUEST"]
            return words.no(refusal._replace(message="账单下载地址无效或已过期"))
        return ticket.ask(ticket=token)

    def answer(self, ask: Ask, found: Sequence[object]) -> Answer:
        """Bring the file, or say where it is."""
        token = ask.extra["ticket"]
        ticket = self._opened(token)
        if ticket is None:
            return words.no(words.CODES["INVALID_REQUEST"])
        body = self._file(ticket, [r for r in found if isinstance(r, (Trade, Refund))])
        if body is None:
            return words.no(words.CODES["NO_STATEMENT_EXIST"])
        if "at" not in ask.extra:
            if ticket.gzipped:
                return Answer(gzip.compress(body, mtime=0), 200, "application/x-gzip")
            return Answer(body, 200, "text/plain; charset=utf-8")
        url = f"{ask.extra['at']}{DOWNLOAD}?token={token}"
        if ticket.gzipped:
            url += "&tartype=gzip"
        return words.yes(
            {"hash_type": "SHA1", "hash_value": sha1(body).hexdigest(), "download_url": url}
        )

    def _file(self, ticket: Ticket, records: list[bills.Record]) -> bytes | None:
        if ticket.kind in _CHOICES["bill_type"]:
            listed = bills.of_kind(records, ticket.kind)
            return bills.trade_bill(listed, ticket.kind, self._who) if listed else None
        if ticket.kind != "BASIC":
            return None  # nothing here ever moves the other two accounts
        return bills.fund_bill(records, ticket.begin_ns, self._who)

    def _sealed(self, ticket: Ticket) -> str:
        text = msgspec.json.encode((ticket, now_ns() + _LINK_NS))
        return base64.urlsafe_b64encode(self._mac(text) + text).decode().rstrip("=")

    def _opened(self, token: str) -> Ticket | None:
        try:
            raw = base64.urlsafe_b64decode(token.encode() + b"==")
        except (binascii.Error, ValueError):
            return None
        if not hmac.compare_digest(self._mac(raw[_MAC_BYTES:]), raw[:_MAC_BYTES]):
            return None
        ticket, until_ns = msgspec.json.decode(raw[_MAC_BYTES:], type=tuple[Ticket, int])
        return ticket if now_ns() < until_ns else None

    def _mac(self, text: bytes) -> bytes:
        return hmac.digest(self._key, text, sha256)


def at_once(settings: Mapping[str, str]) -> bool:
    """Say whether a day's bill is there while the day lasts.

    Raises:
        UsageError: `bills_at` says neither.
    """
    if settings["bills_at"] not in {"at once", "next day"}:
        raise UsageError("wechat_pay.bills_at: expected 'at once' or 'next day'")
    return settings["bills_at"] == "at once"


def not_there(begin_ns: int, *, at_once: bool) -> str | None:
    """Return the code that says why a day has no bill yet, None if it may have one."""
    now = now_ns()
    if begin_ns > now:
        return "NO_STATEMENT_EXIST"
    if at_once or now >= begin_ns + DAY_NS + _READY_NS:
        return None
    return "NO_STATEMENT_EXIST" if now < begin_ns + DAY_NS else "STATEMENT_CREATING"


def merchant(settings: Mapping[str, str], appid: str, mchid: str) -> bills.Merchant:
    """Return whose bill it is.

    Raises:
        UsageError: `fee` is no number of ten-thousandths.
    """
    fee = settings["fee"]
    if not (fee.isascii() and fee.isdigit() and int(fee) < 10_000):
        raise UsageError("wechat_pay.fee: expected ten-thousandths, such as 60")
    return bills.Merchant(appid, mchid, int(fee))
