/* test_status.c - each status has a class callers can act on, and texts. */
#include "dcf/status.h"

#include "unit.h"

static void every_status_has_name_and_text(void)
{
    for (int i = 0; i < DCF_STATUS_COUNT; i++) {
        CU_ASSERT_TRUE(*dcf_status_name((dcf_status){i}));
        CU_ASSERT_TRUE(*dcf_status_text((dcf_status){i}));
    }
    CU_ASSERT_STRING_EQUAL(dcf_status_name(DCF_ERR(TIMEOUT)), "TIMEOUT");
}

static void names_are_unique(void)
{
    for (int i = 0; i < DCF_STATUS_COUNT; i++)
        for (int j = 0; j < i; j++)
            CU_ASSERT_STRING_NOT_EQUAL(dcf_status_name((dcf_status){i}),
                                       dcf_status_name((dcf_status){j}));
}

static void classes_tell_what_to_do(void)
{
    CU_ASSERT_EQUAL(dcf_status_class(DCF_OK), DCF_CLASS_NONE);
    CU_ASSERT_EQUAL(dcf_status_class(DCF_ERR(TIMEOUT)), DCF_CLASS_TRANSIENT);
    CU_ASSERT_EQUAL(dcf_status_class(DCF_ERR(FAULTY)), DCF_CLASS_POISON);
    CU_ASSERT_EQUAL(dcf_status_class(DCF_ERR(FENCED)), DCF_CLASS_FATAL);
    for (int i = 1; i < DCF_STATUS_COUNT; i++)
        CU_ASSERT_NOT_EQUAL(dcf_status_class((dcf_status){i}), DCF_CLASS_NONE);
}

static void a_code_outside_the_table_is_a_bug(void)
{
    CU_ASSERT_STRING_EQUAL(dcf_status_name((dcf_status){-1}), "BUG");
    CU_ASSERT_STRING_EQUAL(dcf_status_name((dcf_status){DCF_STATUS_COUNT}), "BUG");
    CU_ASSERT_EQUAL(dcf_status_class((dcf_status){1 << 20}), DCF_CLASS_FATAL);
}

static int reached;

static dcf_status tries(dcf_status s)
{
    DCF_TRY(s);
    reached++;
    return DCF_OK;
}

static void try_returns_at_the_first_failure(void)
{
    reached = 0;
    CU_ASSERT(dcf_ok(tries(DCF_OK)));
    CU_ASSERT(dcf_is(tries(DCF_ERR(IO)), DCF_E_IO));
    CU_ASSERT_EQUAL(reached, 1);
}

static void take_leaves_null(void)
{
    int x = 1, *p = &x;
    int *q = DCF_TAKE(p);
    CU_ASSERT_PTR_EQUAL(q, &x);
    CU_ASSERT_PTR_NULL(p);
}

#define TESTS(X)                                                                                   \
    X(every_status_has_name_and_text)                                                              \
    X(names_are_unique)                                                                            \
    X(classes_tell_what_to_do)                                                                     \
    X(a_code_outside_the_table_is_a_bug)                                                           \
    X(try_returns_at_the_first_failure)                                                            \
    X(take_leaves_null)
UNIT_MAIN("status", TESTS)
