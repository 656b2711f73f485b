/* test_stage.c - what each stage of a link lets through, and that nothing of a shadow reaches
 * anybody. */
#include "fixture.h"

static const char staged[] =
    "  - {name: force-20, kind: force, forces: ['20'], links: [{name: reg-20, dialect: spi, stage: "
    "registered, in: {transport: spool, folder: a}, out: {transport: spool, folder: b}}]}\n"
    "  - {name: force-21, kind: force, forces: ['21'], links: [{name: test-21, dialect: spi, "
    "stage: "
    "test, in: {transport: spool, folder: a}, out: {transport: spool, folder: b}}]}\n"
    "  - {name: force-43, kind: force, forces: ['43'], links: [{name: shadow-43, dialect: spi, "
    "stage: shadow, in: {transport: spool, folder: a}, out: {transport: spool, folder: b}}]}\n"
    "  - {name: cps-any, kind: cps, links: [{name: cms-any, dialect: cms, in: {transport: spool, "
    "folder: a}, out: {transport: spool, folder: b}}]}\n"
    "  - {name: cps-test, kind: cps, environment: test, links: [{name: cms-test, dialect: cms,"
    " in: {transport: spool, folder: a}, out: {transport: spool, folder: b}}]}\n";

static Dcf__V1__Envelope *file(world *w, const char *party, const char *link, const char *key,
                               const char *urn)
{
    Dcf__V1__Envelope *e = from(w, party, link, "id:1", key);
    e->body_case = DCF__V1__ENVELOPE__BODY_CASE_SUBMISSION;
    e->case_submission = new_case_submission(&w->arena);
    e->case_submission->urn = (char *)urn;
    e->case_submission->kind = DCF__V1__SUBMISSION_KIND__SUBMISSION_KIND_PRE_CHARGE;
    e->case_submission->approval = approval(w, "Adeyemi");
    seal(w, e);
    return e;
}

static const Dcf__V1__AuditEvent *received(const world *w)
{
    for (size_t i = 0; i < w->out.count; i++)
        if (w->out.outputs[i].kind == DCF_OUTPUT_AUDIT &&
            w->out.outputs[i].audit->kind == DCF__V1__AUDIT_KIND__AUDIT_KIND_RECEIVED)
            return w->out.outputs[i].audit;
    return NULL;
}

static void a_registered_link_passes_nothing(void)
{
    world w;
    open_world(&w, staged, NULL);
    give(&w, file(&w, "force-20", "reg-20", "20AA0000126", "20AA0000126"));
    CU_ASSERT_STRING_EQUAL(held(&w)->reason, "DCF-4300");
    CU_ASSERT_STRING_EQUAL(received(&w)->link_stage, "registered");
    CU_ASSERT_PTR_NULL(w.state);
    close_world(&w);
}

static void a_link_in_test_takes_tests_for_test_parties_only(void)
{
    world w;
    open_world(&w, staged, NULL);
    give(&w, file(&w, "force-21", "test-21", "21AA0000126", "21AA0000126"));
    CU_ASSERT_STRING_EQUAL(held(&w)->reason, "DCF-4301");
    Dcf__V1__Envelope *e = file(&w, "force-21", "test-21", "21AA0000126", "21AA0000126");
    e->test = true;
    give(&w, e);
    CU_ASSERT_PTR_NOT_NULL_FATAL(delivery(&w, 0));
    CU_ASSERT_STRING_EQUAL(delivery(&w, 0)->destination->party, "cps-test");
    CU_ASSERT_PTR_NULL(delivery(&w, 1)); /* no receipt to a live system */
    close_world(&w);
}

/* The gateway marks its key: a case of its own, beside the real one. */
static void a_shadow_is_judged_and_written_and_reaches_nobody(void)
{
    world w;
    open_world(&w, staged, NULL);
    Dcf__V1__Envelope *e = file(&w, "force-43", "shadow-43", "~43AA0000126", "43AA0000126");
    e->shadow = true;
    give(&w, e);
    const Dcf__V1__Envelope *d = delivery(&w, 0);
    CU_ASSERT_PTR_NOT_NULL_FATAL(d);
    CU_ASSERT_STRING_EQUAL(d->destination->party, "cps-any");
    CU_ASSERT_STRING_EQUAL(d->force, "43");
    CU_ASSERT_TRUE(d->shadow);
    CU_ASSERT_PTR_NULL(delivery(&w, 1)); /* its sender is told nothing */
    CU_ASSERT_STRING_EQUAL(received(&w)->link_stage, "shadow");
    CU_ASSERT_STRING_EQUAL(w.state->case_key, "~43AA0000126");
    Dcf__V1__Envelope *r = delivered(&w, d, DCF__V1__RECEIPT_KIND__RECEIPT_KIND_DELIVERED);
    r->shadow = true;
    give(&w, r);
    SAYS(&w, "shadowed"); /* and nothing to the sender */
    close_world(&w);
}

static void a_receiver_that_is_not_ready_gets_nothing_real(void)
{
    static const char *const stages[] = {"registered", "test", "shadow"};
    for (size_t i = 0; i < 3; i++) {
        world w;
        char text[512];
        snprintf(text, sizeof text,
                 "  - {name: force-43, kind: force, forces: ['43'], links: [{name: in-43, dialect: "
                 "spi, in: {transport: spool, folder: a}}]}\n"
                 "  - {name: cps-any, kind: cps, links: [{name: cms-any, dialect: cms, stage: %s, "
                 "in: {transport: spool, folder: a}, out: {transport: spool, folder: b}}]}\n",
                 stages[i]);
        open_world(&w, text, NULL);
        give(&w, file(&w, "force-43", "in-43", "43AA0000126", "43AA0000126"));
        if (i < 2) CU_ASSERT_STRING_EQUAL(held(&w)->reason, "DCF-4302");
        if (i == 2) CU_ASSERT_TRUE(delivery(&w, 0)->shadow);
        close_world(&w);
    }
}

#define TESTS(X)                                                                                   \
    X(a_registered_link_passes_nothing)                                                            \
    X(a_link_in_test_takes_tests_for_test_parties_only)                                            \
    X(a_shadow_is_judged_and_written_and_reaches_nobody)                                           \
    X(a_receiver_that_is_not_ready_gets_nothing_real)
UNIT_MAIN("stage", TESTS)
