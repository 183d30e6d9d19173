"""Chaos runs in a team's own pytest suite: a fixture, a marker, and findings as assertion text (docs/pytest.md).

    def test_no_double_delivery(chaos_run):
        verdict = chaos_run("i02_charged_twice", target="ours.yaml", seed=1)
        assert verdict["counts"]["delivered"] > 10

    @pytest.mark.chaos(scenario="i02_charged_twice", target="ours.yaml")
    def test_charged_once(): ...

Everything of ours is imported only when a run is asked for, so that the plugin costs a suite without runs nothing.
"""

from pathlib import Path
from typing import Any

import pytest

MOST_FINDINGS = 10
MARK = (
    "chaos(scenario, target=None, seed=None, defects=(), workers=1, inconclusive_ok=False): run a scenario of"
    " recharge-chaos; the test fails with its findings"
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add where runs are written."""
    group = parser.getgroup("recharge-chaos")
    group.addoption(
        "--chaos-out",
        default="",
        help="Where chaos runs are written; a temporary folder unless said.",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", MARK)


class ChaosRun:
    """Runs scenarios; each call gives the verdict of one run as `verdict.json` holds it, or fails the test."""

    def __init__(self, out: Path, usual: dict[str, Any]) -> None:
        self._out = out
        self._usual = usual
        self.folder: Path | None = None
        """The run directory of the last run."""

    def __call__(self, scenario: str = "", **said: Any) -> dict[str, Any]:
        """Run a scenario; what is not said is the marker's.

        Raises:
            AssertionError: a law or a threshold was broken; the findings are the text.
            Failed: the run proved nothing, and `inconclusive_ok` was not said.
        """
        asked = {**self._usual, **({"scenario": scenario} if scenario else {}), **said}
        verdict = self._run(**asked)
        told = report(verdict, self.folder)
        if verdict["verdict"] == "FAIL":
            raise AssertionError(told)
        if verdict["verdict"] != "PASS" and not asked.get("inconclusive_ok"):
            pytest.fail(told, pytrace=False)
        return verdict

    def _run(
        self,
        scenario: str = "",
        *,
        target: str | None = None,
        seed: int | None = None,
        defects: tuple[str, ...] = (),
        workers: int = 1,
        inconclusive_ok: bool = False,  # noqa: ARG002 - the caller's
    ) -> dict[str, Any]:
        """Run one scenario and return its verdict; what cannot be run at all is a failed test with our sentence."""
        # Imported here: a suite that asks for no run does not pay for ours.
        import io  # noqa: PLC0415

        import msgspec  # noqa: PLC0415
        from rich.console import Console  # noqa: PLC0415

        from harness import inventory  # noqa: PLC0415
        from harness import run as runs  # noqa: PLC0415
        from harness import scenario as scenarios  # noqa: PLC0415
        from harness.core.errors import ChaosError  # noqa: PLC0415

        try:
            chosen = scenarios.find_target(target) if target else None
            staged = scenarios.stage(scenarios.find(scenario), target=chosen, seed=seed)
            inventory.check_defects(staged.target, staged.target_path, tuple(defects))
            options = runs.RunOptions(out=self._out, workers=workers, defects=tuple(defects))
            self.folder = runs.run(staged, options, Console(file=io.StringIO()))
        except ChaosError as error:
            pytest.fail(f"recharge-chaos: {error}", pytrace=False)
        raw = (self.folder / "verdict.json").read_bytes()
        return msgspec.json.decode(raw, type=dict[str, Any])


@pytest.fixture
def chaos_run(request: pytest.FixtureRequest, tmp_path: Path) -> ChaosRun:
    """Give what runs a scenario and returns its verdict, or fails the test with the findings."""
    said = request.config.getoption("--chaos-out")
    mark = request.node.get_closest_marker("chaos")
    return ChaosRun(Path(said) if said else tmp_path / "runs", _usual(mark))


@pytest.fixture(autouse=True)
def _chaos_marked(request: pytest.FixtureRequest) -> None:
    """Run what a marked test asks for before its body, unless it calls `chaos_run` itself."""
    mark = request.node.get_closest_marker("chaos")
    if mark is not None and "chaos_run" not in request.fixturenames:
        request.getfixturevalue("chaos_run")()


def report(verdict: dict[str, Any], folder: Path | None = None) -> str:
    """Return a verdict as a person reads it: the reasons, then the findings of each broken law."""
    head = f"{verdict['verdict']}: {verdict['scenario']} on {verdict['target']}, seed {verdict['seed']}"
    lines = [head, *(f"  {reason}" for reason in verdict["reasons"])]
    for law in verdict["laws"]:
        if not law["broken"]:
            continue
        lines.append(f"{law['law']}: {law['title']['en']} ({law['broken']} of {law['cases']})")
        lines += [
            f"  order {finding['intent']}: {finding['says']}; {finding['evidence']}"
            for finding in law["findings"][:MOST_FINDINGS]
        ]
        if law["broken"] > MOST_FINDINGS:
            lines.append(f"  and {law['broken'] - MOST_FINDINGS} more")
    if folder is not None:
        lines.append(f"report: {folder / 'report.html'}")
    return "\n".join(lines)


def _usual(mark: pytest.Mark | None) -> dict[str, Any]:
    if mark is None:
        return {}
    first = {"scenario": mark.args[0]} if mark.args else {}
    return {**first, **mark.kwargs}
