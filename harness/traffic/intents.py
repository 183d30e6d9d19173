"""What intent k wants: persona, customer, goods, gateway and account, a pure function of the seed and k.

Nothing is drawn from a stream, so intent k is the same in every run, on whichever worker it lives, and whatever
became of the intents before it.
"""

from collections.abc import Mapping
from decimal import Decimal
from itertools import accumulate
from typing import Literal

import msgspec

from harness.core.chance import chance, keyed_int
from harness.core.identity import tail_of
from harness.core.units import fen_from_yuan, yuan_from_fen
from harness.traffic.arrivals import Curve, start_ms
from harness.traffic.people import nickname, phone_ending
from harness.traffic.personas import Persona

WALLET = "wallet"
"""Beside the names of gateways: paid from the customer's balance."""
GoodsKind = Literal["phone", "game", "member", "cards", "topup"]


class Goods(msgspec.Struct, frozen=True, kw_only=True):
    """What traffic must know of one of the target's goods; `price` is in yuan, as the target file says it."""

    id: str
    kind: GoodsKind
    price: str
    face: str = ""
    most: int = 1
    """How many of it one order may be for."""

    @property
    def face_fen(self) -> int:
        """The face value in fen: of a top-up, what it brings."""
        return fen_from_yuan(self.face or self.price)

    @property
    def price_fen(self) -> int:
        """The listed price of one, in fen."""
        return fen_from_yuan(self.price)


def dearer_than(goods: list[Goods], *, counted: bool = False) -> dict[str, Goods]:
    """Return for each of the goods what costs more: the dearest of its kind, more of the same, or the dearest of all.

    More of the same is that one itself, where requests say how many (`counted`). Top-ups are named for nothing else.
    """
    delivered = [one for one in goods if one.kind != "topup"]
    ordered = sorted(delivered, key=lambda one: (one.price_fen, one.id))
    of_its_kind = {one.kind: one for one in ordered}
    found: dict[str, Goods] = {}
    for one in delivered:
        if of_its_kind[one.kind].price_fen > one.price_fen:
            found[one.id] = of_its_kind[one.kind]
        elif counted and one.most > 1:
            found[one.id] = one
        elif ordered[-1].price_fen > one.price_fen:
            found[one.id] = ordered[-1]
    return found


class Intent(msgspec.Struct, frozen=True, kw_only=True):
    """What one customer wants."""

    number: int
    persona: str
    customer: int
    goods: Goods
    gateway: str
    account: str
    token: str
    """The client's own number, which makes placing the same order twice harmless on a platform that heeds it."""
    start_ms: float
    """The intended start, real ms since the first arrival could come."""
    quantity: int = 1
    """How many of the goods."""

    @property
    def price_fen(self) -> int:
        """What all of it costs by the list, in fen."""
        return self.goods.price_fen * self.quantity

    def said(self, account: str = "", quantity: str = "") -> dict[str, str]:
        """Return what requests may say of it; `account` and `quantity` are others than its own.

        What another quantity costs is worked out as a page would.
        """
        costs = Decimal(quantity or self.quantity) * self.goods.price_fen
        return {
            "account": account or self.account,
            "token": self.token,
            "quantity": quantity or str(self.quantity),
            "amount": yuan_from_fen(int(costs)),
        }


class Intents:
    """All intents of a run; each is made when it is asked for.

    Raises:
        ValueError: a persona finds nothing among the goods that it would buy, or there is no gateway.
    """

    def __init__(
        self,
        *,
        seed: int,
        curve: Curve,
        personas: Mapping[str, type[Persona]],
        weights: Mapping[str, float],
        goods: list[Goods],
        gateways: list[str],
        customers: int,
        lines_say_quantity: bool = False,
    ) -> None:
        if not gateways:
            raise ValueError("at least one gateway to pay through")
        self.count = curve.count
        self._seed = seed
        self._curve = curve
        self._names = sorted(name for name, weight in weights.items() if weight > 0)
        self._bounds = list(accumulate(weights[name] for name in self._names))
        self._shelf = {name: _shelf(name, personas[name], goods) for name in self._names}
        self._purses = {
            name: purse_of(name, personas[name], self._shelf[name], goods)
            for name in self._names
            if personas[name].spends
        }
        self._gateways = sorted(gateways)
        self._customers = customers
        self._counts_lines = lines_say_quantity
        self._kinds = personas

    def customer(self, number: int) -> int:
        """Return who is behind intent `number`."""
        return keyed_int(self._seed, "who", number) % self._customers

    def intent(self, number: int) -> Intent:
        """Return intent `number`, which is below `count`."""
        seed = self._seed
        persona = self.persona(number)
        shelf = self._shelf[persona]
        goods = shelf[keyed_int(seed, "goods", number) % len(shelf)]
        gateway = self._gateways[keyed_int(seed, "gateway", number) % len(self._gateways)]
        if persona in self._purses:
            goods, gateway = self._purses[persona].first(keyed_int(seed, "goods", number), gateway)
        return Intent(
            number=number,
            persona=persona,
            customer=self.customer(number),
            goods=goods,
            gateway=gateway,
            account=account_of(seed, number, goods.kind),
            token=self._token(number),
            start_ms=start_ms(self._curve, seed, number),
            quantity=1 if self._kinds[persona].miscounts else self._quantity(number, goods),
        )

    def _quantity(self, number: int, goods: Goods) -> int:
        """Half of all want one, the others up to the most that may be ordered."""
        if goods.most == 1 or chance(self._seed, "one", number) < 0.5:
            return 1
        return 2 + keyed_int(self._seed, "quantity", number) % (goods.most - 1)

    def lines(self, intent: Intent, lines: int, apart: int = 0) -> list[Intent]:
        """Return an intent and the further lines of its batch, whose numbers follow those of all arrivals.

        They are `apart` for each arrival, where others than batches are more than one intent as well.
        """
        first = self.count + intent.number * ((apart or lines) - 1)
        whole = [intent, *(self._line(intent, first + at) for at in range(lines - 1))]
        if self._counts_lines:
            return whole
        return [msgspec.structs.replace(line, quantity=1) for line in whole]

    def spent(self, intent: Intent, apart: int) -> list[Intent]:
        """Return an intent and those that are paid from the balance after it.

        Their numbers follow those of all arrivals, `apart` for each arrival.
        """
        purse, first = self._purses[intent.persona], self.count + intent.number * (apart - 1)
        goods = purse.goods(keyed_int(self._seed, "goods", intent.number))
        later = (
            msgspec.structs.replace(
                intent,
                number=number,
                goods=goods,
                gateway=WALLET,
                quantity=1,
                account=account_of(self._seed, number, goods.kind),
                token=self._token(number),
            )
            for number in range(first, first + purse.spends - (not purse.tops_up))
        )
        return [intent, *later]

    def _line(self, intent: Intent, number: int) -> Intent:
        shelf = self._shelf[intent.persona]
        goods = shelf[keyed_int(self._seed, "goods", number) % len(shelf)]
        return msgspec.structs.replace(
            intent,
            number=number,
            goods=goods,
            account=account_of(self._seed, number, goods.kind),
            token=self._token(number),
            quantity=self._quantity(number, goods),
        )

    def _token(self, number: int) -> str:
        return f"{keyed_int(self._seed, 'token', number):016x}{number:08d}"

    def persona(self, number: int) -> str:
        """Return who behaves as intent `number`."""
        at = chance(self._seed, "persona", number) * self._bounds[-1]
        pairs = zip(self._names, self._bounds, strict=True)
        return next((name for name, bound in pairs if at < bound), self._names[-1])


def account_of(seed: int, intent: int, kind: GoodsKind) -> str:
    """Return the account to recharge, or for card goods the contact phone; it ends in the intent's eight digits."""
    return account_ending(seed, intent, tail_of(seed, intent), kind)


def account_ending(seed: int, intent: int, tail: str, kind: GoodsKind) -> str:
    """Return an account of a kind that ends in these digits."""
    if kind in ("phone", "cards", "topup"):
        return phone_ending(seed, tail)
    return f"{nickname(seed, 'account', intent)}_{tail}"


class Purse:
    """What a persona that pays from a balance buys: pairs of a top-up, where any is sold, and of the goods after it."""

    def __init__(self, pairs: list[tuple[Goods | None, Goods]], spends: int) -> None:
        self._pairs = pairs
        self.spends = spends
        self.tops_up = pairs[0][0] is not None

    def first(self, key: int, gateway: str) -> tuple[Goods, str]:
        """Return what is ordered first, and how that is paid."""
        topup, goods = self._pairs[key % len(self._pairs)]
        return (goods, WALLET) if topup is None else (topup, gateway)

    def goods(self, key: int) -> Goods:
        """Return what is paid from the balance."""
        return self._pairs[key % len(self._pairs)][1]


def purse_of(name: str, persona: type[Persona], shelf: list[Goods], goods: list[Goods]) -> Purse:
    """Return what a persona buys from its balance, of the goods on its shelf.

    Raises:
        ValueError: no top-up is good for what it wants to buy.
    """
    topups = sorted((one for one in goods if one.kind == "topup"), key=lambda one: one.id)
    if not topups:
        return Purse([(None, one) for one in shelf], persona.spends)
    pairs: list[tuple[Goods | None, Goods]] = [
        (topup, one)
        for topup in topups
        for one in shelf
        if one.price_fen <= topup.face_fen
        and (not persona.overspends or one.price_fen * persona.spends > topup.face_fen)
    ]
    if not pairs:
        many = f", and more than {persona.spends - 1} times" if persona.overspends else ""
        raise ValueError(f"the persona {name}: no top-up pays for any of the goods once{many}")
    return Purse(pairs, persona.spends)


def _shelf(name: str, persona: type[Persona], goods: list[Goods]) -> list[Goods]:
    kinds = persona.takes({one.kind for one in goods})
    shelf = sorted((one for one in goods if one.kind in kinds), key=lambda one: one.id)
    if not shelf:
        wanted = ", ".join(sorted(persona.buys))
        raise ValueError(f"the persona {name} buys {wanted}, and the target sells none of these")
    return shelf
