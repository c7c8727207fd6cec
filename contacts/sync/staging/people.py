"""Who the rows that were read are about: mailbox, key, digest and clashes, computed in DuckDB."""

from __future__ import annotations

import sys
from hashlib import sha256

from django.conf import settings

from contacts.sync.models import SyncDefinition, SyncRun
from contacts.sync.staging.stage import Stage, need_columns
from contacts.sync.staging.standing import load_known_users
from iterable_admin.addresses import normalise_email

BLOCK = 64  # bytes of one block of SHA-256, to which HMAC (RFC 2104) pads its key
# What Python's strip() takes off, which DuckDB's trim() only does when told.
BLANKS = "".join(character for character in map(chr, range(sys.maxunicode + 1)) if character.isspace())
PEOPLE = """CREATE TABLE people AS
    SELECT read_rows.rowid AS place, {mailbox} AS mailbox, {user} AS user_id, {created} AS created_at,
    md5(concat_ws(chr(31), $revision, {columns})) AS text_digest FROM read_rows {join}"""
NOBODY = """CREATE TABLE people
    (place BIGINT, mailbox VARCHAR, user_id BIGINT, created_at TIMESTAMP, text_digest VARCHAR)"""
# The keys are parameters: never written into the file.
KEYED = """CREATE OR REPLACE TABLE people AS
    SELECT *, sha256($outer || unhex(sha256($inner || encode(mailbox)))) AS key, md5_number(key) AS k,
    md5_number(text_digest) AS text_number FROM people"""
NOT_ASCII = """SELECT place, email_address FROM people JOIN read_rows ON read_rows.rowid = place
    WHERE NOT regexp_full_match(email_address, '[\\x00-\\x7f]*')"""
SHARED_MAILBOXES = """CREATE TABLE shared_mailboxes AS
    SELECT mailbox FROM people WHERE mailbox <> '' GROUP BY mailbox HAVING count(*) > 1"""
SHARED_USERS = """CREATE TABLE shared_users AS
    SELECT user_id FROM people WHERE user_id IS NOT NULL GROUP BY user_id HAVING count(DISTINCT mailbox) > 1"""
FIRST_MAILBOXES = """DELETE FROM people WHERE mailbox NOT IN (
    SELECT mailbox FROM (SELECT mailbox, sum(count(*)) OVER (ORDER BY mailbox) - count(*) AS before FROM people GROUP BY mailbox)
    WHERE before < ?)"""


def find_people(stage: Stage, run: SyncRun, revision: str) -> None:
    """The table `people`, one row for each that counts for this run."""
    if stage.columns:
        need_columns(stage, run.definition)
        _name(stage, run.definition, revision)
    else:
        # Of an empty result some sources tell not even the columns.
        stage.run(NOBODY)
    # Clashes are looked for before anybody is left out: half of a clash would look like a person.
    stage.run(SHARED_MAILBOXES)
    stage.run(SHARED_USERS)
    if run.only_email:
        stage.run("DELETE FROM people WHERE mailbox <> ?", [run.only_email])
    if run.limit is not None:
        stage.run(FIRST_MAILBOXES, [run.limit])
    inner, outer = hmac_pads(settings.ADDRESS_KEY.encode())
    stage.connection.execute(KEYED, {"inner": inner, "outer": outer})


def _name(stage: Stage, definition: SyncDefinition, revision: str) -> None:
    there = set(stage.columns)
    user = "TRY_CAST(gitlab_dotcom_user_id AS BIGINT)" if "gitlab_dotcom_user_id" in there else "NULL::BIGINT"
    created = "TRY_CAST(gitlab_dotcom_created_date AS TIMESTAMP)" if "gitlab_dotcom_created_date" in there else "NULL::TIMESTAMP"
    columns = ", ".join(f'coalesce(read_rows."{name}"::VARCHAR, chr(30))' for name in stage.compared)
    by_user = definition.match_key == SyncDefinition.MatchKey.USER_ID
    statement = PEOPLE.format(
        mailbox="coalesce(known_users.mailbox, '')" if by_user else "coalesce(lower(trim(email_address, $blanks)), '')",
        user=user,
        created=created,
        columns=columns,
        join=f"LEFT JOIN known_users ON known_users.user_id = {user}" if by_user else "",
    )
    if by_user:
        load_known_users(stage)
        stage.connection.execute(statement, {"revision": revision})
        return
    stage.connection.execute(statement, {"revision": revision, "blanks": BLANKS})
    # Outside ASCII the two differ in what is a lower-case letter: there Python, which also names lanes, has the say.
    for place, received in stage.rows(NOT_ASCII):
        stage.run("UPDATE people SET mailbox = ? WHERE place = ?", [normalise_email(received), place])


def hmac_pads(key: bytes) -> tuple[bytes, bytes]:
    """The key padded for the inner and for the outer hash: SQL has SHA-256, but no HMAC."""
    padded = (sha256(key).digest() if len(key) > BLOCK else key).ljust(BLOCK, b"\0")
    return bytes(byte ^ 0x36 for byte in padded), bytes(byte ^ 0x5C for byte in padded)
