"""The rules, each a small class that registers itself by its code."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from django.db.models import QuerySet

from contacts.consent.models import MessageType
from contacts.models import Contact
from journeys.lint.models import LintFinding
from journeys.models import Journey

if TYPE_CHECKING:
    from journeys.definition.described import Described
    from journeys.lint.ground import Ground

Severity = LintFinding.Severity
Subject = LintFinding.Subject


@dataclass(frozen=True, slots=True)
class About:
    """What a finding is about, and where else it shows: on the page of its journey and of its message type."""

    kind: Subject
    id: str = ""
    name: str = "the instance"
    journey: Journey | None = None
    message_type: MessageType | None = None


INSTANCE = About(Subject.INSTANCE)


@dataclass(frozen=True, slots=True)
class Found:
    """One thing a rule found. `sentence` and `evidence` name no person; `part` tells findings of one subject apart."""

    about: About
    sentence: str
    next_step: str
    severity: Severity | None = None
    exposed: int | None = None
    evidence: dict[str, Any] = field(default_factory=dict)
    part: str = ""


class Rule:
    """`severity` unless a finding says otherwise. `quick`: cheap enough, and urgent enough, for every few minutes."""

    code: ClassVar[str]
    severity: ClassVar[Severity]
    title: ClassVar[str]
    quick: ClassVar[bool] = False
    # Tells of a change that somebody may accept for good, rather than of a state that has to end.
    of_a_change: ClassVar[bool] = False

    def find(self, ground: Ground) -> Iterator[Found]:
        raise NotImplementedError

    def look(self, described: Described, ground: Ground) -> Iterator[Found]:
        """What it finds in one version of a journey, where it is about versions: without a look at everybody."""
        return iter(())

    def people(self, finding: LintFinding) -> QuerySet[Contact] | None:
        """Whom it concerns, where that can be shown."""
        return None


RULES: dict[str, Rule] = {}


def register(rule: type[Rule]) -> type[Rule]:
    assert rule.code not in RULES, f"{rule.code} is registered twice."  # noqa: S101 - a mistake in the code
    RULES[rule.code] = rule()
    return rule


def rules(*, quick: bool = False) -> list[Rule]:
    """All in the order of their codes, or only the quick ones."""
    return [rule for _, rule in sorted(RULES.items()) if rule.quick or not quick]


def rules_of_versions() -> list[Rule]:
    """Those that every save of a version is looked over by."""
    return [rule for rule in rules() if type(rule).look is not Rule.look]


def fingerprint(code: str, found: Found) -> str:
    return ":".join(part for part in (code, found.about.kind.value, found.about.id, found.part) if part)[:200]
