"""One run, its rows and the definitions over REST. All need the scope `read`."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.generics import ListAPIView, RetrieveAPIView

from contacts.sync.api import SyncRunSerializer
from contacts.sync.models import FieldMapping, SyncDefinition, SyncRow, SyncRun
from iterable_admin.addresses import normalise_email
from iterable_admin.inbox.models import Source

NO_RUN = "There is no run with this id."


class SyncRowSerializer(serializers.ModelSerializer[SyncRow]):
    class Meta:
        model = SyncRow
        fields = [
            *("id", "email", "state", "kind", "reason_code", "reason", "clash", "changed_fields", "before", "after"),
            *("dismissed_at", "dismissed_by", "dismissal", "updated_at"),
        ]


class RowsAskedSerializer(serializers.Serializer[dict[str, Any]]):
    state = serializers.ChoiceField(SyncRow.State.choices, required=False)
    reason = serializers.CharField(required=False, help_text="A reason's code, as `not_in_iterable`.")
    email = serializers.CharField(required=False, help_text="In any spelling.")


class FieldMappingSerializer(serializers.ModelSerializer[FieldMapping]):
    class Meta:
        model = FieldMapping
        fields = ["source", "field", "type", "enabled"]


class SyncDefinitionSerializer(serializers.ModelSerializer[SyncDefinition]):
    mappings = FieldMappingSerializer(many=True, read_only=True)

    class Meta:
        model = SyncDefinition
        fields = [
            *("id", "slug", "name", "enabled", "notes", "target", "event_name", "match_key", "mode", "query", "cron"),
            *("window_months", "fewest_rows_percent", "most_changed_percent", "most_emptied_percent", "most_unknown_percent"),
            "mappings",
        ]


@extend_schema_view(get=extend_schema(operation_id="read_sync_run", summary="One run with its figures and its plan"))
class ReadSyncRun(RetrieveAPIView[SyncRun]):
    scope = Source.Scope.READ
    serializer_class = SyncRunSerializer
    queryset = SyncRun.objects.select_related("definition")


@extend_schema_view(
    get=extend_schema(operation_id="list_sync_rows", summary="Rows of a run, newest first", parameters=[RowsAskedSerializer])
)
class ListSyncRows(ListAPIView[SyncRow]):
    scope = Source.Scope.READ
    serializer_class = SyncRowSerializer
    # For the schema alone, which asks without a run.
    queryset = SyncRow.objects.none()

    def get_queryset(self) -> QuerySet[SyncRow]:
        if "pk" not in self.kwargs:
            return SyncRow.objects.none()
        if not SyncRun.objects.filter(pk=self.kwargs["pk"]).exists():
            raise NotFound(NO_RUN)
        asked = RowsAskedSerializer(data=self.request.query_params)
        asked.is_valid(raise_exception=True)
        return SyncRow.objects.filter(run=self.kwargs["pk"], **_filters(asked.validated_data))


def _filters(asked: dict[str, Any]) -> dict[str, str]:
    filters = {"state": asked.get("state"), "reason_code": asked.get("reason")}
    if email := asked.get("email"):
        filters["email"] = normalise_email(email)
    return {name: value for name, value in filters.items() if value}


@extend_schema_view(get=extend_schema(operation_id="list_sync_definitions", summary="What is synced, with its field mapping"))
class ListSyncDefinitions(ListAPIView[SyncDefinition]):
    scope = Source.Scope.READ
    serializer_class = SyncDefinitionSerializer
    queryset = SyncDefinition.objects.prefetch_related("mappings")
