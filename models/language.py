"""The language of a post, by the codebook's first section: clear function words decide, py3langid where they do not.

Dialect writing counts as the written standard it lies nearest, so Norwegian is split into bokmål and nynorsk by
function words, forms and endings, never by the library (which takes dialect for a foreign language or for nynorsk).
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any, Final

from models.lexicon import function_words

MAX_CHARACTERS: Final = 2_000
"""A post's language shows in its beginning; more text costs time only."""

_NOT_TEXT = re.compile(r"https?://\S+|www\.\S+|[@#]\S+")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_NYNORSK_FORM = re.compile(
    r"..leg(e|ere|ast)?$|heit(a|er)?$|ane$|[a-zæøå]{3}ar$|ande$|inga$|skul[ae]|heim|sjuk|øyr|straum|draum|laus|haus|auk"
)
_BOKMAL_FORM = re.compile(
    r"^hv|..lig(e|ere|st)?$|het(en|er)?$|ene$|[a-zæøå]{3}er$|ende$|ingen$|skole|hjem|syk|kjør|strøm|løs|høst|øk"
)
_LANGUAGES: Final = ("nb", "nn", "en", "se", "da", "sv")
_FAMILY: Final = {"no": "nb", "nn": "nb", "en": "en", "se": "se", "da": "da", "sv": "sv"}
"""The library's languages; its two for Norwegian count as one here."""
_DECIDED: Final = 3


def detect(text: str) -> tuple[str, float]:
    """Language (one of `labels.LANGUAGES`) and how sure that is, 0 to 1. Only emoji, links or names: `und`, 1.0."""
    bare = _NOT_TEXT.sub(" ", text[:MAX_CHARACTERS])
    words = [word.lower() for word in _WORD.findall(bare)]
    if not words:
        return "und", 1.0
    votes = _votes(words)
    norwegian = max(votes["nb"], votes["nn"])
    family = {language: votes[language] for language in _LANGUAGES if language != "nn"} | {"nb": norwegian}
    best, second = sorted(family, key=lambda language: -family[language])[:2]
    if family[best] >= _DECIDED and family[best] - family[second] >= _DECIDED:
        sure = _share(family[best], family[second])
    else:
        best, sure = _by_library(bare[:400], family)
    return _standard(words, votes, sure) if best == "nb" else (best, sure)


def _votes(words: Sequence[str]) -> dict[str, float]:
    """What the words say for each language: function words, and forms that only one Norwegian standard has."""
    votes = dict.fromkeys(_LANGUAGES, 0.0)
    for word in words:
        for language, weight in _word_votes(word):
            votes[language] += weight
    return votes


@lru_cache(maxsize=50_000)
def _word_votes(word: str) -> tuple[tuple[str, float], ...]:
    known = function_words().get(word)
    if known:
        return tuple(known.items())
    forms = []
    if _NYNORSK_FORM.search(word):
        forms.append(("nn", 0.5))
    if _BOKMAL_FORM.search(word):
        forms.append(("nb", 0.5))
    if any(letter in "äö" for letter in word):
        forms.append(("sv", 1.0))
    elif any(letter in "áčđŋšŧž" for letter in word):
        forms.append(("se", 1.0))
    elif any(letter in "æø" for letter in word):
        forms.extend([("nb", 0.5), ("nn", 0.5), ("da", 0.5)])
    return tuple(forms)


def _standard(words: Sequence[str], votes: dict[str, float], sure: float) -> tuple[str, float]:
    if votes["nn"] > votes["nb"]:
        return "nn", sure * _share(votes["nn"], votes["nb"])
    return "nb", sure * _share(votes["nb"], votes["nn"])


def _share(won: float, lost: float) -> float:
    return 1.0 / (1.0 + math.exp(-0.9 - 0.8 * (won - lost)))


def _by_library(text: str, family: dict[str, float]) -> tuple[str, float]:
    """The library's odds and what function words there are, together."""
    odds = dict.fromkeys(family, 0.0)
    for code, probability in _library().rank(text):
        odds[_FAMILY[code]] += probability
    weighed = {language: odds[language] * math.exp(0.4 * votes) for language, votes in family.items()}
    best = max(weighed, key=lambda language: weighed[language])
    return best, weighed[best] / (sum(weighed.values()) or 1.0)


@cache
def _library() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(list(_FAMILY))
    return identifier
