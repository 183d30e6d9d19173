"""What a person is told of a visit: a line for whatever was visited; where that breaks off, why, request and answer."""

from collections.abc import Iterator, Sequence

from harness.doctor.beside import first_broken, is_unlisted
from harness.doctor.facts import Broken, Found
from harness.doctor.words import HEADINGS, LINE, SUMMARY, UNLISTED, WHOLE, sentence


def text(found: Sequence[Found], lang: str = "en") -> tuple[str, bool]:
    """Return the report in `en` or `zh`, and whether every chain is whole."""
    judged = [(facts, first_broken(facts)) for facts in found]
    whole = sum(broken is None for _, broken in judged)
    lines = list(_lines(judged, lang))
    lines.append(SUMMARY[lang == "zh"].format(whole=whole, all=len(judged)))
    return "\n".join(lines), whole == len(judged)


def _lines(judged: Sequence[tuple[Found, Broken | None]], lang: str) -> Iterator[str]:
    seen: set[tuple[str, str]] = set()
    for facts, broken in judged:
        if broken is None:
            state = UNLISTED if is_unlisted(facts) else WHOLE
            yield f"✓ {facts.name}: {state[lang == 'zh']}"
            continue
        said = sentence(broken.step, broken.says, lang)
        line = f", {LINE[lang == 'zh'].format(broken.line)}" if broken.line else ""
        yield f"✗ {facts.name}{line}: [{broken.step}] {said}"
        # A mistake that breaks every chain is shown once: the same again would only hide the others.
        shown = (broken.step, broken.call.name if broken.call else "")
        if broken.call is not None and shown not in seen:
            yield from _exchange(broken, lang)
        seen.add(shown)


def _exchange(broken: Broken, lang: str) -> Iterator[str]:
    assert broken.call is not None
    for part in ("request", "reply"):
        content = getattr(broken.call, part)
        if content:
            yield f"    {HEADINGS[part][lang == 'zh']}:"
            yield from (f"      {line}" for line in content.splitlines())
