"""The figures of a running server, in the form that Prometheus reads.

Key idea: what a process does itself it counts itself, so each of several processes is asked at its own address; what
waits in the database is the same from each. Names are routes, queues, stores and tills, whose number has an end, and
nothing of a person, a card or an address.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from litestar import Response, Router, get
from msgspec import Struct
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.measuring import BOUNDS_SECONDS, Measured
from api.queues.repository import TillSign, count_queues, list_tills
from api.rest.calls import Call, service_of
from api.state import Service

BOUNDS: Final = [*(str(bound) for bound in BOUNDS_SECONDS), "+Inf"]


class Waiting(Struct, frozen=True):
    """What is read from the database for one answer."""

    queues: Mapping[str, int]
    tills: Sequence[TillSign]


@get("/metrics", media_type=CONTENT_TYPE_LATEST)
async def get_metrics(request: Call) -> Response[bytes]:
    """Give the figures of this process, and what waits, in Prometheus' text format."""
    service = service_of(request)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Figures(service, request.app.state["measured"], await service.database.run(_load)))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


async def _load(connection: AsyncConnection) -> Waiting:
    return Waiting(await count_queues(connection), await list_tills(connection))


class _Figures(Collector):
    """All figures of one answer."""

    def __init__(self, service: Service, measured: Measured, waiting: Waiting) -> None:
        self._service = service
        self._measured = measured
        self._waiting = waiting

    def collect(self) -> Iterator[Metric]:
        yield _requests(self._measured)
        yield from _receipts(self._service)
        yield _pools(self._service)
        yield from _waiting(self._waiting)


def _requests(measured: Measured) -> Metric:
    family = HistogramMetricFamily(
        "tallycard_request_seconds",
        "Time until an answer began, by route and class of status.",
        labels=["method", "route", "status"],
    )
    for method, route, status, taken in measured.list_all():
        sums = [sum(taken.buckets[: place + 1]) for place in range(len(BOUNDS))]
        family.add_metric([method, route, status], list(zip(BOUNDS, sums, strict=True)), taken.seconds)
    return family


def _receipts(service: Service) -> Iterator[Metric]:
    counted = CounterMetricFamily("tallycard_receipts", "Receipts by what became of them.", labels=["outcome"])
    counted.add_metric(["kept"], service.flights.kept)
    counted.add_metric(["refused"], service.flights.refused)
    yield counted
    yield GaugeMetricFamily(
        "tallycard_receipts_waiting", "Receipts that wait for a flight.", value=service.flights.waiting
    )


def _pools(service: Service) -> Metric:
    family = GaugeMetricFamily("tallycard_connections", "Connections to the database.", labels=["pool", "state"])
    hot = service.pool
    general = service.database.use()
    for pool, used, idle in (
        ("hot", hot.get_size() - hot.get_idle_size(), hot.get_idle_size()),
        ("general", general.used, general.idle),
    ):
        family.add_metric([pool, "used"], used)
        family.add_metric([pool, "idle"], idle)
    return family


def _waiting(waiting: Waiting) -> Iterator[Metric]:
    queues = GaugeMetricFamily("tallycard_queue", "What waits, counted up to a limit.", labels=["queue"])
    for name, count in waiting.queues.items():
        queues.add_metric([name], count)
    yield queues
    queued = GaugeMetricFamily("tallycard_till_queued", "Receipts that wait in a till's journal.", labels=_TILL)
    rejected = GaugeMetricFamily("tallycard_till_rejected", "Receipts refused for good at a till.", labels=_TILL)
    heard = GaugeMetricFamily("tallycard_till_heard_seconds", "When a till was last heard, since 1970.", labels=_TILL)
    for till in waiting.tills:
        who = [till.store, till.till]
        queued.add_metric(who, till.queued)
        rejected.add_metric(who, till.rejected)
        heard.add_metric(who, till.at.timestamp())
    yield from (queued, rejected, heard)


_TILL: Final = ["store", "till"]

router = Router("/", route_handlers=[get_metrics], opt=dict(allows("metrics.read")), include_in_schema=False)
