"""archive.urls: one spelling for one page, and never two pages under one spelling."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from archive.urls import origin, same_site, tidy


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://News.Example/A", "https://news.example/A"),
        ("HTTP://news.example:80/a", "http://news.example/a"),
        ("https://news.example:443", "https://news.example/"),
        ("https://news.example:80/", "https://news.example:80/"),
        ("https://news.example:/a", "https://news.example/a"),
        ("  https://news.example/a\n", "https://news.example/a"),
        ("https://news.exam\nple/a\tb", "https://news.example/ab"),
        ("https://news.example./a", "https://news.example/a"),
        ("https://user:secret@news.example/a", "https://news.example/a"),
        ("https://news.example/a#top", "https://news.example/a"),
        ("https://news.example/a?", "https://news.example/a"),
        ("https://news.example/a?#", "https://news.example/a"),
        ("https://news.example?id=1", "https://news.example/?id=1"),
        ("https://news.example/a?b=2&&a=1&", "https://news.example/a?b=2&a=1"),
        ("https://news.example/a?b&c=", "https://news.example/a?b&c="),
        ("https://news.example/a//b/", "https://news.example/a//b/"),
        ("https://news.example/a/./b/../c", "https://news.example/a/c"),
        ("https://news.example/../a/..", "https://news.example/"),
        ("https://news.example/a/%2E%2e/b", "https://news.example/b"),
        ("https://news.example/.well-known/x", "https://news.example/.well-known/x"),
        ("https://news.example/a\\b", "https://news.example/a/b"),
        ("https://news.example/%7euser/%e4%b8%ad", "https://news.example/~user/%E4%B8%AD"),
        ("https://news.example/中 文", "https://news.example/%E4%B8%AD%20%E6%96%87"),
        ("https://news.example/100%/%zz", "https://news.example/100%25/%25zz"),
        ("https://news.example/a%2Fb?c=%26", "https://news.example/a%2Fb?c=%26"),
        ("https://news.example/a+b;c?d=e+f", "https://news.example/a+b;c?d=e+f"),
        ("https://新闻.中国/a", "https://xn--efvy88h.xn--fiqs8s/a"),
        ("https://BÜCHER.example/", "https://xn--bcher-kva.example/"),
        ("https://ｎｅｗｓ。example/", "https://news.example/"),
        ("https://my_site.example/", "https://my_site.example/"),
        ("http://127.0.0.1:8080/a", "http://127.0.0.1:8080/a"),
        ("http://[0:0::1]:8080/a", "http://[::1]:8080/a"),
    ],
)
def test_one_spelling(url: str, expected: str) -> None:
    assert tidy(url) == expected


@pytest.mark.parametrize(
    "tracker",
    [
        "utm_source=x", "UTM_Medium=x", "utm%5Fcampaign=x", "fbclid=1", "gclid=1", "gbraid=1",
        "msclkid=1", "yclid=1", "mc_cid=1", "mc_eid=1", "_hsenc=1", "igshid=1", "igsh=1",
        "mtm_kwd=1", "pk_campaign=1", "at_medium=x", "spm=a2.b.c", "spm", "vd_source=1",
        "from=timeline", "from=singlemessage", "isappinstalled=0", "ref_src=twsrc", "_ga=1",
    ],
)  # fmt: skip
def test_tracking_parameters_go_and_the_rest_stays_in_order(tracker: str) -> None:
    assert tidy(f"https://n.example/a?{tracker}") == "https://n.example/a"
    assert tidy(f"https://n.example/a?z=1&{tracker}&b=2") == "https://n.example/a?z=1&b=2"


@pytest.mark.parametrize(
    "kept", ["id=1", "from=hk", "source=rss", "ref=2", "utm=1", "spmx=1", "sid=1", "p=utm_source"]
)
def test_what_may_name_the_page_stays(kept: str) -> None:
    assert tidy(f"https://n.example/a?{kept}") == f"https://n.example/a?{kept}"


@pytest.mark.parametrize(
    "url",
    [
        "", "news.example/a", "//news.example/a", "/a", "ftp://news.example/a",
        "mailto:a@b.example", "javascript:alert(1)", "https://", "https:///a", "https://:80/",
        "https://a b/",
        "https://news.example:99999/", "https://news.example:0/", "https://news.example:x/",
        "https://[::1/", "https://[zz]/", "https://..example/", "https://a..example/",
        "https://good.example\\@evil.example/", "https://ex%61mple.com/", "https://\ud800.example/",
        "https://n.example/\ud800", "https://n.example/" + "a" * 9000,
        "https://" + "ü" * 80 + ".cn",
    ],
)  # fmt: skip
def test_what_is_no_page_raises_value_error(url: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        tidy(url)


_PIECES = st.sampled_from(
    [
        "http", "https", "://", "a", "É", "中", ".", "..", "/", "?", "#", "&", "=", "%", "%2",
        "%2e", "%E4", "@", ":", "80", "443", "[", "]", "::1", "\\", " ", "\t", "utm_x", "。",
        "ß", "\u200d",
    ]
)  # fmt: skip
_URLS = st.one_of(
    st.text(),
    st.lists(_PIECES, max_size=14).map("".join),
    st.lists(_PIECES, max_size=14).map(lambda pieces: "https://n.example/" + "".join(pieces)),
    st.text().map(lambda text: "https://" + text),
)


@given(_URLS)
@example("https://n.example/%%341")
@example("https://n.example//..//a?&")
def test_tidy_is_idempotent_and_raises_nothing_but_value_error(url: str) -> None:
    with contextlib.suppress(ValueError):
        once = tidy(url)

        assert tidy(once) == once
        assert once.isascii()
        assert "#" not in once
        assert origin(once) == origin(url)


@given(_URLS, _URLS)
def test_same_site_is_symmetric(a: str, b: str) -> None:
    with contextlib.suppress(ValueError):
        assert same_site(a, b) == same_site(b, a)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://News.example/a", "https://news.example:443"),
        ("http://news.example/", "http://news.example:80"),
        ("http://[::1]:8080/", "http://[::1]:8080"),
    ],
)
def test_an_origin_always_has_its_port(url: str, expected: str) -> None:
    assert origin(url) == expected


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("https://news.example/a", "http://news.example:8080/b", True),
        ("https://www.news.example/", "https://news.example/", True),
        ("https://m.news.example/", "https://www.news.example/", True),
        ("https://a.news.example/", "https://b.news.example/", False),
        ("https://mynews.example/", "https://news.example/", False),
        ("https://www.gov.cn/", "https://sz.gov.cn/", False),
        ("https://www.gov.cn/", "https://gov.cn/", True),
        ("https://a.sz.gov.cn/", "https://sz.gov.cn/", True),
        ("https://news.co.uk/", "https://co.uk/", False),
        ("https://news.example/", "https://example/", False),
        ("http://127.0.0.1:8001/", "http://127.0.0.1:8001/b", True),
        ("http://127.0.0.1:8001/", "http://127.0.0.1:8002/", False),
        ("http://localhost:1/", "http://localhost:2/", False),
        ("http://1.127.0.0.1.example/", "http://127.0.0.1/", False),
    ],
)
def test_same_site(a: str, b: str, same: bool) -> None:
    assert same_site(a, b) is same
