from typing import Literal

import msgspec
import pytest

from harness.core import document
from harness.core.errors import UsageError
from harness.core.units import duration_ms


class Cat(msgspec.Struct, tag="cat", tag_field="kind", forbid_unknown_fields=True, kw_only=True):
    lives: int = 9
    naps: str = "5s"

    def __post_init__(self):
        duration_ms(self.naps)


class Dog(msgspec.Struct, tag="dog", tag_field="kind", forbid_unknown_fields=True, kw_only=True):
    tricks: list[str] = []


class Zoo(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    name: str
    mood: Literal["calm", "wild"] = "calm"
    animals: list[Cat | Dog] = []
    open: bool = True
    houses: dict[str, Cat] = {}


def misfit(tmp_path, text):
    path = tmp_path / "zoo.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        document.load(path).convert(Zoo)
    assert caught.value.exit_code == 2
    return str(caught.value).replace(str(tmp_path) + "/", "")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("name: a\nmod: wild\n", "zoo.yaml:2:1 mod: unknown key 'mod', did you mean 'mood'?"),
        ("name: a\nmood: wilt\n", "zoo.yaml:2:7 mood: invalid value 'wilt', did you mean 'wild'?"),
        (
            "name: a\nanimals:\n  - {kind: cat, lifes: 3}\n",
            "zoo.yaml:3:17 animals[0].lifes: unknown key 'lifes', did you mean 'lives'?",
        ),
        (
            "name: a\nanimals:\n  - {kind: dgo}\n",
            "zoo.yaml:3:12 animals[0].kind: invalid value 'dgo', did you mean 'dog'?",
        ),
        (
            "name: a\nhouses:\n  old: {kind: cat}\n  new: {kind: cat, nap: 1s}\n",
            "zoo.yaml:4:20 houses.new.nap: unknown key 'nap', did you mean 'naps'?",
        ),
        (
            "name: a\nanimals:\n  - {kind: cat, lives: many}\n",
            "zoo.yaml:3:24 animals[0].lives: expected `int`, got `str`",
        ),
        (
            "name: a\nanimals:\n  - kind: cat\n    naps: 5 secs\n",
            "zoo.yaml:4:11 animals[0].naps: a duration such as 250ms, 30s, 15m or 1h30m, not '5 secs'",
        ),
        ("animals: []\n", "zoo.yaml:1:1 the key 'name' is required here"),
        ("name: a\nname: b\n", "zoo.yaml:2:1 name: this key stands twice"),
        ("", "zoo.yaml:1:1 the file is empty"),
        ("- 1\n", "zoo.yaml:1:1 expected `object`, got `array`"),
    ],
)
def test_every_mistake_is_named_by_line_and_column(tmp_path, text, says):
    assert misfit(tmp_path, text) == says


@pytest.mark.parametrize("text", ["a: [", "a: !!python/object/apply:os.system ['true']", "\t x"])
def test_what_is_no_safe_yaml_is_refused(tmp_path, text):
    assert "this is no YAML" in misfit(tmp_path, text)


def test_on_and_no_are_words_and_dates_are_text(tmp_path):
    path = tmp_path / "x.yaml"
    path.write_text("on: no\nday: 2026-11-22\nyes: true\n", encoding="utf-8")
    assert document.load(path).data == {"on": "no", "day": "2026-11-22", "yes": True}


def test_keys_are_words_as_they_were_written(tmp_path):
    path = tmp_path / "zoo.yaml"
    path.write_text(
        "name: x\nhouses: {0: {lives: 1}, true: &t {}, 2026-01-01: {<<: *t, lives: 2}, 0x1: {}}\n"
    )
    zoo = document.load(path).convert(Zoo)
    assert list(zoo.houses) == ["0", "true", "2026-01-01", "0x1"]
    assert zoo.houses["2026-01-01"].lives == 2


def test_numeric_keys_stay_numbers_where_numbers_are_asked_for(tmp_path):
    class Ports(msgspec.Struct):
        ports: dict[int, str]

    path = tmp_path / "ports.yaml"
    path.write_text("ports: {6379: redis}\n")
    assert document.load(path).convert(Ports).ports == {6379: "redis"}


def test_an_alias_bomb_is_refused(tmp_path):
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    path = tmp_path / "bomb.yaml"
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(UsageError, match="aliases expanded"):
        document.load(path)


def test_a_file_that_is_not_there_or_no_text(tmp_path):
    with pytest.raises(UsageError, match="cannot be read"):
        document.load(tmp_path / "none.yaml")
    (tmp_path / "bin.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="no UTF-8"):
        document.load(tmp_path / "bin.yaml")
