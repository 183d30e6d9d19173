"""Calls of one turn go through their stages together: none waits for another, breaks it, or overtakes its own order."""

import asyncio

from mock_town import SEED, as_form, epay_fields, epay_signed, town

from harness.core.identity import tail_of
from mock_upstreams import form
from mock_upstreams.dialect import Answer, Request


class _Ear:
    """Keeps what it hears."""

    def __init__(self, heard, name):
        self._heard, self._name = heard, name

    def answer(self, answer):
        self._heard.append((self._name, answer))
        return True

    def cut(self):
        self._heard.append((self._name, "cut"))

    def hold(self):
        raise AssertionError("nobody is to be left waiting here")

    reset = hold


class _Caller:
    """Takes all that is to be said in this turn to an upstream, as a connection does."""

    def __init__(self, upstream, requests):
        self._upstream, self._requests = upstream, requests
        self.heard = []

    def take(self, _data):
        for name, request in self._requests:
            self._upstream.hear(request, _Ear(self.heard, name))


def _create(url, intent, **over):
    fields = epay_signed(epay_fields(url, intent) | over)
    return as_form("/mapi.php", fields)


def _query(here, url, intent):
    credentials = here.street.upstreams["epay"].dialect.credentials()
    number = epay_fields(url, intent)["out_trade_no"]
    asked = credentials | {"act": "order", "out_trade_no": number}
    return Request("GET", f"/api.php?{form.write(asked)}")


async def _in_one_turn(here, requests):
    upstream = here.street.upstreams["epay"]
    caller = _Caller(upstream, requests(upstream))
    here.street.house.turn.heard(caller, b"")
    await asyncio.sleep(0.01)
    return caller.heard


def _codes(heard):
    return [(name, b'"code":1,' in said.body) for name, said in heard if isinstance(said, Answer)]


def test_calls_of_one_turn_are_answered_each_for_itself():
    async def story():
        async with town() as here:
            url = here.platform.url

            def requests(_):
                wrong = _create(url, 3, money="0.00")
                return [
                    ("one", _create(url, 1)),
                    ("wrong", wrong),
                    ("two", _create(url, 2)),
                    ("again", _create(url, 1)),
                    ("asks", _query(here, url, 2)),
                ]

            heard = await _in_one_turn(here, requests)
            return heard, here.rows("create", "query"), here.book("epay").trades

    heard, rows, trades = asyncio.run(story())
    assert dict(_codes(heard)) == {
        "one": True,
        "wrong": False,
        "two": True,
        "again": True,
        "asks": True,
    }
    assert len(trades) == 2
    assert [(row.kind, row.intent, row.attempt, row.outcome) for row in rows] == [
        ("create", 1, 1, "ok"),
        ("create", 2, 1, "ok"),
        ("create", 1, 2, "ok"),
        ("query", 2, 1, "ok"),
    ], "a query finds what was created before it in the same turn, and whom that was for"


def test_a_bug_that_meets_one_call_spares_the_others():
    class TroubleError(Exception):
        pass

    noticed = []

    async def story():
        async with town() as here:
            url = here.platform.url
            asyncio.get_running_loop().set_exception_handler(
                lambda _loop, context: noticed.append(context["exception"])
            )

            def requests(upstream):
                worded = upstream.dialect.answer

                def answer(ask, found):
                    if tail_of(SEED, 2) in ask.subject:
                        raise TroubleError
                    return worded(ask, found)

                upstream.dialect.answer = answer
                return [(f"{n}", _create(url, n)) for n in (1, 2, 3)]

            return await _in_one_turn(here, requests), here.rows("create")

    heard, rows = asyncio.run(story())
    said = [(name, "cut" if said == "cut" else said.status) for name, said in heard]
    assert said == [("1", 200), ("2", 500), ("2", "cut"), ("3", 200)]
    assert [type(error) for error in noticed] == [TroubleError]
    assert [row.intent for row in rows] == [1, 3]
