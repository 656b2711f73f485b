/* held_jobs.c - see held_jobs.h. */
#include "daemon/held_jobs.h"

#include "model/message.h"

#include <stdio.h>
#include <stdlib.h>

enum { JOB_MEMORY = 4 << 20 };

void dcf_held_places_free(dcf_held_work *w)
{
    for (size_t i = 0; i < w->count; i++) {
        free(w->places[i].held_id);
        free(w->places[i].reason);
        free(w->places[i].case_key);
        free(w->places[i].party);
    }
    free(w->places);
    w->places = NULL;
    w->count = w->next = 0;
}

void dcf_held_work_fini(dcf_held_work *w)
{
    dcf_held_places_free(w);
    free(w->after_id);
    *w = (dcf_held_work){0};
}

static void job_free(dcf_held_job *j)
{
    dcf_held_work_fini(&j->work);
    dcf_arena_fini(&j->arena);
    free(j);
}

void dcf_held_jobs_fini(dcf_held_jobs *t)
{
    for (size_t i = 0; i < t->count; i++) job_free(t->items[i]);
    *t = (dcf_held_jobs){0};
}

dcf_held_job *dcf_held_jobs_find(const dcf_held_jobs *t, const char *job_id)
{
    for (size_t i = t->count; i-- > 0;)
        if (strcmp(t->items[i]->def->job_id, job_id) == 0) return t->items[i];
    return NULL;
}

static bool is_over(const dcf_held_job *j)
{
    return j->state == DCF__V1__JOB_STATE__JOB_STATE_DONE ||
           j->state == DCF__V1__JOB_STATE__JOB_STATE_STOPPED;
}

/* Room for one more: the oldest that is over goes. */
static bool make_room(dcf_held_jobs *t)
{
    if (t->count < DCF_HELD_JOBS_MAX) return true;
    size_t i = 0;
    while (i < t->count && !is_over(t->items[i])) i++;
    if (i == t->count) return false;
    job_free(t->items[i]);
    memmove(&t->items[i], &t->items[i + 1], (t->count - i - 1) * sizeof t->items[0]);
    t->count--;
    return true;
}

static dcf_status read_record(dcf_span record, dcf_arena *arena, Dcf__V1__JobRecord **ret)
{
    ProtobufCMessage *m = NULL;
    dcf_arena_init(arena, JOB_MEMORY);
    DCF_TRY(dcf_message_unpack(&dcf__v1__job_record__descriptor, record, arena, &m));
    *ret = (Dcf__V1__JobRecord *)m;
    return DCF_OK;
}

static dcf_status add(dcf_held_jobs *t, dcf_span record)
{
    dcf_held_job *j = calloc(1, sizeof *j);
    Dcf__V1__JobRecord *r = NULL;
    if (!j) return DCF_ERR(NOMEM);
    dcf_status s = read_record(record, &j->arena, &r);
    if (dcf_ok(s) && !r->job->selection) s = DCF_ERR(CORRUPT);
    if (dcf_ok(s) && !make_room(t)) s = DCF_ERR(LIMIT);
    if (dcf_failed(s)) {
        job_free(j);
        return s;
    }
    j->def = r->job;
    j->state = j->def->needs_approval ? DCF__V1__JOB_STATE__JOB_STATE_PENDING
                                      : DCF__V1__JOB_STATE__JOB_STATE_RUNNING;
    j->changed_ms = j->def->created_ms;
    snprintf(j->instance, sizeof j->instance, "%s", j->def->instance);
    t->items[t->count++] = j;
    return DCF_OK;
}

static void hear(dcf_held_job *j, const Dcf__V1__JobWord *w)
{
    if (j->state == DCF__V1__JOB_STATE__JOB_STATE_DONE) return;
    if (j->state != w->state) dcf_held_work_fini(&j->work);
    j->state = w->state;
    j->changed_ms = w->at_ms;
    snprintf(j->approved_by, sizeof j->approved_by, "%s", w->approved_by);
    snprintf(j->instance, sizeof j->instance, "%s", w->instance);
}

/* The daemon that does the job hears its own notes late: they take nothing back. */
static void see(dcf_held_job *j, const Dcf__V1__JobProgress *p)
{
    if (p->done > j->done) j->done = p->done;
    if (p->failed > j->failed) j->failed = p->failed;
    j->changed_ms = p->at_ms;
    snprintf(j->last_error, sizeof j->last_error, "%s", p->last_error);
    if (p->finished) j->state = DCF__V1__JOB_STATE__JOB_STATE_DONE;
}

dcf_status dcf_held_jobs_take(dcf_held_jobs *t, dcf_span record)
{
    dcf_arena arena;
    Dcf__V1__JobRecord *r = NULL;
    dcf_held_job *j = NULL;
    dcf_status s = read_record(record, &arena, &r);
    if (dcf_ok(s)) switch (r->kind_case) {
        case DCF__V1__JOB_RECORD__KIND_JOB:
            if (!dcf_held_jobs_find(t, r->job->job_id)) s = add(t, record);
            break;
        case DCF__V1__JOB_RECORD__KIND_WORD:
            j = dcf_held_jobs_find(t, r->word->job_id);
            if (j) hear(j, r->word);
            break;
        case DCF__V1__JOB_RECORD__KIND_PROGRESS:
            j = dcf_held_jobs_find(t, r->progress->job_id);
            if (j) see(j, r->progress);
            break;
        default:
            s = DCF_ERR(CORRUPT);
        }
    dcf_arena_fini(&arena);
    return s;
}

const char *dcf_held_state_text(Dcf__V1__JobState s)
{
    static const char *const texts[] = {"", "pending", "running", "stopped", "done"};
    return (unsigned)s < sizeof texts / sizeof texts[0] ? texts[s] : "";
}
