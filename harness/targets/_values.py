"""What is taken from answers, in our words: money in fen, our states, cards that are of the loaded stock."""

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from harness.core.errors import UsageError
from harness.core.units import fen_from_yuan
from harness.targets._bill import lines, passed_over
from harness.targets._leaks import Leaks
from harness.targets._wallet import WALLET, texts
from harness.targets.target import Target

_MONEY = re.compile(r"-?\d[\d,]*(?:\.\d+)?")


class Values:
    """Translates for one target."""

    def __init__(self, target: Target, folder: Path) -> None:
        self._target = target
        self._stock = stock(folder / target.card_stock) if target.card_stock else None
        self._leaks = Leaks(self._stock) if self._stock is not None else None
        self._handed_out = {one.id for one in target.goods if one.operators}
        self._words: dict[str, Callable[[Any], tuple[str, Any]]] = {
            "amount": lambda value: ("amount_fen", None if value is None else self._fen(value)),
            "compensation": lambda value: ("compensation_fen", self._fen(value)),
            "state": lambda value: ("state", self._state(value)),
            "account": lambda value: ("account", "" if value is None else str(value).strip()),
            "ticket_state": lambda value: ("ticket_state", self._ticket_state(value)),
            "order_nos": lambda value: ("order_nos", _texts(value)),
            "amounts": lambda value: ("amounts_fen", [self._fen(one) for one in value]),
            "failures": lambda value: ("failures", _texts(value)),
            "delivered": lambda value: ("delivered", int(value)),
            "failed": lambda value: ("failed", int(value)),
        }
        if (wallet := target.wallet) is not None:
            fen = partial(_fen, wallet.lines.money or target.money)
            self._words["balance"] = lambda value: ("balance_fen", fen(value))
            self._of_wallet = lambda value: ("lines", texts(wallet.lines, value, fen))
        if (bill := target.bill_lines) is not None:
            money = bill.money or target.money
            self._words["lines"] = lambda value: ("lines", lines(bill, value, partial(_fen, money)))

    def ours(self, taken: dict[str, Any], call: str = "", goods: str = "") -> dict[str, Any]:
        """Return values by our names; raises ValueError or LookupError that names what cannot be understood.

        `lines` are those of the bill, unless the `call` is the wallet's. Of an order of `goods` that an operator
        delivers, cards need not be of the loaded stock.
        """
        values: dict[str, Any] = {}
        for name, value in taken.items():
            if name == "cards":
                shown = _cards(value)
                values[name] = shown if goods in self._handed_out else self._stocked(shown)
                continue
            of_wallet = call == WALLET and name == "lines"
            word = self._of_wallet if of_wallet else self._words.get(name)
            key, ours = word(value) if word else (name, str(value))
            values[key] = ours
        if "lines" in values and call != WALLET and (bill := self._target.bill_lines) is not None:
            values["passed_over"] = passed_over(bill, taken["lines"])
        return values

    def leaked(self, values: dict[str, Any], text: str) -> list[str]:
        """Return the cards that an unpaid order's page holds, shown or not: those that were taken, and all others."""
        found = self._leaks.found(text) if self._leaks is not None else []
        return sorted({*values.get("cards", ()), *found})

    def _fen(self, value: Any) -> int:
        return _fen(self._target.money, value)

    def _state(self, value: Any) -> str:
        ours = self._target.states.get(str(value).strip())
        if ours is None:
            raise LookupError(f"the state {value!r} is not in the target's states")
        return ours

    def _ticket_state(self, value: Any) -> str:
        ours = self._target.ticket_states.get(str(value).strip())
        if ours is None:
            raise LookupError(f"the state {value!r} is not in the target's ticket_states")
        return ours

    def _stocked(self, shown: list[str]) -> list[str]:
        """Return what are cards of the platform's own: what was never loaded as stock is none."""
        return shown if self._stock is None else [card for card in shown if card in self._stock]


def _cards(value: Any) -> list[str]:
    """Return what is shown as cards: a text is taken line by line."""
    said = value if isinstance(value, list) else str(value or "").splitlines()
    return [str(card).strip() for card in said if str(card).strip()]


def _fen(money: str, value: Any) -> int:
    """Return an amount that is written in `money`; raises ValueError where it is none."""
    if money == "yuan":
        found = _MONEY.search(str(value))
        return fen_from_yuan(found[0].replace(",", "") if found else str(value))
    if isinstance(value, str):
        if not value.strip().removeprefix("-").isdecimal():
            raise ValueError(f"an amount in whole fen, not {value!r}")
        return int(value)
    whole = isinstance(value, int | float) and not isinstance(value, bool) and int(value) == value
    if not whole:
        raise ValueError(f"an amount in whole fen, not {value!r}")
    return int(value)


def _texts(value: Any) -> list[str]:
    """Return the entries of a list, or the lines of a text."""
    said = value if isinstance(value, list) else str(value or "").splitlines()
    return ["" if one is None else str(one).strip() for one in said]


def stock(path: Path) -> frozenset[str]:
    """Return the cards of a stock list, one a line.

    Raises:
        UsageError: it cannot be read.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from None
    return frozenset(line.strip() for line in lines if line.strip())
