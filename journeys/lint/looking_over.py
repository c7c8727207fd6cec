"""One version looked over as it is saved, before anybody is asked to approve it. A worker adds what needs a look at everybody."""

from __future__ import annotations

from django.db.models import Q
from django.utils import timezone

from journeys.definition.described import Described
from journeys.definition.models import JourneyVersion
from journeys.lint.asking import ask_for_a_run
from journeys.lint.ground import Ground
from journeys.lint.models import LintFinding
from journeys.lint.registry import RULES, rules_of_versions
from journeys.lint.settling import settle


def look_over(version: JourneyVersion) -> None:
    """Call it in the transaction of the save. Of a version that ended, all findings end."""
    ground, chosen = Ground(timezone.now()), rules_of_versions()
    mine = Q(subject_kind=LintFinding.Subject.VERSION, subject_id=str(version.pk))
    if version.state not in JourneyVersion.STANDING:
        settle([], list(RULES), ground.now, mine)
        return
    described = Described.of(version)
    found = [(rule, item) for rule in chosen for item in rule.look(described, ground)]
    settle(found, [rule.code for rule in chosen], ground.now, mine)
    ask_for_a_run()
