"""The way of a post: what is kept, stored with its cursor, labelled, and held against the facts."""

import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from collectors.matching import Matcher
from collectors.post import ListeningPost, Polled, Post, Problem, Source, SourceState, Traffic
from data import corrections, facts, listening, queue, sources
from data.posts import Stored
from data.sources import LastPoll
from data.store import Store
from lyttepost.pipeline import FactChecker, Labeller, Writer, keep, label_waiting, store_polled
from models.classifier import Classifier
from models.corrections import reader
from models.labels import Fact

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SCHOOL = ListeningPost("Skole", "svare", keywords=("skole",))
ROADS = ListeningPost("Vei", "varsle", keywords=("vei",), sources=("avis",))
BOTH = (SCHOOL, ROADS)


def post(
    native_id: str, text: str, *, parent: str = "", source: str = "forum", minutes: int = 0, title: str = ""
) -> Post:
    return Post(
        "feed",
        source,
        native_id,
        text,
        NOW,
        NOW + timedelta(minutes=minutes),
        namespace=source,
        parent_native_id=parent,
        title=title,
    )


def kept(store: Store, *posts: Post) -> dict[str, list[str]]:
    with store.read() as cursor:
        found = keep(posts, Matcher(BOTH), BOTH, cursor)
    return {item.post.native_id: [match.listening_post for match in item.matches] for item in found}


def polled(*posts: Post, etag: str = "") -> Polled:
    return Polled(SourceState("forum", {"etag": etag}, last_attempt=NOW, last_success=NOW), posts, len(posts))


def stored(store: Store, *polls: Polled) -> Stored:
    return store_polled(store, polls, Matcher(BOTH), BOTH, NOW)[0]


def test_a_post_that_no_listening_post_asks_for_is_not_kept(store: Store) -> None:
    assert kept(store, post("1", "Skolen er stengt"), post("2", "Fint vær")) == {"1": ["Skole"]}


def test_an_answer_to_a_kept_post_is_kept_with_it_wherever_it_stands_in_the_feed(store: Store) -> None:
    found = kept(
        store,
        post("3", "Enig med deg", parent="2", minutes=2),
        post("2", "Helt enig", parent="1", minutes=1),
        post("1", "Skolen er stengt"),
    )
    assert found == {"1": ["Skole"], "2": ["Skole"], "3": ["Skole"]}


def test_answers_written_at_the_same_time_are_all_kept(store: Store) -> None:
    found = kept(store, post("3", "Ja", parent="2"), post("2", "Nei", parent="1"), post("1", "Skolen er stengt"))
    assert set(found) == {"1", "2", "3"}


def test_a_post_that_comes_from_two_sources_is_kept_for_the_reasons_of_both(store: Store) -> None:
    forum, paper = ListeningPost("Forum", "x", sources=("forum",)), ListeningPost("Avis", "x", sources=("avis",))
    copies = [replace(post("1", "Hei", source=name), namespace="") for name in ("forum", "avis", "radio")]
    for batch in (copies, copies[::-1]):
        with store.read() as cursor:
            found = keep(batch, Matcher((forum, paper)), (forum, paper), cursor)
        assert {m.listening_post for item in found for m in item.matches} == {"Forum", "Avis"}


def test_an_answer_to_a_post_kept_earlier_is_kept(store: Store) -> None:
    stored(store, polled(post("1", "Skolen er stengt")))
    assert kept(store, post("2", "Helt enig", parent="1")) == {"2": ["Skole"]}


def test_an_edit_of_a_kept_post_is_kept_though_no_word_hits_any_more(store: Store) -> None:
    stored(store, polled(post("1", "Skolen er stengt")))
    assert stored(store, polled(post("1", "Beklager, jeg tok feil"))).edited == 1


def test_an_answer_is_not_kept_for_a_listening_post_that_does_not_listen_there(store: Store) -> None:
    assert kept(store, post("1", "Hull i veien", source="avis")) == {"1": ["Vei"]}
    assert kept(store, post("1", "Hull i veien"), post("2", "Enig", parent="1")) == {}


def test_posts_that_answer_each_other_in_a_ring_do_no_harm(store: Store) -> None:
    assert kept(store, post("1", "a", parent="2"), post("2", "b", parent="1")) == {}


def test_posts_and_cursor_are_stored_together_or_not_at_all(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("the power went")

    monkeypatch.setattr(sources, "save_state", fail)
    with pytest.raises(RuntimeError):
        stored(store, polled(post("1", "Skolen"), etag="new"))
    monkeypatch.undo()
    with store.read() as cursor:
        assert cursor.execute("SELECT count(*) FROM post").fetchone() == (0,)
        assert sources.state(cursor, "forum").cursor == {}
    assert stored(store, polled(post("1", "Skolen"), etag="new")).new == 1
    with store.read() as cursor:
        assert sources.state(cursor, "forum").cursor == {"etag": "new"}


def test_what_the_last_poll_took_and_brought_is_kept_with_its_source(store: Store) -> None:
    store.write(lambda cursor: sources.configure(cursor, [Source("forum", "https://forum.example.no/")], BOTH))

    def last(found: Polled) -> LastPoll | None:
        stored(store, found)
        with store.read() as cursor:
            return sources.overview(cursor, NOW)[0].last_poll

    took = Traffic(2, 14_000, 200, 310)
    assert last(replace(polled(post("1", "Skolen")), traffic=took)) == LastPoll(took, 1, 0)
    assert last(replace(polled(post("1", "Skolen er stengt")), traffic=took)) == LastPoll(took, 0, 1)
    assert last(polled()) == LastPoll(Traffic(), 0, 0)


def test_polls_that_wait_are_stored_together_and_each_is_told_its_own() -> None:
    batches: list[int] = []
    all_wait = threading.Event()

    def write(polls: Sequence[Polled]) -> list[Stored]:
        all_wait.wait(5)
        batches.append(len(polls))
        return [Stored(new=polled.seen) for polled in polls]

    told: dict[str, int] = {}
    with Writer(write, lambda source, polled, stored: told.update({source.name: stored.new})) as writer:
        for n in range(6):
            writer.put(Source(str(n), ""), Polled(SourceState(str(n)), seen=n))
        all_wait.set()
    assert told == {str(n): n for n in range(6)}
    assert sum(batches) == 6
    assert len(batches) <= 2


def test_one_poll_that_can_not_be_stored_does_not_take_others_with_it() -> None:
    def write(polls: Sequence[Polled]) -> list[Stored]:
        if any(polled.seen == 1 for polled in polls):
            raise ValueError("this one")
        return [Stored(new=polled.seen) for polled in polls]

    told: list[str] = []
    with Writer(write, lambda source, *_: told.append(source.name)) as writer:
        for n in range(3):
            writer.put(Source(str(n), ""), Polled(SourceState(str(n)), seen=n))
    assert sorted(told) == ["0", "2"]


def test_a_failed_poll_keeps_its_problem_and_opens_a_gap(store: Store) -> None:
    store.write(lambda cursor: sources.add_import(cursor, "forum", "Forum"))
    state = SourceState("forum", failures=1, last_attempt=NOW, problem=Problem("http_404", {"host": "x.example.no"}))
    stored(store, Polled(state, ok=False))
    with store.read() as cursor:
        gaps = sources.gaps(cursor, NOW - timedelta(hours=1), NOW + timedelta(hours=1))
    assert [gap.problem.code for gap in gaps] == ["http_404"]


def test_each_post_is_labelled_once_and_again_when_it_is_edited(store: Store, classifier: Classifier) -> None:
    stored(store, polled(post("1", "Skolen er stengt")))
    assert label_waiting(store, Labeller(classifier), NOW) == 1
    assert label_waiting(store, Labeller(classifier), NOW) == 0
    stored(store, polled(post("1", "The school is closed today, why is that?")))
    assert label_waiting(store, Labeller(classifier), NOW) == 1
    with store.read() as cursor:
        assert [r["lang"] for r in _labels(cursor)] == ["en"]


def test_a_false_claim_is_found_and_marked_in_the_posts_text(store: Store, classifier: Classifier) -> None:
    fact = Fact(
        "F1",
        "Fartsgrensen forbi Fjellheim skole er 30 km/t.",
        known_false_claims=("Det er 50 km/t forbi Fjellheim skole",),
    )
    store.write(lambda cursor: facts.save(cursor, [fact], NOW))
    text = "Fartsgrensen forbi Fjellheim skole er 50 km/t, helt vilt"
    stored(store, polled(post("1", text, title="Om fart")))
    label_waiting(store, Labeller(classifier), NOW)
    checker = FactChecker(store)
    assert checker.check_waiting(NOW) == 1
    assert checker.check_waiting(NOW) == 0
    with store.read() as cursor:
        (item,) = corrections.queue(cursor, "open", NOW)
    assert item.fact.id == "F1"
    assert item.match.in_post
    assert "50" in text[item.match.in_post.start : item.match.in_post.end]


def test_a_new_fact_is_held_against_posts_that_were_there_before(store: Store, classifier: Classifier) -> None:
    stored(store, polled(post("1", "Fartsgrensen forbi Fjellheim skole er 50 km/t")))
    label_waiting(store, Labeller(classifier), NOW)
    checker = FactChecker(store)
    checker.check_waiting(NOW)
    fact = Fact("F1", "Fartsgrensen forbi Fjellheim skole er 30 km/t.")
    store.write(lambda cursor: facts.save(cursor, [fact], NOW))
    assert checker.check_waiting(NOW) == 1
    with store.read() as cursor:
        assert len(corrections.queue(cursor, "open", NOW)) == 1


def test_of_a_new_fact_only_the_pairs_with_it_are_read_also_after_a_restart(
    store: Store, classifier: Classifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored(store, polled(post("1", "Fartsgrensen forbi Fjellheim skole er 50 km/t", title="Om fart")))
    label_waiting(store, Labeller(classifier), NOW)
    limit = Fact("F1", "Fartsgrensen forbi Fjellheim skole er 30 km/t.")
    alike = Fact("F2", "Fartsgrensen forbi Fjellheim skole er 30 km/t, også for mopeder.")
    store.write(lambda cursor: facts.save(cursor, [limit], NOW))
    FactChecker(store).check_waiting(NOW)
    read: list[str] = []
    real = reader.shipped().read
    monkeypatch.setattr(
        reader.shipped(), "read", lambda pairs: (read.extend(pair.statement for pair in pairs), real(pairs))[1]
    )
    store.write(lambda cursor: facts.save(cursor, [alike], NOW + timedelta(minutes=1)))
    assert FactChecker(store).check_waiting(NOW) == 1
    assert read == [alike.statement_nb]


def _labels(cursor: object) -> list[dict[str, str]]:
    day = NOW.date()
    return [
        {"lang": view.lang or ""}
        for view in listening.page(cursor, listening.Filter(day, day), 1, 10)  # type: ignore[arg-type]
    ]


def test_nothing_is_stored_of_a_poll_whose_lease_was_lost(store: Store) -> None:
    found = [
        replace(polled(post("1", "Skolen er stengt")), opted_out=3),
        replace(polled(post("2", "Skolen er åpen", source="avis")), state=SourceState("avis", {"etag": "x"})),
    ]
    store.write(lambda cursor: queue.claim(cursor, "me/1", ["forum"], NOW, 60))
    store.write(lambda cursor: queue.claim(cursor, "you/1", ["avis"], NOW, 60))
    assert store_polled(store, found, Matcher(BOTH), BOTH, NOW, "me/1") == [Stored(new=1), None]
    with store.read() as cursor:
        assert cursor.execute("SELECT native_id FROM post").fetchall() == [("1",)]
        assert sources.state(cursor, "avis") == SourceState("avis")
        assert cursor.execute("SELECT lease_owner FROM source_state ORDER BY source").fetchall() == [
            ("you/1",),
            (None,),
        ]
    assert store_polled(store, found[:1], Matcher(BOTH), BOTH, NOW, "me/1") == [None]


def test_a_writer_does_not_tell_of_a_poll_that_came_to_nothing() -> None:
    told: list[str] = []
    with Writer(lambda polls: [None, *(Stored() for _ in polls[1:])], lambda s, *_: told.append(s.name)) as writer:
        writer.put(Source("a", ""), Polled(SourceState("a")))
    assert told == []


def test_who_can_not_be_told_any_more_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    written: list[str] = []

    def write(polls: Sequence[Polled]) -> list[Stored | None]:
        written.extend(poll.state.source for poll in polls)
        return [Stored() for _ in polls]

    def tell(*_: object) -> None:
        raise BrokenPipeError

    with Writer(write, tell) as writer:
        for name in ("a", "b"):
            writer.put(Source(name, "https://a.example.no"), Polled(SourceState(name)))
    assert written == ["a", "b"]
    assert "nobody could be told" in caplog.text


@pytest.mark.parametrize("result", [None, OSError("the disk is full")])
def test_a_poll_of_which_nothing_was_stored_is_told_as_lost(result: OSError | None) -> None:
    lost: list[str] = []

    def write(polls: Sequence[Polled]) -> list[Stored | None]:
        if result:
            raise result
        return [None for _ in polls]

    with Writer(write, lost=lambda source, _: lost.append(source.name)) as writer:
        writer.put(Source("a", "https://a.example.no"), Polled(SourceState("a")))
    assert lost == ["a"]
