"""What runs when: polls that are due, then labels and fact checks for what they brought."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from importlib.metadata import version
from pathlib import Path

from collectors.credentials import Tokens
from collectors.errand import Errand, not_booked
from collectors.matching import Matcher, fingerprint
from collectors.poller import JITTER, PAUSE, due, is_own, missed, poll, run_due, waiting_hosts
from collectors.post import HeldPost, Polled, Source, SourceState, Spent
from collectors.urls import host_of
from collectors.web import Session, Web, session
from dashboard.wording import t
from data import raw_answers, sources, threads, topics
from data.posts import Stored
from data.store import Cursor, Store, StoreError
from lyttepost.config import Config
from lyttepost.leases import Leases, clear_others
from lyttepost.pipeline import Done, FactChecker, Labeller, Writer, label_waiting, store_polled
from lyttepost.sweep import Sweeper, Swept
from models import own_topics, shelf
from models.classifier import Classifier
from models.examples import read_examples
from models.shelf import Trained

log = logging.getLogger(__name__)

LONGEST_PAUSE = 30.0
"""Seconds between two looks at what is due."""

THREADS_AT_A_TIME = 20
"""Conversations that one poll reads again, at most."""

AFTER_NOT_STORED = timedelta(minutes=10)

GRACE = 3.0
"""Seconds that a stopping server waits for a step under way."""


def now_utc() -> datetime:
    return datetime.now(UTC)


def load_classifier(models: Path, say: Callable[[str], None]) -> Classifier:
    """The classifier of the shipped examples: loaded, or trained the first time, which is told through `say`."""
    steps: list[str] = []

    def tell_once(step: str) -> None:
        if not steps:
            say(t("cli.training"))
        steps.append(step)

    return shelf.load(
        models, tell_once, lambda error: say(t(f"cli.{error.code}", **{"error": "", "version": "", **error.details}))
    )


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
        self._model: Classifier | None = None
        self._labeller: Labeller | None = None
        self._topics_version = ""
        self._loading = threading.RLock()
        self._processing = threading.Lock()
        self._polling = threading.Lock()
        self._left_until: dict[str, datetime] = {}
        self._alone = False
        self._tidied: date | None = None
        self._sweeper = Sweeper(store, self._matcher, config.listening_posts, self.errand, now_utc)

    @property
    def labeller(self) -> Labeller:
        """The classifier in use with the topics of the body's own, as they stand now."""
        with self._loading:
            with self.store.read() as cursor:
                version = topics.version(cursor)
                if self._labeller is None or version != self._topics_version:
                    self._labeller = Labeller(self._loaded(), topics.active(cursor), version)
                    self._topics_version = version
            return self._labeller

    @property
    def classifier(self) -> Classifier:
        """The classifier in use: loaded, or trained the first time, which is told through `say`."""
        return self.labeller.classifier

    def _loaded(self) -> Classifier:
        with self._loading:
            if self._model is None:
                self._model = load_classifier(self._models, self._say)
            return self._model

    def reload(self) -> None:
        """Take up another model, which was put to use."""
        with self._loading:
            self._model = self._labeller = None

    def trained(self) -> Trained | None:
        """When the model in use was trained with the body's own decisions; None where it is the shipped one."""
        trained = shelf.shelf(self._models).in_use
        return trained if trained and self._loaded().version == trained.version else None

    def learn_topic(self, texts: Sequence[str]) -> dict[str, float]:
        """What these posts have in common that makes a topic of them (see `own_topics`)."""
        return own_topics.learn(self._loaded(), texts, [example.post for example in read_examples()])

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
        now = now_utc()
        return [
            (source, state)
            for source, state in due(self._sources(), now)
            if self._left_until.get(source.name, now) <= now
        ]

    def has_sources(self) -> bool:
        """Whether there is anything to ask, in the configuration or added from the dashboard."""
        return bool(self._sources())

    def _every(self) -> list[tuple[Source, SourceState]]:
        """All sources, to be polled now whether they are due or not."""
        return [(source, replace(state, next_due=None, stopped=False)) for source, state in self._sources()]

    def _note_missed(self) -> None:
        """Note the time that a source was due and nobody asked: the program, or the machine, did not run, or its host
        had asked another source to wait."""
        now = now_utc()
        known = self._sources()
        waiting = waiting_hosts(known, now)
        missing = [
            (source.name, state.last_attempt, waiting.get(host_of(source.url), problem))
            for source, state in known
            if state.last_attempt and (problem := missed(state, source, now))
        ]

        def work(cursor: Cursor) -> None:
            for name, since, problem in missing:
                sources.open_gap(cursor, name, since, problem)

        if missing:
            self.store.write(work)

    def _claim(self, leases: Leases, everything: bool) -> list[tuple[Source, SourceState]]:
        """The sources that this run polls: those that are to be, but for those that somebody else polls just now."""
        wanted = self._every if everything else self._due
        got = leases.claim([source.name for source, _ in wanted()])
        # Read once more: somebody may have polled a source before its lease was ours.
        return [(source, state) for source, state in wanted() if source.name in got] if got else []

    def poll(self, everything: bool = False, done: Done | None = None, stop: threading.Event | None = None) -> int:
        """Poll the sources that are due, or all, each into the store as it answers, until `stop`. What fails, fails
        alone. Returns how many were to be asked. A second call waits for the first, so that it has all there is."""

        def write(polls: Sequence[Polled]) -> list[Stored | None]:
            listening_posts = self.config.listening_posts
            stored = store_polled(self.store, polls, self._matcher, listening_posts, now_utc(), leases.owner)
            leases.given_back([polled.state.source for polled in polls])
            return stored

        with self._polling, Leases(self.store) as leases, session(self.web()) as http:
            if not self._alone:
                clear_others(self.store)
                self._alone = True
            self._note_missed()
            chosen = self._claim(leases, everything)
            with Writer(write, done, self._not_stored) as writer:

                def one(source: Source, state: SourceState) -> Polled | None:
                    if not leases.has(source.name):
                        return None
                    polled = poll(source, state, self.errand(source, http))
                    if stop and stop.is_set():
                        return None
                    writer.put(source, polled)
                    return polled

                run_due(chosen, one, stop=stop, pause=lambda s: 0 if is_own(http.web, s.url) else PAUSE)
        return len(chosen)

    def _not_stored(self, source: Source, _: Polled) -> None:
        """Ask a source whose poll could not be stored no more for a while: it is still due, and would else be asked,
        and paid, every half minute."""
        self._left_until[source.name] = now_utc() + AFTER_NOT_STORED

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
        book = partial(self._book, source.name)
        return Errand(
            http, self._fingerprint, now, jitter, tokens=self._tokens, spent=spent, book=book, threads=to_read
        )

    def _book(self, name: str, spent: Spent) -> None:
        """Write down what a request costs, before it is asked. Raises Refused where that fails."""
        try:
            self.store.write(lambda cursor: sources.book(cursor, name, spent, now_utc()))
        except StoreError as error:
            raise not_booked() from error

    def sweep(self, stop: threading.Event | None = None) -> Swept:
        """Ask the platforms for posts that it is time to ask for again, a bounded number of each source."""
        swept = Swept()
        if due := self._sweeper.due(self._sources()):
            with session(self.web()) as http:
                for source in due:
                    if not (stop and stop.is_set()):
                        swept += self._sweeper.run(source, http, stop)
        return swept

    def sweep_before_export(self, post_ids: Sequence[str], seconds: float = 10.0) -> Swept:
        """Ask for posts whose text is about to leave the house; read them from the store afterwards. Returns within
        `seconds` and what one write takes: `unanswered` says of how many it is not known how they stand, `problems`
        why. Posts of feeds and files can not be asked for, and are not counted; what was asked for within the hour
        is not asked for again."""
        return self._sweeper.before_export(self._sources(), post_ids, lambda: session(self.web()), seconds)

    def tidy(self) -> int:
        """Once a day, remove the raw answers that retention no longer keeps; returns how many."""
        now = now_utc()
        if self._tidied == now.date():
            return 0
        before = now - timedelta(days=self.config.raw_days)
        removed = self.store.write(lambda cursor: raw_answers.expire(cursor, before))
        self._tidied = now.date()
        return removed

    def process(self) -> int:
        """Label and check all posts that wait for it; returns how many were labelled."""
        labelled = 0
        with self._processing:
            while count := label_waiting(self.store, self.labeller, now_utc()):
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
        self._left_until.pop(name, None)


class Jobs:
    """The threads that do the work while a server runs: one polls, one labels and checks what came, one sees to what
    is held already."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._stop = threading.Event()
        self._due = threading.Event()
        self._arrived = threading.Event()
        steps = (
            ("poll", self._poll, self._due),
            ("process", work.process, self._arrived),
            ("upkeep", self._upkeep, self._stop),
        )
        self._threads = [
            threading.Thread(target=self._repeat, args=(step, wake), name=name, daemon=True)
            for name, step, wake in steps
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

    def _upkeep(self) -> None:
        self._work.tidy()
        if self._work.sweep(self._stop).edited:
            self._arrived.set()

    def _repeat(self, step: Callable[[], object], wake: threading.Event) -> None:
        while not self._stop.is_set():
            try:
                step()
            except Exception:
                if not self._stop.is_set():  # else the store was closed under it
                    log.exception("a job failed; it is tried again")
            if wake.wait(LONGEST_PAUSE) and not self._stop.is_set():
                wake.clear()
