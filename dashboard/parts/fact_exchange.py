"""Files of facts on the page: taken in by upload, and written for a spreadsheet, a program or one's own web pages."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

import streamlit as st

from dashboard.parts.escape import md
from dashboard.parts.person import who
from dashboard.parts.query import forget
from dashboard.services import MAX_UPLOAD, services
from dashboard.wording import n, number, t
from models.facts import Form, Refusal, Taken, without_claims
from models.labels import Fact

_TYPES: Final = ("csv", "tsv", "txt", "jsonl", "ndjson", "json")
_MIME: Final[dict[Form, str]] = {
    "csv": "text/csv",
    "jsonl": "application/x-ndjson",
    "jsonld": "application/ld+json",
}
_FILE: Final = "faktafil"
_TAKEN: Final = "faktafil-tatt-inn"
_REFUSED_SHOWN: Final = 20


def take_in_file() -> None:
    """A file to take in, and what came of the last one."""
    st.caption(t("fakta.import_about", megabytes=MAX_UPLOAD))
    st.file_uploader(t("fakta.file"), list(_TYPES), key=_FILE, max_upload_size=MAX_UPLOAD)
    st.button(t("fakta.import_button"), key="ta-inn", on_click=_take_in)
    taken: Taken | None = st.session_state.pop(_TAKEN, None)
    if taken is None:
        return
    if taken.read:
        told = n("fakta.imported", taken.read, changed=number(taken.changed), refused=number(len(taken.refused)))
        (st.warning if taken.refused else st.success)(told)
    sentences = [
        t("fakta.refused", line=refusal.line, why=refusal.why) if refusal.line else refusal.why
        for refusal in taken.refused[:_REFUSED_SHOWN]
    ]
    if (more := len(taken.refused) - _REFUSED_SHOWN) > 0:
        sentences.append(n("fakta.more_refused", more))
    if sentences:
        st.error("\n\n".join(map(md, sentences)))


def write_files(register: Sequence[Fact]) -> None:
    """The register in each format."""
    st.caption(t("fakta.export_about"))
    with st.container(horizontal=True, key="skriv-ut"):
        for form, mime in _MIME.items():
            st.download_button(
                t(f"fakta.export_{form}"),
                data=partial(services().write_facts, register, form),
                file_name=f"{t('fakta.file_name')}.{form}",
                mime=mime,
                key=f"skriv-ut-{form}",
                on_click="ignore",
            )
    if left_out := without_claims(register):
        st.caption(n("fakta.without_claims", left_out))


def _take_in() -> None:
    lent, by, file = services(), who(), st.session_state.get(_FILE)
    if not by or file is None:
        missing = t("fakta.file_missing" if by else "fakta.name_missing")
        st.session_state[_TAKEN] = Taken(refused=(Refusal(0, missing),))
        return
    st.session_state[_TAKEN] = lent.take_in_facts(file.name, file.getvalue(), by)
    forget()
    if lent.arrived:
        lent.arrived()
