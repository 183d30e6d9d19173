"""The platform's bill (对账单), line by line, as its file describes it: JSON objects, rows of a table, or CSV."""

import csv
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any, Literal

import msgspec

from harness.targets._rules import day_at, zone_of

Kind = Literal["paid", "refunded", "delivered"]
"""What a line says: a customer's payment, money that went back, or goods with what the operator took for them."""

_AROUND = "`'= \t\""
"""What spreadsheets are kept from spoiling long numbers with."""


class BillLines(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the fields of a line stand: by name, or by place from "1" where lines have no names (cells, no heading)."""

    order_no: str
    amount: str
    kind: str
    ref: str = ""
    kinds: dict[str, Kind]
    """The platform's kinds to ours. Lines of other kinds are passed over; what is not named here is not judged."""
    whose: Literal["own", "all"] = "own"
    """A customer's own bill, or everybody's, whoever asks."""
    money: Literal["", "fen", "yuan"] = ""
    """Of its amounts, where they are written in another unit than those of other answers."""
    offset: str = "+08:00"
    """Of the platform's day from UTC."""

    def __post_init__(self) -> None:
        if not self.kinds:
            raise ValueError("kinds: at least one kind of lines is needed")
        zone_of(self.offset)

    def day(self, time_ns: int) -> str:
        """Return the platform's day at a moment, such as 2026-11-23."""
        return day_at(time_ns, self.offset)


class Line(msgspec.Struct, frozen=True):
    """One line in our words; a refund's amount is above 0, however it is written."""

    order_no: str
    kind: Kind
    amount_fen: int
    ref: str = ""


def lines(said: BillLines, found: Any, fen: Callable[[Any], int]) -> list[Line]:
    """Return the lines of a bill; a text is read as CSV.

    Raises:
        ValueError: a line is not as the target file says.
        TypeError: these are no lines.
    """
    return [line for row in rows_of(found) if (line := _line(said, row, fen)) is not None]


def passed_over(said: BillLines, found: Any) -> dict[str, list[str]]:
    """Return, by order number, the platform's kinds of the lines that `lines` leaves out: of no kind that is named.

    Raises:
        ValueError, TypeError: as `lines` does.
    """
    kinds: dict[str, list[str]] = {}
    for row in rows_of(found):
        kind = str(field_of(row, said.kind)).strip()
        if kind not in said.kinds:
            # A line that is not ours to judge need not be as we expect: a sum may have no order number.
            with suppress(ValueError):
                kinds.setdefault(str(field_of(row, said.order_no)).strip(), []).append(kind)
    return kinds


def rows_of(found: Any) -> list[Any]:
    """Return the lines of a list that was taken; a text is read as CSV. Raises TypeError where there are none."""
    rows = list(_csv(found)) if isinstance(found, str) else found
    if not isinstance(rows, list):
        raise TypeError(f"lines of a bill were expected, not {type(rows).__name__}")
    return rows


def _line(said: BillLines, row: Any, fen: Callable[[Any], int]) -> Line | None:
    kind = said.kinds.get(str(field_of(row, said.kind)).strip())
    if kind is None:
        return None
    order_no, amount = str(field_of(row, said.order_no)).strip(), field_of(row, said.amount)
    ref = str(field_of(row, said.ref)).strip() if said.ref else ""
    return Line(order_no, kind, abs(fen(amount)), ref)


def field_of(row: Any, name: str) -> Any:
    """Return a field of a line, by its name or its place from "1"; raises ValueError where there is none."""
    if isinstance(row, Mapping) and name in row:
        return row[name]
    cells = list(row.values()) if isinstance(row, Mapping) else row
    if isinstance(cells, list) and name.isdecimal() and 1 <= int(name) <= len(cells):
        return cells[int(name) - 1]
    raise ValueError(f"a line of the bill has no {name!r}")


def _csv(text: str) -> Iterator[dict[str, str]]:
    """Yield rows below the heading; what begins with # is a remark, as in the bills of gateways."""
    kept = [line for line in text.lstrip("\ufeff").splitlines() if line.strip()]
    kept = [line for line in kept if not line.startswith("#")]
    if not kept:
        return
    mark = "\t" if "\t" in kept[0] and "," not in kept[0] else ","
    heading, *rows = csv.reader(kept, delimiter=mark)
    names = [name.strip(_AROUND) for name in heading]
    for row in rows:
        yield dict(zip(names, (cell.strip(_AROUND) for cell in row), strict=False))
