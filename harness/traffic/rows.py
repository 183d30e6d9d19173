"""Rows of the customer's ledger, as core/event.py describes them."""

from collections.abc import Mapping

from harness.core.event import Event
from harness.traffic.intents import Intent
from harness.traffic.steps import Heard


def wanted(
    intent: Intent,
    due_ns: int,
    late_us: int,
    *,
    named: bool,
    address: str,
    phone: str,
    first: int | None = None,
) -> Event:
    """Return what is wanted; `address` is the one that this customer shares with many others, if any.

    `phone` is where the platform tells this customer something; empty where it tells nobody anything. `first` is the
    intent with which this one arrived, where it is a later wish of the same customer.
    """
    known: dict[str, str | int] = {"address": address, "phone": phone}
    shared = {key: text for key, text in known.items() if text}
    if first is not None:
        shared["first"] = first
    return Event(
        vantage="customer",
        kind="intent",
        time_ns=due_ns,
        intent=intent.number,
        channel=intent.gateway,
        account=intent.account,
        sku=intent.goods.id,
        amount_fen=intent.price_fen,
        state="" if named else "unnamed",
        detail={
            "persona": intent.persona,
            "customer": intent.customer,
            "units": intent.quantity,
            "late_us": late_us,
            **shared,
        },
    )


def done(
    kind: str,
    intent: int,
    asked_ns: int,
    heard: Heard,
    said: Mapping[str, int | str],
    **more: str | int,
) -> Event:
    """Return what was done, and what was heard of it; `more` are `took_us`, ref, account, channel and attempt."""
    detail: dict[str, str | int | list[str]] = {**said}
    if heard.reason:
        detail["reason"] = heard.reason
    if heard.cards:
        detail["cards"] = list(heard.cards)
    if heard.compensation_fen is not None:
        detail["compensation"] = heard.compensation_fen
    return Event(
        vantage="customer",
        kind=kind,
        time_ns=asked_ns,
        intent=intent,
        order_no=heard.order_no,
        amount_fen=heard.amount_fen,
        outcome=heard.outcome,
        state=heard.state,
        http_status=heard.http_status,
        took_us=int(more.get("took_us", 0)),
        ref=str(more.get("ref", "")),
        account=str(more.get("account", heard.account)),
        channel=str(more.get("channel", "")),
        attempt=int(more.get("attempt", 0)),
        detail=detail,
    )
