"""Signs as a caller does, by the words of the Standard Webhooks scheme alone: the product's library is not asked."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import Any


def signed(secret: str, raw: bytes, *, message: str = "msg-1", at: float | None = None) -> dict[str, str]:
    """The three headers."""
    seconds = str(int(time.time() if at is None else at))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, b".".join((message.encode(), seconds.encode(), raw)), hashlib.sha256).digest()
    signature = "v1," + base64.b64encode(digest).decode()
    return {"webhook-id": message, "webhook-timestamp": seconds, "webhook-signature": signature}


def raw_of(body: Any) -> bytes:
    return json.dumps(body).encode()
