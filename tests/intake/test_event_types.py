from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from contacts.intake.models import EventType
from contacts.intake.seed import seed_event_types

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("slug", ["bulk", "gitlab"])
def test_an_endpoint_that_others_have_is_refused(slug: str) -> None:
    with pytest.raises(ValidationError, match="is an endpoint of its own"):
        EventType(name="Bulk Seats", slug=slug).full_clean()


@pytest.mark.parametrize("names", [{"name": "Trials", "aliases": ["saas trials "]}, {"name": "Saas Trial"}])
def test_a_name_that_another_type_has_is_refused(names: dict[str, object]) -> None:
    seed_event_types()
    with pytest.raises(ValidationError, match="SaaS Trials has this name already: saas trial"):
        EventType(slug="trials", **names).full_clean()


def test_the_types_that_ship_are_in_order() -> None:
    seed_event_types()
    for event_type in EventType.objects.all():
        event_type.full_clean()
