"""A column of a list as plain text for a file: pills as their words, times as ISO 8601 in UTC, nothing as nothing."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from typing import Any

from django.contrib.admin import ModelAdmin
from django.contrib.admin.utils import lookup_field
from django.core.exceptions import ObjectDoesNotExist
from django.utils.safestring import SafeString

NOTHING = "-"
"""What lists show where there is nothing; in a file it is an empty cell."""
VOID = ("br", "img", "hr", "input", "wbr")


def cell(model_admin: ModelAdmin[Any], row: Any, column: Any) -> str:
    try:
        field, _, value = lookup_field(column, row, model_admin)
    except ObjectDoesNotExist:
        return ""
    if field is not None and getattr(field, "choices", None):
        value = getattr(row, f"get_{field.name}_display")()
    return plain(value)


def plain(value: Any) -> str:
    match value:
        case None | "" | "-":
            return ""
        case SafeString():
            return words_of(value)
        case bool():
            return "yes" if value else "no"
        case datetime():
            return utc(value)
        case date():
            return value.isoformat()
        case dict():
            return json.dumps(value, ensure_ascii=False, sort_keys=True)
        case list() | tuple():
            return ", ".join(plain(item) for item in value)
    # A spreadsheet skips what a cell begins with, and would find a formula behind it.
    return str(value).strip()


def utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")


class Words(HTMLParser):
    """The text of a piece of page, without glyphs that only repeat a word; of a time its moment."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.skipped = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if tag in VOID:
            self.parts.append(told.get("alt") or " ")
        elif self.skipped or told.get("aria-hidden") == "true":
            self.skipped += 1
        elif tag == "time" and told.get("datetime"):
            self.parts.append(utc(datetime.fromisoformat(str(told["datetime"]))))
            self.skipped += 1

    def handle_endtag(self, tag: str) -> None:
        self.skipped -= bool(self.skipped and tag not in VOID)

    def handle_data(self, data: str) -> None:
        if not self.skipped:
            self.parts.append(data)


def words_of(html: str) -> str:
    words = Words()
    words.feed(html)
    words.close()
    text = " ".join("".join(words.parts).split())
    return "" if text == NOTHING else text
