"""商腾, of the kin of 卡速售: its signature over seconds, other names and states, `status` where that has `code`."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, Literal, NamedTuple

import msgspec

from harness.core.clock import now_ns
from harness.core.delivery import Delivery, Signature
from harness.core.units import fen_from_yuan, yuan_from_fen
from harness.faults.status import Condition
from mock_upstreams import beijing
from mock_upstreams.dialect import (
    JSON,
    OPERATOR_OPS,
    Answer,
    Ask,
    Dialect,
    Duplicates,
    Found,
    Notice,
    Outgoing,
    Request,
)
from mock_upstreams.operators._money import numeral
from mock_upstreams.records import Product, Reason, SupplierOrder
from mock_upstreams.signing import kasushou_sha1, same

_S_DIGITS = 10
_STATES = {"delivering": 1, "delivered": 2, "partial": 2, "failed": 5}
_HINTS = {"delivered": "充值成功", "partial": "部分成功", "failed": "充值失败"}
_encode = msgspec.json.Encoder().encode


class Refusal(NamedTuple):
    """A status of the envelope and its sentence; `http` is HTTP's own."""

    status: int
    msg: str
    http: int = 200


# Source: public clients of 商腾 know 200, 411 for every refusal, and HTTP 500, read 2026-11-30. The sentences are free.
_CODES: Mapping[str, Refusal] = {
    Condition.BUSY: Refusal(500, "系统错误", 500),
    Condition.RATE_LIMITED: Refusal(411, "请求过于频繁"),
    Condition.MAINTENANCE: Refusal(411, "商品维护中"),
    Condition.REFUSED: Refusal(411, "商品已下架"),
    Condition.OUT_OF_STOCK: Refusal(411, "库存不足"),
    Condition.LOW_BALANCE: Refusal(411, "余额不足"),
    Condition.BAD_SIGNATURE: Refusal(411, "签名错误"),
    Reason.NOT_FOUND: Refusal(411, "订单不存在"),
    Reason.DUPLICATE: Refusal(411, "外部订单号重复"),
    Reason.NO_PRODUCT: Refusal(411, "商品不存在"),
    Reason.COST_ABOVE_LIMIT: Refusal(411, "商品价格已变动"),
    Reason.MALFORMED: Refusal(411, "参数错误"),
    "411": Refusal(411, "操作失败"),
    "500": Refusal(500, "系统错误", 500),
}


class CreateForm(msgspec.Struct):
    """POST /api/Order/create; numbers may come as text."""

    product_id: int | str
    recharge_account: str
    external_orderno: str
    notify_url: str = ""
    face_value: int | str = ""


class QueryForm(msgspec.Struct):
    """POST /api/Order/query."""

    external_orderno: str


_create_form = msgspec.json.Decoder(CreateForm).decode
_query_form = msgspec.json.Decoder(QueryForm).decode


class Shangteng(Dialect):
    """Top-ups one unit at a time, verified over the raw body; who calls is named by the header Userid, or by ApiKey.

    States: 0 and 1 under way, 2 done, 3 cancelled, 4 refunded, 5 failed. Every refusal is a `status` of 411, so that
    only its sentence tells them apart; an answer that cannot be read, and HTTP 5xx, say nothing about the order.

    Source: public clients of 商腾 (KSS; `pkg/signature` in Go, `ShangtengDriver` in PHP), read 2026-11-30. Unconfirmed:
    that a number is taken once, which of both headers is current, the callback's slashes and unit of `time`, whether
    blanks around `ok` count, and the ladder, which is 卡速售's.
    """

    endpoints: ClassVar[tuple[str, ...]] = (
        "/api/Order/create",
        "/api/Order/query",
        "/api/User/balance",
    )
    side: ClassVar[Literal["gateway", "operator"]] = "operator"
    ops: ClassVar[tuple[str, ...]] = OPERATOR_OPS
    notifies: ClassVar[frozenset[str]] = frozenset({"submit"})
    ladder_ms: ClassVar[tuple[float, ...]] = tuple(m * 60_000.0 for m in (5, 10, 15, 20, 25))
    secrets: ClassVar[tuple[str, ...]] = ("api_key",)
    codes: ClassVar[Mapping[str, Refusal]] = _CODES
    unclear: ClassVar[frozenset[str]] = frozenset({Condition.BUSY, "500"})
    duplicates: ClassVar[Duplicates] = "reject"
    defaults: ClassVar[Mapping[str, str]] = {"user_id": "10086", "api_key": ""}

    def __init__(self, settings: Mapping[str, str], products: Mapping[str, Product]) -> None:
        super().__init__(settings, products)
        self._user_id = self.settings["user_id"]
        self._api_key = self.settings["api_key"] or secrets.token_hex(16)
        self._paths: Mapping[str, Callable[[bytes], Ask | Answer]] = {
            "/api/Order/create": self._create,
            "/api/Order/query": self._query,
            "/api/User/balance": lambda _: Ask(op="balance"),
        }

    def credentials(self) -> dict[str, str]:
        """Return the account and its key."""
        return {"user_id": self._user_id, "api_key": self._api_key}

    # Reading.

    def read(self, request: Request) -> Ask | Answer:
        """Verify the raw body, then parse."""
        parse, headers = self._paths.get(request.path), request.headers
        if parse is None or request.method != "POST":
            return _no(_CODES[Reason.MALFORMED]._replace(msg="接口不存在"))
        if not self._known(headers):
            return _no(_CODES[Reason.MALFORMED]._replace(msg="用户不存在"))
        stamp = headers.get("timestamp", "")
        if not (len(stamp) == _S_DIGITS and stamp.isascii() and stamp.isdigit()):
            return _no(_CODES[Reason.MALFORMED]._replace(msg="时间戳错误"))
        if not same(headers.get("sign", ""), kasushou_sha1(stamp, request.body, self._api_key)):
            return self.refuse(None, Condition.BAD_SIGNATURE)
        try:
            return parse(request.body)
        except (ValueError, RecursionError) as error:  # what msgspec raises is a ValueError
            return _no(_CODES[Reason.MALFORMED]._replace(msg=f"参数错误：{error}"))

    def _known(self, headers: Mapping[str, str]) -> bool:
        if "userid" in headers:
            return headers["userid"] == self._user_id
        return same(headers.get("apikey", ""), self._api_key)

    def _create(self, body: bytes) -> Ask | Answer:
        form = _create_form(body)
        sku, product = str(form.product_id), self.products.get(str(form.product_id))
        if not form.external_orderno or not form.recharge_account:
            return self.refuse(None, Reason.MALFORMED)
        face_fen = fen_from_yuan(str(form.face_value)) if form.face_value else 0
        if face_fen and product is not None and product.face_fen != face_fen:
            return self.refuse(None, Condition.REFUSED)
        return Ask(
            op="submit",
            order_no=form.external_orderno,
            account=form.recharge_account,
            sku=sku,
            notify_url=form.notify_url,
        )

    def _query(self, body: bytes) -> Ask | Answer:
        number = _query_form(body).external_orderno
        return (
            Ask(op="query", order_nos=(number,)) if number else self.refuse(None, Reason.MALFORMED)
        )

    # Answering.

    def answer(self, ask: Ask, found: Found) -> Answer:
        """Say it in the envelope."""
        if isinstance(found, int):
            balance = msgspec.Raw(yuan_from_fen(found).encode())
            return _yes("成功", {"phone_balance": balance, "power_balance": 0, "member_balance": 0})
        if isinstance(found, SupplierOrder):
            taken = {"orderno": found.ref, "external_orderno": found.order_no}
            return _yes("提交成功", taken)
        assert isinstance(found, Sequence)
        orders = [order for order in found if isinstance(order, SupplierOrder)]
        return _yes("成功", _view(orders[-1])) if orders else self.refuse(ask, Reason.NOT_FOUND)

    def refuse(self, ask: Ask | None, code: str) -> Answer:  # noqa: ARG002 - the same for each call
        """Say no."""
        return _no(self.codes[code])

    # Notifying.

    def notify(self, notice: Notice, delivery: Delivery, notify_url: str) -> Outgoing:
        """Render the callback JSON, whose own text without `sign` is what is signed."""
        facts = delivery.fields
        assert notice.order is not None
        state, stamp = str(facts["state"]), str(now_ns() // 10**9)
        told: dict[str, object] = {
            "external_orderno": str(facts["order_no"]),
            "msg": "" if state in {"delivered", "delivering"} else _HINTS.get(state, ""),
            "orderno": str(facts["ref"]),
            "recharge_hints": _HINTS.get(state, ""),
            "status": _STATES.get(state, numeral(state)),
            "time": stamp,
            "total_price": yuan_from_fen(int(facts["amount_fen"])),
        }
        forged = delivery.signature is Signature.FORGED
        key = f"not {self._api_key}" if forged else self._api_key
        sign = kasushou_sha1(stamp, _encode(dict(sorted(told.items()))), key)
        body = _encode({**told, "sign": sign})
        return Outgoing("POST", notify_url, body, (("Content-Type", JSON),))

    def acked(self, status: int, body: bytes) -> bool:
        """Take `ok` for an acknowledgement."""
        return status == 200 and body.strip() == b"ok"

    def number(self, kind: Literal["trade", "refund", "order"], serial: int, time_ns: int) -> str:  # noqa: ARG002
        """Return `ST`, the day and nine digits."""
        return f"ST{beijing.digits(time_ns)[2:8]}{serial:09d}"


def _yes(msg: str, data: object) -> Answer:
    return Answer(_encode({"status": 200, "msg": msg, "data": data}))


def _no(refusal: Refusal) -> Answer:
    body = _encode({"status": refusal.status, "msg": refusal.msg, "data": []})
    return Answer(body, refusal.http)


def _view(order: SupplierOrder) -> dict[str, object]:
    return {
        "external_orderno": order.order_no,
        "orderno": order.ref,
        "status": _STATES[order.state],
        "msg": _HINTS["failed"] if order.state == "failed" else "",
        "product_id": order.product.id,
        "recharge_account": order.account,
        "amount": yuan_from_fen(order.cost_fen),
    }
