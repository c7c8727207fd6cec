"""`python -m tests.scale.rehearsal [CONTACTS] [--explain] [--again]`: rehearsals over a million people.

On a PostgreSQL database of their own, which `--again` finds as it was left.

Two namespaces and three events each, and the subscriptions of `tests.scale.consent`. Nine in twenty ever began a trial.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from tests.scale import consent
from tests.scale.consent import SHOWN, timed
from tests.scale.databases import begin_empty, connect

DATABASE = "iterable_admin_scale_rehearsal"
# The profile is what an event tells, and a namespace the object that the warehouse holds.
LOAD = """
UPDATE contacts_contact SET created_at = now() - interval '200 days',
    account_created_at = now() - id %% 90 * interval '1 day', profile = jsonb_build_object(
    'firstName', 'Ada', 'lastName', 'Lovelace', 'company', 'Engines ' || id, 'companyNamespace', id %% 2 = 0,
    'country', (ARRAY['Germany', 'France', 'Japan'])[id %% 3 + 1], 'employeeBucket', '26-99', 'userRole', 'Developer');
INSERT INTO contacts_namespace (namespace_id, plan_title, attributes, updated_at)
    SELECT n, 'Free', '{}', now() FROM generate_series(1, 2 * %(n)s) n;
INSERT INTO contacts_membership (contact_id, namespace_id, access_level, access_level_name, information)
    SELECT c.id, 2 * c.place - k, 50, 'Owner', jsonb_build_object('NAMESPACE_ID', 2 * c.place - k,
        'GITLAB_PLAN_TITLE', CASE WHEN c.id %% 4 = 0 THEN 'Ultimate Trial' ELSE 'Free' END,
        'GITLAB_PLAN_IS_PAID', c.id %% 10 = k, 'CURRENT_MEMBER_COUNT', c.id %% 30, 'USER_ACCESS_LEVEL_NAME', 'Owner',
        'CREATED_AT', '2026-01-01 12:00:00', 'IS_ACTIVE_TRIAL', c.id %% 4 = 0)
    FROM (SELECT id, row_number() OVER (ORDER BY id) AS place FROM contacts_contact) c, generate_series(0, 1) k;
INSERT INTO inbox_source (name, scopes, active, notes, callback_url, created_at)
    VALUES ('CustomersDot', '[]', true, '', '', now());
INSERT INTO inbox_event (uuid, source_id, door, name, email, user_id, lane, withdrawal, payload, raw_body, mended_body,
    content_type, path, request_id, flags, errors, caller_id, content_hash, received_at, occurred_at, state, reason_code, reason,
    traceback, attempts)
    SELECT gen_random_uuid(), (SELECT max(id) FROM inbox_source), 'event',
        CASE WHEN k = 1 AND id %% 20 < 9 THEN 'SaaS Trials' WHEN k < 3 THEN 'SaaS Free Registration' ELSE 'Invited' END,
        email, '', address_key, false, profile, '{}', '', '', '', '', '[]', '{}', '', '',
        now() - (id * 7 + k) %% 90 * interval '1 day', now() - (id * 7 + k) %% 90 * interval '1 day', 'done', '', '', '', 1
    FROM contacts_contact, generate_series(1, 3) k;
"""
TRIGGERS = 100_000


def load(contacts: int) -> None:
    from django.db import connection

    consent.load(contacts)
    with connection.cursor() as cursor:
        for statement in LOAD.strip().rstrip(";").split(";"):
            cursor.execute(statement, {"n": contacts})
        cursor.execute("VACUUM ANALYZE")


def conditions() -> dict[str, Any]:
    """Of each kind that a journey asks for."""
    paid = {"field": "GITLAB_PLAN_IS_PAID", "op": "is", "value": True}
    big = {"field": "CURRENT_MEMBER_COUNT", "op": "at_least", "value": 10}
    return {
        "on a paid plan": {"namespaces": "some", "where": paid},
        "a trial of ten or more": {
            "namespaces": "some",
            "where": {"all": [{"field": "GITLAB_PLAN_TITLE", "op": "is", "value": "Ultimate Trial"}, big]},
        },
        "in Germany": {"field": "country", "op": "is", "value": "Germany"},
        "invited somebody": {"performed": "Invited", "within_days": 60},
    }


def journey() -> Any:
    """An event starts it: three splits, an A/B split, two waits, six messages of two types, left by whoever is on a paid plan."""
    from contacts.conditions.reading import read
    from journeys.definition.graph import (
        Branch,
        Delay,
        Edge,
        Entry,
        ExitRule,
        Experiment,
        Graph,
        Message,
        Split,
        Start,
        Step,
        Variant,
    )

    asked = {name: read(told) for name, told in conditions().items()}
    messages = [Message(f"m{n}", f"m{n}", ("GitLab Marketing", "Marketing Message")[n % 2]) for n in range(6)]
    steps: tuple[Step, ...] = (
        *messages,
        Split("big", "big", (Branch("yes", "yes", asked["a trial of ten or more"]),)),
        Split("country", "country", (Branch("yes", "yes", asked["in Germany"]),)),
        Experiment("half", "half", (Variant("a", "a", 50), Variant("b", "b", 50))),
        Delay("week", "week", 168, skip_weekends=True),
        Delay("month", "month", 720),
        Split("invited", "invited", (Branch("yes", "yes", asked["invited somebody"]),)),
    )
    told = """start big, big:yes m0, big:else country, m0 week, country:yes half, country:else week, half:a m1, half:b m2,
        m1 week, m2 week, week invited, invited:yes m3, invited:else m4, m3 month, m4 month, month m5"""
    edges = []
    for pair in told.split(","):
        source, target = pair.split()
        key, _, outcome = source.partition(":")
        edges.append(Edge(key, outcome or "next", target))
    start = Start(Entry("event", event="SaaS Trials"), exit_rules=(ExitRule("paid", where=asked["on a paid plan"]),))
    return Graph(start, steps, tuple(edges))


def measures() -> list[tuple[str, Callable[[], Any], int]]:
    from django.utils import timezone

    from contacts.conditions.building.counting import counted, of_parts
    from contacts.conditions.reading import read
    from contacts.conditions.sql import count
    from iterable_admin.inbox.models import Event
    from journeys.rehearsal.counting import count_now
    from journeys.rehearsal.replaying import Replay, count_replay
    from journeys.rehearsal.scene import Scene

    now, graph = timezone.now(), journey()
    trials = Event.objects.filter(name="SaaS Trials", occurred_at__lt=now - timedelta(days=40)).order_by("-occurred_at")
    last = trials[min(TRIGGERS, trials.count()) - 1].occurred_at
    replay = Replay(Scene(graph, now), last or now, now - timedelta(days=40))
    told = [(f"live count: {name}", partial(count, read(one), now), 3) for name, one in conditions().items()]
    together = of_parts(read({"all": list(conditions().values())}))
    return [
        *told,
        (
            f"the counts of an editor's page: all of these together, and its {len(together)} parts",
            partial(counted, together, seconds=None),
            3,
        ),
        ("rehearsal now", lambda: count_now(Scene(graph, now)), 3),
        ("rehearsal as of 40 days ago", lambda: count_now(Scene(graph, now - timedelta(days=40), past=True)), 1),
        (f"replay of {trials.filter(occurred_at__gte=last).count():,} trigger events", lambda: count_replay(replay), 2),
    ]


def explain() -> None:
    from django.db import connection
    from django.utils import timezone

    from contacts.consent.resolver.exposing import FOR_A_LOOK_AT_EVERYBODY
    from journeys.rehearsal.counting import Reading
    from journeys.rehearsal.scene import Scene

    text, values = Reading(Scene(journey(), timezone.now())).counted.sql
    with connection.cursor() as cursor:
        cursor.execute("BEGIN; " + FOR_A_LOOK_AT_EVERYBODY)
        cursor.execute(f"EXPLAIN (ANALYZE, COSTS OFF) {text}", values)
        print("\n".join(line for (line,) in cursor.fetchall()))
        cursor.execute("ROLLBACK")


def main(contacts: int = 1_000_000, *options: str) -> None:
    if "--again" not in options:
        begin_empty(DATABASE)
        load(contacts)
    else:
        connect(DATABASE)
    from django.db import connection

    with connection.cursor() as cursor:
        for name in SHOWN:
            cursor.execute(f"SHOW {name}")
            print(f"{name} {cursor.fetchone()[0]}", end=", ")
    print(f"{contacts:,} contacts, {2 * contacts:,} namespaces, {3 * contacts:,} events, {2 * contacts:,} ledger rows")
    for what, measure, times in measures():
        print(f"{what}: {timed(measure, times) * 1000:,.0f} ms", flush=True)
    if "--explain" in options:
        explain()


if __name__ == "__main__":
    main(*(int(told) if told.isdecimal() else told for told in sys.argv[1:]))  # type: ignore[arg-type]
