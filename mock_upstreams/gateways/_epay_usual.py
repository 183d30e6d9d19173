"""What Epay's create at mapi.php is like when there is nothing to say about it; what it means, epay.py says."""

from collections.abc import Callable

from mock_upstreams.usual import Usual


def usual_create(pid: str, key: str, fen: Callable[[str], int]) -> Usual:
    """Return its description, where the answer is the pay page's link whatever device the caller has."""
    return Usual(
        path="/mapi.php",
        own={"pid": pid},
        needed=("type", "notify_url", "name", "clientip"),
        order_no="out_trade_no",
        order_no_bytes=64,
        amount="money",
        fen=fen,
        sign="sign",
        unsigned=("sign", "sign_type"),
        key=key,
        subject="name",
        attach="param",
        notify_url="notify_url",
        serials=100_000,
        fingerprint=("money", "name", "notify_url", "return_url", "param"),
        extra=("type", "return_url", "device"),
        marks={"act": "mapi"},
    )
