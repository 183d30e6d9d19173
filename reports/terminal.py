"""The verdict on a console: laws worst first, thresholds, strikes, the load, guilty orders, and how to go on."""

import io
import shlex
from collections.abc import Iterator
from pathlib import Path

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.core.verdict import Verdict
from reports.parts import commands, finished, page, words
from reports.parts.clean import one_line
from reports.parts.findings import order_name
from reports.parts.finished import Finding, Finished, Law, both
from reports.parts.headline import headline

STYLES = {Verdict.PASS: "green", Verdict.FAIL: "bold red", Verdict.INCONCLUSIVE: "yellow"}
MOST_GUILTY = 3
"""How many orders are named for each broken law; the report has them all."""
MOST_REASONS = 10
ROOM_FOR_TITLES = 110
"""Columns from which a law's title fits beside its name."""


def render(run_dir: Path, console: Console | None = None, *, lang: str = "en") -> str:
    """Print a finished run's verdict and return what was printed, without colours if no console is given.

    Raises:
        UsageError: the folder holds no verdict.
    """
    run = finished.read(run_dir)
    if console is None:
        console = Console(file=io.StringIO(), width=120, no_color=True, highlight=False)
    wide = console.width >= ROOM_FOR_TITLES
    with console.capture() as printed:
        for part in _parts(run, lang, wide=wide):
            console.print(part, highlight=False, soft_wrap=isinstance(part, Text))
    text = printed.get()
    console.file.write(text)
    console.file.flush()
    return text


def _parts(run: Finished, lang: str, *, wide: bool) -> Iterator[Text | Table]:
    yield _verdict(run, lang)
    yield _laws(run, lang, wide=wide)
    if run.verdict.slo:
        yield _slos(run, lang)
    if run.verdict.strikes:
        yield _strikes(run, lang)
        yield from (Text(told, "yellow") for told in page.lacking(run, lang))
    yield _load(run, lang)
    guilty = [law for law in run.laws if law.findings]
    if guilty:
        yield _guilty(guilty, lang)
    yield _next(run, lang)


def _verdict(run: Finished, lang: str) -> Text:
    verdict = run.verdict.verdict
    text = Text.assemble(
        "\n",
        (f" {page.glyph(verdict)} {words.say(verdict, lang)} ", f"reverse {STYLES[verdict]}"),
        f"  {one_line(run.verdict.scenario, 80)}",
        (
            " ".join(
                [
                    *("", words.say("target", lang), one_line(run.verdict.target, 60)),
                    *("", words.say("seed", lang), str(run.verdict.seed)),
                ]
            ),
            "dim",
        ),
        f"\n{headline(run)[lang]}",
    )
    for reason in run.reasons[:MOST_REASONS]:
        text.append(f"\n  - {one_line(reason[lang], 400)}")
    left = len(run.reasons) - MOST_REASONS
    if left > 0:
        text.append(f"\n  - {words.say('more', lang, n=left)}", "dim")
    return text


def _laws(run: Finished, lang: str, *, wide: bool) -> Table:
    heads = ["verdict", "law", ""] if wide else ["verdict", "law"]
    table = _table(lang, heads, ["cases", "held", "broken", "unknown"])
    for law in run.laws:
        title = [Text(one_line(both(law.title)[lang], 80), "dim")] if wide else []
        table.add_row(
            _said(law.verdict, lang),
            Text(one_line(law.law, 60), no_wrap=True),
            *title,
            *_numbers(law.cases, law.held, law.broken, law.unknown),
        )
    return table


def _slos(run: Finished, lang: str) -> Table:
    table = _table(lang, ["verdict", "slo.bound"], ["slo.observed"])
    for slo in run.verdict.slo:
        table.add_row(
            _said(slo.verdict, lang), Text(one_line(slo.slo, 80)), page.said_slo(slo, lang)
        )
    return table


def _strikes(run: Finished, lang: str) -> Table:
    table = _table(
        lang,
        ["strike", "strike.at", "strike.kind"],
        ["strike.share", "strike.eligible", "strike.struck"],
    )
    for strike in run.verdict.strikes:
        table.add_row(
            Text(one_line(strike.id, 40)),
            Text(one_line(strike.at, 40)),
            Text(one_line(strike.kind, 20)),
            words.percent(strike.share),
            *_numbers(strike.eligible, strike.struck),
        )
    return table


def _load(run: Finished, lang: str) -> Text:
    return Text(load_line(run, lang))


def load_line(run: Finished, lang: str) -> str:
    """Return how honestly the driver kept its schedule, as one line."""
    load = run.verdict.load
    return words.say(
        "load.says",
        lang,
        intents=words.number(load.intents if load.arrivals is None else load.arrivals),
        offered=words.number(load.offered_per_s),
        achieved=words.number(load.achieved_per_s),
        p99=words.span(load.lateness_p99_ms),
        worst=words.span(load.lateness_max_ms),
    )


def _guilty(laws: list[Law], lang: str) -> Text:
    text = Text(f"\n{words.say('guilty', lang)}", "bold")
    for law in laws:
        text.append(f"\n  {one_line(law.law, 60)}", "bold red" if law.broken else "yellow")
        for finding in law.findings[:MOST_GUILTY]:
            text.append(f"\n    {_named(finding, lang)}", "not bold")
        left = max(law.broken, len(law.findings)) - MOST_GUILTY
        if left > 0:
            text.append(f"\n    {words.say('more', lang, n=left)}", "not bold dim")
    return text


def _named(finding: Finding, lang: str) -> str:
    intent = "–" if finding.intent is None else finding.intent
    says = one_line(both(finding.says)[lang], 160)
    return f"{order_name(finding)}  {words.say('intent', lang)} {intent}  {says}"


def _evidence(run: Finished) -> dict[str, str]:
    """Return the command that packs the evidence of the first guilty order; nothing without one."""
    named = [f for law in run.laws for f in law.findings if f.intent is not None]
    if not named:
        return {}
    number = named[0].order_no or f"#{named[0].intent}"
    return {
        "next.evidence": one_line(
            shlex.join([commands.PROGRAM, "evidence", str(run.folder), number]), 400
        )
    }


def _next(run: Finished, lang: str) -> Text:
    report = run.folder / "report.html"
    steps = {
        "next.report": str(report),
        "next.check": f"{commands.PROGRAM} check {run.folder}",
        "next.replay": commands.replay(run),
        **_evidence(run),
    }
    text = Text(f"\n{words.say('next', lang)}", "bold")
    for key, command in steps.items():
        if key != "next.report" or report.is_file():
            text.append(f"\n  {words.say(key, lang)}: ", "not bold dim")
            text.append(one_line(command, 600), "not bold")
    return text


def _table(lang: str, words_left: list[str], numbers_right: list[str]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim")
    for key in words_left:
        table.add_column(words.say(key, lang) if key else "", overflow="ellipsis")
    for key in numbers_right:
        # On a narrow terminal names are cut, and never what the numbers are.
        heading = words.say(key, lang)
        table.add_column(heading, justify="right", no_wrap=True, min_width=cell_len(heading))
    return table


def _said(verdict: Verdict, lang: str) -> Text:
    return Text(f"{page.glyph(verdict)} {words.say(verdict, lang)}", STYLES[verdict], no_wrap=True)


def _numbers(*counts: int) -> list[str]:
    return [words.number(count) for count in counts]
