"""What a run would send and strike, for one sample customer: nothing is started and nothing is sent."""

from collections.abc import Iterator
from typing import Any

import msgspec

from harness.doctor.masking import Masker, secrets_in
from harness.doctor.talk import request_text
from harness.safety import Permit
from harness.scenario import Staged
from harness.targets import target as targets
from harness.targets._words import steps_of
from harness.targets.adapter import Adapter
from harness.targets.found import adapter_of
from harness.targets.target import CALLS
from harness.toxiproxied import makers
from harness.traffic.intents import Intent
from harness.traffic.people import customer_of

_LABELS = {
    "calls": ("What would be sent, for intent 0", "将发送的请求（以意图 0 为例）"),
    "form": ("(a form of the page before)", "（上一页中的表单）"),
    "strikes": ("What would be struck", "将注入的故障"),
    "lacks": (
        "; not exercised: the target file does not have {}",
        "；不会注入：目标文件缺少 {}",
    ),
    "toxiproxy": ("; made by the Toxiproxy", "；由 Toxiproxy 注入"),
    "own": (
        "; made by our own proxy: no toxic does exactly this",
        "；由自带代理注入：没有与之完全对应的 toxic",
    ),
    "none": ("nothing", "无"),
    "out": (
        "Left out, since the target file does not have what they need",
        "不执行，因为目标文件缺少所需的内容",
    ),
    "hurried": (
        "{} would send again sooner than the target handles a notification: its resends come {} apart, in real time",
        "{} 的重发间隔短于平台处理一次通知的时间：改为真实时间 {} 一次",
    ),
    "strike": ("strike {}: {}", "故障 {}：{}"),
    "law": ("law {}: {}", "规则 {}：{}"),
    "reach": ("Where it would go", "将访问的地址"),
    "orders": (
        "{n} orders within {s:g} s, at most {peak:g}/s",
        "{n} 单，{s:g} 秒内，峰值 {peak:g} 单/秒",
    ),
}
_SOURCE = "(learnt in the run)"


def text(staged: Staged, permit: Permit, lang: str = "en") -> str:
    """Return what `run` would do, in `en` or `zh`, secrets masked.

    Raises:
        UsageError: a key is not there.
    """
    return "\n".join(_lines(staged, permit, lang == "zh"))


def left_out(staged: Staged, lang: str = "en") -> str:
    """Return which strikes and laws the target has nothing for, and what is missing; nothing if none is."""
    zh = lang == "zh"
    lines = [
        _LABELS["strike"][zh].format(note.id, note.lacks) for note in staged.notes if note.lacks
    ]
    lines += [_LABELS["law"][zh].format(*entry) for entry in staged.not_applicable.items()]
    return "\n  ".join([f"{_LABELS['out'][zh]}:", *lines]) if lines else ""


def hurried(staged: Staged, lang: str = "en") -> list[str]:
    """Return which upstreams cannot keep to their ladders at this scale, a sentence each."""
    said, handles = _LABELS["hurried"][lang == "zh"], staged.target.handles_within
    return [said.format(name, handles) for name in staged.hurried]


def _lines(staged: Staged, permit: Permit, zh: bool) -> Iterator[str]:
    curve = staged.scenario.traffic.arrivals.curve()
    totals = {"n": len(staged.starts_ms), "s": curve.span_s, "peak": curve.peak_per_s}
    yield f"{staged.name} → {staged.target.name}: {_LABELS['orders'][zh].format(**totals)}"
    yield f"{_LABELS['reach'][zh]}: {staged.target.base_url}"
    known = staged.target.dependencies
    yield from (f"  dependencies.{name}: {one.address}" for name, one in known.items())
    if staged.target.toxiproxy and staged.links:
        yield f"  Toxiproxy: {staged.target.toxiproxy}"
    yield from (f"  {host} = {address}" for host, address in permit.pins.items())
    yield f"{_LABELS['calls'][zh]}:"
    yield from _calls(staged, zh)
    yield f"{_LABELS['strikes'][zh]}:"
    made = makers(staged)
    for note in staged.notes:
        by = _LABELS["toxiproxy" if made[note.id] else "own"][zh] if note.id in made else ""
        window = "" if note.window_ms is None else " {:g}..{:g} ms".format(*note.window_ms)
        lacks = _LABELS["lacks"][zh].format(note.lacks) if note.lacks else ""
        yield f"  {note.id}: {note.kind} at {note.at}, {note.share:.0%}{window}{by}{lacks}"
    if not staged.notes:
        yield f"  {_LABELS['none'][zh]}"
    yield from hurried(staged, "zh" if zh else "en")
    if missing := left_out(staged, "zh" if zh else "en"):
        yield missing


def _calls(staged: Staged, zh: bool) -> Iterator[str]:
    folder = staged.target_path.parent
    adapter = adapter_of(staged.target, folder)
    intent = _sample(staged)
    scope = _scope(staged, adapter, intent)
    masker = Masker([*secrets_in(scope["customer"]), *_secrets(staged)])
    for name in ("register", "login", *CALLS):
        if not adapter.has(name):
            continue
        for at, call in enumerate(adapter.drafts(name, scope)):
            yield f"  {name} {at + 1}:" if at else f"  {name}:"
            if isinstance(call, str):
                yield f"    {call} {_LABELS['form'][zh]}"
                continue
            shown = masker.masked(request_text(staged.target.base_url, call))
            yield from (f"    {line}" for line in shown.splitlines())


def _scope(staged: Staged, adapter: Adapter, intent: Intent) -> dict[str, Any]:
    """Return what templates may ask for; what only a platform can tell is said to be so."""
    invented = msgspec.to_builtins(customer_of(staged.seed, intent.customer))
    person = adapter.person(intent.customer, {k: str(v) for k, v in invented.items()})
    own = intent.said()
    known: dict[str, Any] = {
        "customer": person,
        "token": _SOURCE,
        "cookies": {},
        "goods": {"id": intent.goods.id},
        "intent": own,
        "channel": staged.target.channel(intent.gateway),
        "order_no": _SOURCE,
        "lines": [{"goods": {"id": intent.goods.id}, "intent": own}],
        "day": _SOURCE,
        "page": "1",
    }
    session = staged.target.session
    said = [session.login, session.register, *map(staged.target.call, CALLS)]
    for steps in said:
        for step in steps_of(steps):
            for name in step.take:
                known.setdefault(name, _SOURCE)
    return known


def _sample(staged: Staged) -> Intent:
    traffic, target = staged.scenario.traffic, staged.target
    return traffic.intents(
        seed=staged.seed,
        goods=target.goods,
        gateways=staged.gateways,
        customers=target.customers,
        line=target.batch_line,
    ).intent(0)


def _secrets(staged: Staged) -> list[str]:
    found: list[str] = []
    for side in (staged.target.gateways, staged.target.operators, staged.target.channels):
        for name, entry in side.items():
            found += secrets_in(targets.settings(entry, name))
    return found
