"""What commands do once they own the store: run by the command itself, or by the server that it hands them to."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, cast, get_args

from collectors.files import Refused, read_posts
from collectors.matching import Matcher
from collectors.post import Collected, Match, Platform, Polled, Post, Source
from dashboard import digest
from dashboard.wording import ago, n, number, problem, t
from data import facts, posts, sources
from data.posts import Stored
from data.store import Store
from lyttepost.config import Config
from lyttepost.home import Home
from lyttepost.jobs import Work, now_utc
from lyttepost.ownership import Say
from lyttepost.pipeline import keep
from models.labels import Fact

OK, PARTLY, WRONG = 0, 1, 2
"""Exit codes: all done; done but for some rows or sources; nothing done, the call was wrong."""

IMPORT_BATCH = 5_000
REFUSED_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Context:
    """What a command works with."""

    home: Home
    config: Config
    store: Store
    work: Work
    later: Callable[[], None] | None = None
    """In a server: have new posts labelled in the background. Alone, a command does it before it ends."""

    def process(self) -> None:
        if self.later:
            self.later()
        else:
            self.work.process()


def run(context: Context, name: str, arguments: dict[str, Any], say: Say) -> int:
    """Run a command by its name; returns its exit code."""
    return COMMANDS[name](context, say, **arguments)


def collect(context: Context, say: Say, everything: bool) -> int:
    """Poll the sources that are due, or all, once; then label and check what came."""
    work = context.work
    if not context.config.sources:
        say(t("cli.collect.no_sources", path=context.home.config))
        return WRONG
    work.configure()
    failed = 0
    telling = threading.Lock()

    def done(source: Source, polled: Polled, stored: Stored) -> None:
        nonlocal failed
        with telling:
            failed += not polled.ok
            key = "cli.collect.source" if polled.ok else "cli.collect.failed"
            trouble = polled.state.problem
            say(
                t(
                    key,
                    source=source.title or source.name,
                    seen=number(polled.seen),
                    new=number(stored.new),
                    edited=number(stored.edited),
                    problem=problem(trouble.code, trouble.details) if trouble else "",
                ).rstrip()
            )

    asked = work.poll(everything, done)
    context.process()
    say(n("cli.collect.done", asked, failed=number(failed)))
    return PARTLY if failed else OK


def import_file(
    context: Context, say: Say, file: str, source: str | None, listening_post: str | None, platform: str
) -> int:
    """Take posts from a CSV or JSON Lines file, in batches; tell of the rows refused and why."""
    config, path, now = context.config, Path(file), now_utc()
    by_name = {lp.name: lp for lp in config.listening_posts}
    if listening_post and listening_post not in by_name:
        say(t("cli.import.unknown_listening_post", name=listening_post, known=", ".join(by_name) or "–"))
        return WRONG
    if platform not in get_args(Platform):
        say(t("cli.import.unknown_platform", name=platform, known=", ".join(get_args(Platform))))
        return WRONG
    if not by_name:
        say(t("cli.import.no_listening_posts", path=context.home.config))
        return WRONG
    context.work.configure()
    name = source or path.stem
    matcher = Matcher(config.listening_posts)
    stored, read, kept, refused = Stored(), 0, 0, 0

    def flush(batch: list[Post]) -> None:
        nonlocal stored, kept

        def work(cursor: Any) -> tuple[int, Stored]:
            if listening_post:
                collected = [Collected(post, (Match(listening_post),)) for post in batch]
            else:
                collected = keep(batch, matcher, config.listening_posts, cursor)
            if collected:
                sources.add_import(cursor, name, source or path.name)
            return len(collected), posts.store(cursor, collected, config.listening_posts, now)

        count, result = context.store.write(work)
        kept += count
        stored = Stored(stored.new + result.new, stored.edited + result.edited)

    batch: list[Post] = []
    for item in read_posts(path, name, cast(Platform, platform), now):
        if isinstance(item, Refused):
            refused += 1
            if refused <= REFUSED_SHOWN:
                sentence = problem(item.problem.code, item.problem.details)
                say(t("cli.import.refused_row", line=item.line, why=sentence) if item.line else sentence)
            continue
        read += 1
        batch.append(item)
        if len(batch) >= IMPORT_BATCH:
            flush(batch)
            batch = []
    if batch:
        flush(batch)
    if refused > REFUSED_SHOWN:
        say(n("cli.import.more_refused", refused - REFUSED_SHOWN))
    if not read and refused:
        return WRONG
    context.process()
    say(
        t(
            "cli.import.done",
            read=number(read),
            new=number(stored.new),
            edited=number(stored.edited),
            known=number(kept - stored.new - stored.edited),
            refused=number(refused),
        )
    )
    if read > kept:
        say(n("cli.import.unmatched", read - kept))
    return PARTLY if refused else OK


def import_facts(context: Context, say: Say, file: str) -> int:
    """Take facts into the register from JSON Lines; a fact with a known id becomes a new revision of it."""
    found: list[Fact] = []
    refused = 0
    try:
        lines = Path(file).read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        say(t("cli.facts.unreadable", file=file, why=type(error).__name__))
        return WRONG
    for line_number, line in enumerate(lines, 1):
        if line.strip():
            try:
                found.append(_fact(json.loads(line)))
            except (ValueError, TypeError) as error:
                refused += 1
                say(t("cli.facts.refused", line=line_number, why=error))
    changed = context.store.write(lambda cursor: facts.save(cursor, found, now_utc()))
    context.process()
    say(n("cli.facts.done", len(found), changed=number(changed), refused=number(refused)))
    return PARTLY if refused else OK


def make_digest(context: Context, say: Say, day: str, form: digest.Format, output: str | None) -> int:
    """A day's digest, said or written to a file."""
    made = digest.build(context.store, context.config.body, date.fromisoformat(day), now_utc())
    text = digest.render(made, form)
    if output:
        try:
            Path(output).write_text(text, "utf-8")
        except OSError as error:
            say(t("cli.digest.unwritable", file=output, why=error.strerror or type(error).__name__))
            return WRONG
        say(t("cli.digest.written", file=output))
    else:
        say(text.rstrip("\n"))
    return OK


def list_sources(context: Context, say: Say) -> int:
    """Each source's standing, a line each."""
    now = now_utc()
    with context.store.read() as cursor:
        overview = sources.overview(cursor, now)
    for s in overview:
        trouble = s.state.problem
        say(
            t(
                "cli.sources.line",
                title=s.title,
                success=ago(s.state.last_success, now) if s.state.last_success else t("cli.sources.never"),
                posts=number(s.posts_24h),
                problem=problem(trouble.code, trouble.details) if trouble else "",
            ).rstrip()
        )
    if not overview:
        say(t("cli.collect.no_sources", path=context.home.config))
    return PARTLY if any(s.state.failures for s in overview) else OK


COMMANDS: dict[str, Callable[..., int]] = {
    "collect": collect,
    "import": import_file,
    "import-facts": import_facts,
    "digest": make_digest,
    "sources": list_sources,
}


def _fact(row: Any) -> Fact:
    """A fact from a parsed line; a ValueError tells what is wrong with it."""
    if not isinstance(row, dict):
        raise ValueError(t("cli.facts.not_an_object"))
    for field in ("id", "statement_nb"):
        if not isinstance(row.get(field), str) or not row[field].strip():
            raise ValueError(t("cli.facts.lacks", field=field))
    if unknown := sorted(set(row) - set(Fact.__dataclass_fields__)):
        raise ValueError(t("cli.facts.unknown_field", field=", ".join(unknown)))
    for field in ("valid_from", "valid_to", "approved_at"):
        if row.get(field):
            try:
                date.fromisoformat(row[field])
            except (TypeError, ValueError):
                raise ValueError(t("cli.facts.not_a_date", field=field)) from None
    claims = row.get("known_false_claims") or []
    if not isinstance(claims, list) or not all(isinstance(claim, str) for claim in claims):
        raise ValueError(t("cli.facts.not_a_list", field="known_false_claims"))
    given = {k: v for k, v in row.items() if v not in (None, "")}
    return Fact(**{**given, "known_false_claims": tuple(claims)})
