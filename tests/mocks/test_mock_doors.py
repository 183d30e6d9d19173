"""Doors: real host names over TLS and through a proxy, nothing else, and every way of ending a connection kept."""

import asyncio
import socket
import ssl
import stat
from contextlib import asynccontextmanager

import httpx
import pytest
from cryptography import x509
from mock_town import town

from harness.core.errors import UsageError
from mock_upstreams.dialect import Answer
from mock_upstreams.doors import Doors
from mock_upstreams.trust import Authority, advice
from mock_upstreams.wire import listen

NAME = "api.mch.weixin.qq.com"


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority.at(tmp_path_factory.mktemp("ca"))


@asynccontextmanager
async def doors(authority, app):
    upstream = await listen(app, "127.0.0.1", 0)
    opened = Doors(authority, {NAME: f"http://127.0.0.1:{upstream.port}"})
    await opened.open("127.0.0.1")
    try:
        yield opened.card()
    finally:
        await opened.close()
        await upstream.close()


def client(card, **more):
    trusting = ssl.create_default_context(cafile=card["ca"])
    return httpx.AsyncClient(
        proxy=card["proxy"], verify=trusting, timeout=5, trust_env=False, **more
    )


def echo(request, line):
    line.answer(Answer(f"{request.method} {request.target} {request.headers['host']}".encode()))


def ask(authority, *urls, app=echo):
    """Get URLs one after another through the proxy; return the statuses and texts, or the errors' types."""

    async def go():
        async with doors(authority, app) as card, client(card) as http:
            heard = []
            for url in urls:
                try:
                    answer = await http.get(url)
                    heard.append((answer.status_code, answer.text))
                except httpx.HTTPError as error:
                    heard.append(type(error))
            return heard

    return asyncio.run(go())


def test_a_known_name_is_answered_over_tls_through_the_proxy_on_a_kept_connection(authority):
    heard = ask(authority, f"https://{NAME}/v3/x?a=1", f"https://{NAME}/v3/y")
    assert heard == [(200, f"GET /v3/x?a=1 {NAME}"), (200, f"GET /v3/y {NAME}")]


def test_a_plain_request_through_the_proxy_reaches_the_upstream_in_origin_form(authority):
    assert ask(authority, f"http://{NAME}/plain") == [(200, f"GET /plain {NAME}")]


def test_a_name_that_is_no_upstreams_is_refused_and_never_looked_up(authority, monkeypatch):
    looked_up = []
    honest = socket.getaddrinfo

    def spy(host, *args, **kwargs):
        looked_up.append(host)
        return honest(host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", spy)
    unknown, plain = ask(authority, "https://example.com/", "http://example.com/")
    assert unknown is httpx.ProxyError
    assert plain == (502, "no upstream of this run has the host\n")
    assert "example.com" not in str(looked_up)


def test_with_a_hosts_entry_the_tls_door_is_reached_directly(authority):
    async def go():
        async with doors(authority, echo) as card:
            trusting = ssl.create_default_context(cafile=card["ca"])
            port = int(card["tls"].rpartition(":")[2])
            reader, writer = await asyncio.open_connection(
                "127.0.0.1", port, ssl=trusting, server_hostname=NAME
            )
            writer.write(
                f"GET /direct HTTP/1.1\r\nHost: {NAME}\r\nConnection: close\r\n\r\n".encode()
            )
            text = await reader.read()
            writer.close()
            return text

    assert asyncio.run(go()).endswith(f"GET /direct {NAME}".encode())


def test_who_asks_tls_for_no_name_is_led_by_the_host_header(authority):
    async def go(host):
        async with doors(authority, echo) as card:
            trusting = ssl.create_default_context(cafile=card["ca"])
            trusting.check_hostname = False
            port = int(card["tls"].rpartition(":")[2])
            reader, writer = await asyncio.open_connection(
                "127.0.0.1", port, ssl=trusting, server_hostname=""
            )
            names = writer.get_extra_info("peercert")["subjectAltName"]
            writer.write(f"GET /x HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
            text = await reader.read()
            writer.close()
            return names, text

    names, text = asyncio.run(go(NAME))
    assert ("DNS", NAME) in names
    assert text.endswith(f"GET /x {NAME}".encode())
    assert asyncio.run(go("example.com"))[1].startswith(b"HTTP/1.1 502 ")


def test_another_name_gets_no_certificate(authority):
    async def go():
        async with doors(authority, echo) as card:
            trusting = ssl.create_default_context(cafile=card["ca"])
            port = int(card["tls"].rpartition(":")[2])
            with pytest.raises((ssl.SSLError, ConnectionError)):
                await asyncio.open_connection(
                    "127.0.0.1", port, ssl=trusting, server_hostname="example.com"
                )

    asyncio.run(go())


@pytest.mark.parametrize("ending", ["reset", "cut"])
def test_a_connection_that_an_upstream_ends_is_ended_for_its_client(authority, ending):
    def end(_, line):
        getattr(line, ending)()

    heard = ask(authority, f"http://{NAME}/", app=end)
    assert heard[0] in {httpx.ReadError, httpx.RemoteProtocolError}
    if ending == "reset":
        assert heard == [httpx.ReadError]


def test_a_head_that_never_ends_is_dropped(authority):
    async def go():
        async with doors(authority, echo) as card:
            port = int(card["proxy"].rpartition(":")[2])
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET / HTTP/1.1\r\nX: " + b"a" * (1 << 16))
            with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
                await asyncio.wait_for(reader.readexactly(1), 5)
            writer.close()

    asyncio.run(go())


def test_the_authority_is_kept_and_its_key_is_its_owners(tmp_path):
    first, second = Authority.at(tmp_path / "ca"), Authority.at(tmp_path / "ca")
    assert first.path.read_bytes() == second.path.read_bytes()
    assert stat.S_IMODE((tmp_path / "ca" / "ca-key.pem").stat().st_mode) == 0o600
    cert = x509.load_pem_x509_certificate(first.path.read_bytes())
    assert cert.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert NAME in advice(first.path, [NAME])


def test_what_is_no_authority_is_a_usage_error(tmp_path):
    (tmp_path / "ca.pem").write_text("nothing")
    with pytest.raises(UsageError, match="no certificate authority"):
        Authority.at(tmp_path)


def test_upstreams_with_a_host_in_common_are_told_apart_by_the_path(authority):
    """V2 and v3 of WeChat Pay: whichever way a connection comes, its first path decides."""

    def says(word):
        return lambda request, line: line.answer(Answer(f"{word} {request.path}".encode()))

    async def go():
        new, old = [await listen(says(word), "127.0.0.1", 0) for word in ("v3", "v2")]
        urls = [f"http://127.0.0.1:{upstream.port}" for upstream in (new, old)]
        shared = {NAME: {"/v3/": urls[0], "/pay/": urls[1], "/pay/v3/": urls[0]}}
        opened = Doors(authority, {NAME: urls[0]}, shared)
        await opened.open("127.0.0.1")
        heard = []
        try:
            for scheme in ("https", "http"):
                for path in ("/v3/a?b=/pay/", "/pay/orderquery", "/pay/v3/a", "/else"):
                    async with client(opened.card()) as http:
                        heard.append((await http.get(f"{scheme}://{NAME}{path}")).text)
        finally:
            await opened.close()
            for upstream in (new, old):
                await upstream.close()
        return heard

    expected = ["v3 /v3/a", "v2 /pay/orderquery", "v3 /pay/v3/a", "v3 /else"]
    assert asyncio.run(go()) == expected * 2


def test_v2_and_v3_of_wechat_pay_stand_behind_one_name():
    async def story():
        upstreams = {"wechat_pay_v2": {}, "wechat_pay": {}, "alipay": {}}
        async with town(upstreams=upstreams) as t:
            shared = t.street._shared()
            assert set(shared) == {NAME, "api2.mch.weixin.qq.com"}
            assert shared[NAME]["/pay/unifiedorder"] == t.url("wechat_pay_v2")
            assert shared[NAME]["/v3/pay/transactions/"] == t.url("wechat_pay")
        async with town(upstreams={"wechat_pay_v2": {}}) as t:
            assert t.street._shared() == {}
            assert t.street._hosts()[NAME] == t.url("wechat_pay_v2")

    asyncio.run(story())
