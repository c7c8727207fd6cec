"""The gateway in our OpenAPI document. The bodies are Iterable's own; its API description has their fields."""

from __future__ import annotations

from drf_spectacular.types import OpenApiTypes
from rest_framework import serializers

BODY = OpenApiTypes.OBJECT


class Envelope(serializers.Serializer[object]):
    msg = serializers.CharField(allow_blank=True)
    code = serializers.CharField()
    params = serializers.DictField(allow_null=True)


_REFUSED = dict.fromkeys((400, 401, 404, 405, 413), Envelope)
ENVELOPE = {200: Envelope, 202: Envelope, **_REFUSED}
READ = {200: OpenApiTypes.OBJECT, 429: Envelope, 503: Envelope, **_REFUSED}
BULK = {200: OpenApiTypes.OBJECT, **_REFUSED}
