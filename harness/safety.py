"""What a run may reach, how hard, and where its mocks may listen: this machine, unless twice said otherwise.

    permit = admitted(target, path, Wish(hosts=("shop.test",)))     permit.pins: host -> its one address
    check_pace(peak_per_s, span_s, permit, wish)                    rate and duration caps

A host that is not loopback is listed in the target file with the address that it must have, and named again on the
command line. It is resolved once; every connection then goes to that very address.
"""

import socket
from collections.abc import Callable, Iterable, Mapping
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from harness.core.errors import UsageError, did_you_mean
from harness.targets.target import Target

Resolve = Callable[[str], Iterable[str]]

PEAK_PER_S = 2_000.0
SPAN_S = 3_600.0
PEAK_ELSEWHERE_PER_S = 200.0
SPAN_ELSEWHERE_S = 600.0


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What the command line adds: hosts that may be reached, where the mocks listen, and whose platform it is."""

    hosts: tuple[str, ...] = ()
    bind: str = ""
    i_own_this: bool = False


class Permit(msgspec.Struct, frozen=True, kw_only=True):
    """What is allowed: the address of each host elsewhere, and where the mocks' data ports are."""

    pins: dict[str, str] = {}
    bind: str = ""
    public_url: str = ""


def is_loopback(host: str) -> bool:
    """Say whether a host is this machine by its name or number: a name that merely looks like it is not."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def resolved(host: str) -> list[str]:
    """Return every address of a host, as the system resolves it.

    Raises:
        OSError: there is none.
    """
    return sorted({str(found[4][0]) for found in socket.getaddrinfo(host, None)})


def admitted(
    target: Target,
    path: Path,
    wish: Wish,
    *,
    more: Mapping[str, str] | None = None,
    resolve: Resolve = resolved,
) -> Permit:
    """Return what a run on a target may do; `more` are further URLs that it reaches, by what they are.

    Raises:
        UsageError: a host elsewhere is not listed, not named, or not where it must be; or the mocks may not listen
            where they were told to.
    """
    urls = {
        "base_url": target.base_url,
        "toxiproxy": target.toxiproxy,
        **_control_urls(target),
        **_dependency_urls(target),
        **(more or {}),
    }
    urls = {what: url.replace("{{port}}", "80") for what, url in urls.items()}
    hosts = {what: urlsplit(url).hostname or "" for what, url in urls.items() if url}
    elsewhere = {what: host for what, host in hosts.items() if not is_loopback(host)}
    for name in wish.hosts:
        if name not in target.allow_hosts:
            known = did_you_mean(name, target.allow_hosts)
            raise UsageError(f"--allow-host {name}: {path} does not list it{known}")
    pins = {
        host: _pin(f"{path}: {what}", host, target, wish, resolve)
        for what, host in elsewhere.items()
    }
    # A platform may ask to be notified at another of its hosts than the one that customers use.
    pins |= {
        host: _pin(f"{path}: allow_hosts", host, target, wish, resolve)
        for host in wish.hosts
        if host not in pins and not is_loopback(host)
    }
    _check_bind(target, path, wish)
    return Permit(pins=pins, bind=wish.bind, public_url=target.public_url if wish.bind else "")


def pinned(url: str, pins: Mapping[str, str]) -> tuple[str, dict[str, str], dict[str, str]]:
    """Return a URL at its pinned address, the Host header that keeps its name, and httpx's extension for TLS."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if host not in pins:
        return url, {}, {}
    address = f"[{pins[host]}]" if ":" in pins[host] else pins[host]
    port = f":{parts.port}" if parts.port else ""
    there = parts._replace(netloc=f"{address}{port}").geturl()
    return there, {"Host": f"{host}{port}"}, {"sni_hostname": host}


def check_pace(peak_per_s: float, span_s: float, permit: Permit, wish: Wish) -> None:
    """Refuse a run that is harder or longer than is allowed where it goes.

    Raises:
        UsageError: it is; the message says how to allow it.
    """
    if wish.i_own_this:
        return
    most_per_s, most_s = PEAK_PER_S, SPAN_S
    if permit.pins:
        most_per_s, most_s = PEAK_ELSEWHERE_PER_S, SPAN_ELSEWHERE_S
    where = ", ".join(permit.pins) or "this machine"
    if peak_per_s > most_per_s or span_s > most_s:
        raise UsageError(
            f"{peak_per_s:g} arrivals/s for {span_s:g} s on {where}: at most {most_per_s:g}/s for {most_s:g} s"
            " unless you say --i-own-this"
        )


def _dependency_urls(target: Target) -> dict[str, str]:
    """Return where the target's dependencies are, which links to them lead to."""
    return {f"dependencies.{n}": f"tcp://{one.address}" for n, one in target.dependencies.items()}


def _control_urls(target: Target) -> dict[str, str]:
    """Return the URLs that getting hold of the target reaches: engines, and where it is seen to be healthy."""
    urls: dict[str, str] = {}
    for at, held in enumerate(target.control.all_held() if target.control else []):
        handle = held.handle()
        urls[f"control.engine of instance {at + 1}"] = handle.engine_url() if handle else ""
        urls[f"control.healthy_at of instance {at + 1}"] = held.healthy_at
    for name, one in target.dependencies.items():
        handle = one.control.handle() if one.control else None
        urls[f"dependencies.{name}.control.engine"] = handle.engine_url() if handle else ""
        urls[f"dependencies.{name}.control.healthy_at"] = (
            one.control.healthy_at if one.control else ""
        )
    return urls


def _pin(where: str, host: str, target: Target, wish: Wish, resolve: Resolve) -> str:
    listed = target.allow_hosts.get(host)
    if listed is None:
        raise UsageError(
            f"{where} {host!r} is not on loopback; list it with its address: allow_hosts: {{{host}: ADDRESS}}"
        )
    if host not in wish.hosts:
        raise UsageError(
            f"{where} {host!r} is not on loopback; say --allow-host {host} if it is meant"
        )
    allowed = {listed} if isinstance(listed, str) else set(listed)
    try:
        found = list(resolve(host))
    except OSError as error:
        raise UsageError(f"{where} {host!r} cannot be resolved: {error}") from None
    if not found or not set(found) <= allowed:
        raise UsageError(
            f"{where} {host!r} resolves to {', '.join(found) or 'nothing'}, but allow_hosts says"
            f" {', '.join(sorted(allowed))}"
        )
    return found[0]


def _check_bind(target: Target, path: Path, wish: Wish) -> None:
    if not wish.bind:
        return
    try:
        address = ip_address(wish.bind)
    except ValueError:
        raise UsageError(f"--bind {wish.bind}: an address of this machine") from None
    if address.is_loopback:
        return
    if not target.public_url:
        raise UsageError(
            f"--bind {wish.bind}: {path} needs public_url, the mocks' address as the platform reaches them"
        )
