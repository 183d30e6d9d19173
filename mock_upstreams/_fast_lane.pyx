# cython: language_level=3, boundscheck=False, wraparound=False
r"""The usual create in one go, compiled: from a request's bytes to its answer's, or not at all.

    head known? ─▶ form ─▶ signed? ─▶ number new? whose? may be struck? ─▶ trade ─▶ row ─▶ answer
             \_________\__________\_____________________________\_▶ None: nothing has changed

It does what wire, dialect, desk and express do for such a request, on the same books, counts and
journal. Whatever is wrong, odd, repeated or may be struck is left to them, from its beginning. It
knows no dialect: what a form means, `Usual` says; what an answer and a row look like is learnt from
those that make them (learnt.py). It lives on the event loop; fast_lane.py says where it leads.
"""

from harness.core.clock import now_ns
from harness.core.identity import backwards
from mock_upstreams import known_heads
from mock_upstreams.learnt import answer_parts, row_parts
from mock_upstreams.posted import is_form

cdef enum:
    ROUNDS = 6
    HALF = 10_000  # both of identity.py
    NOBODY = -1
    UNSURE = -2

cdef bytes END = b"\r\n\r\n"

include "_usual_form.pxi"


cdef class Intents:
    """Whose intent a text tells of; identity.intent_of, for one run."""

    cdef long most
    cdef unsigned short added[ROUNDS][HALF]

    def __init__(self, object seed, long most):
        self.most = most
        cdef bytes octets
        for step, row in enumerate(backwards(seed)):
            octets = row.tobytes()
            memcpy(self.added[<int>step], PyBytes_AS_STRING(octets), HALF * sizeof(unsigned short))

    cpdef long find(self, str text):
        """Return whose digits end a run of 8 to 13, or NOBODY; UNSURE of other scripts' digits."""
        cdef Py_UCS4 c
        cdef long tail = 0, intent
        cdef Py_ssize_t run = 0
        for c in text + " ":
            if 48 <= c <= 57:
                tail = (tail * 10 + <long>c - 48) % (HALF * HALF)
                run += 1
                continue
            if c > 127 and c.isdecimal():
                return UNSURE
            if 8 <= run <= 13:
                intent = self.of_tail(tail)
                if intent < self.most:
                    return intent
            run = tail = 0
        return NOBODY

    cdef long of_tail(self, long tail) noexcept:
        cdef long left = tail // HALF, right = tail % HALF
        cdef int step
        for step in range(ROUNDS):
            left, right = (right + HALF - self.added[step][left]) % HALF, left
        return left * HALF + right


cdef class Row:
    """The row of a create that went well: what is always the same in it, and what is filled in."""

    cdef object journal, spared, filled
    cdef str side, channel, order_no, ref
    cdef list parts
    cdef Py_ssize_t size
    cdef long began_ns, intent, amount_fen, attempt

    def __init__(self, object journal, str side, str channel):
        self.journal, self.side, self.channel, self.filled = journal, side, channel, self.fill

    cdef write(self, list spared):
        """Write it; `spared` are the strikes that could have met the create."""
        if self.spared is not spared:
            self.spared = spared
            self.parts = row_parts(self.journal, self.side, self.channel, spared)
            self.size = sum([len(part) + LONG_DIGITS_MAX for part in self.parts])
        self.journal.line(self.filled)

    cpdef bytes fill(self, long seq):
        """Return it, with its number in the journal."""
        cdef long took_us = (<long>now_ns() - self.began_ns) // 1_000
        cdef Text order_no = of_ascii(self.order_no), ref = of_ascii(self.ref)
        cdef bytes line = PyBytes_FromStringAndSize(NULL, self.size + order_no.size + ref.size)
        cdef char *begin = line
        cdef char *out = put_long(put(begin, self.part(0)), seq)
        out = put_long(put(out, self.part(1)), self.began_ns)
        if self.intent != NOBODY:
            out = put_long(put(out, self.part(2)), self.intent)
        out = put(put(out, self.part(3)), order_no)
        out = put(put(out, self.part(4)), ref)
        out = put_long(put(out, self.part(5)), self.amount_fen)
        out = put_long(put(out, self.part(6)), self.attempt)
        out = put(out, self.part(7))
        if took_us:
            out = put_long(put(out, self.part(8)), took_us)
        out = put(out, self.part(9))
        return line[: out - begin]

    cdef inline Text part(self, int i):
        return of_bytes(<bytes>self.parts[i])


cdef class Lane:
    """The way into one upstream, whose dialect says what is usual there."""

    cdef object usual, turn, dialect, book, route, totals
    cdef object expires_ns
    """On a slow clock more than 63 bits hold."""
    cdef dict trades, by_no, heads
    cdef Create create
    cdef Intents intents
    cdef Row row
    cdef list answer
    cdef str begins
    cdef long second, serials

    def __init__(self, object usual, object upstream):
        house, book, dialect = upstream.house, upstream.desk.book, upstream.dialect
        journal = house.recorder.journal
        self.usual, self.dialect, self.book = usual, dialect, book
        self.trades, self.by_no, self.heads = book.trades, book.by_no, {}
        self.turn, self.totals = house.turn, house.totals
        self.serials, self.expires_ns = usual.serials, book.expires_ns
        self.route = house.strikes.route(upstream.name, "create")
        self.create, self.intents = Create(usual), Intents(house.seed, house.intents)
        self.row = None if journal is None else Row(journal, dialect.side, upstream.name)

    cpdef bytes take(self, bytes data):
        """Answer a request that is the whole of `data`; None if it is not usual."""
        cdef Py_ssize_t end = data.find(END)
        cdef Create create = self.create
        cdef str order_no, key, ref
        cdef Text body
        cdef long intent, now
        if end < 0:
            return None
        end += PyBytes_GET_SIZE(END)
        body = Text(PyBytes_AS_STRING(data) + end, PyBytes_GET_SIZE(data) - end)
        if body.size != self.body_bytes(data, end) or not create.fits(body):
            return None
        if self.turn.works:
            self.turn.work()  # Whoever came before in this turn comes first.
        order_no = create.text(create.order_no)
        intent = self.intents.find(create.text(create.attach))
        if intent == NOBODY:
            intent = self.intents.find(create.text(create.subject))
        if intent == UNSURE or order_no in self.by_no:
            return None
        key = order_no if intent == NOBODY else f"i{intent}"
        if not self.route.free(key):
            return None
        now = now_ns()
        ref = self.number(now)
        if ref in self.trades:
            return None
        self.make(order_no, ref, key, now, intent)
        return ref.encode().join(self.answer)

    cdef Py_ssize_t body_bytes(self, bytes data, Py_ssize_t end):
        """Return how long the body is after a head that posts a form here, -1 after any other."""
        cdef bytes head = data[:end]
        known = self.heads.get(head)
        if known is None:
            request = known_heads.find(data)
            if request is None:
                return -1
            if len(self.heads) >= known_heads.HEADS_MAX:
                self.heads.clear()
            posts = request.target == self.usual.path and is_form(request)
            known = self.heads[head] = len(request.body) if posts else -1
        return known

    cdef str number(self, long now):
        """Return the next number; how it begins, and what is answered, is asked once a second."""
        cdef long serial = self.book.serial + 1, second = now // 1_000_000_000
        cdef str ends = str(self.serials + serial % self.serials)[1:]
        if second != self.second:
            whole = self.dialect.number("trade", serial, now)
            self.answer = answer_parts(self.dialect, self.usual, len(whole))
            self.begins, self.second = whole[: len(whole) - len(ends)], second
        return self.begins + ends

    cdef make(self, str order_no, str ref, str key, long now, long intent):
        """Make the trade, and count and write all that is counted and written of it."""
        cdef Create create = self.create
        cdef object known = None if intent == NOBODY else intent
        cdef Row row = self.row
        trade = create.trade(order_no, ref, now, now + self.expires_ns, known)
        self.book.serial += 1
        self.trades[ref] = self.by_no[order_no] = trade
        self.totals.created += 1
        self.totals.last_move_ns = now
        attempt = self.route.attempt(key)
        self.route.count(changing=True)
        if row is not None:
            row.order_no, row.ref, row.intent, row.attempt = order_no, ref, intent, attempt
            row.began_ns, row.amount_fen = now, create.amount_fen
            row.write(self.route.spared[True])
