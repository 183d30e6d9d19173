"""Cookies go back to the path that they were set for, and a login's redirect to the login page ends no session."""

import msgspec
import pytest

from harness.targets import target
from harness.targets._cookies import header, keep
from harness.targets._page import Page
from harness.targets._signing import signer
from harness.targets._words import Into, Secret, Sign
from harness.targets.adapter import Adapter


def _page(path: str, *lines: str) -> Page:
    return Page(f"http://shop{path}", 200, {"set-cookie": "\n".join(lines)}, b"")


def test_a_cookie_goes_to_its_path_and_below_only():
    jar: dict[tuple[str, str], str] = {}
    keep(jar, _page("/login", "s=1; Path=/; HttpOnly", "s=2; path=/admin", "t=3; Path=/shop/"))
    assert header(jar, "/order?no=1") == "s=1"
    assert header(jar, "/admin/x") == "s=2; s=1"  # the nearer one first
    assert header(jar, "/administration") == "s=1"
    assert header(jar, "/shop/a") == "t=3; s=1"


def test_without_a_path_a_cookie_is_for_the_folder_that_set_it():
    jar: dict[tuple[str, str], str] = {}
    keep(jar, _page("/api/login", "s=1"))
    keep(jar, _page("/login", "r=1; path=relative"))
    assert header(jar, "/api/orders") == "s=1; r=1"
    assert header(jar, "/orders") == "r=1"


def test_a_cookie_is_ended_under_its_own_path_only():
    jar: dict[tuple[str, str], str] = {}
    keep(jar, _page("/x", "s=1; path=/", "s=2; path=/a"))
    keep(jar, _page("/x", "s=gone; path=/a; Max-Age=0"))
    assert header(jar, "/a") == "s=1"


@pytest.mark.parametrize(
    ("call", "outcome", "ended"), [("register", "ok", False), ("place", "fail", True)]
)
def test_a_redirect_to_the_login_page_after_registering_is_no_end_of_a_session(
    call, outcome, ended
):
    raw = {
        "name": "ours",
        "base_url": "http://shop",
        "goods": [{"id": "a", "kind": "cards", "price": "1", "face": "1"}],
        "gateways": {"epay": {}},
        "session": {
            "register": {"post": "/reg", "ok_when": {"status": 302}},
            "ended_when": {"location": "/login"},
        },
        "place": {"post": "/buy", "ok_when": {"status": 302}},
        "status": {"get": "/order"},
        "states": {"done": "delivered"},
    }
    adapter = Adapter(msgspec.convert(raw, target.Target))
    answer = adapter.read(call, 302, {"location": "/login"}, b"")
    assert (answer.outcome, answer.ended) == (outcome, ended)


def test_fields_that_are_listed_are_signed_in_that_order_and_no_others():
    said = Sign(
        recipe="md5",
        text="{{fields}} {{values}} {{key}}",
        key=Secret(value="k"),
        into=Into(field="sign"),
        fields=["out_no", "app", "none", "empty"],
    )
    scope: dict[str, object] = {}
    signer(said, "k")({"app": "7", "nonce": "x", "out_no": "9", "empty": ""}, scope)
    assert (scope["fields"], scope["values"]) == ("out_no=9&app=7", "97")
