"""The live page's process: `python -m harness.live --config FILE` prints where it is, and ends when it is told to.

It reads the run's files and writes none but in its scratch folder. It is nicer than everybody else in the run.
"""

import argparse
import os
import signal
import sys
import threading
from pathlib import Path

import msgspec

from harness.core import plan as plans
from harness.live.launch import Config
from harness.live.laws import wanted
from harness.live.news import News
from harness.live.server import Server
from reports.parts import live_page

NICE = 10
"""Who is measured, and who measures, goes first."""
LAST_WORDS_S = 1.0


def main() -> None:
    """Serve one run's news until SIGTERM."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, required=True)
    config = msgspec.json.decode(parser.parse_args().config.read_bytes(), type=Config)
    os.nice(NICE)
    run_dir = Path(config.run_dir)
    plan = plans.read(run_dir)
    news = News(run_dir, plan, Path(config.scratch))
    page, csp = live_page.made(plan, wanted(plan), run_dir)
    try:
        server = Server(
            config.port, plan=plan, news=news, page=page.encode(), csp=csp, mocks=config.mocks
        )
    except OSError as error:
        sys.exit(f"port {config.port}: {error.strerror}")
    told = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: told.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    news.start()
    threading.Thread(target=server.serve_forever, daemon=True, name="server").start()
    sys.stdout.write(msgspec.json.encode({"url": server.url}).decode() + "\n")
    sys.stdout.flush()
    told.wait()
    news.end()
    server.last_words(LAST_WORDS_S)
    # The laws may be being counted still; nobody needs their result any more.
    os._exit(0)


if __name__ == "__main__":
    main()
