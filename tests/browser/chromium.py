"""The browser that is on this machine: Debian's package, a Chrome, or the one that `playwright install chromium` brought."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Playwright, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Started as root in containers, without a screen card, and calling nobody by itself.
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--no-first-run"]
MISSING = "No Chromium was found: `apt-get install chromium`, or name one in CHROMIUM."


class NoBrowser(Exception):
    pass


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_found(playwright), args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


def _found(playwright: Playwright) -> str:
    named = [os.environ.get("CHROMIUM", ""), *(shutil.which(name) or "" for name in NAMES), playwright.chromium.executable_path]
    for path in named:
        if path and Path(path).exists():
            return path
    raise NoBrowser(MISSING)
