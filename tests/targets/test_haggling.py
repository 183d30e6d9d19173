"""Whatever says the price says a fen instead, in the same unit and kind; what may be something else is left alone."""

import hashlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_adapter import BASE, SCOPE

from harness.targets._haggling import lowered
from harness.targets.adapter import Adapter
from harness.targets.target import Target


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("49.90", "0.01"),
        ("49.9", "0.01"),
        (" 49.900 ", "0.01"),
        (49.9, 0.01),
        (4990, 1),
        ("4990", "1"),
        ("50.00", "50.00"),
        (50, 50),
        (5000, 5000),
        ("13800004990", "13800004990"),
        ("hf50", "hf50"),
        ("", ""),
        ("nan", "nan"),
        (True, True),
        (None, None),
        (
            {"money": "49.90", "n": 1, "rows": [{"fen": 4990}]},
            {"money": "0.01", "n": 1, "rows": [{"fen": 1}]},
        ),
    ],
)
def test_only_the_price_is_lowered(said, left):
    found = lowered(said, 4990, 5000)
    assert (found, type(found)) == (left, type(left))


def test_where_price_and_face_are_one_nothing_is_touched():
    assert lowered({"amount": "50.00", "fen": 5000}, 5000, 5000) == {"amount": "50.00", "fen": 5000}


def test_how_many_is_no_price():
    assert lowered({"count": "1", "price": "1.00"}, 100, 500) == {"count": "1", "price": "0.01"}


@given(st.dictionaries(st.text(), st.one_of(st.text(), st.integers(), st.floats(), st.booleans())))
def test_whatever_is_sent_keeps_its_shape(said):
    found = lowered(said, 4990, 5000)
    assert found.keys() == said.keys()
    assert all(type(found[name]) is type(said[name]) for name in said)


@pytest.mark.parametrize(("haggles", "sent"), [({}, b"990"), ({"haggles": True}, b"1")])
def test_a_request_is_lowered_before_it_is_signed(haggles, sent):
    place = {
        "post": "/o",
        "form": {"fen": "{{goods.price_fen}}"},
        "sign": {
            "recipe": "md5",
            "text": "{{body}}",
            "key": {"value": "k"},
            "into": {"field": "s"},
        },
    }
    adapter = Adapter(msgspec.convert({**BASE, "place": place}, Target))
    call = next(adapter.flow("place", {**SCOPE, **haggles}))
    fields = dict(one.split(b"=") for one in call.body.split(b"&"))
    assert fields[b"fen"] == sent
    assert fields[b"s"].decode() == hashlib.md5(b"fen=" + sent).hexdigest()
