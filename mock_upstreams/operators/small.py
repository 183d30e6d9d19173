"""Small top-up dialects, many of a kind: a submit, a callback, and one row of data for what differs."""

from collections.abc import Mapping, Sequence
from hashlib import md5
from typing import ClassVar, Literal

import msgspec

from harness.core.delivery import Delivery, Signature
from harness.core.errors import UsageError, did_you_mean
from harness.core.units import fen_from_yuan, yuan_from_fen
from harness.faults.status import Condition
from mock_upstreams import beijing, form
from mock_upstreams.dialect import (
    FORM,
    JSON,
    Answer,
    Ask,
    Dialect,
    Duplicates,
    Found,
    Notice,
    Outgoing,
    Request,
)
from mock_upstreams.operators._presets import ALIASES, PRESETS, Preset
from mock_upstreams.operators._refusals import DOUBTFUL, FAMILIES, NO_MERCHANT
from mock_upstreams.posted import fields_of
from mock_upstreams.records import Product, Reason, SupplierOrder
from mock_upstreams.signing import same

_json = msgspec.json.Encoder().encode
_QUERY = "/api/query"
_MOST_FEN = 10**9

_CODES: Mapping[str, tuple[int, str]] = {**FAMILIES["dingxin"], **DOUBTFUL}


class Small(Dialect):
    """One of the small dialects of `_presets.py`, by the setting `preset`; it refuses in the numbers of `refusals`.

    Callers send a form or JSON. There is a query of our own making at `/api/query` (by the caller's number, signed over
    that number and the key): the plugins that these rows come from only ever wait for the callback.

    Source: 大猿人 `extend/Recharge/*.php` (DYR) and the documents of five families (`_refusals.py`), read 2026-11-22.
    Unconfirmed: the ladder, which preset refuses in whose numbers and most of these, the callback's signature (md5 over
    number, state and key, which those plugins do not check).
    """

    endpoints: ClassVar[tuple[str, ...]] = (
        "/api/receiveOrder or /api/order, by preset",
        "/api/query",
    )
    side: ClassVar[Literal["gateway", "operator"]] = "operator"
    ops: ClassVar[tuple[str, ...]] = ("submit", "query")
    notifies: ClassVar[frozenset[str]] = frozenset({"submit"})
    signs_notices: ClassVar[bool] = False
    ladder_ms: ClassVar[tuple[float, ...]] = (60_000.0, 60_000.0, 60_000.0, 60_000.0)
    secrets: ClassVar[tuple[str, ...]] = ("key",)
    codes: ClassVar[Mapping[str, tuple[int, str]]] = _CODES
    unclear: ClassVar[frozenset[str]] = frozenset({Condition.BUSY, Reason.DUPLICATE, *DOUBTFUL})
    duplicates: ClassVar[Duplicates] = "reject"
    defaults: ClassVar[Mapping[str, str]] = {
        "preset": "baoshijie",
        "refusals": "dingxin",
        "key": "TESTKEY",
        "merchant": "10001",
    }

    def __init__(self, settings: Mapping[str, str], products: Mapping[str, Product]) -> None:
        """Choose the preset.

        Raises:
            UsageError: there is none of that name; the nearest is said.
        """
        super().__init__(settings, products)
        name, family = self.settings["preset"], self.settings["refusals"]
        known = {**PRESETS, **{alias: PRESETS[row] for alias, row in ALIASES.items()}}
        if name not in known:
            raise UsageError(f"small.preset: no preset {name!r}{did_you_mean(name, known)}")
        if family not in FAMILIES:
            raise UsageError(f"small.refusals: expected one of {', '.join(FAMILIES)}")
        self._preset: Preset = known[name]
        self._refusals = {**DOUBTFUL, **FAMILIES[family]}
        self.divides = bool(self._preset.charged)  # the wire tells how much it was
        self._key = self.settings["key"]
        self._skus = {p.face_fen: p.id for p in products.values() if p.kind == "topup"}

    def credentials(self) -> dict[str, str]:
        """Return merchant and key."""
        return {name: self.settings[name] for name in ("merchant", "key")}

    # Reading.

    def read(self, request: Request) -> Ask | Answer:
        """Read a signed form, or the same fields as JSON."""
        if request.path not in {self._preset.path, _QUERY} or request.method != "POST":
            return Answer(b"404 Not Found\n", 404, "text/html; charset=utf-8")
        try:
            fields = form.read(request.query) | _fields(request)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return self.refuse(None, Reason.MALFORMED)
        return self._query(fields) if request.path == _QUERY else self._submit(fields)

    def _submit(self, fields: Mapping[str, str]) -> Ask | Answer:
        preset = self._preset
        if not all(fields.get(name) for name in (preset.number, preset.account)):
            return self.refuse(None, Reason.MALFORMED)
        if not same(fields.get(preset.sign, ""), signature(preset, fields, self._key)):
            return self.refuse(None, Condition.BAD_SIGNATURE)
        if preset.merchant and fields.get(preset.merchant) != self.settings["merchant"]:
            return self.refuse(None, NO_MERCHANT)
        sku = fields.get(preset.product, "") if preset.product else self._sku(fields)
        if not sku:
            return self.refuse(None, Reason.NO_PRODUCT)
        return Ask(
            op="submit",
            order_no=fields[preset.number],
            account=fields[preset.account],
            sku=sku,
            notify_url=fields.get(preset.notify, ""),
        )

    def _sku(self, fields: Mapping[str, str]) -> str:
        """Return the product of a face value, or nothing."""
        try:
            face_fen = fen_from_yuan(fields.get(self._preset.amount, ""))
        except ValueError:
            return ""
        return self._skus.get(face_fen, "") if 0 < face_fen < _MOST_FEN else ""

    def _query(self, fields: Mapping[str, str]) -> Ask | Answer:
        number = fields.get(self._preset.number, "")
        if not number:
            return self.refuse(None, Reason.MALFORMED)
        if not same(fields.get(self._preset.sign, ""), _md5(number + self._key)):
            return self.refuse(None, Condition.BAD_SIGNATURE)
        return Ask(op="query", order_nos=(number,))

    # Answering.

    def answer(self, ask: Ask, found: Found) -> Answer:
        """Say that it was accepted, or how it stands."""
        preset = self._preset
        if isinstance(found, SupplierOrder):
            return self._said({preset.number: found.order_no, "order_sn": found.ref})
        assert isinstance(found, Sequence)
        orders = [order for order in found if isinstance(order, SupplierOrder)]
        if not orders:
            return self.refuse(ask, Reason.NOT_FOUND)
        return self._said(
            self._view(orders[-1], orders[-1].order_no, orders[-1].state, orders[-1].charged_fen)
        )

    def _said(self, data: Mapping[str, object]) -> Answer:
        name, value = self._preset.ok
        return Answer(_json({name: value, "msg": "success", "data": data}))

    def _view(
        self, order: SupplierOrder, number: str, state: str, charged_fen: int
    ) -> dict[str, object]:
        preset = self._preset
        delivered, failed, partial = preset.states
        words = {"delivered": delivered, "failed": failed, "partial": partial or delivered}
        told: dict[str, object] = {preset.told.rpartition(".")[2]: number}
        if preset.charged:
            told[preset.charged] = yuan_from_fen(charged_fen)
        if preset.face:
            told[preset.face] = yuan_from_fen(order.product.face_fen)
        return told | {preset.state: words.get(state, "0")}

    def refuse(self, ask: Ask | None, code: str) -> Answer:  # noqa: ARG002 - the same for each call
        """Say no, with a value that is not the one for success."""
        number, message = self._refusals[code]
        name, ok = self._preset.ok
        value: object = number if isinstance(ok, int) else f"error_{number}"
        return Answer(_json({name: value, "msg": message, "data": None}))

    # Notifying.

    def facts(self, notice: Notice) -> dict[str, str | int]:
        """Tell of the face value that was really charged to the account."""
        assert notice.order is not None
        return super().facts(notice) | {"amount_fen": notice.order.charged_fen}

    def notify(self, notice: Notice, delivery: Delivery, notify_url: str) -> Outgoing:
        """Render the callback, as a form or as JSON."""
        facts, preset = delivery.fields, self._preset
        number, state = str(facts["order_no"]), str(facts["state"])
        assert notice.order is not None
        charged_fen = int(facts["amount_fen"])
        if preset.face and state != notice.order.state:  # who reads this goes by the amounts alone
            whole_fen = notice.order.product.face_fen * notice.order.quantity
            charged_fen = {"delivered": whole_fen, "failed": 0}.get(state, charged_fen)
        told = self._view(notice.order, number, state, charged_fen)
        told["order_sn"] = str(facts["ref"])
        key = self._key if delivery.signature is Signature.VALID else f"not {self._key}"
        told[preset.sign] = _md5(f"{number}{told[preset.state]}{key}")
        if preset.json:
            body = _json({"data": told} if "." in preset.told else told)
            return Outgoing("POST", notify_url, body, (("Content-Type", JSON),))
        text = form.write({name: str(value) for name, value in told.items()})
        return Outgoing("POST", notify_url, text.encode(), (("Content-Type", FORM),))

    def acked(self, status: int, body: bytes) -> bool:
        """Take exactly the preset's word."""
        return status == 200 and body.strip() == self._preset.ack.encode()

    def number(self, kind: Literal["trade", "refund", "order"], serial: int, time_ns: int) -> str:  # noqa: ARG002
        """Return `P`, the second and seven digits or more."""
        return f"P{beijing.digits(time_ns)}{serial:07d}"


def signature(preset: Preset, fields: Mapping[str, str], key: str) -> str:
    """Return the signature of a submit by a preset's recipe: 32 hex digits."""
    listed = {name: fields.get(name, "") for name in preset.signed}
    sent = sorted((k, v) for k, v in fields.items() if k != preset.sign)
    if preset.recipe == "values":
        text = "".join(listed.values()) + key
    elif preset.recipe == "query":
        text = "&".join(f"{k}={v}" for k, v in listed.items()) + f"&key={key}"
    else:
        kept = [(k, v) for k, v in sent if v or preset.recipe == "sorted"]
        text = "&".join(f"{k}={v}" for k, v in kept) + f"&key={key}"
    return _md5(text).upper() if preset.upper else _md5(text)


def _md5(text: str) -> str:
    return md5(text.encode()).hexdigest()


def _fields(request: Request) -> dict[str, str]:
    """Return the fields of a form or of a JSON object.

    Raises:
        ValueError: it begins like JSON and is none.
        RecursionError: it has no bottom.
    """
    if request.body.lstrip()[:1] != b"{":
        return fields_of(request)
    raw = msgspec.json.decode(request.body, type=dict[str, str | int | float | None])
    return {name: "" if value is None else str(value) for name, value in raw.items()}
