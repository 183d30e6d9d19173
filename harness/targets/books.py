"""The platform's own books, read from its database once the run has settled: one more view for the laws.

    rows = read(target, folder, scope, pins)       book_order, book_card, book_wallet, book_compensation

Only SELECTs of the target file are run, in a transaction that is rolled back.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from harness.core.errors import UsageError
from harness.core.event import Event
from harness.core.units import fen_from_yuan
from harness.targets._signing import revealed
from harness.targets.target import Target
from harness.targets.template import Scope, filled

MOST_ROWS = 1_000_000
NEEDED = {
    "orders": ("order_no", "paid", "amount"),
    "cards": ("order_no", "card"),
    "wallet": ("order_no", "amount"),
    "compensations": ("order_no", "amount"),
}
"""The columns that a view must have; `paid` is NULL where the books themselves are undecided.

Of a compensation there may be `at`, seconds since 1970: when it was given.
"""


class BooksError(Exception):
    """The books cannot be read, for the reason that is said; it names no secret."""


def host_of(target: Target, folder: Path) -> str:
    """Return a URL of the database's host, or nothing where it has none (SQLite).

    Raises:
        UsageError: the key is not there, or it is no URL.
    """
    if target.database is None:
        return ""
    raw = revealed(target.database.url, folder)
    # A hole cannot stand in a host: it stands in a path, which no host is in.
    host = _url(raw.replace("{{", "").replace("}}", "")).host
    return f"tcp://{host}" if host else ""


def read(
    target: Target, folder: Path, scope: Scope, pins: Mapping[str, str] | None = None
) -> list[Event]:
    """Return a row for each line of each view; amounts in fen.

    Raises:
        BooksError: the database does not answer, or a view is not as it must be.
    """
    assert target.database is not None
    url = _url(str(filled(revealed(target.database.url, folder), scope)))
    if url.host in (pins or {}):
        url = url.set(host=(pins or {})[url.host or ""])
    rows: list[Event] = []
    try:
        engine = create_engine(url)
        try:
            with engine.connect() as connection:
                for name, query in target.database.views.items():
                    found = connection.execute(text(query)).mappings().fetchmany(MOST_ROWS + 1)
                    if len(found) > MOST_ROWS:
                        raise BooksError(f"the view {name} has more than {MOST_ROWS} lines")
                    rows += _events(name, found, _fen_of(target))
        finally:
            engine.dispose()
    except (SQLAlchemyError, ImportError, OSError) as error:
        told = str(getattr(error, "orig", None) or error).splitlines()[0]
        hidden = told.replace(url.password, "***") if url.password else told
        raise BooksError(f"the database cannot be read: {hidden}") from None
    return rows


def _events(name: str, found: Any, fen: Callable[[Any], int]) -> Iterator[Event]:
    for line in found:
        missing = [column for column in NEEDED[name] if column not in line]
        if missing:
            raise BooksError(f"the view {name} has no column {', '.join(missing)}")
        try:
            yield _KINDS[name](line, fen)
        except (ValueError, TypeError) as error:
            raise BooksError(f"a line of the view {name} cannot be understood: {error}") from None


def _order(line: Mapping[str, Any], fen: Callable[[Any], int]) -> Event:
    paid = line["paid"]
    state = "" if paid is None else "paid" if paid else "unpaid"
    return Event(
        vantage="platform",
        kind="book_order",
        order_no=str(line["order_no"]),
        amount_fen=fen(line["amount"]),
        state=state,
    )


def _card(line: Mapping[str, Any], _fen: Callable[[Any], int]) -> Event:
    card = str(line["card"]).strip()
    return Event(vantage="platform", kind="book_card", order_no=str(line["order_no"]), ref=card)


def _credit(line: Mapping[str, Any], fen: Callable[[Any], int]) -> Event:
    amount_fen = fen(line["amount"])
    order_no = str(line["order_no"])
    return Event(vantage="platform", kind="book_wallet", order_no=order_no, amount_fen=amount_fen)


def _compensation(line: Mapping[str, Any], fen: Callable[[Any], int]) -> Event:
    at = line.get("at")
    return Event(
        vantage="platform",
        kind="book_compensation",
        time_ns=0 if at is None else int(float(at) * 1e9),
        order_no=str(line["order_no"]),
        amount_fen=fen(line["amount"]),
        state="" if at is None else "timed",
    )


_KINDS: dict[str, Callable[[Mapping[str, Any], Callable[[Any], int]], Event]] = {
    "orders": _order,
    "cards": _card,
    "wallet": _credit,
    "compensations": _compensation,
}


def _fen_of(target: Target) -> Callable[[Any], int]:
    """Return what reads an amount in the target's money; a fraction of a fen is a mistake."""
    if target.money == "yuan":
        return lambda value: fen_from_yuan(str(value))

    def fen(value: Any) -> int:
        if int(value) != value:
            raise ValueError(f"an amount in whole fen, not {value!r}")
        return int(value)

    return fen


def _url(raw: str) -> URL:
    try:
        return make_url(raw)
    except (ArgumentError, ValueError):
        raise UsageError("database.url is no URL of SQLAlchemy") from None
