"""How customers behave, one file each. A persona is a generator of steps and does no I/O.

    class Polite(Persona):
        def having(self, order: Heard) -> Life:
            yield from self.think()
            paid = yield from self.pay(order)
            yield from self.watch(order, paid=paid)

Whoever does not just order first writes `live`. Its file's name is its name in scenarios. Thinking, patience and
waiting are upstream time; choices are keyed chance.
"""

import functools
import importlib.util
import inspect
from collections.abc import Collection, Generator
from pathlib import Path
from typing import ClassVar, TypeVar

import msgspec

from harness.core import folder
from harness.core.chance import chance
from harness.core.errors import UsageError
from harness.traffic.steps import (
    FINAL_STATES,
    Heard,
    Life,
    Pay,
    PayLink,
    Place,
    Status,
    Step,
    Together,
    Wait,
)

Given = TypeVar("Given")
Part = Generator[Step, list[Heard], Given]
"""A part of a life that ends with a value."""

RECHARGES = frozenset({"phone", "game", "member"})
_PLACE_PAUSES_MS = (10_000.0, 30_000.0, 60_000.0)
_LINK_AGAIN_AFTER_MS = 10_000.0
_PAY_AGAIN_AFTER_MS = 30_000.0
_PAYING_IS_POINTLESS = frozenset({"closed", "expired", "link_expired", "not_found"})


class Circumstances(msgspec.Struct, frozen=True, kw_only=True):
    """What a persona knows besides its own wishes; spans are upstream ms."""

    seed: int
    intent: int
    gateway: str
    """The gateway it has chosen."""
    gateways: tuple[str, ...]
    """Every gateway that the platform offers."""
    offers_pay_link: bool
    most: int = 1
    """How many of its goods one order may be for."""
    tops_up: bool = False
    """Its first order is a top-up of the wallet, from which it pays the others."""
    price_fen: int = 0
    """What each of those costs."""
    pays_by_call: bool = False
    """What is to be paid from the balance is paid by a call of its own, after it was placed."""
    think_ms: float
    patience_ms: float
    expiry_ms: float
    """How long the platform lets an unpaid order stand."""


class Persona:
    """A kind of customer. Subclasses write `having`, or `live`; the verbs below are there to be used in it."""

    buys: ClassVar[frozenset[str]] = RECHARGES
    """The kinds of goods that it is after."""
    settles_for: ClassVar[frozenset[str]] = frozenset({"cards"})
    """The kinds that it buys where none of those is sold; none for who is about what he buys."""
    needs: ClassVar[frozenset[str]] = frozenset()
    """What it cannot live without: calls of the target, or `complaints` at a gateway; a target without is refused."""
    complains: ClassVar[bool] = False
    """It may complain at the gateway."""
    awaits_compensation: ClassVar[bool] = False
    """It looks for what is promised for goods that come late."""

    intrudes: ClassVar[bool] = False
    """It is a thief with somebody else's password."""
    shares_address: ClassVar[bool] = False
    """All of them come from one address, where the target says where customers come from."""
    tampers: ClassVar[bool] = False
    """It names a price of its own."""
    miscounts: ClassVar[bool] = False
    """It names a count that no shop sells, and means one."""
    meddles: ClassVar[bool] = False
    """Somebody else tries to change its order."""

    batches: ClassVar[bool] = False
    """It sends batches: what it orders has as many lines as the traffic says."""

    spends: ClassVar[int] = 0
    """How many orders it pays from the balance at most, after a top-up where these are sold."""
    overspends: ClassVar[bool] = False
    """All of them together cost more than the top-up brings."""

    def __init__(self, circumstances: Circumstances) -> None:
        self.its = circumstances

    @classmethod
    def takes(cls, sold: Collection[str]) -> frozenset[str]:
        """Return which of the kinds that are sold it buys: what it is after, else what it settles for."""
        return cls.buys.intersection(sold) or cls.settles_for.intersection(sold)

    def live(self) -> Life:
        """Yield steps and receive what was heard, until the customer walks away: order, and go on if there is one."""
        orders = yield from self.order()
        if orders:
            yield from self.having(orders[0])

    def having(self, order: Heard) -> Life:
        """Go on with an order that stands."""
        raise NotImplementedError

    def roll(self, name: str) -> float:
        """Return keyed chance in [0, 1) for a choice of this customer."""
        return chance(self.its.seed, "persona", self.its.intent, name)

    def think(self) -> Part[None]:
        """Take between a half and one and a half times the usual time to think."""
        yield Wait(self.its.think_ms * (0.5 + self.roll("think")))

    def placing(self, attempt: int, *, slip: bool) -> Place:
        """Return how this customer places an order, the `attempt`-th time."""
        return Place(attempt, slip, self.tampers)

    def order(
        self, *, copies: int = 1, slip: bool = False, links: bool = True
    ) -> Part[list[Heard]]:
        """Place the order, `copies` at once, with a `slip` in the account or none; try again while that may help.

        Returns the answers that gave an order, empty if none did; where placing tells no way to pay, the platform is
        asked for one, unless none is needed (`links`). A lost answer or a busy platform is worth another try, a
        refusal is not.
        """
        attempt = 1
        for pause_ms in (*_PLACE_PAUSES_MS, None):
            places = tuple(self.placing(attempt + copy, slip=slip) for copy in range(copies))
            heard = yield Together(places) if copies > 1 else places[0]
            placed = [one for one in heard if one.outcome == "ok"]
            if placed:
                return (yield from self._linked(placed)) if links else placed
            if pause_ms is None or not any(map(_may_pass, heard)):
                return []
            attempt += copies
            yield Wait(pause_ms)
        return []

    def _linked(self, orders: list[Heard]) -> Part[list[Heard]]:
        """Ask for a way to pay the orders whose placing told none, as the page after it does; three times in all."""
        for pause_ms in (_LINK_AGAIN_AFTER_MS, _LINK_AGAIN_AFTER_MS, None):
            bare = [at for at, order in enumerate(orders) if not order.pay_url]
            if not bare or not self.its.offers_pay_link:
                break
            asks = tuple(PayLink(orders[at].order_no, self.its.gateway) for at in bare)
            links = yield Together(asks) if len(asks) > 1 else asks[0]
            for at, link in zip(bare, links, strict=True):
                url = link.pay_url if link.outcome == "ok" else ""
                orders[at] = msgspec.structs.replace(orders[at], pay_url=url)
            if pause_ms is None or all(orders[at].pay_url for at in bare):
                break
            yield Wait(pause_ms)
        return orders

    def other_gateway(self) -> str | None:
        """Return one of the gateways that this order was not placed for; None where no link of another can be had."""
        others = [name for name in self.its.gateways if name != self.its.gateway]
        if not others or not self.its.offers_pay_link:
            return None
        return others[int(self.roll("which") * len(others))]

    def second_link(self, order: Heard) -> Part[Pay | None]:
        """Ask for a link of another gateway, before anything is paid: afterwards no platform would give one.

        Returns how to pay it; None where there is no other gateway, or no such link is given.
        """
        gateway = self.other_gateway()
        if gateway is None:
            return None
        (link,) = yield PayLink(order.order_no, gateway)
        if link.outcome != "ok" or not link.pay_url:
            return None
        return Pay(order.order_no, link.pay_url, order.amount_fen, gateway=gateway)

    def pay(self, order: Heard) -> Part[bool]:
        """Pay; if the bank app does not say how it ended, look at the order and try again, three times in all.

        Returns whether money may have moved.
        """
        may_have = False
        for attempt in (1, 2, 3) if order.pay_url else ():
            (paid,) = yield Pay(order.order_no, order.pay_url, order.amount_fen, attempt=attempt)
            if paid.outcome == "ok" or paid.reason == "already_paid":
                return True
            may_have = may_have or paid.outcome == "unknown"
            if attempt == 3 or paid.reason in _PAYING_IS_POINTLESS:
                break
            yield Wait(_PAY_AGAIN_AFTER_MS)
            (seen,) = yield Status(order.order_no)
            if seen.outcome == "ok" and seen.state not in ("", "unpaid"):
                return may_have or seen.state != "closed"
        return may_have

    def watch(
        self,
        order: Heard,
        *,
        paid: bool,
        first_ms: float = 10_000.0,
        growth: float = 1.6,
        longest_ms: float = 120_000.0,
    ) -> Part[None]:
        """Look at the order again and again, ever less often, until content or out of patience."""
        waited_ms = 0.0
        pause_ms = first_ms
        look = 0
        while waited_ms < self.its.patience_ms:
            span_ms = pause_ms * (0.75 + 0.5 * self.roll(f"look {look}"))
            yield Wait(span_ms)
            (seen,) = yield Status(order.order_no)
            if self.content(seen, paid=paid):
                return
            waited_ms += span_ms
            pause_ms = min(pause_ms * growth, longest_ms)
            look += 1

    def content(self, seen: Heard, *, paid: bool) -> bool:
        """Say whether there is nothing left to wait for: who has paid is not content with a closed order."""
        return seen.state in FINAL_STATES and not (paid and seen.state == "closed")


def _may_pass(heard: Heard) -> bool:
    return heard.outcome == "unknown" or heard.http_status in (0, 401, 429, 503)


def names(extra: Path | None = None) -> list[str]:
    """Return the personas' names without importing them; `extra` is a further folder of persona files."""
    found = set(folder.names(Path(__file__).parent))
    return sorted(found | set(folder.names(extra) if extra else ()))


def kinds(extra: Path | None = None) -> dict[str, type[Persona]]:
    """Return every persona by its name.

    Raises:
        UsageError: a file of the further folder cannot be loaded.
        TypeError: a file defines no persona, or more than one.
    """
    return _own() | (
        {name: _load(extra / f"{name}.py") for name in folder.names(extra)} if extra else {}
    )


@functools.cache
def _own() -> dict[str, type[Persona]]:
    import harness.traffic.personas as package  # noqa: PLC0415 - this very package, once it has been imported

    return folder.members(package, Persona)


def _load(path: Path) -> type[Persona]:
    spec = importlib.util.spec_from_file_location(f"persona_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise UsageError(f"{path} cannot be loaded as a persona")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found = [
        value
        for value in vars(module).values()
        if inspect.isclass(value) and issubclass(value, Persona) and value.__module__ == spec.name
    ]
    if len(found) != 1:
        raise TypeError(f"{path} must define one Persona, not {len(found)}")
    return found[0]
