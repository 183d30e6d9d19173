"""Start the platform: `python -m harness.targets.reference --port P --config FILE --db PATH_OR_URL`."""

import argparse
import logging
from pathlib import Path

import uvicorn

from harness.targets.reference import config, defects
from harness.targets.reference.app import App
from harness.targets.reference.platform import Platform

_HOST = "127.0.0.1"
_KEEP_ALIVE_S = 75


def main() -> None:
    """Read the command line and serve until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(
        prog="python -m harness.targets.reference", description=__doc__
    )
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--config", type=Path, required=True, help="JSON; see config.py")
    parser.add_argument("--db", required=True, help="path of an SQLite file, or a PostgreSQL DSN")
    parser.add_argument(
        "--cache", default="", help="redis://HOST:PORT/0, or memory: ; without it nothing is cached"
    )
    parser.add_argument(
        "--defect", action="append", default=[], choices=defects.names(), metavar="NAME"
    )
    parser.add_argument("--settings", default="{}", help="JSON that replaces keys of the config")
    parser.add_argument(
        "--stock", type=Path, help="codes, one a line, of the cards sold from stock"
    )
    asked = parser.parse_args()
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s %(message)s")
    wrong = [defects.load(name) for name in asked.defect]
    read = config.read(asked.config, asked.settings, asked.stock)
    platform = Platform(read, asked.db, wrong, asked.cache)
    uvicorn.run(
        App(platform),
        host=_HOST,
        port=asked.port,
        loop="uvloop",
        http="httptools",
        ws="none",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        log_level="warning",
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=2,
    )


if __name__ == "__main__":
    main()
