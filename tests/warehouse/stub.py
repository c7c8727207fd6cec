"""Snowflake's own answers, one at a time: what a double that always lets everybody in never says."""

from __future__ import annotations

import gzip
import json
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyarrow as pa

LET_IN = {"data": {"token": "session", "masterToken": "master", "parameters": [], "sessionInfo": {}}, "success": True}
NUMBER = {"logicalType": "FIXED", "precision": "38", "scale": "0", "charLength": "0"}
ROWTYPE = {"name": "N", "type": "fixed", "precision": 38, "scale": 0, "nullable": True, "length": None, "byteLength": None}
CHUNK_ROWS = 100
HANG_SECONDS = 30


@dataclass
class Stub:
    login: dict[str, Any] = field(default_factory=lambda: LET_IN)
    status: int = 200
    answer: dict[str, Any] | None = None
    """To a query; none: rows."""
    chunks: int = 0
    hangs: bool = False
    """A query waits until it is cancelled."""
    store: str = ""
    """Where the chunks are; none: here."""
    address: str = ""
    logins: list[dict[str, Any]] = field(default_factory=list)
    queries: list[dict[str, Any]] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)
    asked: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)

    def url(self, options: str = "") -> str:
        host, _, port = self.address.rpartition(":")
        return f"snowflake://reader@acme/PREP/SENSITIVE?host={host}&port={port}&protocol=http{options}"

    def reply(self, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        url = urlsplit(path)
        match url.path:
            case "/session/v1/login-request":
                self.logins.append({**body["data"], "options": parse_qs(url.query)})
                return self.status, self.login
            case "/queries/v1/query-request":
                return 200, self.reply_to_query(body, parse_qs(url.query)["requestId"][0])
            case "/queries/v1/abort-request":
                self.cancelled.append(body["requestId"])
                self.released.set()
        return 200, {"success": True, "data": None}

    def reply_to_query(self, body: dict[str, Any], request: str) -> dict[str, Any]:
        self.queries.append({**body, "request": request})
        self.asked.set()
        if self.hangs:
            self.released.wait(HANG_SECONDS)
            return refusal("000604", "SQL execution canceled")
        return self.answer or rows(self.store or self.address, self.chunks)


def refusal(code: str, message: str) -> dict[str, Any]:
    return {"data": {"nextAction": None}, "code": code, "message": message, "success": False}


def rows(address: str, chunks: int) -> dict[str, Any]:
    """A hundred rows in the answer itself, and as many in each of the chunks that it names."""
    chunk = {"rowCount": CHUNK_ROWS, "uncompressedSize": 1_000, "compressedSize": 1_000}
    data = {
        "parameters": [],
        "rowtype": [ROWTYPE],
        "total": CHUNK_ROWS * (chunks + 1),
        "returned": CHUNK_ROWS * (chunks + 1),
        "queryId": "01b2c3d4-0000-0000-0000-000000000001",
        "queryResultFormat": "arrow",
        "rowsetBase64": b64encode(arrow(0)).decode(),
        "chunks": [{"url": f"http://{address}/chunk/{number}?signature=s3cret", **chunk} for number in range(1, chunks + 1)],
        "chunkHeaders": {"X": "y"},
    }
    return {"data": data, "code": None, "message": None, "success": True}


def arrow(number: int) -> bytes:
    schema = pa.schema([pa.field("N", pa.int64(), metadata=NUMBER)])
    values = pa.array(range(number * CHUNK_ROWS, (number + 1) * CHUNK_ROWS), pa.int64())
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, schema) as writer:
        writer.write_batch(pa.record_batch([values], schema=schema))
    return bytes(sink.getvalue())


class Handler(BaseHTTPRequestHandler):
    stub: Stub

    def do_GET(self) -> None:
        self.stub.fetched.append(self.path)
        self.send(200, arrow(int(urlsplit(self.path).path.rpartition("/")[2])))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        status, reply = self.stub.reply(self.path, json.loads(body or b"{}"))
        self.send(status, json.dumps(reply).encode())

    def send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the base class's name
        pass


@contextmanager
def running_stub() -> Iterator[Stub]:
    stub = Stub()
    handler = type("OneStubsHandler", (Handler,), {"stub": stub})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        stub.address = f"127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield stub
        finally:
            stub.released.set()
            server.shutdown()
            thread.join()
