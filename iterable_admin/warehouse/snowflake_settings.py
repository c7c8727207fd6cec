"""Where Snowflake is and who we are there: WAREHOUSE_URL says the former, the environment what must not stand in a URL."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from iterable_admin.errors import Misconfigured
from iterable_admin.warehouse.snowflake_key import key_settings, load_key

FORM = "Write snowflake://user@account/DATABASE/SCHEMA?warehouse=…&role=…."
OPTIONS = {"warehouse", "role", "authenticator", "host", "port", "protocol"}
VARIABLES = (
    "SNOWFLAKE_PRIVATE_KEY",
    "SNOWFLAKE_PRIVATE_KEY_FILE",
    "SNOWFLAKE_PRIVATE_KEY_PASSPHRASE",
    "SNOWFLAKE_TOKEN",
    "SNOWFLAKE_ROLE",
    "SNOWFLAKE_WAREHOUSE",
    "SNOWFLAKE_QUERY_TAG",
    "SNOWFLAKE_STATEMENT_TIMEOUT",
)
QUERY_TAG = "iterable-admin"
STATEMENT_TIMEOUT = 900
"""Seconds; the window's query takes a minute of a small warehouse, and one that hangs costs credits all the while."""
LONGEST_STATEMENT = 7 * 24 * 3600
LONGEST_TAG = 2_000
DOMAIN = ".snowflakecomputing.com"
KEY_PAIR, OAUTH, ACCESS_TOKEN, PASSWORD = "SNOWFLAKE_JWT", "OAUTH", "PROGRAMMATIC_ACCESS_TOKEN", "SNOWFLAKE"
AUTHENTICATORS = {"oauth": OAUTH, "pat": ACCESS_TOKEN}


class Fault(NamedTuple):
    setting: str
    said: str
    mend: str


@dataclass(frozen=True, slots=True)
class SnowflakeSettings:
    account: str
    user: str
    database: str
    schema: str
    warehouse: str
    role: str
    authenticator: str
    query_tag: str
    statement_timeout: int
    server: dict[str, str | int]
    """Another server than the account's, on loopback: a double of Snowflake."""
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    private_key: bytes = field(default=b"", repr=False)

    def without_secrets(self, text: str) -> str:
        for secret in filter(None, (self.password, self.token)):
            text = text.replace(secret, "…")
        return text


def read_settings(url: str, environ: Mapping[str, str]) -> SnowflakeSettings:
    for fault in faults(url, environ):
        raise Misconfigured(f"{fault.said} {fault.mend}")
    parts, options = urlsplit(url), options_of(url)
    database, schema = names_in(parts)
    return SnowflakeSettings(
        account=account_of(parts),
        user=unquote(parts.username or ""),
        database=database,
        schema=schema,
        warehouse=options.get("warehouse") or environ.get("SNOWFLAKE_WAREHOUSE", ""),
        role=options.get("role") or environ.get("SNOWFLAKE_ROLE", ""),
        authenticator=authenticator(url, environ),
        query_tag=environ.get("SNOWFLAKE_QUERY_TAG") or QUERY_TAG,
        statement_timeout=int(environ.get("SNOWFLAKE_STATEMENT_TIMEOUT") or STATEMENT_TIMEOUT),
        server=server_of(options),
        password=unquote(parts.password or ""),
        token=environ.get("SNOWFLAKE_TOKEN", "").strip(),
        private_key=load_key(environ) if key_settings(environ) else b"",
    )


def authenticator(url: str, environ: Mapping[str, str]) -> str:
    if key_settings(environ):
        return KEY_PAIR
    if token := environ.get("SNOWFLAKE_TOKEN", "").strip():
        # Snowflake's own OAuth tokens say their version; of others only the operator knows what they are.
        return AUTHENTICATORS.get(options_of(url).get("authenticator", ""), OAUTH if token.startswith("ver:") else ACCESS_TOKEN)
    return PASSWORD


def faults(url: str, environ: Mapping[str, str]) -> Iterator[Fault]:
    """What is wrong, worst first; nothing of the URL but names of options is shown, since it may hold a password."""
    try:
        parts = urlsplit(url)
        account = account_of(parts)
    except ValueError:
        yield Fault("WAREHOUSE_URL", "WAREHOUSE_URL is no address.", f"{FORM} Percent-encode what is special in it.")
        return
    if not account or len(names_in(parts)) != 2:
        yield Fault("WAREHOUSE_URL", "WAREHOUSE_URL lacks the account, the database or the schema.", FORM)
    if not parts.username and authenticator(url, environ) != OAUTH:
        yield Fault("WAREHOUSE_URL", "WAREHOUSE_URL names no user.", FORM)
    yield from option_faults(options_of(url))
    yield from credential_faults(parts, environ)
    yield from number_faults(environ)


def option_faults(options: Mapping[str, str]) -> Iterator[Fault]:
    if unknown := options.keys() - OPTIONS:
        known = ", ".join(sorted(OPTIONS))
        yield Fault("WAREHOUSE_URL", f"WAREHOUSE_URL has unknown options: {', '.join(sorted(unknown))}.", f"Known are {known}.")
    if options.get("authenticator", "pat") not in AUTHENTICATORS:
        mend = "Write authenticator=oauth, or authenticator=pat for a programmatic access token."
        yield Fault("WAREHOUSE_URL", "WAREHOUSE_URL has an unknown authenticator.", mend)
    if "host" in options and not is_loopback(options["host"]):
        mend = "Leave host out: Snowflake's follows from the account."
        yield Fault("WAREHOUSE_URL", "WAREHOUSE_URL names a host that is not on loopback.", mend)
    elif "host" not in options and options.keys() & {"port", "protocol"}:
        mend = "Leave them out: they are for a double of Snowflake on loopback."
        yield Fault("WAREHOUSE_URL", "WAREHOUSE_URL names a port or protocol without a host.", mend)
    if options.get("protocol", "https") not in ("http", "https") or not options.get("port", "443").isdecimal():
        yield Fault("WAREHOUSE_URL", "WAREHOUSE_URL has a wrong port or protocol.", "Write port=8080&protocol=http.")


def credential_faults(parts: SplitResult, environ: Mapping[str, str]) -> Iterator[Fault]:
    named = [*key_settings(environ), *(["SNOWFLAKE_TOKEN"] if environ.get("SNOWFLAKE_TOKEN", "").strip() else [])]
    if parts.password:
        named.append("a password in WAREHOUSE_URL")
    if not named:
        mend = "Set SNOWFLAKE_PRIVATE_KEY_FILE to the user's private key, or SNOWFLAKE_TOKEN."
        yield Fault("SNOWFLAKE_TOKEN", "Neither SNOWFLAKE_PRIVATE_KEY nor SNOWFLAKE_TOKEN is set.", mend)
    elif len(named) > 1:
        yield Fault("SNOWFLAKE_TOKEN", f"More than one credential is set: {', '.join(named)}.", "Keep one and unset the others.")
    if key_settings(environ):
        try:
            load_key(environ)
        except Misconfigured as problem:
            said, _, mend = str(problem).partition(". ")
            yield Fault("SNOWFLAKE_PRIVATE_KEY", f"{said}.", mend)


def number_faults(environ: Mapping[str, str]) -> Iterator[Fault]:
    seconds = environ.get("SNOWFLAKE_STATEMENT_TIMEOUT", "")
    if seconds and not (seconds.isdecimal() and 0 < int(seconds) <= LONGEST_STATEMENT):
        mend = f"Set it to seconds from 1 to {LONGEST_STATEMENT}, or unset it for {STATEMENT_TIMEOUT}."
        yield Fault("SNOWFLAKE_STATEMENT_TIMEOUT", "SNOWFLAKE_STATEMENT_TIMEOUT is no number of seconds.", mend)
    if len(environ.get("SNOWFLAKE_QUERY_TAG", "")) > LONGEST_TAG:
        said = f"SNOWFLAKE_QUERY_TAG is longer than {LONGEST_TAG:,} characters."
        yield Fault("SNOWFLAKE_QUERY_TAG", said, "Shorten it, or unset it.")


def holds_password(url: str) -> bool:
    try:
        return bool(urlsplit(url).password)
    except ValueError:
        return False


def account_of(parts: SplitResult) -> str:
    return (parts.hostname or "").removesuffix(DOMAIN)


def names_in(parts: SplitResult) -> list[str]:
    return [unquote(name) for name in parts.path.split("/") if name]


def options_of(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))


def server_of(options: Mapping[str, str]) -> dict[str, str | int]:
    if "host" not in options:
        return {}
    protocol = options.get("protocol", "https")
    return {"host": options["host"], "protocol": protocol, "port": int(options.get("port", "443"))}


def is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
