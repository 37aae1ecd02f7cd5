"""What the reader makes of a post beside a fact."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import onnxruntime
import pytest
from sentencepiece import SentencePieceProcessor

from models.corrections.examples import CALIBRATION_FOLDER, TEST_FOLDER, read_registers
from models.corrections.post import PostReading
from models.corrections.reader import END, NETWORK, PADDING, PIECES, START, ReaderPair, batch, encode, pair_of, shipped
from models.labels import RELATIONS, Fact
from tests.models.corrections.helpers import FERRY, NOON

# The network is loaded once for all of them.
pytestmark = pytest.mark.xdist_group("reader")

HALL = Fact(
    "hall",
    "Svømmehallen på Nordnes er åpen for alle om sommeren.",
    statement_nn="Symjehallen på Nordnes er open for alle om sommaren.",
    statement_en="The swimming hall at Nordnes is open to everybody in summer.",
    known_false_claims=("Svømmehallen stenger i juni.",),
)
PIECE_MODEL = SentencePieceProcessor(model_file=str(PIECES))


def pair(text: str, fact: Fact = HALL, lang: str = "nb") -> ReaderPair:
    return pair_of(PostReading.of(text, lang, NOON), fact)


def relations(*pairs: ReaderPair) -> list[str]:
    return [RELATIONS[int(row.argmax())] for row in shipped().read(pairs)]


@pytest.mark.parametrize(
    ("lang", "told"),
    [
        ("nb", HALL.statement_nb),
        ("nn", HALL.statement_nn),
        ("en", HALL.statement_en),
        ("und", HALL.statement_nb),
    ],
)
def test_a_post_is_read_beside_the_statement_in_its_own_language(lang: str, told: str) -> None:
    assert pair("Hei", lang=lang) == ReaderPair("Hei", told, ("Svømmehallen stenger i juni.",))


def test_a_statement_that_is_not_told_in_the_language_of_the_post_is_read_in_bokmal() -> None:
    assert pair("Hei", replace(HALL, statement_nn=""), "nn").statement == HALL.statement_nb


def test_a_pair_is_the_post_the_statement_and_the_claims_with_an_end_each() -> None:
    (encoded,) = encode(PIECE_MODEL, [ReaderPair("Hei", "Hallen er åpen.", ("Den stenger.", "Den er solgt."))])
    assert encoded.ids[0] == START
    assert encoded.ids.count(END) == 4
    assert encoded.ids[encoded.fact_from - 1] == encoded.ids[-1] == END
    told = PIECE_MODEL.decode([number for number in encoded.ids[encoded.fact_from :] if number != END])
    assert told == "Hallen er åpen. Den stenger. Den er solgt."


def test_what_is_too_long_is_cut_and_leaves_the_fact_whole() -> None:
    plain, long = encode(PIECE_MODEL, [pair("Hei"), pair("Hallen " * 2_000)])
    assert plain.ids[plain.fact_from :] == long.ids[long.fact_from :]
    assert len(long.ids) < 300
    (told,) = encode(PIECE_MODEL, [ReaderPair("Hei", "Hallen " * 500, ("stengt " * 500,) * 9)])
    assert len(told.ids) < 300


def test_a_batch_is_filled_up_to_its_longest() -> None:
    encoded = encode(PIECE_MODEL, [pair("Hei"), pair("Svømmehallen er stengt hele sommeren, dessverre.")])
    ids, of_fact = batch(encoded)
    assert ids.shape == of_fact.shape == (2, max(len(one.ids) for one in encoded))
    assert ids[0, -1] == PADDING
    assert of_fact[0].sum() == len(encoded[0].ids) - encoded[0].fact_from


def test_the_chances_of_a_pair_sum_to_1() -> None:
    found = shipped().read([pair("Hallen er stengt."), pair(""), pair("\x00😀½ \u202e\ufffd"), pair("?" * 9_999)])
    assert found.shape == (4, len(RELATIONS))
    np.testing.assert_allclose(np.exp(found).sum(axis=1), 1.0, atol=1e-4)


def test_no_pairs_give_no_chances() -> None:
    assert shipped().read([]).shape == (0, len(RELATIONS))


def test_a_pair_is_read_alike_alone_and_among_others() -> None:
    texts = ["Hallen er stengt hele sommeren", "Svømmehallen på Nordnes er åpen for alle nå i sommer.", "Hei"]
    among = shipped().read([pair(text) for text in texts])
    alone = np.vstack([shipped().read([pair(text)]) for text in texts])
    np.testing.assert_array_equal(among, alone)


@pytest.mark.parametrize(
    ("text", "fact", "relation"),
    [
        ("Bare folk med medlemskort slipper inn i svømmehallen på Nordnes i sommer.", HALL, "contradicts"),
        ("Alle kan bade på Nordnes i sommer, hallen holder åpent.", HALL, "states"),
        ("Noen som vet om svømmehallen på Nordnes er åpen i juli?", HALL, "asks"),
        ("Det er bare tull at svømmehallen på Nordnes er stengt nå i juli.", HALL, "debunks"),
        ("Svømmehallen på Nordnes burde hatt boblebad.", HALL, "unrelated"),
        ("Ferja til Tangholmen var full i dag.", FERRY, "unrelated"),
    ],
)
def test_it_knows_how_a_post_stands_to_a_fact(text: str, fact: Fact, relation: str) -> None:
    assert relations(pair(text, fact)) == [relation]


def test_the_network_tells_nothing_of_the_machine_that_taught_it() -> None:
    assert b".py" not in NETWORK.read_bytes()


def test_it_knows_most_posts_of_a_register_that_it_has_not_seen() -> None:
    register = next(one for one in read_registers(TEST_FOLDER) if one.name == "prove_c")
    facts = {fact.id: fact for fact in register.facts}
    found = relations(*(pair(post.text, facts[post.fact_id], post.lang) for post in register.posts))
    right = sum(one == post.relation for one, post in zip(found, register.posts, strict=True))
    assert right / len(register.posts) > 0.75


def test_it_was_taught_on_no_post_that_it_is_weighed_or_measured_by() -> None:
    taught = set(taught_registers())
    kept_apart = {register.name for folder in (CALIBRATION_FOLDER, TEST_FOLDER) for register in read_registers(folder)}
    assert len(taught) > 90
    assert taught.isdisjoint(kept_apart)
    assert taught <= {register.name for register in read_registers()}


def taught_registers() -> Sequence[str]:
    told = onnxruntime.InferenceSession(NETWORK, providers=["CPUExecutionProvider"]).get_modelmeta()
    return str(told.custom_metadata_map["registers"]).split()
