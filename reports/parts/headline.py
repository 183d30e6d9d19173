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
    return {lang: words.say(key, lang, **values) for lang in words.LANGUAGES}
