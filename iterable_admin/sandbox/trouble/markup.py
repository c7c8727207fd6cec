"""HTML of the sandbox's page: one frame, tables, and nothing unescaped."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from typing import Any

import orjson

SUMMARY, LONGEST = 60, 2000
MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ][\d:.]+ ?\+00:00")
STYLE = """
:root{color-scheme:light dark;--text:#1f1e24;--back:#fff;--line:#dcdcde;--quiet:#626168;--on:#a5370f;--card:#f7f7f9}
@media (prefers-color-scheme:dark){
:root{--text:#ececef;--back:#18171d;--line:#3a383f;--quiet:#a4a3a8;--on:#f5a37f;--card:#232128}}
*{box-sizing:border-box}body{font:16px/1.4 system-ui,sans-serif;margin:1rem;color:var(--text);background:var(--back)}
h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:1.5rem}h3{font-size:1rem;margin:0}
p{overflow-wrap:anywhere}nav{display:flex;flex-wrap:wrap;gap:0 1rem}a{color:inherit}nav a{padding:.6rem 0}
.wide{overflow:auto;max-height:70vh}table{border-collapse:collapse;min-width:100%;font-size:.9rem}
th,td{text-align:left;vertical-align:top;padding:.3rem .6rem;border-bottom:1px solid var(--line)}
th{position:sticky;top:0;background:var(--back);white-space:nowrap}
td{overflow-wrap:break-word;max-width:24rem}td.moment{white-space:nowrap}code{font-size:.85rem}
summary{cursor:pointer;padding:.3rem 0}
td summary{padding:0;max-width:14rem;white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
td code{display:block;min-width:16rem}
.switches{display:grid;gap:.75rem;grid-template-columns:repeat(auto-fill,minmax(min(20rem,100%),1fr));padding:0;list-style:none}
.switches>li{border:1px solid var(--line);border-radius:6px;padding:.75rem;background:var(--card);overflow-wrap:anywhere}
.switches>li.on{border-color:var(--on)}.switches p{margin:.3rem 0;color:var(--quiet)}.on .state{color:var(--on);font-weight:600}
.shape{display:grid;grid-template-columns:1fr 1fr;gap:.4rem;margin:.5rem 0}label{display:block;font-size:.85rem}
input{width:100%;font:inherit;padding:.3rem;color:inherit;background:var(--back);border:1px solid var(--quiet);border-radius:4px}
button{font:inherit;padding:.5rem .9rem;min-height:44px;border:1px solid var(--quiet);border-radius:4px;color:inherit;
background:var(--back);cursor:pointer}:focus-visible{outline:3px solid #428fdc;outline-offset:1px}
.clock{display:flex;flex-wrap:wrap;gap:.6rem;align-items:end;margin:.75rem 0}.clock label{min-width:9rem}
.problem{border-left:4px solid var(--on);padding:.5rem .75rem;background:var(--card)}
"""


def text(value: object) -> str:
    return escape(str(value))


def frame(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{text(title)}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="icon" href="data:,"><style>{STYLE}</style></head>'
        f"<body><main><h1>{text(title)}</h1>{body}</main></body></html>"
    )


@dataclass(frozen=True, slots=True)
class Folded:
    """A cell whose first words are shown, and all of it when it is opened."""

    value: Any


def draw_table(heads: tuple[str, ...], rows: Iterable[Iterable[Any]]) -> str:
    head = "".join(f'<th scope="col">{text(name)}</th>' for name in heads)
    body = "".join("<tr>" + "".join(draw_cell(cell) for cell in row) + "</tr>" for row in rows)
    if not body:
        return "<p>None yet.</p>"
    region = f'<div class="wide" tabindex="0" role="region" aria-label="{text(heads[0])} table">'
    return f"{region}<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"


def draw_cell(cell: Any) -> str:
    if isinstance(cell, Folded):
        words = spell(cell.value)
        return f"<td><details><summary>{text(words[:SUMMARY])}</summary><code>{text(words[:LONGEST])}</code></details></td>"
    kind = ' class="moment"' if isinstance(cell, str) and MOMENT.fullmatch(cell) else ""
    return f"<td{kind}>{f'<code>{text(spell(cell)[:LONGEST])}</code>' if isinstance(cell, dict | list) else text(cell)}</td>"


def spell(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()
