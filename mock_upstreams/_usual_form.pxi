# What a request says: a urlencoded form, as a usual create sends it. A part of _fast_lane.pyx.

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.unicode cimport PyUnicode_AsUTF8, PyUnicode_DecodeUTF8
from libc.string cimport memcmp, memcpy

try:
    from _md5 import md5  # a third quicker than the one of OpenSSL for so short a text
except ImportError:
    from hashlib import md5

from mock_upstreams.records import Trade

cdef extern from "Python.h":
    void PyObject_GC_UnTrack(void *)

cdef enum:
    BODY_BYTES_MAX = 4096
    FIELDS_MAX = 32
    LONG_DIGITS_MAX = 20


# Bytes that somebody else keeps for as long as they are looked at.
cdef struct Text:
    const char *at
    Py_ssize_t size


cdef inline Text of_bytes(bytes octets) noexcept:
    return Text(PyBytes_AS_STRING(octets), PyBytes_GET_SIZE(octets))


cdef inline Text of_ascii(str text):
    return Text(PyUnicode_AsUTF8(text), len(text))


cdef inline bint equal(Text one, Text other) noexcept:
    return one.size == other.size and memcmp(one.at, other.at, one.size) == 0


cdef inline bint less(Text one, Text other) noexcept:
    cdef int order = memcmp(one.at, other.at, min(one.size, other.size))
    return order < 0 or (order == 0 and one.size < other.size)


cdef inline char *put(char *out, Text text) noexcept:
    memcpy(out, text.at, text.size)
    return out + text.size


cdef char *put_long(char *out, long number) noexcept:
    cdef char digits[LONG_DIGITS_MAX]
    cdef int first = LONG_DIGITS_MAX
    cdef unsigned long left = number if number >= 0 else -<unsigned long>number
    while True:
        first -= 1
        digits[first] = c"0" + left % 10
        left //= 10
        if not left:
            break
    if number < 0:
        first -= 1
        digits[first] = c"-"
    return put(out, Text(&digits[first], LONG_DIGITS_MAX - first))


cdef inline bint is_digit(unsigned char c) noexcept:
    return c"0" <= c <= c"9"


cdef inline int hex_digit(unsigned char c) noexcept:
    """Return what a hex digit is worth, -1 for anything else."""
    if is_digit(c):
        return c - c"0"
    return (c | 32) - c"a" + 10 if c"a" <= (c | 32) <= c"f" else -1


cdef inline bint is_plain(unsigned char c) noexcept:
    """Say whether a byte of a form stands for itself."""
    return c"," <= c <= c"~" or c"!" <= c <= c"*" and c != c"&" and c != c"%"


cdef bint is_number(Text said, Py_ssize_t at_most) noexcept:
    """Say whether this is an order's number as they usually are."""
    cdef Py_ssize_t i
    cdef char c
    for i in range(said.size):
        c = said.at[i]
        if not (is_digit(c) or c"a" <= (c | 32) <= c"z" or c == c"-" or c == c"_"):
            return False
    return 0 < said.size <= at_most


cdef struct Field:
    Text name
    Text value


cdef class Fact:
    """A field that is kept as text, and what it said last, since callers repeat themselves."""

    cdef bytes name, octets
    cdef str text

    def __init__(self, str name):
        self.name, self.octets, self.text = name.encode(), b"", ""


cdef class Form:
    """The fields of a urlencoded form, sorted by name; read into again and again."""

    cdef Field fields[FIELDS_MAX]
    cdef int count
    cdef char values[BODY_BYTES_MAX + 1]
    """Unescaped, an `&` behind each."""
    cdef Py_ssize_t used

    cdef bint read(self, Text body):
        """Read a form; False if there is anything unusual about it."""
        cdef const char *at = body.at
        cdef const char *end = body.at + body.size
        cdef char *out = self.values
        cdef Field field
        self.count = 0
        if body.size > BODY_BYTES_MAX:
            return False
        while True:
            field.name.at = at
            while at < end and at[0] != c"=" and is_plain(at[0]):
                at += 1
            field.name.size = at - field.name.at
            if at == end or at[0] != c"=" or not field.name.size:
                return False
            at += 1
            field.value.at = out
            while at < end and at[0] != c"&":
                if is_plain(at[0]):
                    out[0] = at[0]
                elif at[0] == c"+":
                    out[0] = c" "
                elif at[0] == c"%" and end - at > 2 and hex_digit(at[1]) >= 0 <= hex_digit(at[2]):
                    out[0] = hex_digit(at[1]) << 4 | hex_digit(at[2])
                    at += 2
                else:
                    return False
                at += 1
                out += 1
            field.value.size = out - field.value.at
            out[0] = c"&"
            out += 1
            if not self.insert(field):
                return False
            if at == end:
                self.used = out - self.values
                return self.is_utf8()
            at += 1

    cdef bint insert(self, Field field) noexcept:
        """Put a field where it belongs; False if there is one of its name, or are too many."""
        cdef int i = self.count
        if i == FIELDS_MAX:
            return False
        while i and less(field.name, self.fields[i - 1].name):
            self.fields[i] = self.fields[i - 1]
            i -= 1
        self.fields[i] = field
        self.count += 1
        return i == 0 or not equal(field.name, self.fields[i - 1].name)

    cdef bint is_utf8(self):
        """Say whether every value is: what is not is read, and signed, with replacements."""
        try:
            PyUnicode_DecodeUTF8(self.values, self.used, NULL)
        except UnicodeDecodeError:
            return False
        return True

    cdef Text get(self, bytes name) noexcept:
        """Return what a field says, nothing if it is missing."""
        cdef Text wanted = of_bytes(name)
        cdef int i
        for i in range(self.count):
            if equal(self.fields[i].name, wanted):
                return self.fields[i].value
        return Text(wanted.at, 0)

    cdef str text(self, Fact fact):
        cdef Text said = self.get(fact.name)
        if not equal(said, of_bytes(fact.octets)):
            fact.text = PyUnicode_DecodeUTF8(said.at, said.size, NULL)
            fact.octets = PyBytes_FromStringAndSize(said.at, said.size)
        return fact.text


cdef list names(texts):
    return [text.encode() for text in texts]


cdef class Create(Form):
    """A create: a form that says all that a usual one does, and is signed."""

    cdef object fen
    cdef Py_ssize_t order_no_bytes
    cdef dict marks
    cdef bytes sign, key
    cdef bytearray joined
    cdef list own, needed, unsigned, fingerprint, extra
    cdef Fact order_no, amount, subject, attach, notify_url
    cdef long amount_fen

    def __init__(self, object usual):
        self.fen, self.order_no_bytes = usual.fen, usual.order_no_bytes
        self.marks, self.sign, self.key = usual.marks, usual.sign.encode(), usual.key.encode()
        self.joined = bytearray(BODY_BYTES_MAX + len(self.key))
        self.own = [(name.encode(), said.encode()) for name, said in usual.own.items()]
        self.needed, self.unsigned = names(usual.needed), names(usual.unsigned)
        told = (usual.subject, usual.attach, usual.notify_url)
        facts = {name: Fact(name) for name in (*told, *usual.fingerprint, *usual.extra)}
        self.order_no = Fact(usual.order_no)
        self.amount = facts.setdefault(usual.amount, Fact(usual.amount))
        self.subject, self.attach, self.notify_url = [facts[name] for name in told]
        self.fingerprint = [facts[name] for name in usual.fingerprint]
        self.extra = [(name, facts[name]) for name in usual.extra]

    cdef bint fits(self, Text body):
        """Read a body; say whether it is one."""
        cdef bytes name, said
        if not self.read(body):
            return False
        if not is_number(self.get(self.order_no.name), self.order_no_bytes):
            return False
        for name in self.needed:
            if not self.get(name).size:
                return False
        for name, said in self.own:
            if not equal(self.get(name), of_bytes(said)):
                return False
        self.amount_fen = self.fen(self.text(self.amount))
        return self.amount_fen > 0 and self.is_signed()

    cdef bint is_signed(self):
        cdef char *begin = self.joined
        cdef char *out = begin
        cdef Field *field
        cdef str right
        cdef int i
        for i in range(self.count):
            field = &self.fields[i]
            if field.value.size and not self.is_unsigned(field.name):
                if out != begin:
                    out = put(out, Text("&", 1))
                out = put(put(put(out, field.name), Text("=", 1)), field.value)
        out = put(out, of_bytes(self.key))
        right = md5(begin[: out - begin]).hexdigest()
        return equal(self.get(self.sign), of_ascii(right))

    cdef bint is_unsigned(self, Text name) noexcept:
        cdef bytes one
        for one in self.unsigned:
            if equal(name, of_bytes(one)):
                return True
        return False

    cdef object trade(self, str order_no, str ref, long at_ns, object expires_ns, object intent):
        """Return the trade that it asks for."""
        cdef Fact fact
        cdef list facts = []
        cdef tuple fingerprint
        cdef dict extra = self.marks.copy()
        for name, fact in self.extra:
            extra[name] = self.text(fact)
        for fact in self.fingerprint:
            facts.append(self.amount_fen if fact is self.amount else self.text(fact))
        fingerprint = tuple(facts)
        # Numbers and texts are in no cycle: the collector would find that out, at a higher price.
        PyObject_GC_UnTrack(<void *>fingerprint)
        return Trade(
            ref=ref,
            order_no=order_no,
            amount_fen=self.amount_fen,
            created_ns=at_ns,
            expires_ns=expires_ns,
            subject=self.text(self.subject),
            attach=self.text(self.attach),
            notify_url=self.text(self.notify_url),
            fingerprint=fingerprint,
            extra=extra,
            intent=intent,
        )
