/* history.c - what was: cases, messages, held messages, faults; all from the
 * ledger. */
#include "base/clock.h"
#include "dcf/fault.h"
#include "dcf/v1/audit.pb-c.h"
#include "dcf/v1/envelope.pb-c.h"
#include "ops/internal.h"
#include "security/digest.h"

#include <ctype.h>

/* --- shared pieces ---------------------------------------------------------------------- */

static const char *fault_text(const char *code)
{
    const dcf_fault_row *row = *code ? dcf_fault_row_by_id(code) : NULL;
    return row ? row->text : "";
}

static json_t *fault_json(const Dcf__V1__Fault *f)
{
    const dcf_fault_row *row = dcf_fault_row_by_id(f->code);
    return json_pack("{s:o, s:o, s:I, s:I, s:o, s:o, s:s, s:o, s:s, s:s}", "code",
                     ops_string(f->code), "severity", ops_string(f->severity), "line",
                     (json_int_t)f->line, "column", (json_int_t)f->column, "path",
                     ops_string(f->path), "field", ops_string(f->field), "text",
                     row ? row->text : "", "detail", ops_string(f->detail), "remedy",
                     row ? row->remedy : "", "who", row ? row->who : "");
}

static json_t *faults_json(Dcf__V1__Fault *const *faults, size_t n)
{
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++) json_array_append_new(list, fault_json(faults[i]));
    return list;
}

/* AUDIT_KIND_NOT_DELIVERED -> "not_delivered" */
static json_t *kind_json(Dcf__V1__AuditKind kind)
{
    const ProtobufCEnumValue *v =
        protobuf_c_enum_descriptor_get_value(&dcf__v1__audit_kind__descriptor, (int)kind);
    char text[32] = "";
    const char *name = v ? v->name + strlen("AUDIT_KIND_") : "";
    for (size_t i = 0; name[i] && i + 1 < sizeof text; i++)
        text[i] = (char)tolower((unsigned char)name[i]);
    return json_string(text);
}

enum { HASH_MAX = 32 };

static const char *hex(const ProtobufCBinaryData *hash, char out[2 * HASH_MAX + 1])
{
    return dcf_hex(hash->data, hash->len < HASH_MAX ? hash->len : HASH_MAX, out);
}

/* --- a case -------------------------------------------------------------------------------- */

typedef struct timeline {
    bool names; /* of people, and what they wrote: for all but inspectors */
    json_t *head, *events, *linked;
} timeline;

static void add_head(void *ctx, const dcf_ledger_case *c)
{
    timeline *t = ctx;
    t->head = json_pack("{s:o, s:o, s:o, s:o, s:I, s:b}", "case", ops_string(c->case_key), "state",
                        ops_string(c->state), "first", ops_time(c->first_ms), "last",
                        ops_time(c->last_ms), "events", (json_int_t)c->events, "test", c->test);
}

/* Who did it: "ann, approved by ben"; which fields were put right, by path and hash. */
static json_t *step_json(const Dcf__V1__HeldStep *s)
{
    json_t *fields = json_array();
    for (size_t i = 0; i < s->n_corrections; i++) {
        const Dcf__V1__Correction *k = s->corrections[i];
        char before[2 * HASH_MAX + 1], after[2 * HASH_MAX + 1];
        json_array_append_new(fields, json_pack("{s:o, s:s, s:s}", "field", ops_string(k->field),
                                                "before_sha256", hex(&k->before_sha256, before),
                                                "after_sha256", hex(&k->after_sha256, after)));
    }
    json_t *by = *s->approved_by ? json_sprintf("%s, approved by %s", s->operator_, s->approved_by)
                                 : ops_string(s->operator_);
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "by", by, "job", ops_string(s->job_id),
                     "note", ops_string(s->note), "held_id", ops_string(s->held_id), "record",
                     ops_string(s->record), "corrections", fields);
}

static void add_event(void *ctx, const Dcf__V1__AuditEvent *e)
{
    timeline *t = ctx;
    json_t *event = json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s, s:I, s:I}", "at",
        ops_time(e->at_ms), "hop", kind_json(e->kind), "message_id", ops_string(e->message_id),
        "type", ops_string(e->type), "from", ops_string(e->source_party), "link",
        ops_string(e->source_link), "to", ops_string(e->destination_party), "state_before",
        ops_string(e->state_before), "state_after", ops_string(e->state_after), "reason",
        ops_string(e->reason), "text", fault_text(e->reason), "sequence", (json_int_t)e->sequence,
        "attempts", (json_int_t)e->attempts);
    json_object_update_new(
        event, json_pack("{s:o, s:o, s:o, s:o, s:o, s:b, s:o}", "correlation_id",
                         ops_string(e->correlation_id), "causation_id", ops_string(e->causation_id),
                         "rules_version", ops_string(e->rules_version), "mapping_version",
                         ops_string(e->mapping_version), "instance", ops_string(e->instance),
                         "test", e->test, "faults", faults_json(e->faults, e->n_faults)));
    if (e->step && t->names) json_object_update_new(event, step_json(e->step));
    json_array_append_new(t->events, event);
}

static void add_other(void *ctx, const char *case_key)
{
    json_array_append_new(((timeline *)ctx)->linked, ops_string(case_key));
}

void ops_case(void *self, dcf_http_request *r)
{
    dcf_ops *o = self;
    size_t limit;
    if (!ops_limit(r, DCF_LEDGER_LIMIT, &limit)) return;
    dcf_urn urn;
    const char *key = ops_case_key(r, &urn);
    timeline t = {
        .names = ops_role_of(o, r) > OPS_INSPECTOR, .events = json_array(), .linked = json_array()};
    dcf_status status =
        dcf_ledger_timeline(o->config.ledger, key, limit, add_head, add_event, add_other, &t);
    if (dcf_failed(status)) {
        json_decref(t.head);
        json_decref(t.events);
        json_decref(t.linked);
        ops_ledger_error(r, status, "no such case",
                         "check the URN; a case appears with its first message");
        return;
    }
    json_object_set_new(t.head, "linked", t.linked);
    ops_standing_add(o, key, t.head);
    json_object_set_new(t.head, "timeline", t.events);
    ops_reply(r, 200, t.head);
}

/* --- a message ------------------------------------------------------------------------------ */

static void set_message(void *ctx, const dcf_ledger_message *m)
{
    *(json_t **)ctx = json_pack(
        "{s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s, s:I, s:I, s:I, s:b, s:o}",
        "message_id", ops_string(m->message_id), "status", dcf_message_status_text(m->status),
        "case", ops_string(m->case_key), "type", ops_string(m->type), "from",
        ops_string(m->source_party), "link", ops_string(m->source_link), "to",
        ops_string(m->destination_party), "first", ops_time(m->first_ms), "last",
        ops_time(m->last_ms), "reason", ops_string(m->last->reason), "text",
        fault_text(m->last->reason), "attempts", (json_int_t)m->last->attempts, "duplicates",
        (json_int_t)m->duplicates, "conflicts", (json_int_t)m->conflicts, "test", m->test, "faults",
        faults_json(m->last->faults, m->last->n_faults));
}

void ops_message(void *self, dcf_http_request *r)
{
    dcf_ops *o = self;
    json_t *body = NULL;
    dcf_status status =
        dcf_ledger_message_get(o->config.ledger, dcf_http_param(r, "id"), set_message, &body);
    if (dcf_ok(status))
        ops_reply(r, 200, body);
    else
        ops_ledger_error(r, status, "no such message",
                         "ids read LINK:ID-OF-THE-SENDER; see the timeline of its case");
}

/* --- held ------------------------------------------------------------------------------------ */

static void add_held(void *ctx, const dcf_ledger_held *h)
{
    const dcf_fault_row *row = dcf_fault_row_by_id(h->reason);
    json_array_append_new(
        ctx,
        json_pack(
            "{s:o, s:s, s:o, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:I, s:I, s:o}",
            "held_id", ops_string(h->held_id), "status", dcf_message_status_text(h->status),
            "reason", ops_string(h->reason), "text", row ? row->text : "", "remedy",
            row ? row->remedy : "", "who", row ? row->who : "", "case", ops_string(h->case_key),
            "type", ops_string(h->type), "from", ops_string(h->source_party), "link",
            ops_string(h->source_link), "to", ops_string(h->destination_party), "since",
            ops_time(h->held_ms), "expires", ops_time(h->expires_ms), "native_size",
            (json_int_t)h->native_size, "partition", (json_int_t)h->partition, "offset",
            (json_int_t)h->offset, "faults", faults_json(h->record->faults, h->record->n_faults)));
}

static void add_reason(void *ctx, const char *code, uint64_t count, int64_t oldest_ms)
{
    json_array_append_new(ctx, json_pack("{s:o, s:s, s:I, s:o}", "reason", ops_string(code), "text",
                                         fault_text(code), "count", (json_int_t)count, "oldest",
                                         ops_time(oldest_ms)));
}

/* A slip must not read as "nothing is held"; of a party that is gone something may be. */
static void reply_held(dcf_ops *o, dcf_http_request *r, const dcf_ledger_held_filter *f)
{
    json_t *list = json_array(), *reasons = json_array();
    dcf_status status = dcf_ledger_held_list(o->config.ledger, f, add_held, list);
    if (dcf_ok(status) && !f->held_id)
        status = dcf_ledger_held_reasons(o->config.ledger, add_reason, reasons);
    if (dcf_ok(status) && f->held_id && json_array_size(list) == 0) status = DCF_ERR(NOT_FOUND);
    bool more = f->limit && json_array_size(list) == f->limit; /* or just as many */
    bool slip = json_array_size(list) == 0 && f->party && !ops_knows_party(o, f->party);
    if (dcf_failed(status) || slip) {
        json_decref(list);
        json_decref(reasons);
    }
    if (dcf_failed(status))
        ops_ledger_error(r, status, "not held",
                         "it may have gone on: dcfctl message show (GET /v1/messages/{id}) tells");
    else if (slip)
        ops_no_such_party(r);
    else
        ops_reply(r, 200,
                  json_pack("{s:o, s:o, s:b}", "held", list, "reasons", reasons, "more", more));
}

void ops_held_list(void *self, dcf_http_request *r)
{
    const char *reason = dcf_http_query(r, "reason"), *since = dcf_http_query(r, "since"),
               *until = dcf_http_query(r, "until");
    const dcf_fault_row *row = reason ? dcf_fault_row_by_id(reason) : NULL;
    dcf_ledger_held_filter f = {.reason = row ? row->id : NULL,
                                .party = dcf_http_query(r, "party"),
                                .case_key = dcf_http_query(r, "case")};
    if (!ops_limit(r, 100, &f.limit)) return;
    if (reason && !row) {
        ops_error(r, 400, "reason is not a fault code",
                  "write it as DCF-4005; dcfctl explain (GET /v1/faults) lists them");
        return;
    }
    if ((since && dcf_failed(dcf_time_parse(since, &f.since_ms))) ||
        (until && dcf_failed(dcf_time_parse(until, &f.until_ms)))) {
        ops_error(r, 400, "since or until is not a date-time", "write it as 2026-11-21T15:00:00Z");
        return;
    }
    if (since && until && f.since_ms >= f.until_ms) {
        ops_error(r, 400, "since is not before until", "nothing could be held then: look at both");
        return;
    }
    dcf_urn urn;
    if (f.case_key && dcf_urn_parse(dcf_span_str(f.case_key), &urn) != DCF_ID_BAD_FORM)
        f.case_key = urn.root;
    reply_held(self, r, &f);
}

void ops_held(void *self, dcf_http_request *r)
{
    reply_held(self, r, &(dcf_ledger_held_filter){.held_id = dcf_http_param(r, "id")});
}

/* --- faults --------------------------------------------------------------------------------- */

static void count_fault(void *ctx, const char *code, uint64_t count, int64_t last_ms)
{
    json_object_set_new(
        ctx, code, json_pack("{s:I, s:o}", "count", (json_int_t)count, "last", ops_time(last_ms)));
}

void ops_faults(void *self, dcf_http_request *r)
{
    dcf_ops *o = self;
    size_t n;
    const dcf_fault_row *rows = dcf_fault_rows(&n);
    json_t *list = json_array(), *counts = json_object();
    dcf_status status = dcf_ledger_reasons(o->config.ledger, count_fault, counts);
    for (size_t i = 0; i < n; i++) {
        json_t *row = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:n}", "code",
                                rows[i].id, "name", rows[i].name, "severity",
                                rows[i].severity == DCF_SEVERITY_WARN ? "warn" : "error", "who",
                                rows[i].who, "text", rows[i].text, "cause", rows[i].cause, "remedy",
                                rows[i].remedy, "avoidance", rows[i].avoidance, "count", 0, "last");
        json_t *seen = json_object_get(counts, rows[i].id);
        if (seen) json_object_update(row, seen);
        json_array_append_new(list, row);
    }
    json_decref(counts);
    if (dcf_ok(status)) {
        ops_reply(r, 200, json_pack("{s:o}", "faults", list));
        return;
    }
    json_decref(list);
    ops_ledger_error(r, status, "", "");
}
