/*
 * held.c - what operators set going: jobs on held messages, and a reload. The body of POST /v1/jobs
 * is JSON:
 *
 *   verb        "replay", "correct", "discard"; "hold": held_ids is one message that waits in the
 *               queue of party, and nothing else is given
 *   held_ids    […]; or, to choose: reason, party, case, since, until. All that is given must fit.
 *   set         correct: [{"field": PATH, "value": TEXT}, …]
 *   note        why, for those who come later
 *   per_minute  most messages a minute; left out: as the daemon is configured
 *
 * The caller says who acts by a token of its own, a client certificate or DCF-Operator; a dry run
 * acts not, and needs no name.
 */
#include "base/clock.h"
#include "base/log.h"
#include "dcf/fault.h"
#include "dcf/v1/job.pb-c.h"
#include "ops/internal.h"

#include <stdio.h>
#include <stdlib.h>

enum { IDS_MAX = 10000, SETS_MAX = 100, TEXT_MOST = 4096 };

/* --- the answer ------------------------------------------------------------------------------- */

static const char *verb_text(Dcf__V1__HeldVerb v)
{
    static const char *const texts[] = {"", "replay", "correct", "discard", "hold"};
    return (unsigned)v < sizeof texts / sizeof texts[0] ? texts[v] : "";
}

static json_t *preview_json(const dcf_held_preview *p)
{
    json_t *to = json_array();
    for (size_t i = 0; i < p->destination_count; i++)
        json_array_append_new(to,
                              json_pack("{s:o, s:I}", "party", ops_string(p->destinations[i].party),
                                        "count", (json_int_t)p->destinations[i].count));
    return json_pack("{s:I, s:o, s:o, s:o, s:I, s:I, s:b}", "count", (json_int_t)p->count, "oldest",
                     ops_time(p->oldest_ms), "newest", ops_time(p->newest_ms), "destinations", to,
                     "duplicates", (json_int_t)p->duplicates, "waiting", (json_int_t)p->waiting,
                     "needs_approval", p->needs_approval);
}

static json_t *selection_json(const Dcf__V1__HeldSelection *s)
{
    json_t *ids = json_array();
    for (size_t i = 0; i < s->n_held_ids; i++)
        json_array_append_new(ids, ops_string(s->held_ids[i]));
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "held_ids", ids, "reason",
                     ops_string(s->reason), "party", ops_string(s->party), "case",
                     ops_string(s->case_key), "since", ops_time(s->since_ms), "until",
                     ops_time(s->until_ms));
}

/* The fields that are set, and not to what: values are for those who may see bodies. */
static json_t *sets_json(const Dcf__V1__HeldJob *j)
{
    json_t *fields = json_array();
    for (size_t i = 0; i < j->n_sets; i++)
        json_array_append_new(fields, ops_string(j->sets[i]->field));
    return fields;
}

static json_t *job_json(const dcf_held_job_info *i)
{
    const Dcf__V1__HeldJob *j = i->job;
    json_t *job = json_pack(
        "{s:o, s:s, s:s, s:o, s:o, s:o, s:o, s:I, s:I, s:I, s:I}", "job", ops_string(j->job_id),
        "verb", verb_text(j->verb), "state", i->state, "by", ops_string(j->operator_),
        "approved_by", ops_string(i->approved_by), "instance", ops_string(i->instance), "note",
        ops_string(j->note), "total", (json_int_t)j->total, "done", (json_int_t)i->done, "failed",
        (json_int_t)i->failed, "per_minute", (json_int_t)j->per_minute);
    json_object_update_new(job, json_pack("{s:b, s:o, s:o, s:o, s:o, s:o}", "needs_approval",
                                          j->needs_approval, "created", ops_time(j->created_ms),
                                          "changed", ops_time(i->changed_ms), "last_error",
                                          ops_string(i->last_error), "fields", sets_json(j),
                                          "selection", selection_json(j->selection)));
    return job;
}

static void answer(void *ctx, const dcf_held_reply *reply)
{
    dcf_http_request *r = ctx;
    if (reply->http != 200) {
        ops_error(r, reply->http, reply->error, reply->hint);
        return;
    }
    json_t *jobs = json_array();
    for (size_t i = 0; i < reply->job_count; i++)
        json_array_append_new(jobs, job_json(&reply->jobs[i]));
    ops_reply(r, 200,
              json_pack("{s:o, s:o}", "preview",
                        reply->preview ? preview_json(reply->preview) : json_null(), "jobs", jobs));
}

static void ask(const dcf_ops *o, dcf_http_request *r, const dcf_held_request *q)
{
    if (o->config.provider.held)
        o->config.provider.held(o->config.provider.self, q, answer, r);
    else
        ops_error(r, 503, "nothing can be done with held messages here", "ask a daemon that runs");
}

/* --- the question ------------------------------------------------------------------------------
 */

typedef struct draft { /* borrows from the JSON */
    Dcf__V1__HeldJob job;
    Dcf__V1__HeldSelection selection;
    Dcf__V1__FieldValue values[SETS_MAX], *sets[SETS_MAX];
    char *ids[IDS_MAX];
    char case_key[sizeof((dcf_urn *)0)->root];
} draft;

static bool refuse(dcf_http_request *r, const char *error, const char *hint)
{
    ops_error(r, 400, error, hint);
    return false;
}

/* A text of the object; false when it is there and no text, and r is answered. */
static bool text_of(dcf_http_request *r, const json_t *from, const char *key, char **ret)
{
    const json_t *v = json_object_get(from, key);
    if (!v) return true;
    if (!json_is_string(v) || json_string_length(v) > TEXT_MOST)
        return refuse(r, "a value of the body is no text", "see broker/ops/held.c for the body");
    *ret = (char *)json_string_value(v);
    return true;
}

static bool time_of(dcf_http_request *r, const json_t *from, const char *key, int64_t *ret)
{
    char *text = NULL;
    if (!text_of(r, from, key, &text)) return false;
    if (!text || dcf_ok(dcf_time_parse(text, ret))) return true;
    return refuse(r, "since or until is not a date-time", "write it as 2026-11-21T15:00:00Z");
}

static bool read_verb(dcf_http_request *r, const json_t *body, draft *d)
{
    char *verb = NULL;
    if (!text_of(r, body, "verb", &verb)) return false;
    for (int v = 1; verb && v <= DCF__V1__HELD_VERB__HELD_VERB_HOLD; v++)
        if (strcmp(verb, verb_text((Dcf__V1__HeldVerb)v)) == 0) d->job.verb = (Dcf__V1__HeldVerb)v;
    return d->job.verb ? true
                       : refuse(r, "there is no such verb", "replay, correct, discard or hold");
}

static bool read_ids(dcf_http_request *r, const json_t *body, draft *d)
{
    const json_t *ids = json_object_get(body, "held_ids"), *id;
    size_t i;
    if (json_array_size(ids) > IDS_MAX)
        return refuse(r, "too many ids", "choose by reason, party, case or time");
    json_array_foreach(ids, i, id)
    {
        if (!json_is_string(id)) return refuse(r, "an id is no text", "as held list shows them");
        d->ids[d->selection.n_held_ids++] = (char *)json_string_value(id);
    }
    d->selection.held_ids = d->ids;
    return true;
}

static bool read_selection(dcf_http_request *r, const json_t *body, draft *d)
{
    char *reason = NULL, *key = NULL;
    dcf_urn urn;
    if (!read_ids(r, body, d) || !text_of(r, body, "reason", &reason) ||
        !text_of(r, body, "party", &d->selection.party) || !text_of(r, body, "case", &key) ||
        !time_of(r, body, "since", &d->selection.since_ms) ||
        !time_of(r, body, "until", &d->selection.until_ms))
        return false;
    const dcf_fault_row *row = reason ? dcf_fault_row_by_id(reason) : NULL;
    if (reason && !row)
        return refuse(r, "reason is not a fault code", "write it as DCF-4005; explain lists them");
    if (row) d->selection.reason = (char *)row->id;
    if (key && dcf_urn_parse(dcf_span_str(key), &urn) != DCF_ID_BAD_FORM) {
        snprintf(d->case_key, sizeof d->case_key, "%s", urn.root);
        key = d->case_key;
    }
    if (key) d->selection.case_key = key;
    if (d->selection.n_held_ids || reason || key || *d->selection.party || d->selection.since_ms ||
        d->selection.until_ms)
        return true;
    return refuse(r, "nothing is chosen",
                  "name held ids, or choose by reason, party, case or time");
}

static bool read_sets(dcf_http_request *r, const json_t *body, draft *d)
{
    const json_t *sets = json_object_get(body, "set"), *set;
    size_t i;
    bool corrects = d->job.verb == DCF__V1__HELD_VERB__HELD_VERB_CORRECT;
    if (corrects != (json_array_size(sets) > 0))
        return refuse(r, "set goes with correct, and correct needs it", "--set FIELD=VALUE");
    if (json_array_size(sets) > SETS_MAX) return refuse(r, "too many fields", "at most 100");
    json_array_foreach(sets, i, set)
    {
        dcf__v1__field_value__init(&d->values[i]);
        d->sets[i] = &d->values[i];
        if (!text_of(r, set, "field", &d->values[i].field) ||
            !text_of(r, set, "value", &d->values[i].value))
            return false;
        d->job.n_sets++;
    }
    d->job.sets = d->sets;
    return true;
}

static bool names_one_waiting(dcf_http_request *r, const draft *d)
{
    const Dcf__V1__HeldSelection *s = &d->selection;
    bool other = *s->reason || *s->case_key || s->since_ms || s->until_ms;
    if (d->job.verb != DCF__V1__HELD_VERB__HELD_VERB_HOLD) return true;
    if (s->n_held_ids == 1 && *s->party && !other) return true;
    return refuse(r, "one message is held at a time", "name its receiver and its id");
}

static bool read_draft(dcf_http_request *r, const json_t *body, draft *d)
{
    dcf__v1__held_job__init(&d->job);
    dcf__v1__held_selection__init(&d->selection);
    d->job.selection = &d->selection;
    json_int_t rate = json_integer_value(json_object_get(body, "per_minute"));
    if (rate < 0) return refuse(r, "per_minute is not a number from 1", "leave it out");
    d->job.per_minute = (uint64_t)rate;
    return text_of(r, body, "note", &d->job.note) && read_verb(r, body, d) &&
           read_selection(r, body, d) && names_one_waiting(r, d) && read_sets(r, body, d);
}

/* A browser sends such a type across sites only when asked first: nobody acts by another's page. */
static bool is_json(dcf_http_request *r)
{
    const char *type = dcf_http_get_header(r, "Content-Type");
    if (type && strncasecmp(type, "application/json", 16) == 0) return true;
    ops_error(r, 415, "the body is not JSON", "send Content-Type: application/json");
    return false;
}

static void reloaded(void *ctx, const dcf_reload_reply *reply)
{
    if (reply->reloaded)
        ops_reply(ctx, 200,
                  json_pack("{s:b, s:o}", "reloaded", true, "rules", ops_string(reply->rules)));
    else
        ops_reply(ctx, 409,
                  json_pack("{s:b, s:o, s:o, s:s}", "reloaded", false, "rules",
                            ops_string(reply->rules), "error", ops_string(reply->reason), "hint",
                            "the old configuration goes on; dcfd --check tells every mistake"));
}

void ops_reload(void *self, dcf_http_request *r)
{
    const dcf_ops *o = self;
    char who[OPS_OPERATOR_SIZE];
    if (!is_json(r) || !ops_operator(o, r, who)) return;
    dcf_log(DCF_LOG_INFO, "RELOAD_ASKED", "operator", who, NULL);
    if (o->config.provider.reload)
        o->config.provider.reload(o->config.provider.self, reloaded, r);
    else
        ops_error(r, 503, "this cannot be reloaded", "ask a daemon that runs");
}

void ops_job_new(void *self, dcf_http_request *r)
{
    const dcf_ops *o = self;
    char who[OPS_OPERATOR_SIZE] = "";
    const char *dry = dcf_http_query(r, "dry_run");
    bool acts = !dry || strcmp(dry, "1") != 0;
    bool named = acts || dcf_http_get_header(r, "DCF-Operator"); /* who only looks need not be */
    if (!is_json(r) || (named && !ops_operator(o, r, who))) return;
    dcf_span text = dcf_http_body(r);
    json_t *body = json_loadb((const char *)text.data, text.size, JSON_REJECT_DUPLICATES, NULL);
    draft *d = calloc(1, sizeof *d);
    if (!d)
        ops_error(r, 503, "out of memory", "try again");
    else if (!json_is_object(body))
        ops_error(r, 400, "the body is no JSON object", "see broker/ops/held.c for the body");
    else if (read_draft(r, body, d))
        ask(o, r,
            &(dcf_held_request){
                .ask = acts ? DCF_HELD_START : DCF_HELD_PREVIEW, .operator_ = who, .job = &d->job});
    free(d);
    json_decref(body);
}

/* --- jobs there are ----------------------------------------------------------------------------
 */

void ops_jobs(void *self, dcf_http_request *r)
{
    ask(self, r, &(dcf_held_request){.ask = DCF_HELD_JOBS, .operator_ = ""});
}

void ops_job(void *self, dcf_http_request *r)
{
    ask(self, r,
        &(dcf_held_request){
            .ask = DCF_HELD_JOBS, .operator_ = "", .job_id = dcf_http_param(r, "id")});
}

static void say(const dcf_ops *o, dcf_http_request *r, dcf_held_ask what)
{
    char who[OPS_OPERATOR_SIZE];
    if (!is_json(r) || !ops_operator(o, r, who)) return;
    ask(o, r,
        &(dcf_held_request){.ask = what, .operator_ = who, .job_id = dcf_http_param(r, "id")});
}

void ops_job_approve(void *self, dcf_http_request *r)
{
    say(self, r, DCF_HELD_APPROVE);
}

void ops_job_stop(void *self, dcf_http_request *r)
{
    say(self, r, DCF_HELD_STOP);
}

void ops_job_resume(void *self, dcf_http_request *r)
{
    say(self, r, DCF_HELD_RESUME);
}
