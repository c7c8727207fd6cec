"""`python -m tests.scale.standing`: everybody of the warehouse stands as if Iterable had accepted them, in half a minute.

The states are the product's own (its digests, of its own stage); only what Iterable accepted is made up, and its fingerprint.
"""

from __future__ import annotations

from typing import Any

COLUMNS = "definition_id, address_key, fingerprint, accepted, accepted_at, text_digest, digest, wanted, outcome"
COPY = f"COPY sync_syncstate ({COLUMNS}, account_created_at, entered_at, gone) FROM STDIN"
STANDING = """SELECT key, text_digest, {digest} AS digest, people.created_at FROM people JOIN read_rows ON read_rows.rowid = place
    WHERE place >= {start} AND place < {end} AND read_rows.rowid >= {start} AND read_rows.rowid < {end}"""


def main() -> None:
    import django

    django.setup()
    from django.conf import settings

    from contacts.sync.mapping import FieldMap
    from contacts.sync.revisions import revision_of
    from contacts.sync.staging.difference import find_difference
    from contacts.sync.staging.people import find_people
    from contacts.sync.staging.stage import open_stage
    from contacts.sync.staging.standing import load_standing
    from contacts.sync.starting import Wish, new_run, the_definition
    from iterable_admin.warehouse.marketing_contacts import naive_utc
    from iterable_admin.warehouse.source import open_source

    definition = the_definition()
    run, revision = new_run(definition, "command", Wish(definition)), revision_of(FieldMap.of(definition))
    with open_stage() as stage:
        with open_source(settings.WAREHOUSE_URL) as source:
            stage.fill(source.batches(definition.query, {"window_start": naive_utc(run.window_start)}), lambda rows: None)
        stage.spread()
        find_people(stage, run, revision)
        load_standing(stage, run)
        find_difference(stage, run, revision)
        _copy(stage, definition.pk)


def _copy(stage: Any, definition_id: int) -> None:
    from django.db import connection
    from django.utils import timezone

    from contacts.sync.staging.difference import stretches

    now = timezone.now()
    with connection.cursor() as cursor, cursor.copy(COPY) as copy:
        for start, end in stretches(stage):
            for batch in stage.stream(STANDING.format(digest=stage.digest, start=start, end=end), 10_000):
                for key, text, digest, created in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                    copy.write_row((definition_id, key, key[:32], "{}", now, text, digest, key[:32], "", created, now, ""))


if __name__ == "__main__":
    main()
