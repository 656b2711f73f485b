/* test_mistakes.c - what a mapping cannot mean is told with its line. */
#include "language.h"

#define POST(path)                                                                                 \
    "dialect: t\nversion: '1'\nformat: json\nmessages:\n  m:\n    canonical: case_submission\n"    \
    "    path: " path "\n"

#define WRAPPER                                                                                    \
    "dialect: t\nversion: '1'\nformat: xml\nwrappers:\n  - root: W\n    payload: P\n    write: "   \
    "true\n    fields:\n      - {native: A, wrap: true}\n      - {native: B, const: b}\n"

static void mistakes_are_told_with_their_line(void)
{
    static const struct {
        const char *yaml;
        unsigned line;
        const char *says;
    } rows[] = {
        {JSON("      - {native: a, canonical: urn, only: read}\n"
              "      - {native: a, canonical: urn}\n"),
         9, "twice (first in line 8)"},
        {JSON(READ_ID WRITE_ID READ_ID), 10, "twice"},
        {JSON(READ_ID READ_ID), 9, "twice"},
        {JSON("      - {native: a, canonical: urn, also: nope}\n"), 8, "no field"},
        {JSON("      - {native: a, canonical: urn, also: domestic_abuse}\n"), 8, "kind of"},
        {JSON("      - {native: a, canonical: urn, else: monitoring_codes}\n"), 8, "kind of"},
        {JSON("      - {native: a, canonical: urn, else: [urn]}\n"), 8, "one text"},
        {JSON("      - {native: a, canonical: /sent_at, as: date_part, also: urn}\n"), 8, "whole"},
        {JSON("      - {native: a, canonical: [urn, informant], as: {join: '-'}, else: urn}\n"), 8,
         "whole"},
        {JSON("      - {native: a, canonical: urn, where: {nope: x}}\n"), 8, "no field"},
        {JSON("      - {in: a, when: {t: x}, fields: [{native: b, canonical: urn}]}\n"
              "      - {in: a, fields: [{native: c, canonical: informant}]}\n"
              "    drop: [{native: 'a/**', reason: r}]\n"),
         10, "already"},
        {JSON("      - {native: a, canonical: /police_unit}\n"), 8, "case_submission.urn"},
        {JSON("      - {native: a, canonical: urn, as: {date: D.M.Y}}\n"), 8, "it is a pattern of"},
        {JSON("      - {in: a, when: {t: x}, fields: [{native: b, canonical: urn}]}\n"
              "      - {each: a, canonical: defendants, fields: [{native: b, canonical: asn}]}\n"),
         9, "in: a[]"},
        {JSON("      - {native: a, canonical: urn, where: x}\n"), 8, "a map of canonical"},
        {JSON("      - {native: a, canonical: urn, where: {urn: [x]}}\n"), 8, "a map of canonical"},
        {JSON("      - {native: a, canonical: urn, where: {kind: NOPE}}\n"), 8, "no value of"},
        {JSON("      - {native: a, const: x, where: {domestic_abuse: 'yes'}}\n"), 8, "no value of"},
        {JSON("      - {in: a, where: {defendants: x}, fields: []}\n"), 8, "no value of"},
        {JSON("      - {native: a, canonical: urn, as: {flag: X}}\n"), 8, "not repeated"},
        {JSON("      - {native: a, canonical: monitoring_codes, as: flag}\n"), 8, "argument"},
        {JSON("      - {native: a, canonical: urn, as: {datetime: local}}\n"), 8, "argument"},
        {JSON("      - {native: a, canonical: urn, as: {time: zoned}}\n"), 8, "argument"},
        {JSON("      - {in: 'a[0]', fields: []}\n"), 8, "no group"},
        {JSON("      - {native: a/b, canonical: urn}\n      - {in: 'a[]', fields: []}\n"), 9,
         "once as a list"},
        {JSON(
             "      - {native: 'a[]', canonical: monitoring_codes}\n      - {in: a, fields: []}\n"),
         9, "once as a list"},
        {JSON("      - {in: a, fields: []}\n      - {in: a, where: {urn: '*'}, fields: []}\n"), 9,
         "for all of it"},
        {JSON("      - {in: 'a[]', fields: []}\n      - {in: 'a[]', fields: []}\n"), 9,
         "already mapped in line 8"},
        {JSON("      - {in: 'a[]', when: {x: 1}, fields: []}\n"
              "      - {in: 'a[]', when: {x: '*'}, fields: []}\n"),
         9, "already mapped in line 8"},
        {JSON("      - {in: 'a[]', when: {x: '*'}, fields: []}\n"
              "      - {in: 'a[]', when: {x: 1}, fields: []}\n"),
         9, "already mapped in line 8"},
        {JSON("      - {in: 'a[]', fields: []}\n      - {native: a/b, canonical: urn}\n"), 9,
         "inside it"},
        {JSON("      - {in: a, when: {'b[]': '*'}, fields: []}\n"), 8, "\"when\" is a map"},
        {XML("      - {in: A, when: {'x:B': '*'}, fields: []}\n"), 8, "not declared"},
        {XML("      - {in: ., canonical: initial_hearing, required: true, fields: []}\n"), 8,
         "goes with the group"},
        {XML("      - {in: ., canonical: initial_hearing, when: {A: x}, fields: []}\n"), 8,
         "goes with the group"},
        {XML("      - {in: ., canonical: initial_hearing, when_last: true, fields: []}\n"), 8,
         "goes with the group"},
        {XML("      - {in: ., canonical: initial_hearing, where: {urn: x}, fields: []}\n"), 8,
         "goes with the group"},
        {XML("      - {in: ., canonical: initial_hearing, unwrap: true, fields: []}\n"), 8,
         "goes with the group"},
        {XML("      - {native: A, wrap: true}\n"), 8, "a wrapper"},
        {XML("      - {use: nam}\ndefine: {other: [], name: []}\n"), 8, "the nearest is \"name\""},
        {JSON("      - {native: a, canonical: urn, as: {integer: 0}}\n"), 8, "argument"},
        {JSON("      - {native: a, canonical: urn, as: {integer: 10}}\n"), 8, "argument"},
        {"dialect: t\nversion: '1'\nformat: json\nmessages:\n  m:\n    canonical: receipt\n"
         "    only: write\n",
         7, "\"only\""},
        {"dialect: t\nversion: '1'\nformat: json\nmessages:\n  m:\n    canonical: receipt\n"
         "    wrapped: no\n",
         7, "true or false"},
        {"dialect: t\nversion: '1'\nformat: json\nmessages:\n  m:\n    canonical: receipt\n"
         "    wrap: {a: b}\n",
         7, "a written wrapper"},
        {POST("/v1/{urm}"), 7, "the nearest is \"urn\""},
        {POST("/v1/{urn"), 7, "{FIELD}"},
        {POST("/v1/{urn}/{kind}"), 7, "{FIELD}"},
        {POST("/v1/{monitoring_codes}"), 7, "{FIELD}"},
        {POST("[x]"), 7, "one text"},
        {WRAPPER "messages:\n  m:\n    canonical: receipt\n    wrap: {A: x, B: y}\n", 14,
         "\"B\" is no row"},
        {WRAPPER "messages:\n  m:\n    canonical: receipt\n    wrap: {C: x}\n", 14,
         "\"C\" is no row"},
        {WRAPPER "messages:\n  m:\n    canonical: receipt\n    wrap: x\n", 14, "a written wrapper"},
        {WRAPPER "messages:\n  W:\n    canonical: receipt\n", 12, "the root of a wrapper"},
        {WRAPPER "    writ: true\n", 11, "\"writ\" is no key"},
        {"dialect: t\nversion: '1'\nformat: json\nmessages:\n  m:\n    canonical: receipt\n"
         "    fild: []\n",
         7, "\"fild\" is no key"},
        {WRAPPER "  - {root: W, payload: Q}\n", 11, "the root of another wrapper"},
        {WRAPPER "  - {payload: Q}\n", 11, "\"root\" is needed"},
        {WRAPPER "  - {root: V}\n", 11, "\"payload\" is needed"},
        {WRAPPER "      - {native: D, wrap: false}\n", 11, "\"wrap\""},
        {WRAPPER "      - {native: D, wrap: true, canonical: urn}\n", 11, "no key"},
        {"dialect: t\nversion: '1'\nformat: json\nwrappers: []\n", 4, "for xml"},
        {"dialect: t\nversion: '1'\nformat: xml\nwrappers: {root: W}\n", 4, "is a list"},
        {"dialect: t\nversion: '1'\nformat: json\ndrop:\n  - {native: 'a*', reason: x}\n", 5,
         "a pattern is"},
        {"dialect: t\nversion: '1'\nformat: json\ndrop:\n  - {native: 'a/b', reason: x}\n", 5,
         "a pattern is"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        kit_mistake_at(rows[i].yaml, rows[i].line, rows[i].says);
}

#define TESTS(X) X(mistakes_are_told_with_their_line)
UNIT_MAIN("translate.mistakes", TESTS)
