"""Cards in the source of a page: each is found by all of its words, wherever they stand."""

import pytest

from harness.targets._leaks import Leaks
from harness.targets.cards import codes

STOCK = [*codes(7, 50), "9100000001 PW-77AB12", "abc", "a&b<c>defghijk"]
FIRST = STOCK[0]


@pytest.mark.parametrize(
    "page",
    [
        f"<!-- {FIRST} -->",
        f'<input type="hidden" value="{FIRST}">',
        f"<script>var o={{'km':'{FIRST}'}};</script>",
        f'{{"card":"{FIRST}","n":1}}',
        f"<a href='/get?km={FIRST}&n=1'>",
    ],
)
def test_a_card_is_found_wherever_it_stands(page):
    assert Leaks(STOCK).found(page) == [FIRST]


def test_a_number_without_its_password_is_no_card():
    leaks = Leaks(STOCK)
    assert leaks.found("<li>9100000001</li>") == []
    assert leaks.found("<li>9100000001</li><!-- PW-77AB12 -->") == ["9100000001 PW-77AB12"]


def test_what_could_stand_there_by_chance_is_not_looked_for():
    assert Leaks(STOCK).found("abc abc RC-00000000 付款后显示卡密") == []
    assert Leaks([]).found(FIRST) == []
