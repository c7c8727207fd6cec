"""The ten people through a journey of one step on Marketing Message: by the statement and one by one, and moved away from it.

The one who was forgotten is nobody any more, and enters nothing.
"""

from __future__ import annotations

import pytest
from django.utils import timezone

from journeys.rehearsal.scene import Overlay, Scene
from tests.acceptance.world import World
from tests.journeys.rehearsing import both, chain, exactly, mail

pytestmark = pytest.mark.django_db(transaction=True)
MOVED = Overlay(moved={"Marketing Message": "GitLab Marketing"})


def outcomes(overlay: Overlay) -> dict[str, int]:
    told = exactly(both(Scene(chain(mail("hello")), timezone.now(), overlay=overlay)))
    found = {
        word: sum(n for name, n in told.items() if f"hello {word}" in name) for word in ("reached", "sent", "exposed", "blocked")
    }
    assert found["reached"] == found["sent"] + found["exposed"] + found["blocked"]
    return found


def test_two_of_the_ten_are_exposed_and_nobody_is_once_the_step_has_moved(ten: World) -> None:
    assert outcomes(Overlay()) == {"reached": 9, "sent": 1, "exposed": 2, "blocked": 6}
    assert outcomes(MOVED) == {"reached": 9, "sent": 1, "exposed": 0, "blocked": 8}
