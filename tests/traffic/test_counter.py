"""The counter: every request of an intent carries one trace, so that a platform's own traces can be joined."""

import re
from types import SimpleNamespace

from harness.traffic.counter import Counter, traceparent


def call(method, path, headers):
    return SimpleNamespace(method=method, path=path, headers=headers, body=b"", source="")


class Shop:
    """A shop whose calls take two requests."""

    def flow(self, name, scope):
        yield call("GET", f"/{name}/1", {})
        yield call("POST", f"/{name}/2", {"traceparent": "mine"} if "own" in scope else {})
        return SimpleNamespace(outcome="ok", reason="")


class Wire:
    def __init__(self):
        self.sent = []

    def send(self, *said):
        _url, _method, path, headers, _body = said
        self.sent.append((path, headers.get("traceparent")))
        return SimpleNamespace(body=b"{}")


def sent(*calls):
    wire = Wire()
    counter = Counter("http://127.0.0.1", Shop(), wire, lambda *_: None)
    for name, scope in calls:
        counter.exchange(name, scope)
    return wire.sent


def test_one_trace_an_intent_one_span_a_request():
    scope = {"intent": {"token": "t1"}}
    found = [context for _, context in sent(("place", scope), ("status", scope))]
    assert all(re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01", context) for context in found)
    assert len({context[3:35] for context in found}) == 1
    assert len({context[36:52] for context in found}) == 4
    assert sent(("place", scope)) == sent(("place", scope))
    assert traceparent("t2", "place", 1)[3:35] != found[0][3:35]


def test_what_breaks_is_the_request_that_orders_and_not_the_page_before_it():
    broken = []

    class Line(Wire):
        def send(self, *said, breaks=""):
            broken.append((said[1], breaks))
            return super().send(*said)

    counter = Counter("http://127.0.0.1", Shop(), Line(), lambda *_: None)
    counter.exchange("place", {"breaks": "whole"})
    counter.exchange("place", {})
    assert broken == [("GET", ""), ("POST", "whole"), ("GET", ""), ("POST", "")]


def test_a_target_files_own_header_stands_and_logins_have_no_trace():
    assert sent(("place", {"intent": {"token": "t1"}, "own": 1}))[1] == ("/place/2", "mine")
    assert sent(("login", {"customer": {}})) == [("/login/1", None), ("/login/2", None)]


class Silent:
    """A shop that knows the answer without asking."""

    def flow(self, *_):
        yield from ()
        return SimpleNamespace(outcome="fail", reason="known without asking")


def test_what_is_known_without_asking_is_an_answer():
    wire = Wire()
    done = Counter("http://127.0.0.1", Silent(), wire, lambda *_: None).exchange("come_back", {})
    assert (done.answer.reason, wire.sent) == ("known without asking", [])
