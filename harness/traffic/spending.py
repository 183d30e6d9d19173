"""What customers do who pay from a balance: fill it, look at it, buy from it. Personas build on it.

Their orders are lines of one life: line 0 is the top-up, where the platform sells any, and those after it are paid from
the balance.
"""

from harness.traffic.personas import Given, Part, Persona
from harness.traffic.steps import (
    BatchStatus,
    Heard,
    Life,
    Line,
    Place,
    PlaceBatch,
    ReadWallet,
    Status,
    Step,
    Together,
    Wait,
    WalletPay,
)

_PAYS_AGAIN_AFTER_MS = 20_000.0
_TRIES = 3


class Spending(Persona):
    """Subclasses write `spend`, what is done with a balance that may be there."""

    needs = frozenset({"wallet", "balance"})
    settles_for = frozenset({"cards"})
    spends = 1

    @property
    def lines(self) -> range:
        """Return the lines that are paid from the balance."""
        first = int(self.its.tops_up)
        return range(first, first + self.spends)

    def live(self) -> Life:
        """Fill the wallet, spend what is in it, look at what is left."""
        if not self.its.tops_up or (yield from self._fill()):
            yield from self.spend()
        yield ReadWallet()

    def spend(self) -> Part[None]:
        """Buy from the balance."""
        raise NotImplementedError

    def _fill(self) -> Part[bool]:
        """Top up and wait until it is there; say whether money may have moved."""
        orders = yield from _on(0, self.order())
        if not orders:
            return False
        yield from self.think()
        paid = yield from _on(0, self.pay(orders[0]))
        yield from _on(0, self.watch(orders[0], paid=paid))
        return paid

    def buy(self, at: int) -> Part[None]:
        """Place one order, pay it from the balance, watch it."""
        orders = yield from _on(at, self.order(links=False))
        if not orders:
            return
        paid = yield from self.paid(at, orders[0])
        yield from _on(at, self.watch(orders[0], paid=paid))

    def buy_at_once(self, lines: range) -> Part[None]:
        """Press for several orders at the same instant, pay those that were taken likewise, watch them."""
        places = tuple(Line(at, Place()) for at in lines)
        heard = yield Together(places) if len(places) > 1 else places[0]
        taken = [(at, one) for at, one in zip(lines, heard, strict=True) if one.outcome == "ok"]
        if self.its.pays_by_call and taken:
            pays = tuple(Line(at, WalletPay(one.order_no)) for at, one in taken)
            paid = yield Together(pays) if len(pays) > 1 else pays[0]
            taken = [one for one, its in zip(taken, paid, strict=True) if its.outcome != "fail"]
        for at, one in taken:
            yield from _on(at, self.watch(one, paid=True))

    def paid(self, at: int, order: Heard) -> Part[bool]:
        """Pay an order from the balance, where placing it did not; say whether money may have moved."""
        if not self.its.pays_by_call:
            return True
        for _ in range(_TRIES):
            (paid,) = yield Line(at, WalletPay(order.order_no))
            if paid.outcome != "unknown":
                return paid.outcome == "ok"
            yield Wait(_PAYS_AGAIN_AFTER_MS)
            (seen,) = yield Line(at, Status(order.order_no))
            if seen.state not in ("", "unpaid"):
                return True
        return True


def _on(at: int, part: Part[Given]) -> Part[Given]:
    """Do a part of a life for one of its orders."""
    heard: list[Heard] | None = None
    try:
        while True:
            step = next(part) if heard is None else part.send(heard)
            heard = yield _of_line(at, step)
    except StopIteration as end:
        given: Given = end.value
        return given


def _of_line(at: int, step: Step) -> Step:
    if isinstance(step, Wait | PlaceBatch | BatchStatus):
        return step
    if isinstance(step, Together):
        return Together(
            tuple(one if isinstance(one, Line) else Line(at, one) for one in step.steps)
        )
    return step if isinstance(step, Line) else Line(at, step)
