"""The way of a post: matched, stored with its source's cursor, labelled, held against the facts.

Each step takes up where it was left, so that a process killed between two of them loses nothing.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta
from queue import Empty, SimpleQueue

from collectors.matching import Matcher
from collectors.post import Collected, ListeningPost, Match, Polled, Post, Source
from data import deletions, fact_checks, facts, labels, posts, queue, raw_answers, sources, threads
from data.fact_checks import ToMatch
from data.posts import Stored
from data.sources import LastPoll
from data.store import Cursor, Store
from data.topics import Topic
from models.classifier import Classifier
from models.corrections import Lesson
from models.corrections import Matcher as FactMatcher
from models.labels import Fact, FactMatch, Labels, PostText, Span

log = logging.getLogger(__name__)

BATCH = 2_000
"""Posts labelled or matched at a time: a transaction of well under a second."""
TOGETHER = 250
"""Polls stored in one transaction, at most."""
ENOUGH = 1_000
"""Posts that are stored without waiting for more: while they are, the next polls go on."""
LESSONS = 2_000
"""Decisions about matches that are learned from, the latest."""
GATHER = 0.5
"""Seconds that the first of them waits for others."""

Done = Callable[[Source, Polled, Stored], None]
"""Told of a poll when what it brought is committed."""

Lost = Callable[[Source, Polled], None]
"""Told of a poll of which nothing was stored."""


def keep(
    found: Iterable[Post], matcher: Matcher, listening_posts: Sequence[ListeningPost], cursor: Cursor
) -> list[Collected]:
    """The posts that a listening post asks for. What answers a kept post is kept with it, without words of its own,
    as far as the listening post listens to its source. A post that is held already stays, also when its text was
    edited so that no word hits any more."""
    everything = list(found)
    matches: dict[str, dict[str, Match]] = {}
    for post in everything:  # the same post may come from several sources, each with its own reasons
        matches.setdefault(post.post_id, {}).update((m.listening_post, m) for m in matcher.match(post))
    related = {*matches, *(post.parent_id for post in everything if post.parent_id)}
    held = posts.listening_posts_of(cursor, related)
    listens_to = {lp.name: lp.sources for lp in listening_posts}
    for post_id, reasons in matches.items():
        for name in held.get(post_id, ()):
            if name in listens_to:
                reasons.setdefault(name, Match(name))

    answers: dict[str, list[Post]] = {}
    for post in everything:
        if post.parent_id:
            answers.setdefault(post.parent_id, []).append(post)
    to_hand_on = [(post_id, name) for post_id, names in held.items() for name in names if name in listens_to]
    to_hand_on += [(post_id, name) for post_id, reasons in matches.items() for name in reasons]
    while to_hand_on:
        parent_id, name = to_hand_on.pop()
        for post in answers.get(parent_id, ()):
            if name not in matches[post.post_id] and (not listens_to[name] or post.source in listens_to[name]):
                matches[post.post_id][name] = Match(name)
                to_hand_on.append((post.post_id, name))
    return [Collected(p, tuple(matches[p.post_id].values())) for p in everything if matches[p.post_id]]


def store_polled(
    store: Store,
    polls: Sequence[Polled],
    matcher: Matcher,
    listening_posts: Sequence[ListeningPost],
    now: datetime,
    owner: str = "",
) -> list[Stored | None]:
    """Keep what polls brought together with the states they ended in: all of it, or nothing. Returns what came of
    each. `owner` gives back the sources' leases with it; nothing is kept of a poll that had lost its own, which counts
    as None."""

    def work(cursor: Cursor) -> tuple[Stored, frozenset[str]]:
        names = frozenset(polled.state.source for polled in polls)
        valid = queue.release(cursor, owner, names) if owner else names
        counted = [polled for polled in polls if polled.state.source in valid]
        brought = [post for polled in counted for post in polled.posts]
        kept = keep(brought, matcher, listening_posts, cursor)
        stored = posts.store(cursor, kept, listening_posts, now)
        deletions.note_vanished(cursor, counted, now)
        raw_answers.save(cursor, [(p.state.source, answer) for p in counted for answer in p.raw], brought)
        sources.save_state(cursor, *(polled.state for polled in counted))
        sources.save_last_polls(
            cursor,
            {
                polled.state.source: LastPoll(polled.traffic, *stored.by_source.get(polled.state.source, (0, 0)))
                for polled in counted
            },
        )
        for polled in counted:
            sources.save_extras(cursor, polled, now)
            threads.save_read(cursor, polled.threads_read)
        return stored, valid

    stored, valid = store.write(work)
    return [
        Stored(*stored.by_source.get(polled.state.source, (0, 0))) if polled.state.source in valid else None
        for polled in polls
    ]


class Writer:
    """Stores what polls bring in a thread of its own, while the next are fetched. What waits goes together into one
    transaction, since a transaction costs more than the posts of a feed. Leaving the block waits for the last one."""

    def __init__(
        self,
        write: Callable[[Sequence[Polled]], list[Stored | None]],
        done: Done | None = None,
        lost: Lost | None = None,
    ) -> None:
        """`done` is called with each poll once it is committed, `lost` with each that came to nothing: it could not be
        stored, or (None) somebody else polls its source by now."""
        self._write = write
        self._done = done
        self._lost = lost
        self._waiting: SimpleQueue[tuple[Source, Polled] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="store", daemon=True)

    def __enter__(self) -> Writer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._waiting.put(None)
        self._thread.join()

    def put(self, source: Source, polled: Polled) -> None:
        self._waiting.put((source, polled))

    def _run(self) -> None:
        ended = False
        while not ended:
            items = [self._waiting.get()]
            until = time.monotonic() + GATHER
            found = 0
            while (last := items[-1]) and len(items) < TOGETHER and (left := until - time.monotonic()) > 0:
                found += len(last[1].posts)
                if found >= ENOUGH:
                    break
                with suppress(Empty):
                    items.append(self._waiting.get(timeout=left))
            ended = None in items
            if batch := [item for item in items if item]:
                self._store(batch)

    def _store(self, batch: Sequence[tuple[Source, Polled]]) -> None:
        try:
            results = self._write([polled for _, polled in batch])
        except Exception:
            if len(batch) > 1:  # one that can not be stored does not take the others with it
                for one in batch:
                    self._store([one])
            else:
                log.exception("what %s brought could not be stored; it is fetched again", batch[0][0].name)
                if self._lost:
                    self._lost(*batch[0])
            return
        for (source, polled), stored in zip(batch, results, strict=True):
            if stored is None:
                log.warning("somebody else polls %s by now; what this poll brought is left to them", source.name)
                if self._lost:
                    self._lost(source, polled)
            elif self._done:
                try:
                    self._done(source, polled, stored)
                except Exception:  # whoever listened may be gone; what follows is stored all the same
                    log.exception("nobody could be told that what %s brought is stored", source.name)


class Labeller:
    """The classifier with the body's own topics: those that were learned, and the words that point to them."""

    def __init__(self, classifier: Classifier, own: Sequence[Topic] = (), version: str = "") -> None:
        """`version` is that of the topics."""
        learned = {topic.topic_id: topic.learned for topic in own if topic.learned}
        self.classifier = Classifier(classifier.model, learned, version) if own else classifier
        self._words = Matcher([ListeningPost(topic.topic_id, "", keywords=topic.keywords) for topic in own])
        self._by_words = {topic.topic_id for topic in own if topic.keywords}

    def label(self, posts: Sequence[PostText]) -> list[Labels]:
        """The labels of each post, in order."""
        said = self.classifier.label(posts)
        if not self._by_words:
            return said
        return [self._with_words(post, given) for post, given in zip(posts, said, strict=True)]

    def _with_words(self, post: PostText, given: Labels) -> Labels:
        """The labels with the topics that words of the post point to."""
        pointed = [
            match.listening_post
            for match in self._words.match_text(f"{post.title}\n{post.text}")
            if match.listening_post in self._by_words and match.listening_post not in given.topics
        ]
        if not pointed:
            return given
        return replace(given, topics=(*given.topics, *pointed), scores={**given.scores, **dict.fromkeys(pointed, 1.0)})


def label_waiting(store: Store, labeller: Labeller, now: datetime) -> int:
    """Label one batch of posts that wait for it; returns how many there were."""
    with store.read() as cursor:
        batch = labels.waiting(cursor, labeller.classifier.version, BATCH)
    if batch:
        said = labeller.label([post.text for post in batch])
        store.write(lambda cursor: labels.save(cursor, batch, said, now))
    return len(batch)


class FactChecker:
    """Holds posts against the register, with what people decided so far, and keeps its matcher until either changes."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: tuple[str, list[tuple[str, str, bool]]] = ("", [])
        self._matcher: FactMatcher | None = None

    def check_waiting(self, now: datetime) -> int:
        """Match one batch of posts that were not yet held against the register as it stands; returns how many."""
        since = posts.oslo_day(now - timedelta(days=fact_checks.LOOK_BACK_DAYS))
        with self._store.read() as cursor:
            known = facts.register_version(cursor), fact_checks.lessons(cursor, LESSONS)
            if self._matcher is None or known != self._known:
                taught = [Lesson(*lesson) for lesson in known[1]]
                self._matcher, self._known = FactMatcher(facts.register(cursor), taught), known
            version = f"{self._matcher.version}:{known[0]}"
            before = fact_checks.latest_check(cursor)
        if before != version and before.startswith(f"{self._matcher.version}:"):
            self._carry_over(self._matcher, before, version, since)
        with self._store.read() as cursor:
            batch = fact_checks.waiting(cursor, version, since, BATCH)
        if batch:
            matches = self._matcher.match([_read(post) for post in batch], [post.readings for post in batch])
            found = {
                post.post_id: [_within_text(match, post.title) for match in several]
                for post, several in zip(batch, matches, strict=True)
            }
            self._store.write(lambda cursor: fact_checks.save(cursor, batch, found, version, now))
        return len(batch)

    def _carry_over(self, matcher: FactMatcher, before: str, version: str, since: date) -> None:
        """Match anew only what a new or changed fact may matter to: the others stay as they were matched."""
        with self._store.read() as cursor:
            earlier = {f.id: _as_matched(f) for f in facts.register_at(cursor, before.partition(":")[2])}
            now = {f.id: _as_matched(f) for f in facts.register(cursor)}
            changed = frozenset(fact_id for fact_id, fact in now.items() if earlier.get(fact_id) != fact)
            checked = fact_checks.checked_with(cursor, before, since) if changed else []
            held = fact_checks.matched_to(cursor, changed)
        matters = matcher.about([(_whole(title, text), lang, at) for _, title, text, lang, at in checked], changed)
        again = [post_id for (post_id, *_), does in zip(checked, matters, strict=True) if does or post_id in held]
        self._store.write(lambda cursor: fact_checks.carry_over(cursor, before, version, again))


def _as_matched(fact: Fact) -> Fact:
    """A fact as far as the matcher reads it."""
    return replace(fact, owner="", approved_by="", approved_at=None, source_url="", topic="", successor="", body="")


def _read(post: ToMatch) -> tuple[str, str, datetime]:
    """A post as the matcher reads it."""
    return _whole(post.title, post.text), post.lang, post.published_at


def _whole(title: str, text: str) -> str:
    """The title is the first line."""
    return f"{title}\n{text}" if title else text


def _within_text(match: FactMatch, title: str) -> FactMatch:
    """The match with its span counted in the post's text; a span in the title marks nothing there."""
    if not title or not match.in_post:
        return match
    offset = len(title) + 1
    start, end = match.in_post.start - offset, match.in_post.end - offset
    return replace(match, in_post=Span(start, end) if start >= 0 else None)
