"""Turns of speech that tell a claim from a denial, a question, a quotation or a wish."""

from __future__ import annotations

import re
from typing import Final

from models.corrections.words import WORD, content, fold, plain


def _cues(phrases: str) -> re.Pattern[str]:
    """Whole words and phrases, with `|` between them."""
    return re.compile(rf"(?<!\w)(?:{phrases})(?!\w)", re.I)


NEGATIONS: Final = _cues(
    r"ikke|ikkje|ikkj|itj|ittje|kje|ei heller|ingen|inga|aldri|verken|korkje|hverken|not|never|\w+n't|no longer|"
    r"null|neppe|nei til|no to"
)
NO_NEGATION: Final = _cues(
    r"(?:ikke|ikkje|not) (?:før|until|bare|berre|only|rart|merkelig|verst|minst|sant|glem\w*|gløym\w*|mer enn|"
    r"meir enn|engang|eingong)|"
    r"(?:stemmer|stemme) (?:ikke|ikkje)|(?:ikke|ikkje) (?:riktig|rett|sant)|"
    r"(?:vet|veit|vet jo|skjønner|forstår|tror|trur|fatter) (?:ikke|ikkje)|"
    r"ingen (?:andre|av oss|spurte|har spurt)|is not true|isn't true"
)
REJECTIONS: Final = _cues(
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
QUOTES: Final = _cues(
    r"påstå\w*|påstand\w*|hevd\w*|folk (?:tror|trur|sier|seier)|(?:de|dei) som (?:tror|trur|sier|seier)|"
    r"noen har skrevet at|nokon har skrive at|noen skriver at|fortsatt tror|claims? that|people (?:think|say)|"
    r"fikk høre at|høyrer folk seie"
)
ASKING: Final = _cues(
    r"(?:stemmer|stemme) det|er det (?:sant|riktig|rett|noe i|virkelig)|e det (?:sant|rett|nåkka)|"
    r"er dette (?:sant|riktig)|(?:noen|nokon|nån) som (?:vet|veit)|(?:vet|veit) (?:noen|nokon|nån|du|dere|de)|"
    r"lurer på|lurar på|is it true|does any(?:one|body) know|kan (?:noen|nokon) (?:si|fortelle|bekrefte|svare)|"
    r"usikker på|nokken som (?:vet|veit)|e det nåkka i det|vet ikke om|veit ikkje om|hva er riktig|i wonder"
)
QUESTION_WORD: Final = re.compile(
    r"(?:[^:]{1,60}:\s)?\W*(?:(?:men|og|så|hei|but|and|so)\W+)?(?:hva|kva|ka|når|hvor|kor|hvem|kven|kem|"
    r"hvilke\w*|kva for|hvordan|korleis|what|when|where|how|who|which)\b",
    re.I,
)
INVERTED: Final = re.compile(
    r"(?:[^:]{1,60}:\s)?\W*(?:(?:men|og|så|hei|but|and|so)\W+)?(?:er|e|har|blir|må|kan|skal|får|går|koster|"
    r"kostar|gjelder|gjeld|finnes|finst|fins|tar|tek|bruker|stenger|åpner|eier|is|are|does|do|did|has|have|"
    r"can|will|must)\s",
    re.I,
)
RHETORICAL: Final = _cues(
    r"(?:flere|fleire|noen andre|nokon andre|andre) (?:enn (?:meg|oss|eg)|som)|jo|virkelig at|did you know|"
    r"(?:vitsen|poenget) med|skal vi"
)
WHY: Final = re.compile(r"\W*(?:(?:men|og|så|but|and|so)\W+)?(?:hvorfor|kvifor|korfor|koffer|why)\b", re.I)
WISHES: Final = _cues(
    r"burde|bør|byrde|håper|håpar|håpe|skulle ønske|ønsker|ønskjer|hvis|dersom|viss|tenk om|hadde \w+ \w+ vært|"
    r"foreslår|foreslår å|forslag om|vil ha|krever|krev|kunne vært|should|i wish|if|hope|bare vent|sikkert|"
    r"til slutt|vedder på|spår|trenger|ville vært|hadde vært|hadde \w+ vore|kommer til å|kjem til å|kanskje|"
    r"frykter|fryktar"
)
PAST: Final = _cues(
    r"i fjor|i forfjor|før i tida|i gamle dager|tidligere år|forrige (?:år|uke|måned|gang)|den gang\w*|last year|"
    r"back then|i \d{2}-åra|på \d{2}-tallet|da jeg var|då eg var"
)
HEDGES: Final = _cues(
    r"så ?vidt|visstnok|angivelig|tror jeg|trur eg|hørte at|høyrde at|hører at|sier at|seier at|mener|meiner|"
    r"skal visst|visst"
)
AGREEMENT: Final = _cues(r"enig|einig|samd|nettopp|akkurat|helt riktig|så sant|støtter|agree")
NO: Final = _cues(r"nei|næ|nope|no(?=,)|feil|tull|tøv|vås|løgn|oppspinn|sludder")
CONDITIONS: Final = _cues(r"hvis|dersom|viss|om bare|tenk om|hadde det")
OTHER_TIMES: Final = _cues(r"nabokommun\w*|i fjor|last year|før|tidligere|tidlegare|da jeg|då eg|(?:19|20)\d\d")
OPINIONS: Final = _cues(r"synes|syns|synest|mener|meiner|burde|bør|skulle ønske|håper|håpar|ønsker|ønskjer")
ONLY: Final = _cues(r"bare|berre|kun|only|just")
EVERYBODY: Final = _cues(r"alle|all|everyone|hele|heile")
WHY_ANYWHERE: Final = _cues(r"hvorfor|kvifor|korfor|why|koffer")
QUESTION_WORDS: Final = _cues(
    r"hva|kva|ka|når|hvor|kor|hvem|kven|hvilke\w*|hvordan|korleis|what|when|where|how|who|which"
)

CUES: Final = {
    "rejects": REJECTIONS,
    "quotes": QUOTES,
    "asks": ASKING,
    "wishes": WISHES,
    "past": PAST,
    "negates": NEGATIONS,
    "negates nothing": NO_NEGATION,
    "rhetoric": RHETORICAL,
    "hedges": HEDGES,
    "agrees": AGREEMENT,
    "no": NO,
    "if": CONDITIONS,
    "other times": OTHER_TIMES,
    "opinion": OPINIONS,
    "only": ONLY,
    "everybody": EVERYBODY,
    "why": WHY_ANYWHERE,
    "question word": QUESTION_WORDS,
}
"""By the names that the model knows them by."""

_OPPOSITES: Final = (
    "gratis kostnadsfri vederlagsfri | betale koste avgift",
    "frivillig valgfri rådgivende tilråding anbefaling | påbudt tvinge nekte bindende plikt pålegge",
    "åpne | stenge",
    "åpne gjenåpne | legge nedlegge",
    "trygg ren frisk drikkelig | forurense farlig giftig koke skitten syk",
    "øke vekse | reduser synk kutte krympe minske",
    "lov tillate velkommen | forby bannlyse ulovlig nekte",
    "kommunal offentlig statlig | privat privatiser",
    "vedta innvilge godkjenne | avslå avvise underkjenne forkaste",
    "beholde bestå bevare fortsette overleve verne | legge nedlegge forsvinne fjerne rive avvikle skrinlegge",
    "bygge utvide oppføre | rive skrinlegge stanse",
    "doble | halvere",
    "alene | følge voksne",
    "starte begynne innføre | stoppe slutte avvikle avlyse oppheve",
    "midlertidig | permanent",
    "sommer | vinter",
    "digital elektronisk nettbasert | papir",
    "elektrisk batteri el | diesel bensin",
    "skriftlig | muntlig",
    "kjøpe | selge",
    "eie | leie",
    "offentlig åpen | hemmelig unntatt lukket gradert",
    "ansette bemannet | sparke oppsigelse ubetjent",
    "ferdig fullført | utsatt forsinket",
    "sammenslåing felles | skille splitte",
)
OPPOSITES: Final = tuple(
    pair
    for line in _OPPOSITES
    for left, right in [tuple(content(side) for side in line.split("|"))]
    for pair in ((left, right), (right, left))
)
"""Words that say the opposite of one another, folded, either way."""

_ALTERNATIVES: Final = (
    "kommune kommunen kommuna municipality, stat, fylke, politi, departement, regjering, direktorat, rektor, "
    "ordfører, forelder, huseier beboer, arbeidsgiver, privat firma selskap, nav, lege fastlege",
    "hverdag ukedag kvardag, helg lørdag søndag laurdag sundag, natt, sommer, vinter, høst haust, vår",
    "mandag måndag monday, tirsdag tysdag tuesday, onsdag wednesday, torsdag thursday, fredag friday, lørdag laurdag "
    "saturday, søndag sundag sunday",
    "barn, voksen, pensjonist eldre honnør, student, enslig, ansatt",
    "rådmann kommunedirektør, kommunestyret formannskapet, fylkesting, storting, tingrett domstol, folkeavstemning, "
    "styret, statsforvalter",
    "kommune kommunen kommuna municipality, stat, fylke, sykehus, eier, kjøper, selger, bruker kunde, søker, "
    "utbygger, nabo, leietaker",
    "skole, barnehage, sykehjem, bibliotek, svømmehall, idrettshall, kirke, rådhus, legevakt, brannstasjon, museum",
    "bil, buss, tog, ferje båt, sykkel, fly, trikk, gående fotgjenger",
    "øst, vest, nord, sør",
    "rød, grønn, blå, gul, hvit, svart",
    "hund, katt, hest, sau, storfe ku, ulv, bjørn, gaupe, elg, rein",
    "post brev, epost mail, telefon ring, nett skjema, oppmøte personlig",
    "bokmål, nynorsk, engelsk, samisk",
    "gress, kunstgress, grus, asfalt",
    "restavfall, matavfall, papir, plast, glass, farlig",
)
ALTERNATIVES: Final = tuple(
    {
        form: number
        for number, words in enumerate(line.split(","))
        for word in words.split()
        for form in (word, fold(word))
        if form
    }
    for line in _ALTERNATIVES
)
"""Words of which one excludes another of its line: who, when, for whom. Word to the number of its meaning."""


_WHO_AND_WHEN: Final = frozenset(word for line in ALTERNATIVES for word in line)
_REJECTED: Final = re.compile(r"(?:,| og| and| but) (?:ikke|ikkje|not) ([^,.;:!?]{2,60})", re.I)


def rejected(text: str) -> frozenset[str]:
    """What a text tells is not so, the first word of each: «kommunen, ikke staten», «the county and not the state»."""
    found = set()
    for m in _REJECTED.finditer(text):
        forms = ({fold(word), plain(word)} for word in WORD.findall(m[1]) if fold(word) or plain(word) in _WHO_AND_WHEN)
        found |= next(forms, set())
    return frozenset(found - {""})


def negation_ends(text: str) -> int | None:
    """Where a text's negation ends, «ikke rart», «stemmer ikke» and their like apart; two negations cancel."""
    hidden = NO_NEGATION.sub(lambda m: " " * len(m.group()), text)
    found = list(NEGATIONS.finditer(hidden))
    return found[0].end() if len(found) % 2 == 1 else None


def is_question(text: str) -> bool:
    """A real question, not one built on its premise («Hvorfor må …?») or a claim with a question mark."""
    if not text.rstrip(' "»)').endswith("?") or WHY.match(text) or RHETORICAL.search(text):
        return False
    return bool(QUESTION_WORD.match(text) or INVERTED.match(text)) or len(text.split()) <= 4
