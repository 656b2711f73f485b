/* test_tell.c - which party of a case is sent a message when a time limit ends soon or was missed.
 */
#include "fixture.h"

#include "base/clock.h"

#define PRE DCF__V1__SUBMISSION_KIND__SUBMISSION_KIND_PRE_CHARGE
#define END                                                                                        \
    "2026-11-21T18:00:00Z" /* of the detention clock: tell: {force: [missed], cps: both}           \
                            */

static int64_t ms(const char *text)
{
    int64_t t = 0;
    CU_ASSERT_FATAL(dcf_ok(dcf_time_parse(text, &t)));
    return t;
}

static void open_told(world *w, const char *more, const char *now)
{
    open_world(w, more, &(dcf_exchange_config){.clocks = "config/clocks.yaml"});
    w->now = ms(now);
}

static Dcf__V1__Envelope *detained(world *w, const char *id)
{
    Dcf__V1__Envelope *e = submission(w, id, PRE);
    e->case_submission->pace_clock_expires_at = (char *)END;
    return e;
}

/* Lets it be then, and asks once whether something is due; the case's new state is kept. */
static void tick(world *w, const char *then)
{
    w->now = ms(then);
    CU_ASSERT_FATAL(dcf_ok(dcf_exchange_tick(w->x, w->state, w->now, &w->arena, &w->out)));
    if (w->out.state) w->state = w->out.state;
}

static void each_party_is_told_of_what_the_clock_says(void)
{
    world w;
    open_told(&w, "", "2026-11-21T10:00:00Z");
    give(&w, detained(&w, "m1"));
    SAYS(&w, "received applied >cps-se:case_submission#1 routed >force-45:receipt1#1 routed");
    tick(&w, "2026-11-21T15:00:00Z");
    SAYS(&w, "deadline_warned >cps-se:receipt6#2 routed");
    tick(&w, END);
    SAYS(&w, "deadline_missed >force-45:receipt7#2 routed >cps-se:receipt7#3 routed");
    close_world(&w);
}

static void the_message_names_the_clock_its_end_and_what_started_it(void)
{
    world w;
    open_told(&w, "", "2026-11-21T10:00:00Z");
    give(&w, detained(&w, "m1"));
    tick(&w, "2026-11-21T15:00:00Z");
    const Dcf__V1__Envelope *e = delivery(&w, 0);
    CU_ASSERT_PTR_NOT_NULL_FATAL(e);
    CU_ASSERT_STRING_EQUAL(e->message_id, "m1/deadline/pace_detention/1/cps-se");
    CU_ASSERT_STRING_EQUAL(e->source->party, DCF_BROKER_PARTY);
    CU_ASSERT_STRING_EQUAL(e->causation_id, "m1");
    const Dcf__V1__Receipt *r = e->receipt;
    CU_ASSERT_STRING_EQUAL(r->urn, KEY);
    CU_ASSERT_STRING_EQUAL(r->about_message_id, "m1");
    CU_ASSERT_STRING_EQUAL(r->faults[0]->code, "DCF-4120");
    CU_ASSERT_STRING_EQUAL(r->deadline->clock, "pace_detention");
    CU_ASSERT_STRING_EQUAL(r->deadline->title, "Detention clock (PACE)");
    CU_ASSERT_STRING_EQUAL(r->deadline->ends_at, "2026-11-21T18:00:00.000Z");
    CU_ASSERT_STRING_EQUAL(delivery(&w, 0)->deadline->clock, "pace_detention");
    close_world(&w);
}

/* The alarm and the state that has told it are one commit: what comes after a crash between the two
 * is the same message under the same id, and after the commit nothing. */
static void each_alarm_is_told_once(void)
{
    world w;
    open_told(&w, "", "2026-11-21T10:00:00Z");
    give(&w, detained(&w, "m1"));
    const Dcf__V1__CaseState *before = w.state;
    tick(&w, "2026-11-21T16:00:00Z"); /* the first two warnings, as one */
    SAYS(&w, "deadline_warned >cps-se:receipt6#2 routed");
    const char *id = delivery(&w, 0)->message_id;
    tick(&w, "2026-11-21T16:30:00Z");
    SAYS(&w, "");
    w.state = before;
    tick(&w, "2026-11-21T16:30:00Z");
    CU_ASSERT_STRING_EQUAL(delivery(&w, 0)->message_id, id);
    tick(&w, "2026-11-21T17:00:00Z");
    CU_ASSERT_STRING_NOT_EQUAL(delivery(&w, 0)->message_id, id);
    close_world(&w);
}

static const Dcf__V1__Clock *clock_of(const world *w, const char *name)
{
    for (size_t i = 0; i < w->state->n_clocks; i++)
        if (strcmp(w->state->clocks[i]->clock, name) == 0) return w->state->clocks[i];
    return NULL;
}

static void a_reminder_is_of_when_it_was_missed_and_the_last_alert_is_the_last(void)
{
    world w;
    open_told(&w, "", "2026-12-18T10:00:00Z");
    Dcf__V1__Envelope *e = submission(&w, "m1", PRE);
    e->case_submission->statutory_time_limit = (char *)"2026-12-20";
    give(&w, e);
    tick(&w, "2026-12-21T00:00:00Z");
    CU_ASSERT_PTR_NOT_NULL_FATAL(clock_of(&w, "statutory_time_limit"));
    CU_ASSERT_EQUAL(clock_of(&w, "statutory_time_limit")->missed_ms, ms("2026-12-21T00:00:00Z"));
    tick(&w, "2026-12-28T00:00:00Z"); /* remind: 1 week */
    CU_ASSERT_EQUAL(clock_of(&w, "statutory_time_limit")->missed_ms, ms("2026-12-21T00:00:00Z"));
    CU_ASSERT_EQUAL(clock_of(&w, "statutory_time_limit")->warnings, 4 + 1 + 1);
    tick(&w, "2027-03-01T00:00:00Z");
    CU_ASSERT_EQUAL(w.out.count, 0);
    close_world(&w);
}

static void a_message_that_comes_too_late_is_followed_by_the_alarm(void)
{
    world w;
    open_told(&w, "", "2026-11-21T18:30:00Z");
    give(&w, detained(&w, "m1"));
    SAYS(&w, "received applied >cps-se:case_submission#1 routed >force-45:receipt1#1 routed "
             "deadline_missed >force-45:receipt7#2 routed >cps-se:receipt7#2 routed");
    close_world(&w);
}

static void items_of_a_plan_are_told_one_by_one(void)
{
    world w;
    open_told(&w, "", "2026-11-21T10:00:00Z");
    give(&w, submission(&w, "m1", PRE));
    give(&w, plan(&w, "p1", "AP1", 2));
    tick(&w, "2026-11-30T23:59:00Z"); /* a day before they are due */
    SAYS(&w, "not_acknowledged not_acknowledged deadline_warned >force-45:receipt6#3 routed "
             "deadline_warned "
             ">force-45:receipt6#4 routed");
    CU_ASSERT_STRING_EQUAL(delivery(&w, 0)->receipt->deadline->subject, "AP1/i0");
    CU_ASSERT_STRING_EQUAL(delivery(&w, 1)->receipt->deadline->subject, "AP1/i1");
    CU_ASSERT_STRING_NOT_EQUAL(delivery(&w, 0)->message_id, delivery(&w, 1)->message_id);
    close_world(&w);
}

static Dcf__V1__Envelope *tested(world *w)
{
    Dcf__V1__Envelope *e = detained(w, "t1");
    e->source->party = (char *)"test-45";
    e->source->link = (char *)"test-spi";
    e->test = true;
    return e;
}

static void a_test_is_told_to_test_parties_whose_link_is_ready(void)
{
    static const char registered[] =
        "  - {name: cps-test, kind: cps, environment: test, links: [{name: cms-test, dialect: cms,"
        " stage: registered, in: {transport: spool, folder: a}, out: {transport: spool, folder: "
        "b}}]}\n";
    world w, not_ready;
    open_told(&w, cps_test_text, "2026-11-21T10:00:00Z");
    open_told(&not_ready, registered, "2026-11-21T10:00:00Z");
    give(&w, tested(&w));
    not_ready.state = w.state;
    tick(&w, END);
    SAYS(&w, "deadline_missed >test-45:receipt7#2 routed >cps-test:receipt7#2 routed");
    tick(&not_ready, END);
    SAYS(&not_ready, "deadline_missed >test-45:receipt7#2 routed");
    close_world(&not_ready);
    close_world(&w);
}

#define CPS(name, more)                                                                            \
    "  - {name: " name ", kind: cps, areas: ['1'], links: [{name: " name "-1, dialect: cms" more   \
    ", in: {transport: spool, folder: a}, out: {transport: spool, folder: b}}]}\n"

static void a_party_that_became_live_or_whose_link_went_back_to_test_is_not_told(void)
{
    world w, live, back;
    open_told(&w, cps_test_text, "2026-11-21T10:00:00Z");
    open_told(&live, CPS("cps-test", ""), "2026-11-21T10:00:00Z");
    open_told(&back, CPS("cps-back", ", stage: test"), "2026-11-21T10:00:00Z");
    give(&w, tested(&w));
    live.state = w.state;
    tick(&live, END);
    SAYS(&live, "deadline_missed >test-45:receipt7#2 routed");
    give(&back, detained(&back, "m1"));
    Dcf__V1__CaseState moved = *back.state;
    moved.cps_party = (char *)"cps-back";
    back.state = &moved;
    tick(&back, END);
    SAYS(&back, "deadline_missed >force-45:receipt7#2 routed");
    close_world(&back);
    close_world(&live);
    close_world(&w);
}

static void a_case_in_shadow_tells_nobody(void)
{
    world w;
    open_told(&w, "", "2026-11-21T10:00:00Z");
    Dcf__V1__Envelope *e = detained(&w, "m1");
    e->shadow = true;
    e->case_key = (char *)"~" KEY;
    give(&w, e);
    IN_STATE(&w, "awaiting_triage");
    tick(&w, END);
    SAYS(&w, "deadline_missed");
    close_world(&w);
}

#define TESTS(X)                                                                                   \
    X(each_party_is_told_of_what_the_clock_says)                                                   \
    X(the_message_names_the_clock_its_end_and_what_started_it)                                     \
    X(each_alarm_is_told_once)                                                                     \
    X(a_reminder_is_of_when_it_was_missed_and_the_last_alert_is_the_last)                          \
    X(a_message_that_comes_too_late_is_followed_by_the_alarm)                                      \
    X(items_of_a_plan_are_told_one_by_one)                                                         \
    X(a_test_is_told_to_test_parties_whose_link_is_ready)                                          \
    X(a_party_that_became_live_or_whose_link_went_back_to_test_is_not_told)                        \
    X(a_case_in_shadow_tells_nobody)

UNIT_MAIN("tell", TESTS)
