"""Puts the server together: one database, one store of files, the routes, the background work.

Nothing else constructs these. The outermost layer turns every error into a problem; the
event loop only moves bytes, everything that waits for a database or a disk is in a thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import anyio.to_thread
from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware

import fieldcrm
from fieldcrm import clock
from server import (
    auth,
    bodies,
    errors,
    files,
    handing,
    highwater,
    limits,
    logs,
    looking,
    lowering,
    period_rebates,
    quote_sheets,
    rewind,
    signing,
)
from server.api import (
    accounts,
    calendars,
    catalogue,
    devices,
    digest,
    fulfilment,
    have,
    health,
    lowerings,
    metrics,
    money,
    office,
    order_pages,
    orders,
    orphans,
    parcels,
    quotes,
    returnable,
    rule_sets,
    sign_in,
    sync,
)  # fmt: skip
from server.api import files as file_routes
from server.api import limits as api_limits
from server.api import rewind as rewind_routes
from server.api import slices as api_slices
from server.api.callers import Installation
from server.database import Database
from server.due_customers import Customers
from server.jobs.clockwork import Clockwork, Job
from server.jobs.nightly import nightly, settle
from server.jobs.sweep import link_early_files, sweep
from server.metrics import Requests
from server.pokes import Pokes
from server.prebuilt import Shelf
from server.progress import Progress
from server.settings import Settings
from server.uploads import Turns

_ROUTES = (
    sign_in, sync, digest, rewind_routes, file_routes, have, orphans, office, devices, parcels, accounts,
    orders, catalogue, rule_sets, calendars, quotes, health, metrics,
    money, lowerings, returnable, api_limits, api_slices, fulfilment, order_pages,
)  # fmt: skip
_THREADS = 24


def create(settings: Settings, *, background: bool = True) -> FastAPI:
    """Return the application; ``background`` is for one worker of several only."""
    shared = installation(settings)
    clockwork = Clockwork(jobs(shared) if background else ())
    own = Clockwork([Job("progress", 2, shared.progress.write)])  # every worker has notes of its own

    @asynccontextmanager
    async def life(_app: FastAPI) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = _THREADS
        clockwork.start()
        own.start()
        watching = asyncio.create_task(shared.pokes.watch())
        yield
        watching.cancel()
        await run_in_threadpool(clockwork.stop)
        await run_in_threadpool(own.stop)
        if background:
            await run_in_threadpool(highwater.Mark(shared.settings.data).keep, shared.database)
        shared.database.close()

    app = FastAPI(
        title="fieldcrm",
        version=fieldcrm.__version__,
        summary="The companion server of the field sales CRM.",
        lifespan=life,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        middleware=[
            Middleware(logs.RequestLines, requests=shared.requests), Middleware(errors.Boundary),
            Middleware(bodies.JsonBodies),
        ],
    )  # fmt: skip
    app.state.installation = shared
    errors.install(app)
    for routes in _ROUTES:
        app.include_router(routes.router)
    return app


def installation(settings: Settings) -> Installation:
    """Open what every route shares."""
    settings = settings.prepared()
    database = Database(settings.database_url)
    progress, signing_key = Progress(database), signing.signing_key(settings.data)
    return Installation(
        settings=settings,
        database=database,
        store=files.Store(settings.blobs, settings.uploads),
        turns=Turns(),
        keys=auth.Keys(
            signing=signing_key,
            access_life=timedelta(minutes=settings.access_minutes),
            refresh_life=timedelta(days=settings.refresh_days),
            lease_days=settings.lease_days,
        ),
        sync_threads=anyio.CapacityLimiter(limits.WORK_THREADS),
        requests=Requests(),
        progress=progress,
        pokes=Pokes(database, progress, signing_key),
        shelf=Shelf(settings.prebuilt),
    )


def jobs(shared: Installation) -> list[Job]:
    """Return the work that nobody asks for."""
    database, store, mark = shared.database, shared.store, highwater.Mark(shared.settings.data)
    customers = Customers()

    def number() -> None:
        settle(database, clock.now())
        mark.keep(database)

    return [
        Job("settle", 1, number),
        Job("settle what came back", 60, lambda: rewind.settle_returned(database)),
        Job("look at visits", 5, lambda: looking.look(database, store, clock.now())),
        Job("hand out slices", 5, lambda: handing.hand_out(database, clock.now())),
        Job("hand out customers", 60, lambda: customers.hand_out(database, clock.now())),
        Job("take slices back", 60, lambda: handing.take_back(database, clock.now())),
        Job("book what was asked for", 10, lambda: lowering.book_all(database, clock.now())),
        Job("hand out phone codes", 20, lambda: quote_sheets.hand_out(database, clock.now())),
        Job("book rebates", 900, lambda: period_rebates.book(database, clock.now())),
        Job("sweep", 60, lambda: sweep(database, store, clock.now())),
        Job("link early files", 3600, lambda: link_early_files(database)),
        Job("nightly", 86_400, lambda: nightly(database, clock.now())),
    ]
