from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from models.classifier import CHUNK, TOP_REASONS, Classifier, choice_probabilities, topic_evidence
from models.examples import Example
from models.labels import ACTORS, CONFLICT_LEVELS, INTENTS, LANGUAGES, STANCES, TOPICS, Labels, PostText

CHOICES = {"conflict", "actor", "stance", "intent"}


def label(classifier: Classifier, text: str, **profile: str) -> Labels:
    return classifier.label([PostText(text, **profile)])[0]


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("Når åpner søknaden om barnehageplass?", "familie-og-barn"),
        ("Fastlegen min slutter, og ventetida på ny er fire måneder", "helse-og-omsorg"),
        ("Kor lenge må eg vente på å få att på skatten?", "skatt-og-avgift"),
        ("Byggesøknaden vår har ligget hos kommunen siden mai", "bygg-og-eiendom"),
        ("Læraren på ungdomsskulen er sjuk, og elevane har ikkje fått vikar", "skole-og-utdanning"),
        ("The bus driver drove right past the stop again", "trafikk-og-transport"),
        ("When will the road to Nesvik be plowed?", "trafikk-og-transport"),
        ("Bussen kom ikke i dag heller", "trafikk-og-transport"),
        ("Bossplassen flyt over av søppel", "natur-klima-og-miljo"),
    ],
)
def test_a_plain_post_gets_its_topic(classifier: Classifier, text: str, topic: str) -> None:
    assert topic in label(classifier, text).topics


@pytest.mark.parametrize(
    "text", ["Læreren er flink", "Rektor er bra", "Gratulerer med dagen!", "Han vet hvor nøkkelen er"]
)
def test_short_and_friendly_is_no_conflict(classifier: Classifier, text: str) -> None:
    assert label(classifier, text).conflict == 0


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("Når åpner søknaden om barnehageplass?", 0),
        ("Jeg er uenig i at bussrute 24 legges ned, mange er avhengige av den.", 1),
        ("Nok en gang lyver kommunen oss rett opp i trynet. Møt opp og vis dem!", 2),
        ("Saksbehandleren burde få juling", 3),
    ],
)
def test_the_codebooks_own_examples_get_their_conflict_level(classifier: Classifier, text: str, level: int) -> None:
    assert label(classifier, text).conflict == level


def test_swearing_at_the_weather_is_no_conflict(classifier: Classifier) -> None:
    assert label(classifier, "Fy faen for et drittvær i dag, søkkvåt til skinnet").conflict == 0


@pytest.mark.parametrize(
    ("profile", "actor"),
    [
        ({"author_name": "Fjordbladet", "author_bio": "Lokalavis for fjorden"}, "media"),
        ({"author_name": "Prøvdal kommune", "author_bio": "Offisiell konto"}, "public_body"),
        ({"author_name": "Anne Prøve", "author_bio": "Kommunestyrerepresentant for Prøvelista"}, "politician"),
        ({"author_name": "Prøvdal velforening", "author_bio": "Forening for beboere"}, "interest_group"),
        ({"author_name": "Prøvdal bakeri AS", "author_bio": "Vi selger brød og boller"}, "business"),
        ({"author_name": "Ola P.", "author_bio": "Professor i statsvitenskap"}, "expert"),
    ],
)
def test_the_profile_tells_the_actor(classifier: Classifier, profile: dict[str, str], actor: str) -> None:
    assert label(classifier, "Møtet er flyttet til torsdag.", **profile).actor == actor


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("Jeg ber om innsyn i alle dokumenter i saken", "access_request"),
        ("Jeg klager på avslaget og ber om at saken min behandles på nytt", "complaint"),
        ("Hvor finner jeg skjema for å søke bostøtte?", "question"),
        ("Tusen takk til de flinke folka på legevakta!", "praise"),
    ],
)
def test_a_plain_post_gets_its_intent(classifier: Classifier, text: str, intent: str) -> None:
    assert label(classifier, text).intent == intent


@pytest.mark.parametrize("text", ["", " \n ", "👍👍", "https://example.no/sak", "😡 https://example.no/a 12", "@kari"])
def test_a_text_without_words_has_no_topic_and_no_conflict(classifier: Classifier, text: str) -> None:
    labels = label(classifier, text, in_reply_to_text="Dere burde skamme dere, fastlegen er en idiot")
    assert (labels.lang, labels.topics, labels.conflict, labels.stance) == ("und", (), 0, "neutral")
    assert labels.intent == ("sharing" if "http" in text else "other")
    assert labels.scores["conflict_flag"] == 0.0
    assert set(labels.scores) == {*CHOICES, "lang", "conflict_flag"}


def test_a_text_without_words_still_has_an_author(classifier: Classifier) -> None:
    assert label(classifier, "👍", author_name="Prøvdal kommune", author_bio="Offisiell konto").actor == "public_body"


def test_a_title_counts(classifier: Classifier) -> None:
    assert "skole-og-utdanning" in label(classifier, "Les mer.", title="Elevene får ny skole").topics


def test_every_label_is_one_of_the_codebooks_and_every_score_a_probability(
    classifier: Classifier, examples: list[Example]
) -> None:
    for labels in classifier.label([example.post for example in examples[::5]]):
        assert labels.lang in LANGUAGES
        assert set(labels.topics) <= set(TOPICS)
        assert labels.conflict in CONFLICT_LEVELS
        assert labels.actor in ACTORS
        assert labels.stance in STANCES
        assert labels.intent in INTENTS
        assert set(labels.scores) == {*labels.topics, *CHOICES, "lang", "conflict_flag"}
        assert all(0.0 <= score <= 1.0 and type(score) is float for score in labels.scores.values())
        assert labels.model_version == classifier.version


def test_labels_do_not_depend_on_the_company(classifier: Classifier, examples: list[Example]) -> None:
    posts = [example.post for example in examples[: CHUNK + 7]]
    together = classifier.label(posts)
    assert len(together) == len(posts)
    for at in (0, 3, CHUNK - 1, CHUNK, CHUNK + 6):
        alone = classifier.label([posts[at]])[0]
        for key in ("lang", "topics", "conflict", "actor", "stance", "intent"):
            assert getattr(alone, key) == getattr(together[at], key)
        assert alone.scores == pytest.approx(together[at].scores, abs=1e-4)


def test_no_posts_give_no_labels(classifier: Classifier) -> None:
    assert classifier.label([]) == []


def test_threads_may_share_a_classifier(classifier: Classifier, examples: list[Example]) -> None:
    posts = [example.post for example in examples[:200]]
    wanted = classifier.label(posts)
    with ThreadPoolExecutor(4) as pool:
        assert all(labels == wanted for labels in pool.map(classifier.label, [posts] * 4))


@pytest.mark.parametrize(
    "text", ["\ud83d\ude00\ud83d", "\x00", "a" * 200_000, "skole " * 40_000, "?!" * 5_000, "<script>"]
)
def test_hostile_text_is_labelled_like_any_other(classifier: Classifier, text: str) -> None:
    post = PostText(text, title=text, author_handle=text, author_name=text, author_bio=text, in_reply_to_text=text)
    labels = classifier.label([post])[0]
    assert set(classifier.explain(post, labels)) == {*labels.topics, *CHOICES}


def test_an_explanation_names_words_of_the_post_in_its_own_spelling(
    classifier: Classifier, examples: list[Example]
) -> None:
    for example in examples[::9]:
        post = example.post
        given = (post.text, post.author_handle, post.author_name, post.author_bio, post.in_reply_to_text)
        labels = classifier.label([post])[0]
        reasons = classifier.explain(post, labels)
        assert set(reasons) == {*labels.topics, *CHOICES}
        for found in reasons.values():
            assert len(found) <= TOP_REASONS
            assert [abs(reason.weight) for reason in found] == sorted((abs(r.weight) for r in found), reverse=True)
            for reason in found:
                assert any(reason.word in part for part in given), reason.word


def test_the_heaviest_words_are_the_telling_ones(classifier: Classifier) -> None:
    post = PostText("For noen KLOVNER dere er, dere lyver om Fastlegen igjen")
    labels = label(classifier, post.text)
    reasons = classifier.explain(post, labels)
    assert labels.topics == ("helse-og-omsorg",)
    assert reasons["helse-og-omsorg"][0].word == "Fastlegen"
    assert reasons["helse-og-omsorg"][0].weight > 0
    assert labels.conflict == 2
    assert {"KLOVNER", "lyver"} <= {reason.word for reason in reasons["conflict"] if reason.weight > 0}


def test_an_overruled_label_is_explained_too(classifier: Classifier) -> None:
    post = PostText("Skattemeldingen er klar")
    overruled = Labels("nb", ("trafikk-og-transport", "egen-tema"), 3, "media", "supporter", "praise")
    reasons = classifier.explain(post, overruled)
    weights = {reason.word: reason.weight for reason in reasons["trafikk-og-transport"]}
    assert weights["Skattemeldingen"] < 0
    assert reasons["egen-tema"] == []


def test_a_text_without_words_has_no_reasons(classifier: Classifier) -> None:
    post = PostText("👍")
    assert classifier.explain(post, label(classifier, "👍")) == {name: [] for name in CHOICES}


def test_topic_evidence_sets_each_topic_against_its_best_rival() -> None:
    decisions = np.full((1, len(TOPICS) + 1), -1.0)
    decisions[0, 2], decisions[0, 5], decisions[0, -1] = 0.8, 0.3, -0.5
    evidence = topic_evidence(decisions)
    assert evidence[0, 2].tolist() == [0.8, 0.3, -0.5, 1.0]
    assert evidence[0, 5].tolist() == [0.3, 0.8, -0.5, 1.0]
    assert evidence[0, 0].tolist() == [-1.0, 0.8, -0.5, 1.0]


def test_choice_probabilities_add_up_also_for_extreme_decisions() -> None:
    calibration = np.hstack([np.eye(3), np.zeros((3, 1))])
    given = choice_probabilities(np.array([[1.0, 0.0, -1.0], [1e4, -1e4, 0.0]]), calibration)
    assert given.sum(axis=1) == pytest.approx([1.0, 1.0])
    assert given[0].argmax() == 0
