"""The README's pictures, from a demo run in a folder of its own: `python -m tests.browser.screenshots`."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests
from playwright.sync_api import Page

from iterable_admin.demo.processes import MANAGE, free_port
from tests.browser.chromium import NoBrowser, chromium

DOCS = Path(MANAGE).parent / "docs"
READY, LONGEST_WAIT = "Ctrl-C ends everything.", 180
SIZE = {"width": 1400, "height": 860}
# Rejected, refused by Iterable for its type, and an event of no known type: what a dashboard is looked at for.
AWKWARD = [
    {"eventName": "SaaS Trials", "email": "ada at example.com", "dataFields": {"firstName": "Ada"}},
    {"eventName": "SaaS Trials", "email": "grace@example.com", "dataFields": {"firstName": "Grace", "score": 12}},
    {"eventName": "SaaS Trials", "email": "mary@example.com", "dataFields": {"firstName": "Mary", "score": "twelve"}},
    {"eventName": "Newsletter read", "email": "joan@example.com"},
]


@contextmanager
def demo(folder: Path) -> Iterator[str]:
    port = free_port(8700, print)
    command = [sys.executable, MANAGE, "demo", "--port", str(port), "--sandbox-port", str(free_port(8790, print))]
    log = folder / "demo.log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=os.environ | {"VAR_DIR": str(folder)}, stdout=output, stderr=output)
    try:
        wait_for(process, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def wait_for(process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + LONGEST_WAIT
    while READY not in log.read_text():
        if process.poll() is not None or time.monotonic() > end:
            raise SystemExit(f"The demo did not start:\n{log.read_text()[-2_000:]}")
        time.sleep(0.2)


def send_awkward(url: str, folder: Path) -> None:
    headers = {"Authorization": f"Bearer {(folder / 'demo' / 'token').read_text()}"}
    for body in AWKWARD:
        requests.post(f"{url}/api/v1/events/", json=body, headers=headers, timeout=30)


def log_in(page: Page, url: str, folder: Path) -> None:
    """By what the demo prints."""
    printed = re.search(r"^ +(technical) +(\S+)", (folder / "demo.log").read_text(), re.MULTILINE)
    assert printed
    page.goto(f"{url}/admin/")
    page.get_by_label("Username").fill(printed.group(1))
    page.get_by_label("Password").fill(printed.group(2))
    page.get_by_role("button", name="Log in").click()
    page.wait_for_load_state()


def wait_until_still(page: Page, url: str) -> None:
    """The sync is through, and what cannot be delivered stands in `needs you`."""
    end = time.monotonic() + LONGEST_WAIT
    while time.monotonic() < end:
        page.goto(f"{url}/admin/")
        words, needy = page.inner_text("body"), page.inner_text("#needs-you")
        counted = "Not counted yet" not in words
        if "completed" in words and "Nothing waits." in words and "deliver" in needy and counted:
            return
        time.sleep(1)
    raise SystemExit("The demo did not come to rest.")


def take_pictures(page: Page, url: str) -> None:
    page.screenshot(path=DOCS / "dashboard.png")
    page.goto(f"{url}/admin/inbox/event/?q=mary@example.com")
    page.locator("#result_list tbody th a").first.click()
    page.wait_for_load_state()
    page.screenshot(path=DOCS / "event.png")
    page.goto(f"{url}/admin/contacts/contact/?q=grace@example.com")
    page.locator("#result_list tbody th a").first.click()
    page.wait_for_load_state()
    page.screenshot(path=DOCS / "contact.png")
    page.goto(f"{url}/admin/journeys/journey/")
    page.get_by_role("link", name="SaaS Trial Onboarding + Post").first.click()
    page.wait_for_load_state()
    page.screenshot(path=DOCS / "journey.png")


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="iterable-admin-pictures-") as name, chromium() as browser:
        folder = Path(name)
        with demo(folder) as url:
            send_awkward(url, folder)
            page = browser.new_page(viewport=SIZE)  # type: ignore[arg-type] # a TypedDict of the library's own
            log_in(page, url, folder)
            wait_until_still(page, url)
            take_pictures(page, url)


if __name__ == "__main__":
    try:
        main()
    except NoBrowser as missing:
        sys.exit(str(missing))
