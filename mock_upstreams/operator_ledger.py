"""The books of the operators: orders, balance, cards and stock. What `ledger` says of steps holds here as well."""

from collections.abc import Mapping, Sequence
from itertools import islice
from math import ceil

from harness.core.chance import keyed_int
from harness.core.identity import tail_of
from mock_upstreams.dialect import Ask, Duplicates
from mock_upstreams.ledger import Number
from mock_upstreams.records import Card, Product, Reason, Shelf, SupplierOrder

AGAIN_AFTER_MS = 60_000.0
"""Within a minute every second submit of a number is a repetition, whatever came of the first.

Source: showdoc 2167197494741781 (generic SUP v1.9), read 2026-11-22."""


class OperatorBook:
    """Orders, balance and card stock of one operator.

    At any time `balance_fen` + the cost of all orders - what was credited back of them = `balance_in_fen`. Units of a
    product with stock are set aside at submit, and put back as far as they are not handed out.
    """

    def __init__(
        self,
        *,
        name: str,
        seed: int,
        products: dict[str, Product],
        number: Number,
        duplicates: Duplicates,
        balance_fen: int,
        stock: Mapping[str, int] | None = None,
        again_after_ns: float = 0,
        frees_cancelled: bool = False,
        pays_later: bool = False,
    ) -> None:
        self.orders: dict[str, SupplierOrder] = {}
        self.balance_fen = self.balance_in_fen = balance_fen
        self._by_no: dict[str, list[SupplierOrder]] = {}
        self._products = products
        self._number = number
        self._duplicates = duplicates
        self._frees_cancelled = frees_cancelled
        self._pays_later = pays_later
        self._again_after_ns = again_after_ns
        """Where a failed order's number may be used again: how long (wall) after it was made, and no sooner."""
        self._name = name
        self._card_seed = keyed_int(seed, name, "cards")
        self._serial = 0
        self._cards_sold = 0
        self._left = dict(stock or {})

    def query(self, order_nos: Sequence[str], refs: Sequence[str] = ()) -> list[SupplierOrder]:
        """Return the orders of these numbers, in their order; unknown numbers are missing."""
        found = [order for no in order_nos for order in self._by_no.get(no, ())]
        return found + [self.orders[ref] for ref in refs if ref in self.orders]

    def latest(self, limit: int, page: int, account: str = "") -> list[SupplierOrder]:
        """Return a page of orders, newest first, of one account if it is named; pages count from 1."""
        start = (max(page, 1) - 1) * limit
        newest = reversed(self.orders.values())
        return list(islice((o for o in newest if account in {"", o.account}), start, start + limit))

    def shelves(self, sku: str = "") -> list[Shelf]:
        """Return the price list, or the one product asked for."""
        products = [p for p in self._products.values() if not sku or p.id == sku]
        return [self._shelf(product) for product in products]

    def _shelf(self, product: Product) -> Shelf:
        left = self._left.get(product.id)
        if left is None:
            return Shelf(product=product)
        return Shelf(product=product, left=max(left, 0), on_sale=left > 0)

    def plan_submit(self, ask: Ask, now_ns: int) -> SupplierOrder | Reason:
        """Return a new order that is not yet taken, or the one of the same number where that is reused.

        Where only a changed order is refused, account, product and quantity must be the same (or the fingerprint, where
        the dialect makes one).
        """
        asked = _asked(ask)
        known = self._by_no.get(ask.order_no)
        if known and not self._again(known[-1], now_ns):
            same = self._duplicates == "reject_changed" and known[-1].fingerprint == asked
            return known[-1] if same or self._duplicates == "reuse" else Reason.DUPLICATE
        product = self._products.get(ask.sku)
        if product is None:
            return Reason.NO_PRODUCT
        if self._left.get(product.id, ask.quantity) < ask.quantity:
            return Reason.OUT_OF_STOCK
        cost_fen = product.cost_fen * ask.quantity
        if 0 < ask.amount_fen < cost_fen:
            return Reason.COST_ABOVE_LIMIT
        unpaid = cost_fen > self.balance_fen
        if unpaid and not self._pays_later:
            return Reason.LOW_BALANCE
        self._serial += 1
        return SupplierOrder(
            ref=self._number("order", self._serial, now_ns),
            serial=self._serial,
            order_no=ask.order_no,
            account=ask.account,
            product=product,
            quantity=ask.quantity,
            ordered_units=ask.quantity,
            fingerprint=asked,
            cost_fen=cost_fen,
            unpaid=unpaid,
            created_ns=now_ns,
            remark=ask.attach,
            notify_url=ask.notify_url,
            extra=ask.extra,
        )

    def _again(self, known: SupplierOrder, now_ns: int) -> bool:
        """Say whether a number that was used may be used for another order."""
        if known.cancelled and (known.unpaid or self._frees_cancelled):
            return True
        if self._duplicates == "accept_after_failed":
            old = now_ns - known.created_ns >= self._again_after_ns
            return old and known.state == "failed"
        return self._duplicates == "accept_new"

    def take(self, order: SupplierOrder) -> bool:
        """Accept a planned order and debit its cost; return False if it was accepted before."""
        if order.ref in self.orders:
            return False
        self.orders[order.ref] = order
        if order.order_no:  # some callers name none: then nothing is ever a repetition
            self._by_no.setdefault(order.order_no, []).append(order)
        if order.unpaid:
            order.back_fen = order.cost_fen
        else:
            self.balance_fen -= order.cost_fen
        self._put_back(order, -order.ordered_units)
        order.left = self._left.get(order.product.id)
        return True

    def deliver(self, order: SupplierOrder, now_ns: int, *, cards_later: bool = False) -> None:
        """Hand all goods out; card goods get cards that nobody else has, now or by `hand_out_cards`."""
        assert order.state == "delivering", order
        order.state, order.done_ns = "delivered", now_ns
        self._hand_out(order, order.quantity)
        if not cards_later:
            self.hand_out_cards(order)

    def deliver_part(
        self, order: SupplierOrder, units: float, now_ns: int, *, cards_later: bool = False
    ) -> None:
        """Hand out some units, more than none and fewer than all, and credit the others' cost back.

        A part of a unit is a top-up that was charged to a part of its face value.
        """
        assert order.state == "delivering", order
        assert 0 < units < order.quantity, (units, order)
        order.state, order.done_ns = "partial", now_ns
        self._credit(order, order.cost_fen - _dear(order.cost_fen * units / order.quantity))
        self._hand_out(order, units)
        if not cards_later:
            self.hand_out_cards(order)

    def hand_out_cards(self, order: SupplierOrder) -> None:
        """Give an order its cards, if it is one for cards and has none yet."""
        if order.product.kind == "cards" and not order.cards:
            order.cards = [self._new_card() for _ in range(int(order.done_units))]

    def fail(self, order: SupplierOrder, now_ns: int) -> None:
        """Give up and credit the cost back."""
        assert order.state == "delivering", order
        order.state, order.done_ns = "failed", now_ns
        self._credit(order, order.cost_fen)
        self._hand_out(order, 0)

    def _hand_out(self, order: SupplierOrder, units: float) -> None:
        order.done_units = units
        self._put_back(order, order.ordered_units - ceil(units))

    def _put_back(self, order: SupplierOrder, units: int) -> None:
        sku = order.product.id
        if sku in self._left:
            self._left[sku] += units

    def _credit(self, order: SupplierOrder, back_fen: int) -> None:
        order.back_fen = back_fen
        if not order.unpaid:
            self.balance_fen += back_fen

    def _new_card(self) -> Card:
        """The permuted counter makes a number unique, the hash makes both parts hard to guess.

        Every second card is digits alone, 17 and 18 as on top-up cards, and begins with a nought: a platform that takes
        it for a number loses that.
        """
        self._cards_sold += 1
        unique = tail_of(self._card_seed, self._cards_sold)
        guess = keyed_int(self._card_seed, "number", self._cards_sold) % 10**8
        password = keyed_int(self._card_seed, "password", self._cards_sold)
        if self._cards_sold % 2:
            return Card(f"0{unique}{guess:08d}", f"0{password % 10**17:017d}")
        prefix = self._name[:2].upper()
        return Card(f"{prefix}{unique}{guess:08d}", f"{password:016X}")


def _dear(fen: float) -> int:
    """Round an amount up to a fen, as operators do; what is a fen but for the last bit of a float is that fen."""
    return ceil(round(fen, 6))


def _asked(ask: Ask) -> object:
    """Return what must be equal for two submits of one number to ask for the same."""
    if ask.fingerprint is not None:
        return ask.fingerprint
    return ask.account, ask.sku, ask.quantity
