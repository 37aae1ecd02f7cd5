"""Posts from CSV and JSON Lines, and the rows that are refused."""

from __future__ import annotations

import gzip
import io
import json
import os
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collectors import files
from collectors.files import MAX_ROW, Refused, read_posts
from collectors.post import MAX_TEXT, Platform, Post, Problem

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Import:
    """Writes a file and reads it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "innlegg.csv"

    def __call__(self, content: str | bytes, platform: Platform = "facebook") -> list[Post | Refused]:
        self.path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return list(read_posts(self.path, "import", platform, NOW))

    def posts(self, content: str | bytes, platform: Platform = "facebook") -> list[Post]:
        return [item for item in self(content, platform) if isinstance(item, Post)]

    def one(self, **row: object) -> Post:
        (post,) = self(json.dumps({"text": "x", **row}))
        assert isinstance(post, Post), post
        return post

    def refused(self, content: str | bytes) -> list[tuple[int, str]]:
        return [(item.line, item.problem.code) for item in self(content) if isinstance(item, Refused)]


@pytest.fixture
def read(tmp_path: Path) -> Import:
    return Import(tmp_path)


# What is read

FULL = {
    "id": "42",
    "url": "https://forum.example.no/42",
    "text": "Vannet er brunt #vann",
    "title": "Vann",
    "published_at": "2026-11-21T14:30:00+01:00",
    "author": "Ola Nordmann",
    "author_handle": "@ola",
    "author_bio": "Far til to",
    "platform": "Forum",
    "in_reply_to": "41",
    "lang": "NB",
    "hashtags": "#drikkevann, Ås",
}


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_every_column_is_read(read: Import, kind: str) -> None:
    row = ",".join(f'"{value}"' for value in FULL.values())
    content = json.dumps(FULL) if kind == "json" else f"{','.join(FULL)}\n{row}\n"
    (post,) = read.posts(content)
    assert (post.native_id, post.namespace, post.source, post.platform) == ("42", "import", "import", "forum")
    assert (post.url, post.text, post.title) == (FULL["url"], FULL["text"], FULL["title"])
    assert post.published_at == datetime(2026, 11, 21, 13, 30, tzinfo=UTC)
    assert (post.published_quality, post.published_raw) == ("exact", FULL["published_at"])
    assert (post.kind, post.parent_native_id, post.lang_declared) == ("reply", "41", "nb")
    assert post.hashtags == ("drikkevann", "ås", "vann")
    assert post.author is not None
    assert (post.author.native_id, post.author.handle) == ("import/ola", "ola")
    assert (post.author.name, post.author.bio, post.author.platform) == ("Ola Nordmann", "Far til to", "forum")


def test_text_alone_is_enough(read: Import) -> None:
    (post,) = read.posts("text\nHei\n")
    assert (post.text, post.platform, post.kind) == ("Hei", "facebook", "post")
    assert (post.published_at, post.published_quality) == (NOW, "missing")
    assert post.author is None


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_separators_and_line_ends_are_found_out(read: Import, delimiter: str, end: str) -> None:
    rows = ["Author,Text ,ID", "Ola,Hei; på deg\t!,1", 'Kari,"En, ""to"",\ntre",2']
    content = end.join(row.replace(",", delimiter) if delimiter == "," else _quoted(row, delimiter) for row in rows)
    first, second = read.posts(content)
    assert first.native_id == "1"
    assert first.text.startswith("Hei")
    assert (second.text, second.native_id) == ('En, "to",\ntre', "2")


def _quoted(row: str, delimiter: str) -> str:
    """A comma-separated row with another separator; what holds it is put in quotes."""
    import csv

    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="").writerows(csv.reader(io.StringIO(row)))
    return out.getvalue()


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "cp1252", "latin-1", "utf-16", "utf-32"])
def test_norwegian_letters_survive_in_every_usual_encoding(read: Import, codec: str) -> None:
    (post,) = read.posts("text;id\nBlåbærsyltetøy på Ås;1\n".encode(codec))
    assert post.text == "Blåbærsyltetøy på Ås"


def test_one_broken_sign_does_not_spoil_the_others(read: Import) -> None:
    (post,) = read.posts("text\nBlåbær og BRUDD på Ås\n".encode().replace(b"BRUDD", b"\xe5"))
    assert post.text == "Blåbær og \ufffd på Ås"


def test_json_lines_may_have_blank_lines_and_more_keys(read: Import) -> None:
    first, second = read.posts('\n{"text": "En", "likes": 3}\n\n{"text": "To", "id": 9, "hashtags": ["#A", 3]}')
    assert (first.text, second.text) == ("En", "To")
    assert (second.native_id, second.hashtags) == ("9", ("a",))


@pytest.mark.parametrize(
    ("written", "moment", "quality"),
    [
        ("2026-11-21T14:30", "2026-11-21T13:30Z", "exact"),
        ("21.11.2026 14.30", "2026-11-21T13:30Z", "exact"),
        ("1. juli 2026", "2026-06-30T22:00Z", "date_only"),
        ("2027-01-01", "2026-11-22T12:00Z", "clamped_future"),
    ],
)
def test_dates_are_norwegian_unless_they_say_otherwise(read: Import, written: str, moment: str, quality: str) -> None:
    post = read.one(published_at=written)
    assert (post.published_at, post.published_quality) == (datetime.fromisoformat(moment), quality)


def test_identity_is_id_then_url_then_content(read: Import) -> None:
    assert read.one(id=7, url="https://x.example.no/").native_id == "7"
    assert read.one(url="https://x.example.no/").native_id == "https://x.example.no/"
    bare = read.one(author="Ola")
    assert bare.post_id == read.one(author="Ola").post_id
    assert bare.post_id != read.one(author="Kari").post_id


def test_a_global_id_is_the_same_post_as_the_collectors_would_find(read: Import) -> None:
    uri = "https://sosial.example.no/@ola/1"
    post = read.one(platform="mastodon", id=uri, author_handle="@Ola@sosial.example.no")
    assert (post.namespace, post.native_id) == ("", uri)
    assert post.author is not None
    assert post.author.native_id == "ola@sosial.example.no"
    assert read.one(platform="mastodon", id="1").namespace == "import"
    assert read.one(platform="feed", id=uri).namespace == "import"


def test_links_are_web_addresses_or_nothing(read: Import) -> None:
    assert read.one(url="javascript:alert(1)", id="1").url == ""


def test_html_and_markdown_stay_as_text_and_control_characters_go(read: Import) -> None:
    assert read.one(text="<b>x</b> **y**\u202e\u0000\ud800").text == "<b>x</b> **y**"


def test_a_long_text_is_cut_and_says_so(read: Import) -> None:
    text = read.one(text="ord " * 10_000).text
    assert len(text) <= MAX_TEXT
    assert text.endswith(" […]")


# What is refused


def test_broken_rows_are_refused_and_the_rest_is_read(read: Import) -> None:
    content = (
        "id,text,published_at,platform\n"
        "1,Hei,,\n"
        "2,,,\n"
        "3,Hei,32.13.2026,\n"
        "4,Hei,,myspace\n"
        "5,Hei, på deg,,\n"
        "\n"
        '6,"To\nlinjer",,\n'
        ",,,\n"
        f"7,{'x' * MAX_ROW},,\n"
        "8\n"
        "9,Siste,,minbok\n"
        "10,Siste\n"
    )
    assert [post.native_id for post in read.posts(content)] == ["1", "6", "10"]
    assert read.refused(content) == [
        (3, "row_no_text"),
        (4, "row_bad_date"),
        (5, "row_unknown_platform"),
        (6, "row_columns"),
        (11, "row_too_long"),
        (12, "row_no_text"),
        (13, "row_unknown_platform"),
    ]


def test_a_refusal_says_what_was_wrong(read: Import) -> None:
    refused = [
        item.problem
        for item in read("text,platform,published_at\na,myspace,\nb,,i fjor\nc,d,e,f\n")
        if isinstance(item, Refused)
    ]
    assert refused == [
        Problem("row_unknown_platform", {"platform": "myspace"}),
        Problem("row_bad_date", {"date": "i fjor"}),
        Problem("row_columns", {"expected": "3", "found": "4"}),
    ]


def test_a_quote_that_is_never_closed_costs_one_row(read: Import) -> None:
    content = 'id,text\n1,Hei\n2,"åpent\n3,Tre\n4,Fire\n'
    assert [post.native_id for post in read.posts(content)] == ["1", "3", "4"]
    assert read.refused(content) == [(3, "row_open_quote")]


def test_a_quote_that_is_never_closed_does_not_swallow_rows_with_quotes(read: Import) -> None:
    content = 'text,title\n"aldri lukket,x\n"rad to",y\nrad tre,z\n"Ola sa "hei" til meg",æ\n"to ""ord""",ø\n'
    assert [post.text for post in read.posts(content)] == ["rad to", "rad tre", 'to "ord"']
    assert read.refused(content) == [(2, "row_open_quote"), (5, "row_unreadable")]


def test_a_quote_that_is_not_closed_for_long_costs_one_row(read: Import) -> None:
    rows = [f"{n},Innlegg nummer {n}" for n in range(3, 20_000)]
    content = "\n".join(["id,text", '2,"åpent', *rows])
    assert len(read.posts(content)) == len(rows)
    assert read.refused(content) == [(2, "row_open_quote")]


def test_broken_json_lines_are_refused_and_the_rest_is_read(read: Import) -> None:
    lines = [
        '{"text": "En"}',
        '{"text": "To"',
        "[1]",
        '"tekst"',
        '{"text": ["x"]}',
        '{"text": true}',
        '{"text": null}',
        '{"text": "x", "published_at": 1763740800}',
        '{"text": "' + "x" * MAX_ROW + '"}',
        "[" * 50_000,
        '{"text": "Siste"}',
    ]
    content = "\n".join(lines)
    assert [post.text for post in read.posts(content)] == ["En", "Siste"]
    assert read.refused(content) == [
        (2, "row_not_json"),
        (3, "row_not_object"),
        (4, "row_not_object"),
        (5, "row_bad_value"),
        (6, "row_bad_value"),
        (7, "row_no_text"),
        (8, "row_bad_date"),
        (9, "row_too_long"),
        (10, "row_not_json"),
    ]


# Files that can not be read


def test_a_file_without_a_text_column_is_refused_with_the_columns_it_has(read: Import) -> None:
    (refused,) = read("Navn;Melding\nOla;Hei\n")
    assert refused == Refused(0, Problem("file_no_text_column", {"file": "innlegg.csv", "columns": "navn, melding"}))


def workbook() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b" \n\n", "file_empty"),
        (workbook(), "file_sheet_unreadable"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "file_is_spreadsheet"),
        (gzip.compress(b"text\nHei\n" * 100), "file_is_binary"),
        (b"text\nHei\0\n", "file_is_binary"),
        ("text\nHei\n".encode("utf-32-le"), "file_is_binary"),
        (b"\xff\xfe" + bytes(range(1, 200)), "file_is_binary"),
        (bytes(range(1, 9)) * 40, "file_is_binary"),
        (b'[{"text": "Hei"}]', "file_is_json_list"),
        (b"x" * (MAX_ROW * 3), "file_no_text_column"),
        (b'"text\n', "file_no_text_column"),
    ],
    ids=[
        "empty",
        "blank",
        "half an xlsx",
        "xls",
        "gzip",
        "a zero",
        "UTF-32 unmarked",
        "marked bytes",
        "bytes",
        "JSON list",
        "one line",
        "open quote",
    ],
)
def test_a_file_that_is_something_else_is_one_problem(read: Import, content: bytes, code: str) -> None:
    assert read.refused(content) == [(0, code)]


def test_a_file_that_is_too_large_is_one_problem(read: Import, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_FILE", 10)
    assert read.refused("text\nHei på deg\n") == [(0, "file_too_large")]


def test_what_is_no_file_is_one_problem(tmp_path: Path) -> None:
    def code(path: Path) -> list[tuple[int, str]]:
        return [
            (item.line, item.problem.code) for item in read_posts(path, "x", "feed", NOW) if isinstance(item, Refused)
        ]

    assert code(tmp_path) == [(0, "file_not_a_file")]
    assert code(tmp_path / "finnes ikke.csv") == [(0, "file_not_found")]
    os.mkfifo(tmp_path / "rør")
    assert code(tmp_path / "rør") == [(0, "file_not_a_file")]


def test_a_file_that_may_not_be_read_is_one_problem(read: Import, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    read.path.touch()
    assert [item.problem.code for item in read_posts(read.path, "x", "feed", NOW) if isinstance(item, Refused)] == [
        "file_unreadable"
    ]


@settings(
    max_examples=200,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.sampled_from([b"text,id\n", b'{"text": "x"}\n', b"text;published_at\n", b""]),
    st.binary(max_size=60) | st.text(alphabet='",;\n\r{}æa1.\u2028', max_size=60).map(str.encode),
)
def test_whatever_a_file_holds_gives_posts_or_refusals(read: Import, head: bytes, rest: bytes) -> None:
    for item in read(head + rest):
        assert isinstance(item, Post | Refused)
