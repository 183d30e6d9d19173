"""The files for continuous integration: they parse, and their steps do what they say, a stand-in playing the run."""

import os
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.golden import KEPT

ROOT = Path(__file__).parents[2]
# Plays a run: notes how it was called, and leaves the kept run's files where a run would.
STAND_IN = f"""#!/usr/bin/env bash
set -eu
printf '%s\\n' "$@" > called
while [ "$1" != --out ]; do shift; done
mkdir -p "$2/x/latest"
cp {KEPT}/summary.md {KEPT}/report.html {KEPT}/junit.xml {KEPT}/ctrf.json "$2/x/latest/"
exit "${{CODE:-0}}"
"""
INSTALL = "#!/usr/bin/env bash\nprintf '%s\\n' \"$@\" > installed\n"


@pytest.fixture
def shell(tmp_path):
    tools = tmp_path / "bin"
    tools.mkdir()
    for name, text in {"recharge-chaos": STAND_IN, "python3": INSTALL}.items():
        (tools / name).write_text(text)
        (tools / name).chmod(0o755)

    def run(script, **given):
        env = {**os.environ, "PATH": f"{tools}:{os.environ['PATH']}", **given}
        step = ["bash", "-eo", "pipefail", "-c", script]
        return subprocess.run(
            step, cwd=tmp_path, env=env, check=False, capture_output=True
        ).returncode

    return run


def action():
    return yaml.safe_load((ROOT / "action.yml").read_text())


def given(step, **inputs):
    """What the runner would put in a step's environment."""
    declared = action()["inputs"]
    wanted = {name: inputs.get(name, declared[name].get("default", "")) for name in declared}
    return {
        key: wanted[text.removeprefix("${{ inputs.").removesuffix(" }}")]
        for key, text in step.get("env", {}).items()
    }


def test_the_action_installs_runs_and_tells(shell, tmp_path):
    install, run, summary = action()["runs"]["steps"]
    told = tmp_path / "told.md"
    assert shell(install["run"], GITHUB_ACTION_PATH="/here") == 0
    assert (tmp_path / "installed").read_text().split() == [
        "-m",
        "pip",
        "install",
        "--quiet",
        "/here",
    ]
    env = given(run, scenario="a b.yaml", target="t.yaml", arguments="--seed 7")
    assert shell(run["run"], **env) == 0
    called = (tmp_path / "called").read_text().splitlines()
    assert called == ["run", "a b.yaml", "--out", "runs", "--target", "t.yaml", "--seed", "7"]
    assert shell(summary["run"], GITHUB_STEP_SUMMARY=str(told), **given(summary)) == 0
    assert told.read_text() == (KEPT / "summary.md").read_text()


@pytest.mark.parametrize("code", [0, 1, 3])
def test_the_verdict_decides_the_step(shell, code):
    run = action()["runs"]["steps"][1]
    assert shell(run["run"], CODE=str(code), **given(run, scenario="s", baseline="b")) == code


def test_the_gitlab_job_leaves_what_it_declares(shell, tmp_path):
    job = yaml.safe_load((ROOT / "docs/ci/gitlab.yml").read_text())["recharge-chaos"]
    script = "\n".join([*job["before_script"], *job["script"]])
    assert shell(script, **job["variables"]) == 0
    declared = [*job["artifacts"]["paths"], job["artifacts"]["reports"]["junit"]]
    for pattern in declared:
        assert list(tmp_path.glob(pattern)), pattern


def test_the_workflow_uses_the_action_with_inputs_that_it_has():
    jobs = yaml.safe_load((ROOT / "docs/ci/github.yml").read_text())["jobs"]
    (step,) = [s for s in jobs["chaos"]["steps"] if s["uses"] == "./"]
    assert set(step["with"]) <= set(action()["inputs"])
    assert {n for n, i in action()["inputs"].items() if i.get("required")} <= set(step["with"])
