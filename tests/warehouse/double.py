"""A double of Snowflake, in a process of its own on loopback, for the real connector over HTTP."""

from __future__ import annotations

import http.client
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

START_SECONDS = 60


@pytest.fixture(scope="session")
def snowflake_port() -> Iterator[int]:
    """One for each worker of a test run, started by the first test that asks for it."""
    port = free_port()
    command = [sys.executable, "-W", "ignore", "-m", "tests.warehouse.serving_double", str(port)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            wait_until_it_answers(port, server)
            yield port
        finally:
            server.kill()


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def wait_until_it_answers(port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            asking = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            asking.request("GET", "/session")
            asking.getresponse().read()
            asking.close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("The double of Snowflake does not answer.")
