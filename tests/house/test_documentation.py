from __future__ import annotations

import ast
import re

import pytest
from django.core.management.base import CommandParser

from iterable_admin.demo.drills.programme import DRILLS
from iterable_admin.management.commands.iterable_sandbox import Command
from iterable_admin.sandbox.trouble.presets import PRESETS
from iterable_admin.warehouse.snowflake_settings import VARIABLES
from tests.house.sources import ROOT, product

OF_EVERY_COMMAND = {"--help"}
PAGES = ["README.md", "CONTRIBUTING.md", *(f"docs/{page.name}" for page in sorted((ROOT / "docs").glob("*.md")))]


def settings_read() -> set[str]:
    """Every variable that the settings take from the environment."""
    (settings,) = (source for source in product() if source.module == "iterable_admin.settings")
    calls = (node for node in ast.walk(settings.tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute))
    names = (call.args[0] for call in calls if call.args)
    constants = (name.value for name in names if isinstance(name, ast.Constant) and isinstance(name.value, str))
    return {name for name in constants if re.fullmatch(r"[A-Z][A-Z_]+", name)}


def test_settings_are_found() -> None:
    assert {"SECRET_KEY", "VAR_DIR", "SYNC_CRON"} <= settings_read()


@pytest.mark.parametrize(("path", "pattern"), [(".env.example", r"^#?([A-Z_]+)="), ("docs/operations.md", r"^\| `([A-Z_]+)` \|")])
def test_every_setting_is_documented(path: str, pattern: str) -> None:
    documented = set(re.findall(pattern, (ROOT / path).read_text(), re.MULTILINE))

    assert (settings_read() | set(VARIABLES)) - documented == set()


def words_of_code(path: str) -> set[str]:
    return set(re.findall(r"`([^`\n]+)`", (ROOT / path).read_text()))


def test_every_option_and_fault_of_the_sandbox_is_documented() -> None:
    parser = CommandParser()
    Command().add_arguments(parser)
    options = {option for action in parser._actions for option in action.option_strings if option.startswith("--")}
    assert (options - OF_EVERY_COMMAND | PRESETS.keys()) - words_of_code("docs/sandbox.md") == set()


def test_every_drill_is_documented() -> None:
    assert DRILLS.keys() - words_of_code("docs/iterable.md") == set()


@pytest.mark.parametrize("path", PAGES)
def test_every_link_inside_the_documentation_leads_somewhere(path: str) -> None:
    targets = re.findall(r"\]\((?!https?://)([^)#\s]+)", (ROOT / path).read_text())
    assert [target for target in targets if not ((ROOT / path).parent / target).exists()] == []
