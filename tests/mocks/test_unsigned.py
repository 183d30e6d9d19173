"""A forgery without a signature: whatever carries it is left empty, the rest stays."""

import pytest

from mock_upstreams.dialect import Outgoing
from mock_upstreams.unsigned import unsigned


@pytest.mark.parametrize(
    ("body", "left"),
    [
        (b"a=1&sign=x%2By&sign_type=RSA2&resign=2", b"a=1&sign=&sign_type=&resign=2"),
        (b'{"sign": "x", "a": "sign"}', b'{"sign":"", "a": "sign"}'),
        (b"<xml><sign><![CDATA[x]]></sign><a>1</a></xml>", b"<xml><sign></sign><a>1</a></xml>"),
    ],
)
def test_the_body_keeps_all_but_its_signature(body, left):
    assert unsigned(Outgoing("POST", "http://h/n", body)).body == left


@pytest.mark.parametrize(
    ("body", "left"),
    [
        (b"a=1&sign=x%2By&sign_type=RSA2&resign=2", b"a=1&resign=2"),
        (b"sign=x&a=1", b"a=1"),
        (b'{"sign": "x", "a": "sign"}', b'{"a": "sign"}'),
        (b'{"a": "sign", "sign": "x"}', b'{"a": "sign"}'),
        (b'{"sign":"x"}', b"{}"),
        (b"<xml><sign><![CDATA[x]]></sign><a>1</a></xml>", b"<xml><a>1</a></xml>"),
    ],
)
def test_or_the_signature_is_not_there_at_all(body, left):
    assert unsigned(Outgoing("POST", "http://h/n", body), absent=True).body == left


def test_not_in_query_and_headers_either():
    headers = (("Wechatpay-Signature", "x"), ("Content-Type", "a/b"))
    out = unsigned(Outgoing("GET", "http://h/n?sign=x&b=2", b"", headers), absent=True)
    assert (out.url, out.headers) == ("http://h/n?b=2", (("Content-Type", "a/b"),))


def test_query_and_headers_as_well():
    headers = (("Wechatpay-Signature", "x"), ("Content-Type", "a/b"))
    out = unsigned(Outgoing("GET", "http://h/n?sign=x&b=2", b"", headers))
    assert out.url == "http://h/n?sign=&b=2"
    assert out.headers == (("Wechatpay-Signature", ""), ("Content-Type", "a/b"))
