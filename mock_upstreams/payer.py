"""The customers' bank app: it pays a pay URL at the gateway that the URL belongs to, and says what the customer sees.

    POST /payer/pay {"pay_url", "intent", "amount_fen", "how", "reason"}
      -> {"outcome", "order_no", "trade_no", "amount_fen", "reason", "again", "back"}

    how         what happens                                             outcome
    pays        the money is taken                                       ok
    refused     the bank says no, for `reason`; nothing is taken         fail
    breaks_off  the customer leaves half way (支付中); nothing is taken  unknown, reason paying
    twice       two payments of one trade at the same instant            the better one's; `again` tells of the other
    pretends    nothing is taken; `back` is a return that he made up     fail, reason pretended

`back` is where the gateway's page sends the browser (returning.py): asked for by `returns`, or made up, as `signature`
says.

Whoever was refused or broke off may pay later. Trades do not show a payment that is under way: USERPAYING is a state
of payments by payment code alone. Source: WeChat Pay v3, 查询订单 `trade_state`, read 2026-11-22.

A payment is an exchange of the gateway with the operation `pay`, so every leg of it can be struck: a bank that is slow,
that takes another amount, that takes the money and never says so.
"""

from collections.abc import Callable, Mapping, Sequence
from string import ascii_letters, digits, punctuation
from typing import ClassVar, Literal
from urllib.parse import quote

import msgspec

from mock_upstreams.desk import who_of
from mock_upstreams.dialect import Answer, Ask, Dialect, Found, Request
from mock_upstreams.exchange import Exchange
from mock_upstreams.gateway_desk import GatewayDesk
from mock_upstreams.house import Ear, House
from mock_upstreams.records import Trade
from mock_upstreams.returning import back_of
from mock_upstreams.upstream import Upstream

_ASCII = ascii_letters + digits + punctuation


class PayOrder(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What a customer tells the bank app; `amount_fen` is what he believes he pays."""

    pay_url: str
    intent: int | None = None
    amount_fen: int | None = None
    how: Literal["pays", "refused", "breaks_off", "twice", "pretends"] = "pays"
    reason: Literal["balance", "limit", "frozen", "session_expired"] = "balance"
    """Why the bank refuses: too little money, above a limit, a frozen card, a password-free session that has ended."""
    returns: bool = False
    """He pays on the gateway's page, and asks where it sends him back to."""
    signature: Literal["wrong", "empty", "absent"] = "wrong"
    """Of who pretends."""


class _Seen(msgspec.Struct, kw_only=True):
    """What the bank app shows."""

    outcome: str
    order_no: str = ""
    trade_no: str = ""
    amount_fen: int | None = None
    reason: str = ""
    again: str | msgspec.UnsetType = msgspec.UNSET
    """What became of the second of two payments: ok, or why not; silence if nothing was heard of it."""
    back: str | msgspec.UnsetType = msgspec.UNSET
    """The URL at the merchant's that the browser is sent to."""


def _show(seen: _Seen, status: int = 200) -> Answer:
    return Answer(msgspec.json.encode(seen), status)


class PayerVoice:
    """Words the answers of `pay` for the customer instead of the platform."""

    unclear: ClassVar[frozenset[str]] = frozenset({"busy", "processing"})
    signs_slowly: ClassVar[bool] = False

    def __init__(self, way: Dialect | None = None) -> None:
        """Take the gateway on whose page the customer pays, if he wants to be led back."""
        self._way = way

    def answer(self, ask: Ask, found: Found) -> Answer:
        """Show that the money was taken, and how much."""
        assert isinstance(found, Trade)
        taken_fen = found.captured_fen or ask.amount_fen
        seen = _Seen(
            outcome="ok", order_no=found.order_no, trade_no=found.ref, amount_fen=taken_fen
        )
        if self._way is not None:
            seen.back = back_of(self._way, found, "true")
        return _show(seen)

    def refuse(self, ask: Ask, code: str) -> Answer:
        """Show why not."""
        outcome = "unknown" if code in self.unclear else "fail"
        return _show(_Seen(outcome=outcome, order_no=ask.order_no, trade_no=ask.ref, reason=code))

    def seal(self, request: Request, answer: Answer) -> Answer:  # noqa: ARG002
        """Leave it as it is."""
        return answer


_VOICE = PayerVoice()

_STAY_MS = 15_000
"""How long a customer stands before the cashier of a signed link, in upstream time."""
_STAY_REAL_S = 0.3
"""And at least, so that a notification of a forger is handled before."""


class _Browser:
    """Opens a signed link before it can be paid: an ear inside this process."""

    def __init__(self, opened: Callable[[], None], failed: Callable[[], None]) -> None:
        self._opened = opened
        self._failed = failed

    def answer(self, answer: Answer) -> bool:  # noqa: ARG002
        """Go on to the cashier."""
        self._opened()
        return True

    def hold(self) -> None:
        """Wait."""

    def reset(self) -> None:
        """Show an error page."""
        self._failed()

    def cut(self) -> None:
        """Show an error page."""
        self._failed()


class Payer:
    """Finds the gateway of a pay URL and pays there."""

    def __init__(
        self, gateways: Sequence[Upstream], house: House, hosts: Mapping[str, str] | None = None
    ) -> None:
        """Take the gateways, and the URLs that real host names stand for."""
        self._gateways = gateways
        self._house = house
        self._hosts = hosts or {}

    def hear(self, request: Request, ear: Ear) -> None:
        """Take one order to pay."""
        try:
            order = msgspec.json.decode(request.body, type=PayOrder)
        except msgspec.MsgspecError as error:
            ear.answer(_show(_Seen(outcome="fail", reason=f"malformed: {error}"), 400))
            return
        order.pay_url = self._here(_typed(order.pay_url))
        for gateway in self._gateways:
            link = gateway.dialect.link(order.pay_url)
            if link is not None:
                self._open(gateway, link, order, request, ear)
                return
            ref = gateway.dialect.trade_of(order.pay_url)
            if ref is not None:
                self._pay(gateway, ref, order, request, ear)
                return
        ear.answer(_show(_Seen(outcome="fail", reason="not_found")))

    def _here(self, pay_url: str) -> str:
        """Return a URL of a real host name as the one of the upstream that stands for it."""
        scheme, found, rest = pay_url.partition("://")
        host, slash, path = rest.partition("/")
        url = self._hosts.get(host.lower()) or self._hosts.get(host.partition(":")[0].lower())
        return f"{url}{slash}{path}" if found and scheme in {"http", "https"} and url else pay_url

    def _open(
        self, gateway: Upstream, link: Request, order: PayOrder, request: Request, ear: Ear
    ) -> None:
        """Follow a signed link, which makes the trade, and pay that."""
        ask = gateway.dialect.read(link)

        def opened() -> None:
            desk = gateway.desk
            assert isinstance(desk, GatewayDesk)
            trade = None if isinstance(ask, Answer) else desk.book.find(ask.order_no)
            ref = trade.ref if trade else ""
            stay_s = self._stay_s() if desk.forging else 0.0
            self._house.after(stay_s, self._pay, gateway, ref, order, request, ear)

        def failed() -> None:
            ear.answer(_show(_Seen(outcome="fail", reason="unreachable")))

        gateway.hear(link, _Browser(opened, failed))

    def _stay_s(self) -> float:
        """Return how long a customer looks at the cashier where somebody forges notifications, in real seconds.

        The trade of a signed link is made by opening it: paid in the same instant, a forgery could only come too late.
        """
        return max(_STAY_REAL_S, self._house.real_s(_STAY_MS))

    def _pay(
        self, gateway: Upstream, ref: str, order: PayOrder, request: Request, ear: Ear
    ) -> None:
        desk = gateway.desk
        assert isinstance(desk, GatewayDesk)
        trade = desk.book.find(ref=ref) if ref else None
        number = trade.order_no if trade else ""
        price_fen = trade.amount_fen if trade else 0
        ask = Ask(op="pay", order_no=number, ref=ref or "-", amount_fen=price_fen)
        intent = self._house.known_intent(order.intent)
        if intent is None and trade is not None:
            intent = trade.intent
        who = who_of(intent, number or ref)
        if trade is not None and order.how in {"refused", "breaks_off", "pretends"}:
            ear.answer(_show(_unpaid(order, trade, gateway.dialect)))
            return
        voice = PayerVoice(gateway.dialect) if order.returns else _VOICE
        ears: Sequence[Ear] = Twins(ear).ears if order.how == "twice" else (ear,)
        for one in ears:
            Exchange(gateway, voice, ask, request, one, who).begin()


def _typed(pay_url: str) -> str:
    """Return a link as a browser opens it: what is no ASCII as the escapes of its UTF-8, and nothing from a `#` on.

    Many platforms hand out links with their goods' names as they are.
    """
    link = quote(pay_url.strip(), safe=_ASCII, errors="replace")
    return link.partition("#")[0] if link.startswith(("http://", "https://")) else link


def _unpaid(order: PayOrder, trade: Trade, dialect: Dialect) -> _Seen:
    """Return what is seen of a payment of which the gateway never hears."""
    seen = _Seen(outcome="unknown", order_no=trade.order_no, trade_no=trade.ref, reason="paying")
    if order.how == "refused":
        seen.outcome, seen.reason = "fail", order.reason
    if order.how == "pretends":
        seen.outcome, seen.reason = "fail", "pretended"
        seen.back = back_of(dialect, trade, order.signature)
    return seen


_RANK = {"ok": 0, "unknown": 1, "fail": 2}


class Twins:
    """Two payments with one screen: it shows the better of two answers, and what became of the other one."""

    def __init__(self, screen: Ear) -> None:
        self._screen = screen
        self._heard: list[_Seen | None] = []
        self.ears: Sequence[Ear] = (_Twin(self.note), _Twin(self.note))

    def note(self, seen: _Seen | None) -> bool:
        """Take one end, None for a payment without an answer; return whether the customer still looks."""
        self._heard.append(seen)
        if len(self._heard) < len(self.ears):
            return True
        answers = sorted(filter(None, self._heard), key=lambda one: _RANK[one.outcome])
        if not answers:
            self._screen.cut()
            return False
        shown, *others = answers
        shown.again = "silence"
        for other in others:
            shown.again = other.reason or other.outcome
        return self._screen.answer(_show(shown))


class _Twin:
    """One of two payments: an ear inside this process, which tells its end once."""

    def __init__(self, ends: Callable[[_Seen | None], bool]) -> None:
        self._ends = ends
        self._over = False

    def _end(self, seen: _Seen | None) -> bool:
        if self._over:
            return False
        self._over = True
        return self._ends(seen)

    def answer(self, answer: Answer) -> bool:
        """Tell what the bank app would show."""
        return self._end(msgspec.json.decode(answer.body, type=_Seen))

    def hold(self) -> None:
        """Wait for `cut`."""

    def reset(self) -> None:
        """Tell that there was no answer."""
        self._end(None)

    def cut(self) -> None:
        """Tell that there was no answer."""
        self._end(None)
