"""Exports from other tools: mapping files, and the workbooks that they come as."""

from __future__ import annotations

import io
import itertools
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import pytest

from collectors import exports
from collectors.exports import COLUMNS, ExportMapping, mapped, parse_mapping, read_mapping
from collectors.files import Refused, read_posts
from collectors.post import Metrics, Post, Problem
from collectors.rows import FileError, RowError

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DOCS = Path(__file__).parents[2] / "docs"
EXAMPLES = DOCS / "eksempler"

Cell = str | float | None


# Workbooks, written part by part

_CONTENT_TYPES = """<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Override PartName="/xl/workbook.xml"
 ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>"""
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
# Formats of cells: 1 is a date with a clock, 2 a date, 3 a clock.
_STYLES = f"""<styleSheet xmlns="{_MAIN}"><cellXfs count="4"><xf numFmtId="0"/><xf numFmtId="22"/>
<xf numFmtId="14"/><xf numFmtId="20"/></cellXfs></styleSheet>"""


def workbook(
    sheets: dict[str, str], states: dict[str, str] | None = None, more: dict[str, bytes] | None = None
) -> bytes:
    """An .xlsx file of sheets by their names, each the XML of its rows."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", _CONTENT_TYPES)
        root = f'<Relationship Id="r" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
        archive.writestr("_rels/.rels", f'<Relationships xmlns="{_PACKAGE}">{root}</Relationships>')
        listed = "".join(
            f'<sheet name={quoteattr(name)} sheetId="{n}" state="{(states or {}).get(name, "visible")}" r:id="r{n}"/>'
            for n, name in enumerate(sheets, 1)
        )
        archive.writestr(
            "xl/workbook.xml", f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{listed}</sheets></workbook>'
        )
        links = "".join(
            f'<Relationship Id="r{n}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>'
            for n in range(1, len(sheets) + 1)
        )
        styles = f'<Relationship Id="s" Type="{_OFFICE}/styles" Target="styles.xml"/>'
        archive.writestr(
            "xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{_PACKAGE}">{links}{styles}</Relationships>'
        )
        archive.writestr("xl/styles.xml", _STYLES)
        for n, content in enumerate(sheets.values(), 1):
            archive.writestr(
                f"xl/worksheets/sheet{n}.xml",
                f'<worksheet xmlns="{_MAIN}"><sheetData>{content}</sheetData></worksheet>',
            )
        for name, content in (more or {}).items():
            archive.writestr(name, content)
    return out.getvalue()


def rows(*cells_of_rows: list[Cell], first: int = 1) -> str:
    """Rows as XML: texts, numbers, and nothing for None. A text that begins with < is the XML of a cell itself."""
    found = []
    for number, cells in enumerate(cells_of_rows, first):
        xml = []
        for letter, cell in zip("ABCDEFGHIJ", cells, strict=False):
            at = f"{letter}{number}"
            if isinstance(cell, str) and cell.startswith("<"):
                xml.append(cell.replace("<c", f'<c r="{at}"', 1))
            elif isinstance(cell, str):
                xml.append(f'<c r="{at}" t="inlineStr"><is><t>{escape(cell)}</t></is></c>')
            elif cell is not None:
                xml.append(f'<c r="{at}"><v>{cell}</v></c>')
        found.append(f'<row r="{number}">{"".join(xml)}</row>')
    return "".join(found)


class Take:
    """Writes a file and reads it, with a mapping where one is given."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(
        self, content: str | bytes, mapping: ExportMapping | None = None, name: str = "uttak.csv"
    ) -> list[Post | Refused]:
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return list(read_posts(path, "uttak", "facebook", NOW, mapping))

    def posts(self, content: str | bytes, mapping: ExportMapping | None = None) -> list[Post]:
        found = self(content, mapping)
        assert not [item for item in found if isinstance(item, Refused)], found
        return [item for item in found if isinstance(item, Post)]

    def problem(self, content: str | bytes, mapping: ExportMapping | None = None) -> Problem:
        (refused,) = self(content, mapping)
        assert isinstance(refused, Refused)
        assert refused.line == 0
        return refused.problem

    def refused(self, content: str | bytes, mapping: ExportMapping | None = None) -> list[tuple[int, str]]:
        return [(item.line, item.problem.code) for item in self(content, mapping) if isinstance(item, Refused)]


@pytest.fixture
def take(tmp_path: Path) -> Take:
    return Take(tmp_path)


def mapping(toml: str, folder: Path) -> ExportMapping:
    path = folder / "mapping.toml"
    path.write_text(toml, "utf-8")
    return read_mapping(path)


def map_to(**columns: str | list[str]) -> ExportMapping:
    return parse_mapping({"columns": columns}, "mapping.toml")


# What a mapping does


def test_a_meltwater_like_export_becomes_posts(take: Take) -> None:
    header = "Date\tTime\tDocument ID\tURL\tSource Type\tAuthor Name\tAuthor Handle\tTitle\tHit Sentence\tLanguage"
    header += "\tLikes\tReplies\tReposts\tViews\tReach"
    row = (
        "21-Nov-2026\t02:05PM\tmw1\thttps://x.example.no/1\tTwitter\tOla Nordmann\t@ola\t\tVannet er brunt #vann\tnb"
        "\t3\t1\t\t1,204\t99999"
    )
    (post,) = take.posts(f"{header}\n{row}\n".encode("utf-16"), read_mapping(EXAMPLES / "meltwater.toml"))
    assert (post.platform, post.native_id, post.url) == ("x", "mw1", "https://x.example.no/1")
    assert (post.text, post.hashtags, post.lang_declared) == ("Vannet er brunt #vann", ("vann",), "nb")
    assert (post.published_at, post.published_quality) == (datetime(2026, 11, 21, 13, 5, tzinfo=UTC), "exact")
    assert post.author is not None
    assert (post.author.name, post.author.handle) == ("Ola Nordmann", "ola")
    assert post.metrics == Metrics(replies=1, likes=3, views=1204)


def test_a_retriever_like_workbook_becomes_posts(take: Take) -> None:
    content = workbook(
        {
            "Om": rows(["Om uttaket"]),
            "Treff": rows(
                ["Medieovervåking uke 47"],
                ["Søk: vann"],
                ["Overskrift", "Ingress", "Tekst", "Dato", "Tid", "Forfatter", "Lenke", "Kildetype"],
                [
                    *("Brunt vann", "Kort sagt.", "Alt sammen."),
                    *('<c s="2"><v>46347</v></c>', '<c s="3"><v>0.5868055555</v></c>'),
                    *("Kari Nordmann", "https://avis.example.no/vann", "Nett"),
                ],
            ),
        }
    )
    (post,) = take.posts(content, read_mapping(EXAMPLES / "retriever.toml"))
    assert (post.title, post.text, post.platform) == ("Brunt vann", "Kort sagt.\nAlt sammen.", "feed")
    assert post.published_at == datetime(2026, 11, 21, 13, 5, tzinfo=UTC)


def test_comments_of_meta_business_suite_become_answers_in_utc(take: Take) -> None:
    content = (
        "Platform,Post ID,Comment ID,Permalink,Commenter name,Comment text,Created time,Reactions,Replies\n"
        'Instagram,p1,c1,https://i.example.no/p1,Ola,"Når åpner dere, da?",11/21/2026 14:05,1.204,0\n'
    )
    (post,) = take.posts(content, read_mapping(EXAMPLES / "meta-business-suite.toml"))
    assert (post.platform, post.native_id, post.parent_native_id, post.kind) == ("instagram", "c1", "p1", "reply")
    assert post.published_at == datetime(2026, 11, 21, 14, 5, tzinfo=UTC)
    assert post.metrics == Metrics(replies=0, likes=1204)


@pytest.mark.parametrize("file", sorted(EXAMPLES.glob("*.toml")), ids=lambda file: file.stem)
def test_each_example_can_be_read_and_asks_the_reader_to_check_the_names(file: Path) -> None:
    assert read_mapping(file).columns["text"]
    assert "Sjekk kolonnenavnene i din egen fil" in file.read_text("utf-8")


def test_the_manual_has_every_setting_and_column_of_a_mapping_and_its_example_works() -> None:
    manual = (DOCS / "import.md").read_text("utf-8")
    assert [key for key in (*exports._KEYS, "[columns]", "[platform_values]") if f"| `{key}` |" not in manual] == []
    assert [name for name in COLUMNS if f"`{name}`" not in manual] == []
    import tomllib

    parse_mapping(tomllib.loads(manual.split("```toml\n")[1].split("```")[0]), "docs/import.md")


def test_names_of_columns_are_compared_without_case_and_spaces(take: Take) -> None:
    assert take.posts(' HIT  sentence ,"ID\nnr"\nHei,1\n', map_to(text="Hit Sentence", id="Id nr"))[0].native_id == "1"


def test_columns_of_ours_that_a_mapping_does_not_name_are_not_read(take: Take) -> None:
    (post,) = take.posts("Melding,text,url,published_at\nHei,Feil,https://x.example.no/,tull\n", map_to(text="Melding"))
    assert (post.text, post.url, post.published_quality) == ("Hei", "", "missing")


def test_lines_of_json_are_mapped_too(take: Take) -> None:
    lines = '{"body": "Hei", "nr": 7, "tags": ["#A", "b"]}\n{"body": true}\n{"annet": 1}\n'
    found = take(lines, map_to(text="body", id="nr", hashtags="tags"))
    post, *refused = found
    assert isinstance(post, Post)
    assert (post.text, post.native_id, post.hashtags) == ("Hei", "7", ("a", "b"))
    assert [(r.line, r.problem.code) for r in refused if isinstance(r, Refused)] == [
        (2, "row_bad_value"),
        (3, "row_no_text"),
    ]


@pytest.mark.parametrize(
    ("settings", "written", "made"),
    [
        ({}, "21.11.2026 14.30", "21.11.2026 14.30"),
        ({"date_format": "%m/%d/%Y %H:%M"}, "11/21/2026 14:30", "2026-11-21T14:30:00"),
        ({"date_format": "%m/%d/%Y"}, "11/21/2026", "2026-11-21"),
        ({"date_format": "%d-%b-%y %I:%M %p"}, "21-Nov-26 2:30 PM", "2026-11-21T14:30:00"),
        ({"date_format": "%Y-%m-%dT%H:%M%z", "timezone": "UTC"}, "2026-11-21T14:30+0100", "2026-11-21T14:30:00+01:00"),
        ({"date_format": "%m/%d/%Y"}, "2026-11-21T14:30:00", "2026-11-21T14:30:00"),
        ({"timezone": "UTC"}, "2026-11-21 14:30", "2026-11-21T14:30:00+00:00"),
        ({"timezone": "UTC"}, "2026-11-21", "2026-11-21"),
        ({"date_format": "%d.%m.%y %H", "timezone": "Europe/London"}, "21.07.26 14", "2026-07-21T14:00:00+01:00"),
        ({"date_format": "%m/%d/%Y"}, "", ""),
    ],
)  # fmt: skip
def test_times_are_read_as_the_mapping_says(settings: dict[str, str], written: str, made: str) -> None:
    how = parse_mapping({**settings, "columns": {"text": "a", "published": "b"}}, "m")
    assert mapped(how, {"a": "Hei", "b": written})["published_at"] == made


@pytest.mark.parametrize("settings", [{"date_format": "%m/%d/%Y"}, {"timezone": "UTC"}])
def test_a_time_that_is_written_otherwise_costs_its_row(settings: dict[str, str]) -> None:
    how = parse_mapping({**settings, "columns": {"text": "a", "published": "b"}}, "m")
    with pytest.raises(RowError) as refused:
        mapped(how, {"a": "Hei", "b": "21.11.2026 14.30"})
    assert refused.value.problem.code == "row_date_format"
    assert refused.value.problem.details["date"] == "21.11.2026 14.30"


@pytest.mark.parametrize(
    ("decimal", "written", "count"),
    [
        (".", "1,204", 1204),
        (".", "1 204.5", 1204),
        (".", "12", 12),
        (",", "1.204", 1204),
        (",", "1.204.300,5", 1204300),
        (",", "12,5", 12),
        (",", "12.0", 12),
        (",", "1\xa0204", 1204),
        (".", "mange", None),
        (".", "-3", None),
        (".", "", None),
    ],
)
def test_numbers_are_read_as_the_mapping_says(take: Take, decimal: str, written: str, count: int | None) -> None:
    how = parse_mapping({"decimal": decimal, "delimiter": ";", "columns": {"text": "a", "likes": "b"}}, "m")
    (post,) = take.posts(f"a;b\nHei;{written}\n", how)
    assert post.metrics == (None if count is None else Metrics(likes=count))


def test_words_for_platforms_are_translated_and_unknown_ones_refused(take: Take) -> None:
    raw = {"columns": {"text": "a", "platform": "b"}, "platform_values": {"Twitter": "x"}}
    content = "a,b\n1,TWITTER\n2,instagram\n3,\n4,Usenet\n"
    found = take(content, parse_mapping(raw, "m"))
    assert [item.platform for item in found if isinstance(item, Post)] == ["x", "instagram", "facebook"]
    assert take.refused(content, parse_mapping(raw, "m")) == [(5, "row_unknown_platform")]
    others = {**raw, "platform_values": {"Twitter": "x", "*": "other"}}
    assert [item.platform for item in take.posts(content, parse_mapping(others, "m"))][-1] == "other"


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be", "utf-8", "utf-8-sig"])
def test_utf_16_is_read_with_and_without_a_mark_and_what_is_not_utf_16_all_the_same(take: Take, codec: str) -> None:
    how = parse_mapping({"encoding": "utf-16", "columns": {"text": "Tekst"}}, "m")
    assert take.posts("Tekst;x\nBlåbær på Ås;1\n".encode(codec), how)[0].text == "Blåbær på Ås"


def test_an_encoding_that_can_not_be_found_out_is_read_as_the_mapping_says(take: Take) -> None:
    how = parse_mapping({"encoding": "ISO-8859-15", "columns": {"text": "Tekst"}}, "m")
    assert take.posts("Tekst\nKoster 5 €\n".encode("iso-8859-15"), how)[0].text == "Koster 5 €"


def test_lines_above_the_header_are_passed_over_and_counted(take: Take) -> None:
    how = parse_mapping({"skip_rows": 2, "delimiter": "|", "columns": {"text": "a,b"}}, "m")
    content = 'Rapport "uke 47\n\na,b|c\nHei, du|1\n|2\n'
    assert take.refused(content, how) == [(5, "row_no_text")]
    assert isinstance(take(content, how)[0], Post)


# Ids


def test_importing_again_gives_the_same_posts(take: Take) -> None:
    content = "Melding,Av,Lenke\nHei,Ola,\nHei,Kari,\nHei,Ola,https://x.example.no/1\n"
    how = map_to(text="Melding", author="Av", url="Lenke")
    ids = [post.post_id for post in take.posts(content, how)]
    assert len(set(ids)) == 3
    assert ids == [post.post_id for post in take.posts(content, how)]


def test_an_address_that_stands_on_several_rows_is_no_id(take: Take) -> None:
    content = "Melding,Lenke,Av\nHei,https://x.example.no/1,Ola\nHei,https://x.example.no/1,Ola\nHa det,https://x.example.no/1,Kari\n"
    assert take.refused(content, map_to(text="Melding", url="Lenke")) == [(4, "row_same_url")]
    together = take.posts(content, map_to(text="Melding", url="Lenke", id=["Lenke", "Av"]))
    assert [post.url for post in together] == ["https://x.example.no/1"] * 3
    assert len({post.post_id for post in together}) == 2


@pytest.mark.parametrize("rounded", ["1,23457E+16", "1.2345678901234568e+16", "1E+17"])
def test_an_id_that_a_spreadsheet_has_rounded_is_none(take: Take, rounded: str) -> None:
    first, second = take.posts(f"text;id;in_reply_to\nEn;{rounded};{rounded}\nTo;{rounded};\n")
    assert first.native_id != second.native_id
    assert first.parent_native_id == ""


# Workbooks


def test_a_workbook_with_our_names_needs_no_mapping(take: Take) -> None:
    content = workbook(
        {
            "Ark1": rows(
                ["text", "id", "published_at", "likes"],
                ["Blåbær på Ås", 42.0, '<c s="1"><v>46347.6041666667</v></c>', 3],
            )
        }
    )
    (post,) = take.posts(content)
    assert (post.text, post.native_id, post.metrics) == ("Blåbær på Ås", "42", Metrics(likes=3))
    assert (post.published_at, post.published_quality) == (datetime(2026, 11, 21, 13, 30, tzinfo=UTC), "exact")


def test_rows_have_the_numbers_that_excel_shows(take: Take) -> None:
    content = workbook({"Ark1": rows(["text", "id"], ["En", 1], [], [None, 2], ["Tre", 3], first=3)})
    found = take(content)
    assert [item.native_id for item in found if isinstance(item, Post)] == ["1", "3"]
    assert take.refused(content) == [(6, "row_no_text")]


def test_a_table_may_begin_anywhere_in_the_sheet(take: Take) -> None:
    content = workbook({"Ark1": rows([None, None, "text", "id"], [None, None, "En", 1], first=5)})
    assert take.posts(content)[0].native_id == "1"


def test_formulas_are_read_as_the_values_that_were_stored(take: Take) -> None:
    formula = '<c t="str"><f>HYPERLINK("http://127.0.0.1/")</f><v>lagret verdi</v></c>'
    content = workbook({"Ark1": rows(["text", "id"], [formula, 1], ["=1+1", 2])})
    assert [post.text for post in take.posts(content)] == ["lagret verdi", "=1+1"]


def test_a_cell_with_an_error_is_empty_and_a_long_number_no_id(take: Take) -> None:
    content = workbook(
        {"Ark1": rows(["text", "id", "title"], ["En", 12345678901234567, '<c t="e"><v>#N/A</v></c>'], ["To", 1.5])}
    )
    first, second = take.posts(content)
    assert (len(first.native_id), first.title, second.native_id) == (32, "", "1.5")


def test_the_first_sheet_that_is_seen_is_read_or_the_one_that_is_named(take: Take) -> None:
    content = workbook(
        {"Skjult": rows(["text"], ["Skjult"]), "Data": rows(["text"], ["Data"]), "Mer": rows(["text"], ["Mer"])},
        {"Skjult": "hidden"},
    )
    assert take.posts(content)[0].text == "Data"
    named = parse_mapping({"sheet": "Mer", "columns": {"text": "text"}}, "m")
    assert take.posts(content, named)[0].text == "Mer"
    unknown = parse_mapping({"sheet": "Borte", "columns": {"text": "text"}}, "m")
    assert take.problem(content, unknown) == Problem(
        "file_no_such_sheet", {"file": "uttak.csv", "sheet": "Borte", "sheets": "Skjult, Data, Mer"}
    )


def test_a_row_that_is_too_long_is_refused_and_the_rest_is_read(take: Take) -> None:
    content = workbook({"Ark1": rows(["text", "id"], ["x" * 200_000, 1], ["Hei", 2])})
    assert take.refused(content) == [(2, "row_too_long")]


def test_a_million_empty_rows_are_nothing(take: Take) -> None:
    empty = "".join(f'<row r="{n}"><c r="A{n}" s="1"/></row>' for n in range(3, 100_000))
    content = workbook(
        {"Ark1": rows(["text"], ["Hei"]) + empty + '<row r="1000000"><c r="B1000000"><v>7</v></c></row>'}
    )
    assert take.refused(content) == [(1_000_000, "row_no_text")]


def test_a_merged_header_is_told_with_the_columns_that_are_found(take: Take) -> None:
    content = workbook({"Ark1": rows(["Uke 47", None, None], ["Melding", "Av", "Når"], ["Hei", "Ola", "i dag"])})
    how = map_to(text="Melding", author="Av")
    assert take.problem(content, how) == Problem(
        "mapping_missing_columns", {"file": "uttak.csv", "missing": "Melding, Av", "columns": "uke 47"}
    )


def test_columns_with_one_name_are_told_where_they_are_used(take: Take) -> None:
    assert take.problem("Melding,Av,MELDING\na,b,c\n", map_to(text="Melding")).details["column"] == "melding"
    assert take.problem("text,id,ID\na,b,c\n").code == "file_column_twice"
    assert len(take.posts("Melding,Av,Av\na,b,c\n", map_to(text="Melding"))) == 1


def bomb() -> bytes:
    """A workbook that says of itself that it unpacks to 600 MB."""
    out = io.BytesIO(workbook({"Ark1": rows(["text"], ["Hei"])}))
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("xl/media.bin", b"0")
        archive.infolist()[-1].file_size = 600_000_000
    return out.getvalue()


def compound(stream: str) -> bytes:
    """How the format before .xlsx begins, with the name of a stream in its directory."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1_000) + stream.encode("utf-16-le") + bytes(1_000)


def archive_of(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, "<x/>")
    return out.getvalue()


FAR = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (lambda: workbook({"Ark1": ""}), "file_empty"),
        (lambda: workbook({"Ark1": rows(["Navn", "Melding"], ["a", "b"])}), "file_no_text_column"),
        (lambda: workbook({}), "file_empty"),
        (lambda: compound("EncryptedPackage"), "file_is_locked"),
        (lambda: compound("Workbook"), "file_is_spreadsheet"),
        (lambda: archive_of("mimetype", "content.xml"), "file_is_spreadsheet"),
        (lambda: archive_of("xl/workbook.bin"), "file_is_spreadsheet"),
        (lambda: archive_of("word/document.xml"), "file_is_binary"),
        (lambda: archive_of("xl/workbook.xml"), "file_sheet_unreadable"),
        (lambda: workbook({"Ark1": rows(["text"], ["Hei"])})[:-300], "file_sheet_unreadable"),
        (lambda: workbook({"Ark1": rows(["text"], ["Hei"]) + FAR}), "file_sheet_too_large"),
        (bomb, "file_sheet_too_large"),
        (lambda: archive_of("xl/workbook.xml", *map(str, range(6_000))), "file_sheet_too_large"),
    ],
    ids=[
        *("empty sheet", "no text", "no sheet", "locked", "xls", "ods", "xlsb", "docx", "half", "cut", "far cell"),
        *("bomb", "parts"),
    ],
)  # fmt: skip
def test_a_workbook_that_can_not_be_read_is_one_problem(take: Take, content: object, code: str) -> None:
    assert callable(content)
    assert take.problem(content()).code == code


def test_a_workbook_that_breaks_anywhere_gives_posts_or_refusals(take: Take) -> None:
    whole = workbook({"Ark1": rows(["text", "id"], ["Hei", 1], ["På deg", 2])})
    for at, sign in itertools.product(range(40, len(whole), len(whole) // 7), (0x00, 0xFF)):
        broken = whole[:at] + bytes([sign]) + whole[at + 1 :]
        for item in take(broken):
            assert isinstance(item, Post | Refused)


def test_the_process_that_reads_workbooks_does_not_see_our_secrets(take: Take, monkeypatch: pytest.MonkeyPatch) -> None:
    from collectors import spreadsheets

    script = take.folder / "tell.py"
    script.write_text("import json, os; print('{}'); print(json.dumps([1, ['text', *os.environ]]))")
    monkeypatch.setattr(spreadsheets, "_SCRIPT", script)
    monkeypatch.setenv("LYTTEPOST_TOKEN", "hemmelig")
    (take.folder / "x.xlsx").write_bytes(b"")
    ((_, cells),) = spreadsheets.sheet_rows(take.folder / "x.xlsx")
    assert isinstance(cells, list)
    assert not [name for name in cells if "TOKEN" in name]


# Mapping files that are wrong


@pytest.mark.parametrize(
    ("toml", "code", "told"),
    [
        ("", "mapping_no_text", {}),
        ("[columns]\nauthor = 'x'\n", "mapping_no_text", {}),
        ("[columns]\ntext = Hit Sentence\n", "mapping_not_toml", {"line": "2"}),
        ("[columns\n", "mapping_not_toml", {"line": "1"}),
        ("a = [1,", "mapping_broken", {}),
        ("a = " + "[" * 5_000, "mapping_broken", {}),
        ("skiprows = 1\n", "mapping_unknown_key", {"key": "skiprows"}),
        ("[columns]\ntext = 'a'\nreach = 'b'\n", "mapping_unknown_key", {"key": "reach"}),
        ("columns = 'a'\n", "mapping_wrong_value", {"key": "columns"}),
        ("[columns]\ntext = 3\n", "mapping_wrong_value", {"key": "text", "value": "3"}),
        ("[columns]\ntext = []\n", "mapping_wrong_value", {"key": "text"}),
        ("[columns]\ntext = ['a', 3]\n", "mapping_wrong_value", {"key": "text"}),
        ("[columns]\ntext = ''\n", "mapping_wrong_value", {"key": "text"}),
        ("delimiter = ';;'\n", "mapping_wrong_value", {"key": "delimiter"}),
        ("delimiter = '\"'\n", "mapping_wrong_value", {"key": "delimiter"}),
        ("encoding = 'zip'\n", "mapping_wrong_value", {"key": "encoding", "value": "zip"}),
        ("encoding = 'utf-7'\n", "mapping_wrong_value", {"key": "encoding"}),
        ("skip_rows = -1\n", "mapping_wrong_value", {"key": "skip_rows"}),
        ("skip_rows = true\n", "mapping_wrong_value", {"key": "skip_rows"}),
        ("sheet = 1\n", "mapping_wrong_value", {"key": "sheet"}),
        ("decimal = ';'\n", "mapping_wrong_value", {"key": "decimal"}),
        ("date_format = '%Q'\n", "mapping_wrong_value", {"key": "date_format"}),
        ("date_format = '%'\n", "mapping_wrong_value", {"key": "date_format"}),
        ("timezone = 'Mars/Olympus'\n", "mapping_wrong_value", {"key": "timezone"}),
        ("timezone = '../../etc/passwd'\n", "mapping_wrong_value", {"key": "timezone"}),
        ("[platform_values]\nTwitter = 'twitter'\n", "mapping_wrong_value", {"key": "Twitter", "value": "twitter"}),
    ],
)
def test_what_is_wrong_with_a_mapping_is_told(tmp_path: Path, toml: str, code: str, told: dict[str, str]) -> None:
    more = (
        ""
        if "columns" in toml or not toml or code in ("mapping_broken", "mapping_not_toml")
        else "[columns]\ntext='a'\n"
    )
    with pytest.raises(FileError) as error:
        mapping(toml + more, tmp_path)
    found = error.value.problem
    assert (found.code, found.details["file"]) == (code, "mapping.toml")
    assert told.items() <= found.details.items()


def test_a_mapping_that_can_not_be_read_is_told(tmp_path: Path) -> None:
    def code(path: Path) -> str:
        with pytest.raises(FileError) as error:
            read_mapping(path)
        return error.value.problem.code

    (tmp_path / "latin.toml").write_bytes("[columns]\ntext = 'Når'\n".encode("latin-1"))
    assert code(tmp_path / "borte.toml") == "mapping_not_found"
    assert code(tmp_path) == "mapping_unreadable"
    assert code(tmp_path / "latin.toml") == "mapping_unreadable"


def test_a_file_that_lacks_columns_is_told_with_those_it_has(take: Take) -> None:
    assert take.problem("Navn;Melding\nOla;Hei\n", map_to(text="Tekst", author="Navn")) == Problem(
        "mapping_missing_columns", {"file": "uttak.csv", "missing": "Tekst", "columns": "navn, melding"}
    )


@pytest.mark.parametrize("sign", "aAbBdHIjmMpSyYzZf%")
def test_every_date_format_that_is_let_through_is_known_to_python(sign: str) -> None:
    assert exports._DATE_FORMAT.fullmatch(f"%{sign}")
    with pytest.raises(ValueError, match="does not match"):
        datetime.strptime("…", f"%{sign}")
