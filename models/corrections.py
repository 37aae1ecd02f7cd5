"""Which facts of the register a post speaks of, and how it stands to each (codebook, section 6).

A post is cut into clauses. Retrieval finds the few facts whose words it shares; then each clause is compared with the
fact's statement and its known false claims: which words it covers, whether it is negated, and whether its quantities
agree. Cues tell assertions from questions, denials and wishes. The score is a logistic function of that evidence.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from typing import Final, Literal
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from models.labels import Fact, FactMatch, Span
from models.quantities import MAX_TEXT, Comparison, Quantity, compare, quantities, stem

MATCHER_VERSION: Final = "corrections-1"

MATCHES: Final = 3
"""Facts kept of one post, at most."""
_CANDIDATES: Final = 3
_BATCH: Final = 4_096
_NEAR: Final = 0.25
"""Share of a passage's weight that a post must hold to be compared in detail."""
_ABOUT: Final = 0.5
"""Share of a passage's words from which a clause speaks of it."""
_NEIGHBOUR: Final = 0.6
"""What a word counts that stands in a neighbouring clause only."""
_SUBJECT: Final = 1.6
"""How much more the first word of a statement weighs: it mostly names what the fact is about."""
_SAME_NUMBER: Final = 0.2
"""What the very number of a known false claim adds to its likeness."""
_REMEMBERED: Final = 200_000
"""Words whose features are kept between posts."""
_OSLO: Final = ZoneInfo("Europe/Oslo")

Frame = Literal["asserted", "rejected", "asked", "wished"]
_CLASHES: Final = ("claim", "number", "negation")

_OTHER_RELATIONS: Final[tuple[tuple[str, tuple[str, ...], Frame, float], ...]] = (
    ("debunks", _CLASHES, "rejected", 0.4),
    ("asks", (*_CLASHES, "truth", "about"), "asked", 0.4),
    ("debunks", ("truth",), "rejected", 0.5),
    ("states", ("truth",), "asserted", 0.5),
)
"""What the first fitting relation is told by, and how strong that must be, where a post does not contradict."""

CONTRADICTS_FROM: Final = 0.5
_WEIGHTS: Final = (-2.6, 4.8, 8.3, 4.6, -1.2, -1.7)
"""Intercept, then what `_features` gives: logistic regression (C = 10) on the `tune` part of the examples in
tests/models/corrections_examples.jsonl, with the weight of known claims raised by hand, as few posts there have one."""

# --- Words -----------------------------------------------------------------------------------------------------------

_STOP_WORDS: Final = """
i på av til for fra og eller men som er var blir ble bli blitt med ved om ikke ingen aldri nå da det den de jeg vi du
dere han hun så at hvis når der her under over etter før per enn mot har hadde ha skal skulle kan kunne må måtte vil
ville får fikk få gjør også bare jo vel man en ei et hele all alle alt sin sitt sine seg selv oss meg deg dem min mitt
mine vår våre noe noen hva hvem hvor hvorfor hvordan mer mest mye mange igjen the a an is are was were be
to of in on at by for with and or not no it this that you we they have has had do does will
kommune gang gå går gikk siste ny nye veldig helt litt slik sånn dette disse denne nei allerede lenger fortsatt
"""
_SAME_WORDS: Final = """
ikke: ikkje itj ittje inte kje | jeg: æ eg | en: ei ein | et: eit | fra: frå | hva: kva ka | hvem: kven kem
hvordan: korleis | hvorfor: korfor kvifor koffer | hvor: kor | hver: kvar | nå: no | da: då | de: dei dæm
dere: dokker dokk dykk | vi: me | mye: mykje | mer: meir | bare: berre berr bærre | er: e | var: va | være: vere
vært: vore | ble: vart blei | for: førr | til: tell | noen: nån nokon nokre | noe: noko nåkka | selv: sjølv | også: òg
hele: heile | helt: heilt | ingen: ingenting | fortsatt: framleis framles | lenger: lengre | igjen: att
allerede: alt | sier: seier | si: seie | sak: saka
barn: onga ungar ungan unger unge ungane ungene born borna bån barna kids children
elev: elevar pupils students pupil | skole: skule skulen school | vann: vatn vatnet water vass
drikkevann: drikkevatn drikkevatnet | sykehjem: sjukeheim sjukeheimen | frist: deadline | høring: høyring
øke: auke aukar auka økar stiger increase | søke: søkje søkjer apply
åpne: opnar opne ope åpen åpent åpner open opens åpna åpning åpningen
stenge: stengjer stengje stengd stengt stenger stenges closes closed lukker | vei: veg vegen road
eiendomsskatt: eigedomsskatt eigedomsskatten | parkere: parking parkering parkeringa parker | bibliotek: library
bru: bridge brua | ferje: ferry ferga ferja ferge overfart ferjetur | buss: bus | barnehage: kindergarten barnehagane
måned: månad | selge: selt solgt seld selger selje sel selges sold sell solgte
vedta: vedteke vedtatt vedtok vedtak bestemt bestemte avgjort decided vedtar besluttet godkjent
legge: leggje legges lagd lagt nedlagt | betale: betaler betalar pay paying betalt
koste: koster kostar kosta costs cost pris prisen takst | gratis: free | kutte: kutta kuttet kutter kuttes
hente: henta hentes henter hentar pick picked collect | bolig: bustad bustader
leksehjelp: leksehjelpa | byggesøknad: byggjesøknad | bygge: byggje bygges bygger byggjer built
turbin: turbinar turbiner turbines vindmøller vindmøllar vindmølle vindturbiner vindturbinar turbine
plass: plassar places spaces senger | svømme: symje | svømmehall: symjehallen pool svømmehallen basseng
influensa: flu influenza | vaksine: vaccine | lege: doctor | ventetid: waiting ventetida kø | fart: speed farten
grense: limit | fartsgrense: fartsgrensa fartsgrensen sone | båthavn: marina harbour båthamna båthamn båthavna
gjeste: guest | gjesteplass: berth | frivillig: valgfritt valfri friviljug optional voluntary
påbudt: obligatorisk pålagt mandatory tvungen tvinger tvang | privatisere: privatiserast privatiseres privatisert
forurense: forureina forurenset | trygg: trygt safe | fjerne: fjernet fjernes fjerna bort borte vekk removed
doble: doblast dobles dobla fordobles | ta: teke tek tar bruker brukar brukte bruke takes
vanngebyr: vassavgift vassavgifta vannavgift vannavgifta | gebyr: gebyret avgift avgifta fee
pensjonist: pensjonister pensjonistar | hytte: hytta hytter cabin
øy: øya island | post: mail | brev: letters | reservere: reserverte
"""
"""A common form, and the words that are read as it."""
_STOP: Final = frozenset(_STOP_WORDS.split())
_FOLD: Final = {
    variant: common.strip()
    for line in _SAME_WORDS.strip().splitlines()
    for common, variants in (group.split(":") for group in line.split("|"))
    for variant in variants.split()
}
_WORD: Final = re.compile(r"[^\W\d_]+")
_NAME: Final = re.compile(r"(?<=[^.!?\s] )([A-ZÆØÅ][^\W\d_]+)")
_TAG: Final = re.compile(r"#(\w+)")
_SPELLING_PAIRS: Final = """
skul:skol sjuk:syk heim:hjem høyr:hør veg:vei vatn:vann auk:øk søkj:søk byggj:bygg veke:uke eigen:egen eige:eie
teneste:tjeneste avgjer:avgjør løyve:tillatelse straum:strøm hamn:havn kyrkj:kirk mjølk:melk førar:fører
eingong:engang handsaming:behandling
"""
"""Parts of words in nynorsk, and as they are in bokmål."""
_SPELLINGS: Final = tuple(pair.split(":") for pair in _SPELLING_PAIRS.split())


@lru_cache(maxsize=100_000)
def fold(word: str) -> str:
    """A word's common form over bokmål, nynorsk, some dialect and everyday English; "" for a word without content."""
    word = word.lower()
    word = _FOLD.get(word) or _FOLD.get(stem(word)) or word
    if word in _STOP:
        return ""
    for written, common in _SPELLINGS:
        word = word.replace(written, common)
    return "" if (folded := stem(word)) in _STOP else folded


def _content(text: str) -> frozenset[str]:
    return frozenset(folded for word in _WORD.findall(text) if (folded := fold(word)))


def _likeness(term: str, word: str) -> float:
    """How far two folded words name the same: 1 for equal ones, less for parts of compounds and shared beginnings."""
    if term == word:
        return 1.0
    shorter, longer = sorted((term, word), key=len)
    if len(shorter) >= 4 and (longer.startswith(shorter) or longer.endswith(shorter)):
        return 0.85
    if len(shorter) >= 6 and shorter[:5] == longer[:5]:
        return 0.6
    return 0.0


@lru_cache(maxsize=400_000)
def _likes(terms: frozenset[str], word: str) -> tuple[tuple[str, float], ...]:
    return tuple((term, likeness) for term in terms if (likeness := _likeness(term, word)))


# --- Cues ------------------------------------------------------------------------------------------------------------


def _cues(phrases: str) -> re.Pattern[str]:
    """Whole words and phrases, with `|` between them."""
    return re.compile(rf"(?<!\w)(?:{phrases})(?!\w)", re.I)


_NEGATIONS: Final = _cues(
    r"ikke|ikkje|ikkj|itj|ittje|kje|ei heller|ingen|inga|aldri|verken|korkje|hverken|not|never|\w+n't|no longer|"
    r"null|neppe|nei til|no to"
)
_NO_NEGATION: Final = _cues(
    r""
    r"(?:ikke|ikkje|not) (?:før|until|bare|berre|only|rart|merkelig|verst|minst|sant|glem\w*|gløym\w*|mer enn|"
    r"meir enn|engang|eingong)|"
    r"(?:stemmer|stemme) (?:ikke|ikkje)|(?:ikke|ikkje) (?:riktig|rett|sant)|"
    r"(?:vet|veit|vet jo|skjønner|forstår|tror|trur|fatter) (?:ikke|ikkje)|"
    r"ingen (?:andre|av oss|spurte|har spurt)|is not true|isn't true"
)
_REJECTIONS: Final = _cues(
    r"(?:ikke|ikkje|itj) stemmer|trodde fortsatt|(?:noen|nokon) som (?:tror|trur) på det|"
    r"(?:stemmer|stemte|stemme) (?:jo |da |slett |overhodet |rett og slett )?(?:ikke|ikkje|itj)|"
    r"(?:er|e|var) (?:det )?(?:ikke|ikkje|itj|aldri) (?:sant|riktig|rett|korrekt)|"
    r"(?:ikke|ikkje) (?:sant|riktig|rett) at|"
    r"(?:er|var|e|blir) (?:det )?(?:bare |berre |helt |heilt |rett og slett |direkte )?(?:feil|tull|tøv|vås|oppspinn|"
    r"usant|løgn|sludder|rør|tullprat|galt|falskt|fake)|"
    r"hadde feil|feil at|tar feil|tek feil|rykte\w*|usannhet\w*|desinformasjon|feilinformasjon|falske? nyhet\w*|"
    r"fake news|myte\w*|misforståelse\w*|misforstått|oppspinn|tullpost\w*|bare tull|berre tull|avvis\w*|"
    r"avkreft\w*|dementer\w*|tilbakevis\w*|slutt å (?:spre|dele|skremme|påstå|si|lyve)|slutte å (?:spre|dele)|"
    r"hvem har (?:funnet på|sagt) at|kven har (?:funne på|sagt) at|not true|untrue|false|rumou?rs?|nonsense|a lie|"
    r"wrong that"
)
_QUOTES: Final = _cues(
    r"påstå\w*|påstand\w*|hevd\w*|folk (?:tror|trur|sier|seier)|(?:de|dei) som (?:tror|trur|sier|seier)|"
    r"noen har skrevet at|nokon har skrive at|noen skriver at|fortsatt tror|claims? that|people (?:think|say)|"
    r"fikk høre at|høyrer folk seie"
)
_ASKING: Final = _cues(
    r"(?:stemmer|stemme) det|er det (?:sant|riktig|rett|noe i|virkelig)|e det (?:sant|rett|nåkka)|"
    r"er dette (?:sant|riktig)|(?:noen|nokon|nån) som (?:vet|veit)|(?:vet|veit) (?:noen|nokon|nån|du|dere|de)|"
    r"lurer på|lurar på|is it true|does any(?:one|body) know|kan (?:noen|nokon) (?:si|fortelle|bekrefte|svare)|"
    r"usikker på|nokken som (?:vet|veit)|e det nåkka i det|vet ikke om|veit ikkje om|hva er riktig|i wonder"
)
_QUESTION_WORD: Final = re.compile(
    r"(?:[^:]{1,60}:\s)?\W*(?:(?:men|og|så|hei|but|and|so)\W+)?(?:hva|kva|ka|når|hvor|kor|hvem|kven|kem|"
    r"hvilke\w*|kva for|hvordan|korleis|what|when|where|how|who|which)\b",
    re.I,
)
_INVERTED: Final = re.compile(
    r"(?:[^:]{1,60}:\s)?\W*(?:(?:men|og|så|hei|but|and|so)\W+)?(?:er|e|har|blir|må|kan|skal|får|går|koster|"
    r"kostar|gjelder|gjeld|finnes|finst|fins|tar|tek|bruker|stenger|åpner|eier|is|are|does|do|did|has|have|"
    r"can|will|must)\s",
    re.I,
)
_RHETORICAL: Final = _cues(
    r"(?:flere|fleire|noen andre|nokon andre|andre) (?:enn (?:meg|oss|eg)|som)|jo|virkelig at|did you know|"
    r"(?:vitsen|poenget) med|skal vi"
)
_NO_AFTER: Final = re.compile(r"\W*(?:nei|næ|nope|no)\b", re.I)
_REJECTED_THAT: Final = re.compile(
    r"(?:stemmer (?:ikke|ikkje)|(?:ikke|ikkje) (?:sant|riktig|rett)|feil|løgn|tull|tøv|vås|bløff|not true|"
    r"a lie) (?:at|that)\b",
    re.I,
)
_WHY: Final = re.compile(r"\W*(?:(?:men|og|så|but|and|so)\W+)?(?:hvorfor|kvifor|korfor|koffer|why)\b", re.I)
_WISHES: Final = _cues(
    r"burde|bør|byrde|håper|håpar|håpe|skulle ønske|ønsker|ønskjer|hvis|dersom|viss|tenk om|hadde \w+ \w+ vært|"
    r"foreslår|foreslår å|forslag om|vil ha|krever|krev|kunne vært|should|i wish|if|hope|bare vent|sikkert|"
    r"til slutt|vedder på|spår|trenger|ville vært|hadde vært|hadde \w+ vore|kommer til å|kjem til å|kanskje|"
    r"frykter|fryktar"
)
_PAST: Final = _cues(
    r"i fjor|i forfjor|før i tida|i gamle dager|tidligere år|forrige (?:år|uke|måned|gang)|den gang\w*|last year|"
    r"back then|i \d{2}-åra|på \d{2}-tallet|da jeg var|då eg var"
)
_ANTONYMS: Final = (
    ("gratis", "betale koste"),
    ("frivillig", "påbudt"),
    ("åpne", "stenge"),
    ("trygg", "forurense farlig giftig"),
    ("øke", "reduser synk kutte"),
    ("tillatt lovlig", "forbudt ulovlig forbud"),
    ("kommunal", "privat privatiser"),
)
_OPPOSITES: Final = tuple((_content(left), _content(right)) for left, right in _ANTONYMS)
_BOTH_WAYS: Final = (*_OPPOSITES, *((right, left) for left, right in _OPPOSITES))


# --- Records ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Clause:
    """A stretch of a text between marks, with what stands in it."""

    span: Span
    sentence: int
    text: str
    words: frozenset[str]
    names: frozenset[str]
    """Those of its words that are capitalised within it."""
    quantities: tuple[Quantity, ...]
    negated: frozenset[str] | None
    """The words that stand after its negation; None where it has none."""
    negation_ends: int
    """Where the negation ends in the text; the text's end where there is none."""


@dataclass(frozen=True, slots=True)
class _Passage:
    """A sentence of a fact: of its statement, or a known false claim. `head` is the first word that it negates."""

    span: Span
    weights: tuple[tuple[str, float], ...]
    quantities: tuple[Quantity, ...]
    negated: bool
    head: str = ""
    own: tuple[tuple[str, float], ...] = ()
    """Of a false claim: the words that no sentence of the statement has."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """A fact, prepared for comparison. The spans of `truths` are those of the statement in bokmål."""

    fact: Fact
    truths: tuple[_Passage, ...]
    claims: tuple[_Passage, ...]
    words: frozenset[str]
    names: frozenset[str]
    """All names of the register, this fact's and others'."""


@dataclass(frozen=True, slots=True)
class _Sign:
    """One clause's evidence. `kind`: `claim`, `number` or `negation` clash with the fact, `truth` agrees with it and
    `about` only speaks of it. `frame` is how the clause is meant, `strength` runs from 0 to 1, and `focus` is the share
    of the clause's words that the fact has, too."""

    kind: str
    frame: Frame
    strength: float
    in_post: Span
    in_fact: Span | None = None
    focus: float = 0.0


# --- Reading ---------------------------------------------------------------------------------------------------------

_BREAK: Final = re.compile(
    r"(?P<sentence>[!?…]+|\.(?=\s+(?-i:[^\sa-zæøå\d])|\s*$|\.)|\n+)|[,;:]\s|\s[-–—]\s|\s(?:men|but|selv om|"
    r"sjølv om|mens|medan)\s",
    re.I,
)
_ABBREVIATION: Final = re.compile(r"\b(?:kl|kr|ca|fv|rv|nr|pr|bl\.a|f\.eks|dvs|mrd|mill)\.$", re.I)


def _clauses(text: str, at: datetime | None) -> list[_Clause]:
    """A text cut at marks and «men»; clauses of one sentence share its number."""
    found = quantities(text, at)
    clauses: list[_Clause] = []
    start = sentence = 0
    cuts = [(m.start("sentence"), m.end(), bool(m["sentence"])) for m in _BREAK.finditer(text)]
    for mark, end, closes in [*cuts, (-1, len(text), True)]:
        whole = any(q.start < end < q.end for q in found) or _ABBREVIATION.search(text[max(0, mark - 5) : end])
        if whole and end < len(text):
            continue
        if piece := text[start:end].strip():
            left = text.index(piece, start)
            negation = _negation(piece)
            clauses.append(
                _Clause(
                    span=Span(left, left + len(piece)),
                    sentence=sentence,
                    text=piece,
                    words=_content(_TAG.sub(" ", piece)),
                    names=frozenset(fold(m[1]) for m in _NAME.finditer(_TAG.sub(" ", piece))),
                    quantities=tuple(q for q in found if start <= q.start < end),
                    negated=None if negation is None else _content(piece[negation:]),
                    negation_ends=len(text) if negation is None else left + negation,
                )
            )
        start = end
        sentence += closes
    return clauses


def _negation(text: str) -> int | None:
    """Where a text's negation ends, «ikke rart», «stemmer ikke» and their like apart; two negations cancel."""
    hidden = _NO_NEGATION.sub(lambda m: " " * len(m.group()), text)
    found = list(_NEGATIONS.finditer(hidden))
    return found[0].end() if len(found) % 2 == 1 else None


# --- The register ----------------------------------------------------------------------------------------------------


def _entry(fact: Fact, weigh: Mapping[str, float], names: frozenset[str]) -> _Entry:
    truths = _passages(fact.statement_nb, weigh)
    said = {word for truth in truths for word, _ in truth.weights}
    claims = tuple(
        replace(claim, own=tuple((w, weight) for w, weight in claim.weights if _best(w, said) < 0.6))
        for text in fact.known_false_claims
        for claim in _passages(text, weigh)
    )
    words = frozenset(word for passage in (*truths, *claims) for word, _ in passage.weights)
    return _Entry(fact, truths, claims, words, names)


def _passages(text: str, weigh: Mapping[str, float]) -> tuple[_Passage, ...]:
    """The sentences of a fact's text."""
    text = text[:MAX_TEXT]
    groups: dict[int, list[_Clause]] = defaultdict(list)
    for clause in _clauses(text, None):
        groups[clause.sentence].append(clause)
    passages = []
    for group in groups.values():
        words = frozenset[str]().union(*(clause.words for clause in group)) - _measures(text, group)
        negated = next((clause for clause in group if clause.negated is not None), None)
        after = text[negated.negation_ends :] if negated else ""
        if words:
            first = next(folded for word in _WORD.findall(text[group[0].span.start :]) if (folded := fold(word)))
            passages.append(
                _Passage(
                    span=Span(group[0].span.start, group[-1].span.end),
                    weights=tuple((w, weigh.get(w, 1.0) * (_SUBJECT if w == first else 1.0)) for w in sorted(words)),
                    quantities=tuple(q for clause in group for q in clause.quantities),
                    negated=negated is not None,
                    head=next((folded for word in _WORD.findall(after) if (folded := fold(word))), ""),
                )
            )
    return tuple(passages)


def _measures(text: str, clauses: Sequence[_Clause]) -> frozenset[str]:
    """Words that only tell a quantity («kroner», «uker»): the comparison of quantities sees to them."""
    found = (q for clause in clauses for q in clause.quantities if q.unit != "count" and q.noun != "gratis")
    return _content(" ".join(text[q.start : q.end] for q in found))


def _names(facts: Sequence[Fact]) -> frozenset[str]:
    """The register's names: words that are capitalised within a sentence somewhere."""
    texts = (text for f in facts for text in (f.statement_nb, f.statement_nn, f.reply_nb, *f.known_false_claims))
    return frozenset(fold(m[1]) for text in texts for m in _NAME.finditer(text)) - {""}


def _weights(facts: Sequence[Fact], names: frozenset[str]) -> dict[str, float]:
    """How much each word tells of which fact is meant: rare in the register weighs more, names most."""
    spread = Counter(word for f in facts for word in _content(" ".join((f.statement_nb, *f.known_false_claims))))
    total = len(facts) + 1
    return {w: (0.3 + math.log(total / n) / math.log(total)) * (1.3 if w in names else 1.0) for w, n in spread.items()}


# --- Comparing -------------------------------------------------------------------------------------------------------


def _best(term: str, words: Iterable[str]) -> float:
    return max((_likeness(term, word) for word in words), default=0.0)


def _cover(weights: Sequence[tuple[str, float]], *held: tuple[float, Mapping[str, float]]) -> float:
    """The share of a passage's weight in how far each of its words is held, by the fullest of several holders."""
    total = sum(weight for _, weight in weights)
    got = sum(weight * max(share * words.get(term, 0.0) for share, words in held) for term, weight in weights)
    return got / total if total else 0.0


@dataclass(frozen=True, slots=True)
class _Hold:
    """How far each word of a fact is held by a clause itself, and by its neighbours and the post's hashtags."""

    own: Mapping[str, float]
    near: Mapping[str, float]

    def cover(self, weights: Sequence[tuple[str, float]]) -> float:
        return _cover(weights, (1.0, self.own), (_NEIGHBOUR, self.near))

    def alone(self, weights: Sequence[tuple[str, float]]) -> float:
        return _cover(weights, (1.0, self.own))


def _signs(entry: _Entry, clauses: Sequence[_Clause], at: datetime) -> list[_Sign]:
    frames = _frames(clauses, at, entry)
    own = [_likenesses(entry.words, clause.words) for clause in clauses]
    tags = _likenesses(entry.words, _content(" ".join(t for c in clauses for t in _TAG.findall(c.text))))
    signs: list[_Sign] = []
    for index, clause in enumerate(clauses):
        if not own[index]:
            continue
        near = dict(tags)
        for other in (*own[max(0, index - 2) : index], *own[index + 1 : index + 3]):
            near |= {word: max(likeness, near.get(word, 0.0)) for word, likeness in other.items()}
        known = sum(any(like >= 0.6 for _, like in _likes(entry.words, word)) for word in clause.words)
        focus = known / len(clause.words)
        compared = [replace(s, focus=focus) for s in _compared(entry, clause, _Hold(own[index], near)) if s.strength]
        signs += _framed(frames[clause.sentence], clause, compared)
    return signs


def _likenesses(terms: frozenset[str], words: frozenset[str]) -> dict[str, float]:
    """The terms that the words hold in part or in full."""
    held: dict[str, float] = {}
    for word in words:
        for term, likeness in _likes(terms, word):
            held[term] = max(likeness, held.get(term, 0.0))
    return held


def _framed(frame: Frame, clause: _Clause, signs: list[_Sign]) -> list[_Sign]:
    """Puts a clause's signs in their sentence's frame. To reject the truth («det stemmer ikke at det er frivillig») is
    to contradict it, and to reject a clash that is denied already leaves it denied."""
    if (
        frame == "rejected"
        and _REJECTED_THAT.search(clause.text)
        and not any(s.kind in _CLASHES and s.strength >= 0.3 for s in signs)
    ):
        return [replace(s, kind="negation") if s.kind == "truth" and s.frame == "asserted" else s for s in signs]
    return [s if s.frame == "rejected" or frame == "asserted" else replace(s, frame=frame) for s in signs]


def _compared(entry: _Entry, clause: _Clause, hold: _Hold) -> Iterator[_Sign]:
    agrees = False
    share = 0.6 if _is_elsewhere(entry, clause, hold) else 1.0
    for truth in entry.truths:
        cover = share * hold.cover(truth.weights)
        yield _Sign("about", "asserted", hold.alone(truth.weights), clause.span, truth.span)
        counted = list(_numbers(truth, clause, hold, cover))
        yield from counted
        agrees = agrees or any(sign.kind == "truth" for sign in counted)
        parity = None if agrees or counted else _parity(truth, clause, hold, cover)
        if parity is not None:
            yield parity
    for claim in () if agrees else entry.claims:
        strength = share * _claim_strength(claim, entry.truths, clause, hold)
        frame: Frame = "rejected" if (clause.negated is None) == claim.negated else "asserted"
        yield _Sign("claim", frame, strength, clause.span, entry.truths[0].span)


def _is_elsewhere(entry: _Entry, clause: _Clause, hold: _Hold) -> bool:
    """Whether a clause names another place or body, and none that the fact names."""
    others = clause.names | (clause.words & entry.names)
    named = any(hold.own.get(name) == 1.0 for name in entry.names)
    return not named and any(_best(name, entry.words) < 0.6 for name in others)


def _numbers(truth: _Passage, clause: _Clause, hold: _Hold, cover: float) -> Iterator[_Sign]:
    """Each quantity of a clause against those of the statement: equal to one of them, or different from all it can be
    compared with. A negated difference denies a false number, a negated agreement denies the true one."""
    specific = hold.alone(truth.weights) >= 0.2 and _is_specific(truth, hold)
    for said in clause.quantities:
        verdicts = [(q, verdict) for q in truth.quantities if (verdict := _compare(said, q))]
        if not verdicts or not specific:
            continue
        true, verdict = min(verdicts, key=lambda pair: pair[1] != "same")
        denied = clause.negation_ends <= said.start
        spans = (Span(said.start, said.end), Span(true.start, true.end))
        if verdict == "same":
            yield _Sign("number" if denied else "truth", "asserted", cover, *spans)
        else:
            yield _Sign("number", "rejected" if denied else "asserted", cover * _trust(said, true), *spans)


def _compare(said: Quantity, true: Quantity) -> Comparison | None:
    if said.unit == "year" and true.unit == "date":
        return None if true.year is None or said.low == true.year else "differs"
    return compare(said, true) if _comparable(said, true) else None


def _is_specific(truth: _Passage, hold: _Hold) -> bool:
    """Whether a clause shares more with a statement than one everyday word: «fristen» alone is anyone's."""
    shared = [(w, max(hold.own.get(w, 0.0), hold.near.get(w, 0.0))) for w, _ in truth.weights]
    close = [(word, likeness) for word, likeness in shared if likeness >= 0.6]
    return len(close) > 1 or any(likeness == 1.0 and len(word) >= 8 for word, likeness in close)


def _comparable(said: Quantity, true: Quantity) -> bool:
    """A bare number speaks of a quantity only when it is of its size, and no year is compared."""
    if true.unit == "year" or {said.unit, true.unit} == {"number", "date"}:
        return False
    if said.unit == "number" or true.unit == "count":
        size = said.low / max(true.low, true.high if true.high < math.inf else 0.0, 0.01)
        return true.unit == "clock" or 0.15 <= size <= 25
    return True


def _trust(said: Quantity, true: Quantity) -> float:
    """How surely two quantities that differ tell of the same thing."""
    if said.unit == "number" or said.relative or said.noun == "gratis":
        return 0.85
    return 0.85 if true.per and not said.per else 1.0


def _parity(truth: _Passage, clause: _Clause, hold: _Hold, cover: float) -> _Sign | None:
    """A clause that says the statement's words with or without its negation, or with an opposite («påbudt» for
    «frivillig»). Where the statement tells a quantity, leaving it out is no agreement."""
    words = frozenset(word for word, _ in truth.weights)
    opposites = frozenset(o for left, right in _BOTH_WAYS if left & clause.words - words for o in right & words)
    own = {**hold.own, **dict.fromkeys(opposites, 1.0)}
    alone = _cover(truth.weights, (1.0, own))
    cover = alone if opposites else cover
    if cover < _ABOUT or len(clause.words) < 2 or alone < (0.6 if truth.negated else 0.45):
        return None
    if truth.head and own.get(truth.head, 0.0) < 0.6:
        return None
    if clause.negated is not None and all(_best(word, words | opposites) < 0.6 for word in clause.negated):
        return None
    if ((clause.negated is None) == truth.negated) != bool(opposites):
        return _Sign("negation", "asserted", cover, clause.span, truth.span)
    return None if truth.quantities else _Sign("truth", "asserted", cover, clause.span, truth.span)


def _claim_strength(claim: _Passage, truths: Sequence[_Passage], clause: _Clause, hold: _Hold) -> float:
    """How nearly a clause says a known false claim, negation apart: the share of its words, and of those that set it
    apart from the truth. A claim that differs by its number alone needs that number."""
    if len(clause.words) < 2 or hold.alone(claim.weights) < 0.4:
        return 0.0
    strength = hold.cover(claim.weights)
    if claim.quantities:
        verdicts = [compare(said, q) for said in clause.quantities for q in claim.quantities]
        return min(1.0, strength + _SAME_NUMBER) if "same" in verdicts else 0.5 * strength * bool(claim.own)
    if not claim.own:
        return strength if strength >= 0.8 and any(truth.negated != claim.negated for truth in truths) else 0.0
    return strength * hold.alone(claim.own)


# --- How it is meant -------------------------------------------------------------------------------------------------


def _frames(clauses: Sequence[_Clause], at: datetime, entry: _Entry) -> dict[int, Frame]:
    """How each sentence is meant; a denial that stands alone («Dette stemmer ikke.») denies the whole post."""
    texts: dict[int, str] = defaultdict(str)
    years: dict[int, set[float]] = defaultdict(set)
    content: Counter[int] = Counter()
    for clause in clauses:
        texts[clause.sentence] += clause.text + " "
        years[clause.sentence] |= {q.low for q in clause.quantities if q.unit == "year"}
        content[clause.sentence] += len(clause.words)
    told = [q for truth in entry.truths for q in truth.quantities]
    known = {float(at.year), *(q.low for q in told if q.unit == "year")}
    dated = any(q.year for q in told)
    frames = {n: _frame(text, texts.get(n + 1, ""), not dated and bool(years[n] - known)) for n, text in texts.items()}
    if any(_REJECTIONS.search(text) and content[n] <= 3 for n, text in texts.items()):
        return {n: "rejected" if frame == "asserted" else frame for n, frame in frames.items()}
    return frames


@lru_cache(maxsize=1_000)
def _frame(text: str, following: str, other_year: bool) -> Frame:
    question = text.rstrip(' "»)').endswith("?")
    if _REJECTIONS.search(text) and not (question and _ASKING.search(text)):
        return "rejected"
    if question and _NO_AFTER.match(following):
        return "rejected"
    if _QUOTES.search(text) and not question:
        return "rejected"
    if (
        _ASKING.search(text)
        or (_ASKING.search(following) and len(following.split()) <= 6)
        or (question and _is_question(text))
    ):
        return "asked"
    if other_year or _WISHES.search(text) or _PAST.search(text):
        return "wished"
    return "asserted"


def _is_question(text: str) -> bool:
    """A real question, not one built on its premise («Hvorfor må …?») or a claim with a question mark."""
    if _WHY.match(text) or _RHETORICAL.search(text):
        return False
    return bool(_QUESTION_WORD.match(text) or _INVERTED.match(text)) or len(text.split()) <= 4


# --- The judgement ---------------------------------------------------------------------------------------------------


def _judged(fact: Fact, signs: Sequence[_Sign]) -> FactMatch | None:
    """The relation that the evidence is enough for, None where it is for none (`unrelated`)."""
    score = _score(_features(signs))
    clash = _strongest(signs, _CLASHES, "asserted")
    if clash is not None and score >= CONTRADICTS_FROM:
        return FactMatch(fact.id, "contradicts", score, clash.in_post, clash.in_fact, MATCHER_VERSION)
    for relation, kinds, frame, enough in _OTHER_RELATIONS:
        sign = _strongest(signs, kinds, frame)
        if sign is not None and sign.strength >= enough:
            return FactMatch(fact.id, relation, score, sign.in_post, sign.in_fact, MATCHER_VERSION)
    return None


def _features(signs: Sequence[_Sign]) -> tuple[float, ...]:
    """The strongest clash of each kind that is asserted, denial and question; a clause that says much that
    is not the fact's weighs less."""
    most = (
        (("claim",), "asserted"),
        (("number",), "asserted"),
        (("negation",), "asserted"),
        (_CLASHES, "rejected"),
        ((*_CLASHES, "truth"), "asked"),
    )
    found = (_strongest(signs, kinds, frame) for kinds, frame in most)
    return tuple(sign.strength * (0.5 + 0.5 * sign.focus) if sign else 0.0 for sign in found)


def _strongest(signs: Sequence[_Sign], kinds: Sequence[str], frame: str) -> _Sign | None:
    fitting = (sign for sign in signs if sign.kind in kinds and sign.frame == frame)
    return max(fitting, key=lambda sign: sign.strength, default=None)


def _score(features: Sequence[float]) -> float:
    z = _WEIGHTS[0] + sum(weight * value for weight, value in zip(_WEIGHTS[1:], features, strict=True))
    return 1 / (1 + math.exp(-z))


# --- Finding ---------------------------------------------------------------------------------------------------------


class Matcher:
    """Compares posts with a register of facts; built once a register.

    Source of the scheme: claim retrieval by TF-IDF over words and character n-grams, then a relation for the few facts
    found. Reads the first 2,000 characters of a text and raises nothing on any text.
    """

    matcher_version: str = MATCHER_VERSION

    def __init__(self, facts: Sequence[Fact]) -> None:
        names = _names(facts)
        weigh = _weights(facts, names)
        self._entries = [entry for fact in facts if (entry := _entry(fact, weigh, names)).truths]
        self._index = _Index(self._entries)

    def match(self, posts: Sequence[tuple[str, str, datetime]]) -> list[list[FactMatch]]:
        """For each (text, language, time of publication), the facts that held on that day and that it stands to other
        than `unrelated`: those that need a correction first, by score, at most three."""
        results: list[list[FactMatch]] = []
        for start in range(0, len(posts), _BATCH):
            batch = posts[start : start + _BATCH]
            near = self._index.near([text[:MAX_TEXT] for text, _, _ in batch])
            results += [self._match(text, at, found) for (text, _, at), found in zip(batch, near, strict=True)]
        return results

    def _match(self, text: str, at: datetime, near: Sequence[int]) -> list[FactMatch]:
        entries = [self._entries[number] for number in near if _holds(self._entries[number].fact, at)]
        if not entries:
            return []
        clauses = _clauses(text[:MAX_TEXT], at)
        signs = [_signs(entry, clauses, at) for entry in entries]
        agreed = {sign.in_post for found in signs for sign in found if sign.kind == "truth" and sign.strength >= _ABOUT}
        unexplained = ([s for s in found if s.kind != "number" or s.in_post not in agreed] for found in signs)
        judged = (_judged(entry.fact, found) for entry, found in zip(entries, unexplained, strict=True))
        return _one_fact_a_place(sorted((m for m in judged if m), key=lambda m: m.score, reverse=True))[:MATCHES]


def _one_fact_a_place(found: Sequence[FactMatch]) -> list[FactMatch]:
    """The same words contradict one fact only, the one that they contradict most."""
    kept: list[FactMatch] = []
    for match in found:
        place = match.in_post
        taken = place and any(
            other.in_post and other.in_post.start < place.end and place.start < other.in_post.end
            for other in kept
            if other.relation == "contradicts"
        )
        if match.relation != "contradicts" or not taken:
            kept.append(match)
    return kept


def _holds(fact: Fact, at: datetime) -> bool:
    day = (at if at.tzinfo is None else at.astimezone(_OSLO)).date().isoformat()
    return (fact.valid_from or day) <= day <= (fact.valid_to or day)


class _Index:
    """The passages of all facts as TF-IDF vectors over folded words and their 4-grams; posts are multiplied in."""

    def __init__(self, entries: Sequence[_Entry]) -> None:
        rows = [
            (number, _terms(frozenset(word for word, _ in passage.weights)))
            for number, entry in enumerate(entries)
            for passage in (*entry.truths, *entry.claims)
        ]
        self._owners = np.array([number for number, _ in rows], dtype=np.int32)
        self._columns = {term: column for column, term in enumerate(sorted({t for _, terms in rows for t in terms}))}
        spread: Counter[str] = Counter(term for terms in _by_owner(rows).values() for term in terms)
        self._by_word: dict[str, tuple[int, ...]] = {}
        values, columns, pointers = [], [], [0]
        for _, terms in rows:
            weights = [(1 + math.log((1 + len(entries)) / spread[term])) ** 2 for term in sorted(terms)]
            values += [weight / sum(weights) for weight in weights]
            columns += [self._columns[term] for term in sorted(terms)]
            pointers.append(len(columns))
        shape = (len(rows), len(self._columns))
        self._passages = csr_matrix((np.array(values, dtype=np.float32), columns, pointers), shape=shape).T.tocsr()

    def near(self, texts: Sequence[str]) -> list[list[int]]:
        """For each text the facts of whose best passage it holds enough, nearest first, a few at most."""
        if not self._columns:
            return [[] for _ in texts]
        columns, pointers = [], [0]
        for text in texts:
            columns += sorted({c for word in _WORD.findall(text) for c in self._columns_of(word)})
            pointers.append(len(columns))
        ones = np.ones(len(columns), dtype=np.float32)
        held = csr_matrix((ones, columns, pointers), shape=(len(texts), len(self._columns))) @ self._passages
        return [self._nearest(held.indices[a:b], held.data[a:b]) for a, b in pairwise(held.indptr)]

    def _nearest(self, passages: NDArray[np.int32], shares: NDArray[np.float32]) -> list[int]:
        order = np.flatnonzero(shares >= _NEAR)
        order = order[np.argsort(-shares[order], kind="stable")]
        return list(dict.fromkeys(self._owners[passages[order]].tolist()))[:_CANDIDATES]

    def _columns_of(self, word: str) -> tuple[int, ...]:
        known = self._by_word.get(word)
        if known is None:
            folded = fold(word)
            terms = _terms(frozenset((folded,))) if folded else frozenset()
            known = tuple(self._columns[term] for term in terms if term in self._columns)
            if len(self._by_word) < _REMEMBERED:
                self._by_word[word] = known
        return known


def _by_owner(rows: Iterable[tuple[int, frozenset[str]]]) -> dict[int, set[str]]:
    owned: dict[int, set[str]] = defaultdict(set)
    for number, terms in rows:
        owned[number] |= terms
    return owned


def _terms(words: frozenset[str]) -> frozenset[str]:
    """Words, marked, and their character 4-grams."""
    grams = (word[i : i + 4] for word in words for i in range(len(word) - 3))
    return frozenset((*(f" {word}" for word in words), *grams))
