"""A second reckoning: who may sign, which reports count, what was reviewed, and what it adds up to. From FORMAT.md, the pages
on reviews and events in ARCHITECTURE.md, and the forms' tables; it believes nothing but the root key.

What it does not do: judge the rules of a form. A report that breaks one is known here by the signed answer of a hub above.
Figures that are not simply added (counts of units, means, ratios) are left out.
"""

import csv
import datetime
import io
import struct
from dataclasses import dataclass
from pathlib import Path

import container
import signature
import statement

TABLES = Path(__file__).parent.parent.parent / "deploy" / "data" / "forms"
REPORT, APPOINTMENT, DIRECTORY, ANSWER, REVOCATION, REVIEW = 1, 2, 3, 4, 6, 7
GENESIS, MERGE, WITHDRAWAL, ROTATION, PROXY, CATALOGUE = 0, 14, 15, 17, 18, 19
NODE, HUB, REVIEWER, HEAD = 1, 2, 3, 4
ACCEPT, RETURN, CORRECT, UNDO = 1, 2, 3, 4
PROVINCE = 4
VOUCHED_MAX = 16
SHANGHAI = datetime.timezone(datetime.timedelta(hours=8))


@dataclass(frozen=True)
class Said:
    """One entry whose body reads."""

    log: object
    header: object
    hash: bytes
    body: container.Body
    says: dict

    @property
    def key(self):
        return self.log.key.hex()

    @property
    def place(self):
        return (self.log.key, self.log.incarnation, self.header.lane, self.header.sequence, self.hash)


@dataclass(frozen=True)
class Standing:
    """A key that may sign, and for whom."""

    key: str
    division: int
    level: int
    role: int
    since: int
    until: int | None


@dataclass(frozen=True)
class Former:
    """What it was, who ended it, and how far its lanes stand: by (incarnation, lane), sequence and hash."""

    standing: Standing
    at: int
    lines: dict

    def admits(self, said):
        line = self.lines.get((said.log.incarnation.hex(), said.header.lane))
        if line is None or said.header.sequence > line[0]:
            return False
        return said.header.sequence < line[0] or said.hash.hex() == line[1]


def everything(bundle, report_id):
    """Entries whose bodies are there and read."""
    for log, header, own, data in bundle.entries:
        if data is None:
            continue
        try:
            body = container.read(data)
            says = statement.read(header.kind, body, report_id)
        except (container.NotABody, statement.NotAStatement):
            continue
        if says is not None:
            yield Said(log, header, own, body, says)


class Network:
    """Divisions and keys, settled level by level from the root down."""

    def __init__(self, bundle, report_id):
        self.root, self.id = bundle.root.hex(), bundle.network
        self.said = {}
        for said in everything(bundle, report_id):
            self.said.setdefault(said.header.kind, []).append(said)
        self.rows = self._directory()
        self.current, self.former, self.heirs = {}, {}, {}
        top = [said.says["division"] for said in self.of(GENESIS) if said.key == self.root]
        if top and top[0] in self.rows and "parent" not in self.rows[top[0]]:
            self.top = top[0]
            self.current[self.root] = Standing(self.root, self.top, PROVINCE, HUB, -(2**63), None)
            for level in range(PROVINCE, 0, -1):
                self._settle(level)
        self.hubs = {standing.division for standing in self.current.values() if standing.role == HUB}

    def of(self, kind):
        return self.said.get(kind, [])

    def _directory(self):
        issued = [said for said in self.of(DIRECTORY) if said.key == self.root]
        newest = max(issued, key=lambda said: said.says["version"], default=None)
        return {row["code"]: row for row in newest.says["rows"]} if newest else {}

    def lineage(self, division):
        """Divisions above, lowest first."""
        above, at = [], self.rows.get(division, {}).get("parent")
        while at is not None:
            above.append(at)
            at = self.rows.get(at, {}).get("parent")
        return above

    def within(self, division, ancestor):
        return division == ancestor or ancestor in self.lineage(division)

    def place(self, key):
        former = self.former.get(key)
        return self.current.get(key) or (former.standing if former else self.heirs.get(key))

    def stands(self, said):
        former = self.former.get(said.key)
        return former is None or former.admits(said)

    def is_above(self, key, division):
        hub = self.place(key)
        return bool(hub) and hub.role == HUB and hub.division != division and self.within(division, hub.division)

    def first_hub_above(self, division):
        return next((code for code in self.lineage(division) if code in self.hubs), None)

    def _hub(self, said):
        """The hub whose word this is, as far as it stands."""
        former = self.former.get(said.key)
        found = self.current.get(said.key) or (former.standing if former and former.admits(said) else None)
        return found if found and found.role == HUB else None

    def _may_speak_of(self, role, division, own):
        return (role in (REVIEWER, HEAD) or division != own) and self.within(division, own)

    def _settle(self, level):
        words = {}
        for said in self.of(APPOINTMENT):
            giver, says = self._hub(said), said.says
            if giver is None or giver.level != level or says["division"] not in self.rows or self.place(says["key"]):
                continue
            if self._may_speak_of(says["role"], says["division"], giver.division):
                optional = [says.get(name) for name in ("until", "address", "second parent", "office", "number")]
                content = [(value is not None, value or "") for value in optional]
                rank = (says["from"], says["division"], says["role"], content, giver.key)
                words.setdefault(says["key"], []).append((rank, says))
        placed = []
        for key, found in sorted(words.items()):
            says = max(found, key=lambda word: word[0])[1]
            of = self.rows[says["division"]]["level"]
            standing = Standing(key, says["division"], of, says["role"], says["from"], says.get("until"))
            placed.append((standing, self._revoked(standing, level)))
        for standing, former in placed:
            (self.former if former else self.current)[standing.key] = former or standing
        for standing, _ in placed:
            self._hand_over(standing, level)

    def _revoked(self, standing, level):
        words = []
        for said in self.of(REVOCATION):
            hub = self._hub(said)
            if said.says["key"] != standing.key or hub is None or hub.level < level:
                continue
            if self._may_speak_of(standing.role, standing.division, hub.division):
                words.append((hub.level, said.says["at"], said.hash, said.says))
        return Former(standing, max(words)[1], lines_of([max(words)[3]])) if words else None

    def _hand_over(self, standing, level):
        """Follows the keys that vouch for one another, each once."""
        done = set()
        while standing.role in (NODE, HUB) and standing.key not in done:
            done.add(standing.key)
            vouched = [said for said in self.of(ROTATION) if said.key == standing.key and self.stands(said)]
            vouched = [said for said in sorted(vouched, key=lambda said: said.place) if self._proved(said, standing)]
            following = None
            for said in vouched[:VOUCHED_MAX]:
                heir = Standing(**vars(standing) | {"key": said.says["key"]})
                former = self.former.get(heir.key) or self._revoked(heir, level)
                words = [
                    word
                    for word in self.of(REVOCATION)
                    if word.key == heir.key and word.says["key"] == standing.key
                    if word.says.get("successor") == heir.key and (former is None or former.admits(word))
                ]
                if words:
                    following = (heir, former, words)
                    break
                if not self.place(heir.key):
                    (self.former if former else self.heirs)[heir.key] = former or heir
            if following is None:
                return
            heir, former, words = following
            self.heirs.pop(heir.key, None)
            if not (self.current.get(heir.key) or self.former.get(heir.key)):
                (self.former if former else self.current)[heir.key] = former or heir
            if self.current.pop(standing.key, None):
                at = max(word.says["at"] for word in words)
                self.former[standing.key] = Former(standing, at, lines_of([word.says for word in words]))
            standing = heir

    def _proved(self, said, standing):
        says = said.says
        message = b"fengsui/rotation/v1\0" + self.id + said.log.key + struct.pack("<Q", says["division"])
        proof = bytes.fromhex(says["proof"])
        return says["division"] == standing.division and signature.holds(bytes.fromhex(says["key"]), message, proof)

    def signs_at(self, key, division, role, at):
        person, former = self.place(key), self.former.get(key)
        if person is None or (person.division, person.role) != (division, role) or (former and former.at <= at):
            return False
        return person.since <= at and (person.until is None or at < person.until)

    def person_fault(self, says, act, cites, division, role, at):
        """Whether a person had to sign and did not, or one did who may not."""
        if "person" not in says:
            known = [*self.current.values(), *(former.standing for former in self.former.values())]
            persons = [of.key for of in known if (of.division, of.role) == (division, role)]
            return any(self.signs_at(key, division, role, at) for key in persons)
        report, revision, body = cites
        content = struct.pack("<B", act) + report + struct.pack("<I", revision) + body
        message = b"fengsui/person/v1\0" + self.id + content
        key, signed = bytes.fromhex(says["person"]), bytes.fromhex(says["signature"])
        return not (signature.holds(key, message, signed) and self.signs_at(says["person"], division, role, at))


def lines_of(revocations):
    """The furthest line of each lane."""
    lines = {}
    for says in revocations:
        for row in says["rows"]:
            at = (row["incarnation"], row["lane"])
            lines[at] = max(lines.get(at, (-1, "")), (row["sequence"], row["hash"]))
    return lines


def in_effect(words):
    """Those of one office's (number, body, undone, word) that no later one in effect takes back."""
    effect, undone = [], set()
    for number, body, undoes, word in sorted(words, key=lambda word: word[:2], reverse=True):
        if body not in undone:
            effect.append(word)
            undone.add(undoes)
    return effect[::-1]


class Reckoning:
    """Which reports count, and what they add up to."""

    def __init__(self, bundle, report_id):
        self.network = Network(bundle, report_id)
        self.report_id = report_id
        self.reports = [said for kind in (REPORT, PROXY) for said in self.network.of(kind)]
        self.answered = {
            bytes.fromhex(said.says["entry"]): said for said in self.network.of(ANSWER) if self.network.stands(said)
        }
        self.words = self._words()
        self.withdrawn = self._withdrawn()
        self.target = self._moves()
        self.into = self._merges()

    def _words(self):
        """By report id and office: (said, cites) of the reviews that count, those in effect only, in their order."""
        divisions = {said.body.report_id: said.says["division"] for said in self.reports}
        words = {}
        for said in self.network.of(REVIEW):
            network, says, report = self.network, said.says, said.body.report_id
            division, office = divisions.get(report), network.place(said.key)
            if division is None or office is None or not network.stands(said):
                continue
            cites = (report, says["revision"], bytes.fromhex(says["body"]))
            person = (says, says["verdict"], cites, office.division, REVIEWER, said.header.clock_ms)
            above = network.is_above(said.key, division) and said.header.addressee == division
            if above and not network.person_fault(*person):
                word = (says["number"], said.header.body_hash, bytes.fromhex(says.get("undone", "")), (said, cites))
                words.setdefault((report, office.division), {})[word[:2]] = word
        return {matter: in_effect(found.values()) for matter, found in words.items()}

    def _verdict(self, report, office, cites):
        """The acceptance or return of this revision by one office."""
        said = [word.says["verdict"] for word, cited in self.words.get((report, office), []) if cited == cites]
        return next((verdict for verdict in reversed(said) if verdict in (ACCEPT, RETURN)), None)

    def accepted(self, said):
        """Whether whoever has to review the report has accepted it."""
        division = said.says["division"]
        first, lineage = self.network.first_hub_above(division), self.network.lineage(division)
        if first is None:
            return True
        cites = (said.body.report_id, said.says["revision"], said.header.body_hash)
        for office in lineage[: lineage.index(first) + 1]:
            verdict = self._verdict(cites[0], office, cites)
            if verdict is not None:
                return verdict == ACCEPT
        return False

    def _withdrawn(self):
        found = set()
        for said in self.network.of(WITHDRAWAL):
            author = self.network.place(said.key)
            if author and self.network.stands(said):
                body = bytes.fromhex(said.says["body"])
                found.add((said.body.report_id, said.says["revision"], body, author.division))
        return found

    def _moves(self):
        """By form, division and event as signed: the event that the report belongs to, as corrected."""
        target = {}
        for said in self.reports:
            form, division, event = said.body.form, said.says["division"], said.says["event"]
            if statement.is_period(statement.TEXT, event):
                continue
            for office in self.network.lineage(division):
                words = [word.says for word, _ in self.words.get((said.body.report_id, office), [])]
                corrected = {}
                for says in words:
                    if says["verdict"] == CORRECT:
                        corrected |= {name: says[name] for name in ("occurred", "kind") if name in says}
                if corrected:
                    date, county, kind = event.split("-")
                    if "occurred" in corrected:
                        at = datetime.datetime.fromtimestamp(corrected["occurred"] / 1000, SHANGHAI)
                        date = at.strftime("%Y%m%d")
                    target[form, division, event] = f"{date}-{county}-{corrected.get('kind', kind)}"
                    break
        return target

    def _merges(self):
        """By event: what it is merged into, by the highest office's word."""
        words, network = {}, self.network
        for said in network.of(MERGE):
            office, says = network.place(said.key), said.says
            events = [says["event"], *(row["event"] for row in says["rows"])]
            over = office and office.role == HUB and network.stands(said)
            if over and all(network.within(int(event.split("-")[1]), office.division) for event in events):
                word = (says["number"], said.header.body_hash, bytes.fromhex(says.get("undone", "")), (office, says))
                words.setdefault((office.division, says["event"]), {})[word[:2]] = word
        into = {}
        for found in words.values():
            for office, says in in_effect(found.values()):
                for row in says["rows"]:
                    rank = (-office.level, event_order(says["event"]))
                    held = into.setdefault(row["event"], (rank, says["event"]))
                    into[row["event"]] = min(held, (rank, says["event"]))
        return {event: target for event, (_, target) in into.items()}

    def head(self, event):
        at, seen = event, {event}
        while at in self.into:
            at = self.into[at]
            if at in seen:
                return event
            seen.add(at)
        return at

    def event_of(self, said):
        """The event or period in whose total the report counts, before merges."""
        event = said.says["event"]
        return self.target.get((said.body.form, said.says["division"], event), event)

    def counts(self, said):
        """Whether the report is its author's to make, stands, and nobody above has answered that it breaks a rule."""
        network, division = self.network, said.says["division"]
        author = network.place(said.key)
        own = author is not None and author.division == division
        may = network.is_above(said.key, division) if said.header.kind == PROXY else own
        answer = self.answered.get(said.hash)
        refused = answer is not None and author is not None and network.is_above(answer.key, author.division)
        cites = (said.body.report_id, said.says["revision"], said.header.body_hash)
        gone = (*cites, division) in self.withdrawn and not self._counts_as_accepted(said, cites)
        return (own or may) and network.stands(said) and not refused and not gone

    def _counts_as_accepted(self, said, cites):
        division = said.says["division"]
        first, lineage = self.network.first_hub_above(division), self.network.lineage(division)
        offices = lineage[: lineage.index(first) + 1] if first else []
        verdicts = (self._verdict(cites[0], office, cites) for office in offices)
        return next((verdict for verdict in verdicts if verdict is not None), None) == ACCEPT

    def standing(self, reports, reviewed, top):
        """The report of one division that stands, if any."""
        real = drill = filed = None
        for said in sorted(reports, key=lambda said: (said.says["revision"], said.header.body_hash, said.place), reverse=True):
            if not self.counts(said):
                continue
            if said.header.kind == PROXY:
                if not said.says["drill"]:
                    filed = filed or said
                elif not reviewed:
                    drill = drill or said
                continue
            if reviewed and said.says["division"] != top and not self.accepted(said):
                continue
            if said.says["drill"]:
                drill = drill or said
            else:
                real = said
                break
        return real or filed or drill

    def totals(self):
        """For each form and event or period, both views: sums of the figures that are simply added, and who is counted."""
        top, subjects = getattr(self.network, "top", None), set()
        for said in self.reports:
            subjects |= {(said.body.form, said.says["event"]), (said.body.form, self.event_of(said))}
        found = []
        for form, subject in sorted(subjects):
            parts = [said for said in self.reports if said.body.form == form]
            parts = [said for said in parts if self.belongs(self.event_of(said), subject)]
            for view in ("received", "reviewed"):
                found.append(self._total(form, subject, parts, view, top))
        return found

    def belongs(self, event, subject):
        return event == subject or (self.head(event) == subject and self.head(subject) == subject)

    def _total(self, form, subject, parts, view, top):
        by_division = {}
        for said in parts:
            if said.says["division"] in self.network.rows:
                by_division.setdefault(said.says["division"], []).append(said)
        standing = [self.standing(of, view == "reviewed", top) for _, of in sorted(by_division.items())]
        standing = [said for said in standing if said is not None]
        real = [said for said in standing if not said.says["drill"]]
        standing = real or standing
        figures = {}
        for number in sorted(self.added(form)):
            stated = [said.says["figures"][str(number)] for said in standing if str(number) in said.says["figures"]]
            if stated:
                numbers = [value for value in stated if value != "some"]
                value = sum(numbers) if numbers else None
                figures[str(number)] = {"value": value, "at_least": len(numbers) < len(stated)}
        hashes = [said.hash.hex() for said in standing]
        return {"form": form, "event": subject, "view": view, "figures": figures, "counted": hashes}


    def added(self, form):
        """Numbers of the form's indicators that are added up, by the catalogue that is in force today."""
        tables = self.tables()
        codes = [row["code"] for row in rows_of(tables, "forms.csv") if int(row["id"]) == form]
        return {int(row["id"]) for code in codes for row in rows_of(tables, f"{code}.csv") if row["adds_up"] == "sum"}

    def tables(self):
        """Texts by name of the newest catalogue of the root's that is in force; none where the built-in one is."""
        today = datetime.datetime.now(SHANGHAI).strftime("%Y-%m-%d")
        issued = [said.says for said in self.network.of(CATALOGUE) if said.key == self.network.root]
        held = [says for says in issued if says["from"] <= today]
        newest = max(held, key=lambda says: says["version"], default={"rows": []})
        return {row["name"]: row["text"] for row in newest["rows"]}


def event_order(event):
    date, county, kind = event.split("-")
    numbers = {row["code"]: int(row["number"]) for row in rows_of({}, "disaster-kinds.csv")}
    return (date, int(county), numbers[kind])


def rows_of(tables, name):
    text = tables.get(name) or (TABLES / name).read_text(encoding="utf-8-sig")
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
