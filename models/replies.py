"""An approved reply as it can be pasted where a post stands: in its language form, with its source, and short enough.

How platforms count: X by twitter-text's configuration v3 (280; any address is 23; signs outside its ranges, and an
emoji as a whole, are 2), Mastodon by its StatusLengthValidator (500 unless the server says otherwise; graphemes,
addresses with a scheme are 23), Bluesky by the lexicon app.bsky.feed.post (300 graphemes, addresses in full), Threads
by Meta's documentation (500; an emoji counts its UTF-8 bytes), Instagram, Facebook and YouTube by their comment fields.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from models.labels import Fact

_FORMS: Final[Mapping[str, tuple[str, ...]]] = {"nn": ("nn", "nb"), "en": ("en", "nb", "nn")}
_USUAL: Final = ("nb", "nn")
_SHORTEST: Final = 4
"""Words of the least that a reply is cut to: «Hei!» is no answer."""
_ADDRESS_COUNTS: Final = 23

_ADDRESS: Final = re.compile(r"https?://[^\s<>\"«»]*[^\s<>\"«».,;:!?)\]]", re.I)
_BARE_ADDRESS: Final = re.compile(
    r"(?<![@\w./-])(?:[a-zæøå0-9-]+\.)+(?:no|com|org|net|eu|info)\b(?!\.\w)(?:/[^\s<>\"«».,]*)?", re.I
)
_END: Final = re.compile(r"(?P<mark>[.!?…]+[\"»”’)]*)\s+(?=[\"«“‘(–—-]*\s?[^\W\d_a-zæøå])|\n+")
_ABBREVIATED: Final = re.compile(
    r"(?:^|[\s(«\"])(?:[^\W\d_]|(?:[^\W\d_]\.)+[^\W\d_]|[btfd]l\.?a|f\.?eks|m\.fl|ca|jf|jfr|nr|kl|tlf|pst|st|adr|avd|evt|ev|"
    r"inkl|maks|min|mv|osv|dvs|pga|mr|mrs|ms|dr|vs|gt|gnr|bnr|kap|art)\.$",
    re.I,
)
_JOINER: Final = "\u200d"
_LIGHT: Final = (range(0, 0x1100), range(0x2000, 0x200E), range(0x2010, 0x2020), range(0x2032, 0x2038))
"""The signs that count 1 on X."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply to copy. `length` is as the platform counts; `limit` is None where it sets none worth telling. The text
    is longer than the limit where no whole sentence of it fits."""

    text: str
    lang: str
    length: int
    limit: int | None


def compose(fact: Fact, lang: str, platform: str) -> Reply | None:
    """The approved reply to a post in `lang` (`labels.LANGUAGES`) on `platform` (`collectors.post.Platform`, or
    «threads»), with the source's address; whole sentences are left out from its end until it fits. None where the fact
    has no reply."""
    by_form = {"nb": fact.reply_nb, "nn": fact.reply_nn, "en": fact.reply_en}
    form = next((form for form in _FORMS.get(lang, _USUAL) if by_form[form].strip()), None)
    if form is None:
        return None
    written = unicodedata.normalize("NFC", by_form[form].strip())
    count, limit = _COUNTS.get(platform, (len, None))
    whole = _sourced(written, fact.source_url)
    if limit is not None and count(whole) > limit:
        for end in _ends(written):
            shorter = _sourced(written[:end].rstrip(), fact.source_url)
            if count(shorter) <= limit:
                return Reply(shorter, form, count(shorter), limit)
    return Reply(whole, form, count(whole), limit)


def measured(text: str, lang: str, platform: str) -> Reply:
    """A reply that a person wrote, as it is, counted as the platform does."""
    count, limit = _COUNTS.get(platform, (len, None))
    return Reply(text, lang, count(text), limit)


def _sourced(text: str, address: str) -> str:
    """The text with the source's address on a line of its own, where it does not hold it already."""
    scheme, _, rest = address.strip().partition("://")
    if scheme.lower() not in ("http", "https") or not rest:
        return text
    bare = re.escape(rest.removeprefix("www.").rstrip("/"))
    if re.search(rf"(?<![\w-]){bare}(?!/?[\w#?&=%-]|\.\w)", text, re.I):
        return text
    return f"{text}\n{address.strip()}"


def _ends(text: str) -> Iterator[int]:
    """Where a text may be cut after a whole sentence, the longest first."""
    ends = []
    for found in _END.finditer(text):
        end = found.end("mark") if found["mark"] else found.start()
        if not _ABBREVIATED.search(text[max(0, end - 20) : end]) and len(text[:end].split()) >= _SHORTEST:
            ends.append(end)
    return reversed(ends)


def _on_x(text: str) -> int:
    return _with_addresses(text, (_ADDRESS, _BARE_ADDRESS), _weighted)


def _on_mastodon(text: str) -> int:
    return _with_addresses(text, (_ADDRESS,), _graphemes)


def _on_threads(text: str) -> int:
    return sum(len(sign.encode()) if _is_emoji(sign) else len(sign) for sign in _signs(text))


def _with_addresses(text: str, addresses: tuple[re.Pattern[str], ...], count: Callable[[str], int]) -> int:
    found = 0
    for pattern in addresses:
        text, some = pattern.subn("", text)
        found += some
    return count(text) + found * _ADDRESS_COUNTS


def _weighted(text: str) -> int:
    return sum(
        2 if _is_emoji(sign) else sum(1 if any(ord(c) in light for light in _LIGHT) else 2 for c in sign)
        for sign in _signs(text)
    )


def _graphemes(text: str) -> int:
    return sum(1 for _ in _signs(text))


def _signs(text: str) -> Iterator[str]:
    """What a reader takes for one sign each (UAX #29, as far as European text and emoji go)."""
    sign = ""
    for character in text:
        if sign and (
            _extends(character)
            or sign[-1] == _JOINER
            or (len(sign) == 1 and _is_regional(sign) and _is_regional(character))
        ):
            sign += character
            continue
        if sign:
            yield sign
        sign = character
    if sign:
        yield sign


def _extends(character: str) -> bool:
    return (
        character == _JOINER
        or unicodedata.category(character) in ("Mn", "Me", "Mc")
        or "\U0001f3fb" <= character <= "\U0001f3ff"
        or "\U000e0020" <= character <= "\U000e007f"
    )


def _is_regional(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _is_emoji(sign: str) -> bool:
    return sign[0] >= "\U0001f000" or any(mark in sign for mark in ("\ufe0f", "\u20e3"))


_COUNTS: Final[Mapping[str, tuple[Callable[[str], int], int]]] = {
    "x": (_on_x, 280),
    "mastodon": (_on_mastodon, 500),
    "bluesky": (_graphemes, 300),
    "threads": (_on_threads, 500),
    "instagram": (len, 2_200),
    "facebook": (len, 8_000),
    "youtube": (len, 10_000),
}
