"""The live page in a real browser: numbers that move, languages, hostile strings, and the end of the run."""

import pytest

from tests.invariants.histories import TWICE, a_run, make_plan, note
from tests.live.page import live_page
from tests.reports import browser as browsers
from tests.reports.finished_run import TRAPS

PLAN = make_plan(
    strikes=(note("three"), note(TRAPS)),
    target=TRAPS,
    slo=("place_p95 < 1s",),
    aborts={"place_p95 < 1s": 0.0},
)


@pytest.fixture(scope="module")
def browser():
    with browsers.chromium() as found:
        yield found


@pytest.fixture
def page(tmp_path):
    run_dir = a_run({"strikes": ["three"]}, TWICE, {}, plan=PLAN).write(tmp_path)
    with live_page(run_dir) as found:
        yield found


class Looked(browsers.Opened):
    """A live page in the browser; it may ask its own server, and nobody else."""

    def __init__(self, browser, page, **options):
        self._home = page.url
        super().__init__(browser, page.url, **options)

    def address(self, path, lang):
        return f"{path}?lang={lang}"

    def wait(self, selector):
        self.page.locator(selector).first.wait_for(timeout=30_000)

    def close(self):
        self.page.close()
        assert self.trouble == []
        asked = [url for url in self.requests if not url.startswith("data:")]
        assert asked
        assert all(url.startswith(self._home) for url in asked)


def cell(found, key):
    return found.page.locator(f'[data-n="{key}"]').first.inner_text()


def test_numbers_come_and_the_end_is_said(browser, page):
    found = Looked(browser, page)
    found.wait("body[data-state=on]")
    assert cell(found, "orders.paid") == "3"
    assert cell(found, "latency_ms.place_p95") == "1 ms"
    assert found.page.locator("[aria-current=step]").inner_text() == "check"
    assert found.page.locator('[data-strike="three"]').inner_text() == "1"
    found.wait("[data-if=counted]:visible")
    assert cell(found, "law.no_duplicate_delivery.broken") == "1"
    assert "at the end" in found.page.locator("tr", has_text="settles_in_time").inner_text()
    assert page.end() == 0
    found.wait("body[data-state=over]")
    assert "The run is being judged" in found.page.get_by_role("status").inner_text()
    found.close()


def test_a_server_that_is_gone_is_said(browser, page):
    found = Looked(browser, page)
    found.wait("body[data-state=on]")
    page.process.kill()
    found.wait("body[data-state=lost]")
    assert "No more news" in found.page.get_by_role("status").inner_text()
    found.trouble = [said for said in found.trouble if "ERR_" not in said]
    found.close()


def test_a_switch_changes_the_language_of_everything(browser, page):
    found = Looked(browser, page)
    found.wait("body[data-state=on]")
    assert "What became of the orders" in found.text()
    assert "订单结果" not in found.text()
    found.page.get_by_text("中文").click()
    assert "订单结果" in found.text()
    assert "不重复发货" in found.text()
    assert "What became of the orders" not in found.text()
    assert found.page.get_attribute("html", "lang") == "zh-CN"
    found.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_hostile_strings_stay_text_on_every_screen(browser, page, width, scheme):
    found = Looked(browser, page, lang="zh", width=width, scheme=scheme)
    found.wait("body[data-state=on]")
    assert "<script>alert(1)</script>" in found.text()
    assert "⟨U+202E⟩" in found.text()
    assert found.page.locator("img, iframe, object").count() == 0
    assert found.page.locator("script").count() == 1
    assert found.page.evaluate("document.documentElement.scrollWidth") <= width
    found.close()
