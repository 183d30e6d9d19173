"""The commands `init` and `doctor`."""

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer

from harness import scenario
from harness.core.errors import UsageError, did_you_mean
from harness.doctor import drafting, told, words
from harness.doctor.drafting import STYLES, Answers
from harness.doctor.visit import Visit, examine
from harness.safety import Wish
from mock_upstreams.catalogue import catalogue

Lang = Annotated[str, typer.Option(help="Language of what is said: en or zh.")]
AllowHost = Annotated[
    list[str] | None,
    typer.Option(help="A host elsewhere that allow_hosts lists; may be repeated."),
]
Bind = Annotated[str, typer.Option(help="Where the mocks listen for a platform on another host.")]
Names = Annotated[list[str] | None, typer.Option(help="A dialect's name; may be repeated.")]


def init(  # noqa: PLR0917 - Typer names them on the command line
    file: Annotated[Path, typer.Argument(help="The target file to write, such as ours.yaml.")],
    name: Annotated[str | None, typer.Option(help="What to call the platform.")] = None,
    base_url: Annotated[str | None, typer.Option(help="Where it answers.")] = None,
    gateway: Names = None,
    operator: Names = None,
    style: Annotated[str | None, typer.Option(help=" | ".join(STYLES))] = None,
    money: Annotated[str | None, typer.Option(help="Amounts in its answers: fen | yuan.")] = None,
    start: Annotated[str | None, typer.Option(help="The command that starts it.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing; take what is usual.")] = False,
) -> None:
    """Write a commented target file, asking a few questions."""
    known = catalogue()

    def asked(given: Any, question: str, usual: str) -> str:
        if given is not None:
            return str(given)
        return usual if yes else str(typer.prompt(question, default=usual))

    def several(given: list[str] | None, side: str, usual: str) -> tuple[str, ...]:
        if given is not None:
            return tuple(given)
        names = ", ".join(one for one, entry in known.items() if entry.side == side)
        said = asked(None, f"Its {side}s, by comma, - for none ({names})", usual)
        return tuple(part.strip() for part in said.split(",") if part.strip(" -"))

    answers = Answers(
        name=asked(name, "What is the platform called", file.stem),
        base_url=asked(base_url, "Where does it answer", "http://127.0.0.1:8000"),
        gateways=several(gateway, "gateway", "epay"),
        operators=several(operator, "operator", "-"),
        style=_one_of(asked(style, f"How it is spoken to ({', '.join(STYLES)})", "json"), STYLES),
        money=_one_of(asked(money, "Amounts in its answers (fen, yuan)", "yuan"), ("fen", "yuan")),
        start=asked(start, "The command that starts it, empty if it runs already", ""),
    )
    drafting.write(answers, file)
    typer.echo(f"{file}\nNext: recharge-chaos doctor {file}")


def doctor(  # noqa: PLR0917 - Typer names them on the command line
    file: Annotated[str, typer.Argument(help="A target file, or the name of one that ships.")],
    within: Annotated[
        float, typer.Option(help="How long an order is followed, seconds.", min=1, max=600)
    ] = 30.0,
    keep: Annotated[
        Path | None, typer.Option(help="Leave the ledgers and logs in this new folder.")
    ] = None,
    allow_host: AllowHost = None,
    bind: Bind = "",
    lang: Lang = "en",
) -> None:
    """Place one order of each kind through each gateway, and a batch, read the bill; say where each stops, and why."""
    if keep is not None and keep.exists():
        raise UsageError(f"{keep} is there already")
    wish = Wish(hosts=tuple(allow_host or ()), bind=bind)
    visit = Visit(within_s=within, keep=keep, wish=wish)
    text, whole = told.text(asyncio.run(examine(scenario.find_target(file), visit)), lang)
    typer.echo(text)
    if whole:
        typer.echo(f"{words.NEXT[lang == 'zh']}: recharge-chaos suite smoke --target {file}")
    raise typer.Exit(0 if whole else 1)


def _one_of(said: str, known: tuple[Any, ...]) -> Any:
    if said not in known:
        raise UsageError(f"{said!r} is none of {', '.join(known)}{did_you_mean(said, known)}")
    return said
