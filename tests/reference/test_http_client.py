import asyncio

import pytest

from harness.targets.reference.http_client import HttpClient, NoAnswerError, NotSentError

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Name: v\r\n\r\nok"


def talk(script, story, timeout_s=2.0):
    """Serve connections with a script `(reader, writer, number)`, and tell a story with a client."""

    async def whole():
        count = 0

        async def serve(reader, writer):
            nonlocal count
            count += 1
            try:
                await script(reader, writer, count)
            except (ConnectionError, asyncio.IncompleteReadError):
                return
            finally:
                writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        client = HttpClient(timeout_s)
        async with server:
            await story(client, f"http://127.0.0.1:{port}")
            client.close()
        return count

    return asyncio.run(whole())


async def answer_all(reader, writer, _number):
    while True:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        await reader.readexactly(length)
        writer.write(OK)


def test_one_connection_serves_many_calls():
    async def story(client, origin):
        for _ in range(3):
            answer = await client.send(origin, "POST", "/a?b=1", {"A": "b"}, b"body")
            assert (answer.status, answer.body, answer.headers["x-name"]) == (200, b"ok", "v")

    assert talk(answer_all, story) == 1


@pytest.mark.parametrize(
    "said", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", b"what is this"]
)
def test_half_an_answer_is_no_answer(said):
    async def script(reader, writer, _number):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(said)

    async def story(client, origin):
        with pytest.raises(NoAnswerError):
            await client.send(origin, "GET", "/", {})

    talk(script, story)


def test_silence_ends_and_its_connection_is_never_used_again():
    async def script(reader, writer, number):
        if number == 1:
            await reader.read()
        else:
            await answer_all(reader, writer, number)

    async def story(client, origin):
        with pytest.raises(NoAnswerError):
            await client.send(origin, "GET", "/", {})
        assert (await client.send(origin, "GET", "/", {})).status == 200

    assert talk(script, story, timeout_s=0.1) == 2


def test_nobody_there_means_not_sent():
    async def story(client, _origin):
        with pytest.raises(NotSentError):
            await client.send("http://127.0.0.1:1", "GET", "/", {})

    talk(answer_all, story)
