"""Forms read the short way are those read the long way; signatures over remembered names are those of the rule."""

from hashlib import md5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_upstreams import form
from mock_upstreams.signing import epay_md5, same

PIECES = st.sampled_from(
    [
        b"a",
        b"b",
        b"=",
        b"&",
        b"+",
        b"%",
        b"%2",
        b"%20",
        b"%22",
        b"%26",
        b"%3d",
        b"%5C",
        b"%5c",
        b"%u4f60",
        b"%E4%BD%A0",
        b"%ff",
        b"\xe4\xbd\xa0",
        b"\xff",
        b'"',
        b"\\",
        b"\\x41",
        b"\n",
        b"%0a",
        b"%00",
        b",",
        b":",
        b"{",
        b"}",
        b"\xed\xa0\x80",
    ]
)


@given(st.lists(PIECES, max_size=12).map(b"".join))
def test_both_ways_read_the_same(body):
    assert form.read_body(body) == form.read(body.decode("latin-1"))


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (b"", {}),
        (b"a=1&b=&a=2", {"a": "2", "b": ""}),
        (b"a=%E4%BD%A0+%e5%a5%bd", {"a": "你 好"}),
        (b"a=1=2&=x&c", {"a": "1=2", "c": ""}),
        (b"a%22%3A%22x&b=1", {'a":"x': "", "b": "1"}),
    ],
)
def test_what_is_read(body, fields):
    assert form.read_body(body) == fields


@given(
    st.dictionaries(
        st.sampled_from(["a", "b", "%s", "%", "sign", "sign_type", "名"]),
        st.sampled_from(["", "1", "%s", "你好", "x&y"]),
    )
)
def test_epay_md5_is_the_rule(fields):
    names = sorted(k for k in fields if fields[k] and k not in {"sign", "sign_type"})
    text = "&".join(f"{k}={fields[k]}" for k in names) + "KEY"
    assert epay_md5(fields, "KEY") == md5(text.encode()).hexdigest()


@pytest.mark.parametrize(
    ("given_one", "right", "equal"),
    [("ab", "ab", True), ("ab", "ac", False), ("你", "ab", False), ("ab", "你", False)],
)
def test_same(given_one, right, equal):
    assert same(given_one, right) is equal
