"""Quantities in short Norwegian and English texts: what is measured, how much, and where it stands.

Amounts are normalised, so that «en halv time» and «30 min» compare as equal and «2,8 promille» as 0.28 per cent.
A quantity is a range: «over en time» is 60 minutes and up, «i april» every day of the month, «64 elever» one value.
"""

from __future__ import annotations

import math
import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import product
from typing import Final, Literal

MAX_TEXT: Final = 2_000
"""Characters that are read; a post's claim stands early, and time stays bounded."""

Comparison = Literal["same", "differs"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """An amount between `low` and `high` (inclusive, `math.inf` where open) at text[start:end].

    Units: `kroner`, `dollar`, `euro`, `percent`, `minutes` (durations), `clock` (minutes after midnight), `date`
    (month * 100 + day; a range that wraps runs over New Year), `year`, `age` (years), `km/h`, `m/s`, `metres`, `m2`,
    `kg`, `litres`, `degrees`, `decibel`, `kwh`, `every` (minutes between two times: «annenhver uke»), `count` (of
    `noun`), and `number` where nothing tells what is counted.
    """

    start: int
    end: int
    unit: str
    low: float
    high: float
    noun: str = ""
    per: float = 0.0
    """The period that the amount is for, in minutes («22 kroner timen»: 60); 0 where none is given."""
    year: int | None = None
    """Of a date, where the text or the post's time gives it."""
    relative: bool = False
    """A date told from the post's own time («i morgen»)."""


HOUR: Final = 60.0
DAY: Final = 24 * HOUR
WEEK: Final = 7 * DAY
MONTH: Final = 365.25 / 12 * DAY
YEAR: Final = 365.25 * DAY

_SMALL: Final = (
    ("null", "zero"),
    ("én", "éin", "éi", "ett", "one"),
    ("to", "two", "tvo"),
    ("tre", "three"),
    ("fire", "four"),
    ("fem", "five"),
    ("seks", "six"),
    ("sju", "syv", "seven"),
    ("åtte", "eight"),
    ("ni", "nine"),
    ("ti", "ten"),
    ("elleve", "eleven"),
    ("tolv", "twelve"),
    ("tretten", "thirteen"),
    ("fjorten", "fourteen"),
    ("femten", "fifteen"),
    ("seksten", "sixteen"),
    ("sytten", "søtten", "seventeen"),
    ("atten", "eighteen"),
    ("nitten", "nineteen"),
)
_TENS: Final = {
    20: ("tjue", "tyve", "tjuge", "twenty"),
    30: ("tretti", "tredve", "thirty"),
    40: ("førti", "forty"),
    50: ("femti", "fifty"),
    60: ("seksti", "sixty"),
    70: ("sytti", "søtti", "seventy"),
    80: ("åtti", "eighty"),
    90: ("nitti", "ninety"),
}


def _number_words() -> dict[str, float]:
    words = {word: float(value) for value, group in enumerate(_SMALL) for word in group}
    for (ten, tens), (unit, units) in product(_TENS.items(), enumerate(_SMALL[:10])):
        for tenth, one in product(tens, (*units, "en", "ein") if unit == 1 else units):
            words[tenth] = float(ten)
            if unit:
                words |= {f"{tenth}{one}": float(ten + unit), f"{one}og{tenth}": float(ten + unit)}
    return words | {"halvannen": 1.5, "halvanna": 1.5, "halvtanna": 1.5, "dusin": 12.0, "dozen": 12.0}


_NUMBERS: Final = _number_words()
_MULTIPLIERS: Final = {
    **dict.fromkeys(("hundre", "hundred"), 1e2),
    **dict.fromkeys(("tusen", "thousand", "k"), 1e3),
    **dict.fromkeys(("mill", "million", "millioner", "millionar", "millions", "mill.", "mnok"), 1e6),
    **dict.fromkeys(("mrd", "milliard", "milliarder", "milliardar", "billion", "mrd."), 1e9),
}
_ARTICLES: Final = ("en", "ein", "ei", "et", "eit", "e", "a", "an", "ett", "éin")
_HALVES: Final = ("halv", "halvt", "half", "halve")
_ALSO_ENGLISH: Final = ("to", "fire")
_ENGLISH: Final = re.compile(r"\b(?:the|is|are|was|and|of|it|you|they|we|this)\b", re.I)

_TOKEN: Final = re.compile(
    r"(?<!\d)\d{1,3}(?:[ .,\u00a0\u202f]\d{3})+(?:,\d{1,2})?(?!\d)"  # 15 000 | 15.000,50
    r"|(?<![\d/])[1-3]/[234](?=\s[a-zæøå])"
    r"|\d+(?:[.,]\d+)?"
    r"|[^\W\d_]+|[½¼¾]"
)
_FRACTIONS: Final = {"½": 0.5, "¼": 0.25, "¾": 0.75}

_MONTH_NAMES: Final = (
    "januar|january|jan",
    "februar|february|feb",
    "mars|march|mar",
    "april|apr",
    "mai|may",
    "juni|june|jun",
    "juli|july|jul",
    "august|aug",
    "september|sept|sep",
    "oktober|october|okt|oct",
    "november|nov",
    "desember|december|des|dec",
)
_MONTHS: Final = {name: number for number, names in enumerate(_MONTH_NAMES, 1) for name in names.split("|")}
_MONTH_WORD: Final = "|".join(_MONTH_NAMES)
_FULL_MONTH: Final = "januar|februar|mars|april|mai|juni|juli|august|september|oktober|november|desember"
_ENGLISH_MONTH: Final = "january|february|march|april|may|june|july|august|september|october|november|december"
_ORDINALS: Final = {
    name: day
    for day, names in enumerate(
        (
            "første|fyrste|first",
            "andre|second",
            "tredje|third",
            "fjerde|fourth",
            "femte|fifth",
            "sjette|sixth",
            "sjuende|syvende|sjuande|seventh",
            "åttende|åttande|eighth",
            "niende|niande|ninth",
            "tiende|tiande|tenth",
            "ellevte|eleventh",
            "tolvte|twelfth",
            "trettende|trettande",
            "fjortende|fjortande",
            "femtende|femtande|fifteenth",
            "sekstende|sekstande",
            "syttende|syttande",
            "attende|attande",
            "nittende|nittande",
            "tjuende|tjuande|tyvende|twentieth",
        ),
        1,
    )
    for name in names.split("|")
}
_DAY_WORD: Final = rf"\d{{1,2}}|{'|'.join(_ORDINALS)}"

_DIGIT: Final = re.compile(r"\d")
_MONTH_HINT: Final = re.compile("jan|feb|ma[ri]|apr|may|ju[nl]|aug|sep|o[kc]t|nov|de[sc]", re.I)
"""Saves most texts the patterns with months."""
_ISO: Final = re.compile(r"(?<!\d)(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})(?!\d)")
_DAY_MONTH: Final = re.compile(
    rf"\b(?:(?P<first>\d{{1,2}})\.?\s?(?:[-–]|til|og)\s?)?(?P<day>{_DAY_WORD})(?:\.|st|nd|rd|th)?\s?(?:of\s)?"
    rf"(?P<month>{_MONTH_WORD})\b\.?(?:,?\s(?P<year>(?:19|20)\d\d)\b)?",
    re.I,
)
_MONTH_DAY: Final = re.compile(
    rf"\b(?P<month>{_ENGLISH_MONTH})\s(?P<day>\d{{1,2}})(?:st|nd|rd|th|\b)(?:,?\s(?P<year>(?:19|20)\d\d)\b)?", re.I
)
_NUMERIC: Final = re.compile(
    r"(?<![\d.,/-])(?P<day>\d{1,2})(?P<sep>[./])\s?(?P<month>\d{1,2})(?:[./-]\s?(?P<year>(?:19|20)?\d\d))?\.?(?![\d/%‰])"
)
_AFTER_DECIMAL: Final = re.compile(
    r"\s?(?:%|prosent|promille|kr|mill|mrd|m/s|km|meter|grader|timer?|timar|år|del|liter)", re.I
)
_DATE_CUE: Final = re.compile(r"\b(?:den|fra|frå|til|innen|innan|før|etter|frist\w*|dato|by|until)\s$", re.I)
_PART_OF_MONTH: Final = re.compile(
    r"\b(?P<part>utgangen|slutten|end|starten|begynnelsen|byrjinga|beginning|midten|medio|ultimo|primo)\s(?:av |of )?"
    rf"(?P<month>{_FULL_MONTH}|{_ENGLISH_MONTH})\b(?:\s(?P<year>(?:19|20)\d\d)\b)?",
    re.I,
)
_MONTH_ALONE: Final = re.compile(
    rf"\b(?:(?:i|til|fra|frå|før|innen|etter|in|by|until|since)\s)(?P<month>{_FULL_MONTH}|{_ENGLISH_MONTH})\b"
    r"(?:\s(?P<year>(?:19|20)\d\d)\b)?",
    re.I,
)
_PARTS: Final = {
    **dict.fromkeys(("utgangen", "slutten", "end", "ultimo"), (24, 31)),
    **dict.fromkeys(("starten", "begynnelsen", "byrjinga", "beginning", "primo"), (1, 8)),
    **dict.fromkeys(("midten", "medio"), (11, 20)),
}
_SEASONS: Final = (
    (re.compile(r"\b(?:julaften|juleaften|christmas eve)\b", re.I), 1224, 1224),
    (re.compile(r"\bnyttårsaften\b", re.I), 1231, 1231),
    (
        re.compile(r"\b(?:før|til|i|etter|over|innen|by|until|before|after|at)\s(?:jul|jula|christmas)\b", re.I),
        1220,
        1231,
    ),
    (re.compile(r"\b(?:nyttår|nytt ?år|nyttårsskiftet|new year)\b", re.I), 1231, 101),
    (re.compile(r"\b(?:påske|påska|påsken|easter)\b", re.I), 320, 425),
    (re.compile(r"\b(?:sommeren|sommaren|sommerferien|sommarferien|the summer|til sommers)\b", re.I), 601, 831),
    (re.compile(r"\b(?:høsten|hausten|the autumn|til høsten)\b", re.I), 901, 1130),
    (re.compile(r"\b(?:vinteren|the winter)\b", re.I), 1201, 229),
    (re.compile(r"\b(?:våren|the spring)\b", re.I), 301, 531),
)
_DAYS_AWAY: Final = (
    (re.compile(r"\b(?:i ?overmorgen|i ?overmorra|i ?overmorgon|day after tomorrow)\b", re.I), 2),
    (re.compile(r"\b(?:i forgårs|i førgår|day before yesterday)\b", re.I), -2),
    (re.compile(r"\b(?:i ?morgen|i ?morra|i ?morgon|tomorrow)\b(?! tidlig)", re.I), 1),
    (re.compile(r"\b(?:i ?går|yesterday)\b", re.I), -1),
    (re.compile(r"\b(?:i ?dag|i ?kveld|today|tonight)\b", re.I), 0),
)
_WEEKDAY: Final = re.compile(
    r"\b(?:(?P<which>på|til|neste|sist|siste|forrige|førre|kommende|on|by|next|last)\s)"
    r"(?P<day>mandag|måndag|monday|tirsdag|tysdag|tuesday|onsdag|wednesday|torsdag|thursday|fredag|friday"
    r"|lørdag|laurdag|saturday|søndag|sundag|sunday)\b",
    re.I,
)
_WEEKDAYS: Final = {
    name: number
    for number, names in enumerate(
        (
            "mandag måndag monday",
            "tirsdag tysdag tuesday",
            "onsdag wednesday",
            "torsdag thursday",
            "fredag friday",
            "lørdag laurdag saturday",
            "søndag sundag sunday",
        )
    )
    for name in names.split()
}

_CLOCK: Final = re.compile(
    r"\b(?:klokk(?:a|en|o)|kl\.?|at(?=\s))\s?(?P<half>halv\s)?(?P<hour>\d{1,2}|[^\W\d_]{2,9})(?:[.:](?P<minute>[0-5]\d))?"
    r"(?:\s?(?P<half_day>am|pm|a\.m\.|p\.m\.))?(?!\s?(?:km|kr|%|m/s|\d))"
    r"|(?<![\d.,:])(?P<hour2>[01]?\d|2[0-4]):(?P<minute2>[0-5]\d)(?![\d:])"
    r"|(?<![\d.,:])(?P<hour3>\d{1,2})\s?(?P<half_day3>am|pm)\b",
    re.I,
)
_PERIOD: Final = (
    (r"time|timen|timer?|hour|hr|t\b", HOUR),
    (r"dag|dagen|døgn|døgnet|day", DAY),
    (r"uke|uka|uken|veke|veka|vekå|week", WEEK),
    (r"måned|måneden|månad|månaden|måned\w*|mnd|month", MONTH),
    (r"år|året|year", YEAR),
)
_PER: Final = re.compile(
    r"\s?(?:(?:i|per|pr\.?|for|kvar|hver|a|an|/|om|every|each)\s?)?(?:"
    + "|".join(f"(?P<p{number}>{words})" for number, (words, _) in enumerate(_PERIOD))
    + r")\b",
    re.I,
)
_UNITS: Final = (
    (r",[-–]|kroner|kronar|kronå|kroners|norske kroner|kr\b|nok\b|crowns?", "kroner", 1.0),
    (r"øre\b", "kroner", 0.01),
    (r"tusenlapp(?:er|ar|en)?\b", "kroner", 1000.0),
    (r"hundrelapp(?:er|ar|en)?\b", "kroner", 100.0),
    (r"dollars?|usd|\$", "dollar", 1.0),
    (r"euro|eur|€", "euro", 1.0),
    (r"%|prosentpoeng|prosents?|pst\b|percent|per ?cent", "percent", 1.0),
    (r"promille|‰", "percent", 0.1),
    (r"km/t|km/h|kmt|kph|km i timen|kilometer i timen|-?\s?sone[nar]?\b|-?\s?zone\b", "km/h", 1.0),
    (r"m/s|meter i sekundet|meter per sekund|metres per second|sekundmeter", "m/s", 1.0),
    (r"[- ]?års?[- ](?:gammel|gamle|gamal)\w*|[- ]?åringe?[rnae]*|[- ]?åringar\w*|[- ]years?[- ]olds?", "age", 1.0),
    (r"halvtime\w*", "minutes", 30.0),
    (r"halvår\w*", "minutes", YEAR / 2),
    (r"sekund\w*|sek\b|seconds?", "minutes", 1 / 60),
    (r"minutt\w*|min\b|minutes?", "minutes", 1.0),
    (r"timer?s?\b|timar|timane|timene|hours?|hrs?\b", "minutes", HOUR),
    (r"kvarter\w*", "minutes", 15.0),
    (r"dagers?|dagar|dags?\b|døgn|days?", "minutes", DAY),
    (r"uke[rs]?\b|ukers|uka\b|veke[rs]?\b|vekor|weeks?", "minutes", WEEK),
    (r"måneders?|måneds?\b|månaders?|månads?\b|mnd|months?", "minutes", MONTH),
    (r"års?\b|years?", "minutes", YEAR),
    (r"kilometer|km\b|kilometres?", "metres", 1000.0),
    (r"mil\b", "metres", 10_000.0),
    (r"kvadratmeter|kvm\b|m2\b|m²", "m2", 1.0),
    (r"mål\b|dekar\b", "m2", 1000.0),
    (r"meter\b|m\b|metres?", "metres", 1.0),
    (r"tonn\b|tonnes?", "kg", 1000.0),
    (r"kilo\b|kg\b", "kg", 1.0),
    (r"liter\b|litres?", "litres", 1.0),
    (r"grader\b|°|degrees", "degrees", 1.0),
    (r"desibel|db\b", "decibel", 1.0),
    (r"kwh\b|kilowattimer", "kwh", 1.0),
    (r"gwh\b|gigawattimer", "kwh", 1e6),
)
_UNIT: Final = re.compile(
    r"[\s\u00a0\u202f]?(?:" + "|".join(f"(?P<u{number}>{words})" for number, (words, _, _) in enumerate(_UNITS)) + ")",
    re.I,
)
_UNITS_BEFORE: Final = (
    (re.compile(r"(?:\bkr\.?|\bnok|\bkroner)\s?$", re.I), "kroner"),
    (re.compile(r"(?:\$|\busd)\s?$", re.I), "dollar"),
    (re.compile(r"(?:€|\beur)\s?$", re.I), "euro"),
    (re.compile(r"\b(?:fylt|fylte|fyller|turned|aged)\s$", re.I), "age"),
)
"""What stands before an amount and tells its unit."""
_AGE_LIMIT: Final = re.compile(r"\b(?:over|under|fra|frå|fylt|til|minst|yngre enn|eldre enn)\s$", re.I)
_NAME_BEFORE: Final = re.compile(
    r"(?:\b(?:fv|rv|ev|nr|nummer|rute|ruta|linje|buss|fylkesvei|fylkesveg|riksvei|riksveg|europavei|side|punkt|kapittel"
    r"|vedlegg|sak|avdeling|route|bus|line|no|covid|paragraf|etasje|kanal|trinn|tlf|telefon|ring)\.?[\s-]?|[§#@/_&]\s?)$",
    re.I,
)
_NOT_BEFORE: Final = re.compile(r"[^\W\d_]$")

_MORE: Final = re.compile(
    r"\b(?:over|mer enn|meir enn|fler enn|flere enn|fleire enn|minst|more than|at least)\s(?:kr\.?\s)?$",
    re.I,
)
_LESS: Final = re.compile(
    r"\b(?:under|mindre enn|færre enn|less than|fewer than|maks|maksimalt|høyst|høgst|inntil|opptil|opp til|up to"
    r"|at most|knapt|barely|inntil)\s(?:kr\.?\s)?$",
    re.I,
)
_ABOUT: Final = re.compile(
    r"(?:\b(?:ca\.?|cirka|omtrent|rundt|omlag|om lag|omkring|nesten|about|around|nærmere|nærare|bortimot|snaut|almost"
    r"|nearly|opp mot|sånn|kring)\s|~\s?)(?:kr\.?\s)?$",
    re.I,
)
_SEVERAL: Final = re.compile(r"\b(?:flere|fleire|several|mange|many)\s$", re.I)
_JOIN: Final = re.compile(r"\s?[-–]\s?|\s(?:til|to|eller|or)\s")
_BETWEEN: Final = re.compile(r"\b(?:mellom|between)\s$", re.I)
_FROM: Final = re.compile(r"\b(?:fra|frå|from)\s(?:kr\.?\s)?$", re.I)
_ORDINAL_DOT: Final = re.compile(r"\.(?=[-–\s]*[a-zæøå])")
_FREE: Final = re.compile(
    r"(?<!ikke )(?<!ikkje )(?<!ingen )(?<!not )\b(?:gratis|kostnadsfri\w*|free of charge|for free)\b", re.I
)
_SHARES: Final = (
    (re.compile(r"\b(?:halv pris|halve prisen|half price|halvparten|hel[fv]ta|half the price|half of)\b", re.I), 50.0),
    (re.compile(r"\b(?:full pris|fullpris|full price|samme pris|same pris)\b", re.I), 100.0),
    (re.compile(r"\b(?:dobl(?:es|a|et|ast|er)|doblar|fordobl\w*|doubl(?:ed|es|ing|e))\b", re.I), 100.0),
)
_EVERY: Final = re.compile(
    r"\b(?:(?P<other>annenhver|annankvar|anna kvart?|every other|every second)|hver|kvar|hvert|kvart|every|each)\s"
    r"(?:einaste |eneste )?(?:(?P<nth>\d{1,2}\.|[^\W\d_]{4,9})\s)?"
    r"(?P<period>uke|veke|week|dag|day|måned|månad|month|time|hour|minutt|minute)\b",
    re.I,
)
_EVERY_PERIOD: Final = {
    **dict.fromkeys(("uke", "veke", "week"), WEEK),
    **dict.fromkeys(("dag", "day"), DAY),
    **dict.fromkeys(("måned", "månad", "month"), MONTH),
    **dict.fromkeys(("time", "hour"), HOUR),
    **dict.fromkeys(("minutt", "minute"), 1.0),
}
_WINDS: Final = (
    (re.compile(r"\bliten kuling\b", re.I), 10.8, 13.8),
    (re.compile(r"\bstiv kuling\b", re.I), 13.9, 17.1),
    (re.compile(r"\bsterk kuling\b", re.I), 17.2, 20.7),
    (re.compile(r"\bliten storm\b", re.I), 20.8, 24.4),
    (re.compile(r"\bfull storm\b", re.I), 24.5, 28.4),
)
_WORD: Final = re.compile(r"[\s-]?([^\W\d_]+)")
_NO_NOUN_WORDS: Final = """
i på av til for fra frå og eller men som er var blir vart ble bli med ved om ikke ikkje nå no da då det den de dei eg
jeg vi du dere dokker han hun ho hu så at hvis dersom når der her under over etter før per pr enn mot uten utan hver
kvar gjennom mens medan forbi siden sidan hele heile allerede bare berre jo vel også òg faktisk helt heilt sier seier
folkens takk altså kanskje in on of to from and or but as is was be with by if the a an it not now then that this you
they we too only just
"""
_NO_NOUN: Final = frozenset(_NO_NOUN_WORDS.split())
_ADJECTIVE: Final = re.compile(
    r"(?:ige|iske|ske|ede|lege|nye|små|store|gamle|andre|eldre|unge|private|faste|new|more|flere|fleire)$"
)
_ENDINGS: Final = ("ene", "ane", "er", "ar", "en", "et", "s", "e", "a", "r")
_SAME_NOUNS: Final = (
    "elev barn unge ung born bån pupil student kid child children skolebarn førsteklassing",
    "turbin vindturbin vindmøll møll mølle turbine windmill",
    "plass sykehjemsplass sjukeheimsplass seng rom place bed spot space plassar",
    "person menneske folk stk people innbygger pasient søker",
    "leg lege fastleg fastlege doctor doktor gp",
    "ansatt tilsett årsverk stilling employee staff",
    "bolig bustad leilighet leilegheit hus home house apartment flat",
)
_NOUN_GROUP: Final = {word: number for number, words in enumerate(_SAME_NOUNS) for word in words.split()}


def quantities(text: str, at: datetime | None = None) -> list[Quantity]:
    """The quantities of a text's first 2,000 characters in order, none overlapping another.

    `at` is the post's own time: without it, dates told from it («i morgen», «på fredag») are left out.
    """
    text = text[:MAX_TEXT]
    found: list[Quantity] = []
    for finder in (_dates(text), _relative_dates(text, at), _clock_times(text), _named(text), _numbers(text, at)):
        for quantity in finder:
            if all(quantity.end <= other.start or quantity.start >= other.end for other in found):
                found.append(quantity)
    return sorted(found, key=lambda quantity: quantity.start)


def compare(a: Quantity, b: Quantity) -> Comparison | None:
    """Whether two quantities agree; None where they measure different things."""
    if {a.unit, b.unit} == {"age", "minutes"}:
        a, b = (_as_age(q) if q.unit == "minutes" else q for q in (a, b))
    if "number" in (a.unit, b.unit):
        return _overlap(*_bare(a, b))
    if a.unit != b.unit or (a.unit == "count" and not same_noun(a.noun, b.noun)):
        return None
    if a.unit == "date" and a.year and b.year and a.year != b.year:
        return "differs"
    if a.per and b.per and a.per != b.per:
        a, b = (replace(q, low=q.low / q.per, high=q.high / q.per) for q in (a, b))
    return _overlap(a, b)


def same_noun(a: str, b: str) -> bool:
    """Whether two counted nouns name the same things: «elever» and «elevar», «vindturbiner» and «turbiner»."""
    if not a or not b:
        return True
    if a == b or (min(len(a), len(b)) > 3 and (a.endswith(b) or b.endswith(a))):
        return True
    return a in _NOUN_GROUP and _NOUN_GROUP[a] == _NOUN_GROUP.get(b)


def _overlap(a: Quantity, b: Quantity) -> Comparison:
    if a.unit == "date":
        meets = any(x[0] <= y[1] and y[0] <= x[1] for x, y in product(_days(a), _days(b)))
        return "same" if meets else "differs"
    if a.unit == b.unit == "clock" and (a.low % 720) == (b.low % 720):
        return "same"
    if a.low == b.low == 0 < min(a.high, b.high) or a.high == b.high == math.inf:
        return "same" if (a.low, a.high) == (b.low, b.high) else "differs"
    slack = 0.1 if a.unit == "minutes" else 0.005
    return "same" if a.low <= b.high * (1 + slack) and b.low <= a.high * (1 + slack) else "differs"


def _days(quantity: Quantity) -> tuple[tuple[float, float], ...]:
    """A date's stretches within the year; one that wraps over New Year has two."""
    if quantity.low <= quantity.high:
        return ((quantity.low, quantity.high),)
    return ((quantity.low, 1231), (101, quantity.high))


def _bare(a: Quantity, b: Quantity) -> tuple[Quantity, Quantity]:
    """Reads a bare number beside a clock time as the hour: «åpent til 16»."""
    if a.unit == "number" and b.unit == "clock":
        return replace(a, unit="clock", low=a.low * 60, high=a.high * 60), b
    if b.unit == "number" and a.unit == "clock":
        return a, replace(b, unit="clock", low=b.low * 60, high=b.high * 60)
    return a, b


def _as_age(quantity: Quantity) -> Quantity:
    return replace(quantity, unit="age", low=quantity.low / YEAR, high=quantity.high / YEAR)


def _day(month: int, day: int, year: int | None) -> float | None:
    if not (1 <= month <= 12 and 1 <= day <= monthrange(year or 2024, month)[1]):
        return None
    return month * 100.0 + day


def _full_year(digits: str | None) -> int | None:
    if not digits:
        return None
    return int(digits) if len(digits) == 4 else 2000 + int(digits) if int(digits) < 70 else 1900 + int(digits)


def _dates(text: str) -> Iterator[Quantity]:
    if _DIGIT.search(text):
        yield from _numeric_dates(text)
    if _MONTH_HINT.search(text):
        yield from _month_dates(text)
    for pattern, low, high in _SEASONS:
        for m in pattern.finditer(text):
            yield Quantity(m.start(), m.end(), "date", low, high)


def _numeric_dates(text: str) -> Iterator[Quantity]:
    for m in _ISO.finditer(text):
        yield from _dated(m, int(m["month"]), m["day"])
    for m in _NUMERIC.finditer(text):
        if not _looks_like_fraction(m, text):
            yield from _dated(m, int(m["month"]), m["day"])


def _month_dates(text: str) -> Iterator[Quantity]:
    for pattern in (_DAY_MONTH, _MONTH_DAY):
        for m in pattern.finditer(text):
            month = _MONTHS[m["month"].lower()]
            first = m.groupdict().get("first")
            low = _day(month, int(first), None) if first else None
            high = _day(month, _day_number(m["day"]), None)
            if low and high and low < high:
                yield Quantity(m.start(), m.end(), "date", low, high, year=_full_year(m["year"]))
            else:
                yield from _dated(m, month, m["day"])
    for m in _PART_OF_MONTH.finditer(text):
        days = _PARTS[m["part"].lower()]
        yield _within(m, m.start(), *days)
    for m in _MONTH_ALONE.finditer(text):
        yield _within(m, m.start("month"), 1, 31)


def _within(m: re.Match[str], start: int, first_day: int, last_day: int) -> Quantity:
    month = _MONTHS[m["month"].lower()] * 100
    return Quantity(start, m.end(), "date", month + first_day, month + last_day, year=_full_year(m["year"]))


def _dated(m: re.Match[str], month: int, day: str) -> Iterator[Quantity]:
    year = _full_year(m["year"])
    value = _day(month, _day_number(day), year)
    if value is not None:
        yield Quantity(m.start(), m.end(), "date", value, value, year=year)


def _day_number(day: str) -> int:
    return _ORDINALS[day.lower()] if day.lower() in _ORDINALS else int(day)


def _looks_like_fraction(m: re.Match[str], text: str) -> bool:
    """«1/2 time», «2.5 prosent», «kl. 8.30» and «9.5» are no dates; «1.5.», «01.05» and «20/9» are."""
    if m["year"]:
        return False
    if re.search(r"(?:kl\.?|klokk\w+)\s?$", text[max(0, m.start() - 9) : m.start()], re.I):
        return True
    if m["sep"] == "/":
        return m.group() in ("1/2", "1/3", "2/3", "1/4", "3/4") or bool(_AFTER_DECIMAL.match(text, m.end()))
    sure = m.group().endswith(".") or int(m["day"]) > 9 or m["day"][0] == "0" or _DATE_CUE.search(text[: m.start()])
    return bool(_AFTER_DECIMAL.match(text, m.end())) or not sure


def _relative_dates(text: str, at: datetime | None) -> Iterator[Quantity]:
    if at is None:
        return
    today = at.date()
    for pattern, days in _DAYS_AWAY:
        for m in pattern.finditer(text):
            yield _told(m.start(), m.end(), today + timedelta(days=days))
    for m in _WEEKDAY.finditer(text):
        if m["which"].lower() == "til" and text[: m.start()].lower().endswith(("dag ", "dager ", "dagar ")):
            continue  # «mandag til torsdag» is no date
        ahead = (_WEEKDAYS[m["day"].lower()] - today.weekday()) % 7 or 7
        if m["which"].lower() in ("sist", "siste", "forrige", "førre", "last"):
            ahead -= 7 if ahead < 7 else 14
        yield _told(m.start(), m.end(), today + timedelta(days=ahead))


def _told(start: int, end: int, day: date) -> Quantity:
    value = day.month * 100.0 + day.day
    return Quantity(start, end, "date", value, value, year=day.year, relative=True)


def _clock_times(text: str) -> Iterator[Quantity]:
    for m in _CLOCK.finditer(text):
        word = (m["hour"] or m["hour2"] or m["hour3"]).lower()
        hour = float(word) if word.isdecimal() else _NUMBERS.get(word)
        if hour is None or hour > 24:
            continue
        afternoon = (m["half_day"] or m["half_day3"] or "").lower().startswith("p") and hour < 12
        minutes = (
            hour * 60 + int(m["minute"] or m["minute2"] or 0) + (720 if afternoon else 0) - (30 if m["half"] else 0)
        )
        yield Quantity(m.start(), m.end(), "clock", minutes, minutes)


def _named(text: str) -> Iterator[Quantity]:
    """Amounts that are told without a number: «gratis», «halv pris», «dobles», «liten kuling»."""
    for m in _FREE.finditer(text):
        yield Quantity(m.start(), m.end(), "kroner", 0.0, 0.0, noun="gratis")
    for pattern, percent in _SHARES:
        for m in pattern.finditer(text):
            yield Quantity(m.start(), m.end(), "percent", percent, percent)
    for m in _EVERY.finditer(text):
        if times := _times(m):
            between = times * _EVERY_PERIOD[m["period"].lower()]
            yield Quantity(m.start(), m.end(), "every", between, between)
    for pattern, low, high in _WINDS:
        for m in pattern.finditer(text):
            yield Quantity(m.start(), m.end(), "m/s", low, high)


def _times(m: re.Match[str]) -> float | None:
    """«annenhver»: 2, «hver fjerde»: 4, «hver»: 1; None for «hver eneste god dag»."""
    if m["other"]:
        return 2.0
    nth = (m["nth"] or "1.").lower()
    return float(nth[:-1]) if nth[0].isdecimal() else _ORDINALS.get(nth)


@dataclass(frozen=True, slots=True)
class _Number:
    start: int
    end: int
    value: float
    article: bool = False
    """Written «en» or «a», which counts only before a unit of measure."""


def _numbers(text: str, at: datetime | None) -> Iterator[Quantity]:
    numbers = list(_plain_numbers(text))
    skip = False
    for index, number in enumerate(numbers):
        if skip:
            skip = False
            continue
        following = numbers[index + 1] if index + 1 < len(numbers) else None
        joined = following is not None and not number.article and _joins(text, number, following)
        last = following if joined and following else number
        quantity = _measured(text, number, last, at)
        if quantity is not None:
            skip = joined
            yield quantity


def _joins(text: str, first: _Number, second: _Number) -> bool:
    """«10–15», «10 til 15», «mellom 20 og 30»; «fra 22 til 40» is a change and stays two."""
    between = text[first.end : second.start]
    before = text[max(0, first.start - 12) : first.start]
    if first.value >= second.value or second.article:
        return False
    if _BETWEEN.search(before):
        return between.strip().lower() in ("og", "and")
    return bool(_JOIN.fullmatch(between)) and not _FROM.search(before)


def _plain_numbers(text: str) -> Iterator[_Number]:
    tokens = list(_TOKEN.finditer(text))
    norwegian = not _ENGLISH.search(text)
    index = 0
    while index < len(tokens):
        number, used = _read(text, tokens, index, norwegian)
        if number is not None:
            yield number
        index += used


def _read(text: str, tokens: list[re.Match[str]], index: int, norwegian: bool) -> tuple[_Number | None, int]:
    """The number that begins at a token, and the tokens it takes (at least one)."""
    first = tokens[index]
    word = first.group().lower()
    if word[0].isdecimal():
        total, current, used = 0.0, _digits(word), 1
    elif word in _FRACTIONS:
        return _Number(first.start(), first.end(), _FRACTIONS[word]), 1
    elif word in _NUMBERS and (norwegian or word not in _ALSO_ENGLISH):
        total, current, used = 0.0, _NUMBERS[word], 1
    elif word in _MULTIPLIERS and word not in ("k", "mill", "mrd"):
        total, current, used = 0.0, 1.0, 0
    elif word in _ARTICLES or word in _HALVES:
        return _article(tokens, index)
    else:
        return None, 1
    while index + used < len(tokens):
        token = tokens[index + used]
        gap = text[tokens[index + used - 1].end() : token.start()] if used else ""
        word = token.group().lower()
        if used == 1 and gap in ("-", " ") and current in _TENS and 0 < _NUMBERS.get(word, 0.0) < 10:
            current, used = current + _NUMBERS[word], 2
            continue
        if gap.strip() or len(gap) > 1:
            break
        if word in _MULTIPLIERS and (word != "k" or not gap):
            factor = _MULTIPLIERS[word]
            total, current = (total, current * factor) if factor == 100 else (total + (current or 1.0) * factor, 0.0)
            used += 1
        elif word in _FRACTIONS:
            current += _FRACTIONS[word]
            used += 1
        elif _continues(tokens, index + used, total + current):
            used += 1
        elif (total or current >= 100 or text[token.start() - 3 : token.start()] == "og ") and word in _NUMBERS:
            current += _NUMBERS[word]
            used += 1
        else:
            break
    last = tokens[index + max(used, 1) - 1]
    end = last.end() + (last.group().lower() in ("mill", "mrd") and text[last.end() : last.end() + 2] == ". ")
    return _Number(first.start(), end, total + current), max(used, 1)


def _continues(tokens: list[re.Match[str]], index: int, value: float) -> bool:
    """«to hundre og femti», «fem og tjue»: an «og» that belongs to the number."""
    if tokens[index].group().lower() not in ("og", "and") or index + 1 >= len(tokens):
        return False
    following = _NUMBERS.get(tokens[index + 1].group().lower())
    return following is not None and (value >= 100 or (value < 10 and following in _TENS))


def _article(tokens: list[re.Match[str]], index: int) -> tuple[_Number | None, int]:
    """«en time», «en halv time», «halv time», «et halvt tusen», «et par dager»."""
    words = [token.group().lower() for token in tokens[index : index + 3]]
    value, used = 1.0, 1
    if words[0] in _HALVES:
        value = 0.5
    elif len(words) > 1 and words[1] in _HALVES:
        value, used = 0.5, 2
    elif len(words) > 1 and words[1] in ("par", "couple"):
        value, used = 2.0, 2
    if used < len(words) and words[used] in _MULTIPLIERS and words[used] not in ("k", "mill", "mrd"):
        value, used = value * _MULTIPLIERS[words[used]], used + 1
        return _Number(tokens[index].start(), tokens[index + used - 1].end(), value), used
    return _Number(tokens[index].start(), tokens[index + used - 1].end(), value, article=True), used


def _digits(written: str) -> float:
    grouped = re.fullmatch(r"(\d{1,3}(?:[ .,\u00a0\u202f]\d{3})+)(?:,(\d{1,2}))?", written)
    if grouped:
        return float(re.sub(r"\D", "", grouped[1]) + "." + (grouped[2] or "0"))
    if "/" in written:
        return int(written[0]) / int(written[2])
    return float(written[:30].replace(",", "."))


def _measured(text: str, first: _Number, last: _Number, at: datetime | None) -> Quantity | None:
    before = text[max(0, first.start - 26) : first.start]
    told = next((unit for pattern, unit in _UNITS_BEFORE if pattern.search(before)), "")
    if (not told and _NOT_BEFORE.search(before)) or _NAME_BEFORE.search(before):
        return None
    unit, factor, end = _unit_after(text, last.end)
    if unit == "number" and (first.article or _ORDINAL_DOT.match(text, last.end)):
        return None
    if unit == "number" and told:
        unit = told
    if unit == "minutes" and factor == YEAR and first.value >= 10 and _AGE_LIMIT.search(before):
        unit, factor = "age", 1.0
    low, high = _bounds(before, text[last.end : last.end + 1], first.value, last.value)
    if unit == "number":
        if 1900 <= first.value < 2100 and first == last and len(text[first.start : first.end]) == 4:
            return Quantity(first.start, end, "year", first.value, first.value)
        noun, end = _noun_after(text, last.end)
        return Quantity(first.start, end, "count" if noun else "number", low, high, noun=noun)
    per, end = _per_after(text, end) if unit in ("kroner", "minutes", "percent") else (0.0, end)
    quantity = Quantity(first.start, end, unit, low * factor, high * factor, per=per)
    return _from_now(quantity, before, text, at) if unit == "minutes" and at is not None else quantity


def _unit_after(text: str, position: int) -> tuple[str, float, int]:
    m = _UNIT.match(text, position)
    if m is None or (m.end() < len(text) and m.group()[-1].isalpha() and text[m.end()].isalpha()):
        return "number", 1.0, position
    _, unit, factor = _UNITS[int((m.lastgroup or "u0")[1:])]
    return unit, factor, m.end()


def _per_after(text: str, position: int) -> tuple[float, int]:
    m = _PER.match(text, position)
    if m is None:
        return 0.0, position
    return _PERIOD[int((m.lastgroup or "p0")[1:])][1], m.end()


def _bounds(before: str, after: str, low: float, high: float) -> tuple[float, float]:
    if _MORE.search(before) or after == "+":
        return low, math.inf
    if _LESS.search(before):
        return 0.0, high
    if _ABOUT.search(before):
        return low * 0.85, high * 1.15
    if _SEVERAL.search(before):
        return low * 2, low * 9
    return low, high


def _noun_after(text: str, position: int) -> tuple[str, int]:
    """The stem of the noun that a number counts, and where it ends; adjectives before it are passed over."""
    words = []
    for _ in range(3):
        m = _WORD.match(text, position)
        if m is None or m[1].lower() in _NO_NOUN:
            break
        words.append(m)
        position = m.end()
        if not _ADJECTIVE.search(m[1].lower()):
            break
    return (stem(words[-1][1]), words[-1].end()) if words else ("", position)


def stem(word: str) -> str:
    """A word without its inflection, in both forms of Norwegian: «elever», «elevar», «elevane» → «elev»."""
    word = word.lower()
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


def _from_now(quantity: Quantity, before: str, text: str, at: datetime) -> Quantity:
    """«om to uker» and «for tre dager siden» are dates; «tok to uker» stays a duration."""
    if quantity.low < DAY or quantity.high > 2 * YEAR:
        return quantity
    days = timedelta(minutes=quantity.low)
    if re.search(r"\b(?:om|in)\s$", before, re.I):
        return _told(quantity.start, quantity.end, (at + days).date())
    if re.match(r"\s(?:siden|sidan|ago)\b", text[quantity.end : quantity.end + 8], re.I):
        return _told(quantity.start, quantity.end, (at - days).date())
    return quantity
