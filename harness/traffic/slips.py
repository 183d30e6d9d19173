"""What is otherwise than it should be when an order is placed: by mistake, by malice, or by a bad line."""

from collections.abc import Mapping

import msgspec

from harness.core.identity import DIGITS
from harness.traffic.intents import Goods, Intent, account_ending
from harness.traffic.steps import Place

SLIP = "q"
"""The key too many that gets into an account."""


def wrong(deed: Place, intent: Intent) -> dict[str, object]:
    """Return what a placing changes of the scope that requests are made from."""
    changes: dict[str, object] = {}
    if deed.slip:
        changes["intent"] = intent.said(f"{SLIP}{intent.account}")
    if deed.tampers:
        changes["tampered"] = True
    if deed.count:
        changes["intent"] = intent.said(quantity=_counted(deed.count, intent))
    if deed.breaks:
        changes["breaks"] = deed.breaks
    return changes


def dearer_of(intent: Intent, dearer: Mapping[str, Goods]) -> Intent | None:
    """Return the same intent for what costs more, amount and all as a page would send it; None where nothing does.

    What is of another kind goes to an account of that kind, in which the intent can still be read.
    """
    goods = dearer.get(intent.goods.id)
    if goods is None:
        return None
    same = goods.id == intent.goods.id
    quantity = goods.most if same else min(intent.quantity, goods.most)
    if same and quantity == intent.quantity:
        return None
    account = intent.account
    if goods.kind != intent.goods.kind:
        tail = account[-DIGITS:]
        account = account_ending(intent.number, intent.number, tail, goods.kind)
    return msgspec.structs.replace(intent, goods=goods, quantity=quantity, account=account)


def _counted(count: str, intent: Intent) -> str:
    return str(2**32 // intent.goods.price_fen + 1) if count == "wraps" else count


def said_of(deed: Place, intent: Intent) -> dict[str, str | int]:
    """Return what the ledger must say of such a placing: what account was written, or that a price or count was."""
    said: dict[str, str | int] = {}
    if deed.slip:
        said["slip"] = f"{SLIP}{intent.account}"
    if deed.tampers or deed.count:
        said["tampered"] = 1
    if deed.count:
        said["counted"] = _counted(deed.count, intent)
    return said
