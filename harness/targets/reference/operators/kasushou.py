"""卡速售 2.0: everything and cards, JSON signed in headers, cards by query alone.

Source: KSS doc v2api (order/buy, order/info, callback).
"""

from typing import ClassVar
from urllib.parse import parse_qsl

import msgspec

from harness.targets.reference import config, signing
from harness.targets.reference.clock import now_ms
from harness.targets.reference.http_client import HttpClient, NoAnswerError, NotSentError
from harness.targets.reference.operators import (
    Answer,
    BadCallbackError,
    Card,
    Incoming,
    Operator,
    Recharge,
    Reply,
    Said,
)

_OK, _FAILED = 200, 400
_STATES = {1: Said.OPEN, 2: Said.OPEN, 3: Said.DONE, 4: Said.FAILED, 5: Said.FAILED}
_DOUBTFUL = ("重复", "已存在", "繁忙", "频繁", "异常", "超时", "稍后", "重试")
"""Words of refusals after which the order may exist all the same, or may soon."""


class _Card(msgspec.Struct):
    card_no: str = ""
    card_password: str = ""


class _Row(msgspec.Struct):
    external_orderno: str = ""
    status: int | str = 0
    recharge_hints: str | None = None
    card_list: list[_Card] | None = None


class _Envelope(msgspec.Struct):
    code: int | str
    msg: str = ""
    data: msgspec.Raw = msgspec.Raw(b"null")


class Kasushou(Operator):
    """One account at a kasushou operator."""

    name: ClassVar[str] = "kasushou"
    accepted: ClassVar[Reply] = Reply(200, b"ok")

    def __init__(self, account: config.Account, http: HttpClient, base_url: str) -> None:
        self._account = account
        self._http = http
        self._notify_url = f"{base_url}/callback/{self.name}"

    async def submit(self, recharge: Recharge) -> Answer:
        """Order through order/buy; a contact phone goes into `mark` for cards."""
        body: dict[str, object] = {
            "id": int(recharge.source.product),
            "quantity": recharge.quantity,
            "external_orderno": recharge.supply_no,
            "url": self._notify_url,
        }
        if recharge.cards:
            body["mark"] = recharge.account
        else:
            body["attach"] = {"recharge_account": recharge.account}
        answer = await self._call("/api/v1/order/buy", body)
        if answer is None:
            return Answer(Said.UNKNOWN, "no answer")
        if int(answer.code) == _OK:
            return Answer(Said.OPEN, answer.msg)
        doubtful = int(answer.code) != _FAILED or any(word in answer.msg for word in _DOUBTFUL)
        return Answer(Said.UNKNOWN if doubtful else Said.REFUSED, answer.msg)

    async def ask(self, supply_no: str) -> Answer:
        """Ask through order/info. "Not there" comes as an empty list, or as 400 with words.

        A success without its cards is read as it is; whether cards are due is the desk's business.
        """
        answer = await self._call("/api/v1/order/info", {"day": 0, "external_orderno": supply_no})
        if answer is None:
            return Answer(Said.UNKNOWN, "no answer")
        if int(answer.code) == _FAILED and "不存在" in answer.msg:
            return Answer(Said.MISSING, answer.msg)
        if int(answer.code) != _OK:
            return Answer(Said.UNKNOWN, answer.msg)
        try:
            rows = msgspec.json.decode(answer.data, type=list[_Row])
        except msgspec.DecodeError as error:
            return Answer(Said.UNKNOWN, str(error))
        for row in rows:
            if row.external_orderno == supply_no:
                return _read(row)
        return Answer(Said.MISSING) if not rows else Answer(Said.UNKNOWN, "about other orders")

    def read_callback(self, incoming: Incoming) -> str:
        """Check the SHA1; a callback may come as a form or as JSON."""
        try:
            if incoming.headers.get("content-type", "").startswith("application/json"):
                params = msgspec.json.decode(incoming.body, type=dict[str, object])
            else:
                form = parse_qsl(incoming.body.decode(), keep_blank_values=True)
                params = dict(form)
        except ValueError as error:
            raise BadCallbackError(f"malformed: {error}") from None
        if params.get("sign") != signing.kasushou_callback(params, self._account.apikey):
            raise BadCallbackError("bad signature")
        return str(params.get("external_orderno", ""))

    async def _call(self, target: str, content: dict[str, object]) -> _Envelope | None:
        body = msgspec.json.encode(content, order="sorted")
        timestamp = str(now_ms())
        headers = {
            "Content-Type": "application/json",
            "UserId": self._account.userid,
            "Timestamp": timestamp,
            "Sign": signing.kasushou(timestamp, body, self._account.apikey),
        }
        try:
            answer = await self._http.send(self._account.url, "POST", target, headers, body)
            if answer.status != 200:
                return None
            envelope = msgspec.json.decode(answer.body, type=_Envelope)
            int(envelope.code)
        except (NotSentError, NoAnswerError, ValueError):
            return None
        return envelope


def _read(row: _Row) -> Answer:
    cards = tuple(Card(card.card_no, card.card_password) for card in row.card_list or ())
    try:
        said = _STATES.get(int(row.status), Said.OPEN)
    except ValueError:
        return Answer(Said.UNKNOWN, f"status {row.status!r}")
    if said is Said.FAILED and cards:
        said = Said.PART  # it is paid back for what it could not hand out
    return Answer(said, row.recharge_hints or "", cards)
