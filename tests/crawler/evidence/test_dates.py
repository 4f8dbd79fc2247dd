"""A date is read right or not at all."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.evidence.dates import find, in_url, read, zone
from crawler.evidence.numerals import plain

NOW = datetime(2026, 7, 20, 12, 0, tzinfo=UTC)  # 20:00 in Shanghai
SHANGHAI = "Asia/Shanghai"

DAYS = {
    "2019年10月22日": "2019-10-22",
    "2019年 10月 22日": "2019-10-22",
    "2019年3月2号": "2019-03-02",
    "２０１９年１０月２２日": "2019-10-22",
    "二〇一九年十月二十二日": "2019-10-22",
    "二○一九年十二月三十一日": "2019-12-31",
    "二零二〇年一月十日": "2020-01-10",
    "二〇二一年三月廿二日": "2021-03-22",
    "民國108年10月22日": "2019-10-22",
    "中華民國一百零八年": None,
    "中華民國一百零八年十月二十二日": "2019-10-22",
    "民國一百一十三年四月十七日": "2024-04-17",
    "民國一百年10月10日": "2011-10-10",
    "民國九十九年十二月三十一日": "2010-12-31",
    "2024/04/17": "2024-04-17",
    "2024.4.7": "2024-04-07",
    "2024-4-7": "2024-04-07",
    "20191022": "2019-10-22",
    "Oct. 22, 2019": "2019-10-22",
    "October 22nd, 2019": "2019-10-22",
    "22 October 2019": "2019-10-22",
    "22nd of October 2019": "2019-10-22",
    "22-Oct-2019": "2019-10-22",
    "Sept 5 2019": "2019-09-05",
    "Tuesday, October 22, 2019": "2019-10-22",
    "22/10/2019": "2019-10-22",
    "10/22/2019": "2019-10-22",
    "发布日期：2019年10月22日 来源：本报": "2019-10-22",
    "昨天": "2026-07-19",
    "前天": "2026-07-18",
    "yesterday": "2026-07-19",
    "3天前": "2026-07-17",
    "two weeks": None,
    "2 weeks ago": "2026-07-06",
    "7月1日": "2026-07-01",
    "10月22日": "2025-10-22",
    "10-22": "2025-10-22",
    "Jul 1": "2026-07-01",
    "July 10": "2026-07-10",
    "On July 10": "2026-07-10",
    "On September 14": "2025-09-14",
    "Sept. 14th": "2025-09-14",
    "１０月２２日": "2025-10-22",
    "十月二十二日": "2025-10-22",
    "民国一〇八年十月二十二日": "2019-10-22",
    "20191022081577": "2019-10-22",  # a number of something that begins with its day
    "20191022T0899": "2019-10-22",
    "2月29日": "2024-02-29",
    "2月30日": None,
}
MOMENTS = {
    "2019年10月22日 08:15": "2019-10-22T08:15:00+08:00",
    "２０１９年１０月２２日　０８：１５": "2019-10-22T08:15:00+08:00",
    "2019年10月22日08时15分": "2019-10-22T08:15:00+08:00",
    "2019年10月22日星期二 08:15": "2019-10-22T08:15:00+08:00",
    "2019年10月22日 下午3:15": "2019-10-22T15:15:00+08:00",
    "2019年10月22日 凌晨12:15": "2019-10-22T00:15:00+08:00",
    "2024-04-17 21:05:49": "2024-04-17T21:05:49+08:00",
    "2024-04-17 21:05:49 1": "2024-04-17T21:05:49+08:00",
    "19-10-22 08:15": "2019-10-22T08:15:00+08:00",
    "October 22, 2019 at 10:15 p.m. EST": "2019-10-22T22:15:00-05:00",
    "10:15 AM EDT, Tue October 22, 2019": "2019-10-22T10:15:00-04:00",
    "5 May 2026, 4.30pm": "2026-05-05T16:30:00+08:00",
    "Tue, 22 Oct 2019 10:15:00 GMT": "2019-10-22T10:15:00+00:00",
    "Tue, 22 Oct 2019 10:15:00 +0900": "2019-10-22T10:15:00+09:00",
    "Tue, 22 Oct 2019 10:15:00": "2019-10-22T10:15:00+08:00",
    "22 Oct 2019 10:15 EST": "2019-10-22T10:15:00-05:00",
    "Tue, 22 Oct 19 10:15:00 GMT": "2019-10-22T10:15:00+00:00",
    "Tue, 22 Oct 19 10:15:00": "2019-10-22T10:15:00+08:00",
    "Tue Oct 22 10:15:00 CST 2019": "2019-10-22T10:15:00+08:00",
    "Tue Oct 22 2019 10:15:00 GMT+0800 (CST)": "2019-10-22T10:15:00+08:00",
    "2019-10-22T10:15:00Z": "2019-10-22T10:15:00+00:00",
    "2019-10-22T10:15:00.123+02:00": "2019-10-22T10:15:00+02:00",
    "2019-10-22T10:15:00": "2019-10-22T10:15:00+08:00",
    "2019-10-22T10:15:00-0400": "2019-10-22T10:15:00-04:00",
    "2019-10-22T10:15:00+08": "2019-10-22T10:15:00+08:00",
    "2019-10-22T10:15Z": "2019-10-22T10:15:00+00:00",
    "Oct. 22, 2019 10:15": "2019-10-22T10:15:00+08:00",
    "20191022T101500Z": "2019-10-22T10:15:00+00:00",
    "20191022101500": "2019-10-22T10:15:00+08:00",
    "1571710500": "2019-10-22T10:15:00+08:00",
    "1571710500000": "2019-10-22T10:15:00+08:00",
    "刚刚": "2026-07-20T20:00:00+08:00",
    "5分钟前": "2026-07-20T19:55:00+08:00",
    "5 minutes ago": "2026-07-20T19:55:00+08:00",
    "昨天 08:15": "2026-07-19T08:15:00+08:00",
    "10-22 08:15": "2025-10-22T08:15:00+08:00",
    "发布时间：10-22 08:15": "2025-10-22T08:15:00+08:00",
    "10月22日 08:15": "2025-10-22T08:15:00+08:00",
    "民國108年10月22日 08:15": "2019-10-22T08:15:00+08:00",
    "民國一百零八年十月二十二日 08:15": "2019-10-22T08:15:00+08:00",
    "１５７１７１０５００": "2019-10-22T10:15:00+08:00",
    "二〇一九年十月二十二日 08:15": "2019-10-22T08:15:00+08:00",
    "１９－１０－２２　０８：１５": "2019-10-22T08:15:00+08:00",
}
NO_DATES = [
    "",
    "2019年10月",
    "2019",
    "05/06/2019",
    "2019-02-30",
    "2019-13-01",
    "2030-01-01",
    "2026-07-22T12:00:00Z",
    "1970-01-01T00:00:00Z",
    "0001-01-01T00:00:00Z",
    "0",
    "13812345678",
    "192.168.20.19",
    "3 months ago",
    "去年",
    "1-2019-10-22-7x",
    "民國八年十月二十二日",
    "Room 22 Oct 19 10",
    "ＡＢＣ",
]


@pytest.mark.parametrize(("text", "day"), DAYS.items())
def test_a_day_is_known_without_its_time(text: str, day: str | None) -> None:
    found = read(text, timezone=SHANGHAI, now=NOW)

    if day is None:
        assert found is None
        return
    assert found is not None
    assert found.day.isoformat() == day
    assert not found.precise
    assert found.when == datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(SHANGHAI))


@pytest.mark.parametrize(("text", "moment"), MOMENTS.items())
def test_a_moment_is_in_the_zone_that_it_names_or_the_sources(text: str, moment: str) -> None:
    found = read(text, timezone=SHANGHAI, now=NOW)

    assert found is not None
    assert found.local.isoformat() == moment
    assert found.when == datetime.fromisoformat(moment)
    assert found.when.tzinfo is UTC
    assert found.precise


@pytest.mark.parametrize("text", NO_DATES)
def test_what_is_not_surely_a_date_is_none(text: str) -> None:
    assert read(text, timezone=SHANGHAI, now=NOW) is None


@pytest.mark.parametrize("text", ["3小时前", "3 小時前", "3 hours ago"])
def test_hours_are_rounded_on_the_page(text: str) -> None:
    found = read(text, timezone=SHANGHAI, now=NOW)

    assert found is not None
    assert found.when == NOW - timedelta(hours=3)
    assert not found.precise


def test_cst_is_china_on_a_chinese_page_and_central_america_elsewhere() -> None:
    text = "Tue, 22 Oct 2019 10:15:00 CST"

    there = read(text, timezone="UTC", now=NOW)
    here = read(text, timezone="UTC", now=NOW, chinese=True)

    assert there is not None
    assert here is not None
    assert there.local.utcoffset() == timedelta(hours=-6)
    assert here.local.utcoffset() == timedelta(hours=8)


def test_a_day_ahead_is_another_zone_and_two_are_a_mistake() -> None:
    assert read("2026-07-21", timezone="UTC", now=NOW) is not None
    assert read("2026-07-22", timezone="UTC", now=NOW) is None


def test_half_a_date_is_not_found_in_running_text() -> None:
    text = "10月22日，5分钟前，会议于2019年10月22日 08:15在北京举行，下一次是2020年3月1日。19-10-22"

    found = find(text, timezone="UTC", now=NOW)

    assert [one.moment.day for one in found] == [date(2019, 10, 22), date(2020, 3, 1)]
    assert text[found[0].start : found[0].end] == "2019年10月22日 08:15"


@pytest.mark.parametrize(
    ("url", "day"),
    [
        ("https://a.example/art/2026/5/20/art_104_206437.html", "2026-05-20"),
        ("https://a.example/20260520/a.html", "2026-05-20"),
        ("https://a.example/202605/t20260520_123.html", "2026-05-20"),
        ("https://a.example/2026-05/20/c_11.htm", "2026-05-20"),
        ("https://a.example/26/0520/09/E.html", "2026-05-20"),
        ("https://a.example/news/2023/apr/28/a-story", "2023-04-28"),
        ("https://a.example/2026-05-20-a-story", "2026-05-20"),
        ("https://2019-01-01.example/story", None),
        ("https://a.example/story?day=2019-01-01", None),
        ("https://a.example/2019/05/", None),
        ("https://a.example/c_1125597921.htm", None),
        ("https://a.example/20263520/a", None),
        ("https://a.example/2031/01/01/a", None),
    ],
)
def test_a_url_may_name_its_day(url: str, day: str | None) -> None:
    found = in_url(url, timezone="UTC", now=NOW)

    assert (found.day.isoformat() if found else None) == day


def test_a_zone_that_does_not_exist_is_utc() -> None:
    assert zone("Mars/Olympus") is UTC
    assert zone("../etc/passwd") is UTC
    assert zone("") is UTC


@given(
    moment=st.datetimes(min_value=datetime(1995, 1, 1), max_value=datetime(2026, 1, 1)),  # noqa: DTZ001
    minutes=st.integers(-12 * 60, 14 * 60),
)
def test_iso_dates_come_back(moment: datetime, minutes: int) -> None:
    written = moment.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=minutes)))

    found = read(written.isoformat(), timezone=SHANGHAI, now=NOW)

    assert found is not None
    assert found.when == written


@given(st.dates(min_value=date(1995, 1, 1), max_value=date(2026, 1, 1)))
def test_every_way_to_write_a_day_is_the_same_day(day: date) -> None:
    ways = (
        f"{day.year}年{day.month}月{day.day}日",
        f"{day:%Y/%m/%d}",
        f"{day:%B} {day.day}, {day.year}",
        f"{day.day} {day:%b} {day.year}",
        f"{day:%Y%m%d}",
    )

    assert {found.day for way in ways if (found := read(way, timezone="UTC", now=NOW))} == {day}


@given(st.text(max_size=80))
def test_anything_can_be_asked(text: str) -> None:
    found = read(text, timezone=SHANGHAI, now=NOW)

    assert found is None or found.when <= NOW + timedelta(days=1)
    for one in find(text, timezone=SHANGHAI, now=NOW):
        assert 0 <= one.start < one.end <= len(plain(text))
