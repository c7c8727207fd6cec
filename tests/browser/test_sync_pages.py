"""The sync's pages in a real browser: a run that is followed live, and every page on a telephone."""

from __future__ import annotations

from contacts.sync.models import SyncDefinition, SyncRun
from contacts.sync.seed import NAMESPACE_INFORMATION
from tests.browser.visitor import Visitor
from tests.conftest import People
from tests.factories import SyncRowFactory, SyncRunFactory

LONG = "somebody.with.a.very.long.name.indeed@a-subsidiary-of-a-holding.example.com"


def has_words(visitor: Visitor, words: str) -> None:
    """Within a few seconds, by itself."""
    visitor.page.get_by_text(words).first.wait_for(timeout=10_000)


def test_a_run_is_followed_to_its_end_without_reloading(visitor: Visitor) -> None:
    run = SyncRunFactory.create(state="running", process="host 1", plan={"to_send": 9}, expected=100, read=25)
    visitor.log_in("technical_owner")
    visitor.page.goto(f"{visitor.home}/admin/sync/syncrun/{run.pk}/change/")
    visitor.look()
    assert visitor.sees("25 of 100 rows")
    visitor.page.evaluate("window.stillHere = true")
    SyncRun.objects.filter(pk=run.pk).update(read=80)
    has_words(visitor, "80 of 100 rows")
    assert visitor.page.evaluate("window.stillHere") is True
    assert visitor.page.locator("[data-width]").get_attribute("width") == "800"
    SyncRun.objects.filter(pk=run.pk).update(state="completed", read=100, delivered=9)
    has_words(visitor, "100 of 100 rows")
    visitor.look()
    assert visitor.sees("✓ completed")
    assert visitor.page.get_by_role("link", name="Undo …", exact=True).count() == 1


def test_every_page_of_the_sync_fits_a_telephone(visitor: Visitor, people: People) -> None:
    definition = SyncDefinition.objects.get(slug=NAMESPACE_INFORMATION)
    plan = {"to_send": 1, "fields": {"a_field_with_a_rather_long_name_that_has_no_break": 1}, "objections": ["Too many changed."]}
    values = {"state": "stopped", "stop_code": "guard", "plan": plan}
    runs = SyncRunFactory.create_batch(15, definition=definition, **values)
    before, after = ({"namespace_information": [{"NAMESPACE_ID": 7, "GLM_SOURCE": source}]} for source in ("a" * 90, "b" * 90))
    row = SyncRowFactory.create(run=runs[-1], state="failed", email=LONG, before=before, after=after, reason_code="permanent")
    SyncRowFactory.create(run=runs[-1], state="skipped", email=LONG, clash=f"mailbox {LONG}")
    SyncDefinition.objects.filter(pk=definition.pk).update(proposed_query="SELECT 1", proposed_by=people.technical_owner)
    visitor.log_in("technical_owner")
    of_run, of_definition = f"syncrun/{runs[-1].pk}", f"syncdefinition/{definition.pk}"
    for page in (
        *("syncrun/", f"{of_run}/change/", f"{of_run}/do/approve/", "syncrow/", f"syncrow/{row.pk}/change/", "syncrow/csv/"),
        *("syncdefinition/", f"{of_definition}/change/", f"{of_definition}/preview/", f"{of_definition}/approve-query/"),
        *(f"{of_definition}/propose-query/", "syncdefinition/add/", "window/"),
    ):
        visitor.page.goto(f"{visitor.home}/admin/sync/{page}")
        visitor.look()
