"""A look at a customer's wallet (余额) as a row, whoever took it."""

from collections.abc import Mapping
from typing import Any, Protocol

from harness.core.event import Event


class Answered(Protocol):
    """What the platform's answer meant: of a wallet `balance_fen` and `lines`."""

    outcome: Any
    values: dict[str, Any]
    http_status: int
    reason: str


def look(
    vantage: str,
    customer: int,
    asked_ns: int,
    answer: Answered,
    *,
    took_us: int,
    state: str = "",
) -> Event:
    """Return the row of one look; an answer without a balance is none, and its outcome unknown."""
    values: Mapping[str, Any] = answer.values if answer.outcome == "ok" else {}
    balance_fen: int | None = values.get("balance_fen")
    detail: dict[str, str | int | list[str]] = {"customer": customer}
    if answer.reason:
        detail["reason"] = answer.reason
    if balance_fen is not None:
        detail["lines"] = list(values.get("lines", []))
    return Event(
        vantage=vantage,
        kind="wallet",
        time_ns=asked_ns,
        amount_fen=balance_fen,
        outcome="unknown" if balance_fen is None else "ok",
        state=state,
        http_status=answer.http_status,
        took_us=took_us,
        detail=detail,
    )
