"""`python -m mock_upstreams`: all upstreams by hand, or those of a config file for a supervisor."""

import argparse
import secrets
import sys
from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path

import msgspec

from harness.core.errors import UsageError
from mock_upstreams import server
from mock_upstreams.catalogue import dialects
from mock_upstreams.config import Config, load
from mock_upstreams.dialect import Dialect
from mock_upstreams.records import Product

BY_HAND_PRODUCTS = (
    Product(id="12", cost_fen=49_60, face_fen=50_00, title="话费50元"),
    Product(id="13", cost_fen=99_10, face_fen=100_00, title="话费100元"),
    Product(id="88", cost_fen=49_70, face_fen=50_00, title="话费50元"),
    Product(id="201", cost_fen=58_00, face_fen=60_00, title="游戏点60"),
    Product(id="301", cost_fen=18_00, face_fen=30_00, title="会员月卡"),
    Product(id="401", kind="cards", cost_fen=9_50, face_fen=10_00, title="卡密10元"),
)


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m mock_upstreams", description=__doc__)
    parser.add_argument("--config", type=Path, help="JSON file; all else is then ignored")
    parser.add_argument("--serve", default="", help="names, comma separated; all unless given")
    parser.add_argument("--time-scale", type=float, default=1.0, help="ladders run so much faster")
    parser.add_argument(
        "--port-base", type=int, default=0, help="first port; free ones unless given"
    )
    parser.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="HOST=ADDRESS",
        help="a host elsewhere that may be notified; else only this machine is",
    )
    parser.add_argument(
        "--ca", default="", help="folder of the CA: answer under the real host names over TLS too"
    )
    parser.add_argument("--tls-port", type=int, default=0, help="443, for hosts entries")
    parser.add_argument(
        "--plain-port", type=int, default=0, help="of the proxy; 80, for hosts entries"
    )
    return parser.parse_args(argv)


def _by_hand(arguments: argparse.Namespace) -> Config:
    names = [name.strip() for name in arguments.serve.split(",") if name.strip()] or list(
        dialects()
    )
    base: int = arguments.port_base
    upstreams = {name: _settings(dialects().get(name)) for name in names}
    if base:
        for port, settings in enumerate(upstreams.values(), base + 1):
            settings["port"] = port
    raw: dict[str, object] = {
        "time_scale": arguments.time_scale,
        "port": base,
        "token": secrets.token_urlsafe(18),
        "upstreams": upstreams,
        "pins": dict(_pin(text) for text in arguments.allow_host),
    }
    if arguments.ca:
        ports = {"tls_port": arguments.tls_port, "plain_port": arguments.plain_port}
        raw["doors"] = {"ca": arguments.ca, **ports}
    try:
        config = msgspec.convert(raw, Config)
    except msgspec.ValidationError as error:
        raise UsageError(str(error)) from None
    config.check()
    return config


def _pin(text: str) -> tuple[str, str]:
    host, _, address = text.partition("=")
    try:
        return host, str(ip_address(address))
    except ValueError:
        raise UsageError(f"--allow-host {text}: HOST=ADDRESS, such as shop.test=10.1.2.3") from None


def _settings(dialect: type[Dialect] | None) -> dict[str, object]:
    if dialect is None or dialect.side == "gateway":
        return {}
    return {"products": msgspec.to_builtins(BY_HAND_PRODUCTS)}


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until stopped; return the exit code."""
    arguments = _arguments(argv)
    try:
        if arguments.config is not None:
            server.run(load(arguments.config))
        else:
            server.run(_by_hand(arguments), indent=2)
    except UsageError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    except OSError as error:
        sys.stderr.write(f"cannot serve: {error}\n")
        return 4
    return 0


if __name__ == "__main__":
    sys.exit(main())
