"""The tables of config.toml: every key with its type, its default and what it may hold.

The description of a field is its line in docs/config.md. Annotations are evaluated at run time.
"""

from datetime import timedelta
from typing import Annotated, Any, ClassVar, Literal, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
)

from crawler.settings import REVISIT
from presswatch.config import values, webvalues

Kind = Literal["feed", "sitemap", "listing", "watch", "auto"]
KINDS: tuple[str, ...] = get_args(Kind)

Duration = Annotated[timedelta, BeforeValidator(values.duration)]
Kept = Annotated[timedelta | None, BeforeValidator(values.keep)]
Name = Annotated[str, AfterValidator(values.name)]
SourceName = Annotated[str, AfterValidator(values.source_name)]
Url = Annotated[str, AfterValidator(values.web_url)]
Timezone = Annotated[str, AfterValidator(values.timezone)]
Schedule = Annotated[list[Duration], AfterValidator(values.schedule)]
Some = BeforeValidator(values.one_or_more)
Texts = Annotated[list[str], Some]
Selector = Annotated[str, AfterValidator(values.selector)]
Selectors = Annotated[list[Annotated[str, AfterValidator(values.some_selector)]], Some]
Patterns = Annotated[list[Annotated[str, AfterValidator(values.pattern)]], Some]


class Table(BaseModel):
    """Strict: a number in quotes is text, and a key that nobody knows is an error."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    #: Keys that may be given as `KEY_file`, a path whose content is the value.
    twins: ClassVar[frozenset[str]] = frozenset()


class ServiceTable(Table):
    timezone: Timezone = Field(
        "UTC", description="For dates without a zone and for `cron`, where a source says no other."
    )
    log: Literal["auto", "console", "json"] = Field(
        "auto",
        description="Form of the log: lines of JSON, or for people; `auto` looks if standard error"
        " is a terminal.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info",
        description="From which level on events are logged; `debug` tells unchanged polls as well.",
    )
    operator: str = Field(
        "",
        description="Name of the channel that is told of sources in trouble; without one, nobody.",
    )


class ArchiveTable(Table):
    path: str = Field(
        "presswatch.db",
        min_length=1,
        description="The archive file; a relative path counts from the config file.",
    )
    keep_raw: Kept = Field(
        "forever",
        validate_default=True,
        description='How long responses are kept as they came: "180d" or "forever". Their texts,'
        " addresses and SHA-256 stay.",
    )
    keep_articles: Kept = Field(
        "forever",
        validate_default=True,
        description="How long articles are kept, from their newest text on; matches and alerts"
        " stay, and so do the articles of watched pages.",
    )
    keep_alerts: Kept = Field(
        "365d",
        validate_default=True,
        description="How long alerts are kept with their tries after they are settled; matches"
        " stay.",
    )
    min_free: Annotated[int, BeforeValidator(values.size)] = Field(
        200 * 2**20,
        ge=0,
        description="With less room on its disk nothing is fetched, and the operator is told.",
    )


class FetchTable(Table):
    twins: ClassVar[frozenset[str]] = frozenset({"proxy"})

    contact: Annotated[str, AfterValidator(values.contact)] = Field(
        "",
        description="Sent with every request, so that a site can reach you: `mailto:…` or a URL.",
    )
    delay: Duration = Field(timedelta(seconds=1), description="Between two requests to one origin.")
    allow_networks: list[Annotated[str, AfterValidator(values.network)]] = Field(
        [], description="Networks (CIDR) that may be fetched though they are not public."
    )
    timeout: Duration = Field(timedelta(seconds=30), description="For one request.")
    max_body: Annotated[int, BeforeValidator(values.size)] = Field(
        10 * 2**20, ge=1024, description="Largest answer, after decompression."
    )
    transfers: int = Field(
        32,
        ge=1,
        le=1024,
        description="Large answers that are received at the same time, all sites together; up to"
        " eight times as many requests may be under way.",
    )
    redirects: int = Field(5, ge=0, le=20, description="Redirects that are followed.")
    robots: bool = Field(True, description="Whether robots.txt is obeyed.")
    proxy: Annotated[str, AfterValidator(values.proxy)] = Field(
        "",
        description="`http://host:port`. A proxy goes round the check of addresses: trust it.",
    )
    poll_limit: Duration = Field(timedelta(minutes=10), description="For one poll as a whole.")
    per_poll: int = Field(
        200, ge=1, le=10_000, description="Pages that one poll fetches, new ones first."
    )
    revisit: Schedule = Field(
        list(REVISIT),
        description="So long after it was filed an article is looked at again, at the next poll"
        " of its source; `[]`: never.",
    )
    extraction: Literal["thorough", "quick"] = Field(
        "thorough",
        description="How the text of a page is found: `quick` takes what three extractors agree"
        " on; `thorough` asks a fourth where they differ.",
    )
    extraction_workers: int = Field(
        0, ge=0, le=256, description="Processes that read pages; 0: one a core."
    )
    extraction_timeout: Duration = Field(timedelta(seconds=20), description="For reading one page.")
    extraction_memory_mb: int = Field(
        1024, ge=256, description="Memory of one reading process, in MiB."
    )

    @field_validator("timeout", "poll_limit", "extraction_timeout")
    @classmethod
    def _some_time(cls, value: timedelta) -> timedelta:
        return values.longer_than_nothing(value)


class WebTable(Table):
    twins: ClassVar[frozenset[str]] = frozenset({"password", "token"})

    enabled: bool = Field(True, description="Whether `presswatch run` serves the page.")
    listen: Annotated[str, AfterValidator(webvalues.listen)] = Field(
        "127.0.0.1:8400",
        description="Address and port. Anything but loopback needs `password` or `token`;"
        " port 0 is any free one.",
    )
    hosts: list[Annotated[str, AfterValidator(webvalues.host)]] = Field(
        [],
        description="Names by which it is asked for, beside loopback and the address itself;"
        " any other is refused.",
    )
    password: Annotated[str, AfterValidator(webvalues.password)] = Field(
        "", description="Asked for by the login page."
    )
    token: Annotated[str, AfterValidator(webvalues.token)] = Field(
        "", description="For programs: `Authorization: Bearer …`."
    )
    trusted_proxies: list[Annotated[str, AfterValidator(values.network)]] = Field(
        [], description="Networks (CIDR) of proxies whose `X-Forwarded-For` and `-Proto` count."
    )


class SourceTable(Table):
    twins: ClassVar[frozenset[str]] = frozenset({"headers"})

    name: SourceName = Field(description="Unique; rules and searches use it.")
    url: Url = Field(description="Of the feed, the sitemap, the listing or the page.")
    kind: Kind = Field("auto", description="What the URL is; `auto` looks at what comes.")
    every: Duration | None = Field(
        None, description="Time between two polls; at least 5s. Default 15m."
    )
    every_min: Duration | None = Field(
        None,
        description="With `every_max`, in place of `every`: between these two it is polled by its"
        " own rhythm.",
    )
    every_max: Duration | None = Field(None, validate_default=True, description="See `every_min`.")
    # Before `cron`, which is read in it: pydantic checks in this order.
    timezone: Timezone | None = Field(
        None, description="For its dates without a zone and its `cron`; default: the service's."
    )
    cron: str | None = Field(
        None, description='In place of `every`: "minute hour day month weekday".'
    )
    enabled: bool = Field(True, description="`false`: kept, not polled.")
    select: Selector = Field(
        "", description="CSS selector of the links (listing) or of the part to watch (watch)."
    )
    text: Selector = Field(
        "",
        description="CSS selector of the text on its article pages. A page on which it matches"
        " nothing is read as without it, and that is told.",
    )
    drop: Selectors = Field(
        [], description="CSS selectors of what is taken out of its pages before they are read."
    )
    ignore_lines: Patterns = Field(
        [], description="Of a watched page: regular expressions of lines that are left out."
    )
    pages: int = Field(
        5,
        ge=1,
        le=100,
        description="Pages of a listing that one poll reads at most; the next one is turned to only"
        " while most of what is listed is new.",
    )
    delay: Duration | None = Field(
        None, description="Between two requests to its origin; default: `[fetch] delay`."
    )
    backlog: Duration = Field(
        timedelta(days=3),
        description="On the first poll, older or undated articles are archived and never alerted.",
    )
    revisit: Schedule | None = Field(
        None, description="When its articles are looked at again; default: `[fetch] revisit`."
    )
    headers: Annotated[dict[str, str], AfterValidator(values.headers)] = Field(
        {}, description="Sent to its origin only."
    )

    @field_validator("every", "every_min", "every_max")
    @classmethod
    def _not_too_often(cls, value: timedelta | None) -> timedelta | None:
        return values.at_least(value, timedelta(seconds=5))

    @field_validator("every_min")
    @classmethod
    def _alone(cls, value: timedelta | None, info: ValidationInfo) -> timedelta | None:
        if value is not None and info.data.get("every") is not None:
            message = "`every` is given as well; keep one of the two"
            raise ValueError(message)
        return value

    @field_validator("every_max")
    @classmethod
    def _a_range(cls, value: timedelta | None, info: ValidationInfo) -> timedelta | None:
        return values.above(value, info.data.get("every_min", value))

    @field_validator("cron")
    @classmethod
    def _readable(cls, value: str | None, info: ValidationInfo) -> str | None:
        for key in ("every", "every_min"):
            if value is not None and info.data.get(key) is not None:
                message = f"`{key}` is given as well; keep one of the two"
                raise ValueError(message)
        return values.cron(value, info.data.get("timezone") or "UTC")


class ChannelTable(Table):
    name: Name = Field(description="Unique; rules use it.")
    type: Literal["webhook", "mail", "apprise"] = Field(description="What it is.")
    enabled: bool = Field(
        True,
        description="`false`: nothing is queued for it, and what it refers to need not be set.",
    )
    # Before `digest`, which is read in it: pydantic checks in this order.
    timezone: Timezone | None = Field(
        None, description="For its `digest` and `quiet`; default: the service's."
    )
    digest: str | None = Field(
        None,
        description='Collects alerts and sends them as one message: "minute hour day month'
        ' weekday", such as `"0 8 * * mon-fri"`. See docs/alerts.md.',
    )
    empty: Literal["skip", "send"] = Field(
        "skip", description="Whether a digest with nothing in it is sent."
    )
    quiet: Annotated[str, AfterValidator(values.quiet)] | None = Field(
        None, description='Nothing is sent between these times: `"22:00-07:00"`.'
    )
    throttle: Annotated[str, AfterValidator(values.throttle)] | None = Field(
        None,
        description='At most so many single alerts: `"10/h"`, `"5/15m"`. What is beyond goes with'
        " one summary.",
    )

    concurrency: int = Field(
        1, ge=1, le=16, description="Alerts that are sent side by side; more than 1: in no order."
    )
    rate: Annotated[str, AfterValidator(values.rate)] | None = Field(
        None,
        description='At most so many requests or messages: `"30/m"`, `"1/s"`. What is beyond waits'
        " its turn.",
    )

    @field_validator("digest")
    @classmethod
    def _comes_round(cls, value: str | None, info: ValidationInfo) -> str | None:
        return values.cron(value, info.data.get("timezone") or "UTC")


class WebhookTable(ChannelTable):
    twins: ClassVar[frozenset[str]] = frozenset({"url", "secret"})

    type: Literal["webhook"] = Field(description="A signed POST for every alert.")
    url: Url = Field(description="Where the alerts are sent; may be a private address.")
    secret: Annotated[Texts, AfterValidator(values.secrets)] = Field(
        description="Signs the alerts: `whsec_…` in base64; a list of two while one is replaced."
    )
    success: dict[str, str | int | bool] = Field(
        {},
        description="For a receiver that refuses with status 200: what the JSON of its answer says"
        " where it took the alert, such as `{ errcode = 0 }`.",
    )


class MailTable(ChannelTable):
    twins: ClassVar[frozenset[str]] = frozenset({"smtp"})

    type: Literal["mail"] = Field(description="A message for every alert.")
    to: Annotated[Texts, AfterValidator(values.addresses)] = Field(
        description="One address or a list of them."
    )
    sender: Annotated[str, AfterValidator(values.address)] = Field(
        alias="from", description="The address that it is sent from."
    )
    smtp: Annotated[str, AfterValidator(values.smtp_url)] = Field(
        description="`smtp://user:password@host:587` (STARTTLS) or `smtps://…:465`."
    )
    unsubscribe: Annotated[str, AfterValidator(values.unsubscribe)] = Field(
        "", description="`https://…` that unsubscribes with one click (RFC 8058)."
    )


class ChatTable(ChannelTable):
    twins: ClassVar[frozenset[str]] = frozenset({"url"})

    type: Literal["apprise"] = Field(
        description="A message by a service that Apprise knows; needs the extra `chat`."
    )
    url: Annotated[str, AfterValidator(values.chat_url)] = Field(
        description="The service as Apprise writes it: `feishu://TOKEN`; for each place a channel."
    )


class ConceptTable(Table):
    """Every key is the name of a concept; presswatch.config.concepts says what names there are."""

    model_config = ConfigDict(strict=True, extra="allow", frozen=True)
    __pydantic_extra__: dict[str, Annotated[Texts, AfterValidator(values.some)]]

    @property
    def concepts(self) -> dict[str, tuple[str, ...]]:
        """Name → its queries."""
        return {name: tuple(items) for name, items in (self.__pydantic_extra__ or {}).items()}


class RuleTable(Table):
    name: Name = Field(description="Unique; stands in every alert.")
    query: Annotated[str, AfterValidator(values.query)] = Field(
        description="What it looks for; see docs/queries.md."
    )
    channels: Annotated[list[str], AfterValidator(values.some)] = Field(
        description="Names of the channels that are told; at least one."
    )
    sources: Annotated[list[str], AfterValidator(values.some)] = Field(
        ["*"], description='Names of sources, `*` and `?` allowed; a leading "!" excludes.'
    )
    on: Literal["story", "article", "revision"] = Field(
        "story", description="Alert once a story, once an article, or for every revision."
    )
    urgent: bool = Field(
        False, description="Its alerts wait for no digest, no quiet hours and no throttle."
    )


CHANNELS: dict[Any, type[ChannelTable]] = {
    "webhook": WebhookTable,
    "mail": MailTable,
    "apprise": ChatTable,
}

#: Section → model; of `channel`, the fields that all types share.
TABLES: dict[str, type[Table]] = {
    "service": ServiceTable,
    "archive": ArchiveTable,
    "fetch": FetchTable,
    "web": WebTable,
    "source": SourceTable,
    "channel": ChannelTable,
    "concept": ConceptTable,
    "rule": RuleTable,
}
