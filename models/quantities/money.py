"""What money is called: kroner, and the currencies that people meet on journeys and in the news."""

from __future__ import annotations

from typing import Final

_ABROAD: Final = (
    ("dkk", r"dansk", r"kron[aeo]\w*|kr\b", ""),
    ("sek", r"svensk", r"kron[aeo]\w*|kr\b", ""),
    ("dollar", r"amerikansk", r"dollars?", ""),
    ("aud", r"austral(?:sk|i)", r"dollars?", ""),
    ("cad", r"[ck]anad(?:isk|a|ian)", r"dollars?", ""),
    ("hkd", r"hong ?kong", r"dollars?", ""),
    ("nzd", r"new zealand(?:sk)?", r"dollars?", ""),
    ("sgd", r"singapor(?:e|sk)", r"dollars?", ""),
    ("chf", r"sveitsisk|swiss", r"francs?", r"rappens?|centimes?|centesim[io]"),
    ("cny", r"kinesisk", r"yuan|renminbi", r"fen\b"),
    ("czk", r"tsjekkisk", r"koruna", r"haleru"),
    ("pkr", r"pakistansk", r"rupi(?:er)?|rupees?", ""),
    ("inr", r"indisk", r"rupi(?:er)?|rupees?|rs\b", r"pais[ea]"),
    ("pln", r"polsk", r"[zs]loty", r"groszy"),
    ("thb", r"thai(?:land(?:sk)?|sk)?", r"baht|bhat", r"satang"),
    ("zar", r"sør-?\s?afrikansk", r"rand\b", ""),
    ("jpy", r"japansk", r"yen\b", ""),
    ("gbp", r"britisk|engelsk", r"pund\b|pounds?\b|£|quid\b", r"pence|penny"),
)
"""Unit (the currency's code), where it is from, its name, and the name of its hundredth."""
_AMBIGUOUS: Final = frozenset(("dkk", "sek", "dollar", "aud", "cad", "hkd", "nzd", "sgd", "pkr"))
"""Named by where they are from alone: «dollar» and «kroner» are no sign of them."""

MONEY: Final = (
    (r",-|(?:norske? )?kroners?\b|(?:norske? )?kronar\b|kron[åi]\b|kr\b|nok\b|crowns?|spenn\b", "kroner", 1.0),
    (r"ører?\b|örer?\b", "kroner", 0.01),
    (r"tusenlapp(?:er|ar|en)?\b", "kroner", 1000.0),
    (r"femhundrelapp(?:er|ar|en)?\b", "kroner", 500.0),
    (r"tohundrelapp(?:er|ar|en)?\b", "kroner", 200.0),
    (r"hundrelapp(?:er|ar|en)?\b", "kroner", 100.0),
    (r"femtilapp(?:er|ar|en)?\b", "kroner", 50.0),
    (r"(?:(?<=[a-zæøå])|-)lapp(?:er|ar|en)?\b", "kroner", 1.0),
    *(
        (rf"(?:{origin})\w{{0,3}}\s(?:{name})|{unit}\b", unit, 1.0)
        for unit, origin, name, _ in _ABROAD
        if unit != "sek"
    ),
    (r"svensk\w{0,3}\s(?:kron[aeo]\w*|kr\b)|kronor\b", "sek", 1.0),
    *((name, unit, 1.0) for unit, _, name, _ in _ABROAD if unit not in _AMBIGUOUS),
    *((part, unit, 0.01) for unit, _, _, part in _ABROAD if part),
    (r"dollars?|usd\b|\$|bucks\b", "dollar", 1.0),
    (r"euros?\b|eur\b|€", "euro", 1.0),
    (r"cents?\b|¢", "cent", 1.0),
)
"""What is written after an amount, its unit, and what the amount is multiplied by; «cent» of dollar or euro."""
UNITS_BEFORE: Final = {
    **dict.fromkeys(("kr", "nok", "kroner", "kronar"), "kroner"),
    **dict.fromkeys(("$", "usd"), "dollar"),
    **dict.fromkeys(("€", "eur"), "euro"),
    **dict.fromkeys(("£", "gbp"), "gbp"),
    **dict.fromkeys(("rs", "inr"), "inr"),
    **{unit: unit for unit, *_ in _ABROAD if unit not in ("dollar", "gbp", "inr")},
    **dict.fromkeys(("fylt", "fylte", "fyller", "turned", "aged"), "age"),
}
"""What stands before an amount and tells its unit."""
CURRENCIES: Final = frozenset(("kroner", "euro", *(unit for unit, *_ in _ABROAD)))
