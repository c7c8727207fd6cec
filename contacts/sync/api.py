"""The sync runs over REST: read them, start one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from contacts.sync.choosing import find_definition
from contacts.sync.models import SyncDefinition, SyncRun
from contacts.sync.starting import RunUnderWay, Wish, start_run
from contacts.sync.tasks import queue_run
from iterable_admin.addresses import normalise_email
from iterable_admin.errors import Permanent
from iterable_admin.inbox.models import Source
from iterable_admin.inbox.remembering import spend

# Of a column for integers.
MOST_ROWS = 2_147_483_647


class SyncRunSerializer(serializers.ModelSerializer[SyncRun]):
    definition = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True)

    class Meta:
        model = SyncRun
        fields = [
            *("id", "definition", "state", "stop_code", "dry_run", "executes", "undoes", "trigger", "limit"),
            *("today", "window_start", "started_at", "read_at", "finished_at", "error"),
            *("expected", "read", "unchanged", "enqueued", "delivered", "skipped", "failed", "skipped_reasons"),
            *("left", "vanished", "plan", "decision"),
        ]
        extra_kwargs = {"finished_at": {"help_text": "Its first end: it stays while failed rows are sent again (`delivering`)."}}


class StartSerializer(serializers.Serializer[dict[str, Any]]):
    limit = serializers.IntegerField(
        min_value=1, max_value=MOST_ROWS, required=False, allow_null=True, help_text="Read about so many rows only."
    )
    dry_run = serializers.BooleanField(required=False, default=False, help_text="Keep the plan, and send nothing.")
    definition = serializers.CharField(
        required=False, allow_null=True, max_length=100, help_text="Its id or slug; the namespace information otherwise."
    )
    only = serializers.EmailField(required=False, allow_null=True, help_text="This one person only.")


class StartedSerializer(serializers.Serializer[dict[str, Any]]):
    id = serializers.IntegerField()
    status = serializers.CharField()


class RefusalSerializer(serializers.Serializer[dict[str, Any]]):
    detail = serializers.CharField()


class InvalidSerializer(serializers.Serializer[dict[str, Any]]):
    errors = serializers.DictField(child=serializers.ListField(child=serializers.CharField()), help_text="By field.")  # type: ignore[assignment] # shadows a property


INVALID = OpenApiResponse(InvalidSerializer, description="What is wrong with each field.")


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
            422: INVALID,
        },
    )
    def post(self, request: Request) -> Response:
        """Start a run: the sync's own worker takes it up."""
        asked = StartSerializer(data=request.data)
        if not asked.is_valid():
            return Response({"errors": asked.errors}, status.HTTP_422_UNPROCESSABLE_ENTITY)
        try:
            definition = find_definition(asked.validated_data.get("definition"))
        except Permanent as problem:
            return Response({"errors": {"definition": [str(problem)]}}, status.HTTP_422_UNPROCESSABLE_ENTITY)
        try:
            with transaction.atomic():
                spend(request)
                run = start_run("api", wish=_wish(definition, asked.validated_data))
                queue_run(run)
        except RunUnderWay as refusal:
            return Response({"detail": str(refusal)}, status.HTTP_409_CONFLICT)
        return Response({"id": run.pk, "status": run.state}, status.HTTP_202_ACCEPTED)


def _wish(definition: SyncDefinition | None, asked: Mapping[str, Any]) -> Wish:
    only = normalise_email(asked.get("only") or "")
    return Wish(definition, dry_run=asked["dry_run"], limit=asked.get("limit"), only_email=only)
