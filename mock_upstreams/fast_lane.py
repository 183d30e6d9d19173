"""Where the compiled way leads (_fast_lane.pyx): into an upstream whose dialect describes a usual create.

It is built when the package is installed where there is a C compiler. Where there is none, or where the environment
says `RECHARGE_CHAOS_LANE=off`, every request goes the usual way, at a higher price and with the same effect.
"""

import os
from typing import TYPE_CHECKING

from mock_upstreams.gateway_desk import GatewayDesk
from mock_upstreams.wire import Take

if TYPE_CHECKING:
    from mock_upstreams.upstream import Upstream

try:
    from mock_upstreams._fast_lane import Lane
except ModuleNotFoundError:
    BUILT = False
else:
    BUILT = True

SWITCH = "RECHARGE_CHAOS_LANE"


def is_open() -> bool:
    """Say whether the compiled way was built and is not switched off."""
    return BUILT and os.environ.get(SWITCH) != "off"


def into(upstream: "Upstream") -> Take | None:
    """Return the compiled way into an upstream; None if there is none, or if more than usual may become of a create."""
    usual, desk = upstream.dialect.usual(), upstream.desk
    if usual is None or not is_open() or not isinstance(desk, GatewayDesk) or desk.meddles:
        return None
    return Lane(usual, upstream).take
