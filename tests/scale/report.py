"""The measured figures as a page."""

from __future__ import annotations

from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.scale.__main__ import Figures

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "performance.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


def write_report(figures: Figures, conditions: dict[str, str]) -> None:
    """Replace what stands between the two marks; what people wrote around it stays."""
    page = PAGE.read_text()
    before, _, rest = page.partition(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n\n{_measured(figures, conditions)}\n\n{END}{rest.partition(END)[2]}")


def _measured(figures: Figures, conditions: dict[str, str]) -> str:
    told = "\n".join(f"- {name}: {value}" for name, value in conditions.items())
    ours, bare = [load.per_second for load in figures.single], [load.per_second for load in figures.bare]
    ratio = median(mine / theirs for mine, theirs in zip(ours, bare, strict=True))
    p99 = median(load.p99_milliseconds for load in figures.single)
    bare_p99 = median(load.p99_milliseconds for load in figures.bare)
    failed = sum(load.failed for load in figures.single)
    cpu = median(load.generator_cpu for load in figures.single)
    rows = [
        ("single events acknowledged", f"{median(ours):,.0f}/s, p99 {p99:.0f} ms, {failed} failed", "700/s, p99 under 60 ms"),
        ("a bare Django insert, in turn with it", f"{median(bare):,.0f}/s, p99 {bare_p99:.0f} ms", ""),
        ("ours as a part of the bare insert", f"{ratio:.0%}", ""),
        ("bulk intake, 1,000 events a call", f"{median(figures.bulk):,.0f} events/s", "8,000 events/s"),
        ("intake to sandbox, two deliveries an event", f"{figures.end_to_end:,.0f} events/s", "2,000 events/s"),
    ]
    profiles = f"{figures.profiles.wall:,.0f}/s, {figures.profiles.processor:,.0f} for each second of its core"
    rows.append(("profiles made in the sandbox by bulkUpdate, one core (`tests/scale/profiles.py`)", profiles, "20,000/s"))
    table = "\n".join(f"| {what} | {measured} | {aim} |" for what, measured, aim in rows)
    players = ", ".join(f"{name} {share:.2f}" for name, share in figures.worker_cpu.items())
    return (
        f"{told}\n\n| what | measured | aim |\n|---|---|---|\n{table}\n\n"
        f"Processor used by the load generators themselves, in cores: single {cpu:.2f}, bulk {figures.bulk_generator_cpu:.2f}, "
        f"end to end {figures.end_to_end_generator_cpu:.2f}. Cores used by each process group end to end: {players}; "
        "the rest is PostgreSQL.\n\n"
        "Where the processor time of one single event goes, in Python, one process, no load (`tests/scale/pieces.py`):\n\n"
        "| piece | ms |\n|---|---|\n" + "\n".join(f"| {name} | {figure} |" for name, figure in figures.pieces)
    )
