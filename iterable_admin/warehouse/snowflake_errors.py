"""What Snowflake's errors mean for a run: one sentence each, with the mend, and no secret."""

from __future__ import annotations

from snowflake.connector import errors

from iterable_admin.errors import Misconfigured, Permanent, Problem, Temporary
from iterable_admin.warehouse.errors import CredentialsExpired
from iterable_admin.warehouse.snowflake_settings import ACCESS_TOKEN, KEY_PAIR, OAUTH, PASSWORD, SnowflakeSettings

# https://docs.snowflake.com/en/developer-guide/python-connector: the server's are six digits, the connector's begin with 25.
UNKNOWN_ROLE, UNKNOWN_DATABASE = 390189, 390201
NOT_FROM_HERE = {390420, 390422, 390432}
SESSION_ENDED = {390103, 390104, 390111, 390112, 390113, 390114, 390115}
CREDENTIALS = (range(390100, 390400), range(394300, 394500))
FAILED_TO_CONNECT, JWT_RETRY_EXPIRED = 250001, 251010
MISSING = {904, 2003, 2043, 3001, 90105, 90106}
NO_WAREHOUSE, QUOTA_EXCEEDED = 606, 90073
CANCELLED, TIMED_OUT = 604, 630
# Closed, not reached, timed out, not renewed, not downloaded.
NETWORK = {250002, 250003, 250005, 251011, 251012, 252007, 252010}
RETRIED = (
    errors.OperationalError,
    errors.InternalServerError,
    errors.ServiceUnavailableError,
    errors.GatewayTimeoutError,
    errors.RequestTimeoutError,
    errors.BadGatewayError,
    errors.HttpError,
    errors.ForbiddenError,
)
RENEW = {
    KEY_PAIR: "Register its public key with the user (ALTER USER … SET RSA_PUBLIC_KEY), or set SNOWFLAKE_PRIVATE_KEY to the "
    "key that is registered; see also that this machine's clock is right",
    ACCESS_TOKEN: "Make a new programmatic access token for the user and set SNOWFLAKE_TOKEN to it",
    OAUTH: "Fetch a new OAuth access token and set SNOWFLAKE_TOKEN to it",
    PASSWORD: "Set the user's present password in WAREHOUSE_URL, or better SNOWFLAKE_PRIVATE_KEY in its stead",
}


def problem_of_opening(error: errors.Error, settings: SnowflakeSettings) -> Problem:
    if isinstance(error, errors.ForbiddenError):
        return Misconfigured(f"Snowflake knows no account {settings.account}. Mend the account in WAREHOUSE_URL.")
    if error.errno == FAILED_TO_CONNECT and not isinstance(error, RETRIED):
        # It answered, and did not let us in: what the network does to a login is an OperationalError.
        return CredentialsExpired(f"{refusal(error.errno, said_by(error, settings), settings)} {RENEW[settings.authenticator]}.")
    return problem_of_reading(error, settings)


def problem_of_reading(error: errors.Error, settings: SnowflakeSettings) -> Problem:
    code, said = error.errno or -1, said_by(error, settings)
    if code in SESSION_ENDED:
        return Temporary(f"Snowflake ended the session ({code}): {said} The next try logs in again.")
    if mended := mends(code, said, settings):
        return mended
    if code == TIMED_OUT:
        slow = f"Snowflake ended the query after SNOWFLAKE_STATEMENT_TIMEOUT ({settings.statement_timeout} s)"
        return Temporary(f"{slow}: raise it, or use a larger warehouse, if that repeats itself.")
    if code == CANCELLED or code in NETWORK or isinstance(error, RETRIED):
        return Temporary(f"Snowflake did not answer to the end ({code}): {said}")
    if isinstance(error, errors.NotSupportedError):
        return Permanent("Snowflake gave something else than rows for the query. Write one SELECT.")
    return Permanent(f"Snowflake refused the query ({code}): {said}")


def mends(code: int, said: str, settings: SnowflakeSettings) -> Misconfigured | None:
    refused = refusal(code, said, settings)
    if code in NOT_FROM_HERE:
        return Misconfigured(f"{refused} Let this machine's address into the user's network policy.")
    if code == UNKNOWN_ROLE:
        return Misconfigured(f"{refused} Grant the role to the user, or mend role in WAREHOUSE_URL or SNOWFLAKE_ROLE.")
    if code == UNKNOWN_DATABASE:
        return Misconfigured(f"{refused} Mend database, schema and warehouse in WAREHOUSE_URL, or grant the role their use.")
    return credentials(code, refused, settings) or names(code, said, settings)


def refusal(code: int, said: str, settings: SnowflakeSettings) -> str:
    return f"Snowflake refused {settings.user or 'the token'} at {settings.account} ({code}): {said}"


def credentials(code: int, refused: str, settings: SnowflakeSettings) -> CredentialsExpired | None:
    if code == JWT_RETRY_EXPIRED or any(code in known for known in CREDENTIALS):
        return CredentialsExpired(f"{refused} {RENEW[settings.authenticator]}.")
    return None


def names(code: int, said: str, settings: SnowflakeSettings) -> Misconfigured | None:
    if code in MISSING:
        lacks = f"{settings.database}.{settings.schema} lacks a table or column that is read, or the role may not see it"
        return Misconfigured(f"WAREHOUSE_URL names Snowflake, where {lacks} ({code}): {said} Name the schema that has it.")
    if code == QUOTA_EXCEEDED:
        return Misconfigured(f"Snowflake's warehouse is out of credits ({code}): {said} Raise its resource monitor's quota.")
    if code == NO_WAREHOUSE:
        return Misconfigured(f"Snowflake has no warehouse to run the query ({code}): {said} Set SNOWFLAKE_WAREHOUSE.")
    return None


def said_by(error: errors.Error, settings: SnowflakeSettings) -> str:
    """The server's first line, as a sentence."""
    first = settings.without_secrets(str(error.raw_msg or error.msg or type(error).__name__)).strip().partition("\n")[0]
    return first if first.endswith((".", "!", "?")) else f"{first}."
