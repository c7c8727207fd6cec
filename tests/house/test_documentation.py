from __future__ import annotations

import ast
import re

import pytest

from tests.house.sources import ROOT, product


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

    assert settings_read() - documented == set()
