"""The page at the root: the state as it stands, drawn by the server, without script."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from itertools import islice
from typing import TYPE_CHECKING, Any

import orjson

from iterable_admin.sandbox.clock import iso, write_epoch
from iterable_admin.sandbox.people import ARRAYS, People, Profile

if TYPE_CHECKING:
    from iterable_admin.sandbox.state import State

SHOWN = 50
STYLE = """
body{font:16px/1.4 system-ui,sans-serif;margin:1rem;color:#1f1e24;background:#fff}
h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:1.5rem}
.wide{overflow-x:auto}table{border-collapse:collapse;min-width:100%}
th,td{text-align:left;vertical-align:top;padding:.3rem .6rem;border-bottom:1px solid #dcdcde}
td{overflow-wrap:anywhere;min-width:6rem}code{font-size:.85rem}
"""


def draw_page(state: State) -> str:
    people = state.people
    events = [(p, p.events[key]) for key, p in islice(reversed(people.event_owner.items()), SHOWN)]
    parts = [
        f"<h1>Iterable sandbox</h1><p>Project type {escape(state.project_type)}.",
        f"{len(state.pending)} accepted calls are not visible yet.</p>",
        "<h2>Faults in force</h2>" + draw_table(("Fault", "Value"), state.faults.describe().items()),
        f"<h2>Users ({len(people.everybody):,})</h2>"
        + draw_table(("User", *ARRAYS, "Fields", "Updated"), (user_row(p) for p in newest(people))),
        f"<h2>Events ({len(people.event_owner):,})</h2>"
        + draw_table(
            ("Created", "Event", "User", "Id", "Fields"),
            ((write_epoch(e.created_at), e.name, p.key, e.id, e.fields) for p, e in events),
        ),
        "<h2>Recent calls</h2>"
        + draw_table(
            ("Time", "Call", "Status", "Body"),
            ((iso(c.at), f"{c.method} {c.path}", c.status or "reset", c.body) for c in state.calls.latest(None, SHOWN)),
        ),
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Iterable sandbox</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head>'
        f"<body>{''.join(parts)}</body></html>"
    )


def newest(people: People) -> list[Profile]:
    """The users made last; dictionaries keep the order of creation."""
    return list(islice(reversed(people.everybody.values()), SHOWN))


def user_row(profile: Profile) -> tuple[Any, ...]:
    arrays = profile.arrays or {}
    return (profile.key, *(arrays.get(name, "never set") for name in ARRAYS), profile.fields, iso(profile.updated_at))


def draw_table(heads: tuple[str, ...], rows: Iterable[Iterable[Any]]) -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in heads)
    body = "".join("<tr>" + "".join(f"<td>{draw_cell(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    region = f'<div class="wide" tabindex="0" role="region" aria-label="{escape(heads[0])} table">'
    return f"{region}<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"


def draw_cell(cell: Any) -> str:
    if isinstance(cell, dict | list):
        return f"<code>{escape(orjson.dumps(cell).decode()[:500])}</code>"
    return escape(str(cell))
