"""A comparison for people: a table on a console, and compare.html, which opens offline like the report."""

from pathlib import Path

from markupsafe import Markup
from rich import box
from rich.table import Table
from rich.text import Text

from reports.parts import page, words
from reports.parts.clean import one_line
from reports.parts.comparing import ALPHA, Comparison, Question, Value
from reports.parts.finished import both

STYLES = {"worse": "bold red", "better": "green", "same": "dim"}
SIGNS = {"worse": "▲", "better": "▼", "same": "="}


def write(found: Comparison, path: Path, *, lang: str = "en") -> Path:
    """Write compare.html and return its path; `lang` is the language it opens in."""
    style = (page.TEMPLATES / "page.css").read_text(encoding="utf-8")
    text = (
        page.environment()
        .get_template("compare.html")
        .render(
            lang=lang if lang in words.LANGUAGES else "en",
            found=found,
            style=Markup(style),  # noqa: S704 - our own file
            shown=shown,
            signs=SIGNS,
            alpha=words.percent(ALPHA),
        )
    )
    path.write_text(text, encoding="utf-8")
    return path


def table(found: Comparison, lang: str) -> Table:
    """Return the comparison as a table for a console, what became worse first."""
    made = Table(box=box.SIMPLE, pad_edge=False, title=words.say("compare", lang))
    made.add_column(words.say("compare.what", lang))
    for run in found.runs:
        made.add_column(one_line(run.verdict.run or run.folder.name, 30), justify="right")
    ranked = sorted(found.questions, key=lambda q: min(_rank(v) for v in q.values))
    for question in ranked:
        cells = [Text(_cell(question, v, lang), STYLES[v.change]) for v in question.values]
        made.add_row(one_line(both(question.title)[lang], 50), *cells)
    return made


def shown(question: Question, value: Value) -> str:
    """Return a value as people read it: `3 / 120 (2.5 %)`, or `12.0 ms, p95 40.0 ms`."""
    if not value.trials:
        return words.NONE
    if question.of == "latency":
        return f"{words.span(value.median_ms)}, p95 {words.span(value.p95_ms)}"
    return f"{words.number(value.bad)} / {words.number(value.trials)} ({words.rate(value.share)})"


def _cell(question: Question, value: Value, lang: str) -> str:
    text = shown(question, value)
    if value.p is None or value.change == "same":
        return text
    return (
        f"{text} {SIGNS[value.change]} {words.say(f'compare.{value.change}', lang)} p={value.p:.2g}"
    )


def _rank(value: Value) -> tuple[int, float]:
    return ("worse", "better", "same").index(value.change), value.p if value.p is not None else 2.0
