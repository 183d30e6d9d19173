"""Tokens that somebody writes without the key: both kinds, wherever a session keeps its own."""

import json
from base64 import urlsafe_b64decode

import pytest

from harness.targets._tokens import made_up

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI3In0.c2lnbmF0dXJlLW9mLTMyLWJ5dGVzLWFuZC1tb3Jl"
HEADER, CLAIMS, SIGNATURE = JWT.split(".")


def parts(token):
    return token.removeprefix("Bearer ").split(".")


@pytest.mark.parametrize("said", [JWT, f"Bearer {JWT}"])
def test_a_token_is_signed_by_nobody_and_then_not_at_all(said):
    anyhow, unsigned = (one["token"] for one in made_up({"token": said, "cookies": {}}))
    assert parts(anyhow)[:2] == [HEADER, CLAIMS]
    assert parts(anyhow)[2] != SIGNATURE
    assert len(parts(anyhow)[2]) == len(SIGNATURE)
    header, claims, signature = parts(unsigned)
    assert json.loads(urlsafe_b64decode(header + "=" * (-len(header) % 4)))["alg"] == "none"
    assert (claims, signature) == (CLAIMS, "")


def test_one_in_a_cookie_is_changed_there_and_the_session_keeps_its_own():
    jar = {("sid", "/"): JWT, ("lang", "/"): "zh"}
    changed = made_up({"cookies": jar, "customer": {"phone": "1"}})
    assert [one["cookies"][("lang", "/")] for one in changed] == ["zh", "zh"]
    assert all(one["cookies"][("sid", "/")] != JWT for one in changed)
    assert jar[("sid", "/")] == JWT


@pytest.mark.parametrize(
    "said", ["9f86d081884c7d659a2feaa0c55ad015", "7|aB3dE", "v2.local.abc", ""]
)
def test_a_token_that_says_nothing_itself_is_left_alone(said):
    assert made_up({"token": said, "cookies": {("sid", "/"): said}}) == []
