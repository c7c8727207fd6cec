"""An explanation as JSON."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from contacts.intake.serializers import MomentField

CHECKED = "true: passed; false: this keeps them out; null: not known, or it does not matter."


class QuestionSerializer(serializers.Serializer[Any]):
    journey = serializers.CharField(required=False, help_text="A journey by name, by Iterable's workflow id or by our id.")
    message_type = serializers.CharField(required=False, help_text="A message type by name, by Iterable's id or by our id.")
    at = MomentField(required=False, help_text="The moment that is asked about; a day means its end; now by default.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("journey" in attrs) == ("message_type" in attrs):
            raise serializers.ValidationError("Ask about exactly one: journey=… or message_type=….")
        return attrs


class EvidenceSerializer(serializers.Serializer[Any]):
    kind = serializers.CharField(help_text="ledger, observation, report, list, erasure, forgotten elsewhere, event or field.")
    key = serializers.CharField(help_text="The row's id; of an event its UUID.")
    since = serializers.DateTimeField(allow_null=True)


class TestSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    wanted = serializers.CharField()
    got = serializers.CharField(allow_blank=True)
    passed = serializers.BooleanField(allow_null=True, help_text=CHECKED)
    code = serializers.CharField()
    asked_by = serializers.CharField(help_text="iterable, us or both: who keeps to it.")
    depth = serializers.IntegerField(help_text="Of a part of the condition above it, from 1.")
    evidence = EvidenceSerializer(allow_null=True)


class NeededSerializer(serializers.Serializer[Any]):
    where = serializers.CharField(help_text="ledger, profile, list, address, field, namespace, event or journey.")
    words = serializers.CharField()


class FlipSerializer(serializers.Serializer[Any]):
    outcome = serializers.CharField()
    needed = NeededSerializer(many=True, help_text="All of them together; empty: nothing brings this outcome.")


class ExplainedSerializer(serializers.Serializer[Any]):
    subject = serializers.CharField()
    outcome = serializers.CharField(help_text="sent, exposed, blocked or unknown; of a journey enters, stays_out or unknown.")
    sentence = serializers.CharField()
    blocker = TestSerializer(allow_null=True, help_text="The first test that is not passed.")
    tests = TestSerializer(many=True)
    flips = FlipSerializer(many=True, help_text="The fewest changes that bring another outcome.")


class OfTypeSerializer(ExplainedSerializer):
    iterable_will = serializers.BooleanField(source="will", allow_null=True)
    we_should = serializers.BooleanField(source="should", allow_null=True)


class StopSerializer(serializers.Serializer[Any]):
    key = serializers.CharField(allow_blank=True)
    name = serializers.CharField()
    kind = serializers.CharField()
    reached_by = serializers.CharField(help_text="The step before, and which of its branches led here.")
    certain = serializers.BooleanField(help_text="false: something that has not happened yet decides whether they come here.")
    happens = serializers.CharField()
    message = OfTypeSerializer(allow_null=True)
    tests = TestSerializer(many=True)
    comes_at = serializers.DateTimeField(allow_null=True, help_text="null: not certain, or they never entered, or have left.")
    place = serializers.CharField(allow_blank=True, help_text="behind, here or ahead of them; empty where comes_at is null.")


class VersionSerializer(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    state = serializers.CharField()


class WaySerializer(serializers.Serializer[Any]):
    version = VersionSerializer()
    entry = ExplainedSerializer()
    exits = TestSerializer(many=True)
    steps = StopSerializer(many=True, source="stops")


class ExplanationSerializer(serializers.Serializer[Any]):
    email = serializers.EmailField()
    at = serializers.DateTimeField(allow_null=True)
    known = serializers.BooleanField(help_text="Whether anything was ever heard of this address.")
    notes = serializers.ListField(child=serializers.CharField())
    message_type = OfTypeSerializer(allow_null=True)
    journey = WaySerializer(allow_null=True)
