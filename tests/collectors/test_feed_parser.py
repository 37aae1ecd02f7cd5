"""From the bytes of a feed to posts, however the feed is written."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.feed_parser import MAX_ITEMS, ParsedFeed, parse
from collectors.links import MAX_LINKS
from collectors.post import MAX_TEXT, Post, Problem, Source

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SOURCE = Source("avis", "https://avis.example.no/feed/")


def read(body: bytes | str, content_type: str = "application/rss+xml", url: str = SOURCE.url) -> ParsedFeed:
    data = body.encode() if isinstance(body, str) else body
    found = parse(data, {"content-type": content_type}, SOURCE, url, NOW)
    assert isinstance(found, ParsedFeed), found
    return found


def refused(body: bytes | str, content_type: str = "text/html") -> Problem:
    data = body.encode() if isinstance(body, str) else body
    found = parse(data, {"content-type": content_type}, SOURCE, SOURCE.url, NOW)
    assert isinstance(found, Problem), found
    return found


def rss(*items: str, title: str = "Avisa", head: str = "") -> str:
    namespaces = (
        'xmlns:wfw="http://wellformedweb.org/CommentAPI/" xmlns:slash="http://purl.org/rss/1.0/modules/slash/" '
        'xmlns:sy="http://purl.org/rss/1.0/modules/syndication/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
        'xmlns:thr="http://purl.org/syndication/thread/1.0"'
    )
    inner = "".join(f"<item>{item}</item>" for item in items)
    return f'<rss version="2.0" {namespaces}><channel><title>{title}</title>{head}{inner}</channel></rss>'


def one(item: str, **kwargs: str) -> Post:
    (post,) = read(rss(item), **kwargs).posts
    return post


# Formats


def test_rss_2_gives_posts() -> None:
    post = one(
        "<guid isPermaLink='false'>sak-1</guid><link>https://avis.example.no/sak/1</link>"
        "<title>Høring om rute 24</title>"
        "<description>Kort</description><content:encoded>&lt;p&gt;Hele saken&lt;/p&gt;</content:encoded>"
        "<dc:creator>Kari Nordmann</dc:creator><category>Samferdsel</category>"
        "<pubDate>Sun, 22 Nov 2026 10:00:00 +0100</pubDate>"
    )
    assert post.native_id == "sak-1"
    assert post.namespace == post.source == "avis"
    assert (post.platform, post.kind) == ("feed", "article")
    assert (post.title, post.text) == ("Høring om rute 24", "Hele saken")
    assert post.url == "https://avis.example.no/sak/1"
    assert post.published_at == datetime(2026, 11, 22, 9, tzinfo=UTC)
    assert (post.published_quality, post.published_raw) == ("exact", "Sun, 22 Nov 2026 10:00:00 +0100")
    assert post.hashtags == ("samferdsel",)
    assert post.author is not None
    assert (post.author.native_id, post.author.name) == ("avis/Kari Nordmann", "Kari Nordmann")
    assert post.fetched_at == NOW


@pytest.mark.parametrize(
    "body",
    [
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://my.netscape.com/rdf/simple/0.9/">'
        "<channel><title>x</title></channel><item><title>En sak</title><link>https://x.example.no/1</link></item></rdf:RDF>",
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">'
        '<channel/><item rdf:about="https://x.example.no/1"><title>En sak</title><link>https://x.example.no/1</link></item>'
        "</rdf:RDF>",
        '<rss version="0.91"><channel><item><title>En sak</title><link>https://x.example.no/1</link></item></channel></rss>',
        '<rss version="0.92"><channel><item><title>En sak</title><link>https://x.example.no/1</link></item></channel></rss>',
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>En sak</title><link href="https://x.example.no/1"/></entry>'
        "</feed>",
        '{"version": "https://jsonfeed.org/version/1", "items": [{"title": "En sak", "url": "https://x.example.no/1"}]}',
    ],
    ids=["RSS 0.90", "RSS 1.0", "RSS 0.91", "RSS 0.92", "Atom", "JSON Feed"],
)
def test_every_format_is_read(body: str) -> None:
    feed = read(body)
    (post,) = feed.posts
    assert (post.title, post.url, post.kind) == ("En sak", "https://x.example.no/1", "article")
    assert (feed.warning, feed.seen) == (None, 1)


def test_json_feed_1_1_is_read_whole() -> None:
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Kommunen",
        "language": "nb-NO",
        "authors": [{"name": "Redaksjonen", "url": "https://avis.example.no/om"}],
        "items": [
            {
                "id": 7,
                "url": "/sak/7",
                "title": "Møte & kaffe",
                "content_html": "<p>Kom på <b>møte</b></p>",
                "date_published": "2026-11-21T10:00:00+01:00",
                "date_modified": "2026-11-21T12:00:00+01:00",
                "tags": ["Møter", 3],
                "authors": [{"name": "Ola"}],
            },
            {"id": "8", "content_text": "1 < 2 & <b>ikke fet</b>"},
        ],
    }
    first, second = read(json.dumps(feed), "application/feed+json").posts
    assert (first.native_id, first.title, first.text) == ("7", "Møte & kaffe", "Kom på møte")
    assert (first.url, first.hashtags) == ("https://avis.example.no/sak/7", ("møter",))
    assert first.published_at == datetime(2026, 11, 21, 9, tzinfo=UTC)
    assert first.edited_at == datetime(2026, 11, 21, 11, tzinfo=UTC)
    assert first.lang_declared == "nb-no"
    assert first.author is not None
    assert first.author.name == "Ola"
    assert second.text == "1 < 2 & <b>ikke fet</b>"
    assert second.author is not None
    assert (second.author.name, second.author.url) == ("Redaksjonen", "https://avis.example.no/om")


def test_json_of_wrong_types_is_read_as_far_as_it_goes() -> None:
    items = [{"id": None, "content_text": ["x"], "title": "En", "tags": "x", "author": "x"}, 7, None, {"title": {}}]
    feed = read(json.dumps({"items": items, "title": 3}), "application/json")
    assert [post.title for post in feed.posts] == ["En"]
    assert feed.warning is not None
    assert feed.warning.code == "feed_malformed"


@pytest.mark.parametrize(
    "body", ["{", "[1, 2]", '{"items": 3}', "{}", "[" * 100_000, '{"items": [' + "9" * 5_000 + "]"]
)
def test_json_that_is_no_feed_is_refused(body: str) -> None:
    assert refused(body, "application/json").code == "feed_unreadable"


def test_json_with_raw_control_signs_and_huge_numbers_is_read() -> None:
    feed = read(
        '{"items": [{"id": ' + "9" * 5_000 + ', "title": "En\tsak"}, {"id": 7, "content_text": "a\nb"}]}',
        "application/json",
    )
    first, second = feed.posts
    assert (len(first.native_id), first.title) == (32, "En sak")
    assert (second.native_id, second.text) == ("7", "a\nb")


def test_a_feed_without_items_is_fine() -> None:
    feed = read(rss())
    assert (feed.posts, feed.warning, feed.seen) == ((), None, 0)


def test_the_time_to_live_comes_along() -> None:
    assert read(rss(head="<ttl>60</ttl>")).ttl_minutes == 60
    assert read(rss(head="<ttl>-5</ttl>")).ttl_minutes is None
    assert read(rss(head="<ttl>snart</ttl>")).ttl_minutes is None


@pytest.mark.parametrize(
    ("head", "minutes"),
    [
        ("<sy:updatePeriod>\n hourly </sy:updatePeriod><sy:updateFrequency> 1 </sy:updateFrequency>", 60),
        ("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>", 15),
        ("<sy:updatePeriod>daily</sy:updatePeriod>", 1_440),
        ("<sy:updatePeriod>weekly</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency>", 10_080),
        ("<sy:updatePeriod>hourly</sy:updatePeriod><ttl>90</ttl>", 90),
        ("<sy:updatePeriod>hourly</sy:updatePeriod><ttl>5</ttl>", 60),
        ("<sy:updatePeriod>aldri</sy:updatePeriod>", None),
        ("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>9999999</sy:updateFrequency>", None),
    ],
)
def test_a_feed_says_how_often_it_is_renewed(head: str, minutes: int | None) -> None:
    assert read(rss(head=head)).ttl_minutes == minutes


@pytest.mark.parametrize(
    "body",
    [
        rss(head='<atom:link rel="hub" href="https://hub.example.no/" xmlns:atom="http://www.w3.org/2005/Atom"/>'),
        b'{"items": [], "hubs": [{"type": "WebSub", "url": "https://hub.example.no/"}]}',
    ],
    ids=["rss", "json"],
)
def test_a_feed_says_where_it_can_be_subscribed_to(body: bytes) -> None:
    assert read(body).hub == "https://hub.example.no/"
    assert read(rss()).hub == ""


# Text


def test_html_becomes_lines_of_text() -> None:
    post = one(
        "<title>t</title><description>&lt;p&gt;Hei&amp;nbsp;p&amp;aring;   deg&lt;/p&gt;&lt;p&gt;To&lt;br/&gt;tre "
        "&lt;b&gt;fi&lt;/b&gt;re&lt;/p&gt;&lt;script&gt;alert(1)&lt;/script&gt;&lt;style&gt;p{}&lt;/style&gt;"
        "&lt;img src=x onerror=alert(1)&gt;</description>"
    )
    assert post.text == "Hei på deg\nTo\ntre fire"


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (
            '<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>En</p><p>to</p></div></content>',
            "En\nto",
        ),
        ('<content type="html">&lt;p&gt;1 &amp;lt; 2&lt;/p&gt;</content>', "1 < 2"),
        ('<content type="text">&lt;b&gt;x&lt;/b&gt;</content>', "<b>x</b>"),
        ("<summary>Kort</summary>", "Kort"),
        ('<summary>Kort</summary><content type="text"></content>', "Kort"),
    ],
)
def test_atom_says_what_is_markup(content: str, text: str) -> None:
    feed = read(f'<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>1</id><title>t</title>{content}</entry></feed>')
    assert feed.posts[0].text == text
    assert feed.warning is None


def test_markdown_and_quoted_scripts_stay_as_text() -> None:
    post = one(
        "<title>**fet** [lenke](javascript:x)</title><description>&amp;lt;script&amp;gt; # overskrift</description>"
    )
    assert post.title == "**fet** [lenke](javascript:x)"
    assert post.text == "<script> # overskrift"


def test_plain_text_keeps_its_lines() -> None:
    assert one("<title>t</title><description>En\n\n\n\nto\r\ntre</description>").text == "En\n\nto\ntre"


def test_entities_in_titles_are_decoded() -> None:
    assert one("<title>S&amp;oslash;knad &amp;amp; svar &lt;b&gt;n&#229;&lt;/b&gt;</title>").title == "Søknad & svar nå"


def test_text_is_nfc_without_control_characters() -> None:
    feed = {"items": [{"id": "1", "content_text": "a\u030a\u0000\u202e\ud800\u200bb\u00ad", "title": "\u0007x\ny"}]}
    (post,) = read(json.dumps(feed), "application/json").posts
    assert (post.text, post.title) == ("åb", "x y")


def test_a_long_text_is_cut_and_says_so() -> None:
    post = one(f"<title>{'t ' * 3_000}</title><description>{'ord ' * 10_000}</description>")
    assert len(post.text) <= MAX_TEXT
    assert post.text.endswith("ord […]")
    assert post.title.endswith("t […]")
    assert len(post.title) <= 500


def test_emoji_pictures_are_kept_as_emoji() -> None:
    picture = "&lt;img src='https://s.w.org/images/core/emoji/72x72/1f68c.png' alt='🚌'&gt;"
    assert one(f"<description>Buss {picture} kommer</description>").text == "Buss 🚌 kommer"


def test_hashtags_come_from_categories_and_text() -> None:
    post = one(
        "<title>Om #Barnehage</title><category>Bygg og eiendom</category><category>#Ås</category>"
        "<description>Les #høring2026 og #barnehage, sak #12 https://x.example.no/#anker &amp;#39;</description>"
    )
    assert post.hashtags == ("byggogeiendom", "ås", "barnehage", "høring2026")


# Identity, links and authors


def test_identity_is_guid_then_link_then_content() -> None:
    item = "<title>t</title><description>d</description>"
    assert one(f"<guid>g</guid><link>https://x.example.no/</link>{item}").native_id == "g"
    assert one(f"<link>https://x.example.no/</link>{item}").native_id == "https://x.example.no/"
    bare = one(item)
    assert bare.native_id == one(item).native_id
    assert bare.native_id != one(item.replace("d<", "e<")).native_id


def test_identity_does_not_follow_the_address_of_the_feed() -> None:
    item = "<guid>sak-1</guid><title>t</title>"
    assert one(item).native_id == one(item, url="https://annen.example.no/rss").native_id == "sak-1"


def test_an_id_that_can_not_be_kept_becomes_a_digest() -> None:
    first, second = (one(f"<guid>{'x/' * 5_000}{n}</guid><title>t</title>").native_id for n in (1, 2))
    assert len(first) == len(second) == 32
    assert first != second


def test_the_same_id_twice_is_one_post_and_the_last_wins() -> None:
    feed = read(
        rss("<guid>1</guid><title>Før</title>", "<guid>2</guid><title>x</title>", "<guid>1</guid><title>Nå</title>")
    )
    assert {post.native_id: post.title for post in feed.posts} == {"1": "Nå", "2": "x"}
    assert feed.seen == 3


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("/sak/1", "https://avis.example.no/sak/1"),
        ("sak/1", "https://avis.example.no/feed/sak/1"),
        ("//annen.example.no/", "https://annen.example.no/"),
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("https://kommune.example.no@ond.example.no/", ""),
        ("https://[", ""),
        ("https://x.example.no" + "/a" * 1_500, ""),
    ],
)
def test_links_are_absolute_web_addresses_or_nothing(link: str, url: str) -> None:
    assert one(f"<guid isPermaLink='false'>1</guid><title>t</title><link>{link}</link>").url == url


@pytest.mark.parametrize(
    ("written", "link"),
    [
        ("https://x.example.no/1?utm_source=rss&amp;id=7&amp;fbclid=abc", "https://x.example.no/1?id=7"),
        ("https://x.example.no/1?UTM_Source=rss", "https://x.example.no/1"),
        ("https://x.example.no/1?gclid=abc#svar", "https://x.example.no/1#svar"),
        ("https://x.example.no/1?q=utm_source%3D1&amp;a=b&amp;a=c", "https://x.example.no/1?q=utm_source%3D1&a=b&a=c"),
        (
            "https://www.google.com/url?rct=j&amp;sa=t&amp;url=https://x.example.no/1%3Fa%3Db%26utm_medium%3Drss"
            "&amp;ct=ga&amp;cd=CAE&amp;usg=AOv",
            "https://x.example.no/1?a=b",
        ),
        ("https://www.google.no/url?q=https://x.example.no/1", "https://x.example.no/1"),
        ("https://www.google.com/url?url=javascript:alert(1)", "https://www.google.com/url?url=javascript:alert(1)"),
        (
            "https://google.com.example.no/url?url=https://ond.example.no/",
            "https://google.com.example.no/url?url=https://ond.example.no/",
        ),
    ],
)
def test_links_lead_where_they_lead_in_truth(written: str, link: str) -> None:
    post = one(
        f"<guid isPermaLink='false'>1</guid><title>t</title><link>{written}</link>"
        f"<description>&lt;a class='x' href='{written.replace('&', '&amp;')}'&gt;her&lt;/a&gt;</description>"
    )
    assert (post.url, post.links) == (link, (link,))


def test_google_alerts_are_read() -> None:
    feed = read(
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>Google-varsel – Fjellheim</title><entry>'
        "<id>tag:google.com,2013:googlealerts/feed:1</id>"
        "<title type='html'>&lt;b&gt;Fjellheim&lt;/b&gt; &amp;amp; veien</title>"
        '<link href="https://www.google.com/url?rct=j&amp;url=https://x.example.no/1&amp;ct=ga"/>'
        "<content type='html'>Om &lt;b&gt;Fjellheim&lt;/b&gt;</content></entry></feed>"
    )
    (post,) = feed.posts
    assert (post.title, post.text, post.url) == ("Fjellheim & veien", "Om Fjellheim", "https://x.example.no/1")


def test_links_in_the_text_are_kept_absolute_once_and_not_without_end() -> None:
    anchors = "<a href='/a?utm_campaign=x'>a</a><a href=\"b\">b</a><A\nHREF = '/a'>a</A><a name=x>n</a>"
    anchors += "<a href='javascript:alert(1)'>x</a><a href='mailto:ola@example.no'>o</a><a data-x='1' href='#d'>d</a>"
    item = f"<link>https://avis.example.no/sak/1</link><description><![CDATA[{anchors}]]></description>"
    assert one(item).links == (
        "https://avis.example.no/a",
        "https://avis.example.no/sak/b",
        "https://avis.example.no/sak/1#d",
    )
    many = "".join(f"<a href='/{n}'>x</a>" for n in range(500))
    assert len(one(f"<title>t</title><description><![CDATA[{many}]]></description>").links) == MAX_LINKS


def test_links_in_plain_text_are_kept() -> None:
    feed = {
        "items": [{"id": "1", "content_text": "Se (https://x.example.no/1?utm_source=a). Og http://y.example.no/."}]
    }
    (post,) = read(json.dumps(feed), "application/json").posts
    assert post.links == ("https://x.example.no/1", "http://y.example.no/")


def test_relative_links_start_where_the_feed_says() -> None:
    feed = read(
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://b.example.no/x/"><entry><id>1</id><title>a</title>'
        '<link href="y"/><content type="html" xml:base="q/">&lt;a href="z"&gt;z&lt;/a&gt;</content></entry></feed>'
    )
    assert (feed.posts[0].url, feed.posts[0].links) == ("https://b.example.no/x/y", ("https://b.example.no/x/q/z",))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Teksten. https://x.example.no/1?utm_source=a", "Teksten. https://x.example.no/1?utm_source=b"),
        ("Teksten.\nVisninger: 1 234", "Teksten.\nVisninger: 1 235"),
        ("Teksten.\nLest 17 ganger\nDel på Facebook", "Teksten.\nLest 18 ganger\nDel på: Facebook, X, LinkedIn"),
        ("Teksten.\n12 views\n\nShare this: Facebook", "Teksten.\n13 views\n\nShare this: Facebook"),
    ],
)
def test_what_only_counts_readers_makes_no_new_version(first: str, second: str) -> None:
    def hashed(body: str) -> str:
        feed = {"items": [{"id": "1", "content_text": body}]}
        return read(json.dumps(feed), "application/json").posts[0].content_hash

    assert hashed(first) == hashed(second)
    assert hashed(first) != hashed(f"{first}\nMen så skjedde det noe.")


@pytest.mark.parametrize(
    "body", ["Visninger: 12", "Bare 12 visninger er satt opp.", "Vi deler dette.", "Lest i dag: 3 bøker"]
)
def test_what_somebody_wrote_stays(body: str) -> None:
    feed = {"items": [{"id": "1", "title": "t", "content_text": f"{body}"}]}
    assert read(json.dumps(feed), "application/json").posts[0].text == body


def test_a_guid_is_a_link_only_where_it_is_an_address() -> None:
    assert one("<guid>abc</guid><title>t</title>").url == ""
    assert one("<guid>https://x.example.no/1</guid><title>t</title>").url == "https://x.example.no/1"


def test_an_item_that_says_nothing_is_left_out() -> None:
    feed = read(rss("<guid isPermaLink='false'>1</guid>", "<title>En</title>"))
    assert ([post.title for post in feed.posts], feed.seen) == (["En"], 2)


def test_email_addresses_of_authors_are_not_kept() -> None:
    named = one("<title>t</title><author>ola@example.no (Ola)</author>").author
    bare = one("<title>t</title><author>ola@example.no</author>").author
    other = one("<title>t</title><author>kari@example.no</author>").author
    assert named is not None
    assert bare is not None
    assert other is not None
    assert named.name == "Ola"
    assert "example.no" not in repr(named) + repr(bare)
    assert bare.author_id != other.author_id


def test_items_of_atom_inherit_the_author_of_the_feed() -> None:
    feed = read(
        '<feed xmlns="http://www.w3.org/2005/Atom"><author><name>Kommunen</name><uri>https://k.example.no/</uri></author>'
        "<entry><id>1</id><title>a</title></entry><entry><id>2</id><title>b</title><author><name>Ola</name></author></entry>"
        "</feed>"
    )
    assert [(p.author.name, p.author.url) for p in feed.posts if p.author] == [
        ("Kommunen", "https://k.example.no/"),
        ("Ola", ""),
    ]


# Threads and kinds

COMMENTS = "<guid>1</guid><title>Sak</title><wfw:commentRss>https://avis.example.no/1/feed/</wfw:commentRss>"


@pytest.mark.parametrize(
    ("item", "offered", "replies"),
    [
        (COMMENTS, ["https://avis.example.no/1/feed/"], None),
        (COMMENTS.replace("https://avis.example.no", ""), ["https://avis.example.no/1/feed/"], None),
        (COMMENTS + "<slash:comments>3</slash:comments>", ["https://avis.example.no/1/feed/"], 3),
        (COMMENTS + "<slash:comments>0</slash:comments>", [], 0),
        (COMMENTS + "<slash:comments>mange</slash:comments>", ["https://avis.example.no/1/feed/"], None),
        (COMMENTS + f"<slash:comments>{'9' * 30}</slash:comments>", ["https://avis.example.no/1/feed/"], None),
        (
            "<title>Sak</title><comments>https://avis.example.no/1/feed/</comments>",
            ["https://avis.example.no/1/feed/"],
            None,
        ),
        ("<title>Sak</title><comments>https://avis.example.no/1/#comments</comments>", [], None),
        ("<title>Sak</title><wfw:commentRss>javascript:alert(1)</wfw:commentRss>", [], None),
        (f"<title>Sak</title><wfw:commentRss>{SOURCE.url}</wfw:commentRss>", [], None),
    ],
)
def test_the_comments_on_an_item_are_offered_as_a_feed(item: str, offered: list[str], replies: int | None) -> None:
    feed = read(rss(item))
    (post,) = feed.posts
    assert [found.url for found in feed.suggestions] == offered
    assert all((found.title, found.post_id) == ("Sak", post.post_id) for found in feed.suggestions)
    assert (post.metrics.replies if post.metrics else None) == replies


def test_atom_names_the_feed_of_the_replies() -> None:
    feed = read(
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>1</id><title>Sak</title><link rel="replies" '
        'type="text/html" href="/1#svar"/><link rel="replies" type="application/atom+xml" href="/1.atom"/></entry>'
        "</feed>"
    )
    assert [found.url for found in feed.suggestions] == ["https://avis.example.no/1.atom"]


def test_replies_point_at_what_they_answer() -> None:
    body = (
        '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:t="http://purl.org/syndication/thread/1.0"><title>x</title>'
        "<entry><id>tag:1</id><content>Først</content></entry>"
        '<entry><id>tag:2</id><content>Svar</content><t:in-reply-to ref="tag:1" href="https://x.example.no/"/></entry></feed>'
    )
    first, reply = read(body).posts
    assert (reply.parent_native_id, reply.parent_id) == ("tag:1", first.post_id)
    assert first.parent_id is None
    assert (first.kind, reply.kind) == ("comment", "comment")


@pytest.mark.parametrize(
    ("title", "url", "kind"),
    [
        ("Comments on: Bussen", "https://avis.example.no/sak/feed/", "comment"),
        ("Kommentarer til Bussen", "https://avis.example.no/sak/feed/", "comment"),
        ("Avisa", "https://avis.example.no/comments/feed/", "comment"),
        ("Avisa", "https://avis.example.no/?feed=comments-rss2", "comment"),
        ("Avisa Kommentar", "https://avis.example.no/kommentar/rss", "article"),
        ("Avisa", "https://comments.example.no/feed", "article"),
    ],
)
def test_comment_feeds_are_known_by_title_or_address(title: str, url: str, kind: str) -> None:
    assert read(rss("<title>t</title>", title=title), url=url).posts[0].kind == kind


def test_an_item_without_a_title_is_a_post() -> None:
    assert one("<description>Hei</description>").kind == "post"


MASTODON = rss(
    "<guid isPermaLink='true'>https://sosial.example.no/@Ola/1</guid><link>https://sosial.example.no/@Ola/1</link>"
    "<pubDate>Sun, 22 Nov 2026 10:00:00 +0000</pubDate><description>&lt;p&gt;Om &lt;a&gt;#&lt;span&gt;skole"
    "&lt;/span&gt;&lt;/a&gt; &lt;span class='invisible'&gt;https://&lt;/span&gt;&lt;span&gt;x.example.no&lt;/span&gt;&lt;/p&gt;"
    "</description><category>skole</category>",
    "<guid>https://foto.example.no/p/kari/2</guid><link>https://foto.example.no/p/kari/2</link>"
    "<description>Bilde</description>",
    title="#skole",
)


def test_tag_feeds_of_mastodon_have_global_ids_and_handles() -> None:
    first, second = read(MASTODON, url="https://sosial.example.no/tags/skole.rss").posts
    assert (first.platform, first.namespace, first.kind) == ("mastodon", "", "post")
    assert first.native_id == "https://sosial.example.no/@Ola/1"
    assert (first.text, first.hashtags) == ("Om #skole https://x.example.no", ("skole",))
    assert first.author is not None
    assert (first.author.handle, first.author.platform) == ("ola@sosial.example.no", "mastodon")
    assert first.author.url == "https://sosial.example.no/@Ola"
    assert second.author is None


def test_people_that_a_mastodon_post_names_are_no_links() -> None:
    post = MASTODON.replace(
        "Om &lt;a&gt;",
        "&lt;a href='https://annen.example.no/@Kari' class='u-url mention'&gt;@Kari"
        "&lt;/a&gt; &lt;a href='https://x.example.no/1'&gt;x&lt;/a&gt; &lt;a href='https://sosial.example.no/tags/skole'&gt;",
    )
    first = read(post, url="https://sosial.example.no/tags/skole.rss").posts[0]
    assert (first.mentions, first.links) == (("kari@annen.example.no",), ("https://x.example.no/1",))


def test_the_same_mastodon_post_from_two_servers_is_one() -> None:
    here = read(MASTODON, url="https://sosial.example.no/tags/skole.rss").posts[0]
    there = read(MASTODON, url="https://annen.example.no/tags/skole.rss").posts[0]
    assert here.post_id == there.post_id
    assert here.author == there.author


# Dates


@pytest.mark.parametrize(
    ("written", "hour", "quality"),
    [
        ("Sun, 22 Nov 2026 10:00:00 GMT", "2026-11-22T10:00", "exact"),
        ("søn, 22 nov 2026 12:30", "2026-11-22T11:30", "exact"),
        ("9. mars 2026 kl. 14.30", "2026-03-09T13:30", "exact"),
        ("tir, 10 mar 2026", "2026-03-09T23:00", "date_only"),
        ("mandag 6. juli 2026", "2026-07-05T22:00", "date_only"),
        ("sundag 22. november 2026 kl. 12.30", "2026-11-22T11:30", "exact"),
        ("laurdag, 21. nov. 2026, klokka 12:30", "2026-11-21T11:30", "exact"),
        ("måndag 2. februar 2026 kl 12.30.15", "2026-02-02T11:30:15", "exact"),
        ("Lør, 03 Okt 2026 12:30:00 +0200", "2026-10-03T10:30", "exact"),
        ("ons, 13 mai 2026 12:30:00 GMT", "2026-05-13T12:30", "exact"),
        ("tysdag 1. desember 2025", "2025-11-30T23:00", "date_only"),
        ("fredag den 3. april 2026", "2026-04-02T22:00", "date_only"),
        ("22.11.2026 11.15", "2026-11-22T10:15", "exact"),
        ("2026-11-21", "2026-11-20T23:00", "date_only"),
        ("2026-07-01T12:00:00", "2026-07-01T10:00", "exact"),
        ("2026-07-01 12:00:00+0000", "2026-07-01T12:00", "exact"),
        ("Sun, 22 Nov 2026 10:00:00 CET", "2026-11-22T09:00", "exact"),
        ("Sun Nov 22 10:00:00 2026", "2026-11-22T10:00", "exact"),
    ],
)
def test_dates_are_read_as_people_and_machines_write_them(written: str, hour: str, quality: str) -> None:
    post = one(f"<title>t</title><pubDate>{written}</pubDate>")
    assert post.published_at == datetime.fromisoformat(f"{hour}Z")
    assert (post.published_quality, post.published_raw) == (quality, written)


@pytest.mark.parametrize(
    "written", ["", "i går", "99.99.2026", "1. januar 1970", "Thu, 01 Jan 1970 00:00:00 GMT", "0001-01-01"]
)
def test_an_undated_item_is_kept(written: str) -> None:
    post = one(f"<title>t</title><pubDate>{written}</pubDate>")
    assert (post.published_at, post.published_quality) == (NOW, "missing")


def test_a_date_in_the_future_is_taken_for_now() -> None:
    soon, later = NOW + timedelta(minutes=14), NOW + timedelta(minutes=16)
    assert one(f"<title>t</title><pubDate>{soon.isoformat()}</pubDate>").published_at == soon
    post = one(f"<title>t</title><pubDate>{later.isoformat()}</pubDate>")
    assert (post.published_at, post.published_quality) == (NOW, "clamped_future")


def test_items_older_than_a_future_one_are_kept() -> None:
    feed = read(
        rss(
            *(
                f"<guid>{n}</guid><title>t</title><pubDate>{d}</pubDate>"
                for n, d in enumerate(("2030-01-01", "2020-01-01", ""))
            )
        )
    )
    assert len(feed.posts) == 3


def test_an_update_later_than_the_post_is_an_edit() -> None:
    body = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>1</id><title>a</title>'
        "<published>2026-11-20T10:00:00Z</published><updated>{}</updated></entry></feed>"
    )
    (edited,) = read(body.format("2026-11-21T10:00:00Z")).posts
    assert edited.published_at == datetime(2026, 11, 20, 10, tzinfo=UTC)
    assert edited.edited_at == datetime(2026, 11, 21, 10, tzinfo=UTC)
    assert read(body.format("2026-11-20T10:00:00Z")).posts[0].edited_at is None
    assert read(body.format("2036-11-20T10:00:00Z")).posts[0].edited_at is None


# Encodings


NORWEGIAN = rss("<title>Høring på Ås – «nå»</title>")


@pytest.mark.parametrize(
    ("codec", "declared", "content_type"),
    [
        ("utf-8", "", "application/rss+xml"),
        ("utf-8", "utf-8", "text/xml"),
        ("utf-8", "iso-8859-1", "text/xml; charset=ISO-8859-1"),
        ("cp1252", "iso-8859-1", "text/xml"),
        ("cp1252", "", "text/xml; charset=windows-1252"),
        ("utf-16", "utf-16", "text/xml"),
        ("utf-16-le", "", "text/xml"),
        ("utf-8-sig", "", ""),
    ],
)
def test_norwegian_letters_survive_in_every_usual_encoding(codec: str, declared: str, content_type: str) -> None:
    declaration = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    feed = read((declaration + NORWEGIAN).encode(codec), content_type)
    assert feed.posts[0].title == "Høring på Ås – «nå»"
    assert feed.warning is None


@pytest.mark.parametrize("declared", ['<?xml version="1.0" encoding="utf-8"?>', ""])
def test_a_feed_in_another_encoding_than_it_says_is_read_with_a_warning(declared: str) -> None:
    feed = read((declared + NORWEGIAN).encode("cp1252"), "application/xml")
    assert feed.posts[0].title == "Høring på Ås – «nå»"
    assert feed.warning == Problem("feed_encoding", {"host": "avis.example.no", "declared": "utf-8"})


def test_one_broken_sign_does_not_spoil_the_others() -> None:
    feed = read(rss("<title>Høring på Ås BRUDD nå</title>").encode().replace(b"BRUDD", b"\xc3"))
    assert feed.posts[0].title == "Høring på Ås \ufffd nå"
    assert feed.warning is not None
    assert feed.warning.code == "feed_encoding"


@pytest.mark.parametrize("codec", ["punycode", "unicode_escape", "cp037", "rot13", "finnes-ikke", "idna"])
def test_odd_encodings_are_not_tried(codec: str) -> None:
    started = time.process_time()
    body = f'<?xml version="1.0" encoding="{codec}"?>'.encode() + rss("<title>h\xf8ring</title>" * 500).encode(
        "latin-1"
    )
    assert read(body, f"text/xml; charset={codec}").posts[0].title.startswith("høring")
    assert time.process_time() - started < 1


# What is broken


def test_a_malformed_feed_gives_its_items_and_a_warning() -> None:
    feed = read(rss("<title>Salg & service</title>", "<title>H&oslash;ring</title>"))
    assert [post.title for post in feed.posts] == ["Salg & service", "Høring"]
    assert feed.warning == Problem("feed_malformed", {"host": "avis.example.no"})


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("&#55357;&#56832;", "😀"),
        ("&#xD83D;&#xde00;", "😀"),
        ("&#XD83D;&#56832;", "😀"),
        ("&#56832;&#55357;", "\ufffd\ufffd"),
        ("&#xD800;", "\ufffd"),
        ("&#1114112;", "\ufffd"),
        ("&#x00110000;", "\ufffd"),
        ("&#99999999999;", "\ufffd"),
        (f"&#{'9' * 5_000};", "\ufffd"),
        ("&#x1F600;&#128512;", "😀😀"),
        ("&#0000000000229;", "å"),
    ],
)
def test_a_reference_to_no_sign_costs_that_sign_only(written: str, shown: str) -> None:
    for text in (f"a{written}b", f"<![CDATA[a{written}b]]>"):
        feed = read(rss(f"<title>{text}</title>", "<title>Neste</title>"))
        assert [post.title for post in feed.posts] == [f"a{shown}b", "Neste"]
        mended = written not in ("&#x1F600;&#128512;", "&#0000000000229;")
        assert feed.warning == (Problem("feed_malformed", {"host": "avis.example.no"}) if mended else None)


def test_a_feed_that_breaks_off_gives_its_whole_items_and_a_warning() -> None:
    body = rss(
        "<guid>1</guid><title>Hel</title>", "<guid>2</guid><title>Halv</title><description>Slutter her</description>"
    )
    feed = read(body[: body.index("her</desc")])
    assert [post.title for post in feed.posts] == ["Hel"]
    assert feed.warning == Problem("feed_cut_short", {"host": "avis.example.no"})


def test_a_feed_that_breaks_off_within_a_letter_is_still_utf_8() -> None:
    body = rss("<title>Høring på Ås</title>", "<title>Så").encode()
    feed = read(body[: body.rindex("å".encode()) + 1])
    assert [post.title for post in feed.posts] == ["Høring på Ås"]


@pytest.mark.parametrize("end", ["<title>x", "<title>x</title>", "<item><title>Halv"])
def test_a_feed_that_breaks_off_before_its_first_item_ends_is_refused(end: str) -> None:
    assert refused(f'<rss version="2.0"><channel>{end}').code == "answer_cut_short"


@pytest.mark.parametrize("body", [b"", b" \r\n\t", b"\0\0"])
def test_an_empty_body_is_refused(body: bytes) -> None:
    assert refused(body) == Problem("feed_empty_body", {"host": "avis.example.no"})


@pytest.mark.parametrize(
    "body", ["Not found", "<xml/>", "<?xml version='1.0'?>", "\x01\x02\x03", "<svg></svg>", "null"]
)
def test_what_is_no_feed_is_refused(body: str) -> None:
    assert refused(body).code == "feed_unreadable"


PAGE = "<!DOCTYPE html><html><head><title>Kommunen</title>{}</head><body><p>Hei</p></body></html>"


@pytest.mark.parametrize(
    ("link", "feed"),
    [
        (
            '<link rel="alternate" type="application/rss+xml" href="/rss.aspx?id=3">',
            "https://avis.example.no/rss.aspx?id=3",
        ),
        (
            '<LINK TYPE="application/atom+xml" REL="alternate home" HREF=atom.xml>',
            "https://avis.example.no/feed/atom.xml",
        ),
        ('<link rel=alternate type=application/rss+xml href="/f?token=hemmelig">', "https://avis.example.no/f"),
    ],
)
def test_a_web_page_is_told_with_the_feed_that_it_names(link: str, feed: str) -> None:
    assert refused(PAGE.format(link)) == Problem("feed_is_html_found", {"host": "avis.example.no", "feed": feed})


@pytest.mark.parametrize(
    "link",
    [
        "",
        '<link rel="alternate" hreflang="nn" href="/nn">',
        '<link rel="stylesheet" type="application/rss+xml" href="/x">',
        '<link rel="alternate" type="application/rss+xml" href="javascript:alert(1)">',
    ],
)
def test_a_web_page_that_names_no_feed_is_told(link: str) -> None:
    assert refused(PAGE.format(link)) == Problem("feed_is_html", {"host": "avis.example.no"})


def test_a_body_that_names_a_file_or_an_address_is_not_opened() -> None:
    assert refused("/etc/passwd").code == "feed_unreadable"
    assert refused("http://127.0.0.1/").code == "feed_unreadable"


def test_external_entities_are_not_resolved() -> None:
    doctype = '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    feed = parse((doctype + rss("<title>a&x;b</title>")).encode(), {}, SOURCE, SOURCE.url, NOW)
    assert "root:" not in repr(feed)


def test_no_more_than_a_thousand_items_are_read() -> None:
    feed = read(rss(*(f"<guid>{n}</guid><title>t</title>" for n in range(MAX_ITEMS + 5))))
    assert [feed.posts[0].native_id, feed.posts[-1].native_id] == ["0", str(MAX_ITEMS - 1)]
    assert feed.warning == Problem("feed_too_many_items", {"host": "avis.example.no", "limit": "1000"})
    items = [{"id": n, "title": "t"} for n in range(MAX_ITEMS + 5)]
    assert len(read(json.dumps({"items": items}), "application/json").posts) == MAX_ITEMS


ENTITIES = "".join(f"<!ENTITY {b} '{f'&{a};' * 10}'>" for a, b in zip("abcdefgh", "bcdefghi", strict=True))
HOSTILE = {
    "attributes": rss("<a " + " ".join(f"a{n}='1'" for n in range(50_000)) + "/>"),
    "items": "<rss version='2.0'><channel>" + "<item/>" * 500_000 + "</channel></rss>",
    "depth of HTML": rss("<description>" + "&lt;div&gt;" * 100_000 + "</description>"),
    "depth of XML": "<rss version='2.0'><channel>" + "<a>" * 50_000,
    "entities": f"<!DOCTYPE rss [<!ENTITY a 'aaaaaaaaaa'>{ENTITIES}]>" + rss("<title>&i;</title>"),
    "an entity": "<rss version='2.0'><channel><item><title>&" + "x" * 500_000,
    "CDATA": "<rss version='2.0'><channel><item><description>" + "<![CDATA[" * 50_000,
    "a page": "<html>" * 500_000,
    "a name": rss("<author>" + "a." * 50_000 + "</author><title>t</title>"),
    "references": rss("<title>" + "&#55357;" * 500_000 + "</title>"),
    "one long entity": f"<!DOCTYPE rss [<!ENTITY a '{'x' * 100_000}'>]>" + rss(f"<title>{'&a;' * 50_000}</title>"),
    "anchors": rss("<description><![CDATA[" + "<a href=" * 100_000 + "]]></description>"),
    "anchors with quotes": rss("<description><![CDATA[" + "<a href='" * 100_000 + "]]></description>"),
    "addresses": rss("<description>" + "http://?utm_" * 100_000 + "</description>"),
    "a reference": rss("<title>&#" + "0" * 1_000_000 + "</title>"),
    "lines": "\n" * 1_000_000 + rss("<title>t</title>"),
    "spaces": " " * 1_000_000 + "<a",
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_feeds_take_little_time(kind: str) -> None:
    started = time.process_time()
    parse(HOSTILE[kind].encode(), {"content-type": "text/xml"}, SOURCE, SOURCE.url, NOW)
    assert time.process_time() - started < 4


# Never raises

PIECES = st.sampled_from(
    [f"<{end}{name}>" for name in ("channel", "item", "entry", "title", "link", "guid", "pubDate") for end in ("", "/")]
    + ["<rss version='2.0'>", "<feed xmlns='http://www.w3.org/2005/Atom'>", "<link href='", "<thr:in-reply-to ref='"]
    + ["</rss>", "</feed>", "'/>", "<author>", "<description>", "<category>", "<content type='base64'>", "<svg>", "</"]
    + ["<![CDATA[", "]]>", "<!--", "<!DOCTYPE", "&#99999999999;", "&#x0;", "&amp;", "&oslash;", "\ufffe", "\ud7ff"]
    + ["2026-11-22", "søn, 22 nov 2026", "http://[", "javascript:", "<?xml version='1.0' encoding='utf-7'?>"]
    + ['{"items": [', '{"title": "', '"}', "]}"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "title", "url", "items", "authors", "tags", "content_html"]), inner)
    ),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(st.one_of(st.binary(max_size=300), st.lists(st.one_of(PIECES, st.text(max_size=8)), max_size=30).map("".join)))
def test_whatever_comes_gives_posts_or_a_problem(body: bytes | str) -> None:
    data = body if isinstance(body, bytes) else body.encode("utf-8", "surrogatepass")
    found = parse(data, {"content-type": "text/xml"}, SOURCE, SOURCE.url, NOW)
    assert isinstance(found, ParsedFeed | Problem)
    if isinstance(found, ParsedFeed):
        for post in found.posts:
            post.text.encode()
            post.native_id.encode()
            assert post.published_at.tzinfo is UTC
            assert post.url == "" or post.url.startswith(("http://", "https://"))


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(VALUES)
def test_whatever_json_comes_gives_posts_or_a_problem(value: object) -> None:
    found = parse(json.dumps({"items": value}).encode(), {"content-type": "application/json"}, SOURCE, SOURCE.url, NOW)
    assert isinstance(found, ParsedFeed | Problem)
