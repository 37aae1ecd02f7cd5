"""The deletion sweep: asking platforms how what we hold stands by now, at times and before anything is exported."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from collectors.errand import Errand
from collectors.matching import Matcher
from collectors.poller import can_look_up, is_due, look_up
from collectors.post import Collected, HeldPost, ListeningPost, LookedUp, Problem, Source, SourceState
from collectors.web import Session
from data import deletions, posts, raw_answers
from data.store import Cursor, Store
from lyttepost.leases import Leases
from lyttepost.pipeline import keep

log = logging.getLogger(__name__)

BATCH: Final = 100
"""Posts asked for and stored at a time."""
MOST: Final = 200
"""Posts of one source asked for in one run."""
PAUSE: Final = timedelta(hours=1)
"""How long a source is left in peace that did not answer for all."""
FRESH: Final = timedelta(hours=1)
"""An export does not ask again for what was asked for so shortly before."""


@dataclass(frozen=True, slots=True)
class Swept:
    """What asking came to, in posts."""

    asked: int = 0
    gone: int = 0
    """Became tombstones."""
    held: int = 0
    """Are gone, and kept for the archive."""
    back: int = 0
    """Were held, and are live again."""
    edited: int = 0
    unanswered: int = 0
    """How they stand is not known."""
    problems: dict[str, Problem] = field(default_factory=dict)
    """Why not, by the source's name; a source that was too slow has none."""

    def __add__(self, other: Swept) -> Swept:
        return Swept(
            self.asked + other.asked,
            self.gone + other.gone,
            self.held + other.held,
            self.back + other.back,
            self.edited + other.edited,
            self.unanswered + other.unanswered,
            {**self.problems, **other.problems},
        )


class Sweeper:
    """Asks for posts in batches, and remembers who did not answer and what was asked for lately."""

    def __init__(
        self,
        store: Store,
        matcher: Matcher,
        listening_posts: Sequence[ListeningPost],
        errand: Callable[[Source, Session], Errand],
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._matcher = matcher
        self._listening_posts = listening_posts
        self._errand = errand
        self._now = now
        self._asking = threading.Lock()
        self._paused: dict[str, tuple[datetime, Problem | None]] = {}
        self._asked_at: dict[str, datetime] = {}

    def due(self, known: Iterable[tuple[Source, SourceState]]) -> list[Source]:
        """The sources that have posts to ask for now."""
        now = self._now()
        askable = [
            source
            for source, state in known
            if can_look_up(source)
            and not self._trouble(source, state, now)
            and self._paused.get(source.name, (now, None))[0] <= now
        ]
        with self._store.read() as cursor:
            return [source for source in askable if deletions.due(cursor, source.name, now, 1)]

    def run(self, source: Source, http: Session, stop: threading.Event | None = None) -> Swept:
        """Ask for a source's posts that are due, `MOST` at most, unless somebody else is at that source."""
        swept = Swept()
        with Leases(self._store) as leases:
            if not leases.claim([source.name]):
                return swept
            with self._store.read() as cursor:
                held = deletions.due(cursor, source.name, self._now(), MOST)
            for start in range(0, len(held), BATCH):
                if stop and stop.is_set():
                    break
                swept += self._ask(source, held[start : start + BATCH], http)
                if swept.unanswered:
                    break
        return swept

    def before_export(
        self,
        known: Iterable[tuple[Source, SourceState]],
        post_ids: Sequence[str],
        open_session: Callable[[], Session],
        seconds: float,
    ) -> Swept:
        """Ask for these posts, all sources at once, and return when all have answered or the time is over. What
        answers later is kept all the same."""
        end = time.monotonic() + seconds
        now = self._now()
        with self._asking:
            wanted = [
                post_id
                for post_id in dict.fromkeys(post_ids)
                if now - self._asked_at.get(post_id, datetime.min.replace(tzinfo=UTC)) >= FRESH
            ]
        known = list(known)
        with self._store.read() as cursor:
            standing = deletions.standing(cursor, wanted)
            out_of_reach = deletions.out_of_reach(cursor, wanted, [source.name for source, _ in known])
        results: dict[str, Swept] = {"": Swept(unanswered=out_of_reach)}
        threads: list[threading.Thread] = []
        for source, state in known:
            held = standing.get(source.name, ()) if can_look_up(source) else ()
            if not held:
                continue
            results[source.name] = Swept(unanswered=len(held))
            if problem := self._trouble(source, state, now):
                results[source.name] = Swept(unanswered=len(held), problems={source.name: problem})
                continue
            # Not an executor, whose threads the interpreter waits for at its end.
            threads.append(
                threading.Thread(
                    target=self._answer,
                    args=(source, held, open_session, results, end),
                    name=f"sweep-{source.name}",
                    daemon=True,
                )
            )
            threads[-1].start()
        for thread in threads:
            thread.join(max(0.0, end - time.monotonic()))
        return sum(dict(results).values(), Swept())

    def _answer(
        self,
        source: Source,
        held: tuple[HeldPost, ...],
        open_session: Callable[[], Session],
        results: dict[str, Swept],
        end: float,
    ) -> None:
        """Ask for all of them, and tell after each batch how far it has come. After `end` nothing more is asked."""
        swept = Swept()
        try:
            with open_session() as http:
                for start in range(0, len(held), BATCH):
                    if time.monotonic() >= end:
                        return
                    swept += self._ask(source, held[start : start + BATCH], http)
                    rest = len(held) - start - BATCH
                    results[source.name] = swept + Swept(unanswered=max(rest, 0))
                    if source.name in swept.problems:
                        return
        except Exception:
            log.exception("posts of %s could not be asked for before an export", source.name)

    def _ask(self, source: Source, held: tuple[HeldPost, ...], http: Session) -> Swept:
        """Ask for a batch, and keep what came of it."""
        errand = self._errand(source, http)
        looked = look_up(source, held, errand)
        swept = self._store.write(lambda cursor: self._save(cursor, source, held, looked, errand.now))
        now = self._now()
        with self._asking:
            fresh = {post_id: at for post_id, at in self._asked_at.items() if now - at < FRESH}
            self._asked_at = fresh | dict.fromkeys((*looked.gone, *(post.post_id for post in looked.posts)), now)
        if swept.unanswered:
            self._paused[source.name] = (now + PAUSE, looked.problem)
        return swept

    def _save(
        self, cursor: Cursor, source: Source, held: tuple[HeldPost, ...], looked: LookedUp, now: datetime
    ) -> Swept:
        changed = deletions.save(cursor, held, looked, now)
        still = {post.post_id for post in deletions.standing(cursor, [h.post_id for h in held]).get(source.name, ())}
        found = [post for post in looked.posts if post.post_id in still]
        # New words may hit; that none does any more is no reason to leave an edit out.
        matched = {item.post.post_id: item for item in keep(found, self._matcher, self._listening_posts, cursor)}
        kept = [matched.get(post.post_id, Collected(post, ())) for post in found]
        stored = posts.store(cursor, kept, self._listening_posts, now)
        raw_answers.save(cursor, [(source.name, answer) for answer in looked.raw], found)
        answered = looked.gone.keys() | {post.post_id for post in looked.posts}
        return Swept(
            asked=len(held),
            gone=changed.gone,
            held=changed.held,
            back=changed.back,
            edited=stored.edited,
            unanswered=sum(post.post_id not in answered for post in held),
            problems={source.name: looked.problem} if looked.problem else {},
        )

    def _trouble(self, source: Source, state: SourceState, now: datetime) -> Problem | None:
        """Why a source would not answer just now."""
        until, problem = self._paused.get(source.name, (now, None))
        if problem and now < until:
            return problem
        return state.problem if state.failures and not is_due(state, now) else None
