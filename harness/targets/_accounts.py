"""The accounts that a platform has already: a list in the target file, or a CSV file beside it."""

import csv
from pathlib import Path

import msgspec

from harness.core.document import Document
from harness.core.errors import UsageError

INVENTED = frozenset({"phone", "password", "name", "number", "device"})
"""What every customer has, as `{{customer.NAME}}`: what his account does not say is invented."""


class Account(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An account that the platform has already; further values are free to use as `{{customer.NAME}}`."""

    phone: str = ""
    password: str = ""
    name: str = ""
    more: dict[str, str] = {}


class AccountsFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A CSV file with a heading, beside the target file; each column is `{{customer.COLUMN}}`."""

    csv: str


Accounts = list[Account] | AccountsFile | None


def read(path: Path) -> list[Account]:
    """Return the rows of a CSV file as accounts; each has all columns in `more`, empty where its row is short.

    Raises:
        UsageError: it cannot be read.
    """
    return [
        Account(
            phone=row.get("phone") or "",
            password=row.get("password") or "",
            name=row.get("name") or "",
            more={key: value or "" for key, value in row.items() if key},
        )
        for row in _rows(path)[1]
    ]


def names(doc: Document, accounts: Accounts, *, apart: bool) -> tuple[set[str], dict[str, str]]:
    """Return what every customer has, and why some have not what others do, by `customer.NAME`.

    `apart` says that each comes from an address of his own.

    Raises:
        UsageError: the CSV file cannot be read; at its place in the target file.
    """
    known, lacking = set(INVENTED), dict[str, str]()
    if apart:
        known.add("address")
    else:
        lacking["address"] = "customers have one only with `source_addresses`"
    if isinstance(accounts, AccountsFile):
        try:
            known |= set(_rows(doc.path.parent / accounts.csv)[0])
        except UsageError as error:
            raise doc.wrong(("accounts", "csv"), str(error)) from None
    elif accounts:
        every = [set(one.more) for one in accounts]
        known |= set.intersection(*every)
        for name in set.union(*every) - known:
            at = next(at for at, own in enumerate(every) if name not in own)
            lacking[name] = f"accounts[{at}].more does not have it"
    return known, {f"customer.{name}": why for name, why in lacking.items() if name not in known}


def _rows(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    """Return the heading and the rows below it."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            found = csv.DictReader(file, skipinitialspace=True)
            return list(found.fieldnames or ()), list(found)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{path} cannot be read: {error}") from None
