/* held_answer.c - what an operator asked of the desk, and what is answered. */
#include "daemon/held_work.h"

#include "base/clock.h"
#include "base/log.h"
#include "model/message.h"
#include "security/digest.h"
#include "security/random.h"

#include <stdio.h>

typedef struct answer {
    dcf_held_desk *desk;
    dcf_held_done *done;
    void *ctx;
} answer;

static void fail(const answer *a, int http, const char *error, const char *hint)
{
    a->done(a->ctx, &(dcf_held_reply){.http = http, .error = error, .hint = hint});
}

static void fail_kafka(const answer *a)
{
    fail(a, 503, "Kafka did not confirm it",
         "look at held jobs, and ask again when it is not there");
}

static dcf_held_job_info info_of(const dcf_held_job *j)
{
    return (dcf_held_job_info){.job = j->def,
                               .state = dcf_held_state_text(j->state),
                               .approved_by = j->approved_by,
                               .instance = j->instance,
                               .last_error = j->last_error,
                               .done = j->done,
                               .failed = j->failed,
                               .changed_ms = j->changed_ms};
}

/* --- jobs ------------------------------------------------------------------------------------ */

static void tell_jobs(const answer *a, const char *job_id)
{
    dcf_held_job_info list[DCF_HELD_JOBS_MAX];
    size_t n = 0;
    const dcf_held_jobs *jobs = &a->desk->jobs;
    for (size_t i = jobs->count; i-- > 0;)
        if (!job_id || strcmp(jobs->items[i]->def->job_id, job_id) == 0)
            list[n++] = info_of(jobs->items[i]);
    if (job_id && !n)
        fail(a, 404, "no such job", "held jobs lists them");
    else
        a->done(a->ctx, &(dcf_held_reply){.http = 200, .jobs = list, .job_count = n});
}

/* --- a new one ---------------------------------------------------------------------------------
 */

static dcf_status publish(dcf_held_desk *d, const char *key, Dcf__V1__JobRecord *r)
{
    dcf_buf packed DCF_CLEANUP(dcf_buf_fini) = {0};
    DCF_TRY(held_send_record(d, key, r));
    DCF_TRY(dcf_message_pack(&r->base, &packed));
    return dcf_held_jobs_take(&d->jobs, dcf_buf_span(&packed)); /* it comes by the topic as well */
}

static void start_job(const answer *a, Dcf__V1__HeldJob *job, const dcf_held_preview *p)
{
    uint8_t bytes[4];
    char hex[9], id[16];
    Dcf__V1__JobRecord r = DCF__V1__JOB_RECORD__INIT;
    dcf_random_bytes(bytes, sizeof bytes);
    snprintf(id, sizeof id, "job-%s", dcf_hex(bytes, sizeof bytes, hex));
    job->job_id = id;
    job->instance = (char *)a->desk->config.config->instance;
    job->total = p->count;
    job->needs_approval = p->needs_approval;
    r.kind_case = DCF__V1__JOB_RECORD__KIND_JOB;
    r.job = job;
    dcf_status s = publish(a->desk, id, &r);
    const dcf_held_job *j = dcf_held_jobs_find(&a->desk->jobs, id);
    if (dcf_is(s, DCF_E_LIMIT)) {
        fail(a, 409, "too many jobs are not finished", "stop some: held jobs lists them");
    } else if (dcf_failed(s) || !j) {
        fail_kafka(a);
    } else {
        dcf_log(DCF_LOG_INFO, "HELD_JOB", "job", id, "operator", job->operator_, "messages",
                DCF_U64(p->count), "state", dcf_held_state_text(j->state), NULL);
        dcf_held_job_info info = info_of(j);
        a->done(a->ctx,
                &(dcf_held_reply){.http = 200, .preview = p, .jobs = &info, .job_count = 1});
    }
}

/* A word on one message is tried before it is promised. */
static bool can_be_done(const answer *a, const Dcf__V1__HeldJob *job, const dcf_held_preview *p)
{
    char why[DCF_WHY_SIZE] = "";
    if (job->verb == DCF__V1__HELD_VERB__HELD_VERB_CORRECT && p->count != 1) {
        fail(a, 400, "one message is corrected at a time", "name it by its id");
        return false;
    }
    if (p->count != 1) return true;
    dcf_status s = held_try_one(a->desk, job, why);
    if (dcf_ok(s)) return true;
    if (dcf_status_class(s) == DCF_CLASS_POISON)
        fail(a, 422, *why ? why : dcf_status_text(s),
             job->verb == DCF__V1__HELD_VERB__HELD_VERB_HOLD ? "queue list PARTY names what waits"
                                                             : "held show tells its faults");
    else
        fail_kafka(a);
    return false;
}

static void plan(const answer *a, const dcf_held_request *q)
{
    Dcf__V1__HeldJob job = *q->job;
    Dcf__V1__HeldSelection selection = *job.selection;
    dcf_held_preview p;
    job.operator_ = (char *)q->operator_;
    job.created_ms = dcf_clock_ms();
    if (!job.per_minute) job.per_minute = a->desk->config.config->held_per_minute;
    if (job.per_minute > DCF_HELD_RATE_MOST) job.per_minute = DCF_HELD_RATE_MOST;
    if (!selection.until_ms || selection.until_ms > job.created_ms)
        selection.until_ms = job.created_ms + 1;
    job.selection = &selection;
    if (!atomic_load(a->desk->config.ledger_ready))
        fail(a, 503, "the ledger is not level with Kafka yet", "ask again in a moment");
    else if (dcf_failed(held_preview(a->desk, &job, &p)))
        fail(a, 503, "the ledger cannot be read", "look at the daemon's log for LEDGER_SQLITE");
    else if (!p.count)
        fail(a, 404, "nothing that is held fits", "held list shows what is held");
    else if (!can_be_done(a, &job, &p))
        return;
    else if (q->ask == DCF_HELD_PREVIEW)
        a->done(a->ctx, &(dcf_held_reply){.http = 200, .preview = &p});
    else
        start_job(a, &job, &p);
}

/* --- words on jobs ------------------------------------------------------------------------------
 */

static const char *refusal_of(const dcf_held_job *j, const dcf_held_request *q)
{
    switch (q->ask) {
    case DCF_HELD_APPROVE:
        if (j->state != DCF__V1__JOB_STATE__JOB_STATE_PENDING) return "it waits for no approval";
        if (strcasecmp(j->def->operator_, q->operator_) == 0)
            return "who asked for it cannot approve it";
        return NULL;
    case DCF_HELD_STOP:
        return j->state == DCF__V1__JOB_STATE__JOB_STATE_DONE ? "it is done" : NULL;
    case DCF_HELD_RESUME:
        if (j->state == DCF__V1__JOB_STATE__JOB_STATE_DONE) return "it is done";
        if (j->state == DCF__V1__JOB_STATE__JOB_STATE_PENDING ||
            (j->def->needs_approval && !j->approved_by[0]))
            return "it was never approved";
        return NULL;
    default:
        return "";
    }
}

static void say_on_job(const answer *a, const dcf_held_request *q)
{
    dcf_held_job *j = dcf_held_jobs_find(&a->desk->jobs, q->job_id);
    if (!j) {
        fail(a, 404, "no such job", "held jobs lists them");
        return;
    }
    const char *refusal = refusal_of(j, q);
    if (refusal) {
        fail(a, 409, refusal, "held jobs tells how it stands, and who asked for it");
        return;
    }
    Dcf__V1__JobWord w = DCF__V1__JOB_WORD__INIT;
    Dcf__V1__JobRecord r = DCF__V1__JOB_RECORD__INIT;
    char key[96];
    w.job_id = j->def->job_id;
    w.state = q->ask == DCF_HELD_STOP ? DCF__V1__JOB_STATE__JOB_STATE_STOPPED
                                      : DCF__V1__JOB_STATE__JOB_STATE_RUNNING;
    w.operator_ = (char *)q->operator_;
    w.approved_by = q->ask == DCF_HELD_APPROVE ? (char *)q->operator_ : j->approved_by;
    w.instance = q->ask == DCF_HELD_STOP ? j->instance : (char *)a->desk->config.config->instance;
    w.at_ms = dcf_clock_ms();
    r.kind_case = DCF__V1__JOB_RECORD__KIND_WORD;
    r.word = &w;
    snprintf(key, sizeof key, "%s/word", j->def->job_id);
    if (dcf_failed(publish(a->desk, key, &r))) {
        fail_kafka(a);
        return;
    }
    dcf_log(DCF_LOG_INFO, "HELD_JOB_WORD", "job", q->job_id, "operator", q->operator_, "state",
            dcf_held_state_text(j->state), NULL);
    tell_jobs(a, q->job_id);
}

void held_answer(dcf_held_desk *d, const dcf_held_request *q, dcf_held_done *done, void *ctx)
{
    const answer a = {d, done, ctx};
    if (!d->reader)
        fail(&a, 503, "not connected to Kafka", "look at the daemon's log");
    else if (q->ask == DCF_HELD_JOBS)
        tell_jobs(&a, q->job_id);
    else if (q->ask == DCF_HELD_PREVIEW || q->ask == DCF_HELD_START)
        plan(&a, q);
    else
        say_on_job(&a, q);
}
