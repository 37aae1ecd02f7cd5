"""The words of facts and posts, brought together over bokmål, nynorsk, some dialect and everyday English."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from models.quantities import stem

_STOP_WORDS: Final = """
i på av til for fra og eller men som er var blir ble bli blitt med ved om ikke ingen aldri nå da det den de jeg vi du
dere han hun så at hvis når der her under over etter før per enn mot har hadde ha skal skulle kan kunne må måtte vil
ville får fikk få gjør også bare jo vel man en ei et hele all alle alt sin sitt sine seg selv oss meg deg dem min mitt
mine vår våre noe noen hva hvem hvor hvorfor hvordan mer mest mye mange igjen the a an is are was were be
to of in on at by for with and or not no it this that you we they have has had do does will
kommune kommunen kommuna kommunens
gang gå går gikk siste ny nye veldig helt litt slik sånn dette disse denne nei allerede lenger fortsatt
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
koste: koster kostar kosta costs cost pris prisen priser price takst | gratis: free | kutte: kutta kuttet kutter kuttes
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
sykkel: bike bikes cycling sykler sykla | bil: car cars bilen bilar | tog: train | båt: boat | politi: police purken
stat: state government staten | fylke: county fylket fylkeskommunen fylkeskommune | innbygger: residents inhabitants
betale: bla punge | skatt: tax | nett: online nettet digitalt nettside | sykehus: hospital sjukehuset sjukehus
svangerskap: pregnant gravid gravide | tann: dental tannlege tannlegen | møte: meeting | stemme: vote røyste
lov: tillatt lovlig lovleg allowed permitted legal | forby: forbudt forbode forbod forbud banned ulovlig ulovleg
avslå: avslag avslått avslo rejected nedstemt | flytte: flyttes flyttar flytter flytta moved moves flyttast
melde: melder meldt meldast register registrere registreres | søknad: application | eldre: elderly gamle gamlingene
student: studentar studenter | avfall: søppel søppla boss bosset rusk waste garbage | strøm: electricity straumen
eier: eigar eig owner owns eies | vinter: winter | sommer: summer sumar | helg: helga helgen weekend weekends helgene
natt: night nattestid | kveld: evening kvelden | skade: skadd skadde skada injured hurt | brann: fire brannen
dø: død omkom omkommet døde died killed dead drept | evakuere: evakuert evacuated
leie: leige leigd rent rental | lån: loan låne | rett: entitled krav
"""
"""A common form, and the words that are read as it."""
_STOP: Final = frozenset(_STOP_WORDS.split())
_FOLD: Final = {
    variant: common.strip()
    for line in _SAME_WORDS.strip().splitlines()
    for common, variants in (group.split(":") for group in line.split("|"))
    for variant in variants.split()
}
WORD: Final = re.compile(r"[^\W\d_]+")
_SPELLING_PAIRS: Final = """
skul:skol sjuk:syk heim:hjem høyr:hør veg:vei vatn:vann auk:øk søkj:søk byggj:bygg veke:uke eigen:egen eige:eie
teneste:tjeneste avgjer:avgjør løyve:tillatelse straum:strøm hamn:havn kyrkj:kirk mjølk:melk førar:fører
eingong:engang handsaming:behandling
"""
"""Parts of words in nynorsk, and as they are in bokmål."""
_SPELLINGS: Final = tuple(pair.split(":") for pair in _SPELLING_PAIRS.split())


@lru_cache(maxsize=200_000)
def plain(word: str) -> str:
    """A word as it is in bokmål, where we know it in another form; its inflection stays."""
    word = word.lower()
    return _FOLD.get(word, word)


@lru_cache(maxsize=200_000)
def fold(word: str) -> str:
    """A word's common form over bokmål, nynorsk, some dialect and everyday English; "" for a word without content."""
    word = word.lower()
    word = _FOLD.get(word) or _FOLD.get(stem(word)) or word
    if word in _STOP:
        return ""
    for written, common in _SPELLINGS:
        word = word.replace(written, common)
    return "" if (folded := stem(word)) in _STOP else folded


def content(text: str) -> frozenset[str]:
    """The folded words of a text that have content."""
    return frozenset(folded for word in WORD.findall(text) if (folded := fold(word)))


@lru_cache(maxsize=400_000)
def likeness(term: str, word: str) -> float:
    """How far two folded words name the same: 1 for equal ones, less for parts of compounds and shared beginnings."""
    if term == word:
        return 1.0
    shorter, longer = sorted((term, word), key=len)
    if len(shorter) >= 4 and (longer.startswith(shorter) or longer.endswith(shorter)):
        return 0.85
    if len(shorter) >= 6 and shorter[:5] == longer[:5]:
        return 0.6
    return 0.0
