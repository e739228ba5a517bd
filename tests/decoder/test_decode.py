"""Tests of the second decoder: the golden bundle holds, and damage of any kind is found.

A bundle has no byte that may change unseen: the head's root decides the network id that every signature covers, a log's
name decides the log id in its headers, marks and lengths must fit, the end counts the records, and the rest is signed or hashed.
"""

import contextlib
import io
import json
import struct
import sys
import tempfile
import unittest
from pathlib import Path

import decode

BUNDLE = Path(__file__).parent.parent / "golden" / "v1" / "scene.bundle"
LATER = BUNDLE.with_name("later.bundle")
OFFICES = BUNDLE.with_name("offices.bundle")
CATALOGUE = BUNDLE.with_name("catalogue.bundle")
GOOD = BUNDLE.read_bytes()
FLIPS = 600


def run(data, *options):
    """Exit code, standard output and error of the decoder on these bytes."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = decode.main([file.name, *options])
        return code, out.getvalue(), err.getvalue()


def records():
    """Offset, tag and content of each record."""
    at = 48
    while at < len(GOOD):
        tag, length = struct.unpack_from("<BI", GOOD, at)
        yield at, tag, GOOD[at + 5 : at + 5 + length]
        at += 5 + length


def built(parts):
    """A well-framed bundle of these (tag, content), so that only what they say can be wrong."""
    parts = list(parts)
    out = GOOD[:48] + b"".join(struct.pack("<BI", tag, len(content)) + content for tag, content in parts)
    return out + struct.pack("<BIQ", decode.END, 8, len(parts))


class GoldenBundle(unittest.TestCase):
    def test_it_holds(self):
        code, out, err = run(GOOD)
        self.assertEqual((code, err), (0, ""))
        self.assertEqual(out, "15 entries of 4 logs and 4 receipts hold\n")

    def test_it_says_what_happened(self):
        code, out, _ = run(GOOD, "--json")
        self.assertEqual(code, 0)
        entries = json.loads(out)["entries"]
        kinds = [entry["kind"] for entry in entries]
        self.assertEqual(kinds.count("report"), 5)
        second = entries[7]["says"]
        self.assertEqual((second["stage"], second["follows"]), (2, entries[6]["hash"]))
        self.assertEqual(second["figures"], {"1010": 1198, "1020": "some", "1030": 55})
        self.assertEqual([entry["refused"] for entry in entries], [None] * 15)
        relogged, first = entries[14], entries[6]
        self.assertEqual((relogged["flags"], relogged["body"]), (8, first["body"]))

    def test_building_it_again_changes_nothing(self):
        self.assertEqual(built((tag, content) for _, tag, content in records() if tag != decode.END), GOOD)


class LaterBundle(unittest.TestCase):
    """The kinds that the first bundle was too early for."""

    def setUp(self):
        code, out, err = run(LATER.read_bytes(), "--json")
        self.assertEqual((code, err), (0, ""))
        self.entries = json.loads(out)["entries"]

    def says(self, kind):
        return [entry["says"] for entry in self.entries if entry["kind"] == kind]

    def test_every_statement_reads(self):
        self.assertEqual([entry["refused"] for entry in self.entries], [None] * len(self.entries))
        self.assertNotIn(None, [entry["says"] for entry in self.entries])

    def test_a_standard_and_every_step_of_following_it(self):
        (standard,) = self.says("standard")
        self.assertEqual(standard["rows"][0]["divisions"], "2299 222401")
        self.assertEqual([adoption["step"] for adoption in self.says("adoption")], [2, 3, 4, 1])

    def test_a_month_names_the_one_before_and_what_it_corrects(self):
        september, october, corrected = (entry for entry in self.entries if entry["kind"] == "report")
        self.assertEqual(october["says"]["month before"], september["hash"])
        self.assertEqual(corrected["says"]["month before"], september["hash"])
        self.assertEqual(corrected["says"]["follows"], october["hash"])

    def test_a_new_key_proves_that_it_follows_the_old_one(self):
        (entry,) = (entry for entry in self.entries if entry["kind"] == "rotation")
        says = entry["says"]
        network = decode.derived("fengsui 2026 network id v1", LATER.read_bytes()[16:48])[:16]
        content = bytes.fromhex(entry["author"]) + struct.pack("<Q", says["division"])
        message = b"fengsui/rotation/v1\0" + network + content
        key, proof = bytes.fromhex(says["key"]), bytes.fromhex(says["proof"])
        self.assertTrue(decode.signature.holds(key, message, proof))
        self.assertFalse(decode.signature.holds(key, message + b"x", proof))
        over, lost = self.says("revocation")
        self.assertEqual((over["key"], over["successor"]), (entry["author"], says["key"]))
        self.assertEqual((lost["key"], lost["rows"]), (says["key"], []))


class CatalogueBundle(unittest.TestCase):
    """The forms come down, and a report names the version that it was filled in by."""

    def test_every_statement_reads(self):
        code, out, err = run(CATALOGUE.read_bytes(), "--json")
        self.assertEqual((code, err), (0, ""))
        entries = json.loads(out)["entries"]
        self.assertEqual([entry["refused"] for entry in entries], [None] * len(entries))
        (issued,) = [entry["says"] for entry in entries if entry["kind"] == "catalogue"]
        self.assertEqual((issued["version"], issued["from"]), (1, "2026-11-21"))
        self.assertEqual([row["name"] for row in issued["rows"]], ["forms.csv", "quick.csv"])
        reports = [entry["says"] for entry in entries if entry["kind"] == "report"]
        self.assertEqual([report["catalogue"] for report in reports], [1, 2])


class RecordsBundle(unittest.TestCase):
    """Villages and depots in reports, targets, inspections, consultations."""

    def setUp(self):
        code, out, err = run(BUNDLE.with_name("records.bundle").read_bytes(), "--json")
        self.assertEqual((code, err), (0, ""))
        self.entries = json.loads(out)["entries"]
        self.assertEqual([entry["refused"] for entry in self.entries], [None] * len(self.entries))

    def says(self, kind):
        return [entry["says"] for entry in self.entries if entry["kind"] == kind]

    def test_villages_and_depots_add_up(self):
        flood, stock = self.says("report")
        counted = [village["figures"].get("1010", 0) for village in flood["villages"]]
        self.assertEqual((sum(counted), flood["figures"]["1050"]), (flood["figures"]["1010"], "some"))
        self.assertEqual(stock["depots"][0]["figures"], stock["figures"])

    def test_records_name_the_report_that_they_are_about(self):
        (inspection,), (consultation,) = self.says("inspection"), self.says("consultation")
        report = next(entry for entry in self.entries if entry["kind"] == "report")
        cited = {row["report"] for row in inspection["rows"]} | {row["body"] for row in consultation["rows"]}
        self.assertEqual(cited, {report["body_hash"]})
        self.assertEqual([row["found"] for row in inspection["rows"]], ["some", 1138])
        (targets,) = self.says("target")
        self.assertEqual([row["value"] for row in targets["rows"]], [10000, 1200])


class OfficesBundle(unittest.TestCase):
    """Reviews, withdrawals, submissions, the course of events, and reports filed for others: what they add up to."""

    def setUp(self):
        self.bundle = decode.Bundle(OFFICES.read_bytes())

    def reckoned(self, without=()):
        """Sum of the persons affected by event and view, with entries of these kinds left out."""
        self.bundle.entries = [entry for entry in self.bundle.entries if decode.KINDS[entry[1].kind] not in without]
        found = decode.totals.Reckoning(self.bundle, decode.report_id).totals()
        affected = lambda total: total["figures"].get("1010", {}).get("value")
        return {(total["event"], total["view"]): affected(total) for total in found}

    def test_every_statement_reads(self):
        code, out, err = run(OFFICES.read_bytes(), "--json")
        self.assertEqual((code, err), (0, ""))
        entries = json.loads(out)["entries"]
        self.assertEqual([entry["refused"] for entry in entries], [None] * len(entries))
        self.assertNotIn(None, [entry["says"] for entry in entries])

    def test_both_views_come_to_what_was_said(self):
        found = self.reckoned()
        self.assertEqual(found["20261121-220221-flood", "received"], 1_300 + 30)
        self.assertEqual(found["20261121-220221-flood", "reviewed"], 1_260 + 30)
        self.assertEqual(found["20261122-220221-geological", "received"], 40)
        self.assertIsNone(found["20261123-220221-flood", "received"])
        self.assertEqual(found["20261124-220221-flood", "received"], 7, "the merge was taken back")

    def test_each_kind_of_word_counts(self):
        flood = ("20261121-220221-flood", "received"), ("20261121-220221-flood", "reviewed")
        for kind, expected in (
            ("withdrawal", (9_999 + 30, 1_260 + 30)),
            ("review", (1_300 + 30, 30)),
            ("merge", (1_300, 1_260)),
            ("proxy", (1_300, 1_260)),
        ):
            with self.subTest(without=kind):
                self.setUp()
                found = self.reckoned((kind,))
                self.assertEqual(tuple(found[view] for view in flood), expected)

    def test_nobody_speaks_without_an_appointment(self):
        self.assertEqual(set(self.reckoned(("appointment",)).values()), {None})

    def test_another_root_is_refused(self):
        code, out, err = run(OFFICES.read_bytes(), "--root", "0" * 64)
        self.assertEqual((code, out), (1, ""))
        self.assertIn("its root is", err)


class Damaged(unittest.TestCase):
    def refused(self, data, why=""):
        code, out, err = run(data)
        self.assertEqual((code, out), (1, ""))
        self.assertRegex(err, "failed to verify .*: byte [0-9]+")
        self.assertIn(why, err)

    def test_a_flipped_byte_is_found_wherever_it_is(self):
        # Every position of the frames, and an even sample of the rest.
        frames = {at + step for at, _, _ in records() for step in range(5)} | set(range(48))
        step = len(GOOD) / FLIPS
        for at in sorted(frames | {int(index * step) for index in range(FLIPS)}):
            for flip in (0x01, 0x80, 0xFF):
                data = bytearray(GOOD)
                data[at] ^= flip
                with self.subTest(at=at, flip=flip):
                    self.refused(bytes(data))

    def test_a_cut_is_found_wherever_it_is(self):
        ends = {at for at, _, _ in records()} - {len(GOOD)}
        for length in sorted(ends | set(range(0, len(GOOD), 37)) | set(range(48)) | {len(GOOD) - 1}):
            with self.subTest(length=length):
                self.refused(GOOD[:length])

    def test_bytes_after_the_end(self):
        self.refused(GOOD + b"\0", "bytes follow the end")

    def test_an_entry_left_out_of_a_chain(self):
        parts = [(tag, content) for _, tag, content in records()][:-1]
        tried = 0
        for index in range(1, len(parts) - 1):
            around = parts[index - 1 : index + 2]
            if any(tag != decode.ENTRY for tag, _ in around) or len({content[3] for _, content in around}) > 1:
                continue
            tried += 1
            with self.subTest(record=index):
                self.refused(built(parts[:index] + parts[index + 1 :]), "next of its lane")
        self.assertEqual(tried, 4, "entries with a neighbour of their lane on both sides")

    def test_entries_in_another_order(self):
        parts = [(tag, content) for _, tag, content in records()][:-1]
        parts[2], parts[3] = parts[3], parts[2]
        self.refused(built(parts), "next of its lane")

    def test_a_body_left_out_or_swapped(self):
        parts = [(tag, content) for _, tag, content in records()][:-1]
        entry = parts[1][1]
        without = entry[: decode.ENVELOPE_BYTES] + b"\0"
        code, _, _ = run(built([parts[0], (decode.ENTRY, without), *parts[2:]]))
        self.assertEqual(code, 0, "a header alone still proves the chain")
        swapped = entry[: decode.ENVELOPE_BYTES + 1] + parts[2][1][decode.ENVELOPE_BYTES + 1 :]
        self.refused(built([parts[0], (decode.ENTRY, swapped), *parts[2:]]), "the body")

    def test_a_receipt_for_an_entry_that_is_not_there(self):
        parts = [(tag, content) for _, tag, content in records()][:-1]
        receipts = [part for part in parts if part[0] == decode.RECEIPT]
        self.refused(built(parts[:2] + receipts), "does not hold the last entry")

    def test_an_entry_before_any_log(self):
        parts = [(tag, content) for _, tag, content in records()][:-1]
        self.refused(built(parts[1:]), "before the first log")

    def test_an_unknown_record(self):
        self.refused(built([(9, b"")]), "not known")


class Signatures(unittest.TestCase):
    def test_small_order_keys_are_refused(self):
        y8 = decode.signature.ORDER_8
        for y in (0, 1, decode.signature.P - 1, y8, decode.signature.P - y8, decode.signature.P):
            for sign in (0, 1 << 255):
                self.assertFalse(decode.signature.is_sound((y | sign).to_bytes(32, "little")))

    def test_the_second_signature_of_one_message_is_refused(self):
        name, entry = [content for _, _, content in records()][:2]
        network = decode.derived("fengsui 2026 network id v1", GOOD[16:48])[:16]
        message = b"fengsui/entry/v1\0" + network + entry[:160]
        good = entry[160:224]
        s = int.from_bytes(good[32:], "little") + decode.signature.GROUP_ORDER
        self.assertTrue(decode.signature.holds(name[:32], message, good))
        self.assertFalse(decode.signature.holds(name[:32], message, good[:32] + s.to_bytes(32, "little")))


class Containers(unittest.TestCase):
    def bodies(self):
        for _, tag, content in records():
            if tag == decode.ENTRY and content[decode.ENVELOPE_BYTES]:
                yield content[decode.ENVELOPE_BYTES + 1 :]

    def test_each_body_is_written_as_it_was_read(self):
        for data in self.bodies():
            self.assertEqual(decode.container.write(decode.container.read(data)), data)

    def test_no_damage_makes_it_fail_otherwise(self):
        for data in self.bodies():
            for at in range(len(data)):
                for value in (0, 1, 0x7F, 0x80, 0xFF):
                    changed = data[:at] + bytes([value]) + data[at + 1 :]
                    with contextlib.suppress(decode.container.NotABody):
                        self.assertEqual(decode.container.write(decode.container.read(changed)), changed)


class Subjects(unittest.TestCase):
    """What a report may be about."""

    def test_an_event_and_three_kinds_of_period_read(self):
        for text in ("20260720-220221-flood", "2026-10", "2026", "2026-2027"):
            self.assertTrue(decode.statement.is_subject(decode.statement.TEXT, text), text)

    def test_nothing_else_does(self):
        for text in ("", "202610", "2026-13", "2026-2028", "2026-2025", "20260720", "20260732-220221-flood"):
            self.assertFalse(decode.statement.is_subject(decode.statement.TEXT, text), text)


if __name__ == "__main__":
    sys.exit(unittest.main(argv=[sys.argv[0]]))
