"""The command line: init, doctor, run, suite, matrix, check, report, validate, list, schema, demo.

Exit codes: 0 pass, 1 fail, 2 usage, 3 inconclusive, 4 the harness itself broke. Progress goes to standard error,
results to standard output.
"""

import shlex
import sys
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.table import Table

import reports
from harness import demo, interrupt, invariants, inventory, scenario
from harness.core.errors import ChaosError, UsageError, did_you_mean
from harness.core.verdict import EXIT_CODES, Verdict
from harness.doctor import commands, dryrun
from harness.permitting import permitted
from harness.run import RunOptions
from harness.run import run as run_staged
from harness.safety import Wish
from harness.search import matrix as matrices
from harness.search import pages
from harness.search import suite as suites
from harness.search.errand import Came, worst
from harness.targets import cards
from mock_upstreams.catalogue import dialects
from mock_upstreams.trust import Authority
from mock_upstreams.trust import advice as trust_advice
from reports import terminal

app = typer.Typer(
    help="Finds lost, doubled and mispaid orders of recharge platforms before a customer does.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Lang = Annotated[str, typer.Option(help="Language of the terminal's words: en or zh.")]
Baseline = Annotated[
    Path | None,
    typer.Option(help="An earlier run: say what became worse; with it, that fails a pass."),
]
RunFolder = Annotated[
    Path, typer.Argument(help="A run directory, such as runs/holiday_peak/latest.")
]


@app.command()
def run(  # noqa: PLR0917 - Typer names them on the command line
    scenario_name: Annotated[
        str,
        typer.Argument(metavar="SCENARIO", help="A scenario file, or the name of one that ships."),
    ],
    target: Annotated[
        str | None, typer.Option(help="A target file instead of the scenario's.")
    ] = None,
    defect: Annotated[
        list[str] | None,
        typer.Option(help="Start the target with a named mistake; may be repeated."),
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Instead of the scenario's seed.", min=0)] = None,
    workers: Annotated[int, typer.Option(help="Locust worker processes.", min=1, max=64)] = 1,
    out: Annotated[Path, typer.Option(help="Where runs are written.")] = Path("runs"),
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would be sent and struck; start nothing.")
    ] = False,
    allow_host: commands.AllowHost = None,
    bind: commands.Bind = "",
    i_own_this: Annotated[
        bool, typer.Option("--i-own-this", help="Lift the caps on rate and duration.")
    ] = False,
    live: Annotated[
        bool, typer.Option("--live", help="Show the run on a page on loopback while it goes on.")
    ] = False,
    live_port: Annotated[
        int | None,
        typer.Option(help="The port of the live page; any unless said.", min=1, max=65535),
    ] = None,
    baseline: Baseline = None,
    lang: Lang = "en",
) -> None:
    """Run a scenario to its verdict."""
    before = _run_folder(baseline).resolve() if baseline else None
    chosen = scenario.find_target(target) if target else None
    staged = scenario.stage(scenario.find(scenario_name), target=chosen, seed=seed)
    defects = tuple(defect or ())
    inventory.check_defects(staged.target, staged.target_path, defects)
    wish = Wish(hosts=tuple(allow_host or ()), bind=bind, i_own_this=i_own_this)
    page = live_port or 0 if live or live_port else None
    options = RunOptions(out=out, workers=workers, defects=defects, wish=wish, live=page)
    if dry_run:
        typer.echo(dryrun.text(staged, permitted(staged, wish), lang))
        return
    folder = run_staged(staged, options, Console(stderr=True))
    _conclude(folder, lang, before)


@app.command()
def suite(
    name: Annotated[str, typer.Argument(help="A suite file, or: " + ", ".join(suites.names()))],
    target: Annotated[
        str | None, typer.Option(help="A target file instead of each scenario's.")
    ] = None,
    jobs: Annotated[int, typer.Option(help="Runs at a time.", min=1, max=64)] = 1,
    out: Annotated[Path, typer.Option(help="Where runs are written.")] = Path("runs/suites"),
    allow_host: commands.AllowHost = None,
) -> None:
    """Run a suite of scenarios; the exit code is that of the worst verdict."""
    where = scenario.find_target(target) if target else None
    laid = suites.lay_out(
        suites.load(name), out / Path(name).stem, target=where, hosts=tuple(allow_host or ())
    )
    for unfit, why in laid.unfit.items():
        typer.echo(f"not applicable  {unfit}  {why}", err=True)
    came = suites.run(laid, jobs, _saw)
    Console().print(_table([_row(one) for one in came]))
    raise typer.Exit(worst(one.verdict for one in came))


@app.command()
def matrix(  # noqa: PLR0917 - Typer names them on the command line
    defects: Annotated[str, typer.Option(help="Defects, by comma; all unless said.")] = "",
    scenarios: Annotated[str, typer.Option(help="Scenarios, by comma; all unless said.")] = "",
    seeds: Annotated[int, typer.Option(help="Seeds for each defect and scenario.", min=1)] = 1,
    honest: Annotated[
        int, typer.Option(help="Seeds for each scenario without defects.", min=0)
    ] = 1,
    first: Annotated[bool, typer.Option(help="Only the first scenario of each defect.")] = False,
    jobs: Annotated[int, typer.Option(help="Runs at a time.", min=1, max=64)] = 1,
    out: Annotated[Path, typer.Option(help="Where it is written.")] = Path("runs/matrix"),
) -> None:
    """Run defects under the scenarios that claim to catch them, and the honest platform under all."""
    wanted = matrices.Wanted(
        defects=defects.split(",") if defects else (),
        scenarios=scenarios.split(",") if scenarios else (),
        seeds=seeds,
        honest=honest,
        first=first,
    )
    command = shlex.join(["recharge-chaos", *sys.argv[1:]])
    made = matrices.run(matrices.load(), wanted, out, jobs=jobs, saw=_saw, command=command)
    for path in pages.write(made, out):
        typer.echo(path)
    for sentence in pages.summary(made):
        typer.echo(sentence)
    raise typer.Exit(EXIT_CODES[made.verdict])


@app.command()
def check(folder: RunFolder, lang: Lang = "en") -> None:
    """Judge a run again from its journals."""
    invariants.judge(_run_folder(folder))
    _conclude(folder, lang)


@app.command()
def report(folder: RunFolder, baseline: Baseline = None, lang: Lang = "en") -> None:
    """Render a run's reports again; beside a baseline, say what became worse."""
    for path in reports.render_all(_run_folder(folder), lang=lang):
        typer.echo(path)
    if baseline:
        raise typer.Exit(EXIT_CODES[_against(folder, _run_folder(baseline), lang)])


@app.command()
def compare(
    folders: Annotated[
        list[Path], typer.Argument(metavar="RUN RUN...", help="The first is the baseline.")
    ],
    out: Annotated[Path, typer.Option(help="The page to write.")] = Path("compare.html"),
    lang: Lang = "en",
) -> None:
    """Put finished runs side by side; what differs by more than chance is marked."""
    reports.compare([_run_folder(f) for f in folders], out, lang=lang, console=Console())
    typer.echo(out)


@app.command()
def evidence(
    folder: RunFolder,
    order: Annotated[str, typer.Argument(help="An order number, or '#' and an intent.")],
    out: Annotated[Path | None, typer.Option(help="The zip to write.")] = None,
) -> None:
    """Pack all that is known of one order for a dispute: payment, goods, messages, timeline, hashes."""
    typer.echo(reports.evidence(_run_folder(folder), order, out))


@app.command()
def validate(
    file: Annotated[Path, typer.Argument(help="A scenario file.")],
    target: Annotated[
        str | None, typer.Option(help="A target file instead of the scenario's.")
    ] = None,
) -> None:
    """Check a scenario and its target; start nothing."""
    chosen = scenario.find_target(target) if target else None
    staged = scenario.stage(scenario.find(str(file)), target=chosen)
    typer.echo(
        f"{staged.path}: good; {len(staged.starts_ms)} intents on {staged.target.name},"
        f" {len(staged.notes)} strikes, {len(staged.laws)} laws"
    )
    for line in (*dryrun.hurried(staged), dryrun.left_out(staged)):
        if line:
            typer.echo(line)


@app.command("list")
def list_(
    kind: Annotated[str, typer.Argument(help=" | ".join(inventory.KINDS))],
    as_json: Annotated[bool, typer.Option("--json", help="A list of objects.")] = False,
    target: Annotated[str, typer.Option(help="Whose defects to list.")] = "reference",
) -> None:
    """List what there is of a kind."""
    if kind not in inventory.KINDS:
        raise UsageError(f"no kind {kind!r}{did_you_mean(kind, inventory.KINDS)}")
    rows = inventory.listed(kind, target)
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode(rows), indent=1).decode())
    else:
        Console().print(_table(rows))


@app.command()
def ca(
    folder: Annotated[Path, typer.Argument(help="Where it lies.")] = Path("recharge-chaos-ca"),
) -> None:
    """Make a certificate authority for the mocks' real host names, and say how a platform comes to trust it."""
    made = Authority.at(folder)
    names = sorted({name for dialect in dialects().values() for name in dialect.hosts})
    typer.echo(trust_advice(made.path.resolve(), names))


@app.command()
def stock(
    count: Annotated[int, typer.Option(help="How many cards.", min=1, max=10_000_000)] = 10_000,
    seed: Annotated[int, typer.Option(help="The same seed makes the same cards.", min=0)] = 1,
) -> None:
    """Print cards to load into a platform as stock, one a line; name the list as `card_stock` in its target file."""
    for code in cards.codes(seed, count):
        typer.echo(code)


@app.command()
def schema() -> None:
    """Print the JSON Schema of scenario files, for editors."""
    typer.echo(msgspec.json.format(msgspec.json.encode(scenario.schema()), indent=1).decode())


app.command()(commands.init)
app.command()(commands.doctor)


@app.command("demo")
def demo_(
    out: Annotated[Path, typer.Option(help="Where runs are written.")] = Path("runs"),
    lang: Lang = "en",
) -> None:
    """Run the holiday peak on the honest reference platform, then with a defect."""
    demo.run(out, lang, Console())


def _conclude(folder: Path, lang: str, baseline: Path | None = None) -> None:
    reports.render_all(folder, lang=lang)
    terminal.render(folder, Console(), lang=lang)
    verdict = _against(folder, baseline, lang) if baseline else _verdict(folder)
    raise typer.Exit(EXIT_CODES[verdict])


def _verdict(folder: Path) -> Verdict:
    told: dict[str, Any] = msgspec.json.decode((folder / "verdict.json").read_bytes())
    return Verdict(told["verdict"])


def _against(folder: Path, baseline: Path, lang: str) -> Verdict:
    """Compare a run with an earlier one, and return its verdict: what became worse fails what passed."""
    out = folder / "compare.html"
    worse = reports.compare([baseline, folder], out, lang=lang, console=Console())
    typer.echo(out)
    verdict = _verdict(folder)
    return Verdict.FAIL if worse and verdict is Verdict.PASS else verdict


def _saw(came: Came) -> None:
    """Tell of a run that came back while others are still out."""
    row = _row(came)
    typer.echo("  ".join(f"{value}" for value in row.values() if value), err=True)


def _row(came: Came) -> dict[str, Any]:
    return {
        "verdict": came.verdict,
        "scenario": came.errand.scenario.stem,
        "seed": came.errand.seed,
        "defects": ", ".join(came.errand.defects),
        "s": came.wall_s,
        "says": ", ".join(came.broken) or "; ".join(came.reasons)[:200],
    }


def _run_folder(folder: Path) -> Path:
    if not (folder / "plan.json").is_file():
        raise UsageError(f"{folder} is no run directory (it has no plan.json)")
    return folder


def _table(rows: list[dict[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in rows[0] if rows else ["name"]:
        table.add_column(column)
    for row in rows:
        table.add_row(*("" if v is None else _words(v) for v in row.values()))
    return table


def _words(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def main() -> None:
    """Run the command line; every error of ours is one message, not a traceback."""
    interrupt.listen()
    try:
        app()
    except ChaosError as error:
        typer.echo(f"recharge-chaos: {error}", err=True)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        typer.echo("recharge-chaos: interrupted", err=True)
        sys.exit(EXIT_CODES[Verdict.INCONCLUSIVE])
    except OSError as error:
        typer.echo(f"recharge-chaos: {error}", err=True)
        sys.exit(4)
