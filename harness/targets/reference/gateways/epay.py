"""epay V1 (彩虹易支付): MD5 forms, yuan as text, GET notifications acknowledged with `success`.

Source: EP-20 api.php, submit.php, includes/functions.php; EP-N lib/api/Pay.
"""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import ClassVar
from urllib.parse import parse_qsl, urlencode

import msgspec

from harness.targets.reference import config, money, signing
from harness.targets.reference.gateways import (
    BadNoticeError,
    Gateway,
    Incoming,
    MoneyBack,
    Notice,
    Opened,
    Reply,
    Trade,
    Truth,
)
from harness.targets.reference.http_client import HttpClient, NoAnswerError, NotSentError
from harness.targets.reference.tables import Pay, Refund

_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_UNPAID, _PAID, _REFUNDED = "0", "1", "2"
_NO_SUCH_ORDER = "-1"

Fields = dict[str, object]


class Epay(Gateway):
    """One merchant (pid) at an epay gateway. There is no close: an unpaid trade can be paid until it is forgotten."""

    accepted: ClassVar[Reply] = Reply(200, b"success")
    refused: ClassVar[Reply] = Reply(400, b"fail")
    failed: ClassVar[Reply] = Reply(500, b"fail")

    def __init__(self, account: config.Epay, http: HttpClient, base_url: str) -> None:
        self.channel = account.channel
        self._account = account
        self._http = http
        self._notify_url = f"{base_url}/notify/epay"
        self._return_url = f"{base_url}/paid/epay"

    async def open(self, pay: Pay, title: str, account: str) -> Opened:
        """Create through mapi.php; unchanged parameters give the same trade again."""
        form = {
            "pid": self._account.pid,
            "type": "alipay",
            "out_trade_no": pay.pay_no,
            "notify_url": self._notify_url,
            "return_url": self._return_url,
            "name": f"{title} {account}",
            "money": money.yuan(pay.amount_fen),
            "param": account,
            "clientip": "127.0.0.1",
            "device": "pc",
            "sign_type": "MD5",
        }
        form["sign"] = signing.epay(form, self._account.key)
        answer = await self._post("/mapi.php", form)
        if answer is None:
            return Opened(reason="no answer")
        urls = (answer.get(name) for name in ("payurl", "qrcode", "urlscheme"))
        url = next((str(url) for url in urls if url), "")
        if str(answer.get("code")) != "1" or not url:
            return Opened(reason=str(answer.get("msg", "no pay URL")))
        return Opened(url)

    async def ask(self, pay_no: str) -> Truth:
        """Ask by our number."""
        answer = await self._order(pay_no)
        if answer is None:
            return Truth(Trade.UNKNOWN)
        code, status = str(answer.get("code")), str(answer.get("status"))
        if code == _NO_SUCH_ORDER:
            return Truth(Trade.MISSING)
        if code != "1" or status not in {_UNPAID, _PAID, _REFUNDED}:
            return Truth(Trade.UNKNOWN)
        if status == _UNPAID:
            return Truth(Trade.UNPAID)
        try:
            amount_fen = money.fen(str(answer.get("money")))
        except ValueError:
            return Truth(Trade.UNKNOWN)
        return Truth(Trade.PAID, str(answer.get("trade_no", "")), amount_fen)

    async def close(self, pay_no: str) -> Truth:
        """Ask only; whoever closes an epay order must be ready to give late money back."""
        return await self.ask(pay_no)

    async def refund(self, refund: Refund) -> MoneyBack:
        """Ask for the money to go back; that it did is seen in the order's status, a part of it in the answer alone."""
        form = {
            "pid": self._account.pid,
            "key": self._account.key,
            "trade_no": refund.trade_no,
            "money": money.yuan(refund.amount_fen),
            "out_refund_no": refund.refund_no,
        }
        answer = await self._post("/api.php?act=refund", form)
        done = answer is not None and str(answer.get("code")) == "1"
        if not done:
            return MoneyBack.UNKNOWN
        whole = refund.amount_fen == refund.total_fen
        return MoneyBack.WORKING if whole else MoneyBack.DONE

    async def ask_refund(self, refund: Refund) -> MoneyBack:
        """Look whether the order's status says refunded."""
        answer = await self._order(refund.pay_no, refund.trade_no)
        if answer is None or str(answer.get("code")) != "1":
            return MoneyBack.UNKNOWN
        done = str(answer.get("status")) == _REFUNDED
        # A part shows nowhere: it is asked for again, under the same number.
        return MoneyBack.DONE if done else MoneyBack.MISSING

    def signature_ok(self, incoming: Incoming) -> bool:
        """Check the MD5 over all parameters."""
        params = _params(incoming)
        return params.get("sign", "") == signing.epay(params, self._account.key)

    def read(self, incoming: Incoming) -> Notice:
        """Read a payment notification."""
        params = _params(incoming)
        if params.get("pid") != self._account.pid:
            raise BadNoticeError("for another merchant")
        if params.get("trade_status") != "TRADE_SUCCESS":
            raise BadNoticeError("not about a paid trade")
        try:
            amount_fen = money.fen(params["money"])
            return Notice(params["out_trade_no"], params["trade_no"], amount_fen)
        except (KeyError, ValueError) as error:
            raise BadNoticeError(f"malformed: {error}") from None

    async def _order(self, pay_no: str, trade_no: str = "") -> Fields | None:
        which = {"trade_no": trade_no} if trade_no else {"out_trade_no": pay_no}
        query = {"act": "order", "pid": self._account.pid, "key": self._account.key, **which}
        return await self._call("GET", f"/api.php?{urlencode(query)}", {}, b"")

    async def _post(self, target: str, form: dict[str, str]) -> Fields | None:
        return await self._call("POST", target, _FORM, urlencode(form).encode())

    async def _call(
        self, method: str, target: str, headers: dict[str, str], body: bytes
    ) -> Fields | None:
        """Return the answer's fields, or None for anything that is no answer of the dialect."""
        try:
            answer = await self._http.send(self._account.url, method, target, headers, body)
            if answer.status != 200:
                return None
            return msgspec.json.decode(answer.body, type=dict[str, object])
        except (NotSentError, NoAnswerError, msgspec.DecodeError):
            return None


def _params(incoming: Incoming) -> Mapping[str, str]:
    return _parsed(incoming.query or incoming.body.decode("utf-8", "replace"))


@lru_cache(maxsize=64)  # it is read once to be checked and once to be understood
def _parsed(text: str) -> Mapping[str, str]:
    return MappingProxyType(dict(parse_qsl(text, keep_blank_values=True)))
