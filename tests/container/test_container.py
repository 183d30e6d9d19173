"""A platform in a container of a real engine: struck in every way and honest it passes, and a mistake is found."""

import json
import os
import subprocess
import sys
from pathlib import Path

import docker
import pytest

from harness.handles.compose import Compose
from harness.handles.container import Container
from tests.container import rootfs
from tests.container.engine import HOST, Engine, NoEngineError, why_not

HERE = Path(__file__).parent
KEY, PID, GATEWAY, SHOP = "a-key-of-tests-only", "1001", 18088, 18089
pytestmark = [
    pytest.mark.smoke,
    pytest.mark.skipif(bool(why_not()), reason=f"no container engine: {why_not()}"),
]


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    folder = tmp_path_factory.mktemp("engine")
    try:
        with Engine(folder) as running:
            client = docker.DockerClient(base_url=running.url, timeout=30)
            tar = folder / "root.tar"
            config = json.dumps(_upstreams()).encode()
            running.python = rootfs.pack(tar, {f"{rootfs.APP}/upstreams.json": config})
            client.api.import_image_from_file(str(tar), repository="card-shop", tag="test")
            tar.unlink()
            running.client = client
            yield running
            client.close()
    except NoEngineError as error:
        pytest.skip(str(error))


def _upstreams():
    gateway = {"url": f"http://{HOST}:{GATEWAY}", "pid": PID, "key": KEY, "channel": "alipay"}
    goods = {"id": "7", "title": "音乐会员月卡", "price_fen": 990}
    return {
        "base_url": f"http://127.0.0.1:{SHOP}",
        "gateways": {"epay": gateway},
        "goods": [goods],
    }


@pytest.fixture
def shop(engine):
    """Make the container, stopped: starting it is the harness's work."""
    made = []

    def make(*more):
        words = [engine.python, "-m", "tests.platforms.card_shop", "--host", "0.0.0.0", *more]
        words += ["--port", str(SHOP), "--config", "/app/upstreams.json", "--db", "/data/shop.db"]
        words += ["--stock", "/app/tests/platforms/card_shop/stock.txt"]
        made.append(
            engine.client.containers.create(
                "card-shop:test",
                words,
                name="card-shop",
                working_dir="/app",
                stop_signal="SIGINT",
                ports={f"{SHOP}/tcp": ("127.0.0.1", SHOP)},
                labels={
                    "com.docker.compose.project": "ours",
                    "com.docker.compose.service": "shop",
                    "com.docker.compose.container-number": "1",
                },
            )
        )
        return made[-1]

    yield make
    for container in made:
        container.remove(force=True)


def run(engine, tmp_path):
    """Run the scenario from a folder in which the engine's socket stands beside the target file."""
    for name in ("card_shop.yaml", "struck.yaml"):
        text = (HERE / name).read_text(encoding="utf-8")
        text = text.replace("{{folder}}", str(engine.folder))
        text = text.replace("../platforms", str(HERE.parent / "platforms"))
        (tmp_path / name).write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "harness", "run", str(tmp_path / "struck.yaml")]
    done = subprocess.run(
        [*command, "--out", str(tmp_path / "runs"), "--bind", HOST],
        cwd=HERE.parents[1],
        env={**os.environ, "CARD_SHOP_EPAY_KEY": KEY},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    latest = tmp_path / "runs/struck/latest"
    assert latest.exists(), done.stdout + done.stderr
    return json.loads((latest / "verdict.json").read_text(encoding="utf-8")), latest


def test_an_honest_shop_survives_every_strike(engine, shop, tmp_path):
    container = shop()
    told, folder = run(engine, tmp_path)
    assert told["verdict"] == "PASS", told["reasons"]
    assert {one["id"]: one["struck"] for one in told["strikes"] if one["id"] != "twice"} == {
        "dies": 1,
        "stands-still": 1,
        "cut-off": 1,
        "deployed": 1,
    }
    assert told["counts"]["delivered"] > 0
    container.reload()
    assert container.status == "exited", "it did not run before, so it does not run after"
    assert (folder / "target.log").exists() or not container.logs()


def test_a_card_for_each_notification_is_found_through_a_container(engine, shop, tmp_path):
    shop("--defect", "card_per_notify")
    told, _ = run(engine, tmp_path)
    assert told["verdict"] == "FAIL"
    assert "no_duplicate_delivery" in [law["law"] for law in told["laws"] if law["broken"]]


def test_a_compose_service_is_found_by_its_labels_and_its_network_given_back(engine, shop):
    container = shop()
    by_name = Container(name="card-shop", engine=engine.url)
    handle = Compose(service="shop", project="ours", engine=engine.url)
    memory = handle.remember()
    assert memory["id"] == container.id == by_name.remember()["id"]
    assert handle.alive(memory) is False
    for step, status in [
        ("start", "running"),
        ("start", "running"),
        ("pause", "paused"),
        ("resume", "running"),
        ("resume", "running"),
        ("kill", "exited"),
        ("start", "running"),
        ("stop", "exited"),
    ]:
        handle.perform(step, memory)
        container.reload()
        assert (step, container.status) == (step, status)
    handle.perform("start", memory)
    memory = handle.remember()
    for step, networks in [("disconnect", []), ("connect", ["bridge"]), ("connect", ["bridge"])]:
        handle.perform(step, memory)
        container.reload()
        assert list(container.attrs["NetworkSettings"]["Networks"]) == networks
