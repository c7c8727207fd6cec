"""The pages of docs/, as they ship, made readable in the product: no HTML of their own, no picture, links between them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

from django.conf import settings
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.anchors import anchors_plugin

OF_DOCS = re.compile(r"([\w-]+)\.md(#[\w-]+)?")
OUTSIDE = re.compile(r"https?://")


@dataclass(frozen=True, slots=True)
class Section:
    slug: str
    title: str


@dataclass(frozen=True, slots=True)
class Doc:
    name: str
    title: str
    sections: tuple[Section, ...]
    html: SafeString


def docs() -> dict[str, Path]:
    """By name, in order; also what stands between a URL and the file system."""
    return {path.stem: path for path in sorted(Path(settings.BASE_DIR, "docs").glob("*.md"))}


def read(name: str) -> Doc:
    """Raises KeyError for a page that does not ship."""
    path = docs()[name]
    return _render(name, path.read_text(encoding="utf-8"))


@cache
def _render(name: str, text: str) -> Doc:
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    parser.use(anchors_plugin, max_level=4)
    tokens = parser.parse(text)
    title, tokens = _without_title(tokens)
    for token in tokens:
        for child in token.children or ():
            _lead_home(child)
    # Safe: the parser escapes all text, takes no HTML, and refuses links such as javascript:.
    html = mark_safe(parser.renderer.render(_scrolling(tokens), parser.options, {}))  # noqa: S308
    return Doc(name, title or name, tuple(_sections(tokens)), html)


def _without_title(tokens: list[Token]) -> tuple[str, list[Token]]:
    """The page shows it as its own heading, of which there is one."""
    if len(tokens) > 2 and tokens[0].type == "heading_open" and tokens[0].tag == "h1":
        return _words(tokens[1]), tokens[3:]
    return "", tokens


def _sections(tokens: list[Token]) -> list[Section]:
    pairs = pairwise(tokens)
    return [
        Section(str(opens.attrs["id"]), _words(text))
        for opens, text in pairs
        if opens.type == "heading_open" and opens.tag == "h2"
    ]


def _words(inline: Token) -> str:
    return "".join(child.content for child in inline.children or ())


def _lead_home(token: Token) -> None:
    """To another page of docs/, or outside in so many words; what lies elsewhere in the checkout cannot be shown here."""
    if token.type == "image":
        token.type, token.children = "text", None
    if token.type != "link_open":
        return
    target = str(token.attrs.get("href", ""))
    if OUTSIDE.match(target):
        token.attrs["rel"] = "noreferrer"
    elif (page := OF_DOCS.fullmatch(target)) and page[1] in docs():
        token.attrs["href"] = f"{reverse('admin:help_page', args=[page[1]])}{page[2] or ''}"
    elif not target.startswith("#"):
        del token.attrs["href"]


def _scrolling(tokens: list[Token]) -> list[Token]:
    """A wide table scrolls by itself rather than with the page."""
    wrapped: list[Token] = []
    for token in tokens:
        if token.type == "table_open":
            wrapped.append(Token("open", "div", 1, attrs={"class": "scrolled"}, block=True))
        wrapped.append(token)
        if token.type == "table_close":
            wrapped.append(Token("close", "div", -1, block=True))
    return wrapped
