from __future__ import annotations

import pytest

from journeys.links import Link, NotIterable, parse


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://app.iterable.com/workflows/361081/edit?mode=beta&workflowType=Published", Link(workflow_id=361081)),
        (" https://app.eu.iterable.com/workflows/361081 ", Link(workflow_id=361081)),
        ("https://app.iterable.com/workflows?folderId=68331&page=1", Link(folder_id=68331)),
        ("https://app.iterable.com/campaigns/42?view=summary", Link(campaign_id=42)),
        ("https://app.iterable.com/templates/editor?templateId=77", Link(template_id=77)),
    ],
)
def test_the_ids_in_a_link_are_read(url: str, link: Link) -> None:
    assert parse(url) == link


@pytest.mark.parametrize(
    "url",
    [
        "http://app.iterable.com/workflows/1",
        "https://app.iterable.com.example.com/workflows/1",
        "https://user@app.iterable.com/workflows/1",
        "https://app.iterable.com/",
        "https://app.iterable.com/workflows?folderId=x",
        "javascript:alert(1)",
        "https://[",
        "",
    ],
)
def test_another_link_is_refused_with_the_mend(url: str) -> None:
    with pytest.raises(NotIterable, match=r"https://app\.iterable\.com/|copy it|copy its address"):
        parse(url)
