"""The verdict as one sentence."""

from reports.parts import page, words
from reports.parts.clean import one_line
from reports.parts.finished import Finished


def headline(run: Finished) -> dict[str, str]:
    """Return the verdict as one sentence in both languages."""
    broken = [law for law in run.verdict.laws if law.broken]
    key = f"verdict.{run.verdict.verdict}"
    if run.verdict.verdict == "FAIL" and broken:
        key = "verdict.FAIL.laws"
    values = {
        "n": len(run.verdict.laws),
        "broken": len(broken),
        "findings": sum(law.broken for law in broken),
    }
    return {
        lang: words.say(key, lang, **values) + _aborted(run, lang) + _sure(run, lang)
        for lang in words.LANGUAGES
    }


def _aborted(run: Finished, lang: str) -> str:
    """Return that a threshold ended the load early; nothing where the load came to its own end."""
    told = run.verdict.aborted
    if told is None:
        return ""
    said = words.say(
        "verdict.aborted",
        lang,
        slo=one_line(told.slo, 80),
        span=words.span(told.at_s * 1_000),
        observed=page.observed(told),
    )
    return f" {said}" if lang == "en" else said


def _sure(run: Finished, lang: str) -> str:
    """Return how sure the rate of lost orders is; nothing where no trial was made or nothing can be concluded."""
    rate = run.verdict.drop_rate
    if not rate.orders.trials or run.verdict.verdict == "INCONCLUSIVE":
        return ""
    said = words.say(
        "drop.verdict",
        lang,
        level=words.percent(rate.level),
        upper=words.rate(rate.orders.upper),
    )
    return f" {said}" if lang == "en" else said
