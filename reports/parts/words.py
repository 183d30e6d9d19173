"""Every label in English and Chinese, and how numbers, times and money are written for a reader.

A label is `key: (English, Chinese)`; `{name}` is filled in. Where English needs a singular, it stands first and `||`
parts it from the plural; the count is `n`.
"""

from typing import Any

from harness.core.units import yuan_from_fen
from reports.parts import words_books, words_live, words_page, words_story
from reports.parts.clean import clean

LANGUAGES = ("en", "zh")
NONE = "–"


LABELS = {**words_page.LABELS, **words_story.LABELS, **words_books.LABELS, **words_live.LABELS}


def say(key: str, lang: str, **values: Any) -> str:
    """Return a label in one language, filled in.

    Raises:
        KeyError: there is no such label, or a value is missing: a mistake of ours, never of a run.
    """
    text = LABELS[key][LANGUAGES.index(lang)]
    one, parted, many = text.partition("||")
    if parted:
        text = one if values["n"] == 1 else many
    return text.format(**{k: clean(v) if isinstance(v, str) else v for k, v in values.items()})


def known(group: str, word: str, lang: str) -> str:
    """Return the label `group.word`, or the word itself if it is none of ours."""
    return say(f"{group}.{word}", lang) if f"{group}.{word}" in LABELS else word


def number(value: float | None) -> str:
    """Write a count or a rate: thousands parted, at most one decimal, `–` for unknown."""
    if value is None:
        return NONE
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def percent(share: float | None) -> str:
    """Write 0.3 as `30 %`."""
    return NONE if share is None else f"{number(round(share * 100, 1))} %"


def rate(share: float | None) -> str:
    """Write a small share with two digits that tell something: `0.80 %`, `0.0075 %`, `95 %`."""
    if share is None:
        return NONE
    return f"{share * 100:.2g} %" if share < 0.995 else "100 %"


def yuan(fen: int | None) -> str:
    """Write 123456 fen as `¥1,234.56`."""
    if fen is None:
        return NONE
    whole, _, cents = yuan_from_fen(abs(fen)).partition(".")
    return f"{'-' if fen < 0 else ''}¥{int(whole):,}.{cents}"


def span(ms: float | None) -> str:
    """Write a span of time in at most two units: `12.5 ms`, `3.20 s`, `4 min 05 s`, `2 h 03 min`."""
    if ms is None:
        return NONE
    sign, ms = ("-" if ms < 0 else ""), abs(ms)
    if ms < 1_000:
        return f"{sign}{ms:.3g} ms" if ms < 999.5 else f"{sign}1.00 s"
    if ms < 59_995:
        return f"{sign}{ms / 1_000:.2f} s"
    seconds = round(ms / 1_000)
    if seconds < 3_600:
        return f"{sign}{seconds // 60} min {seconds % 60:02d} s"
    return f"{sign}{seconds // 3_600} h {seconds % 3_600 // 60:02d} min"


def axis_span(ms: float) -> str:
    """Write a span for an axis, as short as it goes: `0`, `500 ms`, `20 s`, `1.5 min`, `2 h`."""
    for size, unit in ((3_600_000.0, "h"), (60_000.0, "min"), (1_000.0, "s")):
        if ms >= size:
            return f"{ms / size:.4g} {unit}"
    return f"{ms:.4g} ms" if ms else "0"
