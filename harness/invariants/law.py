"""A law or a fact as a file: its header of comments, and its one SELECT.

    -- title: Nothing is delivered twice | 不重复发货
    -- promise: goods                     severity: critical
    -- why: A second delivery is given away; the operator has charged for both. | 多发一份就是白送，上游照样扣款。

Further keys of a law: `exercised by: forge, foreign` (without a strike of one of these kinds the law need not have
cases), `proof: seen` (the rows that are there prove a breach, even if others were lost; without it, a law of a damaged
run breaks nothing), `needs: operators`, `cards`, `sessions`, `batches`, `announces.held` (or `.lapse`, `.ended`),
`bill`, `order_list`, `wallet`, `compensation`, `corrections`, `corrections.shown`, `forbidden`, `tampers`, `meddles`,
`database.wallet`, `database.cards` or `shows.account` (it is not applicable to a target without them).
Keys of a fact: `keep: table|view`, `needs: run`, `sliced by: intent` (it can be made for some intents at a time).
"""

import re
from graphlib import TopologicalSorter
from pathlib import Path

import msgspec

from harness.core import folder

FOLDER = Path(__file__).parent
FACTS = FOLDER / "facts"

_KEY = re.compile(r"([a-z][a-z ]*): +(.*?)(?= {3,}[a-z][a-z ]*: |$)")


class LawHeader(msgspec.Struct, frozen=True, kw_only=True):
    """What a law says of itself; `title` and `why` are {"en", "zh"}."""

    name: str
    title: dict[str, str]
    promise: str
    severity: str
    why: dict[str, str]
    exercised_by: str = ""
    proof: str = "missing"
    needs: str = ""


def law_names() -> list[str]:
    """Return the names of all laws, sorted."""
    return folder.names(FOLDER, ".sql")


def laws() -> list[LawHeader]:
    """Return every law's header, by name."""
    return [read_header(FOLDER / f"{name}.sql") for name in law_names()]


def read_header(path: Path) -> LawHeader:
    """Read a law's header; what it does not say is empty, since a careless header must not stop a verdict."""
    said = said_by(path)
    return LawHeader(
        name=path.stem,
        title=_both(said.get("title", path.stem)),
        promise=said.get("promise", ""),
        severity=said.get("severity", "major"),
        why=_both(said.get("why", "")),
        exercised_by=said.get("exercised by", ""),
        proof=said.get("proof", "missing"),
        needs=said.get("needs", ""),
    )


def said_by(path: Path) -> dict[str, str]:
    """Return the `key: value` pairs of a file's leading comment lines."""
    said: dict[str, str] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.startswith("--"):
            break
        said |= {key: value.strip() for key, value in _KEY.findall(line.removeprefix("--").strip())}
    return said


def fact_files() -> list[Path]:
    """Return the facts in an order in which each comes after those that it needs."""
    paths = {name: FACTS / f"{name}.sql" for name in folder.names(FACTS, ".sql")}
    needs = {name: set(said_by(path).get("needs", "").split()) for name, path in paths.items()}
    return [paths[name] for name in TopologicalSorter(needs).static_order()]


def _both(text: str) -> dict[str, str]:
    english, _, chinese = text.partition(" | ")
    return {"en": english.strip(), "zh": (chinese or english).strip()}
