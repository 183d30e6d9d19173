"""How many signed WeChat answers one mock process gives, beside the raw RSA-2048 signing rate of one core.

    python -m tests.bench.wechat_signing

Every request is signed beforehand; the mock verifies it, passes books, strikes and journal, and signs its answer.
The raw rate is measured before and after, with nothing else running. Signing may use two threads, so the client sleeps
while it waits instead of keeping a core to itself.
"""

import json
import statistics
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import uvloop
from cryptography.hazmat.primitives.asymmetric import rsa

from harness.core.clock import tick_s
from mock_upstreams.signing import rsa_sign
from tests.bench import mock_creates as creates
from tests.bench.child import started
from tests.dialects.independent_clients import WechatMerchant

REQUESTS = 8_000
RAW_S = 3.0
TARGET = 0.85


def run():
    with tempfile.TemporaryDirectory() as name:
        command = [sys.executable, "-m", "mock_upstreams", "--config", str(_config(Path(name)))]
        with started(command) as process:
            card = json.loads(process.stdout.readline())["upstreams"]["wechat_pay"]
            requests = _requests(card)
            raw = [raw_per_s()]
            url = urlsplit(card["url"])
            before_s = creates.cpu_of(process.pid)
            driving = creates.drive(url.hostname, url.port, requests, awake=False)
            took_s, answered, _ = uvloop.run(driving)
            cpu_s = creates.cpu_of(process.pid) - before_s
            raw.append(raw_per_s())
        journal = (Path(name) / "gateways.ndjson").read_bytes()
        created = journal.count(b'"kind":"create"')
    raw_rate = statistics.mean(raw)
    rate = answered / took_s
    assert created == answered == REQUESTS, (created, answered)
    return [
        {"what": "RSA-2048 signatures a second, one thread, raw", "per_s": round(raw_rate)},
        {
            "what": "signed WeChat creates a second, one mock process",
            "per_s": round(rate),
            "per_cpu_s": round(answered / cpu_s),
            "ratio": round(rate / raw_rate, 2),
            "target": f"at least {TARGET:.2f} of raw",
            "met": rate / raw_rate >= TARGET,
        },
    ]


def raw_per_s():
    """Return signatures of a text like an answer's, per second of one thread."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    text = b"1735660800\nabcdefghijklmnop\n" + b"x" * 60 + b"\n"
    count, begin_s = 0, tick_s()
    while tick_s() - begin_s < RAW_S:
        rsa_sign(key, text)
        count += 1
    return count / (tick_s() - begin_s)


def _config(folder):
    config = msgspec.json.decode(creates.config_in(folder).read_bytes())
    strikes = [{**strike, "upstreams": ["wechat_pay"]} for strike in config["strikes"]]
    config |= {"upstreams": {"wechat_pay": {}}, "strikes": strikes}
    path = folder / "config.json"
    path.write_bytes(msgspec.json.encode(config))
    return path


def _requests(card):
    merchant = WechatMerchant(card)
    target = "/v3/pay/transactions/native"
    made = []
    for number in range(REQUESTS):
        order = merchant.order(out_trade_no=f"B20261122{number:08d}")
        request = merchant.asks("POST", target, order)
        lines = [f"POST {target} HTTP/1.1", "Host: 127.0.0.1"]
        lines += [f"{name.decode()}: {value.decode()}" for name, value in request.raw_headers]
        lines.append(f"Content-Length: {len(request.body)}")
        made.append("\r\n".join([*lines, "", ""]).encode() + request.body)
    return made


if __name__ == "__main__":
    for row in run():
        print(row)
