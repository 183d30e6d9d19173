"""Debian's Chromium, driven by Playwright: opens a finished page and notes whatever it should not do."""

import shutil
from contextlib import contextmanager

import pytest

CHROMIUM = shutil.which("chromium")
# A container runs as root and has neither a graphics card nor anybody to phone home to.
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
]  # fmt: skip


@contextmanager
def chromium():
    """A browser for a module's tests; a machine without one skips them and says so."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("chromium is not installed")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


class Opened:
    """A page that was opened, with everything it said, asked for, or ran that it should not have."""

    def __init__(self, browser, path, *, lang="en", width=1280, scheme="light"):
        self.page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        self.trouble = []
        self.requests = []
        self.page.on("console", lambda said: self.trouble.append(f"{said.type}: {said.text}"))
        self.page.on("pageerror", lambda error: self.trouble.append(f"error: {error}"))
        self.page.on("dialog", self._dialog)
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(self.address(path, lang))

    def address(self, path, lang):
        return f"file://{path}?lang={lang}"

    def _dialog(self, dialog):
        self.trouble.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def text(self):
        """What a reader sees."""
        return self.page.inner_text("body")

    def close(self):
        """Leave the page, which must not have done anything on the way."""
        self.page.close()
        assert self.trouble == []
        assert len([url for url in self.requests if not url.startswith("data:")]) == 1
