"""report.html: one file that opens offline, in Chinese and English, and asks nothing of any network.

Everything it needs is inside. A content security policy lets only our own small script run, by its hash, so that a
string from a platform could not run even if escaping failed.
"""

from pathlib import Path
from typing import Any

from markupsafe import Markup

from reports.parts import (
    because,
    causes,
    chart,
    commands,
    diagram,
    findings,
    finished,
    funnel,
    money,
    page,
    recovering,
    series,
    story,
    words,
)
from reports.parts.headline import headline
from reports.parts.script import hash_of, source


def render(run_dir: Path, *, lang: str = "en") -> Path:
    """Write report.html into a finished run's directory and return its path.

    `lang` (`en` or `zh`) is the language it opens in; the reader can switch.

    Raises:
        UsageError: the folder holds no verdict.
    """
    run = finished.read(run_dir)
    text = page.environment().get_template("page.html").render(_context(run, lang))
    path = run_dir / "report.html"
    path.write_text(text, encoding="utf-8")
    return path


def _context(run: finished.Finished, lang: str) -> dict[str, Any]:
    """Return all that the template shows."""
    script = source("page.js")
    return {
        "lang": lang if lang in words.LANGUAGES else "en",
        "run": run,
        "v": run.verdict,
        "style": Markup(source("page.css")),  # noqa: S704 - our own file
        "script": Markup(script),  # noqa: S704 - our own file
        "script_hash": hash_of(script),
        "headline": headline(run),
        "environment": _environment(run),
        "command": commands.started(run),
        "replay": commands.replay(run),
        "row": findings.row,
        "at_once": findings.AT_ONCE,
        "percentiles": ("p50", "p90", "p95", "p99")
        if any(found and "p90" in found for found in run.verdict.latency.values())
        else ("p50", "p95", "p99"),
        **_from_ledger(run),
    }


def _from_ledger(run: finished.Finished) -> dict[str, Any]:
    """Return what only the event ledger can tell; without one, nothing."""
    events = finished.ledger(run.folder)
    if events is None:
        nothing: dict[str, Any] = {"amounts": {}, "series": None, "chart": None, "funnel": []}
        causes_of_run = causes.of_run(run, {})
        return {**nothing, "recovery": None, "stories": [], **_laws(run, causes_of_run, {}, [])}
    with events:
        met = causes.strikes_of(events, run)
        grouped = causes.of_run(run, met)
        over_time = series.of_run(run, events)
        stories = story.of_run(run, events, grouped)
        amounts = money.of_run(events)
        nodes = funnel.of_run(run, events)
        repaired = funnel.recovery(run, events) if nodes else None
    return {
        "amounts": amounts,
        "series": over_time,
        "chart": chart.draw(over_time) if over_time else None,
        "funnel": nodes,
        "recovery": recovering.draw(repaired) if repaired else None,
        "stories": [
            {"story": s, "diagram": diagram.draw(s), "because": because.because(s)} for s in stories
        ],
        **_laws(run, grouped, met, stories),
    }


def _laws(
    run: finished.Finished,
    of_run: list[causes.Cause],
    met: dict[int, tuple[str, ...]],
    stories: list[story.Story],
) -> dict[str, Any]:
    """Return every law with its causes, each with the order that stands for it, and the rows that come later."""
    told = {cause.number: s.anchor for s in stories for cause in s.causes}
    grouped: dict[str, list[dict[str, Any]]] = {}
    for cause in of_run:
        entry = {"cause": cause, "story": told.get(cause.number)}
        grouped.setdefault(cause.law.law, []).append(entry)
    laws = [
        {
            "law": law,
            "title": law.title or law.law,
            "causes": grouped.get(law.law, []),
            "shown": findings.shown(law),
        }
        for law in run.laws
    ]
    count = sum(len(cause.findings) for cause in of_run)
    return {"laws": laws, "met": met, "findings": count, "later": findings.later(of_run, met)}


def _environment(run: finished.Finished) -> list[tuple[str, str]]:
    """Return what was recorded about the machine and the versions, nested names joined by dots."""
    return [
        (name, value) for name, value in _flat("", run.environment) if not name.startswith("argv")
    ]


def _flat(prefix: str, value: Any) -> list[tuple[str, str]]:
    if isinstance(value, dict):
        return [pair for key, part in value.items() for pair in _flat(f"{prefix}.{key}", part)]
    return [(prefix.lstrip("."), value if isinstance(value, str) else findings.flat(value))]
