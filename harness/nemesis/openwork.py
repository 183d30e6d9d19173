"""Follows the upstreams' journals as they grow, to know which paid orders are still open while a run settles."""

from pathlib import Path

import msgspec


class _Row(msgspec.Struct):
    """The few columns that matter here."""

    kind: str
    time_ns: int
    intent: int | None = None


class OpenWork:
    """Paid intents that are neither delivered nor refunded, with the time of their first capture."""

    def __init__(self, journals: list[Path]) -> None:
        self._offsets = dict.fromkeys(journals, 0)
        self._paid_ns: dict[int, int] = {}
        self._done: set[int] = set()
        self._decode = msgspec.json.Decoder(_Row).decode

    def update(self) -> dict[int, int]:
        """Read what the journals have gained; return {intent: wall ns of its first capture} of open ones."""
        for path in self._offsets:
            self._read(path)
        return {intent: at for intent, at in self._paid_ns.items() if intent not in self._done}

    def _read(self, path: Path) -> None:
        if not path.exists():
            return
        with path.open("rb") as journal:
            journal.seek(self._offsets[path])
            whole, newline, _torn = journal.read().rpartition(b"\n")
        self._offsets[path] += len(whole) + len(newline)
        for line in whole.splitlines():
            self._take(self._decode(line))

    def _take(self, row: _Row) -> None:
        if row.intent is None:
            return
        if row.kind == "captured":
            self._paid_ns.setdefault(row.intent, row.time_ns)
        elif row.kind in {"delivered", "refunded"}:
            self._done.add(row.intent)
