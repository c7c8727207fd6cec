"""The yardstick: a Django view that parses a body, inserts one row and answers. Nothing is cheaper in this framework."""

from __future__ import annotations

import json
import uuid

from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.utils import timezone

TABLE = "CREATE TABLE IF NOT EXISTS bare (id uuid PRIMARY KEY, body jsonb NOT NULL, received_at timestamptz NOT NULL)"
INSERT = "INSERT INTO bare (id, body, received_at) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING"


def accept(request: HttpRequest) -> JsonResponse:
    from django.db import connection

    json.loads(request.body)
    row = uuid.uuid4()
    with connection.cursor() as cursor:
        cursor.execute(INSERT, [row, request.body.decode(), timezone.now()])
    return JsonResponse({"id": str(row)}, status=202)


urlpatterns = [path("api/v1/events/saas-trial/", accept)]
