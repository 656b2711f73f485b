/* clocks.c - the time limits of a case as they stand: the newest word of the audit on each. */
#include "dcf/v1/audit.pb-c.h"
#include "model/ids.h"
#include "ops/internal.h"

typedef struct standing {
    json_t *head;
    json_t *clocks; /* by "clock/subject", while it is gathered; then a list */
} standing;

static void add_head(void *ctx, const dcf_ledger_case *c)
{
    standing *s = ctx;
    s->head =
        json_pack("{s:o, s:o}", "case", ops_string(c->case_key), "state", ops_string(c->state));
}

static json_t *clock_json(const Dcf__V1__Clock *k)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:o, s:o, s:o, s:o, s:b, s:o}", "clock",
                     ops_string(k->clock), "subject", ops_string(k->subject), "state",
                     ops_string(k->state), "deadline", ops_time(k->deadline_ms), "started",
                     ops_time(k->started_ms), "start_message_id", ops_string(k->start_message_id),
                     "alerts", (json_int_t)k->warnings, "suspended", ops_time(k->suspended_ms),
                     "ended", ops_time(k->ended_ms), "end_message_id",
                     ops_string(k->end_message_id), "missed", ops_time(k->missed_ms), "uncertain",
                     k->uncertain, "version", ops_string(k->version));
}

static void add_event(void *ctx, const Dcf__V1__AuditEvent *e)
{
    standing *s = ctx;
    for (size_t i = 0; i < e->n_clocks; i++) {
        dcf_buf key DCF_CLEANUP(dcf_buf_fini) = {0};
        dcf_buf_printf(&key, "%s/%s", e->clocks[i]->clock, e->clocks[i]->subject);
        json_object_set_new(s->clocks, dcf_buf_cstr(&key), clock_json(e->clocks[i]));
    }
}

static void no_other(void *ctx, const char *case_key)
{
    (void)ctx;
    (void)case_key;
}

static dcf_status stands(const dcf_ops *o, const char *key, standing *ret)
{
    standing s = {.clocks = json_object()};
    dcf_status status = dcf_ledger_timeline(o->config.ledger, key, DCF_LEDGER_LIMIT, add_head,
                                            add_event, no_other, &s);
    json_t *list = json_array(), *clock;
    const char *name;
    json_object_foreach(s.clocks, name, clock) json_array_append(list, clock);
    json_decref(s.clocks);
    *ret = (standing){s.head, list};
    return status;
}

json_t *ops_clocks_of(const dcf_ops *o, const char *key)
{
    standing s;
    (void)stands(o, key, &s); /* a list in any case */
    json_decref(s.head);
    return s.clocks;
}

void ops_clocks(void *self, dcf_http_request *r)
{
    const char *key = dcf_http_param(r, "urn");
    dcf_urn urn;
    standing s;
    if (dcf_urn_parse(dcf_span_str(key), &urn) != DCF_ID_BAD_FORM) key = urn.root;
    dcf_status status = stands(self, key, &s);
    if (dcf_failed(status)) {
        json_decref(s.head);
        json_decref(s.clocks);
        ops_ledger_error(r, status, "no such case",
                         "check the URN; a case appears with its first message");
        return;
    }
    json_object_set_new(s.head, "clocks", s.clocks);
    ops_reply(r, 200, s.head);
}
