"""What each process of a run is told: the mocks' configs, the target's upstreams, the traffic job. Secrets stay here.

Everything is written into the run's private directory, which only its owner can read and which is removed at the end.
"""

import os
import socket
from collections.abc import Mapping
from contextlib import suppress
from itertools import count
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import msgspec

from harness.core.errors import HarnessError, UsageError
from harness.core.units import duration_ms, fen_from_yuan
from harness.safety import Permit
from harness.scenario import Staged
from harness.targets._goods import Goods
from harness.targets.target import settings
from harness.targets.template import filled, holes
from mock_upstreams.config import hosts

PRODUCT_KINDS = {"cards": "cards"}
_OURS = range(20_000, 32_000)
"""Below the ports that kernels give to whoever asks for any, which begin at 32768 or 49152: between choosing a port and
the target's taking it there is half a second, in which a neighbour's connection could be given it."""
_APART = 97
"""How far apart two processes begin to look, so that runs at the same time do not choose the same one."""
_asked = count()


def mock_config(
    staged: Staged,
    side: str,
    run: str,
    journal: Path,
    token: str,
    *,
    base_url: str,
    permit: Permit,
    links: Mapping[str, int],
    doors: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the config of one mock process; `side` is gateways, operators or channels, `links` the network's ports."""
    used: dict[str, dict[str, Any]] = getattr(staged, side)
    offered: dict[str, dict[str, Any]] = getattr(staged.target, side)
    upstreams = {
        name: {
            **_settings(offered[name], f"{staged.target_path}: {side}.{name}", base_url),
            **added,
        }
        for name, added in used.items()
    }
    if side == "operators":
        for name, entry in upstreams.items():
            entry["products"] = [
                _product(g, name) for g in staged.target.goods if name in g.operators
            ]
    for name in links.keys() & upstreams.keys():
        # A pay URL that a platform makes itself begins with where the platform believes the gateway to be.
        known = upstreams[name].get("hosts", [])
        upstreams[name]["hosts"] = [*known, f"127.0.0.1:{links[name]}"]
    return {
        "run": run,
        "recorder": side,
        "journal": str(journal),
        "seed": staged.seed,
        "time_scale": staged.scenario.time_scale,
        "handles_ms": duration_ms(staged.target.handles_within),
        "intents": staged.scenario.traffic.numbers,
        "arrivals_ms": staged.scenario.traffic.line_starts_ms(staged.starts_ms),
        "token": token,
        "bind": permit.bind,
        "public_url": permit.public_url,
        "pins": permit.pins,
        "upstreams": upstreams,
        "doors": doors,
        "strikes": msgspec.to_builtins([s for s in staged.strikes if set(s.upstreams) & set(used)]),
    }


def _settings(entry: dict[str, Any], where: str, base_url: str) -> dict[str, Any]:
    """Return a dialect's settings; a URL in them may begin with `{{base_url}}`, whose port may be ours to choose.

    Raises:
        UsageError: a setting asks for something else.
    """
    known = {"base_url": base_url, "port": urlsplit(base_url).port or 80}
    try:
        return {
            key: filled(value, known) if isinstance(value, str) and "{{" in value else value
            for key, value in settings(entry, where).items()
        }
    except UsageError as error:
        raise UsageError(f"{where}: {error}") from None


def _product(goods: Goods, operator: str) -> dict[str, Any]:
    supply = goods.operators[operator]
    return {
        "id": supply.product,
        "kind": PRODUCT_KINDS.get(goods.kind, "topup"),
        "cost_fen": fen_from_yuan(supply.cost),
        "face_fen": fen_from_yuan(goods.face) // goods.units,
        "title": goods.title or goods.id,
    }


def target_config(staged: Staged, base_url: str, told: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return what a target that we start may read as `{{private}}/upstreams.json`.

    `told` is what the mocks said of themselves: URLs and keys by upstream.
    """
    target = staged.target
    return {
        "base_url": base_url,
        "time_scale": staged.scenario.time_scale,
        "gateways": {n: {**told[n], "channel": target.channel(n)} for n in staged.gateways},
        "operators": {n: told[n] for n in staged.operators},
        "messages": {n: told[n] for n in staged.channels},
        "goods": [_goods(goods, staged) for goods in target.goods],
    }


def doors_config(staged: Staged, told: Mapping[str, Mapping[str, Any]]) -> dict[str, Any] | None:
    """Return what the gateways' process is told of its doors; `told` is what the operators said of themselves."""
    doors = staged.target.doors
    if doors is None:
        return None
    offered = staged.target.operators
    others = {
        host: str(told[name]["url"])
        for name in staged.operators
        if name in told
        for host in hosts(name, settings(offered[name], f"{staged.target_path}: operators.{name}"))
    }
    ca = staged.target_path.parent / doors.ca
    ports = {"tls_port": doors.tls_port, "plain_port": doors.plain_port}
    return {"ca": str(ca.resolve()), "others": others, **ports}


def links_of(staged: Staged) -> dict[str, int]:
    """Return the links that are proxied, and at which port (0: any): those that strikes name, and fixed ones."""
    struck = {link for strike in staged.links for link in strike.links}
    known = staged.target.dependencies
    fixed = {name: one.listen for name, one in known.items() if one.listen}
    return dict.fromkeys(sorted(struck), 0) | fixed


def network_config(staged: Staged, run: str, journal: Path, token: str) -> dict[str, Any]:
    """Return the config of the network's process.

    Raises:
        UsageError: something listens already where a link must.
    """
    links = links_of(staged)
    for name, port in links.items():
        if port and listens("127.0.0.1", port):
            where = f"{staged.target_path}: dependencies.{name}.listen"
            raise UsageError(
                f"{where}: port {port} is in use already; stop what listens there first"
            )
    return {
        "run": run,
        "journal": str(journal),
        "seed": staged.seed,
        "token": token,
        "links": links,
        "strikes": msgspec.to_builtins(staged.links),
    }


def dependencies(staged: Staged, links: Mapping[str, int]) -> dict[str, dict[str, Any]]:
    """Return where the target reaches what it depends on: over its link, if it has one."""
    return {
        name: {"host": "127.0.0.1", "port": links[name]}
        if name in links
        else {"host": one.host, "port": one.port}
        for name, one in staged.target.dependencies.items()
    }


def place_of(url: str, pins: Mapping[str, str]) -> str:
    """Return host:port of a URL, the host as the address that it was pinned to."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    return f"{pins.get(host, host)}:{parts.port or (443 if parts.scheme == 'https' else 80)}"


def over_link(url: str, port: int | None) -> str:
    """Return a URL as it is reached over a link, or as it is where there is none."""
    if port is None:
        return url
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, f"127.0.0.1:{port}", *parts[2:]))


def line_to(url: str, port: int | None) -> dict[str, str]:
    """Return where the line to a URL's host and port begins, if it is one of ours: it goes by its own name there."""
    if port is None:
        return {}
    parts = urlsplit(url)
    usual = 443 if parts.scheme == "https" else 80
    return {f"{parts.hostname}:{parts.port or usual}": f"127.0.0.1:{port}"}


def _goods(goods: Goods, staged: Staged) -> dict[str, Any]:
    return {
        "id": goods.id,
        "kind": goods.kind,
        "title": goods.title or goods.id,
        "price_fen": goods.price_fen,
        "face_fen": fen_from_yuan(goods.face),
        "units": goods.units,
        "operators": {
            name: {"product": s.product, "cost_fen": fen_from_yuan(s.cost)}
            for name, s in goods.operators.items()
            if name in staged.operators
        },
    }


def traffic_target(
    staged: Staged,
    base_url: str,
    gateway_urls: Mapping[str, str],
    linked: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, Any]:
    """Return the target as plain data for the traffic's adapter: without control, or gateways not in use."""
    raw: dict[str, Any] = msgspec.to_builtins(staged.target)
    raw["base_url"] = base_url
    raw["folder"] = str(staged.target_path.parent.resolve())
    raw["gateways"] = {
        name: {
            "channel": staged.target.channel(name),
            "url": gateway_urls.get(name, ""),
            "linked": linked.get(name, ""),
        }
        for name in staged.gateways
    }
    raw["operators"] = {name: {} for name in staged.target.operators}
    raw["channels"] = {name: {} for name in staged.target.channels}
    raw["control"] = raw["database"] = None
    return raw


def base_url(staged: Staged) -> tuple[str, int | None]:
    """Return the target's base URL with its port filled in, and that port if it was ours to choose."""
    text = staged.target.base_url
    if "port" not in holes(text):
        return text.rstrip("/"), None
    port = free_port()
    return str(filled(text, {"port": port})).rstrip("/"), port


def defect_words(staged: Staged, defects: tuple[str, ...]) -> list[str]:
    """Return what is added to the target's command for its defects.

    Raises:
        UsageError: a defect is named that the target cannot be started with.
    """
    control = staged.target.control
    if not defects:
        return []
    if control is None or control.defects is None:
        raise UsageError(f"the target {staged.target.name!r} has no defects")
    return [word for name in defects for word in (control.defects.argument, name)]


def free_port() -> int:
    """Return a loopback port that nothing listens on now, and that no connection or other run is given meanwhile.

    Raises:
        HarnessError: all of them are taken.
    """
    begin = os.getpid() * _APART + next(_asked)
    for at in range(begin, begin + len(_OURS)):
        with socket.socket() as probe, suppress(OSError):
            port = _OURS[at % len(_OURS)]
            probe.bind(("127.0.0.1", port))
            return port
    raise HarnessError(f"no port from {_OURS.start} to {_OURS.stop} is free")


def listens(host: str, port: int) -> bool:
    """Say whether something already answers there."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((host, port)) == 0


def private_file(path: Path, content: Any) -> None:
    """Write JSON that only its owner can read."""
    path.touch(mode=0o600)
    path.write_bytes(msgspec.json.encode(content))


def promised_real_s(staged: Staged) -> float:
    """Return how long, in real seconds, what was promised may take: orders, and complaints if there may be any."""
    promises = staged.target.promises
    spans_ms = [duration_ms(promises.settle_within), *(r.within_ms for r in staged.settle_rules)]
    if "complaints" in staged.has:
        spans_ms.append(promises.further()["complaint_answered_within"])
    return max(spans_ms) / 1000 / staged.scenario.time_scale
