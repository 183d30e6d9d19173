"""The verdict as one sentence."""

from reports.parts import words
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
    return {lang: words.say(key, lang, **values) + _sure(run, lang) for lang in words.LANGUAGES}


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
