"""The read cache of the platform: a shelf may do whatever it likes, and nobody is shown what is no longer so."""

import asyncio

import msgspec
import pytest

from harness.targets.reference import books, changes, shelf
from harness.targets.reference.cache_desk import Reading
from harness.targets.reference.changes import Changes
from harness.targets.reference.clock import tick_s
from harness.targets.reference.shelf import Memory, Shelf, open_shelf
from tests.reference.stories import quiet
from tests.reference.world import eventually, living

KEPT_S = 9.0


class Elephant(Shelf):
    """Keeps everything for ever, whatever it was told, and counts."""

    def __init__(self):
        self.kept = {}
        self.asked = self.found = 0

    async def get(self, key):
        self.asked += 1
        self.found += key in self.kept
        return self.kept.get(key)

    async def put(self, key, value, _keep_ms):
        self.kept[key] = value


class Stubborn(Elephant):
    """Keeps the first thing for ever: writes are lost, or come before older ones."""

    async def put(self, key, value, keep_ms):
        if key not in self.kept:
            await super().put(key, value, keep_ms)


class Muddled(Elephant):
    """Gives each the answer to somebody else's question."""

    async def get(self, _key):
        return next(iter(self.kept.values()), None)


class Spoiling(Elephant):
    """Gives half of what it was told."""

    async def get(self, key):
        found = await super().get(key)
        return found and found[: len(found) // 2]


@pytest.fixture
def tell(tmp_path, monkeypatch):
    """Tell a story to a world whose platform has a shelf."""

    def told(story, kept, wrong=()):
        async def once():
            async with living(tmp_path / "d.sqlite", monkeypatch, wrong) as world:
                world.platform.cache.shelf = kept
                # Long, so that it is not for their age alone that readings are not trusted.
                world.platform.cache.kept_s = KEPT_S
                return await story(world)

        return asyncio.run(once())

    return told


async def bought(w):
    """Buy, and look before and after: twice at each time."""
    view = await w.place()
    seen = [await w.state(view.order_no) for _ in range(2)]
    await w.pay(w.a, view.pay_url)
    await quiet(w)
    return seen + [await w.state(view.order_no) for _ in range(2)]


@pytest.mark.parametrize("kept", [Elephant, Stubborn, Muddled, Spoiling, Memory])
def test_what_is_shown_is_so_whatever_the_shelf_does(tell, kept):
    assert tell(bought, kept()) == ["WAIT_PAY", "WAIT_PAY", "DONE", "DONE"]


def test_the_second_look_comes_from_the_shelf_as_long_as_it_is_true(tell):
    kept = Elephant()
    tell(bought, kept)
    assert kept.asked == 4
    # The third look finds the old reading and does not trust it; the second and the fourth are served.
    assert kept.found == 3


def test_nobody_is_shown_the_answer_to_another_question(tell):
    async def story(w):
        mine, other = await w.place("c1"), await w.place("c2", account="13900000001")
        theirs = await w.place("c1", customer=2)
        orders = [(mine, 1), (other, 1), (theirs, 2)]
        seen = [await w.shop.status(customer, view.order_no) for view, customer in orders]
        return [one.order_no for one in seen] == [view.order_no for view, _ in orders]

    assert tell(story, Muddled())


def test_a_look_from_the_shelf_does_not_ask_the_database(tell):
    async def story(w):
        view = await w.place()
        first = await w.shop.status(1, view.order_no)
        read, asked = w.db.read, []
        w.db.read = lambda *args: (asked.append(args), read(*args))[1]
        again = await w.shop.status(1, view.order_no)
        other = await w.shop.status(2, view.order_no)
        return first == again, other, len(asked)

    assert tell(story, Elephant()) == (True, None, 1), "other people's orders are nobody's"


def test_an_old_reading_is_not_shown_even_if_nothing_changed(tell):
    async def story(w):
        view = await w.place()
        await w.state(view.order_no)
        ((key, value),) = w.platform.cache.shelf.kept.items()
        old = msgspec.json.decode(value, type=Reading)
        order = msgspec.structs.replace(old.order, state="PAID")
        old = Reading(tick_s() - w.platform.cache.kept_s, order)
        w.platform.cache.shelf.kept[key] = msgspec.json.encode(old)
        return await w.state(view.order_no)

    assert tell(story, Elephant()) == "WAIT_PAY"


def test_a_reading_that_was_overtaken_by_a_change_is_not_shown_again(tell):
    """Read, changed, put on the shelf: the order in which a slow reader and a quick writer may come."""

    async def story(w):
        view = await w.place()
        held, go = asyncio.Event(), asyncio.Event()
        put = w.platform.cache.shelf.put

        async def late(*args):
            held.set()
            await go.wait()
            await put(*args)

        w.platform.cache.shelf.put = late
        slow = asyncio.create_task(w.state(view.order_no))
        await held.wait()
        await w.shop.close(1, view.order_no)
        go.set()
        w.platform.cache.shelf.put = put
        await slow
        await eventually(lambda: in_database(w, view.order_no, "CLOSED"))
        return await w.state(view.order_no)

    assert tell(story, Stubborn()) == "CLOSED"


async def in_database(w, order_no, state):
    order = await w.db.read(books.order, order_no)
    return order.state == state


def test_cache_trusted_too_long(run):
    assert run("cache_trusted_too_long", bought) == (
        ["WAIT_PAY", "WAIT_PAY", "DONE", "DONE"],
        ["WAIT_PAY"] * 4,
    )


def test_a_change_counts_from_before_its_commit_until_after_it():
    known = Changes()
    before_s = tick_s()
    with known.of_a_round() as changed:
        assert not known.since("n", before_s)
        changed.add("n")
        changed.add("n")
        assert known.since("n", tick_s())
    assert known.since("n", before_s)
    assert not known.since("n", tick_s() + 1e-6)
    assert not known.since("m", before_s)


def test_two_changes_at_a_time_are_over_when_both_are():
    known = Changes()
    with known.of_a_round() as one:
        one.add("n")
        with known.of_a_round() as two:
            two.add("n")
        assert known.since("n", tick_s() + 1)
    assert not known.since("n", tick_s() + 1)


def test_a_change_that_failed_is_a_change():
    known = Changes()
    before_s = tick_s()

    def fails():
        with known.of_a_round() as changed:
            changed.add("n")
            raise KeyError

    with pytest.raises(KeyError):
        fails()
    assert known.since("n", before_s)
    assert not known.since("n", tick_s() + 1)


def test_a_change_in_doubt_is_never_over():
    known = Changes()
    with known.of_a_round() as changed:
        changed.add("n")
        changed.doubtful = True
    assert known.since("n", tick_s() + 3600)


def test_what_is_forgotten_is_not_trusted(monkeypatch):
    known, now_s = Changes(), [1000.0]
    monkeypatch.setattr(changes, "tick_s", lambda: now_s[0])
    for number in range(5):
        with known.of_a_round() as changed:
            changed.add(f"n{number}")
        now_s[0] += changes.REMEMBERED_S
    assert set(known._ended_s) == {"n4"}, "what is over is forgotten"
    assert known.since("n0", 1000.0)
    assert not known.since("n0", now_s[0] - 1)


def test_memory_keeps_for_its_time_and_never_too_much(monkeypatch):
    now_s = [5.0]
    monkeypatch.setattr(shelf, "tick_s", lambda: now_s[0])
    monkeypatch.setattr(shelf, "_MOST", 2)
    kept = open_shelf("memory:")

    async def story():
        for name in ("a", "b", "a", "c"):
            await kept.put(name, name.encode(), 1000)
        first = [await kept.get(name) for name in ("a", "b", "c")]
        now_s[0] += 1
        return first, await kept.get("c")

    assert asyncio.run(story()) == ([b"a", None, b"c"], None)


def test_without_a_url_there_is_no_shelf():
    assert open_shelf("") is None
