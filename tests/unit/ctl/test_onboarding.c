/* test_onboarding.c - dcfctl onboarding: what a link showed in its stage against what the next one
 * takes. */
#include "../ops/ops_fixture.h"
#include "run.h"
#include "unit.h"

#define HAS(text, part)                                                                            \
    do {                                                                                           \
        CU_ASSERT_PTR_NOT_NULL(strstr(text, part));                                                \
        if (!strstr(text, part)) printf("\n  got: %s\n", text);                                    \
    } while (0)
#define ASK(f, ...) run(__VA_ARGS__, "--url", (f).url, NULL)

static void put(ops_fixture *f, int kind, int n, int64_t at_ms, const char *lost)
{
    static int64_t offset = 2000;
    char id[32], key[32];
    Dcf__V1__Fault fault = DCF__V1__FAULT__INIT, *faults[] = {&fault};
    Dcf__V1__AuditEvent e = DCF__V1__AUDIT_EVENT__INIT;
    snprintf(id, sizeof id, "T:%d", n);
    snprintf(key, sizeof key, "case-%d", n);
    e.kind = (Dcf__V1__AuditKind)kind;
    e.message_id = id;
    e.case_key = key;
    e.source_party = "force-45";
    e.source_link = "force-45-spi";
    e.type = "case_submission";
    e.at_ms = at_ms;
    e.test = true;
    if (kind == KIND(RECEIVED) || kind == KIND(REFUSED)) e.link_stage = "test";
    fault.code = (char *)lost;
    e.faults = faults;
    e.n_faults = lost != NULL;
    if (dcf_failed(put_audit(f->ledger, 0, offset++, &e))) abort();
}

/* count messages, one a second, the first so many days ago; each taken and delivered. */
static void traffic(ops_fixture *f, int count, int days, int refused)
{
    int64_t at = dcf_clock_ms() - (int64_t)days * 86400000;
    for (int i = 0; i < count; i++) {
        put(f, i < refused ? KIND(REFUSED) : KIND(RECEIVED), i, at + i * 1000, NULL);
        if (i < refused) continue;
        put(f, KIND(APPLIED), i, at + i * 1000, NULL);
        put(f, KIND(ROUTED), i, at + i * 1000, NULL);
        put(f, KIND(DELIVERED), i, at + i * 1000, NULL);
    }
}

static int check(ops_fixture *f, const char *says)
{
    outcome r = ASK(*f, "onboarding", "check", "force-45-spi");
    HAS(r.out, says);
    int code = r.code;
    drop_outcome(&r);
    return code;
}

static void a_link_is_ready_when_every_criterion_is_met(void)
{
    ops_fixture f;
    fixture_open(&f, NULL, NULL);
    CU_ASSERT_EQUAL(check(&f, "no   messages       0    at least 50"), CTL_FAILED);
    traffic(&f, 60, 6, 6);
    CU_ASSERT_EQUAL(check(&f, "yes  refused        10 %  at most 10 %"), CTL_OK);
    put(&f, KIND(REFUSED), 1000, dcf_clock_ms(), NULL);
    CU_ASSERT_EQUAL(check(&f, "no   refused"), CTL_FAILED);
    fixture_close(&f);
}

static void what_a_shadow_loses_on_the_way_counts(void)
{
    ops_fixture f;
    fixture_open(&f, NULL, NULL);
    traffic(&f, 60, 6, 0);
    CU_ASSERT_EQUAL(check(&f, "yes  lost"), CTL_OK);
    put(&f, KIND(RECEIVED), 2000, dcf_clock_ms(), NULL);
    put(&f, KIND(APPLIED), 2000, dcf_clock_ms(), NULL);
    put(&f, KIND(ROUTED), 2000, dcf_clock_ms(), NULL);
    put(&f, KIND(SHADOWED), 2000, dcf_clock_ms(), "DCF-2013");
    CU_ASSERT_EQUAL(check(&f, "no   lost           1"), CTL_FAILED);
    fixture_close(&f);
}

static void what_a_test_loses_on_the_way_counts(void)
{
    ops_fixture f;
    fixture_open(&f, NULL, NULL);
    traffic(&f, 60, 6, 0);
    put(&f, KIND(RECEIVED), 2000, dcf_clock_ms(), NULL);
    put(&f, KIND(APPLIED), 2000, dcf_clock_ms(), NULL);
    put(&f, KIND(ROUTED), 2000, dcf_clock_ms(), NULL);
    put(&f, KIND(DELIVERED), 2000, dcf_clock_ms(), "DCF-1001"); /* another warning */
    CU_ASSERT_EQUAL(check(&f, "yes  lost"), CTL_OK);
    put(&f, KIND(RECEIVED), 2001, dcf_clock_ms(), NULL);
    put(&f, KIND(APPLIED), 2001, dcf_clock_ms(), NULL);
    put(&f, KIND(ROUTED), 2001, dcf_clock_ms(), NULL);
    put(&f, KIND(DELIVERED), 2001, dcf_clock_ms(), "DCF-2013");
    CU_ASSERT_EQUAL(check(&f, "no   lost           1"), CTL_FAILED);
    fixture_close(&f);
}

static void too_few_days_are_not_enough(void)
{
    ops_fixture f;
    fixture_open(&f, NULL, NULL);
    traffic(&f, 60, 4, 0);
    CU_ASSERT_EQUAL(check(&f, "no   days           4"), CTL_FAILED);
    fixture_close(&f);
}

static void the_list_is_the_feed_and_live_asks_nothing_more(void)
{
    ops_fixture f;
    fixture_open(&f, NULL, NULL);
    outcome r = ASK(f, "onboarding", "list");
    CU_ASSERT_EQUAL(r.code, CTL_OK);
    HAS(r.out, "force-45-spi  force-45  spi      test");
    drop_outcome(&r);
    r = ASK(f, "onboarding", "list", "--output", "json");
    HAS(r.out, "\"criteria\": [");
    drop_outcome(&r);
    r = ASK(f, "onboarding", "check", "cps-cms");
    CU_ASSERT_EQUAL(r.code, CTL_OK);
    HAS(r.out, "nothing is asked of this stage");
    drop_outcome(&r);
    r = ASK(f, "onboarding", "show", "nowhere");
    CU_ASSERT_EQUAL(r.code, CTL_NOT_FOUND);
    drop_outcome(&r);
    fixture_close(&f);
}

#define TESTS(X)                                                                                   \
    X(a_link_is_ready_when_every_criterion_is_met)                                                 \
    X(what_a_shadow_loses_on_the_way_counts)                                                       \
    X(what_a_test_loses_on_the_way_counts)                                                         \
    X(too_few_days_are_not_enough) X(the_list_is_the_feed_and_live_asks_nothing_more)
UNIT_MAIN("onboarding", TESTS)
