"""One event, one row: the schema that every journal of a run shares.

Who writes what (`kind` by `vantage`); an exchange is written once it has ended, with the strikes of its
request, effect and reply; what really happened is a row of its own, in the past participle:

    customer  intent    one per intent; time_ns is the intended start; account, sku, channel, amount_fen
                        (the listed price), detail {persona, customer, units, late_us, address, phone}: address if
                        many customers share it, phone where the platform tells customers something;
                        state unnamed: the customer has given no real name
              login     outcome
              place     outcome; order_no, ref (the client's own token), amount_fen as quoted, attempt;
                        state: why it was refused, where the target file says what that looks like;
                        detail {batch}: of which batch it is a line, {tampered}: the customer named a price of his own,
                        or a count {counted}, {slip}: the account that was written if mistyped;
                        the first one is timed from the intended start, not from when the driver got to it
              pay       outcome; order_no, ref, amount_fen as charged, detail {reason}
              pay_link  outcome; order_no; asks for a link of another channel
              status    outcome; order_no, state (ours; missing: there is no such order, said with HTTP 200), account
                        as it is shown, detail {cards, compensation};
                        time_ns is when it was asked
              resend    outcome; order_no; asks for redelivery
              cancel    outcome; order_no; asks to close an order that is not paid
              ticket    outcome; order_no; opens a ticket for an order with the platform
              ticket_state  outcome; order_no, state open|answered|closed: what the customer reads of it
              batch     outcome; order_no and ref are the platform's number of the batch: many lines were sent at
                        once, each of them an intent with a `place` row of its own
              batch_status  outcome; ref, state open|done; detail {lines, delivered, failed, listed, strange}: lines
                        that were sent, what the platform counts, failures that it lists, of them nobody's lines
              batch_line  of each line, when its batch was first read as done; ref, state failed if it is listed,
                        else delivered
              meddle    somebody else, in a session of his own, asked for redelivery to an account of his: outcome,
                        order_no, account
              swap      the order was placed once more under its number, for the dearer goods in ref: outcome, order_no
              come_back  the return page (return_url) was opened: outcome, http_status; detail {forged}: 1 if by a URL
                        that somebody else than the gateway wrote
              guess     somebody tried `attempt` wrong passwords on an account, then (perhaps a little later) the right
                        one: outcome ok if he was let in, fail if not, unknown if nobody could be before
              intrude   somebody logged in as this customer from a device that never was his: outcome; account is the
                        owner's phone; what comes after it is his doing
              wallet_pay  outcome; order_no; has the platform take an order's price from the balance
              wallet    a wallet was read: outcome, amount_fen is the balance, state opening if before the load;
                        detail {customer, lines}: each line a text "amount_fen kind order_no", kind topup, paid,
                        refunded, any (the target file names no kinds), or other; belongs to no intent
              done      outcome: ok when a final state was seen; state; took_us since the intended start
    gateway   create query close refund pay   exchanges: order_no is the out_trade_no, ref the trade_no
              complaint                       exchange: the platform's call about a complaint, detail {act}: list,
                                              detail, respond, complete, approve_refund, reject_refund, inbox_...
              captured refunded closed        truths: amount_fen, order_no, ref; captured is when the customer's bank
                                              took the money, detail {reason} of refunded: never booked, sent back
              posted                          truth: the gateway has booked what was captured; only where clearing
                                              takes time, else captured is both
              complained                      truth: a customer came; amount_fen wanted back, detail {complaint, act};
                                              state is the act: raise, add, continue
              answered                        truth: the platform's word on a complaint was heard; state is the act:
                                              respond, complete, approve_refund, reject_refund; detail as above
              notify    one per delivery that was planned; state paid|refunded, or a complaint's, amount_fen as told,
                        outcome ok (acked) | fail (answered otherwise) | unknown (no answer, or not sent),
                        detail {forged, copy, sent, op, probe}; foreign: meant for somebody else; contrary: not
                        what is true, lie if ahead of the truth; echo: the bytes of an old one; stolen: not sent, since
                        another's acknowledgement took its place; where it was not acknowledged, url and what was said
              unsent    a notification that nobody is owed (op create), and that no strike made heard
    operator  submit query claim balance      exchanges: order_no is the platform's number, ref the operator's; detail
                                              {reason, denies}: denies, if it was done and the code says surely not
              delivered failed                truths: account, sku, amount_fen (cost), detail {units, cards}; delivered
                                              in part: units and cost of what was handed out
              notify    as above; state delivered|failed|delivering, or what became of a complaint (op claim)
    gateway and operator
              unreadable                      a request was refused before anybody knew what it wanted: a bad signature,
                                              an unknown path; detail {path, said}
    message   send query                      exchanges: account is the receiver, order_no if the platform says one
              sent                            truth: the customer was told; account, order_no, ref, detail {text, way}
    platform  audit     the final read of one order: as status, and amount_fen
              batch_audit  the final read of a batch, once its lines were read: as batch_status, and
                        detail {over}: 1 if the platform showed an end of every line by then
              trespass  somebody else's session, none, or a made-up signature asked for an order: ok if it was shown,
                        fail if it was refused; also ok if it stood in somebody else's own bill, or list of orders,
                        or if somebody else who placed an order under the customer's own number (ref) was given it
              listed                          the customer's own list was read: outcome, order_no; detail {times}: how
                                              often the order stands in it, {reason}
              bill                            the bill was asked for this order's lines of a kind: outcome, order_no,
                                              state paid|refunded|delivered; detail {reason}
              bill_line                       a line of it: order_no, ref, amount_fen, state as above
              wallet                          as the customer's, read while the run settles, or state final
              book_order                      its own database: order_no, amount_fen, state paid|unpaid, or empty where
                                              the books are undecided
              book_card                       a card that the books took from stock: order_no, ref is the card
              book_wallet                     a credit (below 0: taken back): order_no, amount_fen
              book_compensation               what was given for lateness: order_no, amount_fen; state timed if time_ns
                                              is when it was given
              wallet_line wallet_sum          made of all reads of a wallet, once the journals are read (_wallet.sql);
                                              so are captured and refunded of channel wallet, delivered of a top-up
    nemesis   phase     state is the phase that begins
              strike    ref is the strike, state on|off
              abort     a threshold ended the load: ref is its text, detail {observed}: ms, or percent, as text
              died      ref is the process that ended unasked; detail {exit}
              trouble   the run cannot be judged in full; detail {en, zh} says why
    any       open close   first and last row of every journal
"""

from collections.abc import Mapping

import msgspec


class Event(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One row of a journal. The journal itself fills run, recorder and seq."""

    vantage: str
    kind: str
    run: str = ""
    recorder: str = ""
    seq: int = -1
    time_ns: int = 0
    intent: int | None = None
    order_no: str = ""
    ref: str = ""
    channel: str = ""
    account: str = ""
    sku: str = ""
    amount_fen: int | None = None
    outcome: str = ""
    state: str = ""
    attempt: int = 0
    http_status: int = 0
    took_us: int = 0
    strikes: list[str] = []
    """Ids of the strikes that struck this exchange or delivery."""
    spared: list[str] = []
    """Ids of the strikes that could have, but whose keyed chance, or attempt limit, said no."""
    detail: Mapping[str, str | int | list[str]] = {}
