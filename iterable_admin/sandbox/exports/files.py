"""Entries as text: one JSON object a line, or CSV with a header, in files of a bounded size."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from iterable_admin.sandbox.exports.selection import Entry

JSON_STREAM, CSV = "application/x-json-stream", "text/csv"
EXTENSIONS = {JSON_STREAM: "json", CSV: "csv"}


def write_lines(entries: list[Entry], output: str, delimiter: str = ",") -> tuple[str, Iterator[str]]:
    """The header, empty for JSON, and the lines; each ends with a newline."""
    if output == JSON_STREAM:
        return "", (orjson.dumps(entry, option=orjson.OPT_APPEND_NEWLINE).decode() for entry in entries)
    columns = list(dict.fromkeys(name for entry in entries for name in entry))
    rows = ([write_cell(entry.get(name)) for name in columns] for entry in entries)
    return write_row(columns, delimiter) if columns else "", (write_row(row, delimiter) for row in rows)


def write_row(cells: list[str], delimiter: str) -> str:
    line = io.StringIO()
    csv.writer(line, delimiter=delimiter, lineterminator="\n").writerow(cells)
    return line.getvalue()


def write_cell(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return orjson.dumps(value).decode()


def cut_into_files(header: str, lines: Iterable[str], file_bytes: int, most_bytes: int) -> tuple[list[str], bool]:
    """The texts of the files, each with the header, and whether the whole was cut off."""
    files: list[list[str]] = []
    room, total = 0, 0
    for line in lines:
        size = len(line.encode())
        total += size
        if total > most_bytes:
            return ["".join(file) for file in files], True
        if not files or size > room:
            files.append([header])
            room = file_bytes - len(header.encode())
        files[-1].append(line)
        room -= size
    return ["".join(file) for file in files], False
