"""Renders a finished run: one file a format, found by listing this folder.

    run directory --parts.finished--> Finished --html-----> report.html
                  --parts.series----> per second  --junit----> junit.xml      --ctrf---> ctrf.json
                  --parts.story-----> one order   --terminal-> the console    --markdown-> summary.md

Every format is a module with `render(run_dir, *, lang) -> Path | str`: the file it wrote, or the text it printed.
A renderer reads nothing but the run directory, so an old run can be rendered again at any time.
"""

import importlib
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from harness.core import folder
from reports.parts import compare_page, comparing, evidence_pack


def formats() -> list[str]:
    """Return the names of the formats that exist."""
    return folder.names(Path(__file__).parent)


def render(name: str, run_dir: Path, *, lang: str = "en") -> Path | str:
    """Render a finished run in one format; `lang` is `en` or `zh`.

    Returns:
        The file that was written, or the text that was printed.

    Raises:
        UsageError: the folder holds no verdict.
        ModuleNotFoundError: there is no such format; `formats` lists them.
    """
    module = importlib.import_module(f"{__name__}.{name}")
    made: Path | str = module.render(run_dir, lang=lang)
    return made


def render_all(run_dir: Path, *, lang: str = "en") -> list[Path]:
    """Render a finished run in every format that writes a file, and return the files.

    Raises:
        UsageError: the folder holds no verdict.
    """
    names = (name for name in formats() if name != "terminal")
    made = (render(name, run_dir, lang=lang) for name in names)
    return [path for path in made if isinstance(path, Path)]


def compare(
    run_dirs: Sequence[Path], out: Path, *, lang: str = "en", console: Console | None = None
) -> bool:
    """Compare finished runs with the first, write compare.html to `out`, and say whether a share became worse.

    With a console the comparison is printed there, too.

    Raises:
        UsageError: there are fewer than two runs, or one holds no verdict.
    """
    found = comparing.compare(run_dirs)
    compare_page.write(found, out, lang=lang)
    if console is not None:
        console.print(compare_page.table(found, lang))
    return bool(found.gates)


def evidence(run_dir: Path, order: str, out: Path | None = None) -> Path:
    """Write the evidence of one order as a zip, and return its path.

    Raises:
        UsageError: the run has no verdict or no ledger, or knows no such order.
    """
    return evidence_pack.write(run_dir, order, out)
