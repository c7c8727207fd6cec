"""/metrics for Prometheus. Every figure is read from rows when it is asked for: no process has to be the one that counted."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector

from contacts.sync.models import SyncRun
from iterable_admin.health import measure_progress
from iterable_admin.inbox.models import Event
from iterable_admin.inbox.presented import bearer_in
from iterable_admin.outbox.models import Attempt, Delivery
from iterable_admin.outbox.switching import current
from iterable_admin.waking.models import WakeUp

ATTEMPTS_WITHIN = timedelta(hours=1)


class RowsCollector(Collector):
    def collect(self) -> Iterable[Metric]:
        now = timezone.now()
        yield _by_state("events", Event, Event.State.values)
        yield _by_state("deliveries", Delivery, Delivery.State.values)
        yield _oldest_due(now)
        yield _attempts(now)
        yield _heartbeats()
        yield from _last_sync()
        halted = current().halted_at is not None
        yield GaugeMetricFamily("iterable_admin_sending_halted", "1 after Iterable refused the key.", value=halted)


def _by_state(what: str, model: type[models.Model], states: Iterable[str]) -> Metric:
    gauge = GaugeMetricFamily(f"iterable_admin_{what}", f"Number of {what} kept, by state.", labels=["state"])
    rows = model._default_manager.order_by().values_list("state").annotate(Count("pk"))
    counts: dict[str, int] = dict(rows)
    for state in states:
        gauge.add_metric([state], counts.get(state, 0))
    return gauge


def _oldest_due(now: datetime) -> Metric:
    progress = measure_progress(now)
    gauge = GaugeMetricFamily("iterable_admin_oldest_due_seconds", "How long the oldest due row waits.", labels=["pipe"])
    for pipe, age in (("inbox", progress.oldest_event_due), ("outbox", progress.oldest_delivery_due)):
        gauge.add_metric([pipe], age.total_seconds() if age else 0)
    return gauge


def _attempts(now: datetime) -> Metric:
    gauge = GaugeMetricFamily(
        "iterable_admin_attempts_last_hour", "HTTP calls to Iterable in the last hour.", labels=["endpoint", "status"]
    )
    rows = Attempt.objects.filter(started_at__gte=now - ATTEMPTS_WITHIN).order_by()
    counts: dict[tuple[str, str], int] = {}
    for endpoint, status, number in rows.values_list("endpoint", "status").annotate(Count("pk")):
        key = (endpoint, f"{status // 100}xx" if status else "no answer")
        counts[key] = counts.get(key, 0) + number
    for labels, number in sorted(counts.items()):
        gauge.add_metric(labels, number)
    return gauge


def _heartbeats() -> Metric:
    gauge = GaugeMetricFamily(
        "iterable_admin_worker_finished_timestamp_seconds", "When a worker last finished with the pipe.", labels=["pipe"]
    )
    for name, finished_at in WakeUp.objects.exclude(finished_at=None).order_by("name").values_list("name", "finished_at"):
        gauge.add_metric([name], finished_at.timestamp() if finished_at else 0)
    return gauge


def _last_sync() -> Iterator[Metric]:
    run = SyncRun.objects.filter(dry_run=False, finished_at__isnull=False).order_by("-id").first()
    if run is None or run.finished_at is None:
        return
    at = run.finished_at.timestamp()
    yield GaugeMetricFamily("iterable_admin_sync_finished_timestamp_seconds", "End of the last sync run.", value=at)
    rows = GaugeMetricFamily("iterable_admin_sync_rows", "Rows of the last sync run, by outcome.", labels=["outcome"])
    for outcome in ("read", "unchanged", "delivered", "skipped", "failed"):
        rows.add_metric([outcome], getattr(run, outcome))
    yield rows
    good = run.state == SyncRun.State.COMPLETED
    yield GaugeMetricFamily("iterable_admin_sync_ok", "1 if the last sync run completed without errors.", value=good)


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    if not _may_read(request):
        refusal = "Send METRICS_TOKEN as Authorization: Bearer <token>.\n"
        return HttpResponse(refusal, status=401, content_type="text/plain", headers={"WWW-Authenticate": "Bearer"})
    registry = CollectorRegistry(auto_describe=False)
    registry.register(RowsCollector())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_PLAIN_0_0_4)


def _may_read(request: HttpRequest) -> bool:
    token: str = settings.METRICS_TOKEN
    return not token or hmac.compare_digest(bearer_in(request.headers).encode(), token.encode())
