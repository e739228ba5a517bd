"""Reads and writes the body container: FORMAT.md, "Body". Knows nothing of rkyv but that page."""

import struct
from dataclasses import dataclass, field

ROOT_BYTES = 54
FIELD_BYTES = 13
ROW_BYTES = 12
WRAPPED_BYTES = 16
FIELDS_MAX = 2048
ROWS_MAX = 20_000

INTEGER, UNCOUNTED, TEXT, BYTES = range(4)


class NotABody(Exception):
    """Why bytes are not a body in its one form."""


@dataclass
class Body:
    report_id: bytes
    form: int
    fields: list  # of (id, (tag, value))
    rows: list  # of (table, fields)
    sealed: tuple | None = None  # (suite, [(division, key)], ciphertext)


@dataclass
class Out:
    """What has been written; the root goes last."""

    bytes: bytearray = field(default_factory=bytearray)

    def put(self, content):
        at = len(self.bytes)
        self.bytes += content
        return at


class Source(bytes):
    """Bytes of which each may be read once: else a small body whose lists share parts would unfold without end."""

    def __init__(self, data):
        self.left = len(data)

    def stretch(self, start, length):
        self.left -= length
        if start < 0 or start + length > len(self) or self.left < 0:
            raise NotABody("a list or text leads out of the body, or shares its bytes with another")
        return start


def read(data):
    """The body in `data`, or NotABody."""
    source = Source(data)
    try:
        body = _root(source, len(data) - ROOT_BYTES)
    except (struct.error, UnicodeDecodeError) as error:
        raise NotABody(f"the archive does not hold together: {error}") from error
    if write(body) != data:
        raise NotABody("it is not in its one canonical form")
    if len(body.rows) > ROWS_MAX:
        raise NotABody(f"{len(body.rows)} rows are too many")
    for fields in [body.fields] + [fields for _, fields in body.rows]:
        ids = [number for number, _ in fields]
        if len(ids) > FIELDS_MAX:
            raise NotABody(f"{len(ids)} fields are too many")
        if any(one >= two for one, two in zip(ids, ids[1:])):
            raise NotABody("fields are out of order or stand twice")
    return body


def _unpack(layout, data, at):
    if at < 0:
        raise NotABody("a pointer leads out of the body")
    return struct.unpack_from("<" + layout, data, at)


def _root(data, at):
    report_id, form = _unpack("16sI", data, at)
    sealed = None
    if (tag := _unpack("B", data, at + 36)[0]) == 1:
        sealed = _sealed(data, at + 37)
    elif tag != 0:
        raise NotABody(f"option tag {tag} is not known")
    return Body(report_id, form, _fields(data, at + 20), _list(data, at + 28, ROW_BYTES, _row), sealed)


def _list(data, at, size, element):
    offset, count = _unpack("iI", data, at)
    start = data.stretch(at + offset, count * size)
    return [element(data, start + index * size) for index in range(count)]


def _bytes(data, at):
    offset, count = _unpack("iI", data, at)
    start = data.stretch(at + offset, count)
    return data[start : start + count]


def _fields(data, at):
    return _list(data, at, FIELD_BYTES, _field)


def _field(data, at):
    number, tag = _unpack("IB", data, at)
    if tag == INTEGER:
        return number, (tag, _unpack("q", data, at + 5)[0])
    if tag == UNCOUNTED:
        return number, (tag, None)
    if tag == TEXT:
        return number, (tag, _text(data, at + 5))
    if tag == BYTES:
        return number, (tag, _bytes(data, at + 5))
    raise NotABody(f"value tag {tag} is not known")


def _text(data, at):
    (inline,) = _unpack("8s", data, at)
    if inline[0] & 0xC0 != 0x80:
        return inline.split(b"\xff")[0].decode()
    stated, offset = _unpack("Ii", data, at)
    length = stated % 64 + 64 * (stated // 256)
    start = data.stretch(at + offset, length)
    return data[start : start + length].decode()


def _row(data, at):
    return _unpack("I", data, at)[0], _fields(data, at + 4)


def _sealed(data, at):
    wrapped = _list(data, at + 1, WRAPPED_BYTES, lambda data, at: (*_unpack("Q", data, at), _bytes(data, at + 8)))
    return _unpack("B", data, at)[0], wrapped, _bytes(data, at + 9)


def write(body):
    """The only bytes that say this: depth first, elements after what they point to, the root last."""
    out = Out()
    fields = _put_fields(out, body.fields)
    inner = [_put_fields(out, fields) for _, fields in body.rows]
    rows = _put_list(
        out,
        ROW_BYTES,
        [lambda at, t=table, f=one: struct.pack("<I", t) + f(at + 4) for (table, _), one in zip(body.rows, inner)],
    )
    if body.sealed is None:
        sealed = lambda at: bytes(18)
    else:
        suite, keys, ciphertext = body.sealed
        places = [_put_bytes(out, key) for _, key in keys]
        wrapped = _put_list(
            out,
            WRAPPED_BYTES,
            [lambda at, d=division, k=place: struct.pack("<Q", d) + k(at + 8) for (division, _), place in zip(keys, places)],
        )
        cipher = _put_bytes(out, ciphertext)
        sealed = lambda at: bytes([1, suite]) + wrapped(at + 2) + cipher(at + 10)
    at = len(out.bytes)
    root = body.report_id + struct.pack("<I", body.form) + fields(at + 20) + rows(at + 28) + sealed(at + 36)
    return bytes(out.bytes) + root


def _put_bytes(out, content):
    """Writes `content`; answers how to point to it from a place."""
    start = out.put(content)
    return lambda at: struct.pack("<iI", start - at, len(content))


def _put_list(out, size, elements):
    start = len(out.bytes)
    for index, element in enumerate(elements):
        out.put(element(start + index * size))
    return lambda at: struct.pack("<iI", start - at, len(elements))


def _put_fields(out, fields):
    values = [_put_value(out, tag, value) for _, (tag, value) in fields]
    elements = [
        lambda at, n=number, v=value: struct.pack("<I", n) + v(at + 4) for (number, _), value in zip(fields, values)
    ]
    return _put_list(out, FIELD_BYTES, elements)


def _put_value(out, tag, value):
    if tag == INTEGER:
        return lambda at: struct.pack("<Bq", tag, value)
    if tag == UNCOUNTED:
        return lambda at: bytes([tag]) + bytes(8)
    if tag == BYTES:
        place = _put_bytes(out, value)
        return lambda at: bytes([tag]) + place(at + 1)
    text = value.encode()
    if len(text) <= 8:
        return lambda at: bytes([tag]) + text.ljust(8, b"\xff")
    start = out.put(text)
    stated = len(text) % 64 + 0x80 + len(text) // 64 * 256
    return lambda at: struct.pack("<BIi", tag, stated, start - at - 1)
