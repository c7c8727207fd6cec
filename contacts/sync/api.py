"""The sync runs over REST: read them, start one."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from contacts.sync.models import SyncRun
from contacts.sync.starting import RunUnderWay, start_run
from contacts.sync.tasks import queue_run
from iterable_admin.inbox.models import Source


class SyncRunSerializer(serializers.ModelSerializer[SyncRun]):
    definition = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True)

    class Meta:
        model = SyncRun
        fields = [
            *("id", "definition", "state", "dry_run", "trigger", "limit", "today", "window_start"),
            *("started_at", "read_at", "finished_at", "error"),
            *("read", "unchanged", "enqueued", "delivered", "skipped", "failed", "skipped_reasons"),
        ]


class StartSerializer(serializers.Serializer[dict[str, Any]]):
    limit = serializers.IntegerField(min_value=1, required=False, allow_null=True, help_text="Read about so many rows only.")
    dry_run = serializers.BooleanField(required=False, default=False, help_text="Count what would be sent, and send nothing.")


class StartedSerializer(serializers.Serializer[dict[str, Any]]):
    id = serializers.IntegerField()
    status = serializers.CharField()


class RefusalSerializer(serializers.Serializer[dict[str, Any]]):
    detail = serializers.CharField()


class SyncRuns(ListAPIView[SyncRun]):
    serializer_class = SyncRunSerializer

    @property
    def scope(self) -> Source.Scope:
        request: Request | None = getattr(self, "request", None)  # absent while the schema is drawn
        return Source.Scope.SYNCS_WRITE if request and request.method == "POST" else Source.Scope.READ

    def get_queryset(self) -> QuerySet[SyncRun]:
        return SyncRun.objects.select_related("definition")

    @extend_schema(
        request=StartSerializer,
        responses={
            202: StartedSerializer,
            409: OpenApiResponse(RefusalSerializer, description="A run is under way."),
        },
    )
    def post(self, request: Request) -> Response:
        """Start a run: the sync's own worker takes it up."""
        asked = StartSerializer(data=request.data)
        if not asked.is_valid():
            return Response({"errors": asked.errors}, status.HTTP_422_UNPROCESSABLE_ENTITY)
        try:
            with transaction.atomic():
                run = start_run("api", dry_run=asked.validated_data["dry_run"], limit=asked.validated_data.get("limit"))
                queue_run(run)
        except RunUnderWay as refusal:
            return Response({"detail": str(refusal)}, status.HTTP_409_CONFLICT)
        return Response({"id": run.pk, "status": run.state}, status.HTTP_202_ACCEPTED)
