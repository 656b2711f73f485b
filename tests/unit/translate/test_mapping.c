/* test_mapping.c - mistakes in a mapping: each is told, all at once, with its line. */
#include "kit.h"
#include "translate/inspect.h"

#define HEAD                                                                                       \
    "dialect: t\nversion: '1'\nformat: xml\nmessages:\n  M:\n    canonical: case_submission\n    " \
    "fields:\n"
#define JSON                                                                                       \
    "dialect: t\nversion: '1'\nformat: json\nmessages:\n  M:\n    canonical: case_submission\n   " \
    " fields:\n"

typedef struct row {
    const char *yaml;
    unsigned line;
    const char *says; /* in the detail */
} row;

static void mistakes_are_told_with_their_line(void)
{
    static const row rows[] = {
        {HEAD "      - {native: A, canonical: urm}\n", 8, "the nearest is \"urn\""},
        {HEAD "      - {native: A, canonical: officer_in_case.nam.title}\n", 8, "\"name\""},
        {HEAD "      - {native: A, canonical: urn.x}\n", 8, "below a plain field"},
        {HEAD "      - {native: A, canonical: defendants.asn}\n", 8, "use each"},
        {HEAD "      - {native: A, canonical: initial_hearing}\n", 8, "no plain value"},
        {HEAD "      - {native: A, canonical: kind, as: date}\n", 8, "does not fit"},
        {HEAD "      - {native: A, canonical: domestic_abuse, as: urn}\n", 8, "does not fit"},
        {HEAD "      - {native: A, canonical: urn, as: urm}\n", 8, "\"urn\""},
        {HEAD "      - {native: A, canonical: urn, as: {code: nope}}\n", 8, "no code table"},
        {HEAD "      - {native: A, canonical: urn, as: {date: QQ}}\n", 8, "argument"},
        {HEAD "      - {native: A, canonical: urn, as: join}\n", 8, "needs an argument"},
        {HEAD "      - {native: A, canonical: urn, as: {join: ' '}}\n", 8, "two canonical"},
        {HEAD "      - {native: A, canonical: [urn, case_marker]}\n", 8, "two canonical"},
        {HEAD "      - {native: A, canonical: urn}\n      - {native: A, canonical: case_marker}\n",
         9, "line 8"},
        {HEAD "      - {native: A, canonical: urn, requird: true}\n", 8, "\"required\""},
        {HEAD "      - {native: A, canonical: urn, required: maybe}\n", 8, "required"},
        {HEAD "      - {native: A, canonical: urn, max: x}\n", 8, "max"},
        {HEAD "      - {native: A}\n", 8, "neither"},
        {HEAD "      - {canonical: urn}\n", 8, "a row has"},
        {HEAD "      - {native: 'A/@b/C', canonical: urn}\n", 8, "below an attribute"},
        {HEAD "      - {native: 'x:A', canonical: urn}\n", 8, "not declared"},
        {HEAD "      - {native: 'A//B', canonical: urn}\n", 8, "no step"},
        {HEAD "      - {native: 'A[]/B', canonical: urn}\n", 8, "no step"},
        {HEAD "      - {native: 'A[]', canonical: urn}\n", 8, "does not"},
        {HEAD "      - {native: A, canonical: monitoring_codes}\n", 8, "repeated"},
        {HEAD "      - {each: A, canonical: urn, fields: []}\n", 8, "no repeated message"},
        {HEAD "      - {native: 'A[1000]', canonical: urn}\n", 8, "may end a path"},
        {HEAD "      - {native: '@A[]', canonical: monitoring_codes}\n", 8, "below an attribute"},
        {HEAD "      - {each: A, fields: []}\n", 8, "needs \"canonical\""},
        {HEAD "      - {each: 'A[0]', canonical: defendants, fields: []}\n", 8, "takes all items"},
        {HEAD "      - {native: A, canonical: 'defendants[0].asn'}\n", 8, "made by \"each\""},
        {HEAD "      - {in: A, canonical: defendants, fields: []}\n", 8, "no single submessage"},
        {HEAD "      - {each: A, canonical: defendants, fields: []}\n      - {each: A, canonical: "
              "witnesses, fields: []}\n",
         9, "already mapped in line 8"},
        {HEAD "      - {each: A, canonical: defendants, fields: []}\n      - {native: A/B, "
              "canonical: urn}\n",
         9, "inside it"},
        {HEAD "      - {native: A/B, canonical: urn}\n      - {each: A, canonical: defendants, "
              "fields: []}\n",
         9, "stands already"},
        {HEAD "      - {each: A, canonical: defendants, where: {nope: x}, fields: []}\n", 8,
         "no field"},
        {HEAD "      - {use: nope}\n", 8, "define"},
        {HEAD
         "      - {each: A, canonical: defendants, fields: [{native: '[0]', canonical: asn}]}\n",
         8, "no step of a path"},
        {HEAD "      - {payload: true}\n", 8, "only a wrapper"},
        {HEAD "      - {native: A/./B, canonical: urn}\n", 8, "no step of a path"},
        {HEAD "      - {in: ., fields: [{native: A, canonical: urn}]}\n", 8, "needs \"canonical\""},
        {HEAD "      - {in: ., canonical: contact, required: true, fields: []}\n", 8, "around"},
        {HEAD "      - {native: A, canonical: lines[0]}\n", 8, "quote"},
        {HEAD "      - {native: A, canonical: zzz}\n", 8, "it has kind urn"},
        {HEAD "      - {native: A, canonical: urn}\n    drop:\n      - {native: B}\n", 10,
         "reason"},
        {HEAD "      - {native: A, canonical: urn}\n    drop:\n      - {native: A, reason: x}\n",
         10, "twice"},
        {HEAD "      - {native: A, canonical: urn}\n    drop_canonical:\n      - {canonical: nope, "
              "reason: x}\n",
         10, "no field"},
        {JSON "      - {each: A, canonical: defendants, fields: [{native: '[0]', canonical: asn}, "
              "{native: "
              "b, canonical: pnc_id}]}\n",
         8, "nothing beside it"},
        {JSON
         "      - {native: a, canonical: urn}\n      - {native: a/b, canonical: case_marker}\n",
         8, "both a plain value"},
        {"dialect: t\nversion: '1'\nformat: xml\nmessages:\n  M:\n    canonical: urn\n", 5,
         "no field"},
        {"dialect: t\nversion: '1'\nformat: xml\nmessages:\n  M:\n    canonical: source\n", 5,
         "no member"},
        {"dialect: t\nversion: '1'\nformat: xlm\nmessages: {}\n", 3, "format"},
        {"dialect: t\nversion: '1'\nformat: xml\nmesages: {}\n", 4, "\"messages\""},
        {"dialect: t\n  bad\nversion", 4, ""},
        {"dialect: t\nversion: '1'\nformat: json\ncodes: {g: {X: NOPE}}\nmessages:\n  M:\n    "
         "canonical: case_submission\n    fields:\n"
         "      - {native: a, canonical: initiation, as: {code: g}}\n",
         9, "no value of"},
        {"dialect: t\nversion: '1'\nformat: json\ncodes: {g: [A]}\nmessages: {}\n", 4, "CODE:"},
        {"dialect: t\nversion: '1'\nformat: json\ncodes: {g: nope.yaml}\nmessages: {}\n", 4,
         "cannot be read"},
        {"dialect: t\nversion: '1'\nformat: json\ndefine:\n  a: [{use: b}]\n  b: [{use: "
         "a}]\nmessages:\n  M:\n    canonical: receipt\n    use: a\n",
         6, "circle"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        kit_mistake_at(rows[i].yaml, rows[i].line, rows[i].says);
}

static void all_mistakes_are_told_at_once(void)
{
    kit k;
    dcf_dialect *d = NULL;
    dcf_status s = kit_load_text(
        &k,
        HEAD "      - {native: A, canonical: nope}\n      - {native: B, canonical: urn, as: nope}\n"
             "      - {native: C, canonical: urn, nope: 1}\n",
        &d);
    CU_ASSERT_TRUE(dcf_is(s, DCF_E_CONFIG));
    CU_ASSERT_EQUAL_FATAL(k.faults.count, 3);
    for (unsigned i = 0; i < 3; i++) {
        CU_ASSERT_EQUAL(k.faults.items[i].line, 8 + i);
        CU_ASSERT(k.faults.items[i].column > 0);
    }
    kit_end(&k);
    kit_begin(&k);
    CU_ASSERT_TRUE(
        dcf_is(dcf_dialect_load("/nonexistent/mapping.yaml", &k.faults, &d), DCF_E_NOT_FOUND));
    CU_ASSERT_EQUAL(k.faults.count, 1);
    kit_end(&k);
}

typedef struct seen {
    size_t rules, drops, groups, lossy;
    bool urn, hints, pattern;
} seen;

static bool note(void *self, const dcf_inspect_rule *r)
{
    seen *s = self;
    s->rules++;
    s->drops += r->drop != NULL;
    s->groups += r->group;
    s->lossy += r->loss != NULL;
    if (strcmp(r->native_path, "@xsi:*") == 0) s->hints = strcmp(r->drop, "schema hints") == 0;
    if (strcmp(r->native_path, "NewCase/Case/Defendant/Extra/@*") == 0)
        s->pattern = r->drop != NULL;
    if (strcmp(r->native_path, "NewCase/Case/URN") == 0)
        s->urn = strcmp(r->canonical, "urn") == 0 && strcmp(r->codec, "urn") == 0 &&
                 strcmp(r->message, "NewCase") == 0 && r->max == 14 && r->required_read &&
                 r->line > 0;
    return true;
}

static void tools_see_every_rule(void)
{
    dcf_dialect *d = kit_dialect(KIT_DIR "xml.yaml");
    seen s = {0};
    dcf_inspect_rules(d, note, &s);
    CU_ASSERT_TRUE(s.urn);
    CU_ASSERT(s.rules > 40);
    CU_ASSERT_EQUAL(s.drops, 5); /* the Trace subtree, Shade, and three patterns */
    CU_ASSERT(s.hints && s.pattern);
    CU_ASSERT(s.groups >= 6 && s.lossy > 5);
    CU_ASSERT_STRING_EQUAL(dcf_dialect_name(d), "testxml");
    CU_ASSERT_STRING_EQUAL(dcf_dialect_version(d), "7");
    CU_ASSERT_STRING_EQUAL(dcf_dialect_media_type(d), "application/xml");
    dcf_dialect_free(d);
    dcf_dialect_free(NULL);
}

#define TESTS(X)                                                                                   \
    X(mistakes_are_told_with_their_line) X(all_mistakes_are_told_at_once) X(tools_see_every_rule)
UNIT_MAIN("translate.mapping", TESTS)
