"""The bodies of calls that store no event: read by the same rules, and no longer, than those that do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from iterable_admin.inbox.json_bodies import Unreadable, parse_json
from iterable_admin.inbox.raw_bodies import read_raw


class StrictJson(BaseParser):
    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        request = (parser_context or {})["request"]
        try:
            return parse_json(read_raw(request._request, settings.INTAKE_MAX_BYTES))
        except Unreadable as error:
            raise ParseError(str(error)) from None
