from __future__ import annotations

import ast

from tests.house.sources import product

LONGEST_FUNCTION = 50
LONGEST_MODULE = 300
VAGUE = {"utils", "util", "helpers", "helper", "common", "core", "misc", "services", "service", "selectors", "lib"}


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def test_no_function_is_longer_than_fifty_lines() -> None:
    functions = [
        (source.path, node)
        for source in product()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]

    assert [f"{path}:{node.lineno}: {node.name}" for path, node in functions if length(node) > LONGEST_FUNCTION] == []


def test_no_module_is_longer_than_three_hundred_lines() -> None:
    assert [f"{source.path}: {source.lines}" for source in product() if source.lines > LONGEST_MODULE] == []


def test_every_module_is_named_for_what_it_holds() -> None:
    assert [source.path for source in product() if VAGUE & set(source.module.split("."))] == []
