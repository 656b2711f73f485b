/* test_fault.c - the fault table can be relied on, and a list collects all faults up to its
 * ceiling. */
#include "base/arena.h"
#include "dcf/fault.h"

#include "unit.h"

static dcf_arena arena;
static dcf_faults faults;

static void start(size_t limit)
{
    dcf_arena_init(&arena, 1 << 20);
    dcf_faults_init(&faults, &arena, limit);
}

static void codes_are_unique_and_ascending(void)
{
    size_t count = 0;
    const dcf_fault_row *rows = dcf_fault_rows(&count);
    CU_ASSERT_TRUE_FATAL(count > 10);
    for (size_t i = 1; i < count; i++) CU_ASSERT_TRUE(rows[i - 1].code < rows[i].code);
    for (size_t i = 0; i < count; i++) CU_ASSERT_TRUE(rows[i].code >= 1000 && rows[i].code <= 9999);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i; j++) CU_ASSERT_STRING_NOT_EQUAL(rows[i].name, rows[j].name);
}

static bool is_text(const char *s)
{
    size_t size = s ? strlen(s) : 0;
    return size > 0 && s[0] != ' ' && s[size - 1] != ' ';
}

static void every_row_says_cause_remedy_avoidance_and_who_acts(void)
{
    size_t count = 0;
    const dcf_fault_row *rows = dcf_fault_rows(&count);
    for (size_t i = 0; i < count; i++) {
        const dcf_fault_row *r = &rows[i];
        CU_ASSERT_TRUE(is_text(r->name) && is_text(r->text) && is_text(r->cause));
        CU_ASSERT_TRUE(is_text(r->remedy) && is_text(r->avoidance));
        static const char *const who[] = {"SENDER", "ADAPTER", "OPERATOR", "RECEIVER"};
        bool known = false;
        for (size_t k = 0; k < 4; k++) known = known || strcmp(r->who, who[k]) == 0;
        CU_ASSERT_TRUE(known);
        char id[16];
        snprintf(id, sizeof id, "DCF-%d", (int)r->code);
        CU_ASSERT_STRING_EQUAL(r->id, id);
    }
}

static void rows_are_found_by_code_and_by_text(void)
{
    size_t count = 0;
    const dcf_fault_row *rows = dcf_fault_rows(&count);
    for (size_t i = 0; i < count; i++) {
        CU_ASSERT_PTR_EQUAL(dcf_fault_row_of(rows[i].code), &rows[i]);
        CU_ASSERT_PTR_EQUAL(dcf_fault_row_by_id(rows[i].id), &rows[i]);
        CU_ASSERT_PTR_EQUAL(dcf_fault_row_by_id(rows[i].id + 4), &rows[i]);
    }
    static const char *const unknown[] = {"",          "DCF-",      "DCF-1",
                                          "DCF-1001x", "x",         "99999999999999999999",
                                          "DCF- 1001", "DCF-+1001", "4294968297"};
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
        CU_ASSERT_PTR_NULL(dcf_fault_row_by_id(unknown[i]));
}

static void all_faults_are_kept_with_their_place(void)
{
    start(100);
    char path[] = "Case/PTIURN";
    for (int i = 0; i < 20; i++)
        dcf_faults_add(&faults, DCF_FAULT_NOT_WELL_FORMED, (uint32_t)i, 7, path, "case.urn",
                       "number %d", i);
    path[0] = 'X'; /* the list has its own copy */
    CU_ASSERT_EQUAL_FATAL(faults.count, 20);
    const dcf_fault *f = &faults.items[13];
    CU_ASSERT_EQUAL(f->code, DCF_FAULT_NOT_WELL_FORMED);
    CU_ASSERT_EQUAL(f->line, 13);
    CU_ASSERT_EQUAL(f->column, 7);
    CU_ASSERT_STRING_EQUAL(f->path, "Case/PTIURN");
    CU_ASSERT_STRING_EQUAL(f->field, "case.urn");
    CU_ASSERT_STRING_EQUAL(f->detail, "number 13");
    dcf_arena_fini(&arena);
}

static void only_errors_make_a_document_faulty(void)
{
    start(100);
    CU_ASSERT(dcf_ok(dcf_faults_status(&faults)));
    dcf_faults_add(&faults, DCF_FAULT_BAD_URN, 1, 1, NULL, NULL, "x"); /* a warning by its row */
    CU_ASSERT_EQUAL(faults.items[0].severity, DCF_SEVERITY_WARN);
    CU_ASSERT_STRING_EQUAL(faults.items[0].path, "");
    CU_ASSERT_STRING_EQUAL(faults.items[0].field, "");
    CU_ASSERT(dcf_ok(dcf_faults_status(&faults)));
    dcf_faults_add_as(&faults, DCF_SEVERITY_ERROR, DCF_FAULT_BAD_URN, 1, 1, "p", "f", "x");
    CU_ASSERT_EQUAL(faults.errors, 1);
    CU_ASSERT(dcf_is(dcf_faults_status(&faults), DCF_E_FAULTY));
    dcf_arena_fini(&arena);
}

static void past_the_ceiling_faults_are_counted(void)
{
    start(3);
    for (int i = 0; i < 10; i++) dcf_faults_add(&faults, DCF_FAULT_NOT_UTF8, 1, 1, "p", "", "x");
    CU_ASSERT_EQUAL(faults.count, 3);
    CU_ASSERT_EQUAL(faults.dropped, 7);
    CU_ASSERT_EQUAL(faults.errors, 10);
    for (int i = 0; i < 100000; i++)
        dcf_faults_add(&faults, DCF_FAULT_NOT_UTF8, 1, 1, "path", "", "x");
    CU_ASSERT_PTR_NOT_NULL(dcf_arena_alloc(&arena, 500000)); /* they took no memory */
    dcf_arena_fini(&arena);
}

static void without_memory_a_document_is_still_faulty(void)
{
    dcf_arena_init(&arena, 0);
    dcf_faults_init(&faults, &arena, 10);
    dcf_faults_add(&faults, DCF_FAULT_NOT_UTF8, 1, 1, "p", "", "x");
    CU_ASSERT_EQUAL(faults.count, 0);
    CU_ASSERT_EQUAL(faults.dropped, 1);
    CU_ASSERT(dcf_is(dcf_faults_status(&faults), DCF_E_FAULTY));
    dcf_arena_fini(&arena);
}

static void a_long_detail_is_cut_not_lost(void)
{
    start(1);
    dcf_faults_add(&faults, DCF_FAULT_NOT_UTF8, 1, 1, "p", "", "%2000d", 1);
    CU_ASSERT_EQUAL_FATAL(faults.count, 1);
    CU_ASSERT_TRUE(strlen(faults.items[0].detail) < 2000);
    dcf_arena_fini(&arena);
}

static void past_the_ceiling_an_error_goes_before_a_warning(void)
{
    start(2);
    for (int i = 0; i < 3; i++)
        dcf_faults_add_as(&faults, DCF_SEVERITY_WARN, DCF_FAULT_BAD_URN, 0, 0, "", "", "warning %d",
                          i);
    dcf_faults_add_as(&faults, DCF_SEVERITY_ERROR, DCF_FAULT_BAD_URN, 0, 0, "", "", "error 1");
    CU_ASSERT_EQUAL(faults.count, 2);
    CU_ASSERT_STRING_EQUAL(faults.items[0].detail, "warning 0");
    CU_ASSERT_STRING_EQUAL(faults.items[1].detail, "error 1");
    dcf_faults_add_as(&faults, DCF_SEVERITY_ERROR, DCF_FAULT_BAD_URN, 0, 0, "", "", "error 2");
    dcf_faults_add_as(&faults, DCF_SEVERITY_ERROR, DCF_FAULT_BAD_URN, 0, 0, "", "", "error 3");
    CU_ASSERT_STRING_EQUAL(faults.items[0].detail, "error 2");
    CU_ASSERT_STRING_EQUAL(faults.items[1].detail, "error 1");
    CU_ASSERT_EQUAL(faults.errors, 3);
    CU_ASSERT_EQUAL(faults.dropped, 4);
    dcf_arena_fini(&arena);
}

#define TESTS(X)                                                                                   \
    X(codes_are_unique_and_ascending)                                                              \
    X(every_row_says_cause_remedy_avoidance_and_who_acts)                                          \
    X(rows_are_found_by_code_and_by_text)                                                          \
    X(all_faults_are_kept_with_their_place)                                                        \
    X(only_errors_make_a_document_faulty)                                                          \
    X(past_the_ceiling_faults_are_counted)                                                         \
    X(past_the_ceiling_an_error_goes_before_a_warning)                                             \
    X(without_memory_a_document_is_still_faulty)                                                   \
    X(a_long_detail_is_cut_not_lost)
UNIT_MAIN("fault", TESTS)
