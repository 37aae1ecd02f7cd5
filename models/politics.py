"""Whether a post is party politics: a public body corrects nobody there, and writes no draft.

Parties, their youth parties and what goes with a campaign, in bokmål, nynorsk and English. What is both a party's
name and an everyday word («høyre», «rødt», «SV: Møte») is one only where it is written or used as a name.
"""

from __future__ import annotations

import re
from typing import Final

_LONGEST: Final = 20_000
"""Characters of a post that are read."""

_CLEAR: Final = """
arbeiderparti* arbeidarparti* fremskrittsparti* framskrittsparti* framstegsparti* senterparti* venstreparti*
høyreparti* folkeparti* miljøpartiet miljøpartiets pensjonistparti* kystparti* kommunistparti* velferdsparti*
generasjonsparti* norgesdemokrat* regjeringsparti* støtteparti* opposisjonsparti* stortingsparti* småparti*
ungdomsparti* moderparti* koalisjonsparti* bygdelista bygdelisten senterungdom*
frp frps frp's frp-* frpere frperne krf krfs krf's krf-* krfere krferne krfarane mdg mdgs mdg's mdg-* mdgere mdgerne
sosialistisk_ungdom rød_ungdom raud_ungdom grønn_ungdom grøn_ungdom partiet_rødt partiet_raudt partiet_sentrum
partiet_høyre partiet_venstre industri-_og_næringspartiet dei_grøne_partiet
partiprogram* partileder* partileiar* partipolit* partitopp* partifelle* partimedlem* partigruppe* partikolleg*
partipisk* politisk_parti politiske_parti* partiet_mitt partiet_vårt partiet_ditt partiet_deres
partiet_hans partiet_hennes partiet_sitt partiet_dykkar mitt_parti 
valgkamp* valkamp* valgløft* vallovnad* listetopp* toppkandidat* førstekandidat* ordførerkandidat* ordførarkandidat*
stortingskandidat* statsministerkandidat* kommunestyrekandidat* byrådskandidat* 
borgerlig_side borgarleg_side borgerlige_parti* borgarlege_parti* borgerlig_regjering borgarleg_regjering
rødgrønn_side rødgrønne_parti* raudgrøne_parti* rødgrønn_regjering raudgrøn_regjering blåblå_regjering
labour_party conservative_party socialist_left christian_democrat* political_party political_parties governing_party
ruling_party opposition_party opposition_parties election_campaign* campaign_trail campaign_promise* election_promise*
election_manifesto* party_leader* party_leadership party_manifesto* party_programme* party_politic* party_conference
right-wing* left-wing*
"""
"""Words that nobody uses of anything else. `*` is any ending, `_` a space."""
_NAMES: Final = (
    "AUF|FpU|FPU|KrFU|NKP|INP|De Grønne|Dei Grøne|Unge Høyre|Unge Venstre|Demokratene|(?:Høyre|Venstre|Rødt|Raudt)s|"
    "(?:Progress|Centre|Center|Liberal|Green|Red|Socialist) Party"
)
"""As parties write them."""

_SIDED: Final = """
side* felt* hånd* hand* arm* bein* ben* fot* kne* øye* auge* øre* øyre* sko* sving* kant* hjørne* vei* veg* rad fil
tast* marg* skulder* lomme* bakhjul* forhjul* eller og_venstre_s* og_høyre_s* lys* kort* kjøtt* kjøt hus* blod* tre
farge* flagg* kors* vin hår tall tal nummer skilt* merke* strek* bak foran framme fremme oppe nede
"""
"""What has a left and a right, or is red."""
_ACTS: Final = """
vil sier seier mener meiner foreslår føreslår krever krev lover lovar ønsker ønskjer stemte stemmer røysta svikter
sviktar styrer vant tapte taper tapar snudde tror trur bommer bommar kuttet kutta kutter kuttar
sin sitt sine har_flertall har_fleirtal har_styrt har_lovet har_lovt har_lova har_makta har_makten
har_sviktet har_svikta
"""
"""What a party does, and no side of the road."""
_OF_A_PARTY: Final = """
politi* ordfør* varaordfør* leder* leiar* leiing* nestle* topp* folk* mann kvinne* styrt* styre* velger* veljar*
regjering* byråd* representant* gruppe* program* liste* medlem* lokallag* ungdom* kandidat* løfte* statsråd* minister*
"""
"""What «Høyre-» and «Ap-» stand before."""
_POLITICAL: Final = """
politikk* politisk* politiker* politikar* regjering* stortinget* stortingsvalg* stortingsval kommunevalg* kommuneval*
stemme stemmer stemmen stemte stemt røysta røyster velge velger velgere veljar ordfører* ordførar* flertallet fleirtalet
koalisjon* mandat* parti partier partiet opposisjon* vedtok budsjettet kommunestyret skattekutt* samarbeid*
"""
"""What makes a doubtful name a party's."""
_CONTEST: Final = """
årets navn* namn* logo* bilde* bilete* foto* favoritt* forslag* framlegg* kake* valgkomite* din_favoritt* ditt_* beste*
det den den_* det_beste* farge* låt* sang* song* film* bok* alternativ* kunst* maskot* prosjekt* motiv* utkast*
vinner* vinnar* nettsid* telefon* radio* møte* instagram facebook min_side en_* ein_* et_* eit_* nett* papir* alle_*
mobil* bibliotek* rådhus* ungdomsråd* elevråd* klasse* dette dette_* denne denne_* høyre_s* venstre_s* høyre_f*
venstre_f* første fyrste siste
"""
"""What else one votes for, and where."""


def _any(words: str) -> str:
    """A pattern for any of these words."""
    return "|".join(re.escape(w).replace(r"\*", r"\w*").replace("_", " ") for w in words.split())


_SIDE: Final = rf"(?! (?:{_any(_SIDED)})(?!\w))"
_SHORT: Final = "(?:Ap|SV|Sp)"
_LOWER: Final = "(?:høyre|venstre|rødt|raudt|ap|sv|sp)"
_SURE: Final = "(?:ap|sv|frp|krf|mdg|inp)"
_AND: Final = r"(?: og | eller |, | ?/ ?| ?\+ ?| med | mot )"
_WIND: Final = "(?<!vind )(?<!vind fra )(?<!vind frå )(?<!bris fra )(?<!bris frå )(?<!kuling fra )(?<!kuling frå )"

_PARTY: Final = tuple(
    re.compile(pattern, flags)
    for pattern, flags in (
        (rf"(?<![\w@./-])(?:{_any(_CLEAR)})(?![\w@])", re.IGNORECASE),
        (rf"(?<![\w@./-])(?:{_NAMES})(?!\w)", 0),
        # «Ap», «SVs», «Sp-styrt»; «SV:» begins an answer, and winds come from there.
        (
            rf"(?<![\w@./-]){_WIND}{_SHORT}(?:s|['’]s|-(?:{_any(_OF_A_PARTY)}))?(?![\w:-]| ?\d|\. ?\d| ?vind| ?kuling)",
            0,
        ),
        # «… at Høyre har», within a sentence; «sving til Høyre» is a way to spell it.
        (rf"(?<=[^\W_.!?:] |[,;)»] )(?<!\btil )(?<!\bmot )(?:Høyre|Venstre|Rødt|Raudt)s?(?![\w-]){_SIDE}", 0),
        # «Høyre vil», at the start of one.
        (rf"(?<![\w@./-])(?:Høyre|Venstre|Rødt|Raudt) (?:{_any(_ACTS)})(?!\w)", 0),
        (rf"(?<![\w@./-])(?:høyre|venstre)-?(?:{_any(_OF_A_PARTY)})(?!\w)", re.IGNORECASE),
        (rf"(?<![\w@./-])(?:rødt|raudt|ap|sv|sp|inp)-(?:{_any(_OF_A_PARTY)})(?!\w)", re.IGNORECASE),
        # «ap og høyre», «høyre eller frp»
        (rf"(?<![\w@./-])(?:{_SURE}{_AND}(?:{_LOWER}|{_SURE})|{_LOWER}{_AND}{_SURE})(?![\w:]){_SIDE}", re.IGNORECASE),
        (rf"(?<!\w)(?:stem|røyst) på (?!(?:{_any(_CONTEST)})(?!\w))\w", re.IGNORECASE),
        (
            r"(?<!\w)(?:å|skal|vil|kan|må|bør|kunne|skulle|ville|aldri|jeg|eg|æ|vi|me|du|dere|de|dei|folk|som|alle) "
            r"(?:stemme|stemmer|stemte|stemt|røyste|røysta|røystar|røyster) på "
            rf"(?!(?:{_any(_CONTEST)})(?!\w))\w",
            re.IGNORECASE,
        ),
        (rf"(?<!\w)(?:stem|stemme|stemmer|stemte|røyst|røyste|røysta) (?:på )?{_LOWER}(?!\w){_SIDE}", re.IGNORECASE),
        (
            r"(?<!\w)vot(?:e|ed|es|ing) (?:labour|conservative|green|tory|(?:for|against) (?:the )?(?:mayor|party|"
            r"labour|government|greens?|conservatives?|socialists?|liberals?|left|right|him|her|them|us|me))(?!\w)",
            re.IGNORECASE,
        ),
        (
            r"(?<!\w)(?<!kjører på )(?<!kjøre på )(?<!parkert på )(?<!ligger på )(?<!ligg på )(?<!står på )(?<!gå på )"
            r"(?:høyre|venstre)sid(?:a|en|as|ens)(?!\w)"
            r"(?! (?:av|på|ved|mot|etter|når|langs|i (?:vei|veg|gat|bil|tunnel)))",
            re.IGNORECASE,
        ),
    )
)
_DOUBTFUL: Final = re.compile(
    r"(?<![\w@./-])(?:(?:til|mot|fra|frå) (?:Høyre|Venstre)|(?:Høyre|Venstre|Rødt|Raudt) (?:er|har|og)|AP|SP|HØYRE)"
    rf"(?![\w:-]){_SIDE}"
)
_COMPANY: Final = re.compile(rf"(?<!\w)(?:{_any(_POLITICAL)})(?!\w)", re.IGNORECASE)


def party_political(text: str, actor: str) -> str | None:
    """«politician» for a politician's own account (`labels.ACTORS`), «party» for a text about party politics, else
    None."""
    if actor == "politician":
        return "politician"
    read = text[:_LONGEST]
    named = any(pattern.search(read) for pattern in _PARTY)
    return "party" if named or (_DOUBTFUL.search(read) and _COMPANY.search(read)) else None
