/* test_lane.c - which lane a delivery goes by: urgent near the end of a clock that asks for it, and
 * never another than what is still on its way. */
#include "fixture.h"

static world w;

static void begin(void)
{
    open_world(&w, "", &(dcf_exchange_config){.clocks = "config/clocks.yaml"});
}

/* A case whose detention clock ends then; "": none runs. */
static const Dcf__V1__Envelope *submit(const char *clock_ends)
{
    Dcf__V1__Envelope *e =
        submission(&w, "s1", DCF__V1__SUBMISSION_KIND__SUBMISSION_KIND_PRE_CHARGE);
    e->case_submission->pace_clock_expires_at = (char *)clock_ends;
    seal(&w, e);
    give(&w, e);
    CU_ASSERT_PTR_NOT_NULL_FATAL(delivery(&w, 0));
    return delivery(&w, 0);
}

static const Dcf__V1__Envelope *notify(const char *id)
{
    give(&w, material(&w, id, "new"));
    CU_ASSERT_PTR_NOT_NULL_FATAL(delivery(&w, 0));
    return delivery(&w, 0);
}

/* The delivery stage tells of it. */
static void tell(const Dcf__V1__Envelope *about, Dcf__V1__ReceiptKind kind)
{
    Dcf__V1__Envelope *e = delivered(&w, about, kind);
    e->sequence = about->sequence;
    give(&w, e);
}

#define DONE    DCF__V1__RECEIPT_KIND__RECEIPT_KIND_DELIVERED
#define REFUSED DCF__V1__RECEIPT_KIND__RECEIPT_KIND_NOT_DELIVERED

/* Of all that was just sent, and of what is sent because of that. */
static void tell_all(void)
{
    const dcf_outcome sent = w.out;
    for (size_t i = 0; i < sent.count; i++) {
        if (sent.outputs[i].kind != DCF_OUTPUT_DELIVER) continue;
        tell(sent.outputs[i].deliver, DONE);
        tell_all();
    }
}

static void a_clock_that_asks_for_it_is_urgent_near_its_end(void)
{
    static const struct {
        const char *ends; /* it is 2026-09-21T14:13:20Z */
        bool urgent;
    } rows[] = {{"", false},
                {"2026-09-21T18:00:00Z", true},
                {"2026-09-25T14:13:20Z", true},
                {"2026-09-25T14:13:21Z", false}, /* more than four days to go */
                {"2026-09-20T14:13:21Z", true},
                {"2026-09-20T14:13:20Z", false}, /* over for a day: an old case */
                {"2016-09-20T14:13:20Z", false}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        begin();
        CU_ASSERT_EQUAL(submit(rows[i].ends)->urgent, rows[i].urgent);
        CU_ASSERT_EQUAL(w.state->sequences[0]->urgent, rows[i].urgent);
        close_world(&w);
    }
}

static void a_clock_that_does_not_ask_for_it_is_not(void)
{
    static const char *const ends[] = {"2026-09-22", "2026-09-20"}; /* near, and over since hours */
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        begin();
        Dcf__V1__Envelope *e =
            submission(&w, "s1", DCF__V1__SUBMISSION_KIND__SUBMISSION_KIND_PRE_CHARGE);
        e->case_submission->statutory_time_limit = (char *)ends[i];
        seal(&w, e);
        give(&w, e);
        CU_ASSERT_TRUE_FATAL(w.state->n_clocks > 0);
        CU_ASSERT_FALSE(delivery(&w, 0)->urgent);
        close_world(&w);
    }
}

static void a_case_changes_its_lane_only_when_nothing_of_it_is_on_its_way(void)
{
    begin();
    const Dcf__V1__Envelope *first = submit("2026-09-26T14:13:20Z"), *second, *third;
    CU_ASSERT_FALSE(first->urgent);
    second = notify("m1");
    w.now += 2 * DAY; /* the clock is near now */
    third = notify("m2");
    CU_ASSERT_FALSE(third->urgent);
    tell(first, DONE);
    tell(second, REFUSED);
    CU_ASSERT_FALSE(notify("m3")->urgent); /* the third is not told of */
    tell(third, DONE);
    CU_ASSERT_FALSE(notify("m4")->urgent); /* nor that of m3 */
    Dcf__V1__Envelope last = *delivery(&w, 0);
    tell(&last, DONE);
    const Dcf__V1__Envelope *urgent = notify("m5");
    CU_ASSERT_TRUE(urgent->urgent);
    w.now += 10 * DAY; /* the clock is over */
    CU_ASSERT_TRUE(notify("m6")->urgent);
    tell_all(); /* of the word that it was missed, too */
    CU_ASSERT_FALSE(notify("m7")->urgent);
    close_world(&w);
}

static void what_stops_the_clock_is_urgent_itself_and_nothing_after_it(void)
{
    begin();
    (void)submit("2026-09-21T18:00:00Z");
    tell_all();
    give(&w, triage(&w, "t1", "accepted"));
    CU_ASSERT_TRUE(delivery(&w, 0)->urgent);
    tell_all();
    give(&w, decision(&w, "d1", DCF__V1__DECISION_CODE__DECISION_CODE_A, true));
    CU_ASSERT_PTR_NOT_NULL_FATAL(delivery(&w, 0));
    CU_ASSERT_EQUAL(delivery(&w, 0)->body_case, DCF__V1__ENVELOPE__BODY_CHARGING_DECISION);
    CU_ASSERT_TRUE(delivery(&w, 0)->urgent);
    tell_all();
    CU_ASSERT_FALSE(notify("m1")->urgent); /* what comes after it has no clock to run from */
    close_world(&w);
}

static void what_is_outside_of_the_case_goes_by_the_ordinary_lane(void)
{
    begin();
    (void)submit("2026-09-21T18:00:00Z");
    Dcf__V1__Envelope *e = from(&w, "met", "met-1", "x1", KEY); /* another force's */
    e->body_case = DCF__V1__ENVELOPE__BODY_MATERIAL_NOTICE;
    e->material_notice = new_material_notice(&w.arena);
    e->material_notice->urn = (char *)KEY;
    e->urgent = true; /* nobody but the exchange says so */
    seal(&w, e);
    give(&w, e);
    CU_ASSERT_PTR_NOT_NULL_FATAL(delivery(&w, 0));
    CU_ASSERT_EQUAL(delivery(&w, 0)->sequence, 0);
    CU_ASSERT_FALSE(delivery(&w, 0)->urgent);
    close_world(&w);
}

#define TESTS(X)                                                                                   \
    X(a_clock_that_asks_for_it_is_urgent_near_its_end)                                             \
    X(a_clock_that_does_not_ask_for_it_is_not)                                                     \
    X(a_case_changes_its_lane_only_when_nothing_of_it_is_on_its_way)                               \
    X(what_stops_the_clock_is_urgent_itself_and_nothing_after_it)                                  \
    X(what_is_outside_of_the_case_goes_by_the_ordinary_lane)
UNIT_MAIN("lanes", TESTS)
