"""What there is of every kind, found by listing folders: for `recharge-chaos list`, and for names that users give."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from harness import faults, invariants, traffic
from harness.core import document, folder
from harness.core.errors import UsageError, did_you_mean
from harness.faults import _host, _link
from harness.scenario import SCENARIOS, find_target
from harness.targets import target as targets
from harness.targets.target import Target
from mock_upstreams.catalogue import catalogue

Rows = list[dict[str, Any]]


def listed(kind: str, target: str) -> Rows:
    """Return the rows of one kind, each with at least `name`; `target` is whose defects are meant."""
    return KINDS[kind](target)


def check_defects(target: Target, path: Path, names: tuple[str, ...]) -> None:
    """Refuse a defect that the target cannot be started with.

    Raises:
        UsageError: with the nearest name.
    """
    known = [row["name"] for row in _defects_of(target, path)]
    for name in names:
        if name not in known:
            raise UsageError(f"{target.name} has no defect {name!r}{did_you_mean(name, known)}")


def _faults(_: str) -> Rows:
    return [
        {"name": name, "legs": sorted(kind.legs), "summary": (kind.__doc__ or "").split("\n")[0]}
        for name, kind in faults.kinds().items()
    ] + [
        {"name": name, "legs": [place], "summary": (kind.__doc__ or "").split("\n")[0]}
        for place, kinds in (("link", _link.kinds()), ("process", _host.kinds()))
        for name, kind in kinds.items()
    ]


def _laws(_: str) -> Rows:
    return [
        {
            "name": law.name,
            "title": law.title["en"],
            "title_zh": law.title["zh"],
            "severity": law.severity,
        }
        for law in invariants.laws()
    ]


def _personas(_: str) -> Rows:
    home = Path(traffic.__file__).parent / "personas"
    return _files(home)


def _upstreams(side: str) -> Callable[[str], Rows]:
    def rows(_: str) -> Rows:
        return [
            {"name": name, "operations": list(entry.ops), "summary": entry.summary}
            for name, entry in catalogue().items()
            if entry.side == side
        ]

    return rows


def _scenarios(_: str) -> Rows:
    return [{"name": p.stem, "summary": _comment(p)} for p in sorted(SCENARIOS.glob("*.yaml"))]


def _targets(_: str) -> Rows:
    folder_ = SCENARIOS / "targets"
    return [{"name": p.stem, "summary": _comment(p)} for p in sorted(folder_.glob("*.yaml"))]


def _defects(target: str) -> Rows:
    path = find_target(target)
    return _defects_of(targets.load(path)[0], path)


def _defects_of(target: Target, path: Path) -> Rows:
    if target.control is None or target.control.defects is None:
        return []
    return _files(path.parent / target.control.defects.folder)


def _files(home: Path) -> Rows:
    return [
        {"name": name, "summary": folder.summary(home / f"{name}.py")}
        for name in folder.names(home)
    ]


def _comment(path: Path) -> str:
    """Return the first comment line of a YAML file."""
    first = document.load(path).text.partition("\n")[0]
    return first.lstrip("# ").strip() if first.startswith("#") else ""


KINDS: dict[str, Callable[[str], Rows]] = {
    "faults": _faults,
    "laws": _laws,
    "personas": _personas,
    "gateways": _upstreams("gateway"),
    "operators": _upstreams("operator"),
    "channels": _upstreams("message"),
    "scenarios": _scenarios,
    "targets": _targets,
    "defects": _defects,
}
