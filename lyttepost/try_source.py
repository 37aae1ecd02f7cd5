"""Try a source before it is set to work: what it would bring, a sample, and what it costs.

Nothing is kept, except what the platform charges for the try itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from collectors.matching import Matcher
from collectors.poller import poll
from collectors.post import ListeningPost, Polled, Post, Source, SourceState, Spent
from collectors.standing import interval
from collectors.urls import host_of
from collectors.web import session
from dashboard.wording import moment, n, number, problem, t
from lyttepost import config
from lyttepost.config import shown
from lyttepost.context import OK, PARTLY, WRONG, Context
from lyttepost.ownership import Say

SAMPLE = 3
SAMPLE_LENGTH = 160


def try_source(context: Context, say: Say, source: str) -> int:
    """Ask a source of the configuration as it is written now, also where a server runs with an older one."""
    settings = config.load(context.home.config)
    found = next((known for known in settings.sources if known.name == source), None)
    if found is None:
        broken = [sentence for sentence in settings.problems if f"«{source}»" in sentence]
        known = ", ".join(known.name for known in settings.sources) or "–"
        for sentence in broken or [t("cli.try.unknown", name=shown(source), known=known)]:
            say(sentence)
        return WRONG
    work = context.work.with_config(settings)
    with session(work.web()) as http:
        polled = poll(found, SourceState(found.name), work.errand(found, http))
    for line in report(found, polled, settings.listening_posts):
        say(line)
    if not polled.ok:
        return PARTLY if polled.posts else WRONG
    return OK


def report(source: Source, polled: Polled, listening_posts: Sequence[ListeningPost]) -> list[str]:
    """What the try came to, in sentences."""
    lines = []
    if asked := [*(f"#{tag}" for tag in source.hashtags), *source.keywords]:
        lines.append(t("cli.try.asked_for", words=", ".join(asked)))
    if polled.state.problem:
        lines.append(problem(polled.state.problem.code, polled.state.problem.details))
    matcher = Matcher(listening_posts)
    hits: Counter[str] = Counter()
    wanted: list[Post] = []
    for post in polled.posts:
        if matches := matcher.match(post):
            wanted.append(post)
            hits.update(match.listening_post for match in matches)
    if polled.ok or polled.posts:
        lines.append(n("cli.try.read", len(polled.posts), hits=number(len(wanted))))
    titles = {lp.name: lp.title or lp.name for lp in listening_posts}
    lines += [f"  {titles[name]}: {number(count)}" for name, count in hits.most_common()]
    if polled.opted_out:
        lines.append(n("cli.try.opted_out", polled.opted_out))
    if hub := polled.state.cursor.get("hub"):
        lines.append(t("cli.try.hub", host=host_of(str(hub))))
    for post in sorted(wanted, key=lambda post: post.published_at, reverse=True)[:SAMPLE]:
        lines.append(f"– {moment(post.published_at)}: {_short(post)}")
    if polled.spent != Spent():
        lines += _cost(source, polled)
    return lines


def _short(post: Post) -> str:
    text = " ".join(f"{post.title} {post.text}".split())
    return text if len(text) <= SAMPLE_LENGTH else text[:SAMPLE_LENGTH].rstrip() + " …"


def _cost(source: Source, polled: Polled) -> list[str]:
    """What the try cost, and what a day may cost at most: each poll as much as this one, or what the budget allows."""
    spent = polled.spent
    lines = [
        t(
            "cli.try.cost",
            requests=number(spent.requests),
            posts=number(spent.posts),
            nok=number(round(float(spent.nok), 2)),
        )
    ]
    if spent.nok:
        polls = timedelta(days=1) / interval(source, polled.state)
        highest = float(spent.nok) * polls
        if source.budget.nok is not None:
            highest = min(highest, float(source.budget.nok))
        lines.append(t("cli.try.forecast", nok=number(round(highest, 2))))
    return lines
