/*
 * unit.h - one CUnit main a test file: list the tests once, run all or those named.
 *
 *   #define TESTS(X) X(refuses_past_limit) X(keeps_order)
 *   UNIT_MAIN("arena", TESTS)
 *
 * Exit 0 only when something ran and nothing failed. Prints "N passed, N failed" last.
 */
#ifndef DCF_TESTS_UNIT_H
#define DCF_TESTS_UNIT_H

#include <CUnit/Basic.h>
#include <stdio.h>
#include <string.h>

#define UNIT_ROW(name) {#name, name},
#define UNIT_MAIN(suite_name, TESTS)                                                               \
    static const CU_TestInfo unit_cases[] = {TESTS(UNIT_ROW) CU_TEST_INFO_NULL};                   \
    int main(int argc, char **argv)                                                                \
    {                                                                                              \
        setvbuf(stdout, NULL, _IONBF, 0);                                                          \
        CU_initialize_registry();                                                                  \
        CU_pSuite suite = CU_add_suite(suite_name, NULL, NULL);                                    \
        for (const CU_TestInfo *t = unit_cases; t->pName; t++)                                     \
            if (argc < 2 || strcmp(argv[1], t->pName) == 0)                                        \
                CU_add_test(suite, t->pName, t->pTestFunc);                                        \
        CU_basic_set_mode(CU_BRM_VERBOSE);                                                         \
        CU_basic_run_tests();                                                                      \
        unsigned ran = CU_get_number_of_tests_run();                                               \
        unsigned failed = CU_get_number_of_tests_failed();                                         \
        unsigned bad = CU_get_number_of_failures();                                                \
        printf("%s: %u passed, %u failed\n", suite_name, ran - failed, failed);                    \
        CU_cleanup_registry();                                                                     \
        return bad || !ran;                                                                        \
    }

#endif
