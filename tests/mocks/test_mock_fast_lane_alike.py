"""With the compiled way and without it: the same answers, rows, books, totals and counts, whatever is sent."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from lane_street import Outcome, create, played, posted, query, signed, signed_as_it_is
from mock_town import SEED, epay_fields, strike

from harness.core.identity import tail_of
from mock_upstreams import fast_lane, form

pytestmark = pytest.mark.skipif(
    not fast_lane.is_open(),
    reason="no compiled way here: no C compiler, or RECHARGE_CHAOS_LANE=off",
)
REF = re.compile(rb"\d{19}")
CALLERS = 4
NOTIFY_URL = "http://127.0.0.1:9/notify"
STRIKES = [
    strike("epay", "request", "create", {"kind": "status", "code": "busy"}, share=0.1),
    strike("epay", "effect", "create", {"kind": "rewrite", "amount": "0.01"}, share=0.1),
    strike("epay", "reply", "create", {"kind": "reset"}, share=0.1),
    strike("epay", "reply", "query", {"kind": "status", "code": "busy"}, share=0.1, id="asked"),
    strike("epay", "notify", "pay", {"kind": "drop"}, share=0.5, id="told"),
]

intents = some.integers(0, 30)
texts = some.text(some.characters(codec="utf-8", max_codepoint=0x1F600), max_size=12)
odd_texts = some.sampled_from(
    [
        "",
        " ",
        "0",
        "a=b&c",
        "%41",
        "+",
        '"\\',
        "\x00\r\n",
        "１３８００００００００",
        "８",
        "12345678",
        "9" * 14,
    ]
)
told = (
    texts
    | odd_texts
    | intents.map(lambda intent: f"话费50元 138{tail_of(SEED, intent)}")
    | intents.map(lambda intent: f"12345678 138{tail_of(SEED, intent)}9 {tail_of(SEED, intent)}")
)
prices = some.sampled_from(
    ["49.90", "5", "5.5", "0", "0.00", ".5", "5.", "05.00", "1e3", "5,5", "5.555"]
) | some.sampled_from(["123456789.99", "1234567890", "５", "-1", "\n"])
numbers = some.sampled_from(
    ["E1", "E2", "a-b_C", "E.1", "E|1", "E 1", "号", "", "E" * 64, "E" * 65]
)
names = some.sampled_from(
    [
        *epay_fields(""),
        "param",
        "device",
        "sign_type",
        "sitename",
        "a",
        "aaaa",
        "zz",
        "money2",
        "话",
    ]
)
over = some.fixed_dictionaries(
    {},
    optional={
        "out_trade_no": numbers,
        "name": told,
        "param": told,
        "money": prices,
        "pid": some.sampled_from(["1001", "1002", "", "01001"]),
        "type": some.sampled_from(["wxpay", "", "alipay "]),
        "clientip": some.sampled_from(["", "::1"]),
        "notify_url": some.sampled_from(["", "http://127.0.0.1:9/?a=1&b=%20", "x"]),
        "return_url": some.sampled_from(["", "http://127.0.0.1:9/费"]),
        "device": some.sampled_from(["", "mobile"]),
    },
)


@some.composite
def odd_bodies(draw):
    """A form that is signed as it is understood, written as a clumsy or hostile client might."""
    fields = list((epay_fields(NOTIFY_URL, draw(intents)) | draw(over)).items())
    fields += draw(some.lists(some.tuples(names, texts), max_size=3))
    parts = [form.write({name: said}) for name, said in draw(some.permutations(fields))]
    raw = some.sampled_from(
        ["a", "", "=", "=1", "a==1", "a=%", "a=%4", "a=%zz", "a=%ff", "a=\xe4", "a=\x7f", "%61=1"]
    )
    parts += draw(some.lists(raw, max_size=2))
    body = "&".join(parts).encode("latin-1")
    if draw(some.booleans()):
        body = re.sub(rb"%[0-9A-F]{2}", lambda found: found[0].lower(), body)
    if draw(some.integers(0, 9)) == 0:
        return signed_as_it_is(body)
    return signed(body, draw(some.sampled_from(["", "", "", "", "0" * 32, "x", "é" * 16])))


odd_heads = some.fixed_dictionaries(
    {},
    optional={
        "target": some.sampled_from(
            ["/submit.php", "//mapi.php", "/mapi.php?a=1", "/api.php", "http://x/mapi.php"]
        ),
        "kind": some.sampled_from(
            [
                "text/plain",
                "application/x-www-form-urlencoded; charset=GBK",
                "Application/X-WWW-Form-Urlencoded",
                "",
            ]
        ),
        "more": some.sampled_from(
            [
                "Connection: close\r\n",
                "Content-Type: text/plain\r\n",
                "Expect: 100-continue\r\n",
                "X: y\r\n",
            ]
        ),
    },
)
usual = some.builds(lambda intent, over: create(intent, **over), intents, some.just({}) | over)
odd = some.builds(lambda body, head: posted(body, **head), odd_bodies(), some.just({}) | odd_heads)
garbage = some.sampled_from([b"hello\r\n\r\n", b"\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n"])
whole = usual | usual | usual | odd | intents.map(query)
requests = (
    whole
    | whole
    | garbage
    | some.builds(lambda one, other: one + other, whole, whole)
    | some.builds(lambda one, at: one[:at], whole, some.integers(1, 300))
)
steps_ns = some.sampled_from([0, 0, 1, 400_000_000, 1_000_000_000, 90_000_000_000])
settled = some.fixed_dictionaries(
    {},
    optional={
        "strikes": some.just(STRIKES),
        "healed_after": some.integers(0, 8),
        "intents": some.sampled_from([0, 10]),
        "run": some.just('"费\\%s'),
        "journal": some.none(),
        "epay": some.sampled_from(
            [
                {"key": "TESTKEY0123456789"},
                {"key": "TESTKEY0123456789", "duplicate_order_no": "accept_new"},
                {"key": "TESTKEY0123456789", "limits": {"create": "2/s"}},
                {"key": "TESTKEY0123456789", "mapi_answer": "device"},
                {"key": "费" * 300},
            ]
        ),
    },
)


def _known(data: bytes) -> bytes:
    """Return a request with the same head, whose body is refused, so that the head is known after it."""
    head, end, body = data.partition(b"\r\n\r\n")
    return head + end + b"x" * len(body)


def _both(turns, terms) -> tuple[Outcome, Outcome]:
    return played(turns, lane=True, **terms), played(turns, lane=False, **terms)


@settings(deadline=None, max_examples=150)
@given(some.lists(some.tuples(steps_ns, some.integers(0, 1), requests), max_size=12), settled)
def test_one_after_the_other_all_is_the_same_byte_by_byte(sent, terms):
    turns = [(0, (caller, query(77))) for caller in range(2)]
    for step_ns, caller, data in sent:
        turns += [(0, (caller, _known(data))), (step_ns, (caller, data))]
    mine, reference = _both(turns, terms)
    mine.quick = 0
    assert mine == reference


@settings(deadline=None, max_examples=100)
@given(
    some.lists(
        some.tuples(steps_ns, some.lists(usual | usual | odd, min_size=1, max_size=CALLERS)),
        max_size=6,
    ),
    settled,
)
def test_in_one_turn_each_gets_what_he_would_get(sent, terms):
    """Struck ones of a turn begin before others where all are read first: so numbers are given out in another order."""
    turns = [(0, *((caller, query(77)) for caller in range(CALLERS)))]
    for _, together in sent:
        turns += [(0, (0, _known(data))) for data in together]
    turns += [(step_ns, *enumerate(together)) for step_ns, together in sent]
    mine, reference = _both(turns, terms)
    assert _unordered(mine) == _unordered(reference)


def _unordered(done: Outcome) -> object:
    rows = sorted(
        re.sub(rb'"seq":\d+,', b"", REF.sub(b"REF", row)) for row in done.journal.splitlines()
    )
    trades = sorted(
        repr({**trade, "ref": "", "extra": sorted(trade["extra"].items())}) for trade in done.trades
    )
    heard = [(caller, REF.sub(b"REF", said), end) for caller, said, end in done.heard]
    return heard, rows, trades, set(done.numbers), done.totals, done.counts, done.serial


def test_a_number_of_its_own_that_is_in_use_is_given_to_nobody_else():
    def wrap(street):
        street.upstreams["epay"].desk.book.serial += 99_998

    turns = [*[(0, (0, create(intent))) for intent in range(4)], wrap, (0, (0, create(4)))]
    turns += [(0, (0, create(5))), (1_000_000_000, (0, create(6)))]
    mine, reference = _both(turns, {})
    assert mine.quick
    mine.quick = 0
    assert mine == reference


@pytest.mark.parametrize("healed_after", [None, 50])
def test_a_stream_of_usual_ones_with_strikes_is_the_same_and_most_of_it_is_quick(healed_after):
    turns = [(1_000_003, (intent % 3, create(intent))) for intent in range(10, 100)]
    turns += [(1_000_003, (intent % 3, create(intent))) for intent in range(10, 40)]
    mine, reference = _both(turns, {"strikes": STRIKES, "healed_after": healed_after})
    assert 50 < mine.quick < 85
    mine.quick = 0
    assert mine == reference
