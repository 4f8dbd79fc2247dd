"""Kill the service at random moments under load, again and again, and look at what is left."""

from __future__ import annotations

import itertools
import time
from collections import defaultdict
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from tests.support.news import article, feed
from tests.support.receiver import SECRET, Receiver
from tests.support.service import Running, rows, rule, source, until, webhook, write_config
from tests.support.site import Answer, Recorded, Site, Wire, slow

if TYPE_CHECKING:
    from pathlib import Path

SOURCES = 5
FRESH = 4  # articles that each source publishes for each life of the service


@dataclass(frozen=True)
class Aftermath:
    """What stood when the last life had come to rest."""

    kills: int
    published: int
    archived: int  # articles, each counted by its URL
    rows: int  # rows of articles; more than `archived` means one filed twice
    unannounced: tuple[str, ...]  # archived, and no alert of it was accepted
    two_ids: tuple[str, ...]  # announced under more than one id
    invalid: int  # deliveries whose signature did not hold
    repeated: int  # deliveries of an id that was accepted before: allowed, the id tells
    integrity: str


def kill_at_random(folder: Path, kills: int, seed: int) -> Aftermath:
    """`kills` lives that end by SIGKILL, then one that may finish."""
    rng = Random(seed)
    numbers = itertools.count(1)
    listed: dict[int, list[int]] = defaultdict(list)
    with Site() as site, Receiver() as receiver:
        receiver.before = _takes_a_moment

        def publish() -> None:
            for feed_number in range(SOURCES):
                for number in itertools.islice(numbers, FRESH):
                    page = Answer(article(number).encode())
                    site.behave(f"/n/{number}.html", slow(0.005, page))
                    listed[feed_number].append(number)
                recent = listed[feed_number][-40:]
                site.page(f"/feed{feed_number}.xml", feed(site.url(""), recent))

        publish()
        config = _config(folder, site, receiver)
        for _ in range(kills):
            with Running(config) as service:
                service.wait_for("service.started")
                time.sleep(rng.uniform(0, 2.5))  # the random moment itself
                service.kill()
            publish()
        published = {site.url(f"/n/{n}.html") for numbers in listed.values() for n in numbers}
        with Running(config) as service:
            until(lambda: _at_rest(folder / "a.db", len(published)), 120, "rest after the kills")
            service.stop()
        return _look(folder / "a.db", kills, published, receiver)


def _takes_a_moment(_: Recorded, wire: Wire) -> None:
    wire.wait(0.01)


def _config(folder: Path, site: Site, receiver: Receiver) -> Path:
    sources = "".join(source(f"s{n}", site.url(f"/feed{n}.xml")) for n in range(SOURCES))
    channel = webhook("hook", receiver.hook, SECRET)
    return write_config(folder, sources + channel + rule("all", "case", "hook", on="article"))


def _at_rest(archive: Path, published: int) -> bool:
    """Everything published is filed, matched and delivered."""
    sql = (
        "SELECT (SELECT count(*) FROM article), (SELECT max(id) FROM revision),"
        " (SELECT revision FROM cursor WHERE name = 'match'),"
        " (SELECT count(*) FROM alert WHERE state <> 'delivered')"
    )
    articles, newest, matched, open_alerts = rows(archive, sql)[0]
    return articles >= published and newest == matched and not open_alerts


def _look(archive: Path, kills: int, published: set[str], receiver: Receiver) -> Aftermath:
    urls = [row[0] for row in rows(archive, "SELECT url FROM article")]
    ids: dict[str, set[str]] = defaultdict(set)
    for delivery in receiver.accepted():
        ids[delivery.payload["article"]["url"]].add(delivery.id)
    accepted = [delivery.id for delivery in receiver.accepted()]
    return Aftermath(
        kills=kills,
        published=len(published),
        archived=len(set(urls) & published),
        rows=len(urls),
        unannounced=tuple(sorted(set(urls) - set(ids))),
        two_ids=tuple(sorted(url for url, known in ids.items() if len(known) > 1)),
        invalid=sum(not delivery.valid for delivery in receiver.received),
        repeated=len(accepted) - len(set(accepted)),
        integrity=str(rows(archive, "PRAGMA integrity_check")[0][0]),
    )
