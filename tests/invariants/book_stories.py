"""Stories of the laws about the platform's own books, read from its database at the end; told by test_laws.py."""

from histories import PRICE, at
from promises import NO_CASE, PART, REST


def book(kind, **fields):
    return at(52, "platform", f"book_{kind}", **fields)


def kept(standing, *credits_fen):
    rows = [] if standing is None else [book("order", state=standing, amount_fen=PRICE)]
    return {"more": [*rows, *(book("wallet", amount_fen=fen) for fen in credits_fen)]}


def in_part(*credits_fen):
    """Three fifths of a top-up came, and the customer got the rest of his money back."""
    back = at(9, "gateway", "refunded", amount_fen=REST, channel="epay")
    books = kept("paid", *credits_fen)["more"]
    return {"more": [back, *books], "change": PART}


def cards(*taken, shown=(), read=True, handed=()):
    """Cards in the books, shown by the final read, and handed out by an operator as (number, password)."""
    told = {"change": {"audit": {"detail": {"cards": list(shown)}}}} if shown else {}
    unread = {} if read else {"without": ("audit",)}
    bought = {"units": 0, "cards": [n for n, _ in handed], "card_passwords": [p for _, p in handed]}
    rows = [at(2, "operator", "delivered", channel="kasushou", detail=bought)] if handed else []
    return {"more": [*rows, *(book("card", ref=one) for one in taken)], **told, **unread}


BOOKS = {
    "books_agree": [
        ("paid and credited once", True, kept("paid", PRICE)),
        ("came in part, and was credited in full", True, in_part(PRICE)),
        ("came in part, and the rest was taken back", True, in_part(PRICE, -REST)),
        ("came in part, and too much was taken back", False, in_part(PRICE, -REST - 1)),
        ("came whole, and a part was taken back", False, kept("paid", PRICE, -REST)),
        ("paid and never credited", False, kept("paid")),
        ("paid and credited twice", False, kept("paid", PRICE, PRICE)),
        ("credited in two halves", False, kept("paid", 2000, PRICE - 2000)),
        ("credited something else", False, kept("paid", PRICE - 1)),
        ("a credit for no order", False, kept(None, PRICE)),
        ("refunded, and taken back", True, kept("unpaid", PRICE, -PRICE)),
        ("unpaid, and credited", False, kept("unpaid", PRICE)),
        ("undecided", None, kept("", PRICE)),
        ("unpaid", NO_CASE, kept("unpaid")),
        ("nothing in the books", NO_CASE, {}),
    ],
    "cards_consumed_are_cards_shown": [
        ("taken and shown", True, cards("BOOK-A", shown=["BOOK-A"])),
        ("taken and shown to nobody", False, cards("BOOK-B")),
        ("shown and never taken", False, cards(shown=["BOOK-C"], handed=[("BOOK-C", "p")])),
        (
            "shown as the books do not write it",
            True,
            cards("E1----pw1", shown=["卡号 E1，密码 pw1"], handed=[("E1", "pw1")]),
        ),
        ("a text that is no card", True, cards("BOOK-F", shown=["BOOK-F", "请尽快使用"])),
        ("taken, and nobody could look", None, cards("BOOK-D", read=False)),
        ("no cards", NO_CASE, {}),
    ],
}
