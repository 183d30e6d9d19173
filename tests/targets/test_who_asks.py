"""Whether a platform can tell a stranger: by a session, or by what a request says or is signed with."""

import msgspec
import pytest
from test_adapter import BASE

from harness.targets._strangers import knows_customers
from harness.targets.target import Target

READ = {"get": "/orders/{{order_no}}", "take": {"state": "state"}}
LOGIN = {"login": {"post": "/login", "json": {}, "take": {"token": "token"}}}
SIGN = {
    "recipe": "md5",
    "text": "{{fields}}{{customer.app_id}}",
    "key": {"value": "k"},
    "into": {"field": "sign"},
}


@pytest.mark.parametrize(
    ("status", "session", "knows"),
    [
        (READ, {}, False),
        (READ, LOGIN, True),
        ({**READ, "query": {"app": "{{customer.app_id}}"}}, {}, True),
        ({**READ, "headers": {"X-Phone": "{{ customer.phone | md5 }}"}}, {}, True),
        ({**READ, "query": {}, "sign": SIGN}, {}, True),
        ({**READ, "headers": {"X-From": "{{customer.address}}"}}, {}, False),
        ([{**READ}, {**READ, "query": {"app": "{{customer.app_id}}"}}], {}, True),
    ],
    ids=[
        "nobody asks",
        "a session",
        "by name",
        "by a header",
        "by signature",
        "from where",
        "in a later step",
    ],
)
def test_who_asks_is_known_by_a_session_or_by_the_request(status, session, knows):
    target = msgspec.convert({**BASE, "status": status, "session": session}, Target)
    assert knows_customers(target) is knows
