"""What runs when: polls that are due, then labels and fact checks for what they brought."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from importlib.metadata import version
from pathlib import Path

from collectors.credentials import Tokens
from collectors.errand import Errand
from collectors.matching import Matcher, fingerprint
from collectors.poller import JITTER, PAUSE, due, is_own, missed, poll, run_due
from collectors.post import HeldPost, Polled, Source, SourceState, Spent
from collectors.web import Session, Web, session
from dashboard.wording import t
from data import sources, threads
from data.posts import Stored
from data.store import Cursor, Store
from lyttepost.config import Config
from lyttepost.pipeline import Done, FactChecker, Writer, label_waiting, store_polled
from models.classifier import Classifier
from models.training import ensure_model

log = logging.getLogger(__name__)

LONGEST_PAUSE = 30.0
"""Seconds between two looks at what is due."""

THREADS_AT_A_TIME = 20
"""Conversations that one poll reads again, at most."""

GRACE = 3.0
"""Seconds that a stopping server waits for a step under way."""


def now_utc() -> datetime:
    return datetime.now(UTC)


class Work:
    """Everything the jobs need; the same for a server and for a single command."""

    def __init__(
        self, store: Store, config: Config, models: Path, say: Callable[[str], None], tokens: Tokens | None = None
    ) -> None:
        self.store = store
        self.config = config
        self._tokens = tokens or Tokens()
        self._models = models
        self._say = say
        self._matcher = Matcher(config.listening_posts)
        self._fingerprint = fingerprint(config.listening_posts)
        self._facts = FactChecker(store)
        self._processing = threading.Lock()
        self._polling = threading.Lock()

    @cached_property
    def classifier(self) -> Classifier:
        """The classifier of the shipped examples: loaded, or trained the first time, which is told through `say`."""
        steps: list[str] = []

        def tell_once(step: str) -> None:
            if not steps:
                self._say(t("cli.training"))
            steps.append(step)

        return ensure_model(self._models, tell_once)

    def configure(self) -> None:
        """Bring the configuration into the store."""
        found = self.config
        self.store.write(lambda c: sources.configure(c, found.sources, found.listening_posts, keep=found.broken))

    def _sources(self) -> list[tuple[Source, SourceState]]:
        """Those of the configuration, and those that were added from the dashboard."""
        with self.store.read() as cursor:
            configured = {source.name: source for source in self.config.sources}
            known = [*configured.values(), *(s for s in sources.added(cursor) if s.name not in configured)]
            states = sources.states(cursor, [source.name for source in known])
            return [(source, states[source.name]) for source in known]

    def _due(self) -> list[tuple[Source, SourceState]]:
        return due(self._sources(), now_utc())

    def _every(self) -> list[tuple[Source, SourceState]]:
        """All sources, to be polled now whether they are due or not."""
        return [(source, replace(state, next_due=None, stopped=False)) for source, state in self._sources()]

    def _note_missed(self) -> None:
        """Note the time that a source was due and nobody asked: the program, or the machine, did not run."""
        now = now_utc()
        missing = [
            (source.name, state.last_attempt, problem)
            for source, state in self._sources()
            if state.last_attempt and (problem := missed(state, source, now))
        ]

        def work(cursor: Cursor) -> None:
            for name, since, problem in missing:
                sources.open_gap(cursor, name, since, problem)

        if missing:
            self.store.write(work)

    def poll(self, everything: bool = False, done: Done | None = None, stop: threading.Event | None = None) -> int:
        """Poll the sources that are due, or all, each into the store as it answers, until `stop`. What fails, fails
        alone. Returns how many were to be asked."""

        def write(polls: Sequence[Polled]) -> list[Stored]:
            return store_polled(self.store, polls, self._matcher, self.config.listening_posts, now_utc())

        with self._polling, session(self.web()) as http:
            self._note_missed()
            chosen = self._every() if everything else self._due()
            with Writer(write, done) as writer:

                def one(source: Source, state: SourceState) -> Polled | None:
                    polled = poll(source, state, self.errand(source, http))
                    if stop and stop.is_set():
                        return None
                    writer.put(source, polled)
                    return polled

                run_due(chosen, one, stop=stop, pause=lambda s: 0 if is_own(http.web, s.url) else PAUSE)
        return len(chosen)

    def web(self) -> Web:
        """How we go out."""
        contact = f"; {self.config.contact}" if self.config.contact else ""
        return Web(f"Lyttepost/{version('lyttepost')} ({self.config.body}{contact})", self.config.allowed_hosts)

    def with_config(self, config: Config) -> Work:
        """The same work with another configuration."""
        return Work(self.store, config, self._models, self._say, self._tokens)

    def errand(self, source: Source, http: Session) -> Errand:
        """What a collector is given for a poll that begins now."""
        now = now_utc()
        spent = Spent()
        to_read: tuple[HeldPost, ...] = ()
        if source.kind != "feed":  # feeds cost nothing, and have no conversations that can be asked for
            with self.store.read() as cursor:
                spent = sources.spent_today(cursor, source.name, now)
                to_read = threads.due(cursor, source.name, now, THREADS_AT_A_TIME)
        jitter = random.uniform(-JITTER, JITTER)  # noqa: S311  # spreads the polls, keeps no secret
        return Errand(http, self._fingerprint, now, jitter, tokens=self._tokens, spent=spent, threads=to_read)

    def process(self) -> int:
        """Label and check all posts that wait for it; returns how many were labelled."""
        labelled = 0
        with self._processing:
            while count := label_waiting(self.store, self.classifier, now_utc()):
                labelled += count
            while self._facts.check_waiting(now_utc()):
                pass
        return labelled

    def ask_for(self, name: str) -> None:
        """Make a source due, also one that had stopped."""

        def work(cursor: Cursor) -> None:
            state = sources.state(cursor, name)
            sources.save_state(cursor, replace(state, next_due=None, stopped=False))

        self.store.write(work)


class Jobs:
    """The two threads that do the work while a server runs: one polls, one labels and checks what came."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._stop = threading.Event()
        self._due = threading.Event()
        self._arrived = threading.Event()
        self._threads = [
            threading.Thread(target=self._repeat, args=(step, wake), name=name, daemon=True)
            for name, step, wake in (("poll", self._poll, self._due), ("process", work.process, self._arrived))
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Stop after the step under way. A poll that still waits for an answer is given up: nothing is lost by it."""
        self._stop.set()
        self._due.set()
        self._arrived.set()
        for thread in self._threads:
            thread.join(timeout=GRACE)

    def poll_now(self, name: str) -> None:
        """Poll a source at once; returns before it is done."""
        self._work.ask_for(name)
        self._due.set()

    def arrived(self) -> None:
        """Something was stored that waits for labels."""
        self._arrived.set()

    def _poll(self) -> None:
        self._work.poll(done=lambda *_: self._arrived.set(), stop=self._stop)

    def _repeat(self, step: Callable[[], object], wake: threading.Event) -> None:
        while not self._stop.is_set():
            try:
                step()
            except Exception:
                if not self._stop.is_set():  # else the store was closed under it
                    log.exception("a job failed; it is tried again")
            if wake.wait(LONGEST_PAUSE) and not self._stop.is_set():
                wake.clear()
