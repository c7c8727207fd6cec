"""`python -m tests.scale.consent [CONTACTS]`: the resolver over a million people, on a PostgreSQL database of its own.

Twice as many ledger rows as contacts, loaded by the server itself: the rows carry no hashes, and the caches are made from them.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Any

from psycopg import sql

from tests.scale import databases

# Of this and of the rehearsal, which builds upon it.
SERVER = databases.SERVER
DATABASE = "iterable_admin_scale_consent"
SHOWN = ("server_version", "shared_buffers", "work_mem", "max_parallel_workers_per_gather", "jit", "fsync")

# As `iterable_admin.addresses` makes them.
KEY = """CREATE EXTENSION IF NOT EXISTS pgcrypto;
CREATE FUNCTION key_of(n bigint) RETURNS text LANGUAGE sql IMMUTABLE
    RETURN encode(hmac('p' || n || '@example.com', {key}, 'sha256'), 'hex')"""
# One in eight withdrew from all marketing, half of them before their consent; a tenth is out of the channel in Iterable.
LOAD = """
INSERT INTO contacts_contact (address_key, email, email_as_received, profile, created_at, updated_at)
SELECT key_of(n), 'p' || n || '@example.com', '', '{}', now(), now() FROM generate_series(1, %(n)s) n;
INSERT INTO consent_subscriptionchange (address_key, target, target_key, target_name, verdict, basis, occurred_at, received_at,
    dated_by, source, cause, cause_id, actor, policy, previous_hash, hash)
SELECT key_of(n), 'message_type', '101', 'GitLab Marketing', 'granted', 'derived',
    now() - n %% 400 * interval '1 day', now(), 'caller', 'load', 'event', 'g' || n, '', '', '', ''
    FROM generate_series(1, %(n)s) n;
INSERT INTO consent_subscriptionchange (address_key, target, target_key, target_name, verdict, basis, occurred_at, received_at,
    dated_by, source, cause, cause_id, actor, policy, previous_hash, hash)
SELECT key_of(n), CASE WHEN n %% 8 = 0 THEN 'all_marketing' ELSE 'channel' END,
    CASE WHEN n %% 8 = 0 THEN '' ELSE '11' END, '',
    CASE WHEN n %% 8 = 0 OR n %% 10 = 0 THEN 'withdrawn' ELSE 'effective' END, 'explicit',
    now() - n %% 300 * interval '1 day', now(), 'caller', 'load', 'event', 'w' || n, '', '', '', ''
    FROM generate_series(1, %(n)s) n;
INSERT INTO consent_profileobservation (address_key, present, list_ids, unsubscribed_channel_ids, unsubscribed_message_type_ids,
    subscribed_message_type_ids, observed_at, source, cause_id, received_at)
SELECT key_of(n), n %% 50 <> 0, '[1]', CASE WHEN n %% 10 = 0 THEN '[11]'::jsonb ELSE '[]' END, '[]',
    CASE WHEN n %% 3 = 0 THEN '[101]'::jsonb ELSE '[]' END, now() - n %% 200 * interval '1 day', 'export', '', now()
    FROM generate_series(1, %(n)s) n WHERE n %% 20 <> 1;
INSERT INTO consent_observedprofile SELECT present, list_ids, unsubscribed_channel_ids, unsubscribed_message_type_ids,
    subscribed_message_type_ids, observed_at, source, cause_id, address_key, observed_at, id FROM consent_profileobservation;
INSERT INTO consent_addressreport (address_key, kind, occurred_at, received_at, cause, cause_id)
SELECT key_of(n), 'hard_bounce', now(), now(), 'event', n::text
    FROM generate_series(1, %(n)s) n WHERE n %% 100 = 0;
INSERT INTO consent_subscriptionstate (address_key, target, target_key, withdrawn_at, withdrawn_by, derived_at, derived_by)
SELECT address_key, target, target_key, max(occurred_at) FILTER (WHERE verdict = 'withdrawn'),
    max(id) FILTER (WHERE verdict = 'withdrawn'), max(occurred_at) FILTER (WHERE basis = 'derived'),
    max(id) FILTER (WHERE basis = 'derived')
    FROM consent_subscriptionchange WHERE verdict <> 'effective' GROUP BY 1, 2, 3;
"""


def prepare() -> None:
    databases.begin_empty(DATABASE)


def load(contacts: int) -> None:
    from django.conf import settings
    from django.db import connection

    from contacts.consent.models import Channel, MessageType

    for model, ids in (
        (Channel, {"Marketing Channel": 11, "Transactional Channel": 12}),
        (MessageType, {"GitLab Marketing": 101, "Marketing Message": 102, "Transactional": 103}),
    ):
        for name, number in ids.items():
            model._default_manager.filter(name=name).update(iterable_id=number)
    with connection.cursor() as cursor:
        cursor.execute(KEY.format(key=sql.Literal(settings.ADDRESS_KEY).as_string()))
        for statement in LOAD.strip().rstrip(";").split(";"):
            cursor.execute(statement, {"n": contacts})
        cursor.execute("VACUUM ANALYZE")


def send_mails(journeys: int = 13, steps: int = 5) -> None:
    """Running journeys whose steps use each of the types in turn, some with a suppressed list."""
    from journeys.models import Campaign, Journey, Template

    for number in range(1, journeys + 1):
        Journey.objects.create(name=f"Journey {number}", workflow_id=number, enabled=True, trigger_events=["SaaS Trials"])
    for number in range(1, journeys * steps + 1):
        Template.objects.create(iterable_id=number, name=f"Template {number}", message_type_id=101 + number % 3)
        of_journey = {"workflow_id": number % journeys + 1, "campaign_type": "Triggered", "state": "Running"}
        suppressed = [number % 4] if number % 4 else []
        Campaign.objects.create(iterable_id=number, template_id=number, suppression_list_ids=suppressed, **of_journey)


def timed(what: Callable[[], Any], times: int = 3) -> float:
    """Seconds, the median."""
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        what()
        taken.append(time.perf_counter() - started)
    return median(taken)


def main(contacts: int = 1_000_000) -> None:
    prepare()
    load(contacts)
    send_mails()
    from datetime import timedelta

    from django.db import connection
    from django.utils import timezone

    from contacts.consent.resolver.exposing import exposed_contacts, exposure
    from contacts.consent.resolver.person import verdicts
    from contacts.models import Contact
    from journeys.lint.running import lint

    with connection.cursor() as cursor:
        for name in SHOWN:
            cursor.execute(f"SHOW {name}")
            print(f"{name} {cursor.fetchone()[0]}", end=", ")
    print(f"{contacts:,} contacts, {2 * contacts:,} ledger rows")
    keys = iter(Contact.objects.order_by("address_key").values_list("address_key", flat=True)[:600])
    past = timezone.now() - timedelta(days=100)
    shown = exposure()[1]
    print(f"{shown.message_type}: {shown.exposed:,} exposed {shown.reasons}")
    for what, measure, times in (
        ("exposure of all message types", exposure, 3),
        ("the same as of 100 days ago", lambda: exposure(at=past, known_at=timezone.now()), 3),
        ("first page of the exposed", lambda: list(exposed_contacts(shown.message_type).order_by("pk")[:100]), 3),
        ("lint of all journeys", lambda: lint("command"), 3),
        ("one person's matrix", lambda: verdicts(next(keys)), 200),
        ("one person's matrix as of 100 days ago", lambda: verdicts(next(keys), at=past, known_at=timezone.now()), 200),
    ):
        print(f"{what}: {timed(measure, times) * 1000:,.1f} ms")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
