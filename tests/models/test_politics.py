"""What is party politics, and the everyday words that only look like it."""

from __future__ import annotations

import json
import time
from importlib import resources

import pytest

from models.politics import party_political

PARTY = [
    # bokmål
    "Arbeiderpartiet har styrt kommunen i ti år.",
    "Dette er Senterpartiets verk fra ende til annen.",
    "Ap vil legge ned skolen.",
    "Det var Ap og Sp som stemte for.",
    "SV har alltid vært imot bommen.",
    "Hva sa SVs gruppeleder om saken?",
    "Sp-ordføreren lovte noe annet.",
    "FrP har rett i dette.",
    "Frps forslag ble nedstemt.",
    "frp er de eneste som tør",
    "KrF-politikeren gikk ut av salen.",
    "krf og venstre snudde i siste liten",
    "MDG vil stenge sentrum for biler.",
    "Vi i mdg mener noe annet",
    "Jeg hører at Høyre har lovet ny skole.",
    "Høyre vil kutte eiendomsskatten.",
    "Høyre-politiker vil selge kinoen",
    "En høyrepolitiker jeg kjenner, er uenig.",
    "Venstres forslag falt.",
    "Nå har Venstre igjen snudd.",
    "Hvorfor støtter dere Rødt i dette?",
    "Rødt krever svar.",
    "ap og høyre er to alen av samme stykke",
    "høyre og frp ødelegger kommunen",
    "Bare stem høyre, så ordner det seg.",
    "De Grønne har ikke peiling på vei.",
    "Miljøpartiet De Grønne tar feil.",
    "Fremskrittspartiet lokalt er delt.",
    "Unge Høyre sto på torget.",
    "AUF og Rød Ungdom demonstrerte.",
    "Det står i partiprogrammet deres.",
    "Valgkampen er i gang.",
    "Dette er bare valgkamp!",
    "Stem på oss mandag!",
    "Husk å stemme på Kari til høsten",
    "Jeg stemte på dem sist, aldri igjen.",
    "Partilederen burde svare.",
    "Listetoppen vår heter Kari.",
    "Ordførerkandidaten tar feil.",
    "Partipolitikk hører ikke hjemme her.",
    "Høyresiden hyler om penger.",
    "Både høyresida og venstresida bommer.",
    "Regjeringspartiene er enige.",
    "Ap/Sp har flertall",
    "Dette er politikk: stemmen min går til Høyre",
    "AP og ordføreren lyver, som alltid før valget",
    "INP stiller liste i Elvestrand.",
    "#frp #elvestrand",
    # nynorsk
    "Arbeidarpartiet har styrt her lenge.",
    "Framstegspartiet vil ha fleire vegar.",
    "Kristeleg Folkeparti er imot.",
    "Eg høyrer at Høgre er borte, men at Høyre vil styre.",
    "Raudt krev svar frå kommunen.",
    "Partileiaren svarte ikkje.",
    "Valkampen har starta.",
    "Røyst på oss måndag!",
    "Eg røysta på dei førre gongen.",
    "Senterungdommen er usamd.",
    "Ordførarkandidaten lovar gull.",
    "Sp-leiaren i bygda er mot.",
    # engelsk
    "The Labour Party promised us a school.",
    "The Progress Party wants more roads.",
    "It is all about the election campaign.",
    "Vote for the mayor if you like taxes.",
    "Vote Labour!",
    "Their party leader said so.",
    "No political party cares about us.",
    "Another right-wing lie.",
    "Campaign promises, nothing else.",
]
NOT_PARTY = [
    # høyre og venstre
    "Ta til venstre etter brua.",
    "Sving til høyre ved kirken.",
    "Hullet er på høyre side av veien.",
    "Høyre side av veien er stengt.",
    "Venstre felt mot sentrum er sperret.",
    "Høyre er ikke alltid riktig vei ut av rundkjøringen.",
    "Bilen sto parkert på venstresiden av gata.",
    "Lykta ligger på høyresiden ved innkjørselen.",
    "Se til høyre og venstre før du krysser.",
    "Han brakk venstre arm og høyre kne.",
    "Ta første vei til Høyre ved brua.",
    "HUSK Å SE TIL HØYRE OG VENSTRE",
    "Venstre bakhjul er punktert.",
    "Skiltet er snudd, Venstre side er den rette.",
    "Gangfeltet mot Venstre kant av plassen må males.",
    "Det blinker rødt i høyre hjørne.",
    # nynorsk «høyre»
    "Det var godt å høyre frå deg.",
    "Høyre på musikk er fint.",
    "Eg kan høyre bussen komme.",
    "Kommunen må høyre på dei unge.",
    "Lat oss høyre kva de meiner. Høyre etter er ein kunst.",
    "Folk vil ikkje høyre, sp. om kvifor.",
    # rødt
    "Han kjørte på rødt lys.",
    "Rødt lys i krysset i en time.",
    "Huset er malt rødt.",
    "Rødt er en fin farge på brua.",
    "Rødt kort til speaker!",
    "Røde Kors stiller med mannskap.",
    "Vannet er rødt av rust.",
    "Raudt hus til leige.",
    # forkortelser
    "SV: Møte om skolen på torsdag",
    "Sv: Når åpner badet?",
    "Sp: Når åpner badet? Sv: Klokka ti.",
    "Vind fra SV 8 m/s i kveld",
    "Det blir SV kuling på kysten.",
    "ap: appen deres virker ikke",
    "Har dere ap til iPhone?",
    "Sett opp AP 3 i tredje etasje.",
    "ca. 3 sp. sukker",
    "Sp 1 Bolig gir lån",
    "Brukerne fra SU i barnehagen møtes.",
    "Møte i SU (samarbeidsutvalget) på skolen.",
    "https://example.no/frp/krf-skjema",
    "Skriv til mdg@example.no",
    "@frp_fan har et poeng om vannet",
    "Kapittel 4 og supplering",
    # stemme, parti, valg
    "Det stemmer på en prikk.",
    "Stemmer det at skolen legges ned?",
    "Du har en fin stemme på radio.",
    "Stem på navnet til den nye brua!",
    "Stem på årets innbygger.",
    "Stem på din favoritt i fotokonkurransen.",
    "Røyst på logoen til ungdomsklubben.",
    "Vi skal stemme på forslag til maskot.",
    "Valglokalet åpner klokka ni.",
    "Hvor kan jeg forhåndsstemme?",
    "Valget av leverandør er gjort.",
    "Vi vant et parti sjakk.",
    "Det nederste partiet av stien er glatt.",
    "Partivare av fisk til salgs.",
    "Alle partiene i kommunestyret står bak uttalelsen.",
    "Velgerne finner valglokalet på kartet.",
    "Ordføreren svarte på spørsmål i spørretimen.",
    "Kommunestyret har ikke vedtatt å legge ned skolen.",
    "Kommunestyret skal høyre innbyggjarane.",
    "Høyre innbyggjarane må ein, og kommunestyret bør gjere det.",
    "Sentrum er stengt for biler.",
    "De grønne søppeldunkene tømmes i morgen.",
    "Dei grøne dunkane er fulle.",
    "Den unge høyre armen hans er i gips.",
    "Demonstrasjonen starter ved rådhuset.",
    "Programmet for partyet i Ungdomshuset.",
    # engelsk
    "The right side of the road is closed.",
    "The left wing of the school is cold.",
    "We left the party early.",
    "A birthday party at the library.",
    "Third party insurance covers it.",
    "A red party dress for sale.",
    "The labour market is tight.",
    "A conservative estimate is ten weeks.",
    "Vote for your favourite photo!",
    "Vote for the name of the new bridge.",
    "Auf Wiedersehen, und bis bald auf dem Berg.",
    "In labour at the hospital.",
    "",
]


@pytest.mark.parametrize("text", PARTY)
def test_party_politics_is_told(text: str) -> None:
    assert party_political(text, "citizen") == "party"


@pytest.mark.parametrize("text", NOT_PARTY)
def test_everyday_words_are_no_party_politics(text: str) -> None:
    assert party_political(text, "citizen") is None


def test_a_politicians_own_account_is_told_whatever_it_says() -> None:
    assert party_political("God morgen!", "politician") == "politician"
    assert party_political("Arbeiderpartiet har styrt lenge nok.", "politician") == "politician"


def test_no_post_of_the_demo_is_party_politics_by_mistake() -> None:
    folder = resources.files("data.demo").joinpath("posts")
    rows = [json.loads(line) for file in folder.iterdir() for line in file.read_text("utf-8").splitlines()]
    told = [row["text"] for row in rows if party_political(f"{row.get('title', '')}\n{row['text']}", "citizen")]
    assert told == []


def test_a_long_text_is_read_quickly() -> None:
    started = time.perf_counter()
    party_political("Stem på den høyre siden, og vent til Venstre felt er åpent. " * 20_000, "citizen")
    party_political("høyre, " * 100_000, "citizen")
    party_political("a" * 1_000_000, "citizen")
    assert time.perf_counter() - started < 3
