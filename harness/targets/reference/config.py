"""What the operator of the platform writes down: upstreams and their keys, goods, timers."""

from pathlib import Path
from typing import Literal

import msgspec

Kind = Literal["phone", "game", "member", "cards"]


class Timers(msgspec.Struct, frozen=True, kw_only=True):
    """Spans in platform seconds, unless the name says `real_ms`."""

    expiry_s: float = 900
    pay_poll_first_s: float = 30
    pay_poll_last_s: float = 120
    late_watch_s: float = 7200
    """How long after its expiry an unpaid trade is still asked about, where it could not be closed for good."""
    late_poll_last_s: float = 600
    delivery_poll_first_s: float = 10
    delivery_poll_last_s: float = 60
    missing_for_s: float = 60
    """An operator's "no such order" counts only this long after the submit ..."""
    missing_times: int = 3
    """... and only when it was said this often."""
    complaint_poll_s: float = 60
    retry_first_s: float = 10
    retry_last_s: float = 120
    upstream_timeout_real_ms: int = 3000
    poll_floor_real_ms: int = 50


class Epay(msgspec.Struct, frozen=True, kw_only=True):
    """An account at an epay gateway."""

    url: str
    pid: str
    key: str
    channel: str = "epay"


class WechatPay(msgspec.Struct, frozen=True, kw_only=True):
    """A merchant account at WeChat Pay v3; keys are PEM, `apiv3_key` 32 ASCII characters."""

    url: str
    mchid: str
    appid: str
    serial_no: str
    private_key: str
    apiv3_key: str
    platform_serial: str = ""
    platform_certificate: str = ""
    public_key_id: str = ""
    public_key: str = ""
    channel: str = "wechat"


class Gateways(msgspec.Struct, frozen=True, kw_only=True):
    """The gateways in use; any may be absent."""

    epay: Epay | None = None
    wechat_pay: WechatPay | None = None


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """An account at an operator."""

    url: str
    userid: str
    apikey: str


class Operators(msgspec.Struct, frozen=True, kw_only=True):
    """The operators in use; any may be absent."""

    dayuanren: Account | None = None
    kasushou: Account | None = None


class Channel(msgspec.Struct, frozen=True, kw_only=True):
    """An account at a message channel."""

    url: str
    key: str


class Messages(msgspec.Struct, frozen=True, kw_only=True):
    """How customers are told how their orders ended; without a channel they are not."""

    sms: Channel | None = None


class Ban(msgspec.Struct, frozen=True, kw_only=True):
    """A channel that some orders must not go through: an operator's name, or a gateway's channel."""

    channel: str
    goods: list[str]
    account_begins: list[str] = []
    """Only accounts that begin so; all unless said."""

    def forbids(self, channel: str, goods: str, account: str) -> bool:
        """Say whether an order of these goods to this account must not go through the channel."""
        begins = tuple(self.account_begins) or ("",)
        return channel == self.channel and goods in self.goods and account.startswith(begins)


class Risk(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked into before goods go out, and what is not sold at all; 0 means never."""

    hold_above_fen: int = 0
    """A payment above this is held and announced; without a message channel nothing is held."""
    review_s: float = 120
    unverified_most_fen: int = 0
    """The most that a customer without a real name may order at once."""
    bans: list[Ban] = []
    announce_above_fen: int = 0
    """A payment above this is told to its customer."""
    new_device_most_fen: int = 0
    """The most that may be ordered from a device that is new for its customer."""
    per_address: int = 0
    """So many orders are taken from one address ..."""
    per_address_s: float = 600
    """... within this."""


class Promises(msgspec.Struct, frozen=True, kw_only=True):
    """What members are promised; 0 means nothing is."""

    member_within_s: float = 0
    """A membership that is not there so long after its payment is compensated, once."""
    compensation_fen: int = 0
    member_lasts_s: float = 0
    lapse_notice_s: float = 0
    """How long before its end a membership is announced to lapse."""


class SlowLane(msgspec.Struct, frozen=True, kw_only=True):
    """Goods that are worked off later on some days, such as holidays: their suppliers' people are away."""

    goods: list[str]
    first_day: str
    last_day: str
    wait_s: float


class Calendar(msgspec.Struct, frozen=True, kw_only=True):
    """Which day it is, such as 2026-10-01, and what is slow on which days; without a day nothing is."""

    today: str = ""
    slow: list[SlowLane] = []


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Where goods come from: an operator's product and what it costs."""

    product: str
    cost_fen: int


class Goods(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the price list; operators are tried in the order they are written.

    Cards without an operator are sold from `stock`: a list of codes that is loaded at every start, each code once.
    """

    id: str
    kind: Kind
    title: str = ""
    price_fen: int
    face_fen: int
    most: int = 1
    """How many of it one order may be for."""
    operators: dict[str, Source] = {}
    stock: list[str] = []

    @property
    def from_stock(self) -> bool:
        """Say whether we deliver this ourselves."""
        return self.kind == "cards" and not self.operators


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """The whole configuration."""

    base_url: str
    time_scale: float = 1.0
    gateways: Gateways = Gateways()
    operators: Operators = Operators()
    messages: Messages = Messages()
    goods: list[Goods] = []
    timers: Timers = Timers()
    risk: Risk = Risk()
    promises: Promises = Promises()
    calendar: Calendar = Calendar()
    wechat_trusts: Literal["public_key", "certificate"] = "public_key"
    """By what WeChat Pay is known: a public key that stays, or its certificates, which it replaces."""
    admin_key: str = ""
    """Whoever sends it as a bearer reads everybody's bill; empty: nobody does."""


def read(path: Path, settings: str = "{}", stock: Path | None = None) -> Config:
    """Read a configuration file.

    `settings` is JSON whose keys take the place of the file's; `stock` is a list of codes for the one kind of goods
    that is sold from stock.

    Raises:
        OSError: a file cannot be read.
        ValueError: there is stock, and not exactly one kind of goods for it.
        msgspec.DecodeError: it is not a configuration; the message says where.
    """
    written: dict[str, object] = msgspec.json.decode(path.read_bytes(), type=dict[str, object])
    written |= msgspec.json.decode(settings, type=dict[str, object])
    config = msgspec.convert(written, Config)
    if stock is None:
        return config
    codes = stock.read_text(encoding="utf-8").split()
    (stocked,) = [goods for goods in config.goods if goods.from_stock]
    filled = [msgspec.structs.replace(g, stock=codes) if g is stocked else g for g in config.goods]
    return msgspec.structs.replace(config, goods=filled)
