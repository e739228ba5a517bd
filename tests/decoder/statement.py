"""What a body says, by the kind of its entry: FORMAT.md, "Statements"."""

import datetime
import re

from container import BYTES, INTEGER, TEXT, UNCOUNTED

FIGURES_FROM = 100


class NotAStatement(Exception):
    """Why a body does not read as a statement: its entry stands, but is not counted."""


def integer(low=-(2**63), high=2**63 - 1):
    return lambda tag, value: tag == INTEGER and low <= value <= high


def raw(length):
    return lambda tag, value: tag == BYTES and len(value) == length


def is_text(tag, value):
    return tag == TEXT


def is_division(tag, value):
    return tag == INTEGER and value > 0 and len(str(value)) in (2, 4, 6, 9)


def is_subject(tag, value):
    if is_period(tag, value):
        return True
    match = tag == TEXT and re.fullmatch(r"([0-9]{8})-([1-9][0-9]{3}|[1-9][0-9]{5})-[a-z_]+", value)
    return bool(match) and _is_day(match[1], "%Y%m%d")


def is_period(tag, value):
    if tag != TEXT:
        return False
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}", value):
        return _is_day(value, "%Y-%m")
    if re.fullmatch(r"[0-9]{4}", value):
        return _is_day(value, "%Y")
    winter = re.fullmatch(r"([0-9]{4})-([0-9]{4})", value)
    return bool(winter) and int(winter[1]) + 1 == int(winter[2])


def is_date(tag, value):
    return tag == TEXT and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value) and _is_day(value, "%Y-%m-%d")


def is_event(tag, value):
    return is_subject(tag, value) and not is_period(tag, value)


def is_reason(tag, value):
    return tag == TEXT and 1 <= len(value) <= 200 and bool(value.strip())


def is_post(tag, value):
    return tag == TEXT and 1 <= len(value) <= 40 and bool(value.strip())


def is_figure(tag, value):
    """A number, or some that is not counted."""
    return tag in (INTEGER, UNCOUNTED)


def is_said(tag, value):
    return tag == TEXT and bool(value.strip())


def is_file_name(tag, value):
    return tag == TEXT and re.fullmatch(r"[a-z0-9_-]+\.csv", value)


def is_standard(tag, value):
    return tag == TEXT and re.fullmatch(r"[a-z][a-z0-9_]{0,31}", value)


def is_codes(tag, value):
    """Division codes, rising, one blank between two."""
    codes = value.split(" ") if tag == TEXT else []
    numbers = [int(code) for code in codes if re.fullmatch(r"[1-9][0-9]*", code)]
    sound = len(numbers) == len(codes) > 0 and all(is_division(INTEGER, number) for number in numbers)
    return sound and all(a < b for a, b in zip(numbers, numbers[1:]))


def _is_day(text, layout):
    try:
        datetime.datetime.strptime(text, layout)
    except ValueError:
        return False
    return True


U32 = integer(0, 2**32 - 1)
OPTIONAL = True

GENESIS = {
    1: ("key", raw(32)),
    2: ("incarnation", raw(16)),
    3: ("division", is_division),
    4: ("continues", raw(32), OPTIONAL),
}
REPORT = {
    1: ("division", is_division),
    2: ("event", is_subject),
    3: ("stage", integer(1, 3)),
    4: ("revision", U32),
    5: ("follows", raw(32), OPTIONAL),
    6: ("occurred", integer(), OPTIONAL),
    7: ("cut-off", integer(), OPTIONAL),
    8: ("drill", integer(0, 1)),
    9: ("zero report", integer(0, 1)),
    10: ("explanation", is_text, OPTIONAL),
    11: ("narrative", is_text, OPTIONAL),
    12: ("relief narrative", is_text, OPTIONAL),
    13: ("month before", raw(32), OPTIONAL),
    14: ("catalogue", integer(1, 2**32 - 1), OPTIONAL),
}
# A village (table 1) or depot (table 2) of a report; its figures stand beside, as those of the report.
SITE_ROW = {1: ("key", is_text), 2: ("name", is_text, OPTIONAL)}
SITES = {1: "villages", 2: "depots"}
APPOINTMENT = {
    1: ("key", raw(32)),
    2: ("division", is_division),
    3: ("role", integer(1, 4)),
    4: ("from", integer()),
    5: ("until", integer(), OPTIONAL),
    6: ("second parent", raw(32), OPTIONAL),
    7: ("address", is_text, OPTIONAL),
    8: ("office", is_text, OPTIONAL),
    9: ("number", U32, OPTIONAL),
}
DIRECTORY = {1: ("version", U32)}
DIVISION_ROW = {
    1: ("code", is_division),
    2: ("name", is_text),
    3: ("level", integer(1, 4)),
    4: ("parent", is_division, OPTIONAL),
    5: ("kind", is_text),
    6: ("villages", U32),
    7: ("from", is_date, OPTIONAL),
    8: ("until", is_date, OPTIONAL),
}
ANSWER = {
    1: ("entry", raw(32)),
    2: ("log", raw(32)),
    3: ("lane", integer(0, 2)),
    4: ("sequence", integer(0)),
}
REASON_ROW = {1: ("check", is_text), 2: ("zh", is_text), 3: ("en", is_text)}

REVOCATION = {
    1: ("key", raw(32)),
    2: ("at", integer()),
    3: ("reason", is_text),
    4: ("successor", raw(32), OPTIONAL),
}
LINE_ROW = {
    1: ("incarnation", raw(16)),
    2: ("lane", integer(0, 2)),
    3: ("sequence", integer(0)),
    4: ("hash", raw(32)),
}
STANDARD = {
    1: ("code", is_standard),
    2: ("version", integer(1, 2**32 - 1)),
    3: ("name", is_text),
    4: ("title", is_text),
    5: ("document", is_text),
    6: ("issued", is_date, OPTIONAL),
    7: ("from", is_date),
    8: ("recorded late", integer(0, 1)),
    9: ("period", integer(1, 2)),
    10: ("income", integer(1, 2)),
}
CLAUSE_ROW = {
    1: ("divisions", is_codes, OPTIONAL),
    2: ("kinds", is_text, OPTIONAL),
    3: ("floor", integer(), OPTIONAL),
    4: ("share", integer(), OPTIONAL),
    5: ("set by", integer(2, 3)),
}
ADOPTION = {
    1: ("standard", is_standard),
    2: ("version", U32),
    3: ("setter", is_division),
    4: ("number", U32),
    5: ("covers", is_codes, OPTIONAL),
    6: ("recorded late", integer(0, 1)),
    7: ("step", integer(1, 4)),
    8: ("until", is_date, OPTIONAL),
    9: ("document", is_text, OPTIONAL),
    10: ("date", is_date, OPTIONAL),
    11: ("value", integer(), OPTIONAL),
    12: ("period", integer(1, 2), OPTIONAL),
    13: ("from", is_date, OPTIONAL),
    14: ("income", integer(), OPTIONAL),
}
CATALOGUE = {1: ("version", integer(1, 2**32 - 1)), 2: ("document", is_said), 3: ("from", is_date)}
FILE_ROW = {1: ("name", is_file_name), 2: ("text", is_text)}
ROTATION = {1: ("key", raw(32)), 2: ("division", is_division), 3: ("proof", raw(64))}
REVIEW = {
    1: ("revision", U32),
    2: ("body", raw(32)),
    3: ("number", U32),
    4: ("verdict", integer(1, 4)),
    5: ("occurred", integer(), OPTIONAL),
    6: ("kind", is_text, OPTIONAL),
    7: ("undone", raw(32), OPTIONAL),
    8: ("person", raw(32), OPTIONAL),
    9: ("signature", raw(64), OPTIONAL),
}
CELL_ROW = {1: ("indicator", U32), 2: ("reason", is_reason)}
WITHDRAWAL = {1: ("revision", U32), 2: ("body", raw(32))}
SUBMISSION = {
    1: ("division", is_division),
    2: ("event", is_subject),
    3: ("number", integer(1, 2**32 - 1)),
    4: ("stage", integer(1, 3), OPTIONAL),
    5: ("follows", raw(32), OPTIONAL),
    6: ("drill", integer(0, 1)),
    7: ("person", raw(32), OPTIONAL),
    8: ("signature", raw(64), OPTIONAL),
    9: ("catalogue", integer(1, 2**32 - 1), OPTIONAL),
}
CITED_ROW = {
    1: ("division", is_division),
    2: ("revision", U32),
    3: ("body", raw(32)),
    4: ("filed by", is_division, OPTIONAL),
}
LEFT_ROW = {1: ("division", is_division), 2: ("why", integer(1, 3))}
TOTAL_ROW = {1: ("indicator", U32), 2: ("value", is_figure), 3: ("at least", integer(0, 1))}
PROXY = REPORT | {90: ("told by", is_post), 91: ("told at", integer())}
MERGE = {1: ("event", is_event), 2: ("number", U32), 4: ("undone", raw(32), OPTIONAL)}
EVENT_ROW = {1: ("event", is_event)}
STABILITY = {
    1: ("event", is_event),
    2: ("number", U32),
    3: ("since", integer(), OPTIONAL),
    4: ("undone", raw(32), OPTIONAL),
}

# What a review says in each verdict, besides what it always says; a correction says one of the two at least.
VERDICTS = {1: set(), 2: set(), 3: {"occurred", "kind"}, 4: {"undone"}}
U32_FROM_1 = integer(1, 2**32 - 1)
AMOUNT = integer(0, 10**15)
TARGET = {1: ("division", is_division), 2: ("event", is_subject), 3: ("number", U32_FROM_1), 4: ("document", is_text)}
TARGET_ROW = {1: ("division", is_division), 2: ("indicator", U32), 3: ("value", AMOUNT)}
INSPECTION = {
    1: ("division", is_division),
    2: ("event", is_subject),
    3: ("number", U32_FROM_1),
    4: ("date", is_date),
    5: ("finding", is_text, OPTIONAL),
}
SAMPLE_ROW = {
    1: ("division", is_division),
    2: ("village", is_text, OPTIONAL),
    3: ("indicator", U32),
    4: ("reported", is_figure, OPTIONAL),
    5: ("found", is_figure),
    6: ("report", raw(32), OPTIONAL),
}
CONSULTATION = {
    1: ("division", is_division),
    2: ("event", is_subject),
    3: ("number", U32_FROM_1),
    4: ("indicator", U32),
    5: ("as of", integer()),
    6: ("own", is_figure),
    7: ("at least", integer(0, 1)),
    8: ("office", is_text),
    9: ("theirs", AMOUNT),
    10: ("agreed", AMOUNT),
    11: ("reason", is_text, OPTIONAL),
}
# What identifies a row of a record: no two are the same, and they rise.
RECORD_KEYS = {20: ("division", "indicator"), 21: ("division", "village", "indicator"), 22: ("division",)}

# What an adoption says in each step, besides what it always says; an income may be missing.
STEPS = {1: set(), 2: {"until"}, 3: {"document", "date"}, 4: {"document", "value", "period", "from"}}

# By kind: fields, columns of table 1 if it has rows, or of each table, whether report id and form are used.
LAYOUTS = {
    0: (GENESIS, None, False, False),
    1: (REPORT, None, True, True),
    2: (APPOINTMENT, None, False, False),
    3: (DIRECTORY, DIVISION_ROW, False, False),
    4: (ANSWER, REASON_ROW, True, False),
    6: (REVOCATION, LINE_ROW, False, False),
    9: (STANDARD, CLAUSE_ROW, False, False),
    10: (ADOPTION, None, False, False),
    7: (REVIEW, CELL_ROW, True, False),
    8: (SUBMISSION, {1: CITED_ROW, 2: LEFT_ROW, 3: TOTAL_ROW}, True, True),
    14: (MERGE, EVENT_ROW, False, False),
    15: (WITHDRAWAL, None, True, False),
    16: (STABILITY, None, False, False),
    17: (ROTATION, None, False, False),
    18: (PROXY, None, True, True),
    19: (CATALOGUE, FILE_ROW, False, False),
    20: (TARGET, TARGET_ROW, True, True),
    21: (INSPECTION, SAMPLE_ROW, True, True),
    22: (CONSULTATION, CITED_ROW, True, True),
}
ROWS_OPTIONAL = (6, 7, 8, 14, 19, 22)
REPORTS = (1, 18)


def read(kind, body, report_id):
    """Fields by name; None for kinds that a later version describes. `report_id` derives the id of a report."""
    if kind not in LAYOUTS:
        return None
    layout, columns, has_id, has_form = LAYOUTS[kind]
    if body.sealed is not None:
        raise NotAStatement("it has a sealed section")
    if (not has_form and body.form) or (not has_id and any(body.report_id)):
        raise NotAStatement("it has a form or a report id where none belongs")
    fields = body.fields
    if kind in REPORTS:
        fields = [(number, value) for number, value in fields if number < FIGURES_FROM]
    says = _named(layout, fields)
    if kind in REPORTS:
        says["figures"] = dict(_figure(*item) for item in body.fields[len(fields) :])
        of_period = is_period(TEXT, says["event"])
        if of_period == ("occurred" in says) or ("month before" in says and not of_period):
            raise NotAStatement("an event says when it began, a period which one was before it")
    if has_form and report_id(f"{body.form}/{says['division']}/{says['event']}") != body.report_id:
        raise NotAStatement("its report id does not belong to its form, division and event")
    _tables(kind, columns, body.rows, says)
    if kind == 7:
        _review(says)
    if kind == 8:
        _submission(says)
    if kind in (14, 16):
        _course(says)
    if kind == 10:
        _adoption(says)
    if kind == 19:
        _catalogue(says)
    if kind in RECORD_KEYS:
        _record(kind, says)
    return says


def _tables(kind, columns, rows, says):
    """Table 1 under "rows"; where there are more, each under its name."""
    if kind in REPORTS:
        says.update(_sites(rows))
        return
    if kind == 8:
        names = {1: "counted", 2: "left out", 3: "totals"}
        order = [table for table, _ in rows]
        if order != sorted(order) or any(table not in names for table in order):
            raise NotAStatement("its tables are not known, or out of order")
        for table, name in names.items():
            says[name] = [_named(columns[table], row) for of, row in rows if of == table]
        return
    if any(columns is None or table != 1 for table, _ in rows):
        raise NotAStatement("it has a table that is not known")
    if columns is not None:
        says["rows"] = [_named(columns, row) for _, row in rows]
        if not says["rows"] and kind not in ROWS_OPTIONAL:
            raise NotAStatement("it has no rows")


def _signed(says):
    if ("person" in says) != ("signature" in says):
        raise NotAStatement("key and signature of a person stand together")


def _review(says):
    _signed(says)
    said = {"occurred", "kind", "undone"} & says.keys()
    allowed = VERDICTS[says["verdict"]]
    if said - allowed or (allowed and not said) or (says["verdict"] == 2) != bool(says["rows"]):
        raise NotAStatement("its verdict says other things")
    cells = [row["indicator"] for row in says["rows"]]
    if len(cells) > 64 or len(set(cells)) != len(cells):
        raise NotAStatement("it returns a cell twice, or too many")


def _submission(says):
    _signed(says)
    if ("stage" in says) == is_period(TEXT, says["event"]) or ("follows" in says) == (says["number"] == 1):
        raise NotAStatement("its stage or what it follows does not belong")
    counted, left = ([row["division"] for row in says[table]] for table in ("counted", "left out"))
    if any(a >= b for codes in (counted, left) for a, b in zip(codes, codes[1:])) or set(counted) & set(left):
        raise NotAStatement("a division stands twice, or out of order")


def _catalogue(says):
    names = [row["name"].encode() for row in says["rows"]]
    if any(a >= b for a, b in zip(names, names[1:])):
        raise NotAStatement("its files do not rise by name")


def _course(says):
    """A word on the course of an event says something, or takes something back."""
    events = says.get("rows")
    if events is None:
        if ("since" in says) == ("undone" in says):
            raise NotAStatement("it says both that figures are stable and that they are not, or neither")
        return
    keys = [(row["event"].split("-")[0], int(row["event"].split("-")[1])) for row in events]
    if bool(events) == ("undone" in says) or len(events) > 128 or keys != sorted(keys):
        raise NotAStatement("it merges nothing, too much, or out of order")


def _sites(rows):
    """Villages and depots with their figures, each table rising by key; nothing where there are none."""
    found, last = {}, None
    for table, row in rows:
        if table not in SITES:
            raise NotAStatement("it has a table that is not known")
        site = _named(SITE_ROW, [item for item in row if item[0] < FIGURES_FROM])
        if (last is not None and (table, site["key"].encode()) <= last) or site.get("name") == site["key"]:
            raise NotAStatement("its villages or depots are out of order, or one has its key for a name")
        last = (table, site["key"].encode())
        site["figures"] = dict(_figure(*item) for item in row if item[0] >= FIGURES_FROM)
        found.setdefault(SITES[table], []).append(site)
    return found


def _adoption(says):
    said = {name for name, *_ in list(ADOPTION.values())[7:] if name in says}
    if said - ({"income"} if says["step"] == 4 else set()) != STEPS[says["step"]]:
        raise NotAStatement("its step says other things")
    if ("covers" in says) == (says["step"] == 1):
        raise NotAStatement("it covers divisions unless it is only seen")


def _record(kind, says):
    def key(row):
        return tuple(row.get(name, "").encode() if name == "village" else row[name] for name in RECORD_KEYS[kind])

    keys = [key(row) for row in says["rows"]]
    if any(a >= b for a, b in zip(keys, keys[1:])):
        raise NotAStatement("its rows are out of order, or one stands twice")
    if kind == 21 and any("reported" in row and "report" not in row for row in says["rows"]):
        raise NotAStatement("it says what was reported and not in which report")
    figures = {says.get(name) for name in ("own", "theirs", "agreed")}
    if kind == 22 and "reason" not in says and (len(figures) > 1 or says["at least"]):
        raise NotAStatement("its figures differ and it does not say why")


def _named(layout, fields):
    says = {}
    for number, (tag, value) in fields:
        if number not in layout:
            raise NotAStatement(f"field {number} is not known")
        name, allowed, *_ = layout[number]
        if not allowed(tag, value):
            raise NotAStatement(f"field '{name}' does not read")
        says[name] = "some" if tag == UNCOUNTED else value.hex() if tag == BYTES else value
    missing = [row[0] for row in layout.values() if len(row) == 2 and row[0] not in says]
    if missing:
        raise NotAStatement(f"field '{missing[0]}' is missing")
    return says


def _figure(number, typed):
    tag, value = typed
    if tag == UNCOUNTED:
        return str(number), "some"
    if tag != INTEGER:
        raise NotAStatement(f"figure {number} does not read")
    return str(number), value
