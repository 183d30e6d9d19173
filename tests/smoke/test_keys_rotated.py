"""Keys that change in the middle of a run meet a platform that learns them, and are not passed over in silence."""

import json

import pytest
from harness_run import recharge_chaos

pytestmark = pytest.mark.smoke

CHANGES = {"certificate-told", "certificate-said", "key-told", "operators-told", "old-key-refused"}


def test_every_change_of_keys_meets_the_reference_platform(tmp_path):
    done = recharge_chaos("run", "i24_keys_rotated", "--out", tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    run = tmp_path / "i24_keys_rotated" / "latest"
    told = json.loads((run / "verdict.json").read_text(encoding="utf-8"))
    struck = {strike["id"]: strike["struck"] for strike in told["strikes"]}
    assert all(struck[one] > 0 for one in CHANGES), struck
