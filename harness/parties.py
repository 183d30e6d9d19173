"""The parties of a run: mocks, target and customers, each a process of its own, started in that order."""

import asyncio
import secrets
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import msgspec

from harness import wiring
from harness.core.clock import tick_s
from harness.core.errors import HarnessError, UsageError
from harness.core.event import Event
from harness.core.units import duration_ms
from harness.keeper import Keeper
from harness.live import launch as live
from harness.nemesis.hosts import Hosts
from harness.nemesis.mocks import Mocks
from harness.nemesis.processes import Child, Processes
from harness.safety import Permit
from harness.scenario import Staged
from harness.striking_places import held_as
from harness.toxiproxied import Toxiproxied

MOCKS_READY_S = 20.0
TRAFFIC_READY_S = 60.0


class Parties:
    """Everyone around, and including, the platform under test."""

    def __init__(
        self,
        staged: Staged,
        processes: Processes,
        *,
        run_id: str,
        folder: Path,
        private: Path,
        workers: int,
        defects: tuple[str, ...],
        permit: Permit,
    ) -> None:
        self._staged = staged
        self._permit = permit
        self._processes = processes
        self._run_id = run_id
        self._folder = folder
        self._private = private
        self._workers_wanted = workers
        self._defects = defects
        self._base_url, self._port = wiring.base_url(staged)
        self._mocks: dict[str, Mocks] = {}
        self._links: dict[str, int] = {}
        self.toxiproxied = Toxiproxied(staged, processes, run_id, permit)
        self._upstreams: dict[str, dict[str, Any]] = {}
        beside = staged.target_path.parent
        self._keeper = Keeper(processes, folder, beside, permit.pins)
        self._hosts: Hosts | None = None
        self.workers: list[Child] = []

    @property
    def base_url(self) -> str:
        """Where the target answers."""
        return self._base_url

    @property
    def gateway_urls(self) -> dict[str, str]:
        """Where each gateway is in this run."""
        told = self._upstreams
        return {name: str(told[name]["url"]) for name in self._staged.gateways if name in told}

    @property
    def payer(self) -> dict[str, str]:
        """Where the customers' bank app pays: the URL and its token."""
        gateways = self._mocks["gateways"]
        return {"url": f"{gateways.control}/payer/pay", "token": gateways.token}

    async def begin(self, t0_ns: int) -> None:
        """Tell the mocks, then the customers, when the first arrival is due."""
        for mocks in self._mocks.values():
            await mocks.begin(t0_ns)
        if self._hosts is not None:
            self._hosts.begin(t0_ns)
        part = self._private / "go.part"
        wiring.private_file(part, {"t0_ns": t0_ns})
        part.rename(self._private / "go")

    def end_arrivals(self) -> None:
        """Tell the workers that nobody new arrives."""
        (self._private / "stop").write_text("stop\n", encoding="utf-8")

    async def heal(self) -> None:
        """Switch every strike off; what was killed or frozen comes back."""
        for mocks in self._mocks.values():
            await mocks.heal()
        if self._hosts is not None:
            await self._hosts.heal()

    async def stop(self) -> None:
        """Let the mocks close their journals and end."""
        for mocks in self._mocks.values():
            with suppress(httpx.HTTPError):
                await mocks.stop()
            await mocks.close()

    async def start_network(self) -> None:
        """Start the proxies of the links, if there are any; they lead nowhere yet.

        Raises:
            UsageError: something listens already where a link must.
        """
        if not wiring.links_of(self._staged):
            return
        await self.toxiproxied.call()
        token = secrets.token_urlsafe(24)
        journal = self._folder / "journals" / "network.ndjson"
        config = self._private / "network.json"
        told = wiring.network_config(self._staged, self._run_id, journal.resolve(), token)
        told["toxiproxy"] = msgspec.to_builtins(self.toxiproxied.toxiproxy)
        wiring.private_file(config, told)
        command = [sys.executable, "-m", "harness.nemesis.network", "--config", str(config)]
        log = self._folder / "logs" / "network.log"
        child = await self._processes.start("network", command, log, pipe=True, may_end=True)
        self.toxiproxied.driven_by = child
        self._mocks["network"] = Mocks(await child.first_line(MOCKS_READY_S))
        self._links = self._mocks["network"].links

    async def lead_links(self) -> None:
        """Say where the links lead, before the target comes up: it may need what it depends on at once."""
        if self._links:
            urls = {name: str(told["url"]) for name, told in self._upstreams.items()}
            known = self._staged.target.dependencies
            urls |= {name: f"tcp://{one.address}" for name, one in known.items()}
            urls["customers"] = self._base_url
            pins = self._permit.pins
            places = {name: wiring.place_of(urls[name], pins) for name in self._links}
            self.toxiproxied.check_reach(places)
            await self._mocks["network"].lead(places)

    def _as_the_target_sees(self) -> dict[str, dict[str, Any]]:
        """Return what the mocks told of themselves, each URL over its link if it has one."""
        links = self._links
        return {
            name: {**told, "url": wiring.over_link(str(told["url"]), links.get(name))}
            for name, told in self._upstreams.items()
        }

    async def start_all_mocks(self) -> None:
        """Start every group; the gateways' doors stand for the operators as well, so these come first then."""
        channels = ("channels",) if self._staged.channels else ()
        if self._staged.target.doors is None:
            sides = ("gateways", "operators", *channels)
            await asyncio.gather(*(self.start_mocks(side) for side in sides))
        else:
            for side in ("operators", *channels, "gateways"):
                await self.start_mocks(side)

    async def start_mocks(self, side: str) -> None:
        """Start one group of mocks: gateways, operators or channels."""
        token = secrets.token_urlsafe(24)
        journal = self._folder / "journals" / f"{side}.ndjson"
        config = self._private / f"{side}.json"
        wiring.private_file(
            config,
            wiring.mock_config(
                self._staged,
                side,
                self._run_id,
                journal.resolve(),
                token,
                base_url=self._base_url,
                permit=self._permit,
                links=self._links,
                doors=wiring.doors_config(self._staged, self._upstreams)
                if side == "gateways"
                else None,
            ),
        )
        command = [sys.executable, "-m", "mock_upstreams", "--config", str(config)]
        log = self._folder / "logs" / f"{side}.log"
        child = await self._processes.start(side, command, log, pipe=True, may_end=True)
        mocks = Mocks(await child.first_line(MOCKS_READY_S))
        self._mocks[side] = mocks
        self._upstreams |= mocks.upstreams

    async def start_live(self, port: int, gone: Callable[[Child], None]) -> str:
        """Start the live page and return its URL; a run does not need it.

        Raises:
            HarnessError: it does not come up.
        """
        mocks = {
            name: {"control": mocks.control, "token": mocks.token}
            for name, mocks in self._mocks.items()
            if name != "network"
        }
        return await live.start(
            self._processes,
            live.Config(
                run_dir=str(self._folder.resolve()),
                scratch=str(self._private),
                port=port,
                mocks=mocks,
            ),
            log=self._folder / "logs" / "live.log",
            write=wiring.private_file,
            gone=gone,
        )

    async def _hold_dependencies(self) -> None:
        """Get hold of what the target depends on, before the target needs it."""
        for name, one in self._staged.target.dependencies.items():
            if one.control is not None:
                scope = {
                    "run": str(self._folder.resolve()),
                    "folder": str(self._staged.target_path.parent.resolve()),
                }
                where = f"tcp://{one.address}"
                await self._keeper.hold(held_as(name), [one.control], scope, health=where)

    async def start_target(self) -> None:
        """Start the target, if we may, and wait until it is healthy.

        Raises:
            UsageError: something else listens at its address.
            InconclusiveError: it did not become healthy in time.
        """
        await self._hold_dependencies()
        control = self._staged.target.control
        if control is None:
            return
        place = urlsplit(self._base_url)
        ours = any(one.start for one in control.all_held())
        if ours and wiring.listens(place.hostname or "", place.port or 80):
            raise UsageError(f"{self._base_url} is in use already; stop what listens there first")
        upstreams = self._as_the_target_sees()
        config = wiring.target_config(self._staged, self._base_url, upstreams)
        wiring.private_file(self._private / "upstreams.json", config)
        scope = {
            "python": sys.executable,
            "port": self._port or place.port or 80,
            "base_url": self._base_url,
            "private": str(self._private),
            "run": str(self._folder.resolve()),
            "folder": str(self._staged.target_path.parent.resolve()),
            "upstreams": upstreams,
            "dependencies": wiring.dependencies(self._staged, self._links),
            "doors": self._mocks["gateways"].doors,
            "time_scale": f"{self._staged.scenario.time_scale:g}",
            "date": self._staged.date,
        }
        await self._keeper.hold(
            "target",
            control.all_held(),
            scope,
            health=self._base_url + control.health.get if control.health is not None else "",
            within_s=duration_ms(control.healthy_within) / 1000,
            more=wiring.defect_words(self._staged, self._defects),
        )
        for name, action in control.actions.items():
            self._keeper.holds_action(f"action.{name}", action, scope)

    def arm_hosts(self, write: Callable[[Event], None]) -> None:
        """Make strikes on what we have control of ready."""
        if not self._staged.hosts:
            return
        journals = self._folder / "journals"
        self._hosts = Hosts(
            self._staged.hosts,
            journals=[journals / "gateways.ndjson", journals / "operators.ndjson"],
            write=write,
            held=self._keeper.held,
        )

    async def release(self) -> list[str]:
        """Let go of the target: nothing strikes any more, what is struck is undone; return what went wrong."""
        unforeseen: list[Exception] = []
        if self._hosts is not None:
            unforeseen = await self._hosts.stand_down()
        wrong = await self._keeper.leave()
        return wrong + [f"{type(error).__name__}: {error}" for error in unforeseen]

    async def start_workers(self) -> None:
        """Start the Locust workers and wait until all customers are logged in."""
        job = self._staged.scenario.traffic.job(
            run=self._run_id,
            seed=self._staged.seed,
            time_scale=self._staged.scenario.time_scale,
            journals=str((self._folder / "journals").resolve()),
            private=str(self._private),
            workers=self._workers_wanted,
            adapter="harness.targets.found:from_json",
            target=wiring.traffic_target(
                self._staged,
                self._base_url,
                self.gateway_urls,
                {name: str(told["url"]) for name, told in self._as_the_target_sees().items()},
            ),
            payer=self.payer,
            pins=self._permit.pins | wiring.line_to(self._base_url, self._links.get("customers")),
        )
        wiring.private_file(self._private / "traffic.json", job)
        for number in range(self._workers_wanted):
            await self._start_worker(number)
        await self._workers_ready()

    async def _start_worker(self, number: int) -> None:
        locustfile = Path(__file__).parent / "traffic" / "locustfile.py"
        command = [sys.executable, "-m", "locust", "-f", str(locustfile), "--headless"]
        command += ["--only-summary", "--exit-code-on-error", "0"]
        env = {
            "RECHARGE_CHAOS_TRAFFIC": str(self._private / "traffic.json"),
            "RECHARGE_CHAOS_WORKER": str(number),
            "RECHARGE_CHAOS_WORKERS": str(self._workers_wanted),
        }
        name = f"traffic-{number}"
        log = self._folder / "logs" / f"{name}.log"
        worker = await self._processes.start(name, command, log, env=env, may_end=True)
        worker.favour()
        self.workers.append(worker)

    async def _workers_ready(self) -> None:
        wanted = [self._private / f"ready-{n}" for n in range(self._workers_wanted)]
        deadline_s = tick_s() + TRAFFIC_READY_S
        while not all(path.exists() for path in wanted):
            if tick_s() > deadline_s:
                raise HarnessError(f"the workers were not ready in {TRAFFIC_READY_S:g} s")
            await asyncio.sleep(0.05)

    async def stats(self) -> dict[str, Any]:
        """Return the totals of all mock processes in one."""
        total: dict[str, Any] = {"strikes": {}}
        for stats in [await mocks.stats() for mocks in self._mocks.values()]:
            total["strikes"] |= stats.pop("strikes")
            for key, value in stats.items():
                last = key == "last_move_ns"
                total[key] = max(total.get(key, 0), value) if last else total.get(key, 0) + value
        return total
