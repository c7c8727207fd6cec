"""What if a message type were retired, its steps moved to another one, or every withdrawal applied in Iterable.

Who would be mailed before and after, by reason. Computed from what is known; nothing is touched.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from contacts.consent.models import MessageType
from contacts.consent.resolver.exposing import Exposure, difference, exposure_of
from contacts.consent.resolver.people import Variant
from contacts.consent.resolver.records import AsOf
from journeys.lint.ground import variant_of
from journeys.lint.rules.subscriptions import is_open_to_all
from journeys.steps import Step, running_steps


class Change(StrEnum):
    RETIRE = "retire"
    MOVE = "move"
    APPLY = "apply"


@dataclass(frozen=True, slots=True)
class Side:
    """Whom Iterable would mail, and how many of them it should not, by reason."""

    mailed: int = 0
    exposed: int = 0
    unknown: int = 0
    reasons: Mapping[str, int] | None = None

    @classmethod
    def of(cls, exposure: Exposure) -> Side:
        return cls(exposure.will, exposure.exposed, exposure.unknown, dict(exposure.reasons))


@dataclass(frozen=True, slots=True)
class Preview:
    """`lost` and `gained`: people by what stands against mailing them today; SEND: nothing does."""

    before: Side
    after: Side
    lost: Mapping[str, int]
    gained: Mapping[str, int]


NOBODY = Side(reasons={})


def preview(before: Variant, change: Change, other: MessageType | None = None) -> Preview:
    after = after_of(before, change, other)
    if after is None:
        mailed = _flows(before, before)[True, True]
        return Preview(Side.of(_exposures(before)[0]), NOBODY, mailed, {})
    first, second = _exposures(before, after)
    flows = _flows(before, after)
    return Preview(Side.of(first), Side.of(second), flows[True, False], flows[False, True])


def after_of(before: Variant, change: Change, other: MessageType | None) -> Variant | None:
    """None: nobody gets anything any more."""
    if change == Change.MOVE and other is not None:
        return replace(before, message_type=other)
    return replace(before, withdrawals_applied=True) if change == Change.APPLY else None


def _exposures(*variants: Variant) -> list[Exposure]:
    return exposure_of(variants, list(MessageType.objects.select_related("channel")), AsOf())


def _flows(before: Variant, after: Variant) -> dict[tuple[bool, bool], dict[str, int]]:
    found: dict[tuple[bool, bool], Counter[str]] = {(was, is_): Counter() for was in (True, False) for is_ in (True, False)}
    for (code, was, becomes), people in difference(before, after).items():
        found[bool(was), bool(becomes)][code] += people
    return {key: dict(counts.most_common()) for key, counts in found.items()}


@dataclass(frozen=True, slots=True)
class Standing:
    """What the lint says of a step: the codes among SUB01 to SUB03, and how many people are exposed."""

    codes: list[str]
    exposed: int


@dataclass(frozen=True, slots=True)
class StepPreview:
    step: Step
    now: Standing
    then: Standing


def preview_steps(message_type: MessageType, change: Change, other: MessageType | None = None) -> list[StepPreview]:
    """Of each running step that uses the type, with whom its campaign suppresses. One statement."""
    steps = [step for step in running_steps() if step.message_type == message_type]
    befores = [variant_of(step, message_type) for step in steps]
    afters = [after_of(variant, change, other) for variant in befores]
    variants = list(dict.fromkeys([*befores, *(variant for variant in afters if variant)]))
    seen = dict(zip(variants, _exposures(*variants), strict=True))
    return [
        StepPreview(step, _standing(before, seen), _standing(after, seen))
        for step, before, after in zip(steps, befores, afters, strict=True)
    ]


def _standing(variant: Variant | None, seen: Mapping[Variant, Exposure]) -> Standing:
    if variant is None:
        return Standing([], 0)
    broken = {
        "SUB01": is_open_to_all(variant.message_type),
        "SUB02": variant.message_type.do_not_use,
        "SUB03": bool(seen[variant].exposed),
    }
    return Standing([code for code, is_broken in broken.items() if is_broken], seen[variant].exposed)
