"""second.py - the figures computed a second time, from the topic dcf.audit alone, and compared with what the daemon says.

Usage: second.py RECORDS FIGURES DEFINITIONS. RECORDS: values of the topic, each behind its size (kcat -f '%R%s'); FIGURES: of
dcfctl metrics export --format json --by force,area,case_type; DEFINITIONS: tests/unit/ledger/second.sql, up to its month.
It shares no code with the broker: protobuf is read by its wire format, by the numbers of proto/dcf/v1/audit.proto.
"""
import json
import sqlite3
import struct
import sys

KIND, AT, ID, KEY, TYPE, BEFORE, AFTER, REASON, TEST, CLOCKS, FACTS, FORCE, AREA, HOPS, UNSET = (
    1, 2, 3, 4, 5, 9, 10, 11, 20, 24, 30, 31, 32, 41, 42)
LISTS = {12, 22, 23, 24, 30, 40, 41, 42}  # what a hop has of its own, even when it is empty


def fields(data):
    """{number: [values]} of a message."""
    at, found = 0, {}

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(data):
        tag = varint()
        if tag & 7 == 0:
            value = varint()
        else:
            assert tag & 7 == 2, tag
            size = varint()
            value, at = data[at:at + size], at + size
        found.setdefault(tag >> 3, []).append(value)
    return found


def events(record):
    """The first event, and each hop with what it shares with the first."""
    first = fields(record)
    yield first
    for packed in first.get(HOPS, []):
        hop = fields(packed)
        unset = set(hop.get(UNSET, [b""])[0])
        shared = {n: v for n, v in first.items() if n not in LISTS and n not in unset}
        yield {**shared, **hop}


def text(event, number):
    return event.get(number, [b""])[0].decode()


def tables(records, db):
    db.execute("CREATE TABLE ev(seq, k, c, at, type, force, area, before, after, reason, clock, m)")
    db.execute("CREATE TABLE fa(id INTEGER PRIMARY KEY, seq, c, name, value)")
    seq = tests = 0
    while head := records.read(4):
        for e in events(records.read(struct.unpack(">I", head)[0])):
            if e.get(TEST, [0])[0] or text(e, KEY).startswith("~"):
                tests += 1
                continue
            seq += 1
            clock = fields(e[CLOCKS][0]).get(1, [b""])[0].decode() if CLOCKS in e else ""
            db.execute("INSERT INTO ev VALUES(?,?,?,?,?,?,?,?,?,?,?,?)",
                       (seq, e[KIND][0], text(e, KEY), e[AT][0], text(e, TYPE), text(e, FORCE), text(e, AREA),
                        text(e, BEFORE), text(e, AFTER), text(e, REASON), clock, text(e, ID)))
            for fact in map(fields, e.get(FACTS, [])):
                db.execute("INSERT INTO fa(seq, c, name, value) VALUES(?,?,?,?)", (seq, text(e, KEY), text(fact, 1), text(fact, 2)))
    return seq, tests


def cells(db):
    found = {}
    for metric, force, area, case_type, group, case, good, ms in db.execute(
            "SELECT metric, force, area, coalesce(case_type, ''), grp, c, good, ms FROM second"):
        cell = found.setdefault((metric, force, area, case_type, group), {"good": 0, "ms": [], "cases": set()})
        cell["good"] += good or 0
        cell["ms"].append(ms)
        cell["cases"].add(case)
    return found


def rank(values, percent):
    return sorted(values)[(len(values) * percent + 99) // 100 - 1]


def main(records, figures, definitions):
    db = sqlite3.connect(":memory:")
    seen, tests = tables(open(records, "rb"), db)
    db.executescript(open(definitions).read().split("-- October 2026")[0])
    mine, wrong, shown = cells(db), 0, 0
    for f in json.load(open(figures))["figures"]:
        name = (f["metric"], f["force"], f["area"], f["case_type"], f["group"])
        cell = mine.pop(name, None)
        if f["suppressed"]:
            continue
        shown += 1
        same = cell and (f["count"], f["good"], f["cases"]) == (len(cell["ms"]), cell["good"], len(cell["cases"]))
        if same and "sum_ms" in f:
            same = (f["sum_ms"], f["median_ms"], f["p90_ms"]) == (sum(cell["ms"]), rank(cell["ms"], 50), rank(cell["ms"], 90))
        if not same:
            wrong += 1
            print(f"DIFFERS: {name}: {f} against {cell and (len(cell['ms']), cell['good'], len(cell['cases']), sum(cell['ms']))}")
    for name in mine:
        wrong += 1
        print(f"NOT SHOWN: {name}")
    metrics = {row[0] for row in db.execute("SELECT DISTINCT metric FROM second")}
    print(f"{seen} events ({tests} of tests left out), {shown} figures of {len(metrics)} metrics, {wrong} wrong")
    return 0 if shown >= 20 and tests and not wrong else 1


sys.exit(main(*sys.argv[1:]))
