"""A customer's list of orders: pages until the end, his own once each, and nobody else's."""

import msgspec
import pytest
from test_adapter import BASE
from test_audit import audited, platform  # noqa: F401 - a fixture
from test_checking import OURS, _load

from harness.core.errors import UsageError
from harness.targets._paging import is_paged
from harness.targets.adapter import Answer
from harness.targets.audit import Known
from harness.targets.listing import Listing, read, rows
from harness.targets.target import Target

LIST = {"get": "/mine?p={{page}}", "take": {"order_nos": "nos"}}


def asking(*pages):
    """Answer page by page; past the end the last of them again."""
    asked = []

    def ask(scope):
        asked.append(scope["page"])
        said = pages[min(scope["page"], len(pages)) - 1]
        if isinstance(said, Answer):
            return said
        return Answer("ok", {"order_nos": said}, 200)

    return ask, asked


@pytest.mark.parametrize(
    ("pages", "times"),
    [
        ([["a", "b"], ["c"], []], 3),
        ([["a", "b"], ["c"]], 3),
        ([["a", "b"], ["c"], ["a", "b"]], 3),
    ],
)
def test_pages_are_read_to_the_end_however_it_looks(pages, times):
    ask, asked = asking(*pages)
    assert read(ask, paged=True).order_nos == ["a", "b", "c"]
    assert asked == [1, 2, 3][:times]


def test_a_page_that_overlaps_is_kept_as_it_is():
    ask, _ = asking(["a", "b"], ["b", "c"], [])
    assert read(ask, paged=True).order_nos == ["a", "b", "b", "c"]


def test_a_list_without_pages_is_asked_for_once():
    ask, asked = asking(["a"], ["b"])
    assert (read(ask, paged=False).order_nos, asked) == (["a"], [1])
    whole = {**BASE, "order_list": {**LIST, "get": "/mine"}}
    assert not is_paged(msgspec.convert(whole, Target).order_list)
    assert is_paged(msgspec.convert({**BASE, "order_list": LIST}, Target).order_list)


def test_a_page_that_cannot_be_read_makes_the_list_unknown():
    ask, _ = asking(["a"], Answer("unknown", {}, 500, "HTTP 500"))
    found = read(ask, paged=True)
    assert (found.order_nos, found.reason) == ([], "HTTP 500")
    (row,) = rows(found, [Known(1, 0, "a")], {})
    assert (row.kind, row.outcome) == ("listed", "unknown")


def test_own_orders_are_counted_and_others_are_trespassed():
    owners = {no: Known(n, n, no) for n, no in enumerate("abc")}
    found = rows(Listing(5, ["a", "a", "c", "old"]), [owners["a"], owners["b"]], owners)
    told = [(row.kind, row.order_no, row.intent, row.detail.get("times")) for row in found]
    assert told == [("listed", "a", 0, 2), ("listed", "b", 1, 0), ("trespass", "c", 2, None)]


def test_the_list_is_read_in_its_customers_session(platform):  # noqa: F811
    platform.answers = [(200, b'{"s": "DONE"}'), (200, b'{"nos": ["N1"]}'), (200, b'{"nos": []}')]
    audited(platform, "N1", base={**BASE, "order_list": LIST})
    assert platform.asked[-2:] == [("/mine?p=1", "Bearer t9"), ("/mine?p=2", "Bearer t9")]


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
