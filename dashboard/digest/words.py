"""What a digest says in words, the same in every format."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from dashboard.digest.build import Claim, Digest, Excerpt, Expiring, Heard, Silent, Uncovered
from dashboard.wording import clock, day, moment, n, number, t
from data.posts import oslo_day

_WHOLE_DAY = 23 * 60 + 59
_MANY_DAYS = 3


def headlines(digest: Digest) -> list[str]:
    """The lines at the top: how much and how heated, what to correct, what else waits."""
    if digest.without_day:
        first = day(digest.first_day) if digest.first_day else ""
        return [t(f"digest.state.{digest.status}", first=first)]
    questions, archive, uncovered = digest.open_questions.total, digest.to_archive.total, digest.uncovered.total
    waits = [n("digest.headline.questions", questions) if questions else t("digest.headline.questions_none")]
    waits += [n("digest.headline.archive", archive)] if archive else []
    waits += [n("digest.headline.uncovered", uncovered)] if uncovered else []
    unchecked = [n("digest.headline.unchecked", digest.unchecked)] if digest.unchecked else []
    return [_volume(digest), _correct(digest), " ".join(waits), *unchecked]


def so_far(digest: Digest) -> bool:
    """Whether the day was still going on when the digest was made."""
    today: date = oslo_day(digest.made_at)
    return digest.day == today


def published(post: Excerpt, on: date | None = None) -> str:
    """When a post was published, as far as that is known; in short in a digest of the day `on`."""
    match post.published_quality:
        case "missing":
            return t("post.undated", moment=moment(post.published_at))
        case "clamped_future":
            return t("post.future", moment=moment(post.published_at))
        case "date_only":
            return day(oslo_day(post.published_at), "d. MMM y")
        case _ if on:
            key = "digest.at" if oslo_day(post.published_at) == on else "digest.on"
            return t(key, day=day(oslo_day(post.published_at), "d. MMM"), clock=clock(post.published_at))
        case _:
            return moment(post.published_at)


def change(heard: Heard) -> str:
    """«+14», «−3», «0»"""
    more = heard.posts - heard.posts_day_before
    return f"{'+' if more > 0 else '−' if more < 0 else ''}{number(abs(more))}"


def period(source: Uncovered) -> str:
    """When a source did not cover the day: «kl. 03.10–05.40»."""
    since, until = clock(source.since), clock(source.until) if source.until else ""
    if source.minutes >= _WHOLE_DAY:
        return t("digest.gap.all_day")
    if source.periods > 1:
        duration = t("digest.gap.duration", hours=source.minutes // 60, minutes=source.minutes % 60)
        key = "several" if until else "several_since"
        return t(f"digest.gap.{key}", count=source.periods, since=since, until=until, duration=duration)
    return t(f"digest.gap.{'between' if until else 'since'}", since=since, until=until)


def state(claim: Claim) -> str:
    """«bekreftet, 87 % sikkert»"""
    return t("digest.claim.state", state=t(f"digest.claim.{claim.state}"), percent=round(claim.score * 100))


def replies(claims: Sequence[Claim]) -> list[tuple[str, str]]:
    """The approved replies to these posts: language form and text, each once."""
    return list(dict.fromkeys((claim.reply_lang, claim.reply) for claim in claims if claim.reply))


def ending(fact: Expiring, on: date) -> str:
    """When a fact ends or ended, and whose it is: «går ut 3. desember 2026, eier: Teknisk drift»."""
    when = t("digest.fact_ended" if fact.valid_to < on else "digest.fact_ends", day=day(fact.valid_to))
    return t("digest.fact_owner", when=when, owner=fact.owner) if fact.owner else when


def _volume(digest: Digest) -> str:
    total = digest.total
    if not total.posts:
        return t("digest.state.quiet_so_far" if so_far(digest) else "digest.state.quiet")
    posts = n("digest.posts", total.posts)
    if so_far(digest):
        sentences = [t("digest.headline.so_far", posts=posts, before=n("digest.posts", total.posts_day_before))]
    else:
        more = total.posts - total.posts_day_before
        kind = "same" if not more else "more" if more > 0 else "fewer"
        compared = t(f"digest.headline.{kind}_posts", count=number(abs(more)))
        sentences = [t("digest.headline.volume", posts=posts, change=compared)]
    if digest.unlabelled < total.posts:
        conflict = n("digest.headline.conflict", total.conflict) if total.conflict else t("digest.headline.no_conflict")
        sentences.append(conflict)
    if total.escalate:
        sentences.append(n("digest.headline.escalate", total.escalate))
    return " ".join(sentences)


def _correct(digest: Digest) -> str:
    if not digest.contradicting_posts:
        return t("digest.headline.nothing_to_correct")
    facts = n("digest.facts", digest.contradicted.total)
    return n("digest.headline.correct", digest.contradicting_posts, facts=facts)


def silence(source: Silent) -> str:
    """How long nothing has come: «ikke noe nytt på 50 timer», «… på 9 døgn»."""
    days = source.hours // 24
    return n("digest.silent_days", days) if days >= _MANY_DAYS else n("digest.silent", source.hours)
