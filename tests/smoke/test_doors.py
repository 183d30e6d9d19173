"""A run whose target file asks for doors: the platform is told of CA and proxy, and both mocks answer behind them."""

import json
import ssl
import sys

import httpx
import pytest
from harness_run import HERE, in_load, only_run, started, verdict, wait_for

from harness.scenario import SCENARIOS

pytestmark = pytest.mark.smoke


def test_both_groups_of_mocks_answer_under_the_real_names_during_a_run(tmp_path):
    text = (SCENARIOS / "targets" / "reference.yaml").read_text(encoding="utf-8")
    text = text.replace("../../harness/", f"{SCENARIOS.parent}/harness/")
    told = tmp_path / "told.json"
    note = f"import json,os;json.dump([os.environ['CA'],os.environ['HTTPS_PROXY']],open({str(told)!r},'w'))"
    text = text.replace(
        'start: ["{{python}}", -m,', 'start: ["{{folder}}/begin", "{{python}}", -m,'
    )
    text = text.replace(
        "control:\n", 'control:\n  env: {CA: "{{doors.ca}}", HTTPS_PROXY: "{{doors.proxy}}"}\n'
    )
    text += "doors: {ca: ca}\n"
    text = text.replace("dayuanren: {}", "dayuanren: {hosts: [czh.example.com]}")
    begin = tmp_path / "begin"
    begin.write_text(f'#!/bin/sh\n{sys.executable} -c "{note}"\nunset HTTPS_PROXY\nexec "$@"\n')
    begin.chmod(0o755)
    target = tmp_path / "ours.yaml"
    target.write_text(text, encoding="utf-8")
    out = tmp_path / "out"
    run = started("run", HERE / "small.yaml", "--target", target, "--out", out)
    try:
        wait_for(lambda: in_load(out), 60, "money is taken")
        ca, proxy = json.loads(told.read_text(encoding="utf-8"))
        trusting = ssl.create_default_context(cafile=ca)
        with httpx.Client(proxy=proxy, verify=trusting, trust_env=False, timeout=10) as http:
            gateway = http.get("https://api.mch.weixin.qq.com/v3/certificates")
            operator = http.post("https://czh.example.com/yrapi.php/index/user")
            nobody = http.get("http://example.org/")
        _, errors = run.communicate(timeout=150)
    finally:
        run.kill()
    assert gateway.json()["code"] == "SIGN_ERROR"
    assert operator.json()["errno"] == 1
    assert nobody.status_code == 502
    assert verdict(only_run(out))["verdict"] == "PASS", errors
