"""What can be done to a run over REST: the same as by the buttons of its page, each with a reason. Scope `syncs:write`."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from contacts.sync.api import INVALID, RefusalSerializer, StartedSerializer
from contacts.sync.models import SyncRun
from contacts.sync.operating import approve, cancel_run, discard, retry_failed_rows, undo
from iterable_admin.audit.recording import Program
from iterable_admin.errors import Permanent
from iterable_admin.inbox.models import Source
from iterable_admin.inbox.remembering import spend

REFUSED = OpenApiResponse(RefusalSerializer, description="It cannot be done as the run stands, or another one is under way.")
Asked = dict[str, Any]


class WhySerializer(serializers.Serializer[Asked]):
    reason = serializers.CharField(max_length=1_000, help_text="Kept for good, with the name of the token's source.")


class UndoSerializer(WhySerializer):
    dry_run = serializers.BooleanField(required=False, default=False, help_text="Keep the plan, and send nothing.")


class RetrySerializer(WhySerializer):
    reason_code = serializers.CharField(required=False, help_text="Only rows that failed for this reason.")


class DoneSerializer(serializers.Serializer[Asked]):
    detail = serializers.CharField()
    count = serializers.IntegerField(required=False)


class ActOnRun(APIView):
    scope = Source.Scope.SYNCS_WRITE
    asks: type[WhySerializer] = WhySerializer

    def answer(self, request: Request, pk: int) -> Response:
        asked = self.asks(data=request.data)
        if not asked.is_valid():
            return Response({"errors": asked.errors}, status.HTTP_422_UNPROCESSABLE_ENTITY)
        run = get_object_or_404(SyncRun.objects.select_related("definition"), pk=pk)
        try:
            with transaction.atomic():
                spend(request)
                return self.act(run, Program(f"source {request.user}"), asked.validated_data)
        except Permanent as refusal:
            return Response({"detail": str(refusal)}, status.HTTP_409_CONFLICT)

    def act(self, run: SyncRun, program: Program, asked: Asked) -> Response:
        raise NotImplementedError


def _begun(run: SyncRun) -> Response:
    return Response({"id": run.pk, "status": run.state}, status.HTTP_202_ACCEPTED)


class ApproveRun(ActOnRun):
    @extend_schema(
        operation_id="approve_sync_run",
        summary="Do what a run planned",
        request=WhySerializer,
        responses={202: StartedSerializer, 409: REFUSED, 422: INVALID},
    )
    def post(self, request: Request, pk: int) -> Response:
        return self.answer(request, pk)

    def act(self, run: SyncRun, program: Program, asked: Asked) -> Response:
        return _begun(approve(run, program, asked["reason"]))


class DiscardRun(ActOnRun):
    @extend_schema(
        operation_id="discard_sync_run",
        summary="Never do what a run planned",
        request=WhySerializer,
        responses={200: DoneSerializer, 409: REFUSED, 422: INVALID},
    )
    def post(self, request: Request, pk: int) -> Response:
        return self.answer(request, pk)

    def act(self, run: SyncRun, program: Program, asked: Asked) -> Response:
        discard(run, program, asked["reason"])
        return Response({"detail": "The plan is discarded. Nothing was sent."})


class CancelRun(ActOnRun):
    @extend_schema(
        operation_id="cancel_sync_run",
        summary="End a run early",
        request=WhySerializer,
        responses={200: DoneSerializer, 409: REFUSED, 422: INVALID},
    )
    def post(self, request: Request, pk: int) -> Response:
        return self.answer(request, pk)

    def act(self, run: SyncRun, program: Program, asked: Asked) -> Response:
        return Response({"detail": cancel_run(run, program, asked["reason"])})


class UndoRun(ActOnRun):
    asks = UndoSerializer

    @extend_schema(
        operation_id="undo_sync_run",
        summary="Put the values back that a run replaced",
        request=UndoSerializer,
        responses={202: StartedSerializer, 409: REFUSED, 422: INVALID},
    )
    def post(self, request: Request, pk: int) -> Response:
        return self.answer(request, pk)

    def act(self, run: SyncRun, program: Program, asked: Asked) -> Response:
        return _begun(undo(run, program, asked["reason"], dry=asked["dry_run"]))


class RetryRun(ActOnRun):
    asks = RetrySerializer

    @extend_schema(
        operation_id="retry_sync_run",
        summary="Send the failed rows of a run again",
        request=RetrySerializer,
        responses={200: DoneSerializer, 409: REFUSED, 422: INVALID},
    )
    def post(self, request: Request, pk: int) -> Response:
        return self.answer(request, pk)

    def act(self, run: SyncRun, program: Program, asked: Asked) -> Response:
        count = retry_failed_rows(run, program, asked["reason"], asked.get("reason_code"))
        return Response({"detail": f"{count} rows taken up again.", "count": count})
