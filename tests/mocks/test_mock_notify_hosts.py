"""Where notifications may go: this machine, and hosts that were allowed with their address."""

import asyncio

import pytest
from mock_town import town, until

from mock_upstreams.__main__ import main


async def told(place, **over):
    """Pay a trade whose notify URL is at `place`; return its notify row and what the platform heard."""
    async with town(**over) as t:
        port = t.platform.url.rpartition(":")[2]
        made = await t.create(1, notify_url=f"http://{place}:{port}")
        await t.pay(made.json()["payurl"], 1)
        await until(lambda: t.rows("notify"), "a notification")
        return t.rows("notify")[0], t.platform.heard


def test_elsewhere_is_not_called_and_the_row_says_so():
    row, heard = asyncio.run(told("10.255.255.1"))
    assert heard == []
    assert (row.outcome, row.http_status, row.detail["kept"]) == ("unknown", 0, 1)
    assert "say --allow-host 10.255.255.1" in row.detail["reason"]


@pytest.mark.parametrize("place", ["localhost", "127.0.0.1"])
def test_this_machine_is_called_by_any_of_its_names(place):
    row, heard = asyncio.run(told(place))
    assert (row.outcome, len(heard)) == ("ok", 1)
    assert "kept" not in row.detail


def test_an_allowed_host_is_called_at_the_address_that_was_allowed():
    row, heard = asyncio.run(told("shop.test", pins={"shop.test": "127.0.0.1"}))
    assert (row.outcome, len(heard)) == ("ok", 1)


def test_a_host_without_an_address_is_no_leave(capsys):
    assert main(["--allow-host", "shop.test"]) == 2
    assert "HOST=ADDRESS" in capsys.readouterr().err
