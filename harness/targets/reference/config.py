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


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Where goods come from: an operator's product and what it costs."""

    product: str
    cost_fen: int


class Goods(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the price list; operators are tried in the order they are written."""

    id: str
    kind: Kind
    title: str = ""
    price_fen: int
    face_fen: int
    operators: dict[str, Source]


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """The whole configuration."""

    base_url: str
    time_scale: float = 1.0
    gateways: Gateways = Gateways()
    operators: Operators = Operators()
    messages: Messages = Messages()
    goods: list[Goods] = []
    timers: Timers = Timers()


def read(path: Path) -> Config:
    """Read a configuration file.

    Raises:
        OSError: it cannot be read.
        msgspec.DecodeError: it is not a configuration; the message says where.
    """
    return msgspec.json.decode(path.read_bytes(), type=Config)
