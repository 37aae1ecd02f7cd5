"""What a digest says, as plain records. The records are also the digest's JSON: a field's name is its key there.

Everything is asked of `data/`; nothing is worded here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Generic, Literal, TypeVar

from collectors.post import Problem
from dashboard.parts.escape import web_address
from data import archive, corrections, facts, listening, sources
from data.archive import ArchiveDecision
from data.corrections import Item
from data.listening import Filter, PostView
from data.posts import OSLO, oslo_day
from data.sources import Gap
from data.store import Cursor, Store
from models.archiving import Outcome
from models.labels import Fact, Span
from models.politics import party_political
from models.replies import compose
from models.workflow import State

T = TypeVar("T")
U = TypeVar("U")
Status = Literal["ordinary", "so_far", "quiet", "future", "before_first", "no_posts"]

LOOK_BACK_DAYS = 7
"""Posts of so many days, the digest's own among them, are looked through for what needs correction."""
SHORT = 240
"""Characters shown of a post."""
FACTS_SHOWN = 6
POSTS_SHOWN = 3
"""Posts shown of those that contradict one fact."""
LISTED = 6
"""Lines shown of every other list; the rest is a number."""
COUNTED = 500
"""How far a list is counted."""
_TO_ANSWER: Final[tuple[State, ...]] = ("approved", "drafted", "assigned", "open")
"""What is not answered yet, in the order that it is told."""
ROUNDS = 3
"""How often what is quoted is looked up, at most, before a digest leaves the house."""


@dataclass(frozen=True, slots=True)
class Listed(Generic[T]):
    """The lines of a list that are shown, and how many there are beside them."""

    shown: tuple[T, ...] = ()
    more: int = 0

    @property
    def total(self) -> int:
        return len(self.shown) + self.more


@dataclass(frozen=True, slots=True)
class Heard:
    """What a listening post heard on the day. `conflict` counts level 2 and 3, `escalate` level 3."""

    name: str
    title: str
    posts: int
    posts_day_before: int
    conflict: int
    escalate: int


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A post in short: one line of text, a web address or none, and of the author no more than the handle."""

    post_id: str
    source: str
    handle: str
    published_at: datetime
    published_quality: str
    lang: str
    title: str
    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Claim:
    """A post that contradicts a fact; `score` says how sure that is (0 to 1)."""

    post: Excerpt
    state: State
    """`open`, or how far its correction has come: `assigned`, `drafted`, `approved`."""
    score: float
    reply: str
    """The approved reply in the post's own language form; empty where the register has none."""
    reply_lang: str


@dataclass(frozen=True, slots=True)
class Contradicted:
    """A fact that is contradicted, with the posts that do so, the surest first."""

    fact_id: str
    statement: str
    url: str
    claims: Listed[Claim]


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided on a post for the archive; `text` as it was decided on."""

    post_id: str
    title: str
    text: str
    outcome: Outcome
    decided_by: str
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class Expiring:
    """A fact that ends soon, or ended lately, and that no other follows."""

    fact_id: str
    statement: str
    owner: str
    valid_to: date


@dataclass(frozen=True, slots=True)
class Uncovered:
    """How much of the day a source did not cover: posts may have been missed. `until` is None while that lasts."""

    source: str
    title: str
    since: datetime
    until: datetime | None
    periods: int
    minutes: int
    problem: Problem
    """The latest one."""


@dataclass(frozen=True, slots=True)
class Silent:
    """A source that answers and brings nothing, for longer than it should."""

    source: str
    title: str
    hours: int


@dataclass(frozen=True, slots=True)
class Digest:
    """One Norwegian day for one body. `total` counts a post once, however many listening posts hold it."""

    body: str
    day: date
    made_at: datetime
    status: Status
    first_day: date | None
    """The day of the oldest post held."""
    total: Heard
    listening_posts: tuple[Heard, ...] = ()
    unlabelled: int = 0
    contradicted: Listed[Contradicted] = Listed()
    contradicting_posts: int = 0
    escalated: Listed[Excerpt] = Listed()
    open_questions: Listed[Excerpt] = Listed()
    to_archive: Listed[Excerpt] = Listed()
    archived: Listed[Decided] = Listed()
    expiring: Listed[Expiring] = Listed()
    uncovered: Listed[Uncovered] = Listed()
    silent: Listed[Silent] = Listed()
    """As of when the digest was made; empty for a day that is long past."""
    unchecked: int = 0
    """Quoted posts of which their platforms did not tell whether they still stand."""

    @property
    def without_day(self) -> bool:
        """Whether there is nothing to tell of the day because it lies outside what we have."""
        return self.status in ("future", "before_first", "no_posts")


def build(store: Store, body: str, day: date, now: datetime) -> Digest:
    """The digest of a day in Norway, as the store stands. `now` is aware; lists are counted up to `COUNTED`."""
    with store.read() as cursor:
        today = oslo_day(now)
        first = listening.first_day(cursor)
        if day > today or first is None or day < first:
            status: Status = "future" if day > today else "before_first" if first else "no_posts"
            return Digest(body, day, now, status, first, _heard(cursor, day))
        total = _heard(cursor, day)
        claims = _claims(cursor, day, now)
        return Digest(
            body=body,
            day=day,
            made_at=now,
            status="quiet" if not total.posts else "so_far" if day == today else "ordinary",
            first_day=first,
            total=total,
            listening_posts=tuple(_heard(cursor, day, i.name, i.title) for i in listening.listening_posts(cursor)),
            unlabelled=listening.totals(cursor, Filter(day, day)).unlabelled,
            contradicted=_contradicted(claims),
            contradicting_posts=len({item.post.post_id for item in claims}) + sum(item.merged for item in claims),
            escalated=_listed(_standing(listening.page(cursor, Filter(day, day, conflict=3), 1, COUNTED)), excerpt),
            open_questions=_listed(_open_questions(cursor, day), excerpt),
            to_archive=_listed(_standing(archive.posts(cursor, "suggested", size=COUNTED, day=day)), excerpt),
            archived=_listed(_last_decisions(archive.decided_on(cursor, day)), _decided),
            expiring=_listed(facts.expiring(cursor, day), _expiring),
            uncovered=_listed(_uncovered(cursor, day, now), lambda source: source),
            silent=_listed(_silent(cursor, day, now), lambda source: source),
        )


def build_to_export(store: Store, body: str, day: date, now: datetime, check: Callable[[Sequence[str]], int]) -> Digest:
    """The digest of a day as it may leave the house: without posts that are gone where they stood. `check` asks the
    platforms about posts by their ids, and returns of how many it is not known."""
    made, asked, unchecked = build(store, body, day, now), set[str](), 0
    for _ in range(ROUNDS):  # what is gone makes room for others that were not quoted before
        if not (new := [post_id for post_id in quoted(made) if post_id not in asked]):
            return replace(made, unchecked=unchecked)
        unchecked += check(new)
        asked.update(new)
        made = build(store, body, day, now)
    return replace(made, unchecked=unchecked + len(set(quoted(made)) - asked))


def quoted(digest: Digest) -> list[str]:
    """The ids of the posts that a digest quotes."""
    lists = (digest.escalated, digest.open_questions, digest.to_archive)
    ids = [post.post_id for listed in lists for post in listed.shown]
    ids += [claim.post.post_id for fact in digest.contradicted.shown for claim in fact.claims.shown]
    return list(dict.fromkeys(ids))


def approved_reply(fact: Fact, lang: str | None) -> tuple[str, str]:
    """The whole approved reply to a post, with its source, and its language form; empty where the register has none."""
    reply = compose(fact, lang or "und", "other")
    return (reply.text, reply.lang) if reply else ("", "nb")


def excerpt(view: PostView, around: Span | None = None) -> Excerpt:
    """A post in short; `around` is a stretch of its text that must be seen."""
    return Excerpt(
        post_id=view.post_id,
        source=view.source_title,
        handle=view.author_handle,
        published_at=view.published_at,
        published_quality=view.published_quality,
        lang=view.lang or "und",
        title=short(view.title),
        text=short(view.text, around),
        url=web_address(view.url),
    )


def short(text: str, around: Span | None = None) -> str:
    """A text on one line of about `SHORT` characters, cut between words, without signs that can not be seen."""
    end = min(around.end, len(text)) if around else 0
    start = max(0, end - SHORT * 3 // 4) if end > SHORT else 0
    before, text = text[:start], text[start:]
    text = " ".join("".join(c if c.isprintable() or c in "\n\t\u200d" else "" for c in text).split())
    if before and " " in text:
        text = f"… {text.split(' ', 1)[1]}"
    return text if len(text) <= SHORT else f"{text[:SHORT].rsplit(' ', 1)[0].rstrip(' ,;:–-')} …"


def _heard(cursor: Cursor, day: date, name: str = "", title: str = "") -> Heard:
    yesterday = day - timedelta(days=1)
    now = listening.totals(cursor, Filter(day, day, listening_post=name))
    before = listening.totals(cursor, Filter(yesterday, yesterday, listening_post=name))
    return Heard(name, title, now.posts, before.posts, now.conflict, now.escalate)


def _claims(cursor: Cursor, day: date, now: datetime) -> list[Item]:
    start = day - timedelta(days=LOOK_BACK_DAYS - 1)
    return [
        item
        for state in _TO_ANSWER
        for item in corrections.queue(cursor, state, now, size=COUNTED, start=start, end=day)
        if item.post.state == "live"
        and not party_political(f"{item.post.title}\n{item.post.text}", item.post.actor or "")
    ]


def _contradicted(items: Sequence[Item]) -> Listed[Contradicted]:
    """By fact, the one that most posts contradict first: a rumour is one thing to answer, not twenty."""
    by_fact: dict[str, list[Item]] = {}
    for item in items:
        by_fact.setdefault(item.fact.id, []).append(item)
    ordered = sorted(by_fact.values(), key=lambda several: (-_said(several), several[0].fact.id))
    return _listed(ordered, _of_fact, FACTS_SHOWN)


def _of_fact(items: Sequence[Item]) -> Contradicted:
    shown = tuple(_claim(item) for item in items[:POSTS_SHOWN])
    fact = items[0].fact
    return Contradicted(
        fact.id, fact.statement_nb, web_address(fact.source_url), Listed(shown, _said(items) - len(shown))
    )


def _said(items: Sequence[Item]) -> int:
    """How many posts stand behind some items: their copies are answered with them."""
    return len(items) + sum(item.merged for item in items)


def _claim(item: Item) -> Claim:
    reply, lang = approved_reply(item.fact, item.post.lang)
    return Claim(
        post=excerpt(item.post, item.match.in_post),
        state=item.state,
        score=round(item.match.score, 3),
        reply=reply,
        reply_lang=lang,
    )


def _open_questions(cursor: Cursor, day: date) -> list[PostView]:
    """The questions of a day that no public body has answered in their thread."""
    asked = listening.page(cursor, Filter(day, day, intent="question"), 1, COUNTED)
    answered = listening.answered(cursor, [view.post_id for view in asked])
    return [view for view in _standing(asked) if view.actor != "public_body" and view.post_id not in answered]


def _standing(views: Sequence[PostView]) -> list[PostView]:
    """The posts that still stand where they were written: the others, and those that may be gone, count and are not
    quoted."""
    return [view for view in views if view.state == "live" and not view.missing_since]


def _last_decisions(decisions: Sequence[ArchiveDecision]) -> list[ArchiveDecision]:
    return list({decision.post_id: decision for decision in decisions}.values())


def _decided(decision: ArchiveDecision) -> Decided:
    return Decided(
        decision.post_id,
        short(decision.title),
        short(decision.text),
        decision.outcome,
        decision.decided_by,
        decision.decided_at,
    )


def _expiring(fact: Fact) -> Expiring:
    return Expiring(fact.id, short(fact.statement_nb), fact.owner, date.fromisoformat(fact.valid_to or ""))


def _uncovered(cursor: Cursor, day: date, now: datetime) -> list[Uncovered]:
    """By source, the longest first; periods are cut to the day, and to now."""
    start = datetime.combine(day, time.min, OSLO).astimezone(UTC)
    end = min(datetime.combine(day + timedelta(days=1), time.min, OSLO).astimezone(UTC), now)
    by_source: dict[str, list[Gap]] = {}
    for gap in sources.gaps(cursor, start, end):
        by_source.setdefault(gap.source, []).append(gap)
    found = []
    for several in by_source.values():
        spans = _merged([(max(gap.started_at, start), min(gap.ended_at or end, end)) for gap in several])
        last = max(several, key=lambda gap: (gap.ended_at is None, gap.ended_at or end))
        found.append(
            Uncovered(
                source=last.source,
                title=last.title,
                since=spans[0][0],
                until=spans[-1][1] if last.ended_at else None,
                periods=len(spans),
                minutes=round(sum((b - a).total_seconds() for a, b in spans) / 60),
                problem=last.problem,
            )
        )
    return sorted(found, key=lambda source: (-source.minutes, source.title))


def _merged(spans: Sequence[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    """Spans without overlap, oldest first: what lacks twice at a time lacks once."""
    merged: list[tuple[datetime, datetime]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _silent(cursor: Cursor, day: date, now: datetime) -> list[Silent]:
    if day < oslo_day(now) - timedelta(days=1):
        return []
    return [
        Silent(source.name, source.title, round(source.silent_for / timedelta(hours=1)))
        for source in sources.overview(cursor, now)
        if source.silent_for
    ]


def _listed(found: Sequence[U], line: Callable[[U], T], shown: int = LISTED) -> Listed[T]:
    return Listed(tuple(line(item) for item in found[:shown]), max(0, len(found) - shown))
