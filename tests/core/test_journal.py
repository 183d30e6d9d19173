import threading

import msgspec
import pytest

from harness.core.event import Event
from harness.core.journal import Journal, read


def journal_at(path):
    return Journal(path, run="r", recorder="gateways", vantage="gateway")


def test_events_come_back_numbered_and_framed(tmp_path):
    path = tmp_path / "j.ndjson"
    with journal_at(path) as journal:
        journal.write(
            Event(vantage="gateway", kind="captured", intent=3, amount_fen=990, strikes=["s"])
        )
    rows = read(path)
    assert [(r.seq, r.kind) for r in rows] == [(0, "open"), (1, "captured"), (2, "close")]
    assert rows[1].intent == 3
    assert rows[1].amount_fen == 990
    assert rows[1].strikes == ["s"]
    assert all(r.run == "r" and r.recorder == "gateways" and r.time_ns > 0 for r in rows)


def test_threads_share_one_gap_free_sequence(tmp_path):
    path = tmp_path / "j.ndjson"
    with journal_at(path) as journal:

        def write():
            for _ in range(500):
                journal.write(Event(vantage="gateway", kind="query"))
                journal.line(b'{"vantage":"gateway","kind":"create","seq":%d}'.__mod__)

        threads = [threading.Thread(target=write) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    rows = read(path)
    assert [r.seq for r in rows] == list(range(4002))
    assert sum(r.kind == "create" for r in rows) == 2000


def test_a_torn_last_line_is_left_out(tmp_path):
    path = tmp_path / "j.ndjson"
    with journal_at(path):
        pass
    whole = path.read_bytes()
    path.write_bytes(whole[:-10])
    assert [r.kind for r in read(path)] == ["open"]


def test_a_broken_line_in_the_middle_is_an_error(tmp_path):
    path = tmp_path / "j.ndjson"
    with journal_at(path):
        pass
    path.write_bytes(b"{nonsense\n" + path.read_bytes())
    with pytest.raises(msgspec.DecodeError):
        read(path)


def test_closing_twice_is_harmless(tmp_path):
    journal = journal_at(tmp_path / "j.ndjson")
    journal.close()
    journal.close()
    assert [r.kind for r in read(journal.path)] == ["open", "close"]
