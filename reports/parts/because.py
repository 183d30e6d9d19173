"""Why an order is wrong, in a sentence: who took what when, who handed out what when, and which strike met it."""

from collections.abc import Sequence

from reports.parts import words
from reports.parts.clean import one_line
from reports.parts.story import Row, Story

MOST_TIMES = 4
MOST_STRIKES = 3


def because(story: Story) -> dict[str, str]:
    """Return the sentence in both languages; times are upstream time since the order was due."""
    return {lang: _sentence(story, lang) for lang in words.LANGUAGES}


def _sentence(story: Story, lang: str) -> str:
    clauses = [
        _truths(story.rows, "captured", lang),
        _truths(story.rows, "delivered", lang),
        _truths(story.rows, "refunded", lang),
        _ending(story.rows, lang),
    ]
    met = _strikes(story.rows, lang)
    said = words.say("because.and", lang).join(clause for clause in clauses if clause)
    return (
        said[:1].upper()
        + said[1:]
        + (words.say("because.met", lang, strikes=met) if met else "")
        + words.say("because.stop", lang)
    )


def _truths(rows: Sequence[Row], kind: str, lang: str) -> str:
    """Return what truly happened of one kind, each time of it."""
    found = [row for row in rows if row.kind == kind and row.vantage in {"gateway", "operator"}]
    if not found:
        # That nothing went back matters only where nothing was handed out.
        silent = kind == "refunded" and any(row.kind == "delivered" for row in rows)
        return "" if silent else words.say(f"because.{kind}.never", lang)
    times = words.say("because.times", lang).join(words.span(r.at_ms) for r in found[:MOST_TIMES])
    amount = words.yuan(sum(row.amount_fen or 0 for row in found))
    key = f"because.{kind}.once" if len(found) == 1 else f"because.{kind}.many"
    return words.say(key, lang, amount=amount, times=times, n=len(found))


def _ending(rows: Sequence[Row], lang: str) -> str:
    final = next((row for row in reversed(rows) if row.kind == "audit" and row.state), None)
    if final is None:
        return ""
    return words.say("because.audit", lang, state=words.known("state", final.state, lang))


def _strikes(rows: Sequence[Row], lang: str) -> str:
    """Return the first strikes that met the order, each with what it met."""
    told: dict[str, str] = {}
    for row in rows:
        key = f"{row.vantage}.{row.kind}"
        what = words.say(key, lang, sku="") if key in words.LABELS else row.kind
        for strike in row.strikes:
            told.setdefault(
                strike,
                words.say(
                    "because.strike",
                    lang,
                    strike=one_line(strike, 60),
                    what=one_line(what, 60),
                    time=words.span(row.at_ms),
                ),
            )
    return words.say("because.times", lang).join(list(told.values())[:MOST_STRIKES])
