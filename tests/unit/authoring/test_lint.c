/* test_lint.c - what compiles and is still doubtful is told, each with its line. */
#include "../translate/kit.h"
#include "authoring/lint.h"

#define HEAD "dialect: w\nversion: '1'\nformat: json\n"

static void lint(kit *k, const char *yaml)
{
    dcf_dialect *d = NULL;
    CU_ASSERT_TRUE_FATAL(dcf_ok(kit_load_text(k, yaml, &d)));
    dcf_lint(d, "w.yaml", &k->faults);
    dcf_dialect_free(d);
}

static void expect(const char *yaml, int code, unsigned line)
{
    kit k;
    lint(&k, yaml);
    const dcf_fault *f = code ? kit_fault(&k, (dcf_fault_code)code) : NULL;
    bool good = code ? f && f->line == line && k.faults.count == 1 : k.faults.count == 0;
    if (!good) kit_show(&k);
    CU_ASSERT_TRUE(good);
    kit_end(&k);
}

static void a_sound_mapping_has_nothing_to_tell(void)
{
    expect(HEAD "messages:\n  A:\n    canonical: case_submission\n    where: {kind: "
                "SUBMISSION_KIND_CHARGED}\n    when: {t: A}\n    fields:\n"
                "      - {native: urn, canonical: urn, as: urn, max: 11, default: 01AB1234526}\n"
                "  B:\n    canonical: case_submission\n    when: {t: B}\n    fields:\n"
                "      - {native: urn, canonical: urn, as: urn}\n",
           0, 0);
}

static void a_message_that_an_earlier_one_takes_is_never_written(void)
{
    expect(HEAD "messages:\n  A:\n    canonical: case_submission\n    when: {t: A}\n    fields:\n"
                "      - {native: urn, canonical: urn}\n"
                "  B:\n    canonical: case_submission\n    when: {t: B}\n    fields:\n"
                "      - {native: urn, canonical: urn}\n",
           7002, 10);
}

static void what_is_read_and_never_written_is_told(void)
{
    expect(HEAD "messages:\n  A:\n    canonical: case_submission\n    fields:\n"
                "      - {native: urn, canonical: urn}\n"
                "      - {native: mark, canonical: case_marker, only: read}\n",
           7003, 9);
    expect(HEAD "messages:\n  A:\n    canonical: case_submission\n    fields:\n"
                "      - {native: mark, canonical: case_marker, only: read}\n"
                "    drop_canonical:\n      - {canonical: case_marker, reason: theirs}\n",
           0, 0);
}

static void a_code_longer_than_its_field_is_told(void)
{
    expect(HEAD "codes:\n  how: {CHARGED: '1', S: '2'}\nmessages:\n  A:\n    canonical: "
                "case_submission\n    fields:\n"
                "      - {native: how, canonical: case_marker, as: {code: how}, max: 3}\n",
           7004, 10);
}

static void a_table_nobody_uses_is_told(void)
{
    expect(HEAD "codes:\n  how: {C: '1'}\nmessages:\n  A:\n    canonical: case_submission\n"
                "    fields:\n      - {native: urn, canonical: urn}\n",
           7005, 5);
}

static void a_default_its_own_row_refuses_is_an_error(void)
{
    expect(HEAD "messages:\n  A:\n    canonical: case_submission\n    fields:\n"
                "      - {native: on, canonical: statutory_time_limit, as: date, default: soon}\n",
           7006, 8);
    expect(HEAD "messages:\n  A:\n    canonical: case_submission\n    fields:\n"
                "      - {native: u, canonical: case_marker, max: 2, default: long}\n",
           7006, 8);
}

static void a_code_that_an_earlier_row_hides_is_told(void)
{
    expect(HEAD "codes:\n  how: {rows: [{native: A, canonical: x}, {native: A, canonical: y}]}\n"
                "messages:\n  A:\n    canonical: case_submission\n    fields:\n"
                "      - {native: h, canonical: case_marker, as: {code: how}}\n",
           7007, 5);
    expect(HEAD "codes:\n  how: {rows: [{native: A, canonical: x, to: 2020-01-01}, {native: A, "
                "canonical: y}]}\nmessages:\n  A:\n    canonical: case_submission\n    fields:\n"
                "      - {native: h, canonical: case_marker, as: {code: how}}\n",
           0, 0);
}

static void a_value_of_an_enum_without_a_code_is_told(void)
{
    expect(HEAD
           "codes:\n  k: {C: SUBMISSION_KIND_CHARGED}\nmessages:\n  A:\n    canonical: "
           "case_submission\n    fields:\n      - {native: k, canonical: kind, as: {code: k}}\n",
           7008, 5);
}

static void lengths_are_held_against_the_other_side(void)
{
    dcf_dialect *a = NULL, *b = NULL;
    kit k, other;
    CU_ASSERT_TRUE_FATAL(
        dcf_ok(kit_load_text(&k,
                             HEAD "messages:\n  A:\n    canonical: case_submission\n    fields:\n"
                                  "      - {native: a, canonical: informant}\n"
                                  "      - {native: b, canonical: case_marker, max: 5}\n",
                             &a)));
    CU_ASSERT_TRUE_FATAL(
        dcf_ok(kit_load_text(&other,
                             HEAD "messages:\n  X:\n    canonical: case_submission\n    fields:\n"
                                  "      - {native: a, canonical: informant, max: 92}\n"
                                  "      - {native: b, canonical: case_marker, max: 5}\n",
                             &b)));
    dcf_lint_against(a, b, "w.yaml", &k.faults);
    CU_ASSERT_EQUAL(k.faults.count, 1);
    CU_ASSERT_PTR_NOT_NULL_FATAL(kit_fault(&k, DCF_FAULT_MAY_OVERFLOW));
    CU_ASSERT_EQUAL(kit_fault(&k, DCF_FAULT_MAY_OVERFLOW)->line, 8);
    dcf_dialect_free(a);
    dcf_dialect_free(b);
    kit_end(&k);
    kit_end(&other);
}

static void any_text_is_held_against_the_numbers_of_the_other_side(void)
{
    dcf_dialect *a = NULL, *b = NULL;
    kit k, other;
    CU_ASSERT_TRUE_FATAL(
        dcf_ok(kit_load_text(&k,
                             HEAD "messages:\n  A:\n    canonical: case_submission\n    fields:\n"
                                  "      - {native: a, canonical: informant, max: 3}\n"
                                  "      - {native: b, canonical: case_marker, as: number}\n"
                                  "      - {native: c, canonical: summons_code}\n",
                             &a)));
    CU_ASSERT_TRUE_FATAL(
        dcf_ok(kit_load_text(&other,
                             HEAD "messages:\n  X:\n    canonical: case_submission\n    fields:\n"
                                  "      - {native: a, canonical: informant, as: number, max: 5}\n"
                                  "      - {native: b, canonical: case_marker, as: number}\n"
                                  "      - {native: c, canonical: summons_code, as: number, only: "
                                  "read}\n",
                             &b)));
    dcf_lint_against(a, b, "w.yaml", &k.faults);
    CU_ASSERT_EQUAL(k.faults.count, 1);
    CU_ASSERT_PTR_NOT_NULL_FATAL(kit_fault(&k, DCF_FAULT_ANY_TEXT));
    CU_ASSERT_EQUAL(kit_fault(&k, DCF_FAULT_ANY_TEXT)->line, 8);
    dcf_dialect_free(a);
    dcf_dialect_free(b);
    kit_end(&k);
    kit_end(&other);
}

/* What a force may send as text and the CPS cannot be told would be held for ever. */
static void no_shipped_dialect_reads_any_text_where_another_writes_a_number(void)
{
    static const char *const names[] = {"spi", "pole", "extract", "cms", "twif"};
    enum { COUNT = sizeof names / sizeof *names, MOST = 10000 };
    dcf_dialect *all[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        char file[64];
        snprintf(file, sizeof file, "adapters/dialect/%s/mapping.yaml", names[i]);
        all[i] = kit_dialect(file);
    }
    for (size_t i = 0; i < COUNT * COUNT; i++) {
        const char *name = names[i / COUNT];
        kit k;
        kit_begin(&k);
        dcf_faults_init(&k.faults, &k.arena, MOST);
        dcf_lint_against(all[i / COUNT], all[i % COUNT], name, &k.faults);
        const dcf_fault *f = kit_fault(&k, DCF_FAULT_ANY_TEXT);
        if (f) printf("  %s:%u %s\n", name, f->line, f->detail);
        CU_ASSERT_PTR_NULL(f);
        CU_ASSERT(k.faults.count < MOST);
        kit_end(&k);
    }
    for (size_t i = 0; i < COUNT; i++) dcf_dialect_free(all[i]);
}

#define TESTS(X)                                                                                   \
    X(a_sound_mapping_has_nothing_to_tell)                                                         \
    X(a_message_that_an_earlier_one_takes_is_never_written)                                        \
    X(what_is_read_and_never_written_is_told)                                                      \
    X(a_code_longer_than_its_field_is_told)                                                        \
    X(a_table_nobody_uses_is_told)                                                                 \
    X(a_default_its_own_row_refuses_is_an_error)                                                   \
    X(a_code_that_an_earlier_row_hides_is_told)                                                    \
    X(a_value_of_an_enum_without_a_code_is_told)                                                   \
    X(lengths_are_held_against_the_other_side)                                                     \
    X(any_text_is_held_against_the_numbers_of_the_other_side)                                      \
    X(no_shipped_dialect_reads_any_text_where_another_writes_a_number)
UNIT_MAIN("lint", TESTS)
