"""The one module that imports Locust: a crowd runs inside a Locust process, and Locust sees every request.

    locust -f harness/traffic/locustfile.py --headless          with RECHARGE_CHAOS_TRAFFIC=.../traffic.json
    ... --worker                                                one share of the master's workers each

The load is the job's, not Locust's: the number of users that Locust is asked for changes nothing. Its statistics,
web UI, and master with workers are as ever. Shares come from RECHARGE_CHAOS_WORKER of RECHARGE_CHAOS_WORKERS; under a
master they come from it, and so does the start, once all its workers are ready, unless the job has a go file.
"""

import logging
import os
from pathlib import Path
from typing import Any

import gevent
import gevent.event
from locust import User, events, task
from locust.env import Environment
from locust.runners import MasterRunner, WorkerRunner

from harness.core.clock import now_ns
from harness.core.errors import UsageError
from harness.traffic import job as jobs
from harness.traffic.crowd import Crowd

START_IN_NS = 1_000_000_000
BROKEN_EXIT_CODE = 4
_SHARE, _READY, _GO, _HOME = "chaos_share", "chaos_ready", "chaos_go", "chaos_home"
_log = logging.getLogger(__name__)


class RequestError(Exception):
    """What Locust shows for a call that did not end ok."""


class Customers(User):
    """Stands for the crowd in Locust's counts; the crowd itself is driven by `Driver`."""

    fixed_count = 1

    @task
    def be_there(self) -> None:
        """Wait until Locust ends the test."""
        gevent.event.Event().wait()


class Driver:
    """Drives one process's crowd when Locust starts the test."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._runner: Any = environment.runner
        self._job = jobs.load(_job_path())
        self._worker = int(os.environ.get("RECHARGE_CHAOS_WORKER", "0"))
        self._workers = int(os.environ.get("RECHARGE_CHAOS_WORKERS", "1"))
        self._go: gevent.event.AsyncResult = gevent.event.AsyncResult()
        self._request: Any = environment.events.request
        self._crowd: Crowd | None = None
        self._task: gevent.Greenlet | None = None

    @property
    def _has_master(self) -> bool:
        return isinstance(self._runner, WorkerRunner)

    def listen(self) -> None:
        """Take part in Locust's events, and in its master's messages."""
        hooks: Any = self._environment.events
        hooks.test_start.add_listener(self._on_start)
        hooks.test_stop.add_listener(self._on_stop)
        hooks.quitting.add_listener(self._on_stop)
        if self._has_master:
            self._runner.register_message(_SHARE, self._on_share)
            self._runner.register_message(_GO, self._on_go)

    def _on_share(self, msg: Any, **_: object) -> None:
        self._worker, self._workers = msg.data["worker"], msg.data["workers"]

    def _on_go(self, msg: Any, **_: object) -> None:
        self._go.set(msg.data["t0_ns"])

    def _on_start(self, **_: object) -> None:
        if self._crowd is not None:
            _log.error("a job is driven once: start Locust anew with another job")
            return
        self._crowd = Crowd(self._job, self._worker, self._workers, self._hear)
        self._task = gevent.spawn(self._drive, self._crowd)

    def _on_stop(self, **_: object) -> None:
        """Close the journal, also when Locust is stopped early or gets SIGTERM."""
        if self._task is not None and self._task is not gevent.getcurrent():
            self._task.kill()
        if self._crowd is not None:
            self._crowd.close()

    def _drive(self, crowd: Crowd) -> None:
        self._environment.process_exit_code = BROKEN_EXIT_CODE
        missing = crowd.log_in()
        if missing:
            _log.warning("%d customers could not log in", missing)
        crowd.say_ready()
        crowd.drive(self._t0_ns(crowd))
        crowd.close()
        # Failed requests are what a run is about: they are judged by laws, not by Locust's exit code.
        self._environment.process_exit_code = BROKEN_EXIT_CODE if crowd.broken else 0
        if self._has_master:
            self._runner.send_message(_HOME)
        else:
            gevent.spawn(_end, self._environment)

    def _t0_ns(self, crowd: Crowd) -> int:
        if self._job.go_file:
            return crowd.wait_for_go()
        if self._has_master:
            self._runner.send_message(_READY)
            return int(self._go.get())
        return now_ns() + START_IN_NS

    def _hear(self, name: str, took_ms: float, size: int, wrong: str) -> None:
        self._request.fire(
            request_type="customer",
            name=name,
            response_time=took_ms,
            response_length=size,
            exception=RequestError(wrong) if wrong else None,
            context={},
        )


class Master:
    """Gives each worker its share, the start when all are ready, and ends the test when all have gone home."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._runner: Any = environment.runner
        self._workers = 0
        self._ready = 0
        self._home = 0

    def listen(self) -> None:
        """Take part in Locust's events and its workers' messages."""
        hooks: Any = self._environment.events
        hooks.test_start.add_listener(self._on_start)
        self._runner.register_message(_READY, self._on_ready)
        self._runner.register_message(_HOME, self._on_home)

    def _on_start(self, **_: object) -> None:
        """Send the shares; on each worker's connection they arrive ahead of Locust's own order to start."""
        clients = self._runner.clients
        active = sorted(client.id for client in clients.ready + clients.running + clients.spawning)
        self._workers, self._ready, self._home = len(active), 0, 0
        for worker, client in enumerate(active):
            share = {"worker": worker, "workers": len(active)}
            self._runner.send_message(_SHARE, share, client)

    def _on_ready(self, **_: object) -> None:
        self._ready += 1
        if self._ready == self._workers:
            self._runner.send_message(_GO, {"t0_ns": now_ns() + START_IN_NS})

    def _on_home(self, **_: object) -> None:
        self._home += 1
        if self._home == self._workers:
            self._environment.process_exit_code = 0
            gevent.spawn(_end, self._environment)


def _end(environment: Environment) -> None:
    """End the process after a headless run; keep the web UI up, with its test stopped, if somebody is looking."""
    options = environment.parsed_options
    runner = environment.runner
    if runner is None:
        return
    if options is None or options.headless:
        runner.quit()
    else:
        runner.stop()


def _job_path() -> Path:
    try:
        return Path(os.environ["RECHARGE_CHAOS_TRAFFIC"])
    except KeyError:
        raise UsageError("RECHARGE_CHAOS_TRAFFIC names no traffic.json") from None


def _on_init(environment: Environment, **_: object) -> None:
    """Join a Locust process, once Locust knows which part it plays."""
    role = (
        Master(environment) if isinstance(environment.runner, MasterRunner) else Driver(environment)
    )
    role.listen()


_hooks: Any = events
_hooks.init.add_listener(_on_init)
