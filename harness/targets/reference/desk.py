"""What every desk stands on; also the class that a defect may override."""

from harness.targets.reference.clock import Pace, now_ms
from harness.targets.reference.config import Config, Goods
from harness.targets.reference.database import Database
from harness.targets.reference.tables import Order


class Desk:
    """A component of the platform. Methods that take a connection are steps of one transaction."""

    def __init__(self, config: Config, db: Database) -> None:
        self.config = config
        self.timers = config.timers
        self.db = db
        self.pace = Pace(config.time_scale, config.timers.poll_floor_real_ms)
        self.goods: dict[str, Goods] = {goods.id: goods for goods in config.goods}

    def banned(self, channel: str, order: Order) -> bool:
        """Say whether an order must not go through an operator or a gateway."""
        bans = self.config.risk.bans
        return any(ban.forbids(channel, order.goods, order.account) for ban in bans)

    def retry_ms(self, tries: int, key: str) -> int:
        """Return the real time of the next try after one that came to nothing."""
        first_s, last_s = self.timers.retry_first_s, self.timers.retry_last_s
        return now_ms() + self.pace.after_ms(first_s, last_s, tries, key)
