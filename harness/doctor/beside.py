"""From facts to the first broken step of what stands beside the chain of one order: a batch, the bill, a wallet.

    login -> batch -> its numbers -> each line, as any order -> batch_status
    login -> bill -> its lines: order numbers, kinds, amounts
    a wallet                                                                  purse.py

Pure, as diagnosis.py is.
"""

import re
from collections.abc import Iterator, Sequence

import msgspec

from harness.core.batch import account
from harness.doctor.diagnosis import diagnose, entry, misread, reach
from harness.doctor.facts import (
    BatchFacts,
    BillFacts,
    Broken,
    Facts,
    Found,
    Order,
    Told,
    WalletFacts,
)
from harness.doctor.purse import broken_wallet
from harness.targets._bill import Line

_OF_LINES = ("an amount", "a line of the bill", "lines of a bill")
"""Words of reasons why what was taken as the lines of a bill is none."""
_YUAN = re.compile(r"an amount in whole fen, not '?[^\d'-]*(-?[\d,]+\.\d{1,2})\b")


def first_broken(found: Found) -> Broken | None:
    """Return the first broken step of whatever was visited, or None if it is whole."""
    if isinstance(found, Facts):
        return diagnose(found)
    if isinstance(found, WalletFacts):
        return next(broken_wallet(found), None)
    broken = _batch(found) if isinstance(found, BatchFacts) else _bill(found)
    return next(broken, None)


def is_unlisted(found: Found) -> bool:
    """Say whether this is a bill that has no line of the orders that were paid: it may come later."""
    if not isinstance(found, BillFacts):
        return False
    lines, passed_over = _lines_of(found)
    ours = {order.order_no for order in found.orders}
    return ours.isdisjoint([*(line.order_no for line in lines), *passed_over])


def _batch(facts: BatchFacts) -> Iterator[Broken]:
    yield from reach(facts)
    yield from entry(facts)
    call = facts.calls["batch"]
    if call.outcome != "ok":
        yield misread(call)
    for what, key in (("order_nos", "order_nos"), ("amounts", "amounts_fen")):
        count = len(call.values.get(key, facts.lines))
        if count != len(facts.lines):
            says = {"what": what, "count": str(count), "lines": str(len(facts.lines))}
            yield Broken(step="batch_numbers", says=says, call=call)
    for at, line in enumerate(facts.lines, start=1):
        for broken in _line(facts, line, call):
            yield msgspec.structs.replace(broken, line=at)
    yield from _counts(facts)


def _line(facts: BatchFacts, line: Facts, batch: Told) -> Iterator[Broken]:
    says = {"goods": line.chain.goods, "account": line.chain.account}
    if not line.calls["place"].values.get("order_no"):
        yield Broken(step="batch_line_refused", says=says, call=batch)
    if "pay_link" not in line.calls and not facts.at_once:
        yield Broken(step="batch_unpaid", says=says, call=batch)
    if facts.at_once:
        # The gateway knows one trade of the whole; what became of the lines is what the platform counts.
        paid = line.payment
        if paid is None or paid.outcome != "ok":
            reason = (paid.reason if paid else "") or "-"
            told = {"gateway": facts.gateway, "url": line.pay_url, "reason": reason}
            yield Broken(step="not_payable", says=told, call=batch)
        return
    if broken := diagnose(line):
        yield broken


def _counts(facts: BatchFacts) -> Iterator[Broken]:
    call = facts.calls["batch_status"]
    if call.outcome != "ok":
        yield misread(call)
    pairs = [
        (line.chain.account, str(line.calls["place"].values["order_no"])) for line in facts.lines
    ]
    counted = account(pairs, call.values).said
    if (counted["delivered"], counted["failed"]) != (len(pairs), 0):
        says = {key: str(counted[key]) for key in ("delivered", "failed")}
        says |= {"lines": str(len(pairs)), "s": f"{facts.waited_s:g}"}
        yield Broken(step="batch_counts", says=says, call=call)


def _bill(facts: BillFacts) -> Iterator[Broken]:
    yield from reach(facts)
    yield from entry(facts)
    call = facts.calls["bill"]
    if call.outcome != "ok":
        if yuan := _YUAN.search(call.reason):
            yield Broken(step="bill_in_yuan", says={"amount": yuan[1]}, call=call)
        if any(words in call.reason for words in _OF_LINES):
            yield Broken(step="bill_unreadable", says={"reason": call.reason}, call=call)
        yield misread(call)
    lines, passed_over = _lines_of(facts)
    kinds = facts.said.kinds
    known = ", ".join(kinds)
    for order in facts.orders:
        own = [line for line in lines if line.order_no == order.order_no]
        says = {"order_no": order.order_no, "known": known, "field": facts.said.order_no}
        # Whatever else a bill has of a paid order, its payment is there.
        wanted = [line for line in own if line.kind == "paid"] if "paid" in kinds.values() else own
        if not wanted and order.order_no in passed_over:
            strange = ", ".join(map(repr, passed_over[order.order_no]))
            yield Broken(step="bill_kinds", says={**says, "kinds": strange}, call=call)
        elif not own and order.order_no in call.body:
            yield Broken(step="bill_order_no", says=says, call=call)
        for broken in _amounts(facts, order, own):
            yield msgspec.structs.replace(broken, call=call)


def _amounts(facts: BillFacts, order: Order, own: Sequence[Line]) -> Iterator[Broken]:
    """Compare what lines say was paid with the price, and what was delivered with what operators charge for it."""
    price_fen = order.chain.price_fen
    costs_fen = facts.costs_fen.get(order.chain.goods, ())
    for line in own:
        right = {"paid": (price_fen,), "delivered": costs_fen}.get(line.kind, ())
        says = {"order_no": order.order_no, "kind": line.kind, "amount": str(line.amount_fen)}
        says["price"] = " / ".join(map(str, right))
        if line.amount_fen in right:
            continue
        if any(line.amount_fen in {fen * 100, fen / 100} for fen in right):
            yield Broken(step="bill_unit", says=says)
        if line.kind == "paid":
            yield Broken(step="bill_amount", says=says)


def _lines_of(facts: BillFacts) -> tuple[list[Line], dict[str, list[str]]]:
    call = facts.calls.get("bill")
    values = call.values if call else {}
    return values.get("lines", []), values.get("passed_over", {})
