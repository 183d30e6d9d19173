"""A customer's list of orders: pages until the end, his own once each, and nobody else's."""

import msgspec
import pytest
from test_adapter import BASE
from test_audit import audited, platform  # noqa: F401 - a fixture
from test_checking import OURS, _load

from harness.core.errors import UsageError
from harness.targets._paging import MOST_PAGES
from harness.targets.adapter import Adapter, Answer
from harness.targets.audit import Known
from harness.targets.connecting import Reply
from harness.targets.listing import Listing, read, rows
from harness.targets.target import Target

ASKS = {"customer": {}, "token": "t"}
LIST = {"get": "/mine?p={{page}}", "take": {"order_nos": "nos"}}


def said(*nos):
    return Reply(200, {}, msgspec.json.encode({"nos": nos}))


def turned(*pages, of=None):
    """What a list in pages is read as, and which pages were asked for; past the end comes the last of them again."""
    made = Adapter(msgspec.convert({**BASE, "order_list": of or LIST}, Target))
    flow, asked = made.flow("order_list", ASKS), []
    call = next(flow)
    while True:
        number = call.path.partition("p=")[2]
        asked.append(number)
        try:
            call = flow.send(pages[min(int(number or 1), len(pages)) - 1])
        except StopIteration as end:
            return end.value, "".join(asked)


@pytest.mark.parametrize(
    ("pages", "asked"),
    [
        ([said("a", "b"), said("c"), said()], "1231"),
        ([said("a", "b"), said("c")], "1231"),
        ([said("a", "b"), said("c"), said("a", "b")], "1231"),
    ],
    ids=["the last is empty", "the last for ever", "the first again"],
)
def test_pages_are_read_to_the_end_however_it_looks(pages, asked):
    answer, pages_asked = turned(*pages)
    assert (answer.values["order_nos"], pages_asked) == (["a", "b", "c"], asked)


def test_a_page_that_overlaps_is_kept_as_it_is():
    answer, _ = turned(said("a", "b"), said("b", "c"), said())
    assert answer.values["order_nos"] == ["a", "b", "b", "c"]


def test_a_list_without_pages_is_asked_for_once():
    answer, asked = turned(said("a"), of={**LIST, "get": "/mine"})
    assert (answer.values["order_nos"], asked) == (["a"], "")


def sent(*answers, **described):
    """What a flow is read as that is sent these answers, whatever it asks for."""
    flow = Adapter(msgspec.convert({**BASE, **described}, Target)).flow(*described, ASKS)
    next(flow)
    try:
        for one in answers:
            flow.send(one)
    except StopIteration as end:
        return end.value
    return None


def test_orders_that_move_from_page_to_page_meanwhile_are_looked_for_again():
    moving = [said("a", "b"), said("b"), said(), said("c", "a")]
    at_rest = [said("c", "a"), said("b"), said(), said("c", "a")]
    assert sent(*moving, *at_rest, order_list=LIST).values["order_nos"] == ["c", "a", "b"]


def test_a_list_without_end_is_unknown():
    answer = sent(*(said(f"o{number}") for number in range(MOST_PAGES)), order_list=LIST)
    assert (answer.outcome, answer.reason) == ("unknown", "it has 1000 pages or more")


def test_a_list_that_cannot_be_read_is_unknown():
    answer, _ = turned(said("a"), Reply(500, {}, b""))
    found = read(lambda: answer)
    assert (found.order_nos, found.reason) == ([], "HTTP 500")
    (row,) = rows(found, [Known(1, 0, "a")], {})
    assert (row.kind, row.outcome) == ("listed", "unknown")


def test_blanks_in_a_list_are_no_orders():
    assert read(lambda: Answer("ok", {"order_nos": ["a", "", "b"]})).order_nos == ["a", "b"]


def test_own_orders_are_counted_and_others_are_trespassed():
    owners = {no: Known(n, n, no) for n, no in enumerate("abc")}
    found = rows(Listing(5, ["a", "a", "c", "old"]), [owners["a"], owners["b"]], owners)
    told = [(row.kind, row.order_no, row.intent, row.detail.get("times")) for row in found]
    assert told == [("listed", "a", 0, 2), ("listed", "b", 1, 0), ("trespass", "c", 2, None)]


def test_the_list_is_read_in_its_customers_session(platform):  # noqa: F811
    one, none = (200, b'{"nos": ["N1"]}'), (200, b'{"nos": []}')
    platform.answers = [(200, b'{"s": "DONE"}'), one, none, one]
    audited(platform, "N1", base={**BASE, "order_list": LIST})
    assert platform.asked[-3:] == [(f"/mine?p={page}", "Bearer t9") for page in (1, 2, 1)]


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ("{get: /mine, take: {order_no: no}}", "takes `order_nos`"),
        ('{get: "/mine?p={{pages}}", take: {order_nos: nos}}', "did you mean 'page'"),
    ],
)
def test_a_list_that_cannot_be_read_is_pointed_at(tmp_path, said, wrong):
    with pytest.raises(UsageError, match=wrong):
        _load(tmp_path, f"{OURS}order_list: {said}\n")
