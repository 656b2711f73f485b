/* test_held_jobs.c - the list of jobs, as the records of the job topic tell it. */
#include "daemon/held_jobs.h"

#include "model/message.h"
#include "unit.h"

static dcf_held_jobs jobs;

static void take(const Dcf__V1__JobRecord *r)
{
    dcf_buf b = {0};
    CU_ASSERT_FATAL(dcf_ok(dcf_message_pack(&r->base, &b)));
    CU_ASSERT(dcf_ok(dcf_held_jobs_take(&jobs, dcf_buf_span(&b))));
    dcf_buf_fini(&b);
}

static void define(const char *id, bool needs_approval)
{
    Dcf__V1__HeldSelection s = DCF__V1__HELD_SELECTION__INIT;
    Dcf__V1__HeldJob job = DCF__V1__HELD_JOB__INIT;
    Dcf__V1__JobRecord r = DCF__V1__JOB_RECORD__INIT;
    job.job_id = (char *)id;
    job.selection = &s;
    job.instance = (char *)"dcfd-1";
    job.needs_approval = needs_approval;
    r.kind_case = DCF__V1__JOB_RECORD__KIND_JOB;
    r.job = &job;
    take(&r);
}

static void say(const char *id, Dcf__V1__JobState state, const char *instance)
{
    Dcf__V1__JobWord w = DCF__V1__JOB_WORD__INIT;
    Dcf__V1__JobRecord r = DCF__V1__JOB_RECORD__INIT;
    w.job_id = (char *)id;
    w.state = state;
    w.approved_by = (char *)"ben";
    w.instance = (char *)instance;
    w.at_ms = 2000;
    r.kind_case = DCF__V1__JOB_RECORD__KIND_WORD;
    r.word = &w;
    take(&r);
}

static void note(const char *id, uint64_t done, uint64_t failed, bool finished)
{
    Dcf__V1__JobProgress p = DCF__V1__JOB_PROGRESS__INIT;
    Dcf__V1__JobRecord r = DCF__V1__JOB_RECORD__INIT;
    p.job_id = (char *)id;
    p.done = done;
    p.failed = failed;
    p.last_error = (char *)(failed ? "m1: no such case" : "");
    p.at_ms = 1000 + (int64_t)done;
    p.finished = finished;
    r.kind_case = DCF__V1__JOB_RECORD__KIND_PROGRESS;
    r.progress = &p;
    take(&r);
}

#define IS(id, word)                                                                               \
    CU_ASSERT_STRING_EQUAL(dcf_held_state_text(dcf_held_jobs_find(&jobs, id)->state), word)

static void a_job_runs_at_once_or_when_it_is_approved(void)
{
    define("a", false);
    define("b", true);
    IS("a", "running");
    IS("b", "pending");
    say("b", DCF__V1__JOB_STATE__JOB_STATE_RUNNING, "dcfd-2");
    IS("b", "running");
    CU_ASSERT_STRING_EQUAL(dcf_held_jobs_find(&jobs, "b")->approved_by, "ben");
    CU_ASSERT_STRING_EQUAL(dcf_held_jobs_find(&jobs, "b")->instance, "dcfd-2");
    dcf_held_jobs_fini(&jobs);
}

/* After a restart the topic tells all again, and of compacted keys the newest only. */
static void the_same_records_again_change_nothing(void)
{
    for (int i = 0; i < 2; i++) {
        define("a", false);
        note("a", 7, 0, false);
        say("a", DCF__V1__JOB_STATE__JOB_STATE_STOPPED, "dcfd-1");
    }
    CU_ASSERT_EQUAL(jobs.count, 1);
    IS("a", "stopped");
    CU_ASSERT_EQUAL(dcf_held_jobs_find(&jobs, "a")->done, 7);
    dcf_held_jobs_fini(&jobs);
}

static void an_older_note_takes_nothing_back(void)
{
    define("a", false);
    note("a", 7, 2, false);
    note("a", 5, 1, false);
    CU_ASSERT_EQUAL(dcf_held_jobs_find(&jobs, "a")->done, 7);
    CU_ASSERT_EQUAL(dcf_held_jobs_find(&jobs, "a")->failed, 2);
    CU_ASSERT_STRING_EQUAL(dcf_held_jobs_find(&jobs, "a")->last_error, "m1: no such case");
    dcf_held_jobs_fini(&jobs);
}

/* Whoever goes on with it looks up what is still held. */
static void what_was_in_hand_is_forgotten_when_a_job_is_stopped_and_not_before(void)
{
    define("a", false);
    dcf_held_job *j = dcf_held_jobs_find(&jobs, "a");
    j->work.begun = true;
    say("a", DCF__V1__JOB_STATE__JOB_STATE_RUNNING, "dcfd-1"); /* as it was */
    CU_ASSERT_TRUE(j->work.begun);
    say("a", DCF__V1__JOB_STATE__JOB_STATE_STOPPED, "dcfd-1");
    CU_ASSERT_FALSE(j->work.begun);
    CU_ASSERT_EQUAL(j->changed_ms, 2000);
    dcf_held_jobs_fini(&jobs);
}

static void what_is_done_stays_done(void)
{
    define("a", false);
    note("a", 9, 0, true);
    CU_ASSERT_EQUAL(dcf_held_jobs_find(&jobs, "a")->changed_ms, 1009);
    say("a", DCF__V1__JOB_STATE__JOB_STATE_RUNNING, "dcfd-1");
    IS("a", "done");
    say("nobody", DCF__V1__JOB_STATE__JOB_STATE_RUNNING, "dcfd-1");
    CU_ASSERT_EQUAL(jobs.count, 1);
    dcf_held_jobs_fini(&jobs);
}

static void the_oldest_that_is_over_goes_for_a_new_one_and_none_that_runs(void)
{
    char id[16];
    for (int i = 0; i < DCF_HELD_JOBS_MAX; i++) {
        snprintf(id, sizeof id, "j%d", i);
        define(id, false);
    }
    Dcf__V1__HeldSelection s = DCF__V1__HELD_SELECTION__INIT;
    Dcf__V1__HeldJob job = DCF__V1__HELD_JOB__INIT;
    Dcf__V1__JobRecord r = DCF__V1__JOB_RECORD__INIT;
    dcf_buf b = {0};
    job.job_id = (char *)"new";
    job.selection = &s;
    r.kind_case = DCF__V1__JOB_RECORD__KIND_JOB;
    r.job = &job;
    CU_ASSERT_FATAL(dcf_ok(dcf_message_pack(&r.base, &b)));
    CU_ASSERT(dcf_is(dcf_held_jobs_take(&jobs, dcf_buf_span(&b)), DCF_E_LIMIT));
    note("j3", 1, 0, true);
    CU_ASSERT(dcf_ok(dcf_held_jobs_take(&jobs, dcf_buf_span(&b))));
    CU_ASSERT_PTR_NULL(dcf_held_jobs_find(&jobs, "j3"));
    CU_ASSERT_PTR_NOT_NULL(dcf_held_jobs_find(&jobs, "j0"));
    CU_ASSERT_PTR_NOT_NULL(dcf_held_jobs_find(&jobs, "new"));
    dcf_buf_fini(&b);
    dcf_held_jobs_fini(&jobs);
}

static void bytes_that_are_no_record_are_refused(void)
{
    CU_ASSERT_STRING_EQUAL(dcf_held_state_text((Dcf__V1__JobState)5), ""); /* of a newer version */
    CU_ASSERT(dcf_is(dcf_held_jobs_take(&jobs, dcf_span_str("\xff\xff")), DCF_E_CORRUPT));
    CU_ASSERT(dcf_is(dcf_held_jobs_take(&jobs, dcf_span_str("")), DCF_E_CORRUPT));
    CU_ASSERT(dcf_is(dcf_held_jobs_take(&jobs, dcf_span_str("\x0a\x03\x0a\x01j")),
                     DCF_E_CORRUPT)); /* a job about nothing */
    CU_ASSERT_EQUAL(jobs.count, 0);
}

#define TESTS(X)                                                                                   \
    X(a_job_runs_at_once_or_when_it_is_approved)                                                   \
    X(the_same_records_again_change_nothing)                                                       \
    X(an_older_note_takes_nothing_back)                                                            \
    X(what_was_in_hand_is_forgotten_when_a_job_is_stopped_and_not_before)                          \
    X(what_is_done_stays_done)                                                                     \
    X(the_oldest_that_is_over_goes_for_a_new_one_and_none_that_runs)                               \
    X(bytes_that_are_no_record_are_refused)

UNIT_MAIN("held_jobs", TESTS)
