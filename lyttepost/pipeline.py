"""The way of a post: matched, stored with its source's cursor, labelled, held against the facts.

Each step takes up where it was left, so that a process killed between two of them loses nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from collectors.matching import Matcher
from collectors.post import Collected, ListeningPost, Match, Polled, Post
from data import corrections, facts, labels, posts, sources
from data.corrections import ToMatch
from data.posts import Stored
from data.store import Cursor, Store
from models.classifier import Classifier
from models.corrections import Matcher as FactMatcher
from models.labels import FactMatch, Span

BATCH = 2_000
"""Posts labelled or matched at a time: a transaction of well under a second."""


def keep(
    found: Iterable[Post], matcher: Matcher, listening_posts: Sequence[ListeningPost], cursor: Cursor
) -> list[Collected]:
    """The posts that a listening post asks for. What answers a kept post is kept with it, without words of its own,
    as far as the listening post listens to its source."""
    everything = list(found)
    matches = {post.post_id: matcher.match(post) for post in everything}
    parents = {post.parent_id for post in everything if post.parent_id}
    holders: dict[str, tuple[str, ...]] = posts.listening_posts_of(cursor, parents) if parents else {}
    holders.update({i: tuple(m.listening_post for m in found) for i, found in matches.items() if found})
    listens_to = {lp.name: lp.sources for lp in listening_posts}
    for post in sorted(everything, key=lambda p: p.published_at):
        inherited = [
            name
            for name in holders.get(post.parent_id or "", ())
            if name in listens_to
            and (not listens_to[name] or post.source in listens_to[name])
            and name not in holders.get(post.post_id, ())
        ]
        if inherited:
            matches[post.post_id] += tuple(Match(name) for name in inherited)
            holders[post.post_id] = holders.get(post.post_id, ()) + tuple(inherited)
    return [Collected(post, matches[post.post_id]) for post in everything if matches[post.post_id]]


def store_polled(
    store: Store, polled: Polled, matcher: Matcher, listening_posts: Sequence[ListeningPost], now: datetime
) -> Stored:
    """Keep what a poll brought together with the state it ended in: both, or neither."""

    def work(cursor: Cursor) -> Stored:
        kept = keep(polled.posts, matcher, listening_posts, cursor)
        stored = posts.store(cursor, kept, listening_posts, now)
        sources.save_state(cursor, polled.state)
        return stored

    return store.write(work)


def label_waiting(store: Store, classifier: Classifier, now: datetime) -> int:
    """Label one batch of posts that wait for it; returns how many there were."""
    with store.read() as cursor:
        batch = labels.waiting(cursor, classifier.version, BATCH)
    if batch:
        said = classifier.label([post.text for post in batch])
        store.write(lambda cursor: labels.save(cursor, batch, said, now))
    return len(batch)


class FactChecker:
    """Holds posts against the register, and keeps its matcher until the register changes."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._version = ""
        self._matcher: FactMatcher | None = None

    def check_waiting(self, now: datetime) -> int:
        """Match one batch of posts that were not yet held against the register as it stands; returns how many."""
        with self._store.read() as cursor:
            version = facts.register_version(cursor)
            if self._matcher is None or version != self._version:
                self._matcher, self._version = FactMatcher(facts.register(cursor)), version
            since = posts.oslo_day(now - timedelta(days=corrections.LOOK_BACK_DAYS))
            checked_with = f"{self._matcher.matcher_version}:{version}"
            batch = corrections.waiting(cursor, checked_with, since, BATCH)
        if batch:
            found = {
                post.post_id: [_within_text(match, post.title) for match in several]
                for post, several in zip(batch, self._matcher.match([_read(post) for post in batch]), strict=True)
            }
            self._store.write(lambda cursor: corrections.save(cursor, batch, found, checked_with, now))
        return len(batch)


def _read(post: ToMatch) -> tuple[str, str, datetime]:
    """A post as the matcher reads it: the title is its first line."""
    return (f"{post.title}\n{post.text}" if post.title else post.text), post.lang, post.published_at


def _within_text(match: FactMatch, title: str) -> FactMatch:
    """The match with its span counted in the post's text; a span in the title marks nothing there."""
    if not title or not match.in_post:
        return match
    offset = len(title) + 1
    start, end = match.in_post.start - offset, match.in_post.end - offset
    return replace(match, in_post=Span(start, end) if start >= 0 else None)
