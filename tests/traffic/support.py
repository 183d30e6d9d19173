"""Starts the tiny platform and real Locust processes, for tests and benchmarks of the traffic."""

import contextlib
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import msgspec

from harness.core.clock import now_ns, tick_s
from harness.traffic.job import Payer, Traffic, TrafficJob

ROOT = Path(__file__).parents[2]
LOCUSTFILE = "harness/traffic/locustfile.py"
GOODS = [
    {"id": "hf50", "kind": "phone", "price": "49.90", "face": "50.00"},
    {"id": "vip30", "kind": "member", "price": "49.90", "face": "50.00"},
    {"id": "card10", "kind": "cards", "price": "49.90", "face": "50.00"},
]


def target(url):
    return {
        "name": "tiny",
        "base_url": url,
        "customers": 20,
        "goods": GOODS,
        "gateways": {"epay": {"channel": "epay"}, "wechat_pay": {"channel": "wechat"}},
        "operators": {"dayuanren": {}},
        "session": {
            "login": {
                "post": "/api/login",
                "json": {"phone": "{{customer.phone}}", "password": "{{customer.password}}"},
                "take": {"token": "token"},
            },
            "send": {"Authorization": "Bearer {{token}}"},
        },
        "place": {
            "post": "/api/orders",
            "json": {
                "goods": "{{goods.id}}",
                "account": "{{intent.account}}",
                "client_no": "{{intent.token}}",
                "channel": "{{channel}}",
            },
            "take": {"order_no": "order_no", "amount": "amount_fen", "pay_url": "pay_url"},
        },
        "status": {"get": "/api/orders/{{order_no}}", "take": {"state": "state", "cards": "cards"}},
        "states": {"WAIT_PAY": "unpaid", "DONE": "delivered"},
    }


@contextlib.contextmanager
def platform(*arguments):
    command = [sys.executable, "-m", "tests.traffic.tiny_platform", *arguments]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as process:
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.stdin.close()
            process.wait(timeout=10)


def write_job(folder, place, traffic, **more):
    """Write traffic.json and return its path; `place` is what the platform printed."""
    for name in ("journals", "private"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    fields = {
        "run": "r1",
        "seed": 7,
        "time_scale": 600.0,
        "journals": str(folder / "journals"),
        "private": str(folder / "private"),
        "traffic": msgspec.convert(traffic, Traffic),
        "target": target(place["url"]),
        "go_file": "go",
        "payer": Payer(url=place["payer"], token="secret"),
    }
    job = TrafficJob(**{**fields, **more})
    path = folder / "private" / "traffic.json"
    path.write_bytes(msgspec.json.encode(job))
    return path


def locust(job_path, *arguments, worker=0, workers=1, locustfile=LOCUSTFILE, **environment):
    """Start a Locust process; its output goes to one pipe."""
    variables = {
        **os.environ,
        "RECHARGE_CHAOS_TRAFFIC": str(job_path),
        "RECHARGE_CHAOS_WORKER": str(worker),
        "RECHARGE_CHAOS_WORKERS": str(workers),
        "PYTHONDONTWRITEBYTECODE": "1",
        **environment,
    }
    return subprocess.Popen(
        [sys.executable, "-m", "locust", "-f", locustfile, *arguments],
        cwd=ROOT,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def say_go(path, after_ns=300_000_000):
    path.write_text(json.dumps({"t0_ns": now_ns() + after_ns}), encoding="utf-8")


def wait_until(condition, process=None, within_s=20.0):
    """Ask again and again until a condition holds; fail if it does not in time or the process ends first."""
    deadline_s = tick_s() + within_s
    pause = threading.Event()
    while not condition():
        assert tick_s() < deadline_s, "waited in vain"
        if process is not None and process.poll() is not None:
            raise AssertionError(process.communicate()[0])
        pause.wait(0.02)


def wait_for(path, process, within_s=20.0):
    wait_until(path.exists, process, within_s)
