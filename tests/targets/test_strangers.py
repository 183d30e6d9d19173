"""Promises about new devices and shared addresses: only where a platform can tell one from another."""

import pytest

from harness import scenario
from harness.core.errors import UsageError
from harness.targets import target as targets

GUARDED = scenario.SCENARIOS / "targets" / "reference_guarded.yaml"
ADDRESSES = "source_addresses: 127.60.0.0/16"
DEVICE = ', device: "{{customer.device}}"'
PER_ADDRESS = "  per_address: {orders: 8, per: 10m}\n"
LIMIT = '  limit_new_device: "60.00"'


def loaded(folder, *gone):
    text = GUARDED.read_text(encoding="utf-8")
    for part in gone:
        assert part in text
        text = text.replace(part, "")
    (folder / "ours.yaml").write_text(text, encoding="utf-8")
    return targets.load(folder / "ours.yaml")[0]


def test_what_the_laws_read(tmp_path):
    target = loaded(tmp_path)
    further = target.promises.further()
    assert further["limit_new_device"] == 6000
    assert (further["address_orders"], further["address_per"]) == (8, 600_000)
    told = {one.what: (one.after_ms, one.above_fen) for one in target.announced()}
    assert told == {"device": (300_000, 0), "large": (300_000, 9000)}


@pytest.mark.parametrize(
    ("gone", "said"),
    [
        ((ADDRESSES,), "per_address.*source_addresses"),
        ((ADDRESSES, PER_ADDRESS, DEVICE), "limit_new_device.*customer.device"),
        ((ADDRESSES, PER_ADDRESS, DEVICE, LIMIT), "announces.device.*customer.device"),
    ],
)
def test_who_cannot_be_told_apart_is_promised_nothing(tmp_path, gone, said):
    with pytest.raises(UsageError, match=said):
        loaded(tmp_path, *gone)


@pytest.mark.parametrize("gone", [(ADDRESSES, PER_ADDRESS), (DEVICE,)])
def test_either_a_device_or_an_address_is_enough(tmp_path, gone):
    assert loaded(tmp_path, *gone).promises.limit_new_device == "60.00"


@pytest.mark.parametrize(
    ("personas", "has"),
    [
        ("{patient: 1}", {"announces.large"}),
        ("{session_thief: 1}", {"announces.large", "announces.device", "limit_new_device"}),
        ("{one_address: 1}", {"announces.large", "per_address"}),
    ],
)
def test_laws_about_strangers_are_asked_for_where_there_are_some(tmp_path, personas, has):
    text = (scenario.SCENARIOS / "i06_thieves_with_passwords.yaml").read_text(encoding="utf-8")
    text = text.replace("{session_thief: 3, one_address: 3, patient: 4}", personas)
    (tmp_path / "s.yaml").write_text(text, encoding="utf-8")
    found = set(scenario.stage(tmp_path / "s.yaml").has)
    strange = {"announces.large", "announces.device", "limit_new_device", "per_address"}
    assert found & strange == has
