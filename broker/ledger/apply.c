/* apply.c - one record of dcf.audit or dcf.held becomes rows, counters and the next offset. */
#include "base/log.h"
#include "dcf/v1/audit.pb-c.h"
#include "dcf/v1/envelope.pb-c.h"
#include "ledger/internal.h"
#include "model/audit.h"
#include "model/message.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *text, *bucket;
} STATUSES[] = {
#define STATUS_ROW(name, text, bucket) {text, bucket},
    DCF_MESSAGE_STATUS_TABLE(STATUS_ROW)
#undef STATUS_ROW
};

enum { KEEP = -1 };

/* What an event makes of its message; a kind without a row is on the timeline and changes nothing.
 */
static const struct kind_row {
    int status;          /* KEEP: it stays, unless this is the first seen of the message */
    int if_first;        /* then this */
    bool arrives;        /* the message is in the broker's care from here */
    bool closes;         /* what was held of it has gone on */
    bool reasoned;       /* its reason is counted */
    const char *counter; /* counted per link; NULL: not */
} KINDS[] = {
#define KIND(name) [DCF__V1__AUDIT_KIND__AUDIT_KIND_##name]
    KIND(RECEIVED) = {KEEP, DCF_MESSAGE_RECEIVED, true, false, false,
                      NULL}, /* also before DUPLICATE */
    KIND(REFUSED) = {DCF_MESSAGE_REJECTED, 0, true, false, true, NULL},
    KIND(DUPLICATE) = {KEEP, DCF_MESSAGE_RECEIVED, false, false, false, "duplicates"},
    KIND(CONFLICT) = {KEEP, DCF_MESSAGE_HELD, false, false, true, "conflicts"},
    KIND(APPLIED) = {DCF_MESSAGE_ACCEPTED, 0, false, true, false, "applied"},
    KIND(ROUTED) = {DCF_MESSAGE_ACCEPTED, 0, false, false, false, NULL},
    KIND(HELD) = {DCF_MESSAGE_HELD, 0, false, false, true, NULL},
    KIND(RELEASED) = {DCF_MESSAGE_ACCEPTED, 0, false, true, false, NULL},
    KIND(EXPIRED) = {DCF_MESSAGE_EXPIRED, 0, false, true, true, NULL},
    KIND(DELIVERED) = {DCF_MESSAGE_DELIVERED, 0, false, true, false, NULL},
    KIND(SHADOWED) = {DCF_MESSAGE_SHADOWED, 0, false, true, false, NULL},
    KIND(NOT_DELIVERED) = {DCF_MESSAGE_NOT_DELIVERED, 0, false, false, true, NULL},
    KIND(REPLAYED) = {KEEP, DCF_MESSAGE_RECEIVED, false, true, false, NULL},
    KIND(CORRECTED) = {KEEP, DCF_MESSAGE_RECEIVED, false, true, false, NULL},
    KIND(DISCARDED) = {DCF_MESSAGE_DISCARDED, 0, false, true, false, NULL},
    KIND(SEQUENCE_GAP) = {KEEP, DCF_MESSAGE_RECEIVED, false, false, true, NULL},
    KIND(SEQUENCE_CLASH) = {KEEP, DCF_MESSAGE_RECEIVED, false, false, true, NULL},
    KIND(SUPERSEDED) = {DCF_MESSAGE_SUPERSEDED, 0, false, true, true, NULL},
    KIND(ACKNOWLEDGED) = {KEEP, DCF_MESSAGE_ACCEPTED, false, false, false, NULL},
    KIND(NOT_ACKNOWLEDGED) = {KEEP, DCF_MESSAGE_ACCEPTED, false, false, true, NULL},
    KIND(EXPORTED) = {KEEP, DCF_MESSAGE_RECEIVED, false, false, false, NULL},
    KIND(MERGED) = {DCF_MESSAGE_DELIVERED, 0, false, true, false, NULL},
#undef KIND
};

static const struct kind_row *row_of(Dcf__V1__AuditKind kind)
{
    static const struct kind_row nothing = {KEEP, DCF_MESSAGE_RECEIVED, false, false, false, NULL};
    bool known = (size_t)kind < sizeof KINDS / sizeof KINDS[0] && KINDS[kind].status;
    return known ? &KINDS[kind] : &nothing;
}

const char *dcf_message_status_text(dcf_message_status s)
{
    return STATUSES[s].text;
}

const char *dcf_message_status_bucket(dcf_message_status s)
{
    return STATUSES[s].bucket;
}

static dcf_status apply_case(dcf_ledger *l, const Dcf__V1__AuditEvent *e)
{
    if (!*e->case_key) return DCF_OK;
    DCF_TRY(ledger_take_case(l, e));
    ledger_case_row *c = &l->case_row;
    if (*e->state_after) c->state = e->state_after;
    if (e->at_ms > c->last_ms) c->last_ms = e->at_ms;
    c->events++;
    return DCF_OK;
}

static int status_after(const ledger_message_row *before, Dcf__V1__AuditKind kind)
{
    if (row_of(kind)->status == KEEP)
        return before->status < 0 ? row_of(kind)->if_first : before->status;
    /* A refused delivery is held for a person: the two events come in either order, and held is the
     * news. */
    if (kind == DCF__V1__AUDIT_KIND__AUDIT_KIND_NOT_DELIVERED && before->status == DCF_MESSAGE_HELD)
        return DCF_MESSAGE_HELD;
    return row_of(kind)->status;
}

static dcf_status count_message(dcf_ledger *l, const ledger_message_row *before, int after,
                                Dcf__V1__AuditKind kind)
{
    if (before->status != after) {
        if (before->status >= 0)
            DCF_TRY(ledger_count(l, before->link, STATUSES[before->status].bucket, -1));
        DCF_TRY(ledger_count(l, before->link, STATUSES[after].bucket, 1));
    }
    if (row_of(kind)->arrives && !before->arrived)
        DCF_TRY(ledger_count(l, before->link, "received", 1));
    return row_of(kind)->counter ? ledger_count(l, before->link, row_of(kind)->counter, 1) : DCF_OK;
}

/* The part of a held record that the ledger keeps: no envelope, no body. */
static dcf_status pack_kept(dcf_ledger *l, const Dcf__V1__Held *held, dcf_span *ret)
{
    Dcf__V1__Held kept = *held;
    kept.envelope = NULL;
    kept.native_body = (ProtobufCBinaryData){0};
    uint8_t *bytes = dcf_arena_alloc(&l->arena, dcf__v1__held__get_packed_size(&kept));
    if (!bytes) return DCF_ERR(NOMEM);
    *ret = dcf_span_of(bytes, dcf__v1__held__pack(&kept, bytes));
    return DCF_OK;
}

/* What waits for its case is held in the case's state, and has no record in dcf.held: the event
 * tells. */
static dcf_status note_held(dcf_ledger *l, const Dcf__V1__AuditEvent *e)
{
    Dcf__V1__Held held = DCF__V1__HELD__INIT;
    held.faults = e->faults;
    held.n_faults = e->n_faults;
    dcf_span value;
    DCF_TRY(pack_kept(l, &held, &value));
    ledger_bind(l->statements[HELD_NOTE], "ttitttttb", e->message_id, e->reason, e->at_ms,
                e->case_key, e->type, e->source_party, e->source_link, e->destination_party, value);
    return ledger_run(l, HELD_NOTE);
}

/* What an event shows of its link in the stage the message came in. */
static dcf_status count_stage(dcf_ledger *l, const Dcf__V1__AuditEvent *e,
                              const ledger_message_row *m, bool came)
{
    static const char *const names[] = {[DCF__V1__AUDIT_KIND__AUDIT_KIND_REFUSED] = "refused",
                                        [DCF__V1__AUDIT_KIND__AUDIT_KIND_HELD] = "held",
                                        [DCF__V1__AUDIT_KIND__AUDIT_KIND_CONFLICT] = "held",
                                        [DCF__V1__AUDIT_KIND__AUDIT_KIND_DELIVERED] = "delivered",
                                        [DCF__V1__AUDIT_KIND__AUDIT_KIND_NOT_DELIVERED] =
                                            "not_delivered",
                                        [DCF__V1__AUDIT_KIND__AUDIT_KIND_SHADOWED] = "shadowed",
                                        [DCF__V1__AUDIT_KIND__AUDIT_KIND_COMPARED] = "compared"};
    static const char lost_on_write[] = "DCF-2013";
    const char *name = (size_t)e->kind < sizeof names / sizeof names[0] ? names[e->kind] : NULL;
    char what[64];
    bool is_written = e->kind == DCF__V1__AUDIT_KIND__AUDIT_KIND_SHADOWED ||
                      e->kind == DCF__V1__AUDIT_KIND__AUDIT_KIND_DELIVERED;
    int64_t lost = 0;
    if (!*m->link || !*m->stage) return DCF_OK;
    for (size_t i = 0; i < e->n_faults; i++) lost += strcmp(e->faults[i]->code, lost_on_write) == 0;
    const struct {
        const char *name;
        int64_t n;
    } counts[] = {{"messages", came},
                  {name, name != NULL},
                  {"differing", e->kind == DCF__V1__AUDIT_KIND__AUDIT_KIND_COMPARED && e->n_faults},
                  {"lost", is_written ? lost : 0}};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        if (!counts[i].n) continue;
        snprintf(what, sizeof what, "stage/%s/%s", m->stage, counts[i].name);
        DCF_TRY(ledger_count(l, m->link, what, counts[i].n));
    }
    if (!came) return DCF_OK;
    snprintf(what, sizeof what, "stage/%s/since", m->stage);
    ledger_bind(l->statements[STAGE_SINCE], "tti", m->link, what, e->at_ms);
    return ledger_run(l, STAGE_SINCE);
}

/* What the event makes of the row. */
static void change_message(ledger_message_row *m, const Dcf__V1__AuditEvent *e, ledger_place at)
{
    const struct kind_row *row = row_of(e->kind);
    bool decides = row->status != KEEP || m->status < 0;
    m->status = status_after(m, e->kind);
    m->arrived = m->arrived || row->arrives;
    m->duplicates += e->kind == DCF__V1__AUDIT_KIND__AUDIT_KIND_DUPLICATE;
    m->conflicts += e->kind == DCF__V1__AUDIT_KIND__AUDIT_KIND_CONFLICT;
    if (row->closes && e->at_ms > m->closed_ms) m->closed_ms = e->at_ms;
    if (*e->destination_party) m->destination_party = e->destination_party;
    if (!decides) return;
    m->last_ms = e->at_ms;
    m->at = at;
}

static dcf_status apply_message(dcf_ledger *l, const Dcf__V1__AuditEvent *e, ledger_place at)
{
    DCF_TRY(ledger_take_message(l, e, at));
    ledger_message_row *m = &l->message_row;
    const ledger_message_row before = *m;
    DCF_TRY(count_stage(l, e, &before, row_of(e->kind)->arrives && !before.arrived));
    DCF_TRY(ledger_reconcile(l, e, at, &m->hops));
    change_message(m, e, at);
    if (e->kind == DCF__V1__AUDIT_KIND__AUDIT_KIND_HELD) DCF_TRY(note_held(l, e));
    if (row_of(e->kind)->closes) {
        ledger_bind(l->statements[HELD_CLOSE], "ti", e->message_id, e->at_ms);
        DCF_TRY(ledger_run(l, HELD_CLOSE));
    }
    if (e->step) { /* one held record was acted upon, whatever message it was of */
        ledger_bind(l->statements[HELD_ACTED], "tti", e->step->held_id, e->reason, e->at_ms - 1);
        DCF_TRY(ledger_run(l, HELD_ACTED));
    }
    return count_message(l, &before, m->status, e->kind);
}

/* Cases that were split or merged know each other. */
static dcf_status apply_links(dcf_ledger *l, const Dcf__V1__AuditEvent *e)
{
    for (size_t i = 0; i < e->n_facts; i++) {
        if (strcmp(e->facts[i]->name, "linked") != 0 ||
            strcmp(e->facts[i]->value, e->case_key) == 0)
            continue;
        ledger_bind(l->statements[LINKED_ADD], "tt", e->case_key, e->facts[i]->value);
        DCF_TRY(ledger_run(l, LINKED_ADD));
    }
    return DCF_OK;
}

static dcf_status apply_event(dcf_ledger *l, const dcf_record *r, const Dcf__V1__AuditEvent *e,
                              size_t hop)
{
    const ledger_place at = {r->partition, r->offset, hop};
    DCF_CLEANUP(dcf_buf_fini) dcf_buf value = {0};
    if (!e->kind ||
        !protobuf_c_enum_descriptor_get_value(&dcf__v1__audit_kind__descriptor, (int)e->kind))
        return ledger_find_unreadable(l, r);
    DCF_TRY(dcf_message_pack(&e->base, &value));
    ledger_bind(l->statements[EVENT_ADD], "iiitb", (int64_t)at.partition, at.offset,
                (int64_t)at.hop, e->case_key, dcf_buf_span(&value));
    DCF_TRY(ledger_run(l, EVENT_ADD));
    DCF_TRY(ledger_count(l, LEDGER_ALL, "events", 1));
    ledger_note_time(l, e->at_ms);
    DCF_TRY(apply_case(l, e));
    if (*e->message_id) DCF_TRY(apply_message(l, e, at));
    DCF_TRY(apply_links(l, e));
    DCF_TRY(ledger_measure(l, e));
    if (!row_of(e->kind)->reasoned || !*e->reason) return DCF_OK;
    ledger_bind(l->statements[REASON], "ti", e->reason, e->at_ms);
    return ledger_run(l, REASON);
}

static dcf_status apply_audit(dcf_ledger *l, const dcf_record *r)
{
    Dcf__V1__AuditEvent **events = NULL;
    size_t n = 0;
    if (dcf_failed(dcf_audit_split(r->value, &l->arena, &events, &n)))
        return ledger_find_unreadable(l, r);
    for (size_t i = 0; i < n; i++) DCF_TRY(apply_event(l, r, events[i], i));
    return ledger_end_record(l);
}

/* "case_submission": the name of the body's field. */
static const char *body_type(const Dcf__V1__Envelope *e)
{
    const ProtobufCFieldDescriptor *f = protobuf_c_message_descriptor_get_field(
        &dcf__v1__envelope__descriptor, (unsigned)e->body_case);
    return f ? f->name : "";
}

static dcf_status apply_held(dcf_ledger *l, const dcf_record *r)
{
    Dcf__V1__Held *h = dcf__v1__held__unpack(&l->arena.pb, r->value.size, r->value.data);
    if (!h || !*h->held_id) return ledger_find_unreadable(l, r);
    const Dcf__V1__Envelope none = DCF__V1__ENVELOPE__INIT, *e = h->envelope ? h->envelope : &none;
    const Dcf__V1__Endpoint nobody = DCF__V1__ENDPOINT__INIT;
    const Dcf__V1__Endpoint *from = e->source ? e->source : &nobody,
                            *to = e->destination ? e->destination : &nobody;
    const char *case_key = *h->case_key   ? h->case_key
                           : *e->case_key ? e->case_key
                                          : dcf_arena_str(&l->arena, r->key);

    dcf_span kept;
    if (!case_key) return DCF_ERR(NOMEM);
    DCF_TRY(pack_kept(l, h, &kept));
    ledger_bind(l->statements[HELD_ADD], "ttiitttttiiib", h->held_id, h->reason, h->held_at_ms,
                h->expires_at_ms, case_key, body_type(e), from->party,
                *from->link ? from->link : h->link, to->party, (int64_t)h->native_body.len,
                (int64_t)r->partition, r->offset, kept);
    return ledger_run(l, HELD_ADD);
}

typedef enum stream { STREAM_AUDIT, STREAM_HELD, STREAM_UNKNOWN } stream;

static stream stream_of(const char *topic)
{
    const char *last = strrchr(topic, '.');
    if (last && strcmp(last, ".audit") == 0) return STREAM_AUDIT;
    return last && strcmp(last, ".held") == 0 ? STREAM_HELD : STREAM_UNKNOWN;
}

static dcf_status apply_in_batch(dcf_ledger *l, const dcf_record *r)
{
    int64_t next = 0;
    DCF_TRY(dcf_ledger_next_offset(l, r->topic, r->partition, &next));
    if (r->offset < next) return DCF_OK;
    ledger_begin_record(l);
    if (r->value.size)
        DCF_TRY(stream_of(r->topic) == STREAM_AUDIT ? apply_audit(l, r) : apply_held(l, r));
    ledger_bind(l->statements[NEXT_SET], "tii", r->topic, (int64_t)r->partition, r->offset + 1);
    return ledger_run(l, NEXT_SET);
}

dcf_status dcf_ledger_apply(dcf_ledger *l, const dcf_record *r)
{
    if (stream_of(r->topic) == STREAM_UNKNOWN) return DCF_ERR(BUG);
    if (l->in_batch) return apply_in_batch(l, r);
    DCF_TRY(dcf_ledger_begin(l));
    dcf_status status = apply_in_batch(l, r);
    if (dcf_ok(status)) status = dcf_ledger_commit(l);
    if (dcf_failed(status)) dcf_ledger_abort(l);
    return status;
}
