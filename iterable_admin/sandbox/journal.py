"""Accepted writes on disk: one line a call, handed to the kernel before the answer, so that kill -9 loses nothing answered."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

LINE_START = b'{"at":'


class Journal:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            # Two sandboxes on one file would each know half of it.
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._refuse_other_files()
        except (OSError, ValueError):
            os.close(self._file)
            raise
        self._drop_torn_line()

    def append(self, at: float, due: float, writes: list[dict[str, Any]]) -> None:
        line = memoryview(orjson.dumps({"at": at, "due": due, "writes": writes}, option=orjson.OPT_APPEND_NEWLINE))
        while line:
            line = line[os.write(self._file, line) :]

    def read(self) -> Iterator[tuple[float, float, list[dict[str, Any]]]]:
        """When each call was accepted, when it is due, and what it wrote."""
        with self._path.open("rb") as lines:
            for line in lines:
                call = orjson.loads(line)
                yield call["at"], call["due"], call["writes"]

    def clear(self) -> None:
        os.ftruncate(self._file, 0)

    def close(self) -> None:
        os.close(self._file)

    def _refuse_other_files(self) -> None:
        """Before anything is cut off: a slip of the hand may have named somebody's database."""
        head = os.pread(self._file, len(LINE_START), 0)
        if not LINE_START.startswith(head):
            raise ValueError(f"{self._path} is not a journal of this sandbox")

    def _drop_torn_line(self) -> None:
        """A call whose line is unfinished was never answered."""
        end = size = os.fstat(self._file).st_size
        while end > 0:
            start = max(0, end - 65_536)
            newline = os.pread(self._file, end - start, start).rfind(b"\n")
            if newline >= 0:
                end = start + newline + 1
                break
            end = start
        if end != size:
            os.ftruncate(self._file, end)
