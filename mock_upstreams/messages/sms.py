"""SMS and in-app messages: a small API of our own, JSON or form in, JSON out, one key."""

import secrets
from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal, NamedTuple

import msgspec

from harness.core.delivery import Delivery
from harness.faults.status import Condition
from mock_upstreams import beijing, form
from mock_upstreams.dialect import (
    Answer,
    Ask,
    Dialect,
    Duplicates,
    Found,
    Notice,
    Outgoing,
    Request,
)
from mock_upstreams.records import Message, Product, Reason
from mock_upstreams.signing import same

_encode = msgspec.json.Encoder().encode
_TEXT_MOST = 500


class Send(msgspec.Struct):
    """One message: `way` is how it reaches the customer, `order_no` what it is about, if it is about one."""

    phone: str
    text: str
    order_no: str = ""
    way: Literal["sms", "in_app"] = "sms"

    def __post_init__(self) -> None:
        if not self.phone or not 0 < len(self.text) <= _TEXT_MOST:
            raise ValueError(f"a phone and a text of 1 to {_TEXT_MOST} characters")


class Refusal(NamedTuple):
    """An HTTP status and a message."""

    status: int
    message: str


_CODES: Mapping[str, Refusal] = {
    Condition.BUSY: Refusal(500, "系统繁忙"),
    Condition.RATE_LIMITED: Refusal(429, "发送过于频繁"),
    Condition.MAINTENANCE: Refusal(503, "通道维护中"),
    Condition.REFUSED: Refusal(400, "号码在黑名单中"),
    Condition.OUT_OF_STOCK: Refusal(400, "短信包已用完"),
    Condition.LOW_BALANCE: Refusal(400, "账户余额不足"),
    Condition.BAD_SIGNATURE: Refusal(401, "密钥错误"),
    Reason.MALFORMED: Refusal(400, "参数错误"),
    Reason.NOT_FOUND: Refusal(404, "接口不存在"),
}


class Sms(Dialect):
    """`POST /send` sends, `GET /sent?phone=` lists; both with `Authorization: Bearer KEY`.

        POST /send  {"phone", "text", "order_no", "way": "sms" or "in_app"}, as JSON or as a form
                    -> {"code": 0, "message": "ok", "id"}
        GET  /sent  -> {"code": 0, "message": "ok", "messages": [{"id", "phone", "text", "way", "order_no"}]}

    A refusal has its HTTP status as `code`. Sending twice tells the customer twice: there is no number to know it by.
    Source: none, since platforms wrap the many SMS vendors behind an address of their own; this is ours.
    """

    side: ClassVar[Literal["gateway", "operator", "message"]] = "message"
    ops: ClassVar[tuple[str, ...]] = ("send", "query")
    notifies: ClassVar[frozenset[str]] = frozenset()
    endpoints: ClassVar[tuple[str, ...]] = ("/send", "/sent")
    ladder_ms: ClassVar[tuple[float, ...]] = ()
    codes: ClassVar[Mapping[str, Refusal]] = _CODES
    duplicates: ClassVar[Duplicates] = "accept_new"
    defaults: ClassVar[Mapping[str, str]] = {"key": ""}

    def __init__(self, settings: Mapping[str, str], products: Mapping[str, Product]) -> None:
        super().__init__(settings, products)
        self._key = self.settings["key"] or secrets.token_hex(16)

    def credentials(self) -> dict[str, str]:
        """Return the key."""
        return {"key": self._key}

    def read(self, request: Request) -> Ask | Answer:
        """Check the key, then read what is to be sent, or who asks."""
        if not same(request.headers.get("authorization", ""), f"Bearer {self._key}"):
            return self.refuse(None, Condition.BAD_SIGNATURE)
        if (request.method, request.path) == ("GET", "/sent"):
            return Ask(op="query", account=form.read(request.query).get("phone", ""))
        if (request.method, request.path) != ("POST", "/send"):
            return self.refuse(None, Reason.NOT_FOUND)
        try:
            send = self._parsed(request)
        except (ValueError, RecursionError):  # what msgspec raises is a ValueError
            return self.refuse(None, Reason.MALFORMED)
        return Ask(
            op="send", order_no=send.order_no, account=send.phone, attach=send.text, sku=send.way
        )

    def _parsed(self, request: Request) -> Send:
        if "json" in request.headers.get("content-type", ""):
            return msgspec.json.decode(request.body, type=Send)
        return msgspec.convert(form.read(request.body.decode("latin-1")), Send)

    def answer(self, ask: Ask, found: Found) -> Answer:  # noqa: ARG002
        """Say that it is on its way, or list what has arrived."""
        if isinstance(found, Message):
            return _said({"id": found.id})
        assert isinstance(found, Sequence)
        return _said({"messages": [_view(one) for one in found if isinstance(one, Message)]})

    def refuse(self, ask: Ask | None, code: str) -> Answer:  # noqa: ARG002
        """Say no."""
        refusal = self.codes[code]
        body = _encode({"code": refusal.status, "message": refusal.message})
        return Answer(body, refusal.status)

    def notify(self, notice: Notice, delivery: Delivery, notify_url: str) -> Outgoing:
        """Refuse: a message channel tells customers, never the platform."""
        raise NotImplementedError

    def acked(self, status: int, body: bytes) -> bool:  # noqa: ARG002
        """Say yes: there is nothing to acknowledge."""
        return True

    def number(self, kind: Literal["trade", "refund", "order"], serial: int, time_ns: int) -> str:  # noqa: ARG002
        """Return `M`, the day and eight digits."""
        return f"M{beijing.digits(time_ns)[:8]}{serial:08d}"


def _said(more: Mapping[str, object]) -> Answer:
    return Answer(_encode({"code": 0, "message": "ok", **more}))


def _view(message: Message) -> dict[str, str]:
    return {
        "id": message.id,
        "phone": message.phone,
        "text": message.text,
        "way": message.way,
        "order_no": message.order_no,
    }
