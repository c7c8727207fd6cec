"""How we log in to Snowflake: a key pair, a token, or (for a double on this machine) a password."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, unquote

from iterable_admin.errors import Misconfigured
from iterable_admin.warehouse.login import Login

NONE = "WAREHOUSE_URL names Snowflake, and there are no credentials: set SNOWFLAKE_PRIVATE_KEY or SNOWFLAKE_TOKEN."
MEND_KEY = "Give the PEM text of the private key, or name its file in SNOWFLAKE_PRIVATE_KEY_FILE."


def credentials(url: SplitResult, login: Login) -> dict[str, Any]:
    """What the connector takes; the key pair goes before the token, and both before a password."""
    if login.has_key:
        return {"authenticator": "SNOWFLAKE_JWT", "private_key": _private_key(login)}
    if login.token:
        return {"authenticator": login.token_kind.upper(), "token": login.token}
    if url.password:
        return {"password": unquote(url.password)}
    raise Misconfigured(
        "WAREHOUSE_URL names Snowflake, and there are no credentials: set SNOWFLAKE_PRIVATE_KEY or SNOWFLAKE_TOKEN."
    )


def _private_key(login: Login) -> bytes:
    """In DER, as the connector takes it. No part of it is ever shown."""
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

    passphrase = login.passphrase.encode() or None
    try:
        key = load_pem_private_key(_pem(login), passphrase)
    except (ValueError, TypeError):
        raise Misconfigured(
            f"SNOWFLAKE_PRIVATE_KEY is no private key, or SNOWFLAKE_PRIVATE_KEY_PASSPHRASE does not open it. {MEND_KEY}"
        ) from None
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def _pem(login: Login) -> bytes:
    if login.private_key:
        # One line in many an environment file.
        return login.private_key.replace("\\n", "\n").encode()
    path = Path(login.private_key_file)
    try:
        return path.read_bytes()
    except OSError as error:
        raise Misconfigured(f"SNOWFLAKE_PRIVATE_KEY_FILE names {path}, which cannot be read: {error.strerror}.") from error
