"""What people do in Iterable's own screens, where the API has no call: a template's message type, a list that holds for all."""

from __future__ import annotations

from iterable_admin.sandbox.answers import BOOLEAN, INTEGER, Answer, Kinds, Request, Route, bad_params, expect, missing
from iterable_admin.sandbox.state import Apply, State, Write

TEMPLATE: Kinds = {"templateId": INTEGER, "messageTypeId": INTEGER}
LIST: Kinds = {"listId": INTEGER, "isGlobalSuppressionEnabled": BOOLEAN}


def change_template(state: State, request: Request) -> Answer:
    """{"templateId": …, "messageTypeId": …}: takes effect on save, as there."""
    body = read(request, TEMPLATE)
    template = state.catalog.template(body["templateId"])
    if template is None:
        raise bad_params(f"Template not found: {body['templateId']}")
    if state.catalog.message_type(body["messageTypeId"]) is None:
        raise bad_params(f"Message type not found: {body['messageTypeId']}")
    state.accept([{"op": "template", **body}])
    return Answer(200, template.listed)


def change_list(state: State, request: Request) -> Answer:
    """{"listId": …, "isGlobalSuppressionEnabled": …}: any static list becomes one that suppresses."""
    body = read(request, LIST)
    found = state.lists.by_id.get(body["listId"])
    if found is None or found["listType"] == "Dynamic":
        raise bad_params(f"Static list not found: {body['listId']}")
    state.accept([{"op": "suppression", **body}])
    return Answer(200, found)


def read(request: Request, kinds: Kinds) -> dict[str, int]:
    body = request.json()
    expect(request, body, "obj", kinds)
    for name in kinds:
        if body.get(name) is None:
            raise missing(request, f"obj.{name}")
    return {name: body[name] for name in kinds}


def apply_template(state: State, write: Write, at: float) -> None:
    template = state.catalog.template(write["templateId"])
    if template is None:
        return
    changed = {"messageTypeId": write["messageTypeId"], "updatedAt": int(at * 1000)}
    template.listed |= changed
    for content in template.content.values():
        content |= {"messageTypeId": write["messageTypeId"], "metadata": dict(template.listed)}


def apply_suppression(state: State, write: Write, at: float) -> None:
    if found := state.lists.by_id.get(write["listId"]):
        found |= {"listType": "Suppression", "isGlobalSuppressionEnabled": write["isGlobalSuppressionEnabled"]}


ROUTES = [Route("POST", "/sandbox/templates", change_template), Route("POST", "/sandbox/lists", change_list)]
WRITES: dict[str, Apply] = {"template": apply_template, "suppression": apply_suppression}
