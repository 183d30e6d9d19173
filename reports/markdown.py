"""summary.md: the verdict for a CI job's summary page, as Markdown: laws worst first, money, thresholds, how to go on.

Platforms' strings are cleaned and escaped, so that none of them can be a link, a picture or a table of its own.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from reports.parts import commands, finished, page, words
from reports.parts.clean import one_line
from reports.parts.findings import order_name
from reports.parts.finished import Finished, both
from reports.parts.headline import headline

MOST_FINDINGS = 5
_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|<>&~@]|:(?=//))")


def render(run_dir: Path, *, lang: str = "en") -> Path:
    """Write summary.md into a finished run's directory and return its path.

    Raises:
        UsageError: the folder holds no verdict.
    """
    run = finished.read(run_dir)
    path = run_dir / "summary.md"
    path.write_text("\n".join(_lines(run, lang)) + "\n", encoding="utf-8")
    return path


def _lines(run: Finished, lang: str) -> Iterator[str]:
    verdict = run.verdict
    sign = page.glyph(verdict.verdict)
    yield f"## {sign} {words.say(verdict.verdict, lang)} · {safe(verdict.scenario, 120)}"
    yield f"\n{safe(headline(run)[lang], 600)}\n"
    for reason in run.reasons[:10]:
        yield f"- {safe(reason[lang], 400)}"
    for told in page.lacking(run, lang):
        yield f"- {safe(told, 200)}"
    yield from _laws(run, lang)
    yield from _books(run, lang)
    yield from _slos(run, lang)
    yield from _findings(run, lang)
    yield f"\n{words.say('environment.replay', lang)}:\n"
    yield f"    {commands.replay(run)}"


def _laws(run: Finished, lang: str) -> Iterator[str]:
    heads = ("verdict", "law", "cases", "held", "broken", "unknown")
    yield _head(heads, lang, numbers=4)
    for law in run.laws:
        told = f"{page.glyph(law.verdict)} {words.say(law.verdict, lang)}"
        title = safe(both(law.title)[lang], 120)
        name = f"{title} `{one_line(law.law, 60).replace('`', '').replace('|', '')}`"
        numbers = (law.cases, law.held, law.broken, law.unknown)
        yield f"| {told} | {name} | " + " | ".join(words.number(n) for n in numbers) + " |"


def _books(run: Finished, lang: str) -> Iterator[str]:
    rows = run.verdict.reconciliation
    if not rows:
        return
    yield _head(("books.class", "books.orders", "books.amount"), lang, numbers=2)
    for row in rows:
        title = safe(both(row.title)[lang] or row.name, 80)
        yield f"| {title} | {words.number(row.orders)} | {words.yuan(row.amount_fen)} |"
    total = words.yuan(run.verdict.loss.per_million_fen)
    yield f"\n{words.say('books.per_million', lang)}: {total}"


def _slos(run: Finished, lang: str) -> Iterator[str]:
    if not run.verdict.slo:
        return
    yield _head(("verdict", "slo.bound", "slo.observed"), lang, numbers=1)
    for slo in run.verdict.slo:
        told = f"{page.glyph(slo.verdict)} {words.say(slo.verdict, lang)}"
        yield f"| {told} | {safe(slo.slo, 80)} | {page.said_slo(slo, lang)} |"


def _findings(run: Finished, lang: str) -> Iterator[str]:
    for law in run.laws:
        if not law.findings:
            continue
        yield f"\n**{safe(both(law.title)[lang] or law.law, 120)}**\n"
        for finding in law.findings[:MOST_FINDINGS]:
            says = safe(both(finding.says)[lang], 200)
            yield f"- {safe(order_name(finding), 80)}: {says}"
        left = max(law.broken, len(law.findings)) - MOST_FINDINGS
        if left > 0:
            yield f"- {words.say('more', lang, n=left)}"


def _head(keys: tuple[str, ...], lang: str, *, numbers: int) -> str:
    """Return a table's head; its last columns are numbers."""
    names = " | ".join(words.say(key, lang) for key in keys)
    rules = ["---"] * (len(keys) - numbers) + ["---:"] * numbers
    return f"\n| {names} |\n| {' | '.join(rules)} |"


def safe(text: str, longest: int) -> str:
    """Return text in which nothing is Markdown or HTML."""
    return _SPECIAL.sub(r"\\\1", one_line(text, longest))
