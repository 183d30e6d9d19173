"""Writes the tables of docs/upstreams.md from the code: `python -m tests.upstreams`. A test holds it against them."""

import inspect
import re
import sys
from pathlib import Path

from harness import faults
from harness.core.delivery import Leg
from harness.faults.forge import Forge
from harness.faults.probe import Probe
from harness.faults.rotate import Rotate
from harness.striking import EFFECT_OPS
from mock_upstreams.catalogue import catalogue
from mock_upstreams.config import known_dialect

PAGE = Path(__file__).parent.parent / "docs" / "upstreams.md"
BLOCK = re.compile(r"(<!-- upstreams -->\n).*?(<!-- /upstreams -->)", re.DOTALL)


def spans(gaps_ms):
    """Write a ladder in few words: 2 x 15 s, 30 s, 3 min."""
    words, runs = [], []
    for gap_ms in gaps_ms:
        if runs and runs[-1][0] == gap_ms:
            runs[-1][1] += 1
        else:
            runs.append([gap_ms, 1])
    for gap_ms, times in runs:
        unit, size = next(
            (u, s) for u, s in (("h", 3.6e6), ("min", 6e4), ("s", 1e3)) if gap_ms >= s
        )
        words.append(f"{f'{times} x ' if times > 1 else ''}{gap_ms / size:g} {unit}")
    return ", ".join(words) or "none"


def doc_of(dialect):
    """Return sources and what is unconfirmed, from a dialect's docstring."""
    text = " ".join(inspect.getdoc(dialect).split("Source:", 1)[1].split())
    return text.replace("|", "/")


def answers():
    rows = [
        "| upstream | answers | notifies | sends again after | repeated number |",
        "|---|---|---|---|---|",
    ]
    for name, entry in catalogue().items():
        dialect = known_dialect(name)
        paths = ", ".join(f"`{path}`" for path in dialect.endpoints)
        told = ", ".join(entry.notifies) or "nothing"
        ladder = spans(dialect.ladder_ms)
        cells = (
            f"`{name}` ({entry.side})",
            paths,
            told,
            ladder,
            dialect.duplicates.replace("_", " "),
        )
        rows.append("| " + " | ".join(cells) + " |")
    return rows


def possible(fault, name):
    """Return where a fault may strike an upstream, as leg by operations."""
    entry = catalogue()[name]
    found = []
    for leg in (leg for leg in Leg if leg in fault.legs):
        if leg is Leg.NOTIFY:
            ops = {*entry.notifies, *(("create",) if entry.side == "gateway" else ())}
        elif leg is Leg.EFFECT:
            ops = set(EFFECT_OPS[entry.side])
        else:
            ops = {*entry.ops, *(("pay",) if entry.side == "gateway" else ())}
        ops = ops if fault.ops is None else ops & fault.ops
        felt = fault is not Rotate or leg in entry.rotates
        felt = felt and (fault not in {Forge, Probe} or leg in entry.signs)
        if felt and ops and (leg is not Leg.NOTIFY or entry.notifies):
            found.append(leg.value)
    return found


def struck():
    entries = catalogue()
    rows = [
        "| fault | " + " | ".join(f"`{name}`" for name in entries) + " |",
        "|---|" + "---|" * len(entries),
    ]
    short = {"request": "rq", "effect": "ef", "reply": "rp", "notify": "no"}
    for kind, fault in faults.kinds().items():
        cells = (" ".join(short[leg] for leg in possible(fault, name)) for name in entries)
        rows.append(f"| `{kind}` | " + " | ".join(cells) + " |")
    return rows


def sources():
    rows = ["| upstream | sources, and what is unconfirmed |", "|---|---|"]
    rows += [f"| `{name}` | {doc_of(known_dialect(name))} |" for name in catalogue()]
    return rows


def written():
    """Return the page with its tables as the code has them now."""
    tables = [
        "### What each answers\n",
        *answers(),
        "\n### Which fault meets which upstream on which leg\n",
        "rq request, ef effect, rp reply, no notify; docs/scenarios.md says what each fault does.\n",
        *struck(),
        "\n### Sources\n",
        *sources(),
    ]
    text = PAGE.read_text(encoding="utf-8")
    return BLOCK.sub(lambda m: m[1] + "\n".join(tables) + "\n" + m[2], text)


if __name__ == "__main__":
    PAGE.write_text(written(), encoding="utf-8")
    sys.stdout.write(f"{PAGE}\n")
