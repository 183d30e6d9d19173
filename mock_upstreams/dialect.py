r"""A dialect says how one upstream's wire looks, never what happens.

    bytes --read--> Ask --(engine: strikes, books)--> record --answer--> Answer --seal--> bytes
                     \--refuse(code)----------------------------------> Answer
    Notice + Delivery --notify--> Outgoing,  and the platform's answer --acked--> bool

One file a dialect in `gateways/` or `operators/`, its class derived from `Dialect`, its name the file's. A dialect
keeps no books, reads no strikes, and may be asked from several threads at once.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import ClassVar, Literal

import msgspec

from harness.core.delivery import Delivery, Signature, Spoil
from mock_upstreams import rotation
from mock_upstreams.complaints import Complaint, Inbox
from mock_upstreams.records import Message, Product, Refund, Shelf, SupplierOrder, Trade
from mock_upstreams.refund_rules import RefundRules
from mock_upstreams.request import Request as Request  # noqa: PLC0414 - dialects take it from here
from mock_upstreams.usual import Usual

JSON = "application/json; charset=utf-8"
HTML = "text/html; charset=utf-8"
FORM = "application/x-www-form-urlencoded"

GATEWAY_OPS = ("create", "query", "close", "refund", "pay")
COMPLAINT_OPS = ("complaint", "complain")
"""Of gateways that take complaints: the platform's calls about one, and the customer who makes one."""
OPERATOR_OPS = ("submit", "query", "balance")
CANCELLING_OPS = ("close",)
"""Of operators that take applications to cancel an order (撤单)."""
CLAIM_OPS = ("claim",)
"""Of operators that take complaints about an order (售后), and tell what became of them: see claims.py."""

GatewayOp = Literal["create", "query", "close", "refund", "pay", "complaint"]
OperatorOp = Literal["submit", "query", "balance", "close", "claim"]


class Answer(msgspec.Struct, frozen=True, gc=False):
    """One answer; `headers` are those beyond Content-Type and Content-Length."""

    body: bytes = b""
    status: int = 200
    content_type: str = JSON
    headers: tuple[tuple[str, str], ...] = ()
    signature: Signature = Signature.VALID
    """How to seal it, where answers are signed."""
    spoil: Spoil | None = None
    """How to spoil its bytes on the wire; the gap of a drip is real time here. Never a dialect's concern."""


class Outgoing(msgspec.Struct, frozen=True):
    """One notification to send; `url` is whole, its query included."""

    method: str
    url: str
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


class Ask(msgspec.Struct, kw_only=True, gc=False):
    """What a caller wants, under our names. `about` tells apart queries: what is asked for other than an order."""

    op: GatewayOp | OperatorOp | Literal["send"]
    """`pay` is the payer's own word: no dialect reads it. `complaint`: see complaint_desk.py for its acts."""
    about: Literal["", "refund", "abnormal", "orders", "goods", "bill"] = ""
    """For query: one order (""), one refund, the latest orders, (operators) the shelf: of `sku`, else all of it, or
    (gateways) what money moved within `between_ns`. For refund: `abnormal` asks for another way for one that failed."""
    order_no: str = ""
    """The platform's number: out_trade_no, external_orderno."""
    ref: str = ""
    """The upstream's own number, where the caller names the order by it."""
    order_nos: tuple[str, ...] = ()
    """Query of several: the platform's numbers; unknown ones are missing from the answer."""
    refs: tuple[str, ...] = ()
    refund_no: str = ""
    price_fen: int = 0
    """Refund: what the caller says that the trade cost, 0 where it need not say."""
    amount_fen: int = 0
    """Create: the price. Refund: what goes back, 0 for all. Submit: the highest cost that is accepted, 0 for any."""
    account: str = ""
    sku: str = ""
    quantity: int = 1
    subject: str = ""
    attach: str = ""
    notify_url: str = ""
    fingerprint: object = None
    """Equal for two calls with the same number exactly if the upstream takes them for the same order."""
    expires_ms: float = 0.0
    """Create: how long (upstream ms) the trade may be paid; 0 for the dialect's `expires_ms`."""
    expires_ns: int = 0
    """Create: until when the trade may be paid, where the caller names the wall time itself; else 0."""
    undo: bool = False
    """Close: give the money back if the trade was paid meanwhile."""
    renewed: bool = False
    """It was signed with the key that follows, in a run in which that changes."""
    repeated: bool = False
    """Refund: the desk says here that the refund of this number was there before."""
    extra: dict[str, str] = {}
    """Facts kept with the record for this dialect alone, or that its `answer` needs."""
    limit: int = 50
    page: int = 1
    between_ns: tuple[int, int] = (0, 0)
    """Wall time: from, up to but not including."""

    def texts(self) -> tuple[str, ...]:
        """Return where an intent's eight digits may stand, the likeliest first."""
        return (self.account, self.attach, self.subject)


class Notice(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a notification is about; the same `id` on each attempt. One of the three records is set."""

    op: Literal["create", "pay", "close", "refund", "complain", "accept", "submit", "claim"]
    id: str
    at_ns: int
    trade: Trade | None = None
    refund: Refund | None = None
    """Its trade is set as well."""
    complaint: Complaint | None = None
    """Its trade is set as well."""
    act: str = ""
    """What happened to the complaint, or to the claim."""
    inbox: str = ""
    """Where the platform wants to be told of complaints."""
    order: SupplierOrder | None = None


Duplicates = Literal["reuse", "reject", "reject_changed", "accept_new", "accept_after_failed"]
"""What a second create or submit of the same number does: the same answer again; a refusal; a refusal only if something
else differs; a second order; a second order only after the first one failed."""

Found = (
    Trade
    | Refund
    | SupplierOrder
    | int
    | Sequence[Trade]
    | Sequence[Trade | Refund]
    | Sequence[SupplierOrder]
    | Sequence[Shelf]
    | Complaint
    | Sequence[Complaint]
    | Inbox
    | Message
    | Sequence[Message]
)
"""What the books hand to `answer`, by the ask:

    create, close, claim     Trade; close that undoes a payment: Refund; operator: list of SupplierOrder
    query                    gateway: Trade; about refund: Refund, or the Trade where a refund's number counts within
                             its trade and there is none such; about orders: list of Trade (newest first);
                             about bill: list of Trade that were paid and Refund that were done, oldest first
    refund                   Refund
    complaint                Complaint; list: list of Complaint, oldest first; inbox_...: Inbox
    submit                   SupplierOrder
    query                    operator: list of SupplierOrder, possibly empty; about goods: list of Shelf
    balance                  int, fen
    send                     Message; its query: list of Message to one receiver, oldest first
"""


class Dialect:
    """One upstream's wire. The class docstring names the `Source:` of its facts.

    Sealing and notifying run in a thread pool if `signs_slowly`; all else runs on the event loop and must be quick.
    """

    side: ClassVar[Literal["gateway", "operator", "message"]]
    ops: ClassVar[tuple[str, ...]]
    endpoints: ClassVar[tuple[str, ...]] = ()
    """What it answers, for docs/upstreams.md: paths, or the names of calls that share one."""
    notifies: ClassVar[frozenset[str]]
    """The operations whose end is notified, those aside that only a forger would tell of (notifier.py, SILENT)."""
    numbered: ClassVar[bool] = True
    """Operators: callers give their orders a number of their own, and can ask by it what became of one whose answer was
    lost."""
    signs_notices: ClassVar[bool] = True
    """Its notifications are signed in a way that platforms know, so that a forged one can be told from a true one."""
    frees_cancelled: bool = False
    """Operators: the number of an order that was cancelled may be used for another one."""
    pays_later: ClassVar[bool] = False
    """Operators: an order is taken before it is paid: what the balance does not cover is cancelled soon after."""
    progress_counts: ClassVar[bool] = False
    """Whoever acknowledges that an order is under way is not told again how it ended, should that have been lost."""
    ladder_ms: ClassVar[tuple[float, ...]]
    """Upstream time from each unacknowledged attempt to the next; the first attempt is at once."""
    ack_wait_ms: ClassVar[float] = 5_000.0
    codes: ClassVar[Mapping[str, object]]
    """Wire error by Condition, by Reason (as far as it can occur) and by the dialect's own raw code."""
    unclear: ClassVar[frozenset[str]] = frozenset({"busy"})
    """The codes after which the caller cannot know whether it was done."""
    unclear_refunds: ClassVar[frozenset[str]] = frozenset()
    """The codes after which he cannot know it of a refund alone."""
    duplicates: ClassVar[Duplicates]
    """What a second create or submit of the same number does, unless the settings say otherwise."""
    expires_ms: ClassVar[float] = 86_400_000.0
    """Gateways: how long (upstream ms) an unpaid trade may be paid."""
    refund_scope: ClassVar[Literal["merchant", "trade"]] = "merchant"
    """Gateways: within what a refund's number counts; within its trade it is the order's own unless said."""
    forgets_unpaid: ClassVar[bool] = False
    """Gateways: a trade whose time to be paid is over is deleted, and its number is free."""
    number_kept_ms: ClassVar[float] = 0.0
    """Gateways: how long (upstream ms) a number is refused to another trade; 0 for ever."""
    finishes: ClassVar[bool] = False
    """Gateways: paid trades become final some day, which the wire tells apart."""
    refund_rules: ClassVar[RefundRules] = RefundRules()
    """Gateways: how often and how soon after one another a trade is refunded."""
    seals: ClassVar[bool] = False
    """Its answers are signed, and as badly as `Answer.signature` says."""
    secrets: ClassVar[tuple[str, ...]] = ()
    """The settings that are a key shared with the platform, and change when it is rotated."""
    own_keys: ClassVar[tuple[str, ...]] = ()
    """The settings that are the upstream's own key pair: it signs with them, and the platform verifies."""
    probes: ClassVar[bool] = False
    """This upstream sends signature probes of its own kind; elsewhere a probe is a forged signature."""
    divides: bool = False
    """A top-up of one unit may be charged in part, and the wire can tell how much of it was."""
    signs_slowly: ClassVar[bool] = False
    hosts: ClassVar[tuple[str, ...]] = ()
    """The real host names, which SDKs have built in: the TLS door answers for them (doors.py)."""
    defaults: ClassVar[Mapping[str, str]]
    """Every setting of its own that the dialect knows, with its default; an empty one may be generated."""

    def __init__(self, settings: Mapping[str, str], products: Mapping[str, Product]) -> None:
        self.settings = {**self.defaults, **settings}
        self.products = products
        self.base_url = ""
        """Where this upstream serves, known once its port is bound."""
        self.rotating: Callable[[], bool] = bool
        """Whether a strike has announced that the next key will be used."""

    @cached_property
    def successor(self) -> "Dialect":
        """The same upstream once its keys have changed."""
        other = type(self)({**self.settings, **rotation.renewed(self)}, self.products)
        other.base_url = self.base_url
        return other

    def usual(self) -> Usual | None:
        """Gateways: describe the create that nearly every caller sends, so that a compiled way may take it."""
        return None

    def credentials(self) -> dict[str, str]:
        """Return what a platform must be configured with, `url` aside."""
        raise NotImplementedError

    def read(self, request: Request) -> Ask | Answer:
        """Verify and parse; an Answer is a refusal in the dialect's words, or a page that touches no book."""
        raise NotImplementedError

    def answer(self, ask: Ask, found: Found) -> Answer:
        """Say that it was done, or what was found."""
        raise NotImplementedError

    def refuse(self, ask: Ask | None, code: str) -> Answer:
        """Say no; `code` is a key of `codes`, else it is a KeyError; the ask is None if the request is unreadable."""
        raise NotImplementedError

    def seal(self, request: Request, answer: Answer) -> Answer:  # noqa: ARG002
        """Sign an answer, where this dialect signs its answers."""
        return answer

    def lasting(self, asked: Request | Notice) -> bool:  # noqa: ARG002
        """Say whether what answers a request, or a notification, is signed with a key that no change replaces."""
        return False

    def waits_for_goods(self, ask: Ask) -> bool:  # noqa: ARG002
        """Operators: say whether the answer to a submit comes once the order is final, and holds its goods."""
        return False

    def hides(self, ask: Ask, trade: Trade) -> bool:  # noqa: ARG002
        """Gateways: say whether a trade that the books hold does not exist yet for whoever asks."""
        return False

    def link_ms(self, trade: Trade) -> float:  # noqa: ARG002
        """Gateways: return how long (upstream ms) a pay link is good for; 0 for as long as its trade may be paid."""
        return 0.0

    def strands(self, refund: Refund) -> bool:  # noqa: ARG002
        """Gateways: say whether a promised refund does not reach the customer, until another way is asked for."""
        return False

    def notify_url(self, notice: Notice) -> str:
        """Gateways: return where a notification goes, or nothing if it is not sent."""
        assert notice.trade is not None
        if notice.complaint is not None:
            return notice.inbox
        return notice.refund.notify_url if notice.refund else notice.trade.notify_url

    def ladder(self, op: str) -> tuple[float, ...]:  # noqa: ARG002
        """Return the ladder of a notification, by the operation whose end it tells."""
        return self.ladder_ms

    def facts(self, notice: Notice) -> dict[str, str | int]:
        """Return what a notification says, under our names: what a fault may rewrite and `notify` must render."""
        if notice.order is not None:
            order, state = notice.order, notice.act or notice.order.state
            return {
                "order_no": order.order_no,
                "ref": order.ref,
                "account": order.account,
                "amount_fen": order.cost_fen,
                "state": "delivered" if notice.op == "accept" else state,
            }
        trade, refund, complaint = notice.trade, notice.refund, notice.complaint
        assert trade is not None
        if complaint is not None:
            return {
                "order_no": trade.order_no,
                "ref": trade.ref,
                "amount_fen": complaint.amount_fen,
                "state": complaint.state,
                "complaint": complaint.id,
                "act": notice.act,
            }
        facts: dict[str, str | int] = {
            "order_no": trade.order_no,
            "ref": trade.ref,
            "amount_fen": trade.captured_fen or trade.amount_fen,
            "state": "paid",
        }
        if refund is not None:
            state = "failed" if refund.abnormal else "refunded"
            facts |= {"amount_fen": refund.amount_fen, "state": state}
            facts |= {"refund_no": refund.refund_no, "refund_ref": refund.ref}
        return facts

    def notify(self, notice: Notice, delivery: Delivery, notify_url: str) -> Outgoing:
        """Render `delivery.fields` (the facts as they shall be told); forged ones are signed with a wrong key."""
        raise NotImplementedError

    def acked(self, status: int, body: bytes) -> bool:
        """Say whether the platform's answer stops the ladder."""
        raise NotImplementedError

    def number(self, kind: Literal["trade", "refund", "order"], serial: int, time_ns: int) -> str:
        """Return a number of this upstream's own, unique for a serial (counted from 1) within a process."""
        raise NotImplementedError

    def trade_of(self, pay_url: str) -> str | None:
        """Gateways: return the trade that a pay URL of this upstream stands for, or None if it is not a trade's."""
        raise NotImplementedError

    def link(self, pay_url: str) -> Request | None:
        """Gateways: return the request that a browser would make where a pay URL is a signed link, else None."""
        raise NotImplementedError
