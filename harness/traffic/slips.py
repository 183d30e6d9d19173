"""What is otherwise than it should be when an order is placed: by mistake, by malice, or by a bad line."""

from harness.traffic.intents import Intent
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
