"""The transport against a server that misbehaves on purpose, in a thread with real sockets."""

import socket
import struct
import threading

import gevent
import pytest

from harness.traffic.seams import NoAnswerError, NotSentError
from harness.traffic.transport import GeventTransport

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Some-Thing: yes\r\n\r\nhi"
RESET = object()


class Server:
    """Answers the n-th request with the n-th of its answers, each whole request on whichever connection."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.requests = []
        self.connections = 0
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        self.thread = threading.Thread(target=self.serve)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.thread.join(timeout=5)

    def serve(self):
        open_connections = []
        while True:
            try:
                connection = self.socket.accept()[0]
            except OSError:
                break
            self.connections += 1
            open_connections.append(connection)
            self.talk(connection)
        for connection in open_connections:
            connection.close()

    def talk(self, connection):
        while data := connection.recv(65_536):
            self.requests.append(data)
            answer = self.answers.pop(0)
            if answer is None:
                return
            if answer is RESET:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                connection.close()
                return
            connection.sendall(answer)
            if b"Content-Length: 2" not in answer or len(answer) < len(OK):
                connection.close()
                return


def get(server, transport=None, **more):
    own = transport or GeventTransport(answer_s=0.3)
    try:
        return own.send(server.url, "GET", more.get("path", "/a?b=c"), more.get("headers", {}), b"")
    finally:
        if transport is None:
            own.close()


def test_a_whole_answer_is_read_and_its_connection_used_again():
    with Server(OK, OK) as server:
        transport = GeventTransport()
        first = get(server, transport, headers={"X-Mine": "1"})
        get(server, transport)
        transport.close()
    assert (first.status, first.headers["x-some-thing"], first.body) == (200, "yes", b"hi")
    assert server.connections == 1
    assert server.requests[0].startswith(b"GET /a?b=c HTTP/1.1\r\nHost: 127.0.0.1:")
    assert b"\r\nX-Mine: 1\r\n" in server.requests[0]


def test_a_line_of_ours_is_taken_and_what_is_sent_says_nothing_of_it():
    with Server(OK) as server:
        pins = {"shop.test:8443": server.url.removeprefix("http://"), "shop.test": "127.0.0.9"}
        transport = GeventTransport(pins=pins)
        reply = transport.send("http://shop.test:8443", "GET", "/", {}, b"")
        transport.close()
    assert reply.status == 200
    assert server.requests[0].startswith(b"GET / HTTP/1.1\r\nHost: shop.test:8443\r\n")


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(RESET, id="reset"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nhi", id="cut off in the body"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Le", id="cut off in the head"),
        pytest.param(b"what is this\r\n\r\n", id="no HTTP"),
        pytest.param(None, id="silence"),
    ],
)
def test_what_was_sent_and_not_answered_may_have_happened_and_is_never_repeated(answer):
    with Server(answer, OK) as server, pytest.raises(NoAnswerError):
        get(server)
    assert len(server.requests) == 1


def test_what_nobody_listens_to_was_not_sent():
    with Server() as server:
        pass
    with pytest.raises(NotSentError):
        get(server)


def test_a_line_break_cannot_be_smuggled_into_the_head():
    with Server(OK) as server:
        with pytest.raises(NotSentError):
            get(server, headers={"Authorization": "Bearer x\r\nEvil: 1"})
        get(server, path="/名 字")
    assert server.requests[0].startswith(b"GET /%E5%90%8D%20%E5%AD%97 HTTP/1.1")


def test_an_answer_without_a_length_ends_with_its_connection():
    with Server(b"HTTP/1.1 200 OK\r\n\r\nto the end", OK) as server:
        transport = GeventTransport()
        assert get(server, transport).body == b"to the end"
        assert get(server, transport).body == b"hi"
        transport.close()
    assert server.connections == 2


def test_an_interim_answer_is_passed_over():
    with Server(b"HTTP/1.1 100 Continue\r\n\r\n" + OK) as server:
        assert get(server).status == 200


def test_together_returns_in_order_and_raises_what_was_raised():
    transport = GeventTransport()
    assert transport.together([lambda: 1, lambda: 2]) == [1, 2]
    slow = [lambda: gevent.sleep(0.02) or "slow", lambda: "quick"]
    assert transport.together(slow) == ["slow", "quick"]
    with pytest.raises(ZeroDivisionError):
        transport.together([lambda: 1, lambda: 1 // 0])


@pytest.mark.parametrize(("breaks", "heard"), [("whole", b"abcdef"), ("half", b"ab")])
def test_a_line_that_breaks_has_sent_so_much_and_hears_nothing(breaks, heard):
    came = []

    def listen(server):
        connection = server.accept()[0]
        with connection:
            while data := connection.recv(65_536):
                came.append(data)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=listen, args=(server,))
        thread.start()
        transport = GeventTransport()
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        with pytest.raises(NoAnswerError):
            transport.send(url, "POST", "/a", {}, b"abcdef", breaks=breaks)
        transport.close()
        thread.join(timeout=5)
    assert b"".join(came).partition(b"\r\n\r\n")[2] == heard
