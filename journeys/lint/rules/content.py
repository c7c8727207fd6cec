"""What marketing mails must hold."""

from __future__ import annotations

import re
from collections.abc import Iterator

from contacts.consent.resolver.moments import is_marketing
from journeys.lint.ground import Ground
from journeys.lint.registry import Found, Rule, Severity, register
from journeys.lint.subjects import of_template
from journeys.models import Template
from journeys.steps import Step

# Iterable's merge tags: of the channel, of the type, and the hosted page.
UNSUBSCRIBE = re.compile(r"\{\{+\s*[#&]?\s*(unsubscribeUrl|unsubscribeMessageTypeUrl|hostedUnsubscribeUrl)\b", re.IGNORECASE)
SNIPPET = re.compile(r"\{\{+\s*snippet\b", re.IGNORECASE)
# Nobody sees what stands in one, unless Outlook is told to.
COMMENT = re.compile(r"<!--(?!\[if).*?-->|\{\{!--.*?--\}\}|\{\{!.*?\}\}", re.IGNORECASE | re.DOTALL)
TAG = re.compile(r"<style\b.*?</style>|<script\b.*?</script>|<!--.*?-->|<[^>]+>", re.IGNORECASE | re.DOTALL)
# A merge tag of an address, a US state with its ZIP code, a British or Canadian postcode, a post box, or a code before a town
# after a street with its number.
ADDRESS = re.compile(
    r"\{\{+[^}]*(?i:address)[^}]*\}\}|\b[A-Z]{2},?\s+\d{5}(?:-\d{4})?\b|\b[A-Z]{1,2}\d[A-Z\d]?\s*\d[A-Z]{2}\b|\b[A-Z]\d[A-Z]\s?\d[A-Z]\d\b"
    r"|\bP\.?\s?O\.?\s?Box\s+\d+|\b\d{1,4}[a-z]?,?\s+\d{4,5}\s+[A-Z]\w+",
)


@register
class SUB06(Rule):
    """A marketing mail without an unsubscribe link in its body, or without a postal address.

    Both are asked for by law (CAN-SPAM, CASL); the one-click header does not replace the link. An address is
    recognised by its postcode. Where the template includes a snippet, which Iterable's API does not give, it may stand there.
    """

    code, severity, title = "SUB06", Severity.WARNING, "marketing mail without unsubscribe link or postal address"

    def find(self, ground: Ground) -> Iterator[Found]:
        for template, step in _marketing_templates(ground).values():
            if not template.html:
                yield _unread(template, step)
                continue
            missing = missing_from(template.html)
            if not missing:
                continue
            hidden = bool(SNIPPET.search(template.html))
            then = " It may stand in a snippet that it includes." if hidden else ""
            about = of_template(template, step)
            yield Found(
                about,
                f"Has no {' and no '.join(missing)}.{then}",
                "The campaigns owner adds it to the template in Iterable.",
                Severity.INFO if hidden else None,
                evidence={"missing": missing, "includes_snippets": hidden, "template": template.iterable_id},
            )


def _unread(template: Template, step: Step) -> Found:
    return Found(
        of_template(template, step),
        "Its text could not be read, or is empty: whether it has an unsubscribe link and a postal address is not known.",
        "The campaigns owner looks at the template in Iterable.",
        Severity.INFO,
        evidence={"template": template.iterable_id},
        part="unread",
    )


def _marketing_templates(ground: Ground) -> dict[int, tuple[Template, Step]]:
    """Of mails, those that somebody tried to read; each once."""
    found: dict[int, tuple[Template, Step]] = {}
    for step, message_type in ground.typed_steps():
        if step.template and (step.template.html or step.template.html_of) and is_marketing(message_type.channel):
            found.setdefault(step.template.pk, (step.template, step))
    return found


def missing_from(html: str) -> list[str]:
    html = COMMENT.sub(" ", html)
    parts = [] if UNSUBSCRIBE.search(html) else ["unsubscribe link"]
    return parts if ADDRESS.search(TAG.sub(" ", html)) else [*parts, "postal address"]
