"""The drawing of nodes and arrows: in layers, readable without a picture, and the same each time."""

from __future__ import annotations

import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from journeys.diagram import Edge, Node, draw, in_words
from journeys.layers import A_ROW, BEND, BETWEEN, GAP, GAP_WITH_LABELS, WIDTH, Box, lay_out, wrapped


def nodes(*names: str) -> list[Node]:
    return [Node(name, name.upper()) for name in names]


def edges(*pairs: str) -> list[Edge]:
    return [Edge(pair[0], pair[1], pair[2:].strip()) for pair in pairs]


def layer_of(names: str, *pairs: str) -> dict[str, int]:
    return {box.node.id: box.layer for box in lay_out(nodes(*names), edges(*pairs)).boxes if box.node}


def test_a_node_stands_right_of_all_that_lead_to_it() -> None:
    assert layer_of("abcd", "ab", "bc", "ac", "cd") == {"a": 0, "b": 1, "c": 2, "d": 3}


def test_what_nothing_leads_to_stands_first_whatever_the_order() -> None:
    assert layer_of("cba", "ab", "bc") == {"a": 0, "b": 1, "c": 2}


def test_a_circle_is_drawn_with_one_arrow_back() -> None:
    plan = lay_out(nodes(*"abc"), edges("ab", "bc", "ca", "bb"))
    assert [(edge.source, edge.target) for edge, _, _ in plan.back] == [("c", "a"), ("b", "b")]
    assert layer_of("abc", "ab", "bc", "ca") == {"a": 0, "b": 1, "c": 2}


def test_a_long_arrow_goes_between_the_boxes_and_not_through_them() -> None:
    plan = lay_out(nodes(*"abc"), edges("ab", "bc", "ac"))
    (_, way) = plan.ways[2]
    assert [box.node is None for box in way] == [False, True, False]
    middle = next(box for box in plan.boxes if box.node and box.node.id == "b")
    assert way[1].y == middle.y + middle.height + BETWEEN


def test_boxes_of_one_layer_do_not_overlap() -> None:
    plan = lay_out([Node("a", "A"), *(Node(str(n), "words " * n) for n in range(1, 9))], [Edge("a", str(n)) for n in range(1, 9)])
    column = sorted((box.y, box.y + box.height) for box in plan.boxes if box.layer == 1)
    assert all(below[0] == above[1] + BETWEEN for above, below in pairwise(column))
    assert column[-1][1] < plan.height


def test_branches_stand_in_the_order_of_what_leads_to_them() -> None:
    plan = lay_out(nodes(*"abcde"), edges("ab", "ac", "bd", "ce"))
    heights = {box.node.id: box.y for box in plan.boxes if box.node}
    assert heights["b"] < heights["c"]
    assert heights["d"] < heights["e"]
    crossed = lay_out(nodes(*"abcde"), edges("ab", "ac", "be", "cd"))
    heights = {box.node.id: box.y for box in crossed.boxes if box.node}
    assert heights["e"] < heights["d"]


def test_labels_make_room_for_themselves() -> None:
    def second(*pairs: str) -> float:
        return lay_out(nodes("a", "b"), edges(*pairs)).boxes[1].x

    assert second("ab yes") - second("ab") == GAP_WITH_LABELS - GAP
    assert second("ab") > WIDTH


def test_the_picture_says_what_it_shows() -> None:
    steps = [Node("a", "Start", "start", ("SaaS Trials",)), Node("b", "Welcome")]
    root = ElementTree.fromstring(draw(steps, [Edge("a", "b", "yes")], "The trial journey", "trial"))  # noqa: S314 - ours
    assert root.get("role") == "img"
    ids = str(root.get("aria-labelledby")).split()
    assert {str(root.findtext(f"*[@id='{one}']")) for one in ids} == {
        "The trial journey",
        "Start: SaaS Trials. Then yes: Welcome. Welcome.",
    }


def test_the_picture_holds_every_box_and_label_once() -> None:
    drawn = draw([Node("a", "Split", "split"), *nodes(*"bc")], edges("ab yes", "ac no"), "x")
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", drawn)
    assert sorted(texts) == ["B", "C", "Split", "no", "yes"]
    assert drawn.count('class="diagram-box diagram-split"') == 1
    assert drawn.count("<path class=") == 2


def test_the_same_input_draws_the_same_picture() -> None:
    given = nodes(*"abcdefg"), edges("ab", "ac", "bd", "cd", "ad", "de", "ef", "fb", "dg")
    assert draw(*given, "x") == draw(*given, "x")


def test_words_of_others_are_never_markup() -> None:
    drawn = draw([Node("a", "<script>", '"><b', ("a & b",))], [], "<i>")
    assert "<script>" not in drawn
    assert "<i>" not in drawn
    assert ElementTree.fromstring(drawn) is not None  # noqa: S314 - ours
    assert "style=" not in drawn


def test_nothing_is_drawn_as_an_empty_picture() -> None:
    assert ElementTree.fromstring(draw([], [], "Nothing")).get("role") == "img"  # noqa: S314 - ours


def test_an_arrow_to_nowhere_is_refused() -> None:
    with pytest.raises(ValueError, match="An arrow from a to z names no box"):
        lay_out(nodes("a"), [Edge("a", "z")])


def test_a_chain_longer_than_the_stack_is_laid_out() -> None:
    names = [str(number) for number in range(3_000)]
    plan = lay_out([Node(name, name) for name in names], [Edge(a, b) for a, b in pairwise(names)])
    assert plan.boxes[-1].layer == 2_999


def test_a_long_chain_goes_on_below_and_its_lines_do_not_cross() -> None:
    names = "abcdefghi"
    plan = lay_out(nodes(*names, "z"), edges(*map("".join, pairwise(names)), "fz", "zh"))
    x, y = ({box.node.id: getattr(box, axis) for box in plan.boxes if box.node} for axis in "xy")
    assert (x["a"], x["b"], x["f"]) == (x["g"], x["h"], x["f"])
    assert (
        max(y[name] for name in "abcdef") < min(plan.turns.values()) < max(plan.turns.values()) < min(y[name] for name in "ghiz")
    )
    assert plan.width < A_ROW * (WIDTH + GAP) + 3 * BEND
    turns = {(way[0].node.id, way[1].y): plan.turns[id(way[0]), id(way[1])] for _, way in plan.ways if id_of(way) in plan.turns}  # type: ignore[union-attr]
    assert sorted(turns, key=lambda one: turns[one]) == sorted(turns, key=lambda one: -one[1])
    assert len(turns) == 2


def id_of(way: list[Box]) -> tuple[int, int]:
    return id(way[0]), id(way[1])


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("one two three", ["one two", "three"]),
        ("", []),
        ("abcdefghijkl", ["abcdefgh", "ijkl"]),
        ("日本語日本語", ["日本語日", "本語"]),
        ("MWMWMWM", ["MWMWM", "WM"]),
        ("a b c d e f g h i j k l m n o p q r s t u v", ["a b c d", "e f g h", "i j k l", "m n o p…"]),
    ],
)
def test_text_is_wrapped_into_its_box(text: str, lines: list[str]) -> None:
    assert wrapped(text, 8) == lines


def test_the_words_tell_what_follows_what() -> None:
    assert in_words(nodes(*"ab"), edges("ab")) == "A. Then B. B."
