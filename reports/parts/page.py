"""The template environment: escaping on, hostile strings cleaned, every label in both languages."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from jinja2 import (
    BytecodeCache,
    Environment,
    FileSystemBytecodeCache,
    FileSystemLoader,
    StrictUndefined,
)
from markupsafe import Markup

from reports.parts import words
from reports.parts.clean import clean, one_line
from reports.parts.finished import Aborted, Both, Finished, Slo, both
from reports.parts.story import Row

TEMPLATES = Path(__file__).parents[1] / "templates"
_PAIR = Markup('<span lang="en">{}</span><span lang="zh">{}</span>')


def _compiled() -> BytecodeCache | None:
    """Keep compiled templates beside them, as Python does with modules, where that may be written.

    Compiling takes a second, as long as everything else about a report.
    """
    folder = TEMPLATES / "__pycache__"
    if os.access(TEMPLATES, os.W_OK):
        folder.mkdir(exist_ok=True)
    return FileSystemBytecodeCache(str(folder)) if os.access(folder, os.W_OK) else None


def environment() -> Environment:
    """Return the environment in which the page's templates are rendered."""
    env = Environment(
        loader=FileSystemLoader(TEMPLATES),
        bytecode_cache=_compiled(),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.globals.update(
        t=label,
        say=words.say,
        known=known,
        known_pair=known_pair,
        joined=joined,
        observed=observed,
        two=two,
        both=both,
        told=told,
        outcome=outcome,
        glyph=glyph,
    )
    env.filters.update(
        number=words.number,
        percent=words.percent,
        rate=words.rate,
        yuan=words.yuan,
        span=words.span,
        axis_span=words.axis_span,
        short=one_line,
    )
    return env


def label(key: str, **values: Any) -> Markup:
    """Return a label in both languages, of which the page shows one."""
    return _PAIR.format(words.say(key, "en", **values), words.say(key, "zh", **values))


def known(group: str, word: str) -> Markup:
    """Return the label `group.word` in both languages, or the word itself, cleaned, if it is none of ours."""
    pair = known_pair(group, word)
    if pair["en"] == pair["zh"]:
        return Markup.escape(pair["en"])
    return _PAIR.format(pair["en"], pair["zh"])


def known_pair(group: str, word: str) -> dict[str, str]:
    """Return the same for where no markup can stand, such as a drawing."""
    return {lang: one_line(words.known(group, word, lang), 80) for lang in words.LANGUAGES}


def joined(group: str, names: Iterable[str], lang: str) -> str:
    """Return several labels of a group as one line."""
    return " · ".join(words.say(f"{group}.{name}", lang) for name in names)


def two(text: Both | None, longest: int = 600) -> Markup:
    """Return a sentence of the run in both languages, cleaned; once if both are the same."""
    pair = {lang: clean(sentence, longest) for lang, sentence in both(text).items()}
    if pair["en"] == pair["zh"]:
        return Markup("<bdi>{}</bdi>").format(pair["en"])
    return _PAIR.format(pair["en"], pair["zh"])


def told(row: Row, lang: str, *, amount: bool = True) -> str:
    """Return what an event was, in words: `payment notice: paid ¥49.90`."""
    key = f"{row.vantage}.{row.kind}"
    what = words.say(key, lang, sku=one_line(row.sku, 24)) if key in words.LABELS else row.kind
    if row.astray:
        what = words.say("story.astray", lang)
    if row.forged:
        what = words.say("story.forged", lang, what=what)
    if row.state:
        what += f"{': ' if lang == 'en' else '：'}{words.known('state', row.state, lang)}"
    if amount and row.amount_fen is not None and row.kind not in {"status", "query"}:
        what += f" {words.yuan(row.amount_fen)}"
    if row.times > 1:
        what = words.say("story.times", lang, what=what, n=row.times)
    return one_line(what, 60)


def outcome(row: Row) -> Markup:
    """Return how an event ended, in both languages, with the HTTP status and the reason given."""
    if not row.outcome:
        return Markup()
    group = "notify" if row.kind == "notify" else "outcome"
    extra = ", ".join(
        part for part in (f"HTTP {row.http_status}" * bool(row.http_status), row.reason) if part
    )
    ended = known(group, row.outcome)
    return ended + Markup(" <small>({})</small>").format(one_line(extra, 80)) if extra else ended


def glyph(word: str) -> str:
    """Return the sign that stands beside a verdict or an outcome, so that colour is never alone."""
    return {"PASS": "✓", "ok": "✓", "FAIL": "✕", "fail": "✕"}.get(word, "?" if word else "")


def observed(slo: Slo | Aborted) -> str:
    """Return what was observed of a threshold in its unit: a percentage for shares, else a span of time."""
    value = slo.observed
    if isinstance(value, bool) or not isinstance(value, int | float):
        return one_line(str(value), 80) if value is not None else words.NONE
    return f"{words.number(value)} %" if "share" in slo.slo else words.span(value)


def lacking(run: Finished, lang: str) -> Iterator[str]:
    """Yield a sentence on each strike that the target has nothing for: it was not exercised."""
    for strike in run.verdict.strikes:
        if strike.lacks:
            told = words.say("strike.lacks", lang, needs=one_line(strike.lacks, 80))
            yield f"{one_line(strike.id, 40)}: {told}"


def said_slo(slo: Slo, lang: str) -> str:
    """Return what was observed of a threshold, and whether that ended the load."""
    ended = f" ({words.say('slo.aborted', lang)})" if slo.aborted else ""
    return observed(slo) + ended


def _finalize(value: Any) -> Any:
    """Clean whatever a template is about to show; what is markup already was cleaned when it was made."""
    if value is None:
        return ""
    return clean(value) if isinstance(value, str) and not hasattr(value, "__html__") else value
