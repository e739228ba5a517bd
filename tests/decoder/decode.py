#!/usr/bin/env python3
"""A second, independent reader of exported bundles, written from FORMAT.md alone.

    decode.py BUNDLE [--json | --totals]

Checks framing, headers, log ids, chains, bodies, signatures and receipts. Exit 0: all of it holds. Exit 1: damage, and where.
Exit 2: wrong use. Exit 3: a module of requirements.txt is missing.

What a sound bundle does not prove: that the root in its head is the right one, that the signers were appointed, and that
nothing was left out. --totals asks who was appointed, and adds up what counts: see totals.py.
"""

import argparse
import json
import struct
import sys
from dataclasses import dataclass, field
from pathlib import Path

try:
    import blake3 as blake3_module

    import container
    import signature
    import statement
    import totals
except ModuleNotFoundError as error:
    print(f"failed to load {error.name}: ./tests/run installs tests/decoder/requirements.txt", file=sys.stderr)
    sys.exit(3)

MAGIC = b"fengsui bundle 1"
RECORD_BYTES_MAX = 1024 * 1024 + 4 * 1024
HEADER_BYTES, ENVELOPE_BYTES, RECEIPT_BYTES, NAME_BYTES = 160, 224, 200, 48
LOG, ENTRY, RECEIPT, END = 1, 2, 3, 4

KINDS = dict(
    enumerate(
        "genesis report appointment directory answer verdict revocation review submission standard adoption ledger "
        "blobs endorsement merge withdrawal stability rotation proxy catalogue".split()
    )
)
KINDS |= {20: "target", 21: "inspection", 22: "consultation"}
LANES = ("urgent", "routine", "bulk")
FLAGS_KNOWN = 31
LONG_KINDS = [number for number, kind in KINDS.items() if kind in ("directory", "standard", "catalogue")]
BODY_BYTES_MAX, ARTEFACT_BYTES_MAX = 64 * 1024, 1024 * 1024


class Damage(Exception):
    """What does not hold, and where."""


def check(holds, where, what):
    if not holds:
        raise Damage(f"{where}: {what}")


def digest(data):
    return blake3_module.blake3(data).digest()


def derived(context, data):
    return blake3_module.blake3(data, derive_key_context=context).digest()


def is_code(number):
    return len(str(number)) in (2, 4, 6, 9)


@dataclass
class Header:
    kind: int
    lane: int
    flags: int
    reach: int
    sequence: int
    log: bytes
    previous: bytes
    body_hash: bytes
    body_length: int
    standards: int
    directory: int
    addressee: int
    clock_ms: int
    boot: int
    uptime_s: int


def read_header(data, where):
    version, suite, kind, lane, flags, reach, body_format, *rest = struct.unpack("<4BH2BQ32s32s32s3IQq2I12s", data)
    reserved = rest.pop()
    check(version == 1 and suite == 1 and body_format == 1, where, "version, suite or body format is not known")
    check(kind in KINDS, where, f"kind {kind} is not known")
    check(lane < len(LANES), where, f"lane {lane} is not known")
    check(flags & ~FLAGS_KNOWN == 0, where, "a flag is set that is not known")
    check(1 <= reach <= 4, where, f"reach {reach} is not a level")
    check(not any(reserved), where, "reserved bytes are not zero")
    header = Header(kind, lane, flags, reach, *rest)
    check(header.addressee == 0 or is_code(header.addressee), where, "the addressee is not a division code")
    longest = ARTEFACT_BYTES_MAX if kind in LONG_KINDS else BODY_BYTES_MAX
    check(header.body_length <= longest, where, f"a body of {header.body_length} bytes is too long")
    check((header.sequence == 0) == (not any(header.previous)), where, "previous is zero exactly at sequence 0")
    return header


@dataclass
class Log:
    """The log that entries are being read of, and how far its lanes have come."""

    key: bytes
    incarnation: bytes
    id: bytes
    heads: dict = field(default_factory=dict)  # lane: (next sequence, hash)


class Bundle:
    """Reads and checks a bundle from its first byte to its last."""

    def __init__(self, data):
        check(len(data) >= 48 and data[:16] == MAGIC, "byte 0", "it does not begin as a bundle does")
        self.data = data
        self.root = data[16:48]
        check(signature.is_sound(self.root), "byte 16", "the root is not a sound key")
        self.network = derived("fengsui 2026 network id v1", self.root)[:16]
        self.logs = {}
        self.log = None
        self.hashes = {}  # (log id, lane, sequence): hash
        self.entries = []
        self.receipts = []
        self._read()
        for where, receipt in self.receipts:
            held = self.hashes.get((receipt["log"], receipt["lane"], receipt["to"]))
            check(held is not None, where, "the bundle does not hold the last entry of the receipt")
            check(held == receipt["hash"], where, "the receipt is for another entry than the bundle holds")

    def _read(self):
        at, records = 48, 0
        while True:
            where = f"byte {at}"
            check(at + 5 <= len(self.data), where, "it is cut off here")
            tag, length = struct.unpack_from("<BI", self.data, at)
            check(length <= RECORD_BYTES_MAX, where, "the record is too long")
            at += 5
            check(at + length <= len(self.data), where, "it is cut off here")
            content = self.data[at : at + length]
            at += length
            if tag == END:
                check(content == struct.pack("<Q", records), where, "records are missing before the end")
                check(at == len(self.data), f"byte {at}", "bytes follow the end")
                return
            records += 1
            self._record(tag, content, where)

    def _record(self, tag, content, where):
        if tag == LOG:
            check(len(content) == NAME_BYTES, where, "a log's name has 48 bytes")
            self._name(content, where)
        elif tag == ENTRY:
            check(self.log is not None, where, "an entry stands before the first log")
            check(len(content) > ENVELOPE_BYTES, where, "an entry is too short")
            self._entry(content, where)
        elif tag == RECEIPT:
            check(len(content) == RECEIPT_BYTES, where, "a receipt has 200 bytes")
            self._receipt(content, where)
        else:
            raise Damage(f"{where}: record tag {tag} is not known")

    def _name(self, content, where):
        key, incarnation = content[:32], content[32:]
        check(signature.is_sound(key), where, "the author's is not a sound key")
        log = derived("fengsui 2026 log id v1", self.network + content)
        self.log = self.logs.setdefault(log, Log(key, incarnation, log))

    def _entry(self, content, where):
        envelope, mark, body = content[:ENVELOPE_BYTES], content[ENVELOPE_BYTES], content[ENVELOPE_BYTES + 1 :]
        check(mark == 1 or (mark == 0 and not body), where, "the body mark does not read")
        body = body if mark else None
        header = read_header(envelope[:HEADER_BYTES], where)
        where = f"{where}, {LANES[header.lane]} entry {header.sequence} of log {self.log.id.hex()[:8]}"
        check(header.log == self.log.id, where, "it belongs to another log")
        # A bundle may begin in the middle of a lane: what came before is then the receiver's to compare.
        head = self.log.heads.get(header.lane, (header.sequence, header.previous))
        check(header.sequence == head[0], where, f"entry {head[0]} is the next of its lane")
        check(header.previous == head[1], where, "its previous hash is not that of the entry before")
        if body is not None:
            check(len(body) == header.body_length, where, "the body has another length than signed")
            check(digest(body) == header.body_hash, where, "the body is not the one that was signed")
        message = b"fengsui/entry/v1\0" + self.network + envelope[:HEADER_BYTES]
        check(signature.holds(self.log.key, message, envelope[HEADER_BYTES:]), where, "the signature does not hold")
        own = digest(envelope)
        self.log.heads[header.lane] = (header.sequence + 1, own)
        self.hashes[self.log.id, header.lane, header.sequence] = own
        self.entries.append((self.log, header, own, body))

    def _receipt(self, content, where):
        layout = "<5B3s2Q32s32sq32sQ64s"
        version, suite, lane, holds, level, reserved, *rest = struct.unpack(layout, content)
        first, last, log, entry, received, signer, division, signed = rest
        check(version == 1 and suite == 1 and not any(reserved), where, "version, suite or reserved is not known")
        check(lane < len(LANES) and holds in (1, 2) and 1 <= level <= 4, where, "a number is not known")
        check(first <= last < 2**64 - 1 and is_code(division), where, "its stretch or division does not read")
        message = b"fengsui/receipt/v1\0" + self.network + content[:136]
        check(signature.holds(signer, message, signed), where, "the receipt's signature does not hold")
        receipt = {
            "lane": lane,
            "holds": holds,
            "level": level,
            "from": first,
            "to": last,
            "log": log,
            "hash": entry,
            "received_ms": received,
            "signer": signer,
            "division": division,
        }
        self.receipts.append((where, receipt))


def report_id(text):
    return derived("fengsui 2026 report id v1", text.encode())[:16]


def value_view(tag, value):
    if tag == container.UNCOUNTED:
        return "uncounted"
    if tag == container.BYTES:
        return {"bytes": value.hex()}
    return {"integer" if tag == container.INTEGER else "text": value}


def fields_view(fields):
    return [[number, value_view(*value)] for number, value in fields]


def body_view(body):
    sealed = None
    if body.sealed is not None:
        suite, wrapped, ciphertext = body.sealed
        keys = [{"division": division, "key": key.hex()} for division, key in wrapped]
        sealed = {"suite": suite, "wrapped": keys, "ciphertext": ciphertext.hex()}
    return {
        "report_id": body.report_id.hex(),
        "form": body.form,
        "fields": fields_view(body.fields),
        "rows": [{"table": table, "fields": fields_view(fields)} for table, fields in body.rows],
        "sealed": sealed,
    }


def content_view(header, data):
    """Body and statement. What does not read is no damage: such an entry stands, it is only not counted."""
    if data is None:
        return {"body": None, "says": None, "refused": None}
    try:
        body = container.read(data)
    except container.NotABody as refusal:
        return {"body": None, "says": None, "refused": str(refusal)}
    try:
        says = statement.read(header.kind, body, report_id)
    except statement.NotAStatement as refusal:
        return {"body": body_view(body), "says": None, "refused": str(refusal)}
    return {"body": body_view(body), "says": says, "refused": None}


def entry_view(log, header, own, data):
    view = {name: value.hex() if isinstance(value, bytes) else value for name, value in vars(header).items()}
    view |= {"author": log.key.hex(), "incarnation": log.incarnation.hex(), "hash": own.hex()}
    view |= {"kind": KINDS[header.kind], "lane": LANES[header.lane]}
    return view | content_view(header, data)


def bundle_view(bundle):
    plain = lambda value: value.hex() if isinstance(value, bytes) else value
    receipts = [{name: plain(value) for name, value in receipt.items()} for _, receipt in bundle.receipts]
    return {
        "root": bundle.root.hex(),
        "network": bundle.network.hex(),
        "entries": [entry_view(*entry) for entry in bundle.entries],
        "receipts": [receipt | {"lane": LANES[receipt["lane"]]} for receipt in receipts],
    }


def main(arguments=None):
    parser = argparse.ArgumentParser(description="Check an exported bundle of a Fengsui network.")
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--json", action="store_true", help="print everything it says")
    parser.add_argument("--totals", action="store_true", help="print what it adds up to, received and reviewed")
    parser.add_argument("--root", help="the root key that everything must go back to, 64 hexadecimal digits")
    options = parser.parse_args(arguments)
    try:
        bundle = Bundle(options.bundle.read_bytes())
    except OSError as error:
        print(f"failed to read {options.bundle}: {error.strerror}", file=sys.stderr)
        return 2
    except Damage as damage:
        print(f"failed to verify {options.bundle}: {damage}", file=sys.stderr)
        return 1
    if options.root is not None and options.root != bundle.root.hex():
        print(f"failed to verify {options.bundle}: its root is {bundle.root.hex()}", file=sys.stderr)
        return 1
    if options.totals:
        json.dump(totals.Reckoning(bundle, report_id).totals(), sys.stdout, ensure_ascii=False, indent=1)
        print()
    elif options.json:
        json.dump(bundle_view(bundle), sys.stdout, ensure_ascii=False, indent=1)
        print()
    else:
        print(f"{len(bundle.entries)} entries of {len(bundle.logs)} logs and {len(bundle.receipts)} receipts hold")
    return 0


if __name__ == "__main__":
    sys.exit(main())
