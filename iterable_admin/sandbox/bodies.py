"""The body of a request: of stated length or in chunks, as HTTP clients send it; gzipped if its sender says so."""

from __future__ import annotations

import zlib
from email.message import Message
from io import BufferedIOBase

MOST_READ = 64_000_000
"""A body up to this size is read to its end, so that its sender sees the 413 and not a broken pipe."""
LONGEST_LINE = 1000
GZIP = zlib.MAX_WBITS | 16


class Unreadable(Exception):
    """Where the next request begins is unknown: answer 400 and close the connection."""


def read_body(headers: Message, stream: BufferedIOBase) -> bytes:
    raw = _read_chunks(stream) if "chunked" in headers.get("Transfer-Encoding", "").lower() else _read_length(headers, stream)
    return _unzip(raw) if headers.get("Content-Encoding", "").lower() == "gzip" else raw


def _read_length(headers: Message, stream: BufferedIOBase) -> bytes:
    length = headers.get("Content-Length") or "0"
    if not length.isdecimal() or int(length) > MOST_READ:
        raise Unreadable(f"Content-Length: a number up to {MOST_READ} expected")
    return stream.read(int(length))


def _read_chunks(stream: BufferedIOBase) -> bytes:
    body = bytearray()
    while size := _chunk_size(stream):
        if len(body) + size > MOST_READ:
            raise Unreadable(f"at most {MOST_READ} bytes are read")
        body += stream.read(size)
        stream.readline(LONGEST_LINE)
    # Trailers, which nobody needs, up to the empty line that ends the body.
    while stream.readline(LONGEST_LINE).strip():
        continue
    return bytes(body)


def _chunk_size(stream: BufferedIOBase) -> int:
    line = stream.readline(LONGEST_LINE).split(b";")[0].strip()
    try:
        size = int(line, 16)
    except ValueError:
        raise Unreadable("Transfer-Encoding: chunk sizes in hexadecimal expected") from None
    if size < 0:
        raise Unreadable("Transfer-Encoding: a chunk size cannot be negative")
    return size


def _unzip(raw: bytes) -> bytes:
    unzipper = zlib.decompressobj(GZIP)
    try:
        return unzipper.decompress(raw, MOST_READ)
    except zlib.error:
        raise Unreadable("Content-Encoding: the body is not gzip") from None
