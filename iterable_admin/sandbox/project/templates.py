"""Templates: the list, one with its content, and by the key of the client."""

from __future__ import annotations

from iterable_admin.sandbox.answers import Answer, Endpoint, Rate, Refused, Request, Route, bad_params, read_integer
from iterable_admin.sandbox.dates import write_epoch
from iterable_admin.sandbox.project.catalog import Template
from iterable_admin.sandbox.project.moments import read_range
from iterable_admin.sandbox.project.paging import Listing, answer_list, sort_by
from iterable_admin.sandbox.state import State

TEMPLATES = Listing("templates", "totalTemplatesCount", 20, 1000)
SORTS = {"id": "templateId", "name": "name", "createdAt": "createdAt", "updatedAt": "updatedAt"}
KINDS = ("Base", "Blast", "Triggered", "Workflow")
MEDIA = ("Email", "Push", "InApp", "SMS", "Embedded")


def templates(state: State, request: Request) -> Answer:
    """Filtered by type, medium, and time of creation; times are written in milliseconds."""
    kind, medium = read_choice(request, "templateType", KINDS), read_choice(request, "messageMedium", MEDIA)
    since, until = read_range(request.query)
    found = [
        template.listed
        for template in state.catalog.templates
        if kind in (None, template.kind)
        and medium in (None, template.medium)
        and since <= write_epoch(template.listed["createdAt"] / 1000) < until
    ]
    return Answer(200, answer_list(request, sort_by(request, found, SORTS), TEMPLATES))


def read_choice(request: Request, name: str, choices: tuple[str, ...]) -> str | None:
    value = request.query.get(name)
    if value is not None and value not in choices:
        raise bad_params(f"{name} must be one of " + ", ".join(choices))
    return value


def content_of(medium: str) -> Endpoint:
    def content(state: State, request: Request) -> Answer:
        template = find_template(state, request, medium)
        locale = request.query.get("locale", "")
        if locale not in template.content:
            raise Refused(404, "NotFound", f"Template {template.listed['templateId']} has no content for locale {locale}")
        return Answer(200, template.content[locale])

    return content


def find_template(state: State, request: Request, medium: str) -> Template:
    text = request.query.get("templateId", "")
    template = state.catalog.template(read_integer(text, "templateId"))
    if template is None or template.medium != medium:
        raise bad_params(f"{medium} template not found: {text}")
    return template


def by_client_id(state: State, request: Request) -> Answer:
    if not (wanted := request.query.get("clientTemplateId")):
        raise bad_params("Missing parameter: clientTemplateId")
    found = [t for t in state.catalog.templates if t.listed.get("clientTemplateId") == wanted]
    return Answer(200, {"templates": [describe_key(template) for template in found]})


def describe_key(template: Template) -> dict[str, object]:
    campaign = {"campaignId": template.listed["campaignId"]} if "campaignId" in template.listed else {}
    return {"templateId": template.listed["templateId"], **campaign, "locales": [name for name in template.content if name]}


READS = Rate(100, 1)
ROUTES = [
    Route("GET", "/api/templates", templates, READS),
    Route("GET", "/api/templates/getByClientTemplateId", by_client_id, READS),
    *(Route("GET", f"/api/templates/{medium.lower()}/get", content_of(medium), READS) for medium in MEDIA),
]
