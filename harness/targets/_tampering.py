"""A price of the customer's making: what a hand in the page, or on the line, does to an order before it is sent.

    {"goods": "vip", "price": "19.90"}   the price is there   -> {"goods": "vip", "price": "0.01"}
    {"goods": "vip"}                     it is not            -> {"goods": "vip", "price": "0.01", "money": "0.01", ...}

A platform that fills its orders from whatever was sent takes such a field for its own. Signed requests are tampered
with before they are signed: who may sign may lie.
"""

from collections.abc import Mapping
from typing import Any

from harness.core.units import fen_from_yuan, yuan_from_fen

TAMPERED = "tampered"
"""In a scope: whoever orders names a price of his own."""
ADDED = ("price", "money", "total_amount")
"""Names under which a platform may take a price that it never asked for."""
_COUNTED = 10
"""Whole numbers below this may count something."""
_FEN = 1
_YUAN = yuan_from_fen(_FEN)


def tampered(
    query: Any, body: Any, goods: Mapping[str, Any], amount: str = "", *, adds: bool
) -> tuple[Any, Any]:
    """Return query and body with every price in them one fen; where there is none, and it `adds`, with such fields.

    `goods` says price and face in yuan, `amount` what all that is ordered costs. What may as well be the face value
    stays: it says what is ordered.
    """
    changes = _changes(goods, amount)
    new_query, new_body = _changed(query, changes), _changed(body, changes)
    if adds and (new_query, new_body) == (query, body):
        if isinstance(body, Mapping):
            new_body = {**dict.fromkeys(ADDED, _YUAN), **body}
        else:
            new_query = {**dict.fromkeys(ADDED, _YUAN), **(query or {})}
    return new_query, new_body


def _changes(goods: Mapping[str, Any], amount: str) -> dict[str, Any]:
    """Return what to write for each way in which the price may be written, and nothing else is."""
    price, face = str(goods["price"]), str(goods["face"])
    plain = _spellings(face)
    return {
        said: to
        for said, to in (_spellings(price) | _spellings(amount or price)).items()
        if said not in plain and not (said.isdecimal() and int(said) < _COUNTED)
    }


def _spellings(yuan: str) -> dict[str, Any]:
    fen = fen_from_yuan(yuan)
    exact = yuan_from_fen(fen)
    short = exact.rstrip("0").rstrip(".")
    return {str(fen): _FEN, exact: _YUAN, short: _YUAN, f"{exact}00": _YUAN}


def _changed(value: Any, changes: Mapping[str, Any]) -> Any:
    """Return a value, or what it holds, with prices changed; a text stays a text, a number a number."""
    if isinstance(value, Mapping):
        return {name: _changed(inner, changes) for name, inner in value.items()}
    if isinstance(value, list):
        return [_changed(inner, changes) for inner in value]
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return value
    said = str(value) if isinstance(value, str | int) else yuan_from_fen(round(value * 100))
    if said not in changes:
        return value
    to = changes[said]
    if isinstance(value, str):
        return str(to)
    return to if isinstance(to, int) else float(to)
