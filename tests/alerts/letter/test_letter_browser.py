"""The mail as a reader sees it: in chromium, on a phone, by day and by night."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from alerts.letter import html
from tests.alerts.digest.test_digest import made, one
from tests.alerts.letter.test_letter import alert
from tests.alerts.letter.test_notice import payload as noticed
from tests.alerts.sample import PAYLOAD
from tests.support.browser import launched

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

    from tests.support.browser import Screens

pytestmark = pytest.mark.browser

LONG = "https://press.example/" + "a-very-long-address-without-a-place-to-break/" * 20
ENGLISH = "The office in Lanzhou has opened one counter for patents and trade marks."
MAILS: dict[str, dict[str, Any]] = {
    "chinese": json.loads(PAYLOAD),
    "english": alert(
        article__title="Shenzhen publishes its first list of patents open to licence",
        article__language="en",
        snippets=[{"field": "body", "text": ENGLISH, "marks": [[49, 56], [61, 72]]}],
    ),
    "unbreakable": alert(
        article__title="x" * 300, article__url=LONG, story__first_url=LONG, rule__name="r" * 100
    ),
    "notice": noticed(),
    "digest": made(
        one(1, title="甘肃公布三年行动计划"), one(2, hours=30, url=LONG),
        one(3, rule="r" * 100, title="x" * 300, hours=80),
    ),
}  # fmt: skip

#: For every text that is shown: its size, and its contrast with what lies behind it (WCAG 2.2).
_TEXTS = """() => {
  const light = c => { const v = c / 255; return v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4 }
  const luminance = rgb => { const [r, g, b] = rgb.match(/[\\d.]+/g).map(Number)
    return .2126 * light(r) + .7152 * light(g) + .0722 * light(b) }
  const behind = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor
    if (!/, 0\\)$/.test(c)) return c } return 'rgb(255, 255, 255)' }
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = []
  while (walk.nextNode()) {
    const e = walk.currentNode.parentElement
    if (!walk.currentNode.data.trim() || !e.offsetParent) continue
    const [a, b] = [getComputedStyle(e).color, behind(e)].map(luminance).sort((a, b) => b - a)
    found.push([walk.currentNode.data, parseFloat(getComputedStyle(e).fontSize), (a + .05) / (b + .05)])
  }
  return found
}"""  # noqa: E501  # as short as it is readable


@pytest.fixture(scope="module")
def browser() -> Iterator[Screens]:
    """One for all the mails: nothing here runs a loop, and each has a window of its own."""
    yield from launched()


def shown(browser: Screens, mail: str, *, dark: bool = False) -> Page:
    page = browser.phone(dark=dark)
    page.set_content(html(MAILS[mail]))
    return page


@pytest.mark.parametrize("mail", MAILS)
def test_nothing_is_wider_than_the_phone(browser: Screens, mail: str) -> None:
    """No scrolling to the side, whatever a title or an address is like."""
    page = shown(browser, mail)

    assert page.evaluate("innerWidth") == 390
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("dark", [False, True], ids=["day", "night"])
@pytest.mark.parametrize("mail", MAILS)
def test_every_text_can_be_read(browser: Screens, mail: str, dark: bool) -> None:
    """At least 14 pixels, and a contrast of 4.5 to 1 (WCAG AA) in light and in dark."""
    texts = shown(browser, mail, dark=dark).evaluate(_TEXTS)

    assert len(texts) >= 4
    for text, size, contrast in texts:
        assert size >= 14, text
        assert contrast >= 4.5, text


@pytest.mark.parametrize("dark", [False, True], ids=["day", "night"])
@pytest.mark.parametrize(
    ("mail", "words"),
    [
        ("chinese", ["甘肃", "知识产权"]),
        ("english", ["patents", "trade marks"]),
        ("digest", ["甘肃"] * 3),
    ],
)
def test_matched_words_stand_out(browser: Screens, mail: str, words: list[str], dark: bool) -> None:
    """They are visible, and on a ground of their own."""
    page = shown(browser, mail, dark=dark)
    marks = page.locator("mark")
    ground = page.locator(".sheet").evaluate("e => getComputedStyle(e).backgroundColor")

    assert marks.all_inner_texts() == words
    for mark in marks.all():
        assert mark.is_visible()
        assert mark.evaluate("e => getComputedStyle(e).backgroundColor") != ground


@pytest.mark.parametrize("mail", ["chinese", "english", "unbreakable", "digest"])
def test_links_can_be_tapped(browser: Screens, mail: str) -> None:
    """44 pixels high (Apple's measure for a thumb), apart from each other, and a tap arrives."""
    page = shown(browser, mail)
    boxes = [link.bounding_box() for link in page.locator("a").all()]
    edges = [(box["y"], box["y"] + box["height"]) for box in boxes if box]

    assert len(edges) == 3  # headline, button, where the story was first; or three stories
    assert all(bottom - top >= 44 for top, bottom in edges)
    assert all(upper[1] <= lower[0] for upper, lower in pairwise(edges))
    page.evaluate(
        "addEventListener('click', e => { e.preventDefault(); window.hit = e.target.href })"
    )
    page.locator("a").nth(1).tap()
    assert page.evaluate("window.hit") == page.locator("a").nth(1).get_attribute("href")


def test_night_is_dark(browser: Screens) -> None:
    """The reader's setting is followed, the paper itself included."""
    script = "getComputedStyle(document.querySelector('.sheet')).backgroundColor"
    day = shown(browser, "chinese").evaluate(script)
    night = shown(browser, "chinese", dark=True).evaluate(script)

    assert (day, night) == ("rgb(255, 254, 251)", "rgb(28, 26, 24)")


def test_a_wide_window_keeps_the_measure(browser: Screens) -> None:
    """Lines of a book, not of a screen; and the preview of the list is not shown twice."""
    page = browser.desktop()
    page.set_content(html(MAILS["chinese"]))
    box = page.locator(".sheet").bounding_box()

    assert box is not None
    assert box["width"] <= 680
    assert page.locator(".sheet > div").first.is_hidden()
