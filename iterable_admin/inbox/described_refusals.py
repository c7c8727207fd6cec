"""What any call of the REST API may be refused with, in the OpenAPI document: each view names only what is its own."""

from __future__ import annotations

from typing import Any

from drf_spectacular.hooks import postprocess_schema_enums

Json = dict[str, Any]

PATHS = "/api/v1/"
REFUSAL = "Refusal"
SCHEMA: Json = {"type": "object", "properties": {"detail": {"type": "string"}}, "required": ["detail"]}
# A parameter of the query is refused by its name.
BY_NAME: Json = {"type": "object", "additionalProperties": True}


def describe_refusals(result: Json, generator: Any, request: Any, public: bool) -> Json:
    """Added to each operation below /api/v1/ that does not say so itself, after what the library does by itself."""
    result = postprocess_schema_enums(result, generator)  # type: ignore[no-untyped-call]
    result["components"].setdefault("schemas", {})[REFUSAL] = SCHEMA
    for path, operations in result["paths"].items():
        for method, operation in operations.items() if path.startswith(PATHS) else ():
            operation["responses"] = {**refusals_of(path, method, operation), **operation["responses"]}
    return result


def refusals_of(path: str, method: str, operation: Json) -> Json:
    asked = {parameter["name"] for parameter in operation.get("parameters", ()) if parameter["in"] == "query"}
    found = {401: "No token, or one that is unknown or revoked.", 403: "The token's source lacks the scope."}
    found |= {406: "Only JSON is answered."}
    if "{" in path:
        # A name may be that of an address which takes another method.
        found[405] = "Not by this method."
    if "{" in path or "cursor" in asked:
        found[404] = "There is nothing by this name, or no such page."
    if "requestBody" in operation:
        found |= {400: "Not JSON.", 415: "Not said to be JSON."}
    refused = {str(status): _described(text, {"$ref": f"#/components/schemas/{REFUSAL}"}) for status, text in found.items()}
    if method == "get" and asked:
        refused["400"] = _described("What is wrong with the query, by parameter.", BY_NAME)
    return refused


def _described(text: str, schema: Json) -> Json:
    return {"description": text, "content": {"application/json": {"schema": schema}}}
