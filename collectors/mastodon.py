"""Mastodon servers as sources, and others that answer like one: hashtags, mentions, conversations.

What is read, in the order of the server, is a stream: of a hashtag, or of the account's mentions. A stream is read
forwards, page after page from where it was left (`min_id`; with `since_id`, a server leaves out what does not fit on a
page), until there is no more. Each reading begins some posts before the newest known one, since a post that comes late
from another server is put in where its date belongs; once a day, the newest pages are read again whatever is known.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice, pairwise
from typing import Any, NamedTuple

from collectors import mastodon_statuses as statuses
from collectors.api import Answer, Declined
from collectors.errand import Errand, Refused
from collectors.mastodon_api import BATCH, About, Server
from collectors.mastodon_statuses import Place, Status
from collectors.post import (
    HeldPost,
    LookedUp,
    Polled,
    Post,
    Problem,
    RawAnswer,
    Source,
    SourceState,
    Uncovered,
    digest,
)
from collectors.standing import failed, interval, succeeded
from collectors.text import tag
from collectors.web import FetchError

PAGES_BACK = 5
"""Of a stream's newest, when it is read for the first time, and once a day."""
PAGES_BACK_NEW = 20
"""Of a stream that was empty when it was last asked for."""
PAGES_A_POLL = 10
"""Of one stream; the next poll goes on there."""
REQUESTS_A_POLL = 60
"""For streams. A server allows 300 in five minutes."""
REQUESTS_AT_ALL = 100
POSTS_A_POLL = 5_000
"""After as many, no more conversations are read."""
SOON = timedelta(minutes=2)
"""Until the next poll, where there is more to read."""
DAILY = timedelta(hours=24)
OVERLAP = timedelta(hours=1)
OVERLAP_POSTS = 20
"""As many known posts are read again at least, and those of OVERLAP before the last reading, up to MAX_TRAIL."""
MAX_TRAIL = 80
MAX_COUNTED = 500
"""Posts by people who opt out, remembered so that they are counted once."""
MAX_PARENTS = 100
"""Posts that are asked for in one poll because new ones answer them."""

MENTIONS = "@"

Page = Callable[..., Answer]


class Step(NamedTuple):
    """A post that was read from a stream."""

    item_id: str
    """Of the status or the notification, on its server."""
    mark: str
    """A digest that changes when the post is edited."""
    published: int
    """Seconds since 1970."""


@dataclass(frozen=True, slots=True)
class Stream:
    """How far a stream was read."""

    at: str = ""
    """The newest item that was read, as the server's own id; "" where there never was one."""
    is_open: bool = False
    """Whether a reading broke off there, and the next one goes on there."""
    trail: tuple[Step, ...] = ()
    """The latest posts of it, the newest first."""
    begun_at: str = ""
    """When the last reading began that met again what was known then. ISO 8601."""
    looked_back: str = ""
    """When its newest pages were last read whatever was known. ISO 8601."""
    listening_sha256: str = ""
    """The listening posts that they were matched against then."""

    def start(self) -> tuple[str, tuple[Step, ...]]:
        """After which item to read, and what of the trail will not be met again."""
        if not self.is_open and self.trail:
            since = (datetime.fromisoformat(self.begun_at) - OVERLAP).timestamp()
            old = (n for n, step in enumerate(self.trail) if n >= OVERLAP_POSTS and step.published <= since)
            number = next(old, len(self.trail) - 1)
            return self.trail[number].item_id, self.trail[number:]
        return self.at, self.trail


@dataclass(frozen=True, slots=True)
class Cursor:
    """What a source's next poll needs."""

    server: str = ""
    """Whose ids these are."""
    streams: Mapping[str, Stream] = field(default_factory=dict)
    about: About | None = None
    asked_at: str = ""
    """When the server was asked about itself. ISO 8601."""
    turn: str = ""
    """The stream that the next poll begins with, where the last one did not come to all."""
    counted: tuple[str, ...] = ()
    """Digests of the posts by people who opt out that were counted, the latest last."""

    @classmethod
    def of(cls, state: SourceState, server: str) -> Cursor:
        """The cursor as the store has it; a new one where it is another server's, or not to be made out."""
        kept = state.cursor
        if kept.get("server") != server:
            return cls(server)
        try:
            streams = {
                name: Stream(**{**stream, "trail": tuple(Step(*step) for step in stream["trail"])})
                for name, stream in kept["streams"].items()
            }
            about = About(**kept["about"]) if kept["about"] else None
            return cls(server, streams, about, kept["asked_at"], kept["turn"], tuple(kept["counted"]))
        except (AttributeError, KeyError, TypeError):
            return cls(server)

    def kept(self) -> Mapping[str, Any]:
        return asdict(self)


def collect(source: Source, state: SourceState, errand: Errand) -> Polled:
    """Ask a server for what is new. What was read before something failed comes with the failed state."""
    server = Server(source, errand)
    poll = _Poll(source, errand, server, Cursor.of(state, server.address))
    try:
        warning = poll.run(interval(source, state))
    except FetchError as error:
        return poll.ended(failed(source, state, error.problem, errand.now, errand.jitter), ok=False)
    except Refused as refused:
        wait = refused.retry_after
        return poll.ended(failed(source, state, refused.problem, errand.now, errand.jitter, wait), ok=False)
    done = succeeded(source, state, {}, errand.now, errand.jitter, warning)
    return poll.ended(replace(done, next_due=errand.now + SOON) if poll.more else done, ok=True)


class _Poll:
    """A poll under way: what it has read, and how far that is."""

    def __init__(self, source: Source, errand: Errand, server: Server, cursor: Cursor) -> None:
        self.more = False
        self._source = source
        self._errand = errand
        self._server = server
        self._cursor = cursor
        self._streams = dict(cursor.streams)
        self._counted = dict.fromkeys(cursor.counted)
        self._found: dict[str, tuple[Status, RawAnswer | None]] = {}
        self._held = {held.server_id: held.native_id for held in errand.threads}
        self._places: dict[str, Place] = {}
        self._conversations: dict[str, str] = {}
        self._seen = 0
        self._opted_out = 0
        self._gaps: list[Uncovered] = []
        self._threads_read: list[str] = []
        self._warnings: list[Problem] = []

    def run(self, usual: timedelta) -> Problem | None:
        """Read all, and return the warning to go with it. Raises FetchError and Refused."""
        pages = self._pages()
        self._streams = {name: stream for name, stream in self._streams.items() if name in pages}
        closed = self._closed()
        shut_out = closed if closed and closed.code != "mastodon_hashtags_partly" else None
        self._read_streams({name: page for name, page in pages.items() if name == MENTIONS or not shut_out})
        try:
            self._read_threads()
            self._find_parents()
        except Declined as declined:
            if declined.status not in (401, 403, 422):
                raise
            self._warnings.append(declined.problem)  # streams are open to us, and posts by themselves are not
        if shut_out:
            raise Refused(shut_out, usual if self._source.mentions else None)
        unused = [name for name in pages if name != MENTIONS and self._is_empty(name)]
        if unused:
            self._warnings.append(Problem("mastodon_hashtag_unused", {**self._server.host, "names": ", ".join(unused)}))
        return next(iter([*self._warnings, *([closed] if closed else [])]), None)

    def ended(self, state: SourceState, ok: bool) -> Polled:
        """What the poll came to."""
        posts = tuple(self._posts())
        used = {post.raw_sha256 for post in posts}
        raw = {answer.sha256: answer for _, answer in self._found.values() if answer}
        cursor = replace(self._cursor, streams=self._streams, counted=tuple(self._counted)[-MAX_COUNTED:])
        return Polled(
            replace(state, cursor=cursor.kept()),
            posts,
            self._seen,
            ok,
            tuple(answer for sha256, answer in raw.items() if sha256 in used),
            tuple(self._gaps),
            self._opted_out,
            threads_read=tuple(self._threads_read),
        )

    def _pages(self) -> dict[str, Page]:
        """What is asked for: the streams, and what brings a page of each. Raises Refused where that is nothing."""
        names = dict.fromkeys(filter(None, map(tag, self._source.hashtags)))
        pages = {f"#{name}": _of_hashtag(self._server, name) for name in names}
        if self._source.mentions:
            if not self._errand.secret:
                raise Refused(Problem("mastodon_login_needed", self._server.host))
            pages = {MENTIONS: self._server.mentions, **pages}
        if not pages:
            raise Refused(Problem("mastodon_no_hashtags"))
        return pages

    def _closed(self) -> Problem | None:
        """Why the server shows no hashtags, or not all: asked once a day, and each time as long as that is so."""
        with_token = bool(self._errand.secret)
        about = self._cursor.about
        if not about or about.closed(with_token) or not _lately(self._cursor.asked_at, self._errand.now):
            about = self._server.about()
            self._cursor = replace(self._cursor, about=about, asked_at=self._errand.now.isoformat())
        return about.closed(with_token)

    # Streams

    def _read_streams(self, pages: Mapping[str, Page]) -> None:
        names = list(pages)
        first = names.index(self._cursor.turn) if self._cursor.turn in names else 0
        names = names[first:] + names[:first]
        following = dict(pairwise(names))
        for name in names:
            if not self._may_read():
                self.more = True
                return
            # Before it is read, so that one that fails each time does not keep the others from their turn.
            self._cursor = replace(self._cursor, turn=following.get(name, ""))
            self._read_stream(name, pages[name])

    def _read_stream(self, name: str, page: Page) -> None:
        stream = self._streams.get(name, Stream())
        if not stream.at:
            self._begin(name, stream, page)
        elif not self._read_on(name, stream, page):
            self.more = True
        elif stream.listening_sha256 != self._errand.fingerprint or not _lately(stream.looked_back, self._errand.now):
            _, complete = self._look_back(page, PAGES_BACK)
            if complete or self._may_read():  # else it was broken off
                self._streams[name] = self._looked_back(self._streams[name])

    def _begin(self, name: str, stream: Stream, page: Page) -> None:
        """Read the newest pages of a stream that never had an item."""
        read, complete = self._look_back(page, PAGES_BACK_NEW if stream.looked_back else PAGES_BACK)
        if read:
            if stream.looked_back and not complete:
                self._note_gap(name, datetime.fromisoformat(stream.looked_back), read[-1])
            stream = replace(stream, at=statuses.server_id(read[0]), trail=self._trail(read))
        self._streams[name] = self._looked_back(replace(stream, begun_at=self._errand.now.isoformat()))

    def _trail(self, read: Iterable[Status], before: tuple[Step, ...] = ()) -> tuple[Step, ...]:
        """The trail of what was read, the newest first, and what was read `before`."""
        now = self._errand.now
        kept = (item for item in read if statuses.may_be_kept(statuses.status_of(item)))
        steps = (
            Step(
                statuses.server_id(item),
                _mark(statuses.status_of(item)),
                int(statuses.published(statuses.status_of(item), now).timestamp()),
            )
            for item in kept
        )
        return (*islice(steps, MAX_TRAIL), *before)[:MAX_TRAIL]

    def _note_gap(self, name: str, since: datetime, oldest: Status) -> None:
        until = statuses.published(oldest, self._errand.now)
        if since < until:
            self._gaps.append(Uncovered(since, until, Problem("mastodon_too_many", {"name": name})))

    def _looked_back(self, stream: Stream) -> Stream:
        now = self._errand.now.isoformat()
        return replace(stream, looked_back=now, listening_sha256=self._errand.fingerprint)

    def _look_back(self, page: Page, pages: int) -> tuple[list[Status], bool]:
        """Read the newest pages of a stream: its items, the newest first, and whether they are all that there is."""
        read: dict[str, Status] = {}
        for _ in range(pages):
            if not self._may_read():
                break
            before = {"max_id": next(reversed(read))} if read else {}
            fresh = self._read_page(page, before, read)
            if not fresh:
                return list(read.values()), True
            read |= fresh
        return list(read.values()), False

    def _read_on(self, name: str, stream: Stream, page: Page) -> bool:
        """Read a stream forwards. False where there is more than this poll may read."""
        at, before = stream.start()
        stream = stream if stream.is_open else replace(stream, begun_at=self._errand.now.isoformat())
        known = {step.mark for step in stream.trail}
        read: dict[str, Status] = {}
        for _ in range(PAGES_A_POLL):
            if not self._may_read():
                break
            fresh = self._read_page(page, {"min_id": at}, read, known)
            if not fresh:
                self._streams[name] = replace(stream, is_open=False)
                return True
            read = {**fresh, **read}
            at = next(iter(fresh))
            stream = replace(stream, at=at, is_open=True, trail=self._trail(read.values(), before))
            self._streams[name] = stream
        return False

    def _read_page(
        self, page: Page, where: Mapping[str, str], read: Mapping[str, Status], known: Container[str] = ()
    ) -> dict[str, Status]:
        """The items of a page that were not yet read, in its order; none at the end, also of a server that begins anew
        there. Raises Refused where the answer is no page."""
        answer = page(**where)
        items = {statuses.server_id(item): item for item in statuses.listed(answer.data)}
        if not statuses.is_list(answer.data) or (answer.data and not items and not read):
            raise Refused(Problem("answer_unexpected", self._server.host))
        fresh = {key: item for key, item in items.items() if key not in read}
        self._seen += len(fresh)
        self._take([statuses.status_of(item) for item in fresh.values()], answer, known)
        return fresh

    def _may_read(self) -> bool:
        return self._server.may_ask(REQUESTS_A_POLL)

    def _is_empty(self, name: str) -> bool:
        stream = self._streams.get(name, Stream())
        return bool(stream.looked_back) and not stream.at

    # Conversations

    def _read_threads(self) -> None:
        for held in self._errand.threads:
            if not self._server.may_ask(REQUESTS_AT_ALL) or len(self._found) >= POSTS_A_POLL:
                return
            if held.server_id:
                self._read_thread(held)
            self._threads_read.append(held.post_id)

    def _read_thread(self, held: HeldPost) -> None:
        try:
            answer = self._server.context(held.server_id)
        except Declined as declined:
            if declined.status not in (404, 410):
                raise
            return  # gone, which is found out when it is looked up
        except FetchError as error:
            if error.problem.code != "answer_too_large":
                raise
            self._warnings.append(error.problem)  # it will not get smaller
            return
        data = answer.data if isinstance(answer.data, dict) else {}
        before, after = (statuses.listed(data.get(key)) for key in ("ancestors", "descendants"))
        if not isinstance(data.get("descendants"), list):
            raise Refused(Problem("answer_unexpected", self._server.host))
        self._places[held.server_id] = Place(held.native_id, statuses.server_id(before[-1]) if before else "")
        self._take([*before, *after], answer)
        name = held.conversation_id or statuses.conversation(held.server_id, self._places)
        self._conversations |= {statuses.server_id(status): name for status in (*before, *after)}

    def _find_parents(self) -> None:
        """Find out what the new answers answer: a server tells its own ids, and holds the posts."""
        new = [status for status, raw in self._found.values() if raw]
        unknown = dict.fromkeys(map(statuses.parent_server_id, new))
        wanted = [i for i in unknown if i and i not in self._places and i not in self._held][:MAX_PARENTS]
        if wanted and self._server.may_ask(REQUESTS_AT_ALL):
            for server_id, answer, status in _as_they_stand(self._server, wanted):
                if answer:
                    self._places[server_id] = statuses.place(status)

    # What was found

    def _take(self, found: Iterable[Status], answer: Answer, known: Container[str] = ()) -> None:
        """Keep posts. What is known and unchanged comes without the answer, which was kept with it before."""
        raw = statuses.raw_of(answer)
        for status in found:
            if not statuses.is_post(status):
                continue
            self._places[statuses.server_id(status)] = statuses.place(status)
            if statuses.opts_out(status):
                self._count_opted_out(status)
                continue
            uri, is_known = statuses.uri_of(status), _mark(status) in known
            if uri not in self._found or not is_known:
                self._found[uri] = (status, None if is_known else raw)

    def _count_opted_out(self, status: Status) -> None:
        mark = _short(statuses.server_id(status))
        self._opted_out += mark not in self._counted
        self._counted[mark] = None

    def _posts(self) -> Iterator[Post]:
        parents = self._held | {server_id: place.uri for server_id, place in self._places.items()}
        for status, raw in self._found.values():
            server_id = statuses.server_id(status)
            yield statuses.post(
                status,
                self._source,
                self._errand.now,
                self._cursor.about.domain if self._cursor.about else "",
                parents,
                self._conversations.get(server_id) or statuses.conversation(server_id, self._places),
                raw.sha256 if raw else "",
            )


def look_up(source: Source, held: tuple[HeldPost, ...], errand: Errand) -> LookedUp:
    """How held posts stand now: those that the server has no more, and the others as they are. By people who opt out
    since, they count as gone (`opted_out`)."""
    server = Server(source, errand)
    about = server.about()  # where there is no Mastodon server any more, a 404 means nothing
    wanted = {post.server_id: post for post in held if post.server_id}
    parents = {post.server_id: post.native_id for post in wanted.values()}
    gone: dict[str, str] = {}
    found: dict[str, tuple[Post, RawAnswer]] = {}
    problem = None
    try:
        for server_id, answer, status in _as_they_stand(server, list(wanted)):
            post = wanted[server_id]
            if answer is None:
                gone[post.post_id] = "http_404"
            elif statuses.uri_of(status) != post.native_id:
                continue  # the server began anew, and its ids stand for others now
            elif statuses.is_post(status) and statuses.opts_out(status):
                gone[post.post_id] = "opted_out"
            elif statuses.is_post(status):
                raw = statuses.raw_of(answer)
                name = post.conversation_id
                read = statuses.post(status, source, errand.now, about.domain, parents, name, raw.sha256)
                found[server_id] = (read, raw)
    except (FetchError, Refused) as error:
        problem = error.problem
    raws = {raw.sha256: raw for _, raw in found.values()}
    return LookedUp(gone, tuple(read for read, _ in found.values()), tuple(raws.values()), problem=problem)


def _as_they_stand(server: Server, wanted: Sequence[str]) -> Iterator[tuple[str, Answer | None, Status]]:
    """Posts by their ids on a server: with the answer that has them, or without where they are gone. Ends early where
    there are too many to ask for. Raises FetchError and Refused.

    A batch leaves out what is gone, but also what we may not see, so that what is missing is asked for by itself.
    """
    knows_batches = True
    for start in range(0, len(wanted), BATCH):
        missing = dict.fromkeys(wanted[start : start + BATCH])
        if knows_batches and server.may_ask(REQUESTS_AT_ALL):
            try:
                answer = server.statuses(list(missing))
            except Declined as declined:
                if declined.status not in (404, 405):
                    raise
                knows_batches = False
            else:
                for status in statuses.listed(answer.data):
                    if statuses.server_id(status) in missing:
                        del missing[statuses.server_id(status)]
                        yield statuses.server_id(status), answer, status
        for server_id in missing:
            if not server.may_ask(REQUESTS_AT_ALL):
                return
            try:
                answer = server.status(server_id)
            except Declined as declined:
                if declined.status not in (404, 410) or not _says_error(declined.data):
                    raise
                yield server_id, None, {}
            else:
                if not isinstance(answer.data, dict):
                    raise Refused(Problem("answer_unexpected", server.host))
                yield server_id, answer, answer.data


def _says_error(data: object) -> bool:
    """Whether it is Mastodon that says so, and not something that stands before it."""
    return isinstance(data, dict) and isinstance(data.get("error"), str)


def _of_hashtag(server: Server, name: str) -> Page:
    return lambda **where: server.hashtag(name, **where)


def _mark(status: Status) -> str:
    """A digest that changes when a post is edited."""
    return _short(statuses.server_id(status), str(status.get("edited_at") or ""))


def _short(*parts: str) -> str:
    return digest(*parts)[:16]


def _lately(moment: str, now: datetime) -> bool:
    return bool(moment) and timedelta(0) <= now - datetime.fromisoformat(moment) < DAILY
