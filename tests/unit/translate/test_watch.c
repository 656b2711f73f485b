/* test_watch.c - what is told of each value while a document is read. */
#include "kit.h"
#include "translate/watch.h"

#define MAPPING                                                                                    \
    "dialect: w\nversion: '1'\nformat: json\nunknown: carry\n"                                     \
    "codes:\n"                                                                                     \
    "  how: {rows: [{native: C, canonical: INITIATION_CHARGE, from: 2020-01-01}]}\n"               \
    "messages:\n  M:\n    canonical: case_submission\n    where: {kind: "                          \
    "SUBMISSION_KIND_CHARGED}\n"                                                                   \
    "    fields:\n"                                                                                \
    "      - {native: sent, canonical: /sent_at, as: datetime}\n"                                  \
    "      - {native: urn, canonical: urn, as: urn}\n"                                             \
    "      - {native: how, canonical: initiation, as: {code: how}}\n"                              \
    "      - {native: unit, canonical: police_unit, default: XX}\n"                                \
    "      - {native: v, const: '2'}\n"                                                            \
    "      - each: people\n        canonical: defendants\n        fields:\n"                       \
    "          - {native: born, canonical: person.birth_date, as: {date: DD/MM/YYYY}}\n"           \
    "    drop:\n      - {native: 'extra/**', reason: shown only}\n"

static const char DOCUMENT[] =
    "{\"sent\":\"2026-01-02T03:04:05Z\",\"urn\":\"01AB1234526\",\"how\":\"C\",\"v\":\"2\",\n"
    "\"people\":[{\"born\":\"01/02/1990\"},{\"born\":\"03/04/1991\",\"shoe\":\"9\"}],\n"
    "\"extra\":{\"a\":{\"b\":\"x\"}}}";

static dcf_dialect *d;

static dcf_sightings watch(kit *k)
{
    dcf_sightings seen = {0};
    kit load;
    CU_ASSERT_TRUE_FATAL(dcf_ok(kit_load_text(&load, MAPPING, &d)));
    kit_end(&load);
    kit_begin(k);
    k->status = dcf_to_canonical_watched(d, dcf_span_str(DOCUMENT), &k->arena, &k->faults,
                                         &k->envelope, &seen);
    CU_ASSERT_TRUE_FATAL(dcf_ok(k->status));
    return seen;
}

static void drop(kit *k)
{
    kit_end(k);
    dcf_dialect_free(d);
}

static const dcf_sighting *of(const dcf_sightings *seen, const char *native, dcf_fate fate)
{
    for (size_t i = 0; i < seen->count; i++)
        if (strcmp(seen->items[i].native, native) == 0 && seen->items[i].fate == fate)
            return &seen->items[i];
    CU_FAIL_FATAL("no such sighting");
    return NULL;
}

static void each_value_is_told_with_its_canonical_place(void)
{
    kit k;
    dcf_sightings seen = watch(&k);
    const dcf_sighting *s = of(&seen, "people[2]/born", DCF_FATE_MAPPED);
    CU_ASSERT_STRING_EQUAL(s->canonical, "defendants[1].person.birth_date");
    CU_ASSERT_STRING_EQUAL(s->value, "03/04/1991");
    CU_ASSERT_EQUAL(s->line, 2);
    CU_ASSERT_EQUAL(s->row, 20);
    CU_ASSERT_STRING_EQUAL(of(&seen, "sent", DCF_FATE_MAPPED)->canonical, "/sent_at");
    CU_ASSERT_STRING_EQUAL(of(&seen, "urn", DCF_FATE_MAPPED)->canonical, "urn");
    drop(&k);
}

static void what_becomes_of_a_value_is_told(void)
{
    kit k;
    dcf_sightings seen = watch(&k);
    CU_ASSERT_STRING_EQUAL(of(&seen, "extra/a/b", DCF_FATE_DROPPED)->reason, "shown only");
    (void)of(&seen, "v", DCF_FATE_CONSTANT);
    (void)of(&seen, "people[2]/shoe", DCF_FATE_CARRIED);
    CU_ASSERT_STRING_EQUAL(of(&seen, "unit", DCF_FATE_DEFAULT)->canonical, "police_unit");
    CU_ASSERT_STRING_EQUAL(of(&seen, "unit", DCF_FATE_DEFAULT)->value, "XX");
    CU_ASSERT_STRING_EQUAL(of(&seen, "", DCF_FATE_SET)->canonical, "kind");
    CU_ASSERT_EQUAL(of(&seen, "", DCF_FATE_SET)->row, 8);
    CU_ASSERT_EQUAL(seen.count, 10);
    drop(&k);
}

static void what_no_alternative_takes_is_told_as_dropped(void)
{
    kit load, k;
    dcf_sightings seen = {0};
    CU_ASSERT_TRUE_FATAL(dcf_ok(kit_load_text(
        &load,
        "dialect: t\nversion: '1'\nformat: json\nmessages:\n  m:\n    canonical: "
        "case_submission\n    fields:\n      - {in: x, when: {t: one}, fields: [{native: v, "
        "canonical: urn}]}\n    drop: [{native: 'x/**', reason: not ours}]\n",
        &d)));
    kit_end(&load);
    kit_begin(&k);
    k.status =
        dcf_to_canonical_watched(d, dcf_span_str("{\"x\":{\"t\":\"two\",\"l\":[{\"a\":1}]}}"),
                                 &k.arena, &k.faults, &k.envelope, &seen);
    CU_ASSERT_STRING_EQUAL(of(&seen, "x/t", DCF_FATE_DROPPED)->reason, "not ours");
    CU_ASSERT_STRING_EQUAL(of(&seen, "x/l/a", DCF_FATE_DROPPED)->reason, "not ours");
    drop(&k);
}

static void the_row_of_the_code_table_is_told(void)
{
    kit k;
    dcf_sightings seen = watch(&k);
    CU_ASSERT_STRING_EQUAL(of(&seen, "how", DCF_FATE_MAPPED)->table, "how");
    CU_ASSERT_STRING_EQUAL(of(&seen, "how", DCF_FATE_MAPPED)->from, "2020-01-01");
    drop(&k);
}

#define TESTS(X)                                                                                   \
    X(each_value_is_told_with_its_canonical_place)                                                 \
    X(what_becomes_of_a_value_is_told)                                                             \
    X(what_no_alternative_takes_is_told_as_dropped)                                                \
    X(the_row_of_the_code_table_is_told)
UNIT_MAIN("watch", TESTS)
