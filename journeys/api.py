"""The journeys of the instance, for other systems to read."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.generics import ListAPIView

from iterable_admin.inbox.models import Source
from journeys.models import Journey


class JourneySerializer(serializers.ModelSerializer[Journey]):
    class Meta:
        model = Journey
        fields = [
            *("id", "name", "url", "workflow_id", "folder_id", "trigger_event", "trigger_events", "description", "enabled"),
            *("archived", "lifetime_limit", "simultaneous_limit", "purpose", "business_owner", "technical_owner"),
            *("campaigns_owner", "review_due", "changed_at", "seen_at", "missing_since", "notes"),
        ]


@extend_schema_view(get=extend_schema(operation_id="list_journeys", summary="Journeys, with their links into Iterable"))
class ListJourneys(ListAPIView[Journey]):
    scope = Source.Scope.READ
    serializer_class = JourneySerializer
    queryset = Journey.objects.all()
