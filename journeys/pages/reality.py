"""What the latest comparison of a journey's replay with Iterable's reports says, in words."""

from __future__ import annotations

from dataclasses import dataclass

from journeys.models import Journey, RealityCheck

WORDS = {
    "sends": ("send", "that the described journey does not make"),
    "skips": ("skip", "of somebody whom the described journey keeps nothing from"),
    "exits": ("exit", "of somebody who, as described, is on the way or was never in"),
}


@dataclass(frozen=True, slots=True)
class Unexplained:
    """`events`: the first of them."""

    words: str
    reported: int
    number: int
    events: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Reality:
    check: RealityCheck
    rate: str
    rows: tuple[Unexplained, ...]

    @property
    def silent(self) -> bool:
        """Nothing was reported: then the webhooks are probably not switched on."""
        return not any(row.reported for row in self.rows)


def reality_of(journey: Journey) -> Reality | None:
    """One query. None: never compared."""
    check = RealityCheck.objects.filter(journey=journey).select_related("version__journey").first()
    if check is None:
        return None
    predicted, hits = check.counts.get("predicted", 0), check.counts.get("hits", 0)
    rows = (
        Unexplained(
            f"{kind}{'' if check.counts.get(f'unexplained_{name}') == 1 else 's'} {which}",
            check.counts.get(name, 0),
            check.counts.get(f"unexplained_{name}", 0),
            tuple(check.events.get(name, ())),
        )
        for name, (kind, which) in WORDS.items()
    )
    return Reality(check, f"{100 * hits / predicted:.1f}%" if predicted else "-", tuple(rows))
