"""What is wrong in a config.toml is named, all of it at once, and never ends in a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from presswatch.config import model
from presswatch.config.check import check
from presswatch.config.load import load
from presswatch.config.records import Config
from presswatch.errors import ConfigError, ConfigMissing, Problem


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def problems(file: Path, text: str) -> list[str]:
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(file, {})
    return str(caught.value).splitlines()


WRONG = """
sources = 1
[service]
timezone = "Asia/Shanghay"
[fetch]
contact = "me"
delay = 5
allow_networks = ["10.0.0.1/8", 3]
transfers = "x"
extraction = "fast"
timeout = "0s"
[[source]]
name = "a*"
url = "ftp://x"
kind = "fed"
every = "1s"
evry = "2m"
select = "a["
headers = { H = 3 }
[[source]]
name = "Ａ"
url = "https://user:pw@x.example/"
timezone = "America"
every = "5m"
cron = "* * * * *"
[[source]]
name = "a"
url = "https://x.example:99999/"
cron = "* * * *"
[[channel]]
name = "w"
type = "webhok"
[[channel]]
type = "mail"
to = []
from = "x"
smtp = "http://mail.example/"
[[rule]]
name = "r"
query = "patent AND law (x"
channels = ["w", "v"]
sources = ["zz*"]
on = "day"
[[rule]]
name = "r"
query = ""
channels = []
"""
NAMED = [
    "sources: unknown key; did you mean `source`?",
    'service.timezone: no such time zone: "Asia/Shanghay"; did you mean `Asia/Shanghai`?',
    "fetch.contact: must be mailto:",
    "fetch.delay: must be a duration in quotes",
    "fetch.allow_networks[1]: not a network",
    "fetch.allow_networks[2]: must be text in quotes, not a number",
    "fetch.transfers: must be a whole number, without quotes, not text",
    "fetch.extraction: must be one of 'thorough' or 'quick', not 'fast'",
    "fetch.timeout: must be longer than nothing",
    "source[1].name: must not begin with !",
    "source[1].url: must be a URL",
    "source[1].kind: must be one of 'feed', 'sitemap', 'listing', 'watch' or 'auto', not 'fed';",
    "source[1].every: must be at least 5s, not 1s",
    "source[1].evry: unknown key; did you mean `every`?",
    "source[1].select: column 2: not a CSS selector: Malformed attribute selector",
    "source[1].headers.H: must be text in quotes, not a number",
    "source[2].url: must hold no user name",
    'source[2].timezone: no such time zone: "America"',
    "source[2].cron: `every` is given as well",
    "source[3].name: 'a' is the name of source[2] already",
    "source[3].url: must be a URL",
    "source[3].cron: ",
    "channel[1].type: must be one of 'webhook', 'mail' or 'apprise', not 'webhok'",
    "channel[2].name: is missing",
    "channel[2].to: names none",
    "channel[2].from: must be a mail address",
    "channel[2].smtp: must be a URL: smtp://",
    "rule[1].query: column 16: ",
    "rule[1].channels[2]: no channel is called 'v'",
    "rule[1].sources[1]: no source matches 'zz*'",
    "rule[1].on: must be one of 'story', 'article' or 'revision', not 'day'",
    "rule[2].query: column 1: the query is empty",
    "rule[2].channels: names none",
    "rule[2].name: 'r' is the name of rule[1] already",
]


def test_every_problem_is_named_at_once_with_its_path(file: Path) -> None:
    """Nobody has to start a service ten times to mend ten mistakes."""
    found = problems(file, WRONG)

    for start in NAMED:
        assert [line for line in found if line.startswith(start)], start
    assert len(found) == len(NAMED)


def test_problems_stand_in_the_order_of_the_sections(file: Path) -> None:
    sections = [line.split(".")[0].split("[")[0] for line in problems(file, WRONG)[1:]]

    order = ["service", "archive", "fetch", "source", "channel", "rule"]
    assert sections == sorted(sections, key=order.index)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[service\n", "line 1, column 9: "),
        ("[service]\ntimezone = Shanghai\n", "line 2, column 12: "),
        ("[service]\n[service]\n", "line 2, column 9: "),
        ("[source]\nname = 'a'\n", "source: must be written as [[source]]"),
        ("[[service]]\n", "service: must be written as [service]"),
        ("source = 5\n", "source: must be written as [[source]]"),
    ],
)
def test_toml_that_is_no_config(file: Path, text: str, said: str) -> None:
    found = problems(file, text)

    assert len(found) == 1
    assert found[0].startswith(said)


def test_a_file_in_another_encoding_names_the_line(file: Path) -> None:
    file.write_bytes("[service]\n# 知识产权\n".encode("gbk"))

    with pytest.raises(ConfigError, match="line 2: not UTF-8"):
        load(file, {})


def test_no_file_says_what_to_do(file: Path) -> None:
    with pytest.raises(ConfigMissing, match=r"No .*config\.toml here\. `presswatch init` writes"):
        load(file, {})


def test_a_folder_is_no_config(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="directory"):
        load(tmp_path, {})


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.floats(allow_nan=False),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
KEYS = st.sampled_from(
    [
        *model.SourceTable.model_fields,
        *model.WebhookTable.model_fields,
        *model.MailTable.model_fields,
        *model.RuleTable.model_fields,
        *("from", "secret_file", "x"),
    ]
)
TABLES = st.dictionaries(KEYS, VALUES, max_size=6)
DOCUMENTS = st.dictionaries(
    st.sampled_from(["service", "archive", "fetch", "source", "channel", "rule", "other"]),
    TABLES | st.lists(TABLES, max_size=3) | VALUES,
)


@settings(max_examples=150, deadline=None)
@given(DOCUMENTS)
def test_no_document_breaks_the_judgement(document: dict[str, object]) -> None:
    """Whatever stands there, the answer is a config or a list of problems, never a traceback."""
    answer = judgement(document)

    assert isinstance(answer, Config) or all(found.path and found.message for found in answer)
    assert answer


def judgement(document: dict[str, object]) -> Config | tuple[Problem, ...]:
    try:
        return check(Path("config.toml"), document, {})
    except ConfigError as error:
        return error.problems
