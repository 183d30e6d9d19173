"""A wallet on a visit: whether it is read rightly, whether a top-up is in it, and whether an order is paid from it.

login -> read -> the line of a top-up -> place, pay from the balance -> read again: the debit, the balance
"""

from collections.abc import Iterator, Sequence

import msgspec

from harness.doctor.diagnosis import entry, misread, reach
from harness.doctor.facts import Broken, Order, Told, WalletFacts
from harness.doctor.follow import Around, Guest
from harness.targets._wallet import WALLET, line_of

_OF_LINES = ("a line of the bill", "lines of a bill", "an amount", "is missing")
"""Words of reasons why what was taken as the lines of a wallet is none."""
AFTER = "wallet, once it was paid from"


class UseWallet(Guest):
    """A customer who looks at his wallet, and pays an order from it if there is enough in it.

    He is one whose top-up has been paid, where any is sold.
    """

    def __init__(
        self, around: Around, orders: Sequence[Order], wanted: Sequence[Order], channel: str
    ) -> None:
        """Take all orders of the visit, and what may be bought; `channel` is empty where nothing may."""
        topups = [order for order in orders if order.chain.kind == "topup" and order.paid]
        self.topup = topups[0] if topups else None
        super().__init__(around, self.topup.customer if self.topup else orders[0].customer)
        self._wanted = sorted(wanted, key=lambda order: order.chain.price_fen)
        self._channel = channel
        self.bought: Order | None = None

    def to_its_end(self) -> None:
        """Log in, as a customer who has an account, look, buy, look again."""
        try:
            if self._enters(anew=False):
                self._lives()
        finally:
            self._talk.close()

    def _lives(self) -> None:
        told = self._ask(WALLET)
        balance_fen = int(told.values.get("balance_fen") or 0)
        good_for = [one for one in self._wanted if one.chain.price_fen <= balance_fen]
        if told.outcome != "ok" or not self._channel or not good_for:
            return
        order = self.bought = good_for[0]
        self._scope |= {**self._bought(order), "channel": self._channel}
        placed = self._ask("place")
        order.order_no = str(placed.values.get("order_no", ""))
        if placed.outcome != "ok":
            return
        if self._around.adapter.has("wallet_pay"):
            self._ask("wallet_pay", {"order_no": order.order_no})
        after = self._talk.ask(WALLET, self._scope)
        self.calls[AFTER] = msgspec.structs.replace(after, name=AFTER)


def broken_wallet(facts: WalletFacts) -> Iterator[Broken]:
    """Yield what is broken of a wallet, the first first."""
    yield from reach(facts)
    yield from entry(facts)
    call = facts.calls[WALLET]
    yield from _unreadable(call)
    if facts.topup is not None:
        yield from _line(call, facts.topup.order_no, facts.face_fen)
    for name in ("place", "wallet_pay"):
        if name in facts.calls and facts.calls[name].outcome != "ok":
            yield misread(facts.calls[name])
    after, order = facts.calls.get(AFTER), facts.bought
    if after is None or order is None:
        return
    yield from _unreadable(after)
    yield from _line(after, order.order_no, -order.chain.price_fen)
    took_fen = int(call.values["balance_fen"]) - int(after.values["balance_fen"])
    if took_fen != order.chain.price_fen:
        says = {"order_no": order.order_no, "amount": str(took_fen)}
        says["price"] = str(order.chain.price_fen)
        yield Broken(step="wallet_balance", says=says, call=after)


def _unreadable(call: Told) -> Iterator[Broken]:
    if call.outcome != "ok":
        if any(words in call.reason for words in _OF_LINES):
            yield Broken(step="wallet_unreadable", says={"reason": call.reason}, call=call)
        yield misread(call)


def _line(call: Told, order_no: str, amount_fen: int) -> Iterator[Broken]:
    """Look for the lines of an order, and at what they come to."""
    found = [line_of(text) for text in call.values.get("lines", [])]
    own = [fen for fen, _, number in found if number == order_no]
    says = {"order_no": order_no, "right": str(amount_fen), "amount": str(sum(own))}
    if not own:
        others = sum(kind == "other" for _, kind, _ in found)
        there = "wallet_order_no" if order_no in call.body else "wallet_no_line"
        step = "wallet_kinds" if others and order_no in call.body else there
        yield Broken(step=step, says=says, call=call)
    elif sum(own) in {amount_fen * 100, amount_fen / 100}:
        yield Broken(step="wallet_unit", says=says, call=call)
    elif sum(own) != amount_fen:
        yield Broken(step="wallet_amount", says=says, call=call)
