"""Mistakes in a target file that only show when a page is read: found before anything is sent."""

from pathlib import Path

import pytest

from harness.core.errors import UsageError
from harness.targets import target

SHOP = Path(__file__).parents[1] / "platforms" / "card_shop" / "card_shop.yaml"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('css: "li.card"', 'css: "li..card["', "no CSS selector"),
        ('form_of: "form#login"', 'form_of: "form##["', "no CSS selector"),
    ],
)
def test_a_selector_that_cannot_be_parsed_is_refused_with_its_place(tmp_path, old, new, said):
    text = SHOP.read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "stock.txt").write_text("A-1\n", encoding="utf-8")
    (tmp_path / "shop.yaml").write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(UsageError, match=r"shop\.yaml:\d+:\d+") as refused:
        target.load(tmp_path / "shop.yaml")
    assert said in str(refused.value)
