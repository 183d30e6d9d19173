"""What `ok_when` wanted and what the answer had in its place: from the answer itself to what people are told."""

import msgspec
import pytest

from harness.doctor.diagnosis import diagnose
from harness.doctor.facts import Chain, Facts, Told
from harness.doctor.words import sentence
from harness.targets.adapter import Adapter
from harness.targets.target import Target

RAW = {
    "name": "ours",
    "base_url": "http://127.0.0.1:1",
    "goods": [{"id": "g", "kind": "phone", "price": "9.90", "face": "10.00"}],
    "gateways": {"epay": {}},
    "status": {"get": "/orders"},
    "states": {"DONE": "delivered"},
}
BODY = '{"code": 40003, "msg": "sold out"}'
CHAIN = Chain(goods="g", kind="phone", price_fen=990, gateway="epay")


def told(condition, status=200, headers=None, body=BODY):
    """Return what the doctor says in both languages of an answer to `place` with such an `ok_when`."""
    target = msgspec.convert({**RAW, "place": {"post": "/o", "ok_when": condition}}, Target)
    answer = Adapter(target).read("place", status, headers or {}, body.encode())
    assert answer.outcome == "fail"
    place = Told(name="place", outcome="fail", reason=answer.reason, status=status)
    broken = diagnose(Facts(chain=CHAIN, base_url="", calls={"place": place}))
    return [sentence(broken.step, broken.says, lang) for lang in ("en", "zh")]


@pytest.mark.parametrize(
    ("condition", "wanted"),
    [
        ({"json": "code", "equals": 0}, "code should be 0, and the answer has 40003."),
        ({"json": "data.no"}, "data.no should be there, and the answer has null."),
        (
            {"status": [200, 201], "json": "msg", "equals": "ok"},
            'be "ok", and the answer has "sold',
        ),
        ({"status": 302}, "status should be 302, and the answer has 200."),
        ({"status": [201, 202]}, "status should be 201 or 202, and the answer has 200."),
        ({"body": "success"}, 'body should be "success", and the answer has "{'),
        ({"contains": "no"}, 'body should be "...no...", and the answer has "{'),
        ({"regex": "no[0-9]"}, "body should be /no[0-9]/, and the answer has "),
        ({"location": "/bill/"}, 'location should be //bill//, and the answer has "".'),
    ],
)
def test_what_was_expected_and_what_came_is_said_once(condition, wanted):
    english, chinese = told(condition)
    assert english.startswith("The ok_when of place does not hold (HTTP 200): ")
    assert wanted in english
    assert "ok_when 不成立（HTTP 200）" in chinese
    assert english.count("HTTP") == 1
