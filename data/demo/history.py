"""What invented colleagues decided on the demo's posts, as if Lyttepost had run for its thirty days.

Each line of decisions.jsonl: the demo's id of the post, the fact, how many hours after it was found, and the decision
as `corrections.decide` takes it; `lead` is a demo's id, too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from importlib import resources
from typing import Any, Final

from data import corrections
from data.store import Cursor

_FOUND_AFTER_MINUTES: Final = 10
"""How long after a post was written it was found."""


def replay(cursor: Cursor, now: datetime) -> int:
    """Let what was found have been found soon after it was written, and add the decisions up to now. Returns how many;
    those on items that are not there are left out."""
    cursor.execute(
        f"""UPDATE fact_match m SET found_at = p.published_at + INTERVAL {_FOUND_AFTER_MINUTES} MINUTE
            FROM post p WHERE p.post_id = m.post_id"""
    )
    found_at = {
        (post, fact): (post_id, at)
        for post, fact, post_id, at in cursor.execute(
            """SELECT regexp_extract(p.native_id, '[^/]+$'), m.fact_id, p.post_id, m.found_at
           FROM fact_match m JOIN post p ON p.post_id = m.post_id"""
        ).fetchall()
    }
    timed = []
    for row in decisions():
        if found := found_at.get((row["post"], row["fact"])):
            timed.append((found[1] + timedelta(hours=row["after_hours"]), found[0], row))
    count = 0
    for at, post_id, row in sorted(timed, key=lambda entry: entry[0]):
        item = corrections.item(cursor, at, post_id, row["fact"]) if at <= now else None
        if item:
            more = {key: row[key] for key in ("reason", "reply_url", "assignee", "draft", "outcome") if key in row}
            if row["decision"] == "approved" and item.drafted:
                more["draft"] = item.drafted.draft
            if "lead" in row:
                more["lead"] = found_at[row["lead"], row["fact"]][0]
            corrections.decide(cursor, post_id, row["fact"], row["decision"], row["by"], at, item.last_decision, **more)
            count += 1
    return count


def decisions() -> list[Mapping[str, Any]]:
    """The lines of decisions.jsonl."""
    lines = resources.files("data.demo").joinpath("decisions.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]
