"""From facts to the first broken step: along the order's way, nothing is looked at behind what is broken.

    login -> place -> amount -> pay link -> gateway -> notification -> operator -> callback -> status -> cards
    -> message -> list of orders

Pure: the same facts give the same answer, and each step has a test of its own.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

import msgspec

from harness.core.event import Event
from harness.doctor.facts import Broken, Facts, Found, Told

_STATE = re.compile(r"the state (.+) is not in the target's states")
_OK_WHEN = re.compile(
    r"ok_when does not hold: (?P<what>.+?) should be (?P<wanted>.*?) and is (?P<had>.*?); the answer: ",
    re.DOTALL,
)
_SAID_MOST = 160
_NOTHING = {"said": "-"}


def diagnose(facts: Facts) -> Broken | None:
    """Return the first broken step of a chain, or None if the chain is whole."""
    steps = (
        reach,
        entry,
        _order,
        _price,
        _gateway,
        _notice,
        _operator,
        _callback,
        _end,
        _told,
        _listed,
    )
    for look in steps:
        for broken in look(facts):
            return broken
    return None


def reach(facts: Found) -> Iterator[Broken]:
    """Yield why nothing could be asked at all."""
    if facts.unhealthy:
        yield Broken(step="unhealthy", says={"url": facts.base_url, "why": facts.unhealthy})
    if facts.ended:
        # Whatever else is wrong with the chain follows from this.
        yield Broken(step="platform_ended", says={"url": facts.base_url, "why": facts.ended})
    first = next(iter(facts.calls.values()), None)
    if first is not None and not first.sent:
        yield Broken(
            step="no_connection", says={"url": facts.base_url, "why": first.reason}, call=first
        )


def entry(facts: Found) -> Iterator[Broken]:
    """Yield why the customer was not let in."""
    login = facts.calls.get("login")
    if login is not None and login.outcome != "ok":
        if login.outcome == "fail" and login.status and _plain(login):
            says = {"answer": _refusal(login)}
            yield Broken(step="login_refused", says=says, call=login)
        yield misread(login)


def _order(facts: Facts) -> Iterator[Broken]:
    for name in ("place", "pay_link"):
        call = facts.calls.get(name)
        if call is not None and call.outcome != "ok":
            yield misread(call)


def _price(facts: Facts) -> Iterator[Broken]:
    for name in ("place", "status"):
        call = facts.calls.get(name)
        amount = call.values.get("amount_fen") if call else None
        if amount is not None and (wrong := _wrong_amount(facts, amount)):
            yield msgspec.structs.replace(wrong, call=call)


def _gateway(facts: Facts) -> Iterator[Broken]:
    place, gateway = facts.calls.get("place"), facts.chain.gateway
    says = {"gateway": gateway, "url": facts.pay_url}
    created = facts.of("create", "gateway")
    good = [row for row in created if row.outcome == "ok"]
    if created and not good:
        reason = str(created[-1].detail.get("reason", ""))
        yield Broken(step="gateway_refused", says={**says, "reason": reason}, call=place)
    if not good and gateway in facts.unreadable:
        said = facts.unreadable[gateway]
        yield Broken(step="gateway_signature", says={**says, "said": said}, call=place)
    if not facts.pay_url:
        yield Broken(step="no_pay_url", says=says, call=place)
    # The QR code that a gateway gave out, such as https://qr.alipay.com/..., is under nobody's URL.
    if not good and not _is_under(facts.pay_url, facts.gateway_urls.get(gateway, "")):
        known = next((n for n, u in facts.gateway_urls.items() if _is_under(facts.pay_url, u)), "")
        if known:
            yield Broken(step="other_gateway", says={**says, "other": known}, call=place)
        if _is_web(facts.pay_url):
            urls = ", ".join(facts.gateway_urls.values())
            yield Broken(step="pay_url_elsewhere", says={**says, "ours": urls}, call=place)
    if not good:
        yield Broken(step="gateway_not_asked", says=says, call=place)
    asked = [row.amount_fen for row in good if row.amount_fen is not None]
    if asked and (wrong := _wrong_amount(facts, asked[-1])):
        step = "gateway_amount_unit" if wrong.step == "amount_unit" else "gateway_amount"
        yield Broken(step=step, says={**wrong.says, "gateway": gateway}, call=place)
    paid = facts.payment
    if paid is None or paid.outcome != "ok":
        reason = (paid.reason if paid else "") or "-"
        yield Broken(step="not_payable", says={**says, "reason": reason}, call=place)


def _notice(facts: Facts) -> Iterator[Broken]:
    rows = [row for row in facts.of("notify", "gateway") if row.detail.get("op", "pay") == "pay"]
    yield from _unheard(rows, facts, "notify", {"who": facts.chain.gateway})


def _operator(facts: Facts) -> Iterator[Broken]:
    operators = facts.chain.operators
    if not operators:
        return
    names = ", ".join(operators)
    submits = facts.of("submit", "operator")
    if not submits:
        deaf = next((name for name in operators if name in facts.unreadable), "")
        if deaf:
            said = facts.unreadable[deaf]
            yield Broken(step="operator_signature", says={"operator": deaf, "said": said})
        yield Broken(step="operator_not_asked", says={"operator": names})
    if not any(row.outcome == "ok" for row in submits) and not facts.of("delivered"):
        yield _refused_by_operator(facts, submits[-1])
    delivered = facts.of("delivered", "operator")
    if not delivered:
        step = "operator_failed" if facts.of("failed", "operator") else "operator_slow"
        yield Broken(step=step, says={"operator": submits[-1].channel, "s": f"{facts.waited_s:g}"})
    account, to = facts.chain.account, delivered[-1].account
    if facts.chain.kind != "cards" and to and account and to != account:
        yield Broken(step="wrong_account", says={"to": to, "account": account})


def _refused_by_operator(facts: Facts, row: Event) -> Broken:
    reason = str(row.detail.get("reason", "")) or "-"
    step = {"no_product": "product_unknown", "low_balance": "balance_low"}.get(reason)
    listed = ", ".join(f"{n}: {p}" for n, p in facts.chain.products.items())
    says = {"operator": row.channel, "reason": reason, "sku": row.sku, "listed": listed}
    return Broken(step=step or "operator_refused", says=says)


def _callback(facts: Facts) -> Iterator[Broken]:
    rows = [row for row in facts.of("notify", "operator") if row.state != "delivering"]
    if rows:
        yield from _unheard(rows, facts, "callback", {"who": rows[0].channel})


def _unheard(rows: list[Event], facts: Facts, what: str, says: dict[str, str]) -> Iterator[Broken]:
    """Say why none of an upstream's messages was acknowledged."""
    if any(row.outcome == "ok" for row in rows):
        return
    if not rows:
        yield Broken(step=f"{what}_never_sent", says={**says, "s": f"{facts.waited_s:g}"})
        return
    answered = [row for row in rows if row.http_status]
    if not answered:
        why = str(rows[-1].detail.get("reason", "")) or "-"
        yield Broken(step=f"{what}_unreachable", says={**says, **_to(rows[-1]), "why": why})
        return
    last = answered[-1]
    body = str(last.detail.get("said", ""))[:_SAID_MOST] or "-"
    said = {"status": str(last.http_status), "body": body, **_to(last)}
    yield Broken(step=f"{what}_not_acked", says={**says, **said})


def _end(facts: Facts) -> Iterator[Broken]:
    status = facts.calls.get("status")
    if status is None:
        yield Broken(step="status_unread")
        return
    if status.outcome != "ok":
        yield misread(status)
    state = str(status.values.get("state", ""))
    if not state:
        yield Broken(step="take_nothing", says=_missing(status, "state"), call=status)
    if state in {"refunded", "closed"}:
        yield Broken(step="ended_otherwise", says={"state": state}, call=status)
    if state != "delivered":
        says = {"state": state, "s": f"{facts.waited_s:g}"}
        yield Broken(step="never_final", says=says, call=status)
    if facts.chain.kind == "cards" and not status.values.get("cards"):
        yield Broken(step="no_cards", call=status)
    if facts.chain.passwords and _unshown(facts, status.values.get("cards", [])):
        yield Broken(step="no_passwords", call=status)


def _unshown(facts: Facts, cards: Sequence[str]) -> bool:
    """Say whether a password that an operator handed out is nowhere in what is shown, however it is written."""
    shown = _letters(" ".join(cards))
    handed = [row.detail.get("card_passwords", []) for row in facts.of("delivered", "operator")]
    passwords = [_letters(one) for some in handed if isinstance(some, list) for one in some]
    return any(one not in shown for one in passwords)


def _letters(text: str) -> str:
    return "".join(letter for letter in text if letter.isalnum())


def _told(facts: Facts) -> Iterator[Broken]:
    """Ask for the message that was promised: did the channel hear of this order at all?"""
    channels = facts.chain.channels
    if not channels or facts.of("sent", "message"):
        return
    says = {"channel": ", ".join(channels), "s": f"{facts.waited_s:g}"}
    deaf = next((name for name in channels if name in facts.unreadable), "")
    if deaf:
        yield Broken(step="channel_signature", says={**says, "said": facts.unreadable[deaf]})
    yield Broken(step="channel_not_asked", says=says)


def _listed(facts: Facts) -> Iterator[Broken]:
    """Ask for the order in the customer's own list: under the very number that `place` told?"""
    call = facts.calls.get("order_list")
    if call is None:
        return
    if call.outcome != "ok":
        yield misread(call)
    found = call.values.get("order_nos", [])
    order_no = facts.calls["place"].values.get("order_no")
    if order_no not in found:
        first = str(found[0]) if found else "-"
        says = {"order_no": str(order_no), "count": str(len(found)), "first": first}
        yield Broken(step="order_unlisted", says=says, call=call)


def misread(call: Told) -> Broken:
    """Say what is wrong with an answer of the platform, by what its reader could not do with it."""
    reason, says = call.reason, {"call": call.name, **_http(call)}
    for marker, step in _MARKS.items():
        if marker in reason:
            return Broken(step=step, says=says, call=call)
    if call.ended:
        return Broken(step="session_over", says=says, call=call)
    if "is missing" in reason:
        what = reason.rpartition(": ")[2].removesuffix(" is missing")
        return Broken(step="take_nothing", says=_missing(call, what), call=call)
    if found := _STATE.search(reason):
        return Broken(step="state_unknown", says={"state": found[1]}, call=call)
    if "an amount" in reason:
        return Broken(step="amount_unreadable", says=says, call=call)
    if not call.status:
        step = "no_answer" if call.sent else "no_connection"
        return Broken(step=step, says={**says, "url": "", "why": reason}, call=call)
    if call.status >= 500:
        return Broken(step="server_error", says=says, call=call)
    if unmet := _OK_WHEN.search(reason):
        said = {"call": call.name, "status": str(call.status), **unmet.groupdict()}
        return Broken(step="not_ok", says=said, call=call)
    return Broken(step="refused", says={**says, "answer": _refusal(call)}, call=call)


_MARKS = {
    "has no value here": "template_hole",
    "JSON was expected": "not_json",
    "the page has no form": "no_form",
    "no gateway of this run": "way_elsewhere",
    "leads to no gateway": "way_lost",
    "pages on the way": "way_lost",
    "the key cannot be read": "key_unreadable",
    "the key is no RSA": "key_unreadable",
}
"""Words of the adapter's reasons, and what they mean to whoever wrote the target file."""


def _plain(call: Told) -> bool:
    return not any(marker in call.reason for marker in (*_MARKS, "is missing"))


def _wrong_amount(facts: Facts, amount_fen: int) -> Broken | None:
    price_fen = facts.chain.price_fen
    if amount_fen == price_fen:
        return None
    hundredfold = amount_fen in {price_fen * 100, price_fen / 100}
    says = {"amount": str(amount_fen), "price": str(price_fen), "goods": facts.chain.goods}
    return Broken(step="amount_unit" if hundredfold else "price_differs", says=says)


def _missing(call: Told, what: str) -> dict[str, str]:
    return {"call": call.name, "what": what, "keys": keys_of(call.body)}


def keys_of(body: str) -> str:
    """Return the keys of a JSON answer, dotted, as far as a person needs them; of anything else how it begins."""
    try:
        found = list(_dotted(msgspec.json.decode(body.encode())))
    except (msgspec.DecodeError, UnicodeError):
        return " ".join(body[:_SAID_MOST].split()) or "-"
    return ", ".join(found[:40]) or "-"


def _dotted(value: Any, before: str = "", depth: int = 0) -> Iterator[str]:
    if isinstance(value, dict) and depth < 4:
        for key, inner in value.items():
            yield from _dotted(inner, f"{before}.{key}" if before else str(key), depth + 1)
    elif isinstance(value, list) and value and depth < 4:
        yield from _dotted(value[0], f"{before}[0]", depth + 1)
    elif before:
        yield before


def _http(call: Told) -> dict[str, str]:
    return {"status": str(call.status), "reason": call.reason}


def _refusal(call: Told) -> str:
    """Return how the platform said no, its status once."""
    if unmet := _OK_WHEN.search(call.reason):
        what, wanted, had = unmet.groups()
        return f"HTTP {call.status}, ok_when: {what} should be {wanted} and is {had}"
    status = f"HTTP {call.status}"
    return call.reason if status in call.reason else f"{status}, {call.reason}"


def _to(row: Event) -> dict[str, str]:
    return {"url": str(row.detail.get("url", "")) or "-"}


def _is_web(url: str) -> bool:
    return urlsplit(url).scheme in {"http", "https"}


def _is_under(url: str, base: str) -> bool:
    return bool(base) and (url == base or url.startswith(f"{base.rstrip('/')}/"))


Look = Callable[[Facts], Iterator[Broken]]
"""One stretch of the way: yields what is broken there, the first first."""
