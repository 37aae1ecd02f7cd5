"""The server: one process with the dashboard, the poller and the jobs, opened and closed in its lifespan."""

from __future__ import annotations

import errno
import gc
import logging
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, ExitStack, asynccontextmanager
from dataclasses import dataclass

import anyio.to_thread

from collectors.credentials import Tokens
from dashboard import asgi
from dashboard.services import Services, provide
from dashboard.wording import t
from data.store import Store
from lyttepost import commands, fact_files, ownership
from lyttepost.config import Config
from lyttepost.context import WRONG, Context
from lyttepost.home import Home
from lyttepost.jobs import Jobs, Work, now_utc
from lyttepost.ownership import Say

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Address:
    """Where the dashboard is served."""

    host: str
    port: int

    @property
    def url(self) -> str:
        return f"http://[{self.host}]:{self.port}" if ":" in self.host else f"http://{self.host}:{self.port}"

    def trouble(self) -> str | None:
        """Why nothing can be served there, in a sentence; None where it can."""
        with socket.socket(socket.AF_INET6 if ":" in self.host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((self.host, self.port))
            except OSError as error:
                if error.errno == errno.EADDRINUSE:
                    return t("cli.serve.taken", url=self.url, other=self.port + 1)
                return t("cli.serve.no_address", host=self.host, port=self.port)
        return None


def serve(
    home: Home,
    config: Config,
    address: Address,
    say: Say,
    prepare: Callable[[Work], AbstractContextManager[None]] | None = None,
    demo: bool = False,
) -> None:
    """Serve until a signal comes. The caller owns the home. `prepare` may fill the store first, and its context stays
    open while the server runs."""
    with ExitStack() as stack:
        store = stack.enter_context(Store(home.database, lambda: say(t("cli.upgrading"))))
        work = Work(store, config, home.models, say, Tokens(home.tokens))
        work.classifier  # noqa: B018  loaded, or trained, before anybody waits for a page
        work.configure()
        if prepare:
            stack.enter_context(prepare(work))
        jobs = Jobs(work)
        context = Context(home, config, store, work, later=jobs.arrived)
        stack.enter_context(
            ownership.serve(home, address.url, lambda name, arguments, line: _guarded(context, name, arguments, line))
        )

        @asynccontextmanager
        async def lifespan(_: object) -> AsyncIterator[None]:
            provide(
                Services(
                    store=store,
                    body=config.body,
                    classifier=lambda: work.classifier,
                    trained=work.trained,
                    learn_topic=work.learn_topic,
                    poll_now=jobs.poll_now,
                    arrived=jobs.arrived,
                    check_before_export=lambda post_ids: work.sweep_before_export(post_ids).unanswered,
                    answer_within_hours=config.answer_within_hours,
                    take_in_facts=lambda name, content, by: fact_files.take_in(store, name, content, by, now_utc()),
                    write_facts=lambda register, form: fact_files.write(register, form, config.body),
                    demo=demo,
                    config_problems=config.problems,
                )
            )
            jobs.start()
            # Streamlit collects all generations after every script run: what is loaded by now need not be walked.
            gc.collect()
            gc.freeze()
            say(t("cli.serve.ready", url=address.url))
            try:
                yield
            finally:
                await anyio.to_thread.run_sync(jobs.stop)
                provide(None)
                await anyio.to_thread.run_sync(store.close)

        asgi.run(asgi.build_app(lifespan), address.host, address.port, config.dashboard_hosts)


def _guarded(context: Context, name: str, arguments: dict[str, object], say: Say) -> int:
    try:
        return commands.run(context, name, arguments, say)
    except Exception:
        log.exception("the command %s failed", name)
        say(t("cli.failed"))
        return WRONG
