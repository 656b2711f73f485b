/* test_clock.c - the shipped clocks on the way of a case: started, suspended, stopped, warned of,
 * missed. */
#include "fixture.h"

#include "base/clock.h"

#include <unistd.h>

#define PRE     DCF__V1__SUBMISSION_KIND__SUBMISSION_KIND_PRE_CHARGE
#define CHARGED DCF__V1__SUBMISSION_KIND__SUBMISSION_KIND_CHARGED
#define CODE(c) DCF__V1__DECISION_CODE__DECISION_CODE_##c

BUILDER(offence, Dcf__V1__Offence)
BUILDER(victim_notice, Dcf__V1__VictimNotice)
BUILDER(hearing, Dcf__V1__Hearing)
BUILDER(court_result, Dcf__V1__CourtResult)
BUILDER(court_case, Dcf__V1__CourtCase)
BUILDER(court_defendant, Dcf__V1__CourtDefendant)
BUILDER(court_offence, Dcf__V1__CourtOffence)
BUILDER(court_result_item, Dcf__V1__CourtResultItem)

static int64_t ms(const char *text)
{
    int64_t t = 0;
    CU_ASSERT_FATAL(dcf_ok(dcf_time_parse(text, &t)));
    return t;
}

static void open_clocks(world *w, const char *now)
{
    open_world(w, "",
               &(dcf_exchange_config){.clocks = "config/clocks.yaml",
                                      .holidays = "config/bank-holidays.yaml"});
    w->now = ms(now);
}

static const Dcf__V1__Clock *clock_of(const world *w, const char *name)
{
    for (size_t i = 0; w->state && i < w->state->n_clocks; i++)
        if (strcmp(w->state->clocks[i]->clock, name) == 0) return w->state->clocks[i];
    return NULL;
}

/* "running 2026-11-24T23:59": state, and end in UTC; "none". */
static const char *stands(const world *w, const char *name)
{
    static char text[80];
    char at[DCF_TIME_TEXT_SIZE];
    const Dcf__V1__Clock *k = clock_of(w, name);
    if (!k) return "none";
    snprintf(text, sizeof text, "%s %.16s", k->state,
             k->deadline_ms ? dcf_time_format(k->deadline_ms, at) : "-");
    return text;
}

#define STANDS(w, name, text)                                                                      \
    do {                                                                                           \
        const char *is_ = stands(w, name);                                                         \
        if (strcmp(is_, text) != 0)                                                                \
            fprintf(stderr, "\n  line %d: %s is %s\n", __LINE__, name, is_);                       \
        CU_ASSERT_STRING_EQUAL(is_, text);                                                         \
    } while (0)

/* Lets time pass to then, by the ticks the state asks for; the alarms on the way: "warned missed".
 */
static const char *pass(world *w, const char *then)
{
    static char said_all[512];
    dcf_buf b = {0};
    int64_t until = ms(then);
    while (dcf_exchange_next_tick(w->state) <= until) {
        int64_t due = dcf_exchange_next_tick(w->state);
        if (due > w->now) w->now = due;
        CU_ASSERT_FATAL(dcf_ok(dcf_exchange_tick(w->x, w->state, w->now, &w->arena, &w->out)));
        CU_ASSERT_PTR_NOT_NULL_FATAL(w->out.state); /* else it would be asked for ever */
        w->state = w->out.state;
        for (size_t i = 0; i < w->out.count; i++) {
            const Dcf__V1__AuditEvent *a = w->out.outputs[i].audit;
            if (!a || !a->n_clocks) continue;
            dcf_buf_printf(&b, "%s%s %s", b.size ? ", " : "",
                           a->kind == DCF__V1__AUDIT_KIND__AUDIT_KIND_DEADLINE_MISSED ? "missed"
                                                                                      : "warned",
                           a->clocks[0]->clock);
        }
    }
    w->now = until;
    snprintf(said_all, sizeof said_all, "%s", dcf_buf_cstr(&b));
    dcf_buf_fini(&b);
    return said_all;
}

#define PASS(w, then, text)                                                                        \
    do {                                                                                           \
        const char *said_ = pass(w, then);                                                         \
        if (strcmp(said_, text) != 0) fprintf(stderr, "\n  line %d: %s\n", __LINE__, said_);       \
        CU_ASSERT_STRING_EQUAL(said_, text);                                                       \
    } while (0)

static Dcf__V1__Envelope *file(world *w, const char *id, Dcf__V1__SubmissionKind kind)
{
    Dcf__V1__Envelope *e = submission(w, id, kind);
    Dcf__V1__CaseSubmission *c = e->case_submission;
    c->defendants = dcf_arena_alloc(&w->arena, sizeof *c->defendants);
    c->defendants[0] = new_defendant(&w->arena);
    c->n_defendants = 1;
    c->defendants[0]->offences = dcf_arena_alloc(&w->arena, sizeof(Dcf__V1__Offence *));
    c->defendants[0]->offences[0] = new_offence(&w->arena);
    c->defendants[0]->n_offences = 1;
    return e;
}

static void the_detention_clock_warns_at_three_two_and_one_hours_and_is_missed(void)
{
    world w;
    open_clocks(&w, "2026-11-21T10:00:00Z");
    Dcf__V1__Envelope *e = file(&w, "m1", PRE);
    e->case_submission->pace_clock_expires_at = (char *)"2026-11-21T18:00:00Z";
    e->case_submission->review_type = (char *)"fiveDay";
    give(&w, e);
    STANDS(&w, "pace_detention", "running 2026-11-21T18:00");
    STANDS(&w, "review_five_day", "running 2026-11-26T23:59");
    CU_ASSERT_STRING_EQUAL(clock_of(&w, "pace_detention")->start_message_id, "m1");
    CU_ASSERT_STRING_EQUAL(delivery(&w, 0)->deadline->clock, "pace_detention");
    CU_ASSERT_EQUAL(delivery(&w, 0)->deadline->at_ms, ms("2026-11-21T18:00:00Z"));
    CU_ASSERT_EQUAL(dcf_clock_next_ms(w.state), ms("2026-11-21T15:00:00Z"));
    PASS(&w, "2026-11-21T14:59:59Z", "");
    PASS(&w, "2026-11-21T15:00:00Z", "warned pace_detention");
    PASS(&w, "2026-11-21T17:59:59Z", "warned pace_detention, warned pace_detention");
    PASS(&w, "2026-11-21T18:00:00Z", "missed pace_detention");
    STANDS(&w, "pace_detention", "missed 2026-11-21T18:00");
    PASS(&w, "2026-11-22T18:00:00Z", ""); /* once */
    give(&w, decision(&w, "d1", CODE(A), true));
    STANDS(&w, "pace_detention", "stopped 2026-11-21T18:00");
    CU_ASSERT_EQUAL(clock_of(&w, "pace_detention")->missed_ms, ms("2026-11-21T18:00:00Z"));
    CU_ASSERT_STRING_EQUAL(clock_of(&w, "pace_detention")->end_message_id, "d1");
    close_world(&w);
}

static const Dcf__V1__AuditEvent *told_alarm(const world *w)
{
    for (size_t i = 0; i < w->out.count; i++) {
        const Dcf__V1__AuditEvent *a = w->out.outputs[i].audit;
        if (a && (a->kind == DCF__V1__AUDIT_KIND__AUDIT_KIND_DEADLINE_WARNED ||
                  a->kind == DCF__V1__AUDIT_KIND__AUDIT_KIND_DEADLINE_MISSED))
            return a;
    }
    CU_FAIL_FATAL("no alarm");
    return NULL;
}

static void warnings_that_are_due_at_once_are_told_as_one(void)
{
    world w;
    open_clocks(&w, "2026-11-21T16:30:00Z");
    Dcf__V1__Envelope *e = file(&w, "m1", PRE);
    e->case_submission->pace_clock_expires_at = (char *)"2026-11-21T18:00:00Z";
    give(&w, e);
    CU_ASSERT_EQUAL(clock_of(&w, "pace_detention")->warnings, 2);
    CU_ASSERT_PTR_NOT_NULL(strstr(said(&w), "routed"));
    const Dcf__V1__AuditEvent *a = told_alarm(&w);
    CU_ASSERT_EQUAL(a->kind, DCF__V1__AUDIT_KIND__AUDIT_KIND_DEADLINE_WARNED);
    CU_ASSERT_STRING_EQUAL(a->reason, "DCF-4120");
    CU_ASSERT_STRING_EQUAL(a->message_id, "m1");
    CU_ASSERT_STRING_EQUAL(a->faults[0]->detail, "pace_detention ends 2026-11-21T18:00:00.000Z");
    PASS(&w, "2026-11-21T17:00:00Z", "warned pace_detention");
    close_world(&w);
}

static void a_summary_offence_is_marked_eight_weeks_before_six_months(void)
{
    world w;
    open_clocks(&w, "2026-06-10T10:00:00Z");
    Dcf__V1__Envelope *e = file(&w, "m1", PRE);
    e->case_submission->defendants[0]->offences[0]->category = (char *)"Summary Only";
    e->case_submission->defendants[0]->offences[0]->start_date = (char *)"2026-06-01";
    give(&w, e);
    STANDS(&w, "statutory_time_limit", "running 2026-12-01T23:59");
    CU_ASSERT_EQUAL(dcf_clock_next_ms(w.state),
                    ms("2026-10-06T22:59:00Z")); /* summer time in October */
    PASS(&w, "2026-12-01T23:58:00Z",
         "warned statutory_time_limit, warned statutory_time_limit, warned statutory_time_limit, "
         "warned statutory_time_limit");
    PASS(&w, "2026-12-09T00:00:00Z", "missed statutory_time_limit, missed statutory_time_limit");
    close_world(&w);
}

static void what_the_force_states_goes_before_what_is_counted_and_either_way_has_none(void)
{
    world w;
    open_clocks(&w, "2026-06-10T10:00:00Z");
    Dcf__V1__Envelope *e = file(&w, "m1", PRE);
    e->case_submission->statutory_time_limit = (char *)"2026-11-28";
    give(&w, e);
    STANDS(&w, "statutory_time_limit", "running 2026-11-28T23:59");
    w.state = NULL;
    e = file(&w, "m2", PRE);
    e->case_submission->defendants[0]->offences[0]->category = (char *)"Either Way";
    e->case_submission->defendants[0]->offences[0]->start_date = (char *)"2026-06-01";
    give(&w, e);
    STANDS(&w, "statutory_time_limit", "none");
    w.state = NULL;
    e->message_id = (char *)"m3"; /* police-charged: it has been charged */
    e->case_submission->kind = CHARGED;
    e->case_submission->defendants[0]->offences[0]->category = (char *)"Summary Only";
    give(&w, e);
    STANDS(&w, "statutory_time_limit", "none");
    close_world(&w);
}

static void a_review_is_suspended_while_the_police_owe_something(void)
{
    world w;
    open_clocks(&w, "2026-11-02T10:00:00Z");
    Dcf__V1__Envelope *e = file(&w, "m1", PRE);
    e->case_submission->review_type = (char *)"twentyEightDay";
    give(&w, e);
    STANDS(&w, "review_28_day", "running 2026-11-30T23:59");
    w.now = ms("2026-11-05T10:00:00Z");
    give(&w, plan(&w, "p1", "P", 2)); /* due 2026-12-01 */
    STANDS(&w, "review_28_day", "suspended 2026-11-30T23:59");
    STANDS(&w, "action_item", "running 2026-12-01T23:59");
    CU_ASSERT_STRING_EQUAL(delivery(&w, 0)->deadline->clock, "action_item");
    w.now = ms("2026-11-09T10:00:00Z");
    give(&w, answer(&w, "a1", "P", "i0", "met"));
    STANDS(&w, "review_28_day", "suspended 2026-11-30T23:59");
    STANDS(&w, "action_item", "stopped 2026-12-01T23:59");
    give(&w, answer(&w, "a2", "P", "i1", "partMet"));
    STANDS(&w, "review_28_day", "suspended 2026-11-30T23:59");
    w.now = ms("2026-11-10T10:00:00Z");
    give(&w, answer(&w, "a3", "P", "i1", "notAvailable"));
    STANDS(&w, "review_28_day", "running 2026-12-05T23:59"); /* five days later */
    give(&w, decision(&w, "d1", CODE(A), true));
    STANDS(&w, "review_28_day", "stopped 2026-12-05T23:59");
    close_world(&w);
}

static void each_item_of_a_plan_has_a_clock_of_its_own(void)
{
    world w;
    open_clocks(&w, "2026-11-02T10:00:00Z");
    give(&w, file(&w, "m1", PRE));
    Dcf__V1__Envelope *p = plan(&w, "p1", "P", 3);
    p->action_plan->items[1]->due_date = (char *)"2026-11-10";
    p->action_plan->items[2]->due_date = (char *)"soon"; /* no date: no clock */
    give(&w, p);
    CU_ASSERT_EQUAL(w.state->n_clocks, 2);
    CU_ASSERT_STRING_EQUAL(w.state->clocks[0]->subject, "P/i0");
    CU_ASSERT_STRING_EQUAL(w.state->clocks[1]->subject, "P/i1");
    give(&w, answer(&w, "a1", "P", "i1", "met"));
    CU_ASSERT_STRING_EQUAL(w.state->clocks[0]->state, "running");
    CU_ASSERT_STRING_EQUAL(w.state->clocks[1]->state, "stopped");
    give(&w, answer(&w, "a2", "Q", "i0", "met")); /* of another plan */
    CU_ASSERT_STRING_EQUAL(w.state->clocks[0]->state, "running");
    close_world(&w);
}

static void a_rejected_triage_starts_the_police_s_clock_and_the_new_file_stops_it(void)
{
    world w;
    open_clocks(&w, "2026-11-02T10:00:00Z");
    Dcf__V1__Envelope *e = file(&w, "m1", PRE);
    e->case_submission->review_type = (char *)"fiveDay";
    give(&w, e);
    Dcf__V1__Envelope *t = triage(&w, "t1", "rejected");
    t->triage_outcome->police_response_date = (char *)"2026-11-20";
    give(&w, t);
    STANDS(&w, "police_response", "running 2026-11-20T23:59");
    STANDS(&w, "review_five_day", "stopped 2026-11-07T23:59");
    w.now = ms("2026-11-09T10:00:00Z");
    e = file(&w, "m2", PRE);
    e->case_submission->review_type = (char *)"fiveDay";
    give(&w, e);
    STANDS(&w, "police_response", "stopped 2026-11-20T23:59");
    STANDS(&w, "review_five_day", "running 2026-11-14T23:59"); /* anew */
    close_world(&w);
}

static void a_victim_is_written_to_in_working_days(void)
{
    world w;
    open_clocks(&w, "2026-12-23T15:00:00Z");
    give(&w, file(&w, "m1", PRE));
    Dcf__V1__Envelope *d = decision(&w, "d1", CODE(K), true);
    char *codes[] = {(char *)"DOMV"};
    d->charging_decision->monitoring_codes = codes;
    d->charging_decision->n_monitoring_codes = 1;
    give(&w, d);
    STANDS(&w, "victim_letter", "running 2027-01-04T23:59");
    STANDS(&w, "victim_letter_enhanced", "running 2026-12-24T23:59");
    Dcf__V1__Envelope *v = from(&w, "cps-se", "cms-se", "v1", KEY);
    v->body_case = DCF__V1__ENVELOPE__BODY_VICTIM_NOTICE;
    v->victim_notice = new_victim_notice(&w.arena);
    v->victim_notice->urn = (char *)KEY;
    v->victim_notice->sent_date = (char *)"2026-12-24";
    give(&w, v);
    STANDS(&w, "victim_letter", "stopped 2027-01-04T23:59");
    STANDS(&w, "victim_letter_enhanced", "stopped 2026-12-24T23:59");
    close_world(&w);
}

static Dcf__V1__Envelope *court(world *w, const char *id, const char *text)
{
    Dcf__V1__Envelope *e = from(w, "cps-se", "cms-se", id, KEY);
    Dcf__V1__CourtResult *r = new_court_result(&w->arena);
    e->body_case = DCF__V1__ENVELOPE__BODY_COURT_RESULT;
    e->court_result = r;
    r->urn = (char *)KEY;
    r->hearing = new_hearing(&w->arena);
    r->hearing->date = (char *)"2026-12-14";
    r->cases = dcf_arena_alloc(&w->arena, sizeof(void *));
    r->cases[r->n_cases++] = new_court_case(&w->arena);
    Dcf__V1__CourtDefendant *d = r->cases[0]->defendant = new_court_defendant(&w->arena);
    d->bail_status = (char *)"C";
    d->offences = dcf_arena_alloc(&w->arena, sizeof(void *));
    d->offences[d->n_offences++] = new_court_offence(&w->arena);
    d->offences[0]->results = dcf_arena_alloc(&w->arena, sizeof(void *));
    d->offences[0]->results[d->offences[0]->n_results++] = new_court_result_item(&w->arena);
    d->offences[0]->results[0]->text = (char *)text;
    return e;
}

static void custody_limits_count_what_was_served_before_sending(void)
{
    world w;
    open_clocks(&w, "2026-12-04T12:00:00Z");
    Dcf__V1__Envelope *e = file(&w, "m1", CHARGED);
    e->case_submission->initial_hearing = new_hearing(&w.arena);
    e->case_submission->initial_hearing->date = (char *)"2026-12-04";
    e->case_submission->defendants[0]->custody_status = (char *)"C";
    give(&w, e);
    STANDS(&w, "custody_limit_either_way", "running 2027-02-12T23:59");
    STANDS(&w, "custody_limit_summary", "none");
    w.now = ms("2026-12-14T12:00:00Z");
    give(&w, court(&w, "c1", "Sent to the Crown Court for trial"));
    STANDS(&w, "custody_limit_either_way", "stopped 2027-02-12T23:59");
    /* 182 days from 14 December is 14 June; ten are served; summer time */
    STANDS(&w, "custody_limit_crown", "running 2027-06-04T22:59");
    w.state = NULL;
    e->message_id = (char *)"m2";
    e->case_submission->defendants[0]->offences[0]->category = (char *)"Summary Only";
    give(&w, e);
    STANDS(&w, "custody_limit_summary", "running 2027-01-29T23:59");
    STANDS(&w, "custody_limit_either_way", "none");
    w.state = NULL;
    e->message_id = (char *)"m3";
    e->case_submission->defendants[0]->custody_status = (char *)"U";
    give(&w, e);
    CU_ASSERT_EQUAL(w.state->n_clocks, 0);
    close_world(&w);
}

static void bail_ends_when_stated_or_three_months_after_arrest_and_rui_has_no_end(void)
{
    world w;
    open_clocks(&w, "2026-11-02T10:00:00Z");
    Dcf__V1__Envelope *e = file(&w, "m1", PRE);
    e->case_submission->custody_state = (char *)"Conditional bail";
    e->case_submission->defendants[0]->offences[0]->arrest_date = (char *)"2026-11-01";
    give(&w, e);
    STANDS(&w, "pre_charge_bail", "running 2027-02-01T23:59");
    e->message_id = (char *)"m2";
    e->case_submission->defendants[0]->bail_date = (char *)"2026-12-15";
    give(&w, e);
    STANDS(&w, "pre_charge_bail", "running 2026-12-15T23:59");
    w.state = NULL;
    e = file(&w, "m3", PRE);
    e->case_submission->custody_state = (char *)"Released under investigation";
    give(&w, e);
    STANDS(&w, "released_under_investigation", "running -");
    STANDS(&w, "pre_charge_bail", "none");
    CU_ASSERT_EQUAL(dcf_clock_next_ms(w.state), INT64_MAX);
    close_world(&w);
}

static void a_year_without_bank_holidays_is_told(void)
{
    world w;
    open_clocks(&w, "2028-12-29T10:00:00Z");
    give(&w, file(&w, "m1", PRE));
    give(&w, decision(&w, "d1", CODE(K), true));
    CU_ASSERT_TRUE(clock_of(&w, "victim_letter")->uncertain);
    (void)pass(&w, "2029-01-04T23:59:00Z");
    CU_ASSERT_PTR_NOT_NULL(strstr(w.out.outputs[0].audit->faults[0]->detail, "DCF-4122"));
    close_world(&w);
}

static void a_hostile_plan_fills_no_state(void)
{
    world w;
    open_clocks(&w, "2026-11-02T10:00:00Z");
    give(&w, file(&w, "m1", PRE));
    Dcf__V1__Envelope *p = plan(&w, "p1", "P", 900);
    p->action_plan->plan_id =
        (char *)"0123456789012345678901234567890123456789012345678901234567890"
                "1234567890123456\xc3\xa9\xc3\xa9\xc3\xa9";
    p->action_plan->items[0]->item_id = (char *)"";
    give(&w, p);
    CU_ASSERT_TRUE(w.state->n_clocks <= DCF_CLOCKS_PER_CASE);
    CU_ASSERT_TRUE(strlen(w.state->clocks[0]->subject) < 80);
    const unsigned char *s = (const unsigned char *)w.state->clocks[0]->subject;
    CU_ASSERT_EQUAL(s[strlen((const char *)s) - 1], 0xa9); /* whole characters */
    close_world(&w);
}

static void mistakes_in_the_file_name_their_line(void)
{
    static const struct {
        const char *clock, *says;
    } bad[] = {
        {"{title: T, meaning: M, source: S, who: cps, start: [{on: case_submision}], stop: []}",
         "no message of this name"},
        {"{title: T, meaning: M, source: S, who: me}", "who is force"},
        {"{title: T, meaning: M, source: S, who: cps, start: [{on: triage_outcome, until: [{at: "
         "urns}]}], stop: [{state: [charged]}]}",
         "TriageOutcome has no field urns"},
        {"{title: T, meaning: M, source: S, who: cps, start: [{on: triage_outcome}]}",
         "needs what stops it"},
        {"{title: T, meaning: M, source: S, who: cps, stop: [{state: [judged]}]}",
         "no state judged"},
        {"{title: T, meaning: M, source: S, who: cps, warn: [1 hour, 3 hours]}",
         "the longest first"},
        {"{title: T, meaning: M, source: S, who: cps, less: [y]}", "clocks above"},
        {"{title: T, meaning: M, source: S, who: cps, suspend: [{on: action_plan}]}",
         "go together"},
        {"{title: T, meaning: M, source: S, who: cps, stop: [{on: action_plan, until: [{from: "
         "received, add: 1 day}]}]}",
         "belongs to a start"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char path[] = "/tmp/dcf-clocks-XXXXXX", text[512];
        int fd = mkstemp(path);
        snprintf(text, sizeof text, "version: '1'\nclocks:\n  x: %s\n", bad[i].clock);
        CU_ASSERT_FATAL(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
        close(fd);
        dcf_lifecycle *l = NULL;
        dcf_clocks *c = NULL;
        dcf_yaml_error err = {{0}};
        CU_ASSERT_FATAL(dcf_ok(dcf_lifecycle_load("config/lifecycle.yaml", &l, &err)));
        CU_ASSERT_TRUE(dcf_is(dcf_clocks_load(path, l, NULL, &c, &err), DCF_E_CONFIG));
        if (!strstr(err.text, bad[i].says)) fprintf(stderr, "\n%s\n", err.text);
        CU_ASSERT_PTR_NOT_NULL(strstr(err.text, bad[i].says));
        CU_ASSERT_PTR_NOT_NULL(strstr(err.text, ":3:"));
        dcf_lifecycle_free(l);
        unlink(path);
    }
}

#define TESTS(X)                                                                                   \
    X(the_detention_clock_warns_at_three_two_and_one_hours_and_is_missed)                          \
    X(warnings_that_are_due_at_once_are_told_as_one)                                               \
    X(a_summary_offence_is_marked_eight_weeks_before_six_months)                                   \
    X(what_the_force_states_goes_before_what_is_counted_and_either_way_has_none)                   \
    X(a_review_is_suspended_while_the_police_owe_something)                                        \
    X(each_item_of_a_plan_has_a_clock_of_its_own)                                                  \
    X(a_rejected_triage_starts_the_police_s_clock_and_the_new_file_stops_it)                       \
    X(a_victim_is_written_to_in_working_days)                                                      \
    X(custody_limits_count_what_was_served_before_sending)                                         \
    X(bail_ends_when_stated_or_three_months_after_arrest_and_rui_has_no_end)                       \
    X(a_year_without_bank_holidays_is_told)                                                        \
    X(a_hostile_plan_fills_no_state)                                                               \
    X(mistakes_in_the_file_name_their_line)

UNIT_MAIN("clock", TESTS)
