"""A merchant carried out over a scripted transport: each line is an intent, and the ledger says what was told of it."""

import msgspec
import pytest

from harness.core.journal import Journal, read
from harness.targets.found import from_json
from harness.traffic import personas
from harness.traffic.bank import Bank
from harness.traffic.counter import Counter
from harness.traffic.customer import Customer
from harness.traffic.intents import Goods
from harness.traffic.job import Payer, Traffic
from harness.traffic.merchant import Merchant
from harness.traffic.seams import NoAnswerError
from harness.traffic.sessions import Sessions
from harness.traffic.steps import BatchStatus, Heard, Line, Pay, PayLink, PlaceBatch, Status
from harness.traffic.surroundings import Surroundings
from tests.traffic.support import target
from tests.traffic.test_customer import INTENT, PAYER, SHOP, Script, Scripted
from tests.traffic.test_personas import World, seen

SECOND = msgspec.structs.replace(
    INTENT,
    number=8,
    goods=Goods(id="vip30", kind="member", price="49.90"),
    account="who_00000008",
    token="tok8",
)
CALLS = {
    "batch": {
        "post": "/api/orders",
        "json": {"no": "{{intent.token}}", "lines": "{{lines}}"},
        "take": {
            "batch_no": "batch",
            "order_nos": "lines[*].no",
            "amounts": "lines[*].fen",
        },
    },
    "batch_status": {
        "get": "/api/batches/{{batch_no}}",
        "take": {"delivered": "ok", "failed": "bad", "failures": "list"},
    },
}
TAKEN = {"batch": "B1", "lines": [{"no": "A1", "fen": 4990}, {"no": "A2", "fen": 4000}]}


@pytest.fixture
def live(tmp_path):
    def run(script, *steps, **changed):
        counter = Counter(
            SHOP, from_json({**target(SHOP), **CALLS, **changed}), script, lambda *_: None
        )
        with Journal(tmp_path / "t.ndjson", run="r", recorder="t", vantage="customer") as journal:
            sessions = Sessions(7, counter, journal)
            sessions.open([0])
            around = Surroundings(
                counter=counter,
                bank=Bank(Payer(url=PAYER, token="secret"), script, counter.hear),
                sessions=sessions,
                journal=journal,
                channels={"epay": "epay", "wechat_pay": "wechat"},
                time_scale=60.0,
            )
            persona = Scripted(*steps)
            Merchant(around, [INTENT, SECOND], 0, 0.0).live(persona)
        rows = [
            row for row in read(tmp_path / "t.ndjson") if row.kind not in ("open", "close", "login")
        ]
        return persona.heard, rows

    return run


def of(rows, kind):
    return [row for row in rows if row.kind == kind]


def test_each_line_is_an_intent_with_an_order_of_its_own(live):
    script = Script(place=[(200, TAKEN)])
    (lines,), rows = live(script, PlaceBatch())
    assert [(one.outcome, one.order_no, one.amount_fen) for one in lines] == [
        ("ok", "A1", 4990),
        ("ok", "A2", 4000),
    ]
    assert [(row.intent, row.account) for row in of(rows, "intent")] == [
        (3, INTENT.account),
        (8, SECOND.account),
    ]
    assert [(row.intent, row.order_no, row.ref) for row in of(rows, "place")] == [
        (3, "A1", "tok3"),
        (8, "A2", "tok8"),
    ]
    assert [(row.intent, row.ref, row.outcome) for row in of(rows, "batch")] == [(3, "B1", "ok")]
    assert [(row.intent, row.order_no) for row in of(rows, "done")] == [(3, "A1"), (8, "A2")]
    sent = script.sent[-1][2]
    assert sent == {
        "no": "tok3",
        "lines": [
            {"goods": "hf50", "account": INTENT.account, "client_no": "tok3"},
            {"goods": "vip30", "account": SECOND.account, "client_no": "tok8"},
        ],
    }


def test_amounts_that_do_not_fit_the_lines_say_nothing(live):
    taken = {"batch": "B1", "lines": [{"no": "A1", "fen": 4990}, {"no": "A2"}]}
    (lines,), _rows = live(Script(place=[(200, taken)]), PlaceBatch())
    assert [(one.order_no, one.amount_fen) for one in lines] == [("A1", None), ("A2", None)]


def test_lines_may_be_text(live):
    script = Script(place=[(200, TAKEN)])
    live(script, PlaceBatch(), batch_line="{{goods.id}},{{intent.account}}")
    assert script.sent[-1][2]["lines"] == f"hf50,{INTENT.account}\nvip30,{SECOND.account}"


@pytest.mark.parametrize(
    "answer", [NoAnswerError("lost"), (200, {"batch": "B1", "lines": [{"no": "A1", "fen": 1}]})]
)
def test_a_batch_without_a_whole_answer_may_have_been_taken_line_by_line(live, answer):
    (lines,), rows = live(Script(place=[answer]), PlaceBatch())
    assert [one.outcome for one in lines] == ["unknown"] * 2
    assert [(row.outcome, row.order_no) for row in of(rows, "place")] == [("unknown", "")] * 2


def test_an_answer_with_fewer_orders_than_lines_says_so(live):
    short = (200, {"batch": "B1", "lines": [{"no": "A1", "fen": 1}]})
    _, rows = live(Script(place=[short]), PlaceBatch())
    (row,) = of(rows, "batch")
    assert (row.outcome, row.detail["told"], row.detail["lines"]) == ("unknown", 1, 2)


@pytest.mark.parametrize("listed", [[], [SECOND.account]])
def test_a_line_that_is_refused_at_once_is_none_of_the_batch_listed_or_not(live, listed):
    taken = {"batch": "B1", "lines": [{"no": "A1", "fen": 4990}, {"no": "", "fen": 0}]}
    done = (200, {"ok": 1, "bad": len(listed), "list": listed})
    still = (200, {**done[1], "ok": 0})
    script = Script(place=[(200, taken)], status=[still, done])
    heard, rows = live(script, PlaceBatch(), BatchStatus(), BatchStatus())
    assert [one.outcome for one in heard[0]] == ["ok", "fail"]
    assert [one.state for (one,) in heard[1:]] == ["open", "done"]
    said = of(rows, "batch_status")[-1].detail
    assert (said["lines"], said["strange"]) == (1 + len(listed), 0)
    assert [(row.intent, row.state) for row in of(rows, "batch_line")] == [(3, "delivered")]


@pytest.mark.parametrize("named", [SECOND.account, "A2"])
def test_what_a_done_batch_says_is_written_for_each_line_once(live, named):
    still = (200, {"ok": 1, "bad": 0, "list": []})
    done = (200, {"ok": 1, "bad": 1, "list": [named, "nobody"]})
    script = Script(place=[(200, TAKEN)], status=[still, done, done])
    heard, rows = live(script, PlaceBatch(), BatchStatus(), BatchStatus(), BatchStatus())
    assert [one.state for (one,) in heard[1:]] == ["open", "done", "done"]
    open_, closed = of(rows, "batch_status")
    assert (open_.state, closed.state, closed.ref) == ("open", "done", "B1")
    assert closed.detail == {"lines": 2, "delivered": 1, "failed": 1, "listed": 2, "strange": 1}
    assert [(row.intent, row.order_no, row.state) for row in of(rows, "batch_line")] == [
        (3, "A1", "delivered"),
        (8, "A2", "failed"),
    ]


def test_a_look_that_fails_says_nothing_of_the_batch(live):
    script = Script(place=[(200, TAKEN)], status=[(500, {})])
    (_, (read_,)), rows = live(script, PlaceBatch(), BatchStatus())
    assert (read_.outcome, read_.state) == ("unknown", "")
    assert not of(rows, "batch_line")


def test_who_is_no_merchant_has_no_batches():
    with pytest.raises(TypeError, match="batches = True"):
        Customer.take(Customer.__new__(Customer), PlaceBatch())


def lines(outcome="ok"):
    return [Heard(outcome=outcome, order_no=number, amount_fen=9) for number in ("A1", "A2")]


def test_the_merchant_pays_each_line_and_reads_until_the_batch_is_done():
    world = World(
        PlaceBatch=[lines("unknown"), lines()], BatchStatus=[seen("open"), seen("done")]
    ).live("merchant")
    done = [step for step in world.steps if isinstance(step, Line)]
    assert [(step.at, type(step.deed)) for step in done] == [
        (0, PayLink),
        (0, Pay),
        (1, PayLink),
        (1, Pay),
        (0, Status),
        (1, Status),
    ]
    assert len(world.deeds(BatchStatus)) == 2
    assert [step.attempt for step in world.deeds(PlaceBatch)[:2]] == [1, 2]


def test_some_merchants_send_their_batch_again_after_paying_and_some_do_not():
    sent = [
        len(
            World(PlaceBatch=[lines()], BatchStatus=[seen("done")])
            .live("merchant", n)
            .deeds(PlaceBatch)
        )
        for n in range(12)
    ]
    assert set(sent) == {1, 2}


def test_a_refused_batch_is_not_sent_again():
    world = World(PlaceBatch=[lines("fail")]).live("merchant")
    assert world.names() == ["PlaceBatch"]


def traffic(**more):
    arrivals = {"shape": "steady", "rate": "10/s", "for": "2s"}
    return msgspec.convert({"arrivals": arrivals, "personas": {"merchant": 1}, **more}, Traffic)


def test_lines_are_numbered_after_all_arrivals_and_no_number_is_used_twice():
    said = traffic(lines=5)
    job = said.job(
        run="r",
        seed=7,
        time_scale=60.0,
        journals="",
        private="",
        workers=1,
        target=target(SHOP),
        payer={"url": PAYER, "token": "s"},
    )
    intents = job.intents()
    each = [line for n in range(20) for line in intents.lines(intents.intent(n), said.lines)]
    assert sorted(line.number for line in each) == list(range(said.numbers))
    assert len({line.account for line in each}) == len({line.token for line in each}) == 100
    assert len({line.goods.id for line in each[:5]} & {"hf50", "vip30"}) == 2


def test_a_line_arrives_with_its_batch():
    said, starts = traffic(lines=3), [float(n) for n in range(20)]
    each = said.line_starts_ms(starts)
    assert each == [*starts, *(n // 2 for n in range(40))]
    assert traffic(lines=3, personas={"patient": 1}).line_starts_ms(starts) == starts


def test_lines_in_all_are_bounded():
    arrivals = {"shape": "steady", "rate": "100/s", "for": "2s"}
    with pytest.raises(msgspec.ValidationError, match="at most 1000000 lines"):
        traffic(lines=10_000, arrivals=arrivals)


@pytest.mark.parametrize("number", [0, 10_001])
def test_a_batch_has_between_one_and_ten_thousand_lines(number):
    with pytest.raises(msgspec.ValidationError, match="between 1 and 10000 lines"):
        traffic(lines=number)


def test_only_merchants_have_more_lines_than_arrivals():
    assert traffic(lines=5, personas={"patient": 1}).numbers == 20
    assert personas.kinds()["merchant"].batches
