/* test_fault_json.c - what a sender reads of its faults: code, place, text and remedy; and how many
 * more there were. */
#include "model/fault_json.h"

#include "base/arena.h"
#include "unit.h"

static void tells_code_place_and_remedy_and_counts_the_rest(void)
{
    dcf_arena arena;
    dcf_faults faults;
    dcf_buf out = {0};
    dcf_arena_init(&arena, 65536);
    dcf_faults_init(&faults, &arena, 1);
    dcf_faults_add(&faults, DCF_FAULT_UNKNOWN_CODE, 40, 7, "Case/\"x\"", "person.gender", "no row");
    dcf_faults_add(&faults, DCF_FAULT_REQUIRED, 1, 1, "Case", "", "past the ceiling");
    dcf_faults_json_members(&faults, &out);
    const char *text = dcf_buf_cstr(&out);
    CU_ASSERT_PTR_NOT_NULL(
        strstr(text, "\"code\":\"DCF-2007\",\"severity\":\"error\",\"line\":40,\"column\":7"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\"path\":\"Case/\\\"x\\\"\",\"field\":\"person.gender\""));
    CU_ASSERT_PTR_NOT_NULL(
        strstr(text, "\"remedy\":\"Use a code of the list.\",\"who\":\"SENDER\"}],\"more\":1"));
    dcf_buf_fini(&out);
    dcf_arena_fini(&arena);
}

#define TESTS(X) X(tells_code_place_and_remedy_and_counts_the_rest)
UNIT_MAIN("fault_json", TESTS)
