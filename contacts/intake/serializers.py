"""What the reading endpoints show of our rows."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from django.utils.dateparse import parse_date
from rest_framework import serializers

from contacts.consent.models import MessageType
from contacts.models import Contact, Membership, Namespace
from iterable_admin.inbox.models import Event
from iterable_admin.outbox.models import Delivery

END_OF_DAY = time(23, 59, 59)


class MomentField(serializers.DateTimeField):
    """Of a day, its end: as on the pages."""

    def to_internal_value(self, value: Any) -> datetime:
        try:
            day = parse_date(value) if isinstance(value, str) else None
        except ValueError:
            day = None
        return super().to_internal_value(datetime.combine(day, END_OF_DAY) if day else value)


class DeliverySerializer(serializers.ModelSerializer[Delivery]):
    class Meta:
        model = Delivery
        fields = ["id", "operation", "state", "reason_code", "reason", "attempts", "next_attempt_at", "accepted_at", "ended_at"]


class EventSerializer(serializers.ModelSerializer[Event]):
    id = serializers.UUIDField(source="uuid")
    source = serializers.CharField(source="source.name")  # type: ignore[assignment] # shadows an attribute
    duplicate_of = serializers.UUIDField(source="duplicate_of.uuid", default=None, allow_null=True)
    flags = serializers.ListField(child=serializers.CharField())
    errors = serializers.DictField(child=serializers.CharField())  # type: ignore[assignment] # shadows a property

    class Meta:
        model = Event
        fields = [
            "id",
            "source",
            "door",
            "name",
            "email",
            "user_id",
            "state",
            "reason_code",
            "reason",
            "flags",
            "errors",
            "duplicate_of",
            "received_at",
            "occurred_at",
            "ended_at",
        ]


class EventWithDeliveriesSerializer(EventSerializer):
    deliveries = DeliverySerializer(many=True)

    class Meta(EventSerializer.Meta):
        fields = [*EventSerializer.Meta.fields, "deliveries"]


class ContactSerializer(serializers.ModelSerializer[Contact]):
    profile = serializers.DictField()

    class Meta:
        model = Contact
        fields = ["email", "gitlab_user_id", "profile", "account_created_at", "last_login_at", "created_at", "updated_at"]


class MembershipSerializer(serializers.ModelSerializer[Membership]):
    information = serializers.DictField()

    class Meta:
        model = Membership
        fields = ["namespace_id", "access_level", "access_level_name", "information"]


class ContactWithNamespacesSerializer(ContactSerializer):
    namespaces = MembershipSerializer(many=True, source="memberships")

    class Meta(ContactSerializer.Meta):
        fields = [*ContactSerializer.Meta.fields, "namespaces"]


class NamespaceSerializer(serializers.ModelSerializer[Namespace]):
    attributes = serializers.DictField()

    class Meta:
        model = Namespace
        fields = [
            "namespace_id",
            "plan_title",
            "plan_is_paid",
            "is_active_trial",
            "is_setup_for_company",
            "member_count",
            "creator_user_id",
            "attributes",
            "updated_at",
        ]


class MessageTypeSerializer(serializers.ModelSerializer[MessageType]):
    id = serializers.IntegerField(source="pk", help_text="Ours; `iterable_id` does as well where an id is asked for.")
    channel = serializers.CharField(source="channel.name")

    class Meta:
        model = MessageType
        fields = ["id", "name", "iterable_id", "channel", "policy", "do_not_use", "notes", "seen_at"]


class AsOfSerializer(serializers.Serializer[Any]):
    """The question's moments; both default to now."""

    at = MomentField(required=False, help_text="What was true in the world at that moment.")
    known_at = MomentField(required=False, help_text="What had been learnt here by that moment.")


class ReasonSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    sentence = serializers.CharField()
    since = serializers.DateTimeField(allow_null=True)
    cause = serializers.CharField(
        help_text="ledger, observation, report, list, erasure or forgotten elsewhere; empty where nothing is the reason."
    )
    cause_id = serializers.IntegerField(allow_null=True)


class VerdictSerializer(serializers.Serializer[Any]):
    allowed = serializers.BooleanField(allow_null=True, help_text="null: not known, the person was not seen in Iterable yet.")
    code = serializers.CharField(help_text="The first reason why not, or SEND.")
    reasons = ReasonSerializer(many=True)


class SubscriptionSerializer(serializers.Serializer[Any]):
    message_type = serializers.CharField(source="message_type.name")
    message_type_id = serializers.IntegerField(source="message_type.pk")
    channel = serializers.CharField(source="message_type.channel.name")
    policy = serializers.CharField(source="message_type.get_policy_display")
    iterable_will = VerdictSerializer(source="verdicts.will")
    we_should = VerdictSerializer(source="verdicts.should")
    exposed = serializers.BooleanField(source="verdicts.exposed", help_text="Iterable will, and we should not.")
    observed_at = serializers.DateTimeField(source="verdicts.observed_at", allow_null=True, help_text="Last seen in Iterable.")
    state = serializers.CharField(help_text="withdrawn, granted, never_asked or not_marketing, by the ledger.")
    sentence = serializers.CharField(help_text="The state and its reason, in words.")


class SubscriptionsSerializer(serializers.Serializer[Any]):
    email = serializers.EmailField()
    at = serializers.DateTimeField(allow_null=True)
    known_at = serializers.DateTimeField(allow_null=True)
    subscriptions = SubscriptionSerializer(many=True)


class ExposureSerializer(serializers.Serializer[Any]):
    message_type = serializers.CharField(source="message_type.name")
    policy = serializers.CharField(source="message_type.get_policy_display")
    contacts = serializers.IntegerField()
    will = serializers.IntegerField(help_text="Whom Iterable will mail.")
    should = serializers.IntegerField(help_text="Whom we should mail.")
    exposed = serializers.IntegerField(help_text="Whom Iterable will mail and should not.")
    unknown = serializers.IntegerField(help_text="Who was not seen in Iterable yet.")
    reasons = serializers.DictField(child=serializers.IntegerField(), help_text="The exposed by first reason.")
    blocked = serializers.DictField(child=serializers.IntegerField(), help_text="All whom we should not mail, by first reason.")
