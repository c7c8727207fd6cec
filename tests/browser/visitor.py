"""Somebody in front of a browser, who looks at every page for what each of them promises."""

from __future__ import annotations

import json
import re
from urllib.parse import urlsplit

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import ConsoleMessage, Page, Request

PASSWORD = "correct horse battery staple"
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1400, "height": 900}
# What the page fetches by itself is there within this many milliseconds.
SOON = 15_000
GRAVE = {"serious", "critical"}
# In the dark only the colours differ.
RULES = {"light": {}, "dark": {"runOnly": ["color-contrast"]}}
PARTS = (
    "[...new Set([...document.querySelectorAll('.pill, .errornote, .warning-note')].map((part) => part.className))].sort().join()"
)
# Colours fade from one scheme into the other.
AT_REST = "Promise.allSettled(document.getAnimations().map((fading) => fading.finished)).then(() => 0)"
CHECKED: set[str] = set()
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


class Visitor:
    def __init__(self, page: Page, home: str) -> None:
        self.page, self.home = page, home
        self.titles: dict[str, str] = {}
        self.complaints: list[str] = []
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))
        page.on("request", self._watch)

    def log_in(self, username: str) -> None:
        self.page.goto(f"{self.home}/admin/")
        self.look()
        self.page.get_by_label("Username").fill(username)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.press("Log in")

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name).click()
        self.look()

    def follow(self, name: str) -> None:
        self.page.get_by_role("link", name=name).first.click()
        self.look()

    def reload(self) -> None:
        self.page.reload()
        self.look()

    def sees(self, words: str) -> bool:
        return words in " ".join(self.page.inner_text("body").split())

    def look(self) -> None:
        """One heading, a title of its own, nothing to scroll sideways on a phone, no complaint, nothing from outside."""
        self.page.wait_for_load_state()
        path = urlsplit(self.page.url).path
        assert self.page.locator("h1").count() == 1, path
        assert self.titles.setdefault(self.page.title(), path) == path, f"two pages are called {self.page.title()!r}"
        self.page.set_viewport_size(PHONE)  # type: ignore[arg-type] # a TypedDict of the library's own
        assert self.page.evaluate(OVERFLOW) == 0, f"{path} scrolls sideways at 390 px"
        self.page.set_viewport_size(DESK)  # type: ignore[arg-type] # as above
        assert self.complaints == [], f"{path}: {self.complaints}"
        # Once for all pages that are made of the same parts: another time costs a second, and finds the same.
        kind = re.sub(r"\d+", "0", path) + self.page.evaluate(PARTS)
        if kind not in CHECKED:
            self._check_access(path)
            CHECKED.add(kind)
            # Of what axe itself has tried.
            self.complaints.clear()

    def _check_access(self, path: str) -> None:
        """What axe finds, in light and dark. It comes in by the browser's own door: the page's policy stays strict."""
        self.page.evaluate(AXE_SCRIPT)
        for scheme, options in RULES.items():
            self.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type] # a literal of the library's own
            self.page.evaluate(AT_REST)
            found = self.page.evaluate(f"axe.run(document, {json.dumps({**options, 'resultTypes': ['violations']})})")
            grave = [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found["violations"] if one["impact"] in GRAVE]
            assert grave == [], f"{path}, {scheme}: {grave}"
        self.page.emulate_media(color_scheme=None)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(f"console: {message.text}")

    def _watch(self, request: Request) -> None:
        if not request.url.startswith((self.home, "data:")):
            self.complaints.append(f"outside: {request.url}")
