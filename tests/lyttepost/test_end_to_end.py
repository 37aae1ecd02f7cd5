"""From a real comment server to the digest: collected, stored, labelled, held against a fact, told."""

import json
from pathlib import Path

import pytest

from collectors.post import ListeningPost, Source
from data import corrections, facts, listening
from data.listening import Filter
from data.posts import oslo_day
from data.store import Store
from lyttepost import commands
from lyttepost.config import Config
from lyttepost.context import Context
from lyttepost.home import Home
from lyttepost.jobs import Work, now_utc
from models.classifier import Classifier
from models.labels import Fact
from tests.servers.isso import isso

FACT = Fact(
    "F1",
    "Fartsgrensen forbi Fjellheim skole er 30 km/t.",
    known_false_claims=("Det er 50 km/t forbi Fjellheim skole",),
    reply_nb="Hei! Fartsgrensen forbi skolen er 30 km/t.",
)


@pytest.mark.server
def test_a_comment_on_a_real_server_becomes_a_correction_and_a_line_in_the_digest(
    store: Store, tmp_path: Path, classifier: Classifier
) -> None:
    with isso(tmp_path) as server:
        first = server.comment("Fartsgrensen forbi Fjellheim skole er 50 km/t, det er galskap!", "Ola")
        server.comment("Er det virkelig sant?", "Kari", parent=first["id"])
        server.comment("Nydelig vær i dag", "Per")
        config = Config(
            "Fjellheim kommune",
            "post@fjellheim.example.no",
            (Source("avis", server.feed, title="Avisa"),),
            (ListeningPost("Skole", "svare", keywords=("skole",)),),
            ("127.0.0.1",),
        )
        work = Work(store, config, tmp_path / "models", print)
        work._model = classifier
        work.configure()
        context = Context(Home(tmp_path), config, store, work)
        store.write(lambda cursor: facts.save(cursor, [FACT], now_utc()))
        said: list[str] = []
        assert commands.run(context, "collect", {"everything": False}, said.append) == commands.OK
        assert said[0] == "Avisa: 3 lest, 2 nye, 0 endret."
        commands.run(context, "collect", {"everything": True}, said.append)
    today = oslo_day(now_utc())
    with store.read() as cursor:
        held = listening.page(cursor, Filter(today, today), 1, 10)
        queue = corrections.queue(cursor, "open", now_utc())
    assert {view.author_name for view in held} == {"Ola", "Kari"}
    assert all(view.lang in ("nb", "nn") and view.model_version == classifier.version for view in held)
    assert [(item.fact.id, item.post.author_name) for item in queue] == [("F1", "Ola")]
    answer: list[str] = []
    commands.run(context, "digest", {"day": today.isoformat(), "form": "json", "output": None}, answer.append)
    assert "50 km/t" in answer[0]
    assert json.loads(answer[0])
