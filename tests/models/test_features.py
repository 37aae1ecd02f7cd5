from __future__ import annotations

import numpy as np
import pytest

from models.features import (
    BLOCKS,
    CUES,
    PAIRS,
    PARENT_WORDS,
    PROFILE_CUES,
    PROFILE_WORDS,
    TOPICS,
    WORDS,
    Feature,
    Vocabulary,
    block_of,
    features,
    has_words,
    learn_vocabulary,
)
from models.labels import PostText


def names(post: PostText, block: int | None = None) -> set[str]:
    return {name for at, found, _, _ in features(post) for name in found if block is None or at == block}


def sources(found: list[Feature], name: str) -> list[str]:
    return [word for _, all_names, _, source in found for word in source if name in all_names]


def test_a_word_gives_itself_its_stem_and_its_parts() -> None:
    found = names(PostText("Barnehagen"), WORDS)
    assert {"0w=barnehagen", "0s=barnehag", "0g=‹bar", "0g=hagen"} <= found


def test_bokmal_nynorsk_and_dialect_share_features() -> None:
    shared = names(PostText("eg er ikkje samd"), WORDS) & names(PostText("jeg er ikke enig"), WORDS)
    assert {"0w=jeg", "0w=ikke", "0w=enig"} <= shared
    assert "0w=jeg" in names(PostText("æ e trøtt"), WORDS)


def test_neighbours_are_features_in_bokmal_forms() -> None:
    assert {"1‹_jeg", "1jeg_vet", "1vet_ikke", "1ikke_›"} <= names(PostText("Eg veit ikkje"), PAIRS)


def test_cues_of_the_codebook_are_found() -> None:
    found = names(PostText("Saksbehandleren burde få juling!"), CUES)
    assert {"2c:body", "2c:should", "2c:harm", "2x !"} <= found
    assert "2c:harm&c:should" in found


def test_cues_meet_within_a_sentence_only() -> None:
    assert "2c:harm&c:should" not in names(PostText("Vi burde hjelpe. Han fikk juling."), CUES)


def test_a_phrase_is_a_cue() -> None:
    assert "2phrase c:access" in names(PostText("Eg bed om innsyn i saka"), CUES)


def test_words_of_a_topic_are_counted() -> None:
    one = {found[0]: value for block, found, value, _ in features(PostText("Fastlegen")) if block == TOPICS}
    two = {
        found[0]: value for block, found, value, _ in features(PostText("Fastlegen og sykehuset")) if block == TOPICS
    }
    assert 0 < one["3t:helse-og-omsorg"] < two["3t:helse-og-omsorg"]
    assert "3public" in one
    assert "3nothing public" in names(PostText("hei du"), TOPICS)


def test_profile_and_parent_have_name_spaces_of_their_own() -> None:
    post = PostText("Hei", author_name="Bygdeavisa", author_bio="Lokalavis", in_reply_to_text="Bompengene øker")
    assert "4w=bygdeavisa" in names(post, PROFILE_WORDS)
    assert "5a:media" in names(post, PROFILE_CUES)
    assert "6w=bompengene" in names(post, PARENT_WORDS)
    assert "0w=bompengene" not in names(post, WORDS)
    assert "0w=bygdeavisa" not in names(post, WORDS)


def test_a_post_without_a_profile_says_so() -> None:
    assert {"5no profile", "5nothing"} <= names(PostText("Hei"), PROFILE_CUES)
    assert "5handle only" in names(PostText("Hei", author_handle="kari"), PROFILE_CUES)


def test_a_title_is_read_with_the_text() -> None:
    assert "0w=skolen" in names(PostText("Les mer", title="Skolen stenger"), WORDS)


def test_hashtags_are_read_as_words_and_links_are_not() -> None:
    found = names(PostText("#Bompenger https://example.no/kommune"), WORDS)
    assert "0w=bompenger" in found
    assert "0w=kommune" not in found


@pytest.mark.parametrize(
    ("text", "words"), [("", False), ("😀 https://example.no 12 @kari", False), ("#nav", True), ("ja", True)]
)
def test_a_text_has_words_or_not(text: str, words: bool) -> None:
    assert has_words(text) is words


def test_sources_keep_the_spelling_of_the_post() -> None:
    found = features(PostText("SKAMMELIG av Kommunen"))
    assert sources(found, "2c:scorn") == ["SKAMMELIG"]
    assert sources(found, "0w=kommunen") == ["Kommunen"]


def test_each_name_tells_its_block() -> None:
    post = PostText("Hva mener dere? Skam!", author_bio="Lege", in_reply_to_text="Er du enig?")
    for block, found, _, _ in features(post):
        assert {block_of(name) for name in found} <= {block}
    assert {block for block, *_ in features(post)} == set(range(len(BLOCKS)))


def test_the_matrix_holds_each_feature_at_its_value() -> None:
    posts = [features(PostText(text)) for text in ("skole og vei", "skole og buss", "buss")]
    vocabulary, rarity = learn_vocabulary(posts)
    dense = vocabulary.matrix(posts).toarray()
    assert dense.shape == (3, len(vocabulary.names)) == (3, len(rarity))
    for row, post in enumerate(posts):
        wanted = np.zeros(len(vocabulary.names), dtype=np.float32)
        for _, found, value, _ in post:
            for name in found:
                if column := vocabulary.column(name):
                    wanted[column] += value
        np.testing.assert_allclose(dense[row], wanted, rtol=1e-5)
        assert wanted.any()


def test_the_vocabulary_leaves_out_what_stands_in_one_post_only() -> None:
    vocabulary, _ = learn_vocabulary([features(PostText(text)) for text in ("skole enestående", "skole")])
    assert vocabulary.column("0w=skole")
    assert not vocabulary.column("0w=enestående")


def test_rarer_features_count_more() -> None:
    posts = [features(PostText(text)) for text in ("og skole", "og skole", "og vei", "og vei", "og", "og")]
    vocabulary, rarity = learn_vocabulary(posts)
    assert rarity[vocabulary.column("0w=skole")] > rarity[vocabulary.column("0w=og")]


def test_unknown_features_give_an_empty_row() -> None:
    assert Vocabulary(["2", "0w=skole"]).matrix([features(PostText("noe helt annet"))]).nnz == 0


@pytest.mark.parametrize("text", ["\ud83d", "\x00", "?" * 9_000, "a" * 90_000, "ord " * 30_000, "@", "#", "İ", "‹›"])
def test_hostile_text_is_bounded_and_gives_features(text: str) -> None:
    assert len(features(PostText(text, author_bio=text, in_reply_to_text=text, author_name=text))) < 20_000
