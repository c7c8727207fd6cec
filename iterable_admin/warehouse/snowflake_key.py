"""The private key of a Snowflake user: PEM, from the environment or from a file, in the form the connector takes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from iterable_admin.errors import Misconfigured
from iterable_admin.warehouse.errors import INSTALL

MAKE_KEY = "openssl genrsa 2048 | openssl pkcs8 -topk8 -inform PEM -out snowflake.p8"
NAMES = ("SNOWFLAKE_PRIVATE_KEY", "SNOWFLAKE_PRIVATE_KEY_FILE")


def key_settings(environ: Mapping[str, str]) -> list[str]:
    return [name for name in NAMES if environ.get(name, "").strip()]


def load_key(environ: Mapping[str, str]) -> bytes:
    try:
        # It comes with the connector, which an installation without Snowflake may lack.
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
        from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
    except ModuleNotFoundError as missing:
        raise Misconfigured(f"A private key is set, and the package {missing.name} is not installed. {INSTALL}") from missing
    name = key_settings(environ)[0]
    try:
        key = load_pem_private_key(pem_of(name, environ), passphrase_of(environ))
    except TypeError as error:
        raise Misconfigured(f"SNOWFLAKE_PRIVATE_KEY_PASSPHRASE does not go with {name}: {passphrase_fault(environ)}") from error
    except (ValueError, UnsupportedAlgorithm) as error:
        given = ", or SNOWFLAKE_PRIVATE_KEY_PASSPHRASE is not its passphrase" if passphrase_of(environ) else ""
        raise Misconfigured(f"{name} holds no private key in PEM{given}. Make one: {MAKE_KEY}") from error
    if not isinstance(key, RSAPrivateKey):
        raise Misconfigured(f"{name} is no RSA key, which Snowflake needs. Make one: {MAKE_KEY}")
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def pem_of(name: str, environ: Mapping[str, str]) -> bytes:
    if name == "SNOWFLAKE_PRIVATE_KEY":
        # A line of a .env file holds no line break.
        return environ[name].replace("\\n", "\n").strip().encode()
    try:
        return Path(environ[name].strip()).read_bytes()
    except OSError as error:
        mend = "Name a file that this user may read."
        raise Misconfigured(f"SNOWFLAKE_PRIVATE_KEY_FILE cannot be read ({error.strerror}). {mend}") from error


def passphrase_of(environ: Mapping[str, str]) -> bytes | None:
    return environ.get("SNOWFLAKE_PRIVATE_KEY_PASSPHRASE", "").encode() or None


def passphrase_fault(environ: Mapping[str, str]) -> str:
    return "the key is not encrypted. Unset it." if passphrase_of(environ) else "the key is encrypted. Set it."
