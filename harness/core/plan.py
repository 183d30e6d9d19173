"""The plan of one run in machine form: what the checker and the reports must know, and no secret.

The supervisor writes it as `plan.json` into the run directory before anything starts, so that a run whose
supervisor was killed can still be judged and rendered.
"""

from pathlib import Path

import msgspec


class StrikeNote(msgspec.Struct, frozen=True, kw_only=True):
    """One strike for the reader: `at` as the scenario says it, the window in real ms since the first arrival."""

    id: str
    at: str
    kind: str
    share: float
    window_ms: tuple[float, float] | None = None
    lacks: str = ""
    """What the target file would have to say for it to be exercised, such as `control` or `control.actions.slow`."""
    optional: bool = False
    """Where nothing passes that it could meet, the run proves no less."""


class Announced(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of message that the platform promises its customers: `says` is a regular expression over its text."""

    what: str
    says: str
    after_ms: float
    """Upstream ms: after which a wait, or an end, must be told; or how long a membership lasts."""
    above_fen: int = 0
    goods: str = ""
    state: str = ""
    """Only of orders that ended as this: delivered or refunded."""
    most: int = 3


class Compensated(msgspec.Struct, frozen=True, kw_only=True):
    """What the platform promises for goods that come later than `late_after_ms`; spans are upstream ms."""

    goods: str
    late_after_ms: float
    within_ms: float
    """From when the goods were late."""
    least_fen: int
    most_fen: int


class Ruled(msgspec.Struct, frozen=True, kw_only=True):
    """How long an order that this fits may take, in upstream ms; the rule of the lowest rank counts."""

    rank: int
    within_ms: float
    goods: tuple[str, ...] = ()
    """Empty: all; so are gateways."""
    gateways: tuple[str, ...] = ()
    from_ns: int = 0
    until_ns: int = 2**63 - 1


class Banned(msgspec.Struct, frozen=True, kw_only=True):
    """A channel that orders must not go through which all of this fits."""

    side: str
    """operator or gateway."""
    channel: str
    goods: tuple[str, ...] = ()
    """Empty: all."""
    above_fen: int = 0
    accounts: str = ""
    """A regular expression that is found in the account."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What one run set out to do. Spans of promises are upstream ms; all other spans are real ms."""

    run: str
    scenario: str
    target: str
    defects: tuple[str, ...] = ()
    seed: int
    time_scale: float
    workers: int
    intents: int
    load_ms: float
    """How long arrivals last."""
    recorders: tuple[str, ...]
    """Every journal that must exist, without a gap, opened and closed."""
    strikes: tuple[StrikeNote, ...] = ()
    laws: tuple[str, ...] = ()
    """The laws that the run must exercise."""
    not_applicable: dict[str, str] = {}
    """Laws that were asked for and need what the target does not have: by law, what it needs."""
    has: tuple[str, ...] = ("operators",)
    """What of operators and cards the target has, of what laws may need."""
    products: tuple[tuple[str, str, str], ...] = ()
    """What delivers what: operator, its product, the goods that it is sold as."""
    faces: dict[str, int] = {}
    """What goods are worth to who gets them, in fen: a platform may pay back by it what did not come."""
    topups: tuple[tuple[str, int, int], ...] = ()
    """Goods that are money in the customer's own wallet: their id, price and face value in fen."""
    numberless: tuple[str, ...] = ()
    """Operators that know no order number of the caller's: whoever lost an answer has nothing to ask by."""
    own_stock: tuple[str, ...] = ()
    """Card goods that the platform gives out of its own stock: to be shown a card is to be delivered it."""
    announces: tuple[Announced, ...] = ()
    """What customers are promised to be told."""
    compensates: tuple[Compensated, ...] = ()
    """What customers are promised for late goods."""
    stock_listed: bool = False
    """What counted as shown was in the list that was loaded as stock (the target file's `card_stock`)."""
    stock_beside: bool = False
    """That holds for orders of `own_stock` alone: operators deliver cards of other goods."""
    slo: tuple[str, ...] = ()
    """Thresholds such as `delivered_p99 < 10m`; see docs/scenarios.md."""
    aborts: dict[str, float] = {}
    """Thresholds that end the load when they are crossed: by its text, the real ms of grace since the first arrival."""
    coverage: tuple[str, ...] = ()
    """Cells of fault and phase that a run must have met, such as `duplicate @ delivered`."""
    sells_out: bool = False
    """Some goods must have run out: an ordinary order was refused, or paid back."""
    settle_within_ms: float = 1_800_000.0
    """The platform's promise: an order that was paid is delivered or refunded within this upstream time."""
    settle_rules: tuple[Ruled, ...] = ()
    """Where another time than that is promised."""
    forbidden: tuple[Banned, ...] = ()
    """Channels that some orders must not go through."""
    promised: dict[str, float] = {}
    """Further promises of the platform by name: spans in upstream ms, amounts in fen, counts as they are."""
    lateness_p99_ms: float = 50.0
    """The driver's own lateness above which a run is INCONCLUSIVE."""


def longest_promise_ms(plan: Plan) -> float:
    """Return how long an order may take at most, upstream ms."""
    return max([plan.settle_within_ms, *(rule.within_ms for rule in plan.settle_rules)])


def write(plan: Plan, folder: Path) -> None:
    """Write `plan.json` into the run directory."""
    (folder / "plan.json").write_bytes(msgspec.json.format(msgspec.json.encode(plan), indent=1))


def read(folder: Path) -> Plan:
    """Read a run directory's plan.

    Raises:
        OSError: there is none.
        msgspec.DecodeError: it is no plan.
    """
    return msgspec.json.decode((folder / "plan.json").read_bytes(), type=Plan)
