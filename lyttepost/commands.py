"""What commands do once they own the store: run by the command itself, or by the server that it hands them to."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any, cast, get_args

from collectors.exports import read_mapping
from collectors.files import Refused, read_posts
from collectors.matching import Matcher
from collectors.post import Collected, Match, Platform, Polled, Post, Source
from collectors.rows import FileError
from dashboard import digest
from dashboard.wording import ago, n, number, problem, t
from data import facts, posts, sources, topics
from data.posts import Stored
from data.topics import Topic
from lyttepost import fact_files, los
from lyttepost.config import shown, why
from lyttepost.context import OK, PARTLY, WRONG, Context
from lyttepost.jobs import now_utc
from lyttepost.ownership import Say
from lyttepost.pipeline import keep
from lyttepost.train import train_again
from lyttepost.try_source import try_source
from models.facts import Form, without_claims

IMPORT_BATCH = 5_000
IMPORT_HELD = 20_000
"""Answers that wait for what they answer, which may come later in the file."""
REFUSED_SHOWN = 20
MAX_NAME = 80


def run(context: Context, name: str, arguments: dict[str, Any], say: Say) -> int:
    """Run a command by its name; returns its exit code."""
    return COMMANDS[name](context, say, **arguments)


def collect(context: Context, say: Say, everything: bool) -> int:
    """Poll the sources that are due, or all, once; then label and check what came."""
    work = context.work
    work.configure()
    if not work.has_sources():
        say(t("cli.collect.no_sources", path=context.home.config))
        return WRONG
    asked = failed = 0
    telling = threading.Lock()

    def done(source: Source, polled: Polled, stored: Stored) -> None:
        nonlocal asked, failed
        with telling:
            asked += 1
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

    left = work.poll(everything, done) - asked
    if not context.later:  # a server does these by itself
        work.sweep()
        work.tidy()
    context.process()
    say(n("cli.collect.done", asked, failed=number(failed)))
    if left:
        say(n("cli.collect.left", left))
    return PARTLY if failed or left else OK


def import_file(
    context: Context,
    say: Say,
    file: str,
    source: str | None,
    listening_post: str | None,
    platform: str,
    mapping: str | None = None,
) -> int:
    """Take posts from a file, in batches; tell of the rows refused and why. `mapping` is the file that makes another
    tool's columns into ours."""
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
    name, title = (source.strip(), source.strip()) if source is not None else (path.stem, path.name)
    if not name or len(title) > MAX_NAME or not title.isprintable():
        say(t("cli.import.wrong_name", name=shown(title), limit=MAX_NAME))
        return WRONG
    try:
        columns = read_mapping(Path(mapping)) if mapping else None
    except FileError as error:
        say(problem(error.problem.code, error.problem.details))
        return WRONG
    context.work.configure()
    matcher = Matcher(config.listening_posts)
    stored, read, kept, refused = Stored(), 0, 0, 0
    held: list[Post] = []

    def flush(batch: list[Post]) -> None:
        nonlocal stored, kept

        def work(cursor: Any) -> tuple[list[Collected], Stored]:
            if listening_post:
                collected = [Collected(post, (Match(listening_post),)) for post in batch]
            else:
                collected = keep(batch, matcher, config.listening_posts, cursor)
            if collected:
                sources.add_import(cursor, name, title)
            return collected, posts.store(cursor, collected, config.listening_posts, now)

        collected, result = context.store.write(work)
        kept += len(collected)
        stored = Stored(stored.new + result.new, stored.edited + result.edited)
        wanted = {item.post.post_id for item in collected}
        unwanted_answers = (post for post in batch if post.parent_id and post.post_id not in wanted)
        held.extend(islice(unwanted_answers, IMPORT_HELD - len(held)))

    batch: list[Post] = []
    for item in read_posts(path, name, cast(Platform, platform), now, columns):
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
    if held:
        flush(held.copy())
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


def import_facts(context: Context, say: Say, file: str, form: Form | None = None) -> int:
    """Take facts into the register from CSV or JSON Lines; a fact with a known id becomes a new revision of it."""
    path = Path(file)
    try:
        with path.open("rb") as opened:
            content = opened.read(fact_files.MAX_FILE + 1)
    except (OSError, ValueError) as error:
        say(t("cli.facts.unreadable", file=shown(file), why=why(error)))
        return WRONG
    by = t("facts.file.saved_by", file=shown(path.name))
    taken = fact_files.take_in(context.store, path.name, content, by, now_utc(), form)
    for refusal in taken.refused[:REFUSED_SHOWN]:
        say(t("cli.facts.refused", line=refusal.line, why=refusal.why) if refusal.line else refusal.why)
    if len(taken.refused) > REFUSED_SHOWN:
        say(n("cli.import.more_refused", len(taken.refused) - REFUSED_SHOWN))
    if not taken.read:
        return WRONG
    context.process()
    say(n("cli.facts.done", taken.read, changed=number(taken.changed), refused=number(len(taken.refused))))
    return PARTLY if taken.refused else OK


def export_facts(context: Context, say: Say, form: Form, output: str | None) -> int:
    """The register, said or written to a file."""
    with context.store.read() as cursor:
        register = facts.register(cursor)
    text = fact_files.write(register, form, context.config.body)
    if not output:
        say(text.rstrip("\r\n"))
        return OK
    try:
        Path(output).write_text(text, "utf-8", newline="")
    except (OSError, ValueError) as error:
        say(t("cli.facts.unwritable", file=shown(output), why=why(error)))
        return WRONG
    say(n("cli.facts.written", len(register), file=shown(output)))
    if form == "jsonld" and (left_out := without_claims(register)):
        say(n("cli.facts.without_claims", left_out))
    return OK


def make_digest(context: Context, say: Say, day: str, form: digest.Format, output: str | None) -> int:
    """A day's digest, said or written to a file."""
    made = digest.build_to_export(
        context.store,
        context.config.body,
        date.fromisoformat(day),
        now_utc(),
        lambda post_ids: context.work.sweep_before_export(post_ids).unanswered,
    )
    text = digest.render(made, form)
    if output:
        try:
            Path(output).write_text(text, "utf-8")
        except OSError as error:
            say(t("cli.digest.unwritable", file=output, why=why(error)))
            return WRONG
        say(t("cli.digest.written", file=output))
    else:
        say(text.rstrip("\n"))
    return OK


def import_topics(context: Context, say: Say, file: str, names: list[str]) -> int:
    """Make topics of themes and words of Los, by their ids; without any, tell which themes there are."""
    try:
        found = los.read(Path(file))
    except los.LosError as error:
        say(t(f"cli.topics.{error.code}", file=shown(file)))
        return WRONG
    except OSError as error:
        say(t("cli.topics.unreadable", file=shown(file), why=why(error)))
        return WRONG
    if not names:
        say(t("cli.topics.choose"))
        for concept in los.choices(found):
            say(f"  {concept.los_id}: {concept.name}")
        return WRONG
    if unknown := [name for name in names if name not in found]:
        say(t("cli.topics.unknown", names=", ".join(map(shown, unknown))))
        return WRONG
    made = [Topic(f"los-{name}", found[name].name, los.keywords(found, found[name])) for name in names]

    def work(cursor: Any) -> None:
        for topic in made:
            topics.save(cursor, topic, "Los", now_utc())

    try:
        context.store.write(work)
    except ValueError:
        say(t("temaer.too_many"))
        return WRONG
    for topic in made:
        say(n("cli.topics.made", len(topic.keywords), name=topic.name))
    context.process()
    return OK


def list_sources(context: Context, say: Say) -> int:
    """Each source's standing, a line each; also of those that were never asked."""
    now = now_utc()
    context.work.configure()
    with context.store.read() as cursor:
        overview = sources.overview(cursor, now)
    for s in overview:
        if s.kind == "import":
            say(t("cli.sources.imported", title=s.title, posts=number(s.posts_24h)))
            continue
        trouble = s.state.problem
        say(
            t(
                "cli.sources.line",
                title=s.title,
                success=t("cli.sources.fetched", ago=ago(s.state.last_success, now))
                if s.state.last_success
                else t("cli.sources.never"),
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
    "export-facts": export_facts,
    "digest": make_digest,
    "sources": list_sources,
    "try-source": try_source,
    "train": train_again,
    "import-topics": import_topics,
}
