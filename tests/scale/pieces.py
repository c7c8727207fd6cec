"""Where the time of one single event goes: processor milliseconds of each piece, in one process and without a load.

Started by the benchmark on a prepared database: `python -m tests.scale.pieces TOKEN`.
"""

from __future__ import annotations

import io
import os
import sys
import time
from collections.abc import Callable
from itertools import count

import django
import orjson

ROUNDS = 500
numbers = count()


def milliseconds(piece: Callable[[], object]) -> float:
    for _ in range(30):
        piece()
    began = time.process_time()
    for _ in range(ROUNDS):
        piece()
    return (time.process_time() - began) / ROUNDS * 1_000


def request(method: str, path: str, body: bytes, token: str) -> None:
    from iterable_admin.wsgi import application

    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "HTTP_HOST": "127.0.0.1",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_AUTHORIZATION": f"Bearer {token}",
        "wsgi.input": io.BytesIO(body),
        "wsgi.url_scheme": "http",
        "wsgi.errors": sys.stderr,
    }
    answer = application(environ, lambda status, headers, exc_info=None: lambda data: None)
    b"".join(answer)
    answer.close()


def main(token: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "iterable_admin.settings")
    django.setup()
    from contacts.intake.event_types import EventTypes
    from iterable_admin.addresses import address_key
    from iterable_admin.inbox.models import Event, Source
    from iterable_admin.inbox.storing import Incoming, store
    from iterable_admin.inbox.tokens import find_source
    from iterable_admin.waking.waking import wake
    from tests.scale.trials import trial

    source = Source.objects.get()

    def flat() -> bytes:
        body = trial(next(numbers) + 90_000_000)
        return orjson.dumps({"email": body["email"], **body["dataFields"]})

    def keep() -> None:
        email = f"kept{next(numbers)}@example.com"
        store(source, [Incoming(Event.Door.EVENT, address_key(email), "x", email, repeat_key=email, content=b"x", raw_body="{}")])

    pieces: dict[str, Callable[[], object]] = {
        "the whole request": lambda: request("POST", "/api/v1/events/saas-trial/", flat(), token),
        "of it: Django, its middleware and the log's request id": lambda: request("GET", "/healthz", b"", token),
        "of it: whose token": lambda: find_source(token),
        "of it: the event types": EventTypes.load,
        "of it: storing the row": keep,
        "of it (in storing): the wake-up": lambda: wake("inbox", "iterable_admin.inbox.tasks.process_inbox"),
    }
    for name, piece in pieces.items():
        print(f"{name}\t{milliseconds(piece):.2f}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
