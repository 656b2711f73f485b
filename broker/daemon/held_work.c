/* held_work.c - finds what a job is about in the ledger, page by page, and says its word on each.
 */
#include "daemon/held_work.h"

#include "base/clock.h"
#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    AT_ONCE = 20,        /* words in one turn of the thread */
    NOTE_MS = 1000,      /* between two notes of progress */
    AGAIN_MS = 1000,     /* after something that may go better later */
    PREVIEW_PAGES = 1000 /* of DCF_LEDGER_LIMIT each */
};

/* --- pages --------------------------------------------------------------------------------- */

typedef struct page {
    dcf_held_work *work;
    bool failed;
} page;

static void add_place(void *self, const dcf_ledger_held *h)
{
    page *p = self;
    dcf_held_work *w = p->work;
    dcf_held_place *grown = realloc(w->places, (w->count + 1) * sizeof *grown);
    if (!grown) {
        p->failed = true;
        return;
    }
    w->places = grown;
    dcf_held_place *at = &grown[w->count];
    *at = (dcf_held_place){.held_id = strdup(h->held_id),
                           .reason = strdup(h->reason),
                           .case_key = strdup(h->case_key),
                           .party = strdup(h->destination_party),
                           .held_ms = h->held_ms,
                           .partition = h->partition,
                           .offset = h->offset};
    w->count++;
    if (!at->held_id || !at->reason || !at->case_key || !at->party) p->failed = true;
}

static const char *some(const char *text)
{
    return text && *text ? text : NULL;
}

static bool holds(const Dcf__V1__HeldJob *job)
{
    return job->verb == DCF__V1__HELD_VERB__HELD_VERB_HOLD;
}

/* Where the next page begins. */
static void advance(dcf_held_work *w)
{
    if (!w->count) return;
    const dcf_held_place *last = &w->places[w->count - 1];
    char *after = strdup(last->held_id);
    if (!after) return; /* then this page is seen again, which is harmless */
    free(w->after_id);
    w->after_id = after;
    w->since_ms = last->held_ms;
}

static dcf_status next_page(dcf_held_desk *d, const Dcf__V1__HeldJob *job, dcf_held_work *w)
{
    const Dcf__V1__HeldSelection *s = job->selection;
    advance(w);
    dcf_held_places_free(w);
    dcf_ledger_held_filter f = {.reason = some(s->reason),
                                .party = some(s->party),
                                .case_key = some(s->case_key),
                                .since_ms = w->after_id ? w->since_ms : s->since_ms,
                                .after_id = w->after_id,
                                .until_ms = s->until_ms};
    if (s->n_held_ids) {
        if (w->id_next == s->n_held_ids) return DCF_OK;
        f.held_id = s->held_ids[w->id_next++];
        f.since_ms = s->since_ms;
        f.after_id = NULL;
    }
    page p = {.work = w};
    if (holds(job)) { /* it waits, and the ledger does not know where */
        add_place(&p, &(dcf_ledger_held){.held_id = f.held_id,
                                         .reason = "",
                                         .case_key = "",
                                         .destination_party = s->party});
        return p.failed ? DCF_ERR(NOMEM) : DCF_OK;
    }
    DCF_TRY(dcf_ledger_held_list(d->config.ledger, &f, add_place, &p));
    return p.failed ? DCF_ERR(NOMEM) : DCF_OK;
}

/* The next that is held and not yet in hand; *ret NULL: there is none. */
static dcf_status next_place(dcf_held_desk *d, const Dcf__V1__HeldJob *job, dcf_held_work *w,
                             dcf_held_place **ret)
{
    const Dcf__V1__HeldSelection *s = job->selection;
    while (w->next == w->count) {
        bool more_ids = s->n_held_ids && w->id_next < s->n_held_ids;
        DCF_TRY(next_page(d, job, w));
        if (!w->count && more_ids) continue;
        if (!w->count) {
            *ret = NULL;
            return DCF_OK;
        }
    }
    *ret = &w->places[w->next];
    return DCF_OK;
}

/* --- preview --------------------------------------------------------------------------------- */

static void see_status(void *self, const dcf_ledger_message *m)
{
    *(bool *)self = m->status == DCF_MESSAGE_ACCEPTED || m->status == DCF_MESSAGE_DELIVERED;
}

/* The message was taken since it was held, or another content came under its id. */
static bool is_duplicate(dcf_held_desk *d, const char *held_id)
{
    char id[512];
    bool taken = false;
    const char *tail = strstr(held_id, "/conflict/");
    snprintf(id, sizeof id, "%.*s", (int)(tail ? (size_t)(tail - held_id) : strlen(held_id)),
             held_id);
    return dcf_ok(dcf_ledger_message_get(d->config.ledger, id, see_status, &taken)) && taken;
}

static void count_destination(dcf_held_preview *p, const char *party)
{
    size_t i = 0;
    while (i < p->destination_count && strcmp(p->destinations[i].party, party) != 0) i++;
    if (i == DCF_HELD_DESTINATIONS) return; /* the total still tells */
    if (i == p->destination_count) {
        snprintf(p->destinations[i].party, sizeof p->destinations[i].party, "%s", party);
        p->destination_count++;
    }
    p->destinations[i].count++;
}

static void count_place(dcf_held_desk *d, dcf_held_preview *p, const dcf_held_place *h, bool held)
{
    p->count++;
    if (!p->oldest_ms || h->held_ms < p->oldest_ms) p->oldest_ms = h->held_ms;
    if (h->held_ms > p->newest_ms) p->newest_ms = h->held_ms;
    p->waiting += h->partition < 0;
    p->duplicates += held && is_duplicate(d, h->held_id);
    count_destination(p, h->party);
}

dcf_status held_preview(dcf_held_desk *d, const Dcf__V1__HeldJob *job, dcf_held_preview *ret)
{
    dcf_held_work w = {0};
    dcf_held_place *h = NULL;
    dcf_status s = DCF_OK;
    *ret = (dcf_held_preview){0};
    for (size_t n = 0; n < (size_t)PREVIEW_PAGES * DCF_LEDGER_LIMIT; n++, w.next++) {
        s = next_place(d, job, &w, &h);
        if (dcf_failed(s) || !h) break;
        count_place(d, ret, h, !holds(job));
    }
    ret->needs_approval = ret->count > d->config.config->held_approve_above;
    dcf_held_work_fini(&w);
    return s;
}

/* --- one message ----------------------------------------------------------------------------- */

static dcf_status make_word(dcf_held_desk *d, const Dcf__V1__HeldJob *job, const char *approved_by,
                            const dcf_held_place *h, dcf_arena *arena, Dcf__V1__Envelope **ret,
                            char why[DCF_WHY_SIZE])
{
    const dcf_config *c = d->config.config;
    const dcf_held_words w = {.parties = &c->parties,
                              .gateway = d->config.gateway,
                              .fetcher = d->fetcher,
                              .topic = c->names.held};
    return dcf_held_word_make(&w, &(dcf_held_said){job, approved_by}, h, arena, ret, why);
}

/* job_id NULL: only whether it could be. */
static dcf_status hold_one(dcf_held_desk *d, const dcf_held_place *h, const char *job_id,
                           char why[DCF_WHY_SIZE])
{
    dcf_status s = d->config.hold(d->config.self, h->party, h->held_id, job_id);
    if (!dcf_is(s, DCF_E_NOT_FOUND) && !dcf_is(s, DCF_E_CONFLICT)) return s;
    snprintf(why, DCF_WHY_SIZE, "%s",
             dcf_is(s, DCF_E_CONFLICT)
                 ? "it is not the first of its case: hold that one, or let it go"
                 : "it does not wait here: it was delivered, is held, or waits at another daemon");
    return DCF_ERR(FAULTY);
}

dcf_status held_try_one(dcf_held_desk *d, const Dcf__V1__HeldJob *job, char why[DCF_WHY_SIZE])
{
    dcf_held_work w = {0};
    dcf_held_place *h = NULL;
    Dcf__V1__Envelope *word = NULL;
    dcf_arena arena;
    dcf_arena_init(&arena, dcf_config_message_memory(d->config.config));
    *why = 0;
    dcf_status s = next_place(d, job, &w, &h);
    if (dcf_ok(s) && !h) s = DCF_ERR(NOT_FOUND);
    if (dcf_ok(s) && holds(job))
        s = hold_one(d, h, NULL, why);
    else if (dcf_ok(s))
        s = make_word(d, job, "", h, &arena, &word, why);
    dcf_arena_fini(&arena);
    dcf_held_work_fini(&w);
    return s;
}

static dcf_status say_word(dcf_held_desk *d, const dcf_held_job *j, const dcf_held_place *h,
                           char why[DCF_WHY_SIZE])
{
    Dcf__V1__Envelope *word = NULL;
    dcf_arena arena;
    if (holds(j->def)) return hold_one(d, h, j->def->job_id, why);
    dcf_arena_init(&arena, dcf_config_message_memory(d->config.config));
    dcf_status s = make_word(d, j->def, j->approved_by, h, &arena, &word, why);
    if (dcf_ok(s)) s = held_send_word(d, word);
    dcf_arena_fini(&arena);
    if (dcf_failed(s) && !*why) snprintf(why, DCF_WHY_SIZE, "%s", dcf_status_text(s));
    return s;
}

/* --- a job -------------------------------------------------------------------------------------
 */

static void note(dcf_held_desk *d, dcf_held_job *j, bool finished)
{
    Dcf__V1__JobProgress p = DCF__V1__JOB_PROGRESS__INIT;
    Dcf__V1__JobRecord r = DCF__V1__JOB_RECORD__INIT;
    char key[96];
    p.job_id = j->def->job_id;
    p.done = j->done;
    p.failed = j->failed;
    p.last_error = j->last_error;
    p.finished = finished;
    p.at_ms = dcf_clock_ms();
    r.kind_case = DCF__V1__JOB_RECORD__KIND_PROGRESS;
    r.progress = &p;
    snprintf(key, sizeof key, "%s/progress", j->def->job_id);
    j->work.noted_ms = dcf_clock_mono_ms();
    if (dcf_failed(held_send_record(d, key, &r))) return; /* the next one tells */
    j->changed_ms = p.at_ms;
    if (!finished) return;
    j->state = DCF__V1__JOB_STATE__JOB_STATE_DONE;
    dcf_held_work_fini(&j->work);
    dcf_log(DCF_LOG_INFO, "HELD_JOB_DONE", "job", j->def->job_id, "done", DCF_U64(j->done),
            "failed", DCF_U64(j->failed), NULL);
}

/* What was done before this daemon was ended is no longer held: what is left tells how far it is.
 */
static dcf_status begin(dcf_held_desk *d, dcf_held_job *j)
{
    dcf_held_preview left;
    DCF_TRY(held_preview(d, j->def, &left));
    uint64_t done = j->def->total > left.count ? j->def->total - left.count : 0;
    if (done > j->done) j->done = done;
    j->failed = 0;
    j->work.begun = true;
    dcf_log(DCF_LOG_INFO, "HELD_JOB_BEGUN", "job", j->def->job_id, "left", DCF_U64(left.count),
            NULL);
    return DCF_OK;
}

/* One message of the job; false when there is nothing more to do now. */
static bool step(dcf_held_desk *d, dcf_held_job *j, int64_t now)
{
    dcf_held_place *h = NULL;
    char why[DCF_WHY_SIZE] = "";
    dcf_status s = j->work.begun ? DCF_OK : begin(d, j);
    if (dcf_ok(s)) s = next_place(d, j->def, &j->work, &h);
    if (dcf_ok(s) && !h) {
        note(d, j, true);
        return false;
    }
    if (dcf_ok(s)) s = say_word(d, j, h, why);
    bool poison = h && dcf_status_class(s) == DCF_CLASS_POISON;
    if (dcf_failed(s) && !poison) { /* Kafka or the ledger is away: the same one later */
        j->work.due_ms = now + AGAIN_MS;
        return false;
    }
    if (poison) snprintf(j->last_error, sizeof j->last_error, "%.120s: %s", h->held_id, why);
    j->failed += poison;
    /* What another job did meanwhile counts as done, and may be met again before the ledger knows.
     */
    j->done += !poison && j->done + j->failed < j->def->total;
    j->work.next++;
    int64_t gap = 60000 / (int64_t)(j->def->per_minute ? j->def->per_minute : 1);
    j->work.due_ms = (j->work.due_ms > now - gap ? j->work.due_ms : now) + gap;
    return true;
}

static void work(dcf_held_desk *d, dcf_held_job *j)
{
    for (int i = 0; i < AT_ONCE && !atomic_load(&d->stop); i++) {
        int64_t now = dcf_clock_mono_ms();
        if (now < j->work.due_ms || !step(d, j, now)) break;
    }
    bool running = j->state == DCF__V1__JOB_STATE__JOB_STATE_RUNNING;
    if (running && dcf_clock_mono_ms() - j->work.noted_ms >= NOTE_MS) note(d, j, false);
}

void held_work_all(dcf_held_desk *d)
{
    if (!atomic_load(d->config.ledger_ready)) return;
    for (size_t i = 0; i < d->jobs.count && !atomic_load(&d->stop); i++) {
        dcf_held_job *j = d->jobs.items[i];
        if (j->state == DCF__V1__JOB_STATE__JOB_STATE_RUNNING &&
            strcmp(j->instance, d->config.config->instance) == 0)
            work(d, j);
    }
}
