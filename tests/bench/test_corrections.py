"""A new fact is held against 100,000 posts within ten seconds, and 500 facts cost at most twice the time of 50."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from data import facts, posts
from data.store import Store
from lyttepost.pipeline import FactChecker
from models.corrections import Matcher
from models.corrections.examples import read_registers
from models.labels import Fact
from tests.bench.test_classify import EVERYTHING, varied_posts
from tests.bench.test_models import twice

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
POSTS, BATCH = 100_000, 5_000
HARBOUR = Fact(
    "havn", "Gjestehavna på Storneset koster 150 kroner døgnet.", known_false_claims=("Gjestehavna er gratis.",)
)


def check_all(checker: FactChecker) -> float:
    started = time.perf_counter()
    while checker.check_waiting(NOW):
        pass
    return time.perf_counter() - started


def test_a_new_fact_is_held_against_100000_posts_within_ten_seconds(tmp_path: Path) -> None:
    register = read_registers()[0].facts[:25]
    with Store(tmp_path / "lyttepost.duckdb") as store:
        collected = twice(varied_posts())
        assert len(collected) == POSTS
        for at in range(0, POSTS, BATCH):
            batch = collected[at : at + BATCH]
            store.write(lambda cursor, batch=batch: posts.store(cursor, batch, EVERYTHING, NOW))
        store.write(lambda cursor: facts.save(cursor, register, NOW))
        first = check_all(FactChecker(store))
        store.write(lambda cursor: facts.save(cursor, [HARBOUR], datetime.now(UTC)))
        took = check_all(FactChecker(store))
        with store.read() as cursor:
            left = cursor.execute("SELECT count(DISTINCT register_version), count(*) FROM fact_check").fetchone()
    print(f"\n25 facts held against 100,000 posts in {first:.0f} s, one more in {took:.1f} s")
    assert left == (1, POSTS)
    assert took < 10


def test_500_facts_cost_at_most_twice_the_time_of_50() -> None:
    registers = read_registers()
    known = [fact for register in registers for fact in register.facts]
    many = [replace(fact, id=f"{fact.id}-{n}") for n in range(3) for fact in known][:500]
    # All of them are about facts of both registers: what the others cost is what comes near them by chance.
    first = {fact.id for fact in known[:50]}
    texts = [(p.text, p.lang, p.published_at) for register in registers for p in register.posts if p.fact_id in first]
    ratios = []
    for _ in range(3):
        took = []
        for register in (many[:50], many):
            matcher = Matcher(register)
            started = time.process_time()
            matcher.match(texts)
            took.append(time.process_time() - started)
        ratios.append(took[1] / took[0])
    print(f"\n500 facts against 50: {', '.join(f'{ratio:.2f}' for ratio in ratios)}")
    assert min(ratios) <= 2
