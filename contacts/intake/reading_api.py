"""The endpoints from which other systems read: what became of an event, and whom we know. All need the scope `read`."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.exceptions import NotFound
from rest_framework.generics import ListAPIView, RetrieveAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from contacts.consent.matrix import matrix
from contacts.consent.models import MessageType
from contacts.consent.resolver.exposing import exposure_of
from contacts.consent.resolver.people import Variant
from contacts.consent.resolver.records import AsOf
from contacts.intake import serializers
from contacts.models import Contact, Namespace
from iterable_admin.addresses import address_key, is_email, normalise_email
from iterable_admin.inbox.models import Event, Source
from iterable_admin.outbox.models import Delivery


class ReadEvent(APIView):
    scope = Source.Scope.READ

    @extend_schema(
        operation_id="read_event",
        summary="Where an event stands, why, and what it caused",
        responses=serializers.EventWithDeliveriesSerializer,
    )
    def get(self, request: Request, uuid: UUID) -> Response:
        event = Event.objects.select_related("source", "duplicate_of").filter(uuid=uuid).first()
        if event is None:
            raise NotFound("There is no event with this id.")
        deliveries = Delivery.objects.filter(cause="event", cause_id=str(uuid)).order_by("pk")
        caused = serializers.DeliverySerializer(deliveries, many=True).data
        return Response({**serializers.EventSerializer(event).data, "deliveries": caused})


@extend_schema_view(get=extend_schema(operation_id="list_contacts", summary="Everybody we know, newest first"))
class ListContacts(ListAPIView[Contact]):
    scope = Source.Scope.READ
    serializer_class = serializers.ContactSerializer
    queryset = Contact.objects.exclude(email="")


@extend_schema_view(get=extend_schema(operation_id="read_contact", summary="One person, with their namespaces"))
class ReadContact(RetrieveAPIView[Contact]):
    scope = Source.Scope.READ
    serializer_class = serializers.ContactWithNamespacesSerializer
    queryset = Contact.objects.exclude(email="").prefetch_related("memberships")

    def get_object(self) -> Contact:
        contact: Contact | None = self.get_queryset().filter(address_key=address_key(self.kwargs["email"])).first()
        if contact is None:
            raise NotFound("Nobody with this address is known.")
        return contact


class ReadSubscriptions(APIView):
    scope = Source.Scope.READ

    @extend_schema(
        operation_id="read_subscriptions",
        summary="Whether Iterable will mail a person each message type, whether we should, and why not",
        parameters=[serializers.AsOfSerializer],
        responses=serializers.SubscriptionsSerializer,
    )
    def get(self, request: Request, email: str) -> Response:
        """Also for an address that is no contact: somebody may have withdrawn before we ever heard of them."""
        normalised = normalise_email(email)
        if not is_email(normalised):
            raise NotFound("This is not an email address.")
        as_of = _moments(request)
        lines = matrix(address_key(normalised), **as_of)
        answer = {"email": normalised, "at": None, "known_at": None, **as_of, "subscriptions": lines}
        return Response(serializers.SubscriptionsSerializer(answer).data)


class ReadExposure(APIView):
    scope = Source.Scope.READ

    @extend_schema(
        operation_id="read_exposure",
        summary="How many people Iterable will mail a message type, how many of them it should not, and why",
        parameters=[serializers.AsOfSerializer],
        responses=serializers.ExposureSerializer,
    )
    def get(self, request: Request, pk: int) -> Response:
        types = list(MessageType.objects.select_related("channel"))
        wanted = _named(types, pk)
        if wanted is None:
            raise NotFound("There is no message type with this id.")
        found = exposure_of([Variant(wanted)], types, AsOf(**_moments(request)))
        return Response(serializers.ExposureSerializer(found[0]).data)


def _named(types: list[MessageType], number: int) -> MessageType | None:
    """By our id or by Iterable's, which is what other systems know."""
    ours = {message_type.pk: message_type for message_type in types}
    return ours.get(number) or next((message_type for message_type in types if message_type.iterable_id == number), None)


def _moments(request: Request) -> dict[str, Any]:
    """Of the query; a 400 names the one that is no moment."""
    asked = serializers.AsOfSerializer(data=request.query_params)
    asked.is_valid(raise_exception=True)
    return dict(asked.validated_data)


@extend_schema_view(get=extend_schema(operation_id="list_namespaces", summary="Top-level groups as the warehouse has them"))
class ListNamespaces(ListAPIView[Namespace]):
    scope = Source.Scope.READ
    serializer_class = serializers.NamespaceSerializer
    queryset = Namespace.objects.all()


@extend_schema_view(get=extend_schema(operation_id="list_message_types", summary="Message types with their channel and policy"))
class ListMessageTypes(ListAPIView[MessageType]):
    scope = Source.Scope.READ
    serializer_class = serializers.MessageTypeSerializer

    def get_queryset(self) -> QuerySet[MessageType, Any]:
        return MessageType.objects.select_related("channel")
