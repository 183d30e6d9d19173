"""A commented target file from a few answers: what a person would else copy from the documentation.

    text = draft(Answers(name="ours", base_url="http://127.0.0.1:8000", gateways=("epay",), style="json"))

The draft is valid as it stands; `recharge-chaos doctor` then says what of it is not yet true of the platform.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec

from harness.core.errors import UsageError, did_you_mean
from harness.core.units import yuan_from_fen
from harness.targets import cards
from harness.targets import target as targets
from mock_upstreams.catalogue import catalogue, dialects

Style = Literal["json", "form", "signed"]
STYLES: tuple[Style, ...] = ("json", "form", "signed")


STOCK = 1_000
"""Cards in the list that is written beside a draft."""


class Answers(msgspec.Struct, frozen=True, kw_only=True):
    """What `init` asks for; money is how amounts are written in the platform's answers."""

    name: str
    base_url: str
    gateways: tuple[str, ...]
    operators: tuple[str, ...] = ()
    style: Style = "json"
    money: Literal["fen", "yuan"] = "yuan"
    start: str = ""
    """The command that starts the platform; empty for one that runs already."""


def write(answers: Answers, path: Path) -> None:
    """Write the draft, and read it back as a target; where it sells cards of its own, a list of them beside it.

    Raises:
        UsageError: there is a file already, a dialect is not known, or an answer makes no target.
    """
    if path.exists():
        raise UsageError(f"{path} is there already; choose another name, or remove it first")
    path.write_text(draft(answers, stock_of(path).name), encoding="utf-8")
    if not answers.operators and not stock_of(path).exists():
        listed = "".join(f"{code}\n" for code in cards.codes(1, STOCK))
        stock_of(path).write_text(listed, encoding="utf-8")
    try:
        targets.load(path)
    except UsageError:
        path.unlink()
        raise


def stock_of(path: Path) -> Path:
    """Return where the list of a target file's own cards is, beside it."""
    return path.with_name(f"{path.stem}_stock.txt")


def draft(answers: Answers, stock: str = "stock.txt") -> str:
    """Return the text of a target file; `stock` is the list of its own cards, if it sells such.

    Raises:
        UsageError: a gateway or an operator is not known.
    """
    _check("gateway", answers.gateways)
    _check("operator", answers.operators)
    if answers.style not in STYLES:
        raise UsageError(f"no style {answers.style!r}{did_you_mean(answers.style, STYLES)}")
    if not answers.gateways:
        raise UsageError("at least one gateway is needed (recharge-chaos list gateways)")
    parts = [
        _HEAD,
        _goods(answers, stock),
        _upstreams(answers),
        _STYLES[answers.style],
        _STATES,
        _control(answers),
    ]
    text = "\n".join(part.strip("\n") + "\n" for part in parts)
    told = {"name": answers.name, "base_url": answers.base_url.rstrip("/"), "money": answers.money}
    for key, value in told.items():
        text = text.replace(f"<<{key}>>", value)
    return text


def _check(side: str, names: Sequence[str]) -> None:
    known = [name for name, entry in catalogue().items() if entry.side == side]
    for name in names:
        if name not in known:
            raise UsageError(f"no {side} {name!r}{did_you_mean(name, known)}")


def _goods(answers: Answers, stock: str) -> str:
    lines = [_GOODS]
    if not answers.operators:
        lines.append(
            '  - {id: "1", kind: cards, price: "9.90", face: "10.00"}       # its own stock of cards'
        )
        lines.append(
            f"card_stock: {stock}      # load this list into the platform as its stock, one card a line"
        )
    else:
        numbered = enumerate(answers.operators, 12)  # each operator has a number of its own for it
        supplies = (f'{name}: {{product: "{no}", cost: "{_COST}"}}' for no, name in numbered)
        operators = ", ".join(supplies)
        lines.append(
            f'  - {{id: "1", kind: phone, price: "49.90", face: "50.00", operators: {{{operators}}}}}'
        )
    return "\n".join(lines)


def _upstreams(answers: Answers) -> str:
    lines = [_UPSTREAMS, "gateways:"]
    for at, name in enumerate(answers.gateways):
        lines += _entry(name, f"port: {_PORT + at}, channel: {name}")
    if answers.operators:
        lines.append("operators:")
        for at, name in enumerate(answers.operators, len(answers.gateways)):
            lines += _entry(name, f"port: {_PORT + at}")
    return "\n".join(lines)


def _entry(name: str, settings: str) -> list[str]:
    """Return an upstream with the settings that the platform must have too, as a comment that names them."""
    own = ", ".join(sorted(dialects()[name].defaults))
    return [f"  {name}: {{{settings}}}", f"    # further settings, generated unless said: {own}"]


def _control(answers: Answers) -> str:
    if not answers.start:
        return _RUNS_ALREADY
    words = ", ".join(msgspec.json.encode(word).decode() for word in answers.start.split())
    return f"{_STARTED}  start: [{words}]\n  health: {{get: /}}\n  healthy_within: 30s\n"


_PORT = 18_101
_COST = yuan_from_fen(49_60)

_HEAD = """
# <<name>>, described for recharge-chaos. Every key is explained in docs/targets.md.
# Next: recharge-chaos doctor THIS_FILE places one order of each kind and says what is not yet right.
name: <<name>>
base_url: <<base_url>>
money: <<money>>                # how the platform writes amounts: fen, or yuan such as 9.90
expiry: 15m                # after which the platform closes an unpaid order, in its own time
handles_within: 200ms      # in which a notification or request is handled
customers: 20              # accounts that place the orders
"""

_GOODS = """
# What it sells. price is what a customer pays, in yuan; kind: phone, game, member or cards.
goods:"""

_UPSTREAMS = """
# Whom it is configured with. The mocks listen on these ports: give the platform their addresses
# (http://127.0.0.1:PORT) and the same merchant numbers and keys. A key: {env: NAME} reads it from the environment.
# `recharge-chaos list gateways` and `list operators` name all that are spoken."""

_JSON = """
# How a customer gets a session: {{customer.*}} are invented, the same for the same seed.
session:
  register: {post: /api/register, json: {phone: "{{customer.phone}}", password: "{{customer.password}}"}}
  login:
    post: /api/login
    json: {phone: "{{customer.phone}}", password: "{{customer.password}}"}
    take: {token: data.token}                     # JMESPath into the answer
  send: {Authorization: "Bearer {{token}}"}       # carried by every request below
# Placing an order. {{intent.account}} is what is recharged; {{intent.token}} is the client's own number.
place:
  post: /api/orders
  json: {goods_id: "{{goods.id}}", account: "{{intent.account}}", channel: "{{channel}}", client_no: "{{intent.token}}"}
  take: {order_no: data.order_no, amount: data.amount, pay_url: data.pay_url}
status:
  get: /api/orders/{{order_no}}
  take: {state: data.status, amount: data.amount, cards: "data.cards[*].join(' ', [code, password])"}
"""

_FORM = """
# Pages and forms: cookies are kept, hidden fields (CSRF tokens) are sent along.
session:
  register:
    - get: /register
    - form_of: "form"
      form: {phone: "{{customer.phone}}", password: "{{customer.password}}"}
      ok_when: {status: [200, 302]}
  login:
    - get: /login
    - form_of: "form"
      form: {phone: "{{customer.phone}}", password: "{{customer.password}}"}
      ok_when: {status: 302}
  ended_when: {location: /login}                  # a redirect to the login page: the session is over
  referer: true
# Several steps are a list; `follow: gateway` goes on through redirects, scripts and forms to the gateway.
place:
  - get: /goods/{{goods.id}}
  - form_of: "form"
    form: {account: "{{intent.account}}"}
    take: {order_no: {location: true, regex: "(\\\\w+)$"}}
  - get: /order/{{order_no}}
    take: {amount: {css: ".amount"}}
  - get: /pay/{{order_no}}
    follow: gateway
status:
  get: /order/{{order_no}}
  take: {state: {css: ".status"}, amount: {css: ".amount"}, cards: {css: ".card", all: true}}
"""

_SIGNED = """
# An interface for merchants: no session, every request signed. {{fields}} is a=1&b=2, sorted by name.
place:
  post: /api/order/create
  json:
    goods_id: "{{goods.id}}"
    account: "{{intent.account}}"
    out_no: "{{intent.token}}"
    channel: "{{channel}}"
    timestamp: "{{timestamp}}"
  sign: &sign
    recipe: md5                                   # md5, sha256, hmac_sha256, rsa, ...
    text: "{{fields}}&key={{key}}"
    key: {value: change-me}                       # better {env: OURS_API_KEY} or {file: key.txt}
    into: {field: sign}
  take: {order_no: data.order_no, amount: data.amount, pay_url: data.pay_url}
status:
  post: /api/order/query
  json: {order_no: "{{order_no}}", timestamp: "{{timestamp}}"}
  sign: *sign
  take: {state: data.status, amount: data.amount, cards: "data.cards[*].join(' ', [code, password])"}
"""

_STYLES: dict[str, str] = {"json": _JSON, "form": _FORM, "signed": _SIGNED}

_STATES = """
# The platform's states to ours: unpaid, paid, delivering, refunding, delivered, refunded, closed.
states:
  WAIT_PAY: unpaid
  PAID: paid
  DELIVERING: delivering
  REFUNDING: refunding
  DONE: delivered
  REFUNDED: refunded
  CLOSED: closed

promises:
  settle_within: 30m       # a paid order is delivered or refunded within this, in the platform's time
"""

_RUNS_ALREADY = """
# The platform runs already. To have it started for each run:
# control:
#   start: ["php", "-S", "127.0.0.1:8000"]
#   health: {get: /healthz}
# To have it killed and paused where it runs, one of these instead of start (docs/targets.md, "Control"):
#   container: {name: shop}                       # or compose: {service: shop}
#   pid_file: {path: /run/shop.pid, program: php-fpm, start: [service, php-fpm, start]}
"""

_STARTED = """
control:
"""
