"""The customers' bank app: it pays a pay URL at the gateway that the URL belongs to, and says what the customer sees.

    POST /payer/pay {"pay_url", "intent", "amount_fen"} -> {"outcome", "order_no", "trade_no", "amount_fen", "reason"}

A payment is an exchange of the gateway with the operation `pay`, so every leg of it can be struck: a bank that is slow,
that takes another amount, that takes the money and never says so.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

import msgspec

from mock_upstreams.desk import who_of
from mock_upstreams.dialect import Answer, Ask, Found, Request
from mock_upstreams.exchange import Exchange, Upstream
from mock_upstreams.gateway_desk import GatewayDesk
from mock_upstreams.house import Ear, House
from mock_upstreams.records import Trade


class PayOrder(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What a customer tells the bank app; `amount_fen` is what he believes he pays."""

    pay_url: str
    intent: int | None = None
    amount_fen: int | None = None


class _Seen(msgspec.Struct, kw_only=True):
    """What the bank app shows."""

    outcome: str
    order_no: str = ""
    trade_no: str = ""
    amount_fen: int | None = None
    reason: str = ""


def _show(seen: _Seen, status: int = 200) -> Answer:
    return Answer(msgspec.json.encode(seen), status)


class PayerVoice:
    """Words the answers of `pay` for the customer instead of the platform."""

    unclear: ClassVar[frozenset[str]] = frozenset({"busy", "processing"})
    signs_slowly: ClassVar[bool] = False

    def answer(self, ask: Ask, found: Found) -> Answer:
        """Show that the money was taken, and how much."""
        assert isinstance(found, Trade)
        taken_fen = found.captured_fen or ask.amount_fen
        return _show(
            _Seen(outcome="ok", order_no=found.order_no, trade_no=found.ref, amount_fen=taken_fen)
        )

    def refuse(self, ask: Ask, code: str) -> Answer:
        """Show why not."""
        outcome = "unknown" if code in self.unclear else "fail"
        return _show(_Seen(outcome=outcome, order_no=ask.order_no, trade_no=ask.ref, reason=code))

    def seal(self, request: Request, answer: Answer) -> Answer:  # noqa: ARG002
        """Leave it as it is."""
        return answer


_VOICE = PayerVoice()


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
        order.pay_url = self._here(order.pay_url)
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
        url = self._hosts.get(host.partition(":")[0].lower())
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
            self._pay(gateway, trade.ref if trade else "", order, request, ear)

        def failed() -> None:
            ear.answer(_show(_Seen(outcome="fail", reason="unreachable")))

        gateway.hear(link, _Browser(opened, failed))

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
        Exchange(gateway, _VOICE, ask, request, ear, who_of(intent, number or ref)).begin()
