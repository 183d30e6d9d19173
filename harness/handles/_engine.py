"""A container engine's API: every act on a container, by its id. The one module that imports the Docker SDK."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from harness.handles._handle import HandleError

if TYPE_CHECKING:
    import docker

ANSWERS_S = 30.0
STOP_S = 5
LOG_LINES = 5_000


@contextmanager
def _client(engine: str, what: str) -> "Iterator[docker.DockerClient]":
    """Yield a client whose errors are ours.

    Raises:
        HandleError: the engine does not answer, or refuses.
    """
    # Every mock and worker reads target files; only who strikes a container has to load the SDK.
    import docker  # noqa: PLC0415
    import requests  # noqa: PLC0415
    from docker.errors import DockerException, NotFound  # noqa: PLC0415

    try:
        client = docker.DockerClient(base_url=engine, timeout=ANSWERS_S, version="auto")
        try:
            yield client
        finally:
            client.close()
    except NotFound:
        raise HandleError(f"{what}: the engine at {engine} has none") from None
    except (DockerException, requests.RequestException) as error:
        raise HandleError(f"{what}: the engine at {engine}: {error}") from None


def by_name(engine: str, name: str, what: str) -> dict[str, Any]:
    """Return what undoing must know of a container."""
    with _client(engine, what) as client:
        return _memory(client.containers.get(name))


def by_labels(engine: str, labels: Mapping[str, str], what: str) -> dict[str, Any]:
    """Return what undoing must know of the one container with all these labels, running or not.

    Raises:
        HandleError: none has them, or several.
    """
    said = [f"{name}={value}" for name, value in labels.items()]
    with _client(engine, what) as client:
        found = client.containers.list(all=True, filters={"label": said})
        if len(found) != 1:
            raise HandleError(f"{what}: {len(found)} containers are labelled {', '.join(said)}")
        return _memory(found[0])


def _memory(container: Any) -> dict[str, Any]:
    """Keep the id, and of each network what makes the container reachable there as before."""
    networks = container.attrs["NetworkSettings"]["Networks"]
    return {
        "id": container.id,
        "networks": {
            name: {
                "aliases": _own_aliases(container, said.get("Aliases")),
                "ipv4": (said.get("IPAMConfig") or {}).get("IPv4Address"),
            }
            for name, said in networks.items()
            if name not in {"none", "host"}
        },
    }


def _own_aliases(container: Any, aliases: list[str] | None) -> list[str]:
    """Leave the short id out: the engine adds it by itself."""
    return [alias for alias in aliases or [] if not container.id.startswith(alias)]


def status(engine: str, id_: str, what: str) -> str:
    """Return running, paused, exited and so on."""
    with _client(engine, what) as client:
        return str(client.containers.get(id_).status)


def kill(engine: str, id_: str, what: str) -> None:
    """SIGKILL to its first process; a paused one is woken by the engine."""
    with _client(engine, what) as client:
        container = client.containers.get(id_)
        if container.status in {"running", "paused"}:
            container.kill()
            container.wait(timeout=ANSWERS_S)


def stop(engine: str, id_: str, what: str) -> None:
    """SIGTERM, and SIGKILL where that is not enough."""
    with _client(engine, what) as client:
        client.containers.get(id_).stop(timeout=STOP_S)


def start(engine: str, id_: str, what: str) -> None:
    """Start it, unless it runs."""
    with _client(engine, what) as client:
        client.containers.get(id_).start()


def pause(engine: str, id_: str, what: str) -> None:
    """Freeze all its processes."""
    with _client(engine, what) as client:
        client.containers.get(id_).pause()


def resume(engine: str, id_: str, what: str) -> None:
    """Thaw it, if it is frozen."""
    with _client(engine, what) as client:
        container = client.containers.get(id_)
        if container.status == "paused":
            container.unpause()


def disconnect(engine: str, id_: str, networks: Mapping[str, Any], what: str) -> None:
    """Take it from these networks."""
    with _client(engine, what) as client:
        for name in networks:
            client.networks.get(name).disconnect(id_, force=True)


def connect(engine: str, id_: str, networks: Mapping[str, Any], what: str) -> None:
    """Give it those of these networks back that it does not have."""
    with _client(engine, what) as client:
        has = client.containers.get(id_).attrs["NetworkSettings"]["Networks"]
        for name, said in networks.items():
            if name not in has:
                more = {"aliases": said["aliases"]} if said["aliases"] else {}
                more |= {"ipv4_address": said["ipv4"]} if said["ipv4"] else {}
                client.networks.get(name).connect(id_, **more)


def logs(engine: str, id_: str, what: str) -> bytes:
    """Return its last lines of output."""
    with _client(engine, what) as client:
        return bytes(client.containers.get(id_).logs(tail=LOG_LINES, timestamps=True))
