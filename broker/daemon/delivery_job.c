/* delivery_job.c - see delivery_job.h. */
#include "daemon/delivery_job.h"

#include "base/clock.h"
#include "base/log.h"
#include "daemon/receipt.h"
#include "daemon/wire.h"
#include "dcf/v1/audit.pb-c.h"
#include "exchange/exchange.h"
#include "model/envelope.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { RECORD_OVERHEAD = 4096 }; /* headers, key and framing of a Kafka record */

static char *text_of(dcf_span s)
{
    return strndup(s.data ? (const char *)s.data : "", s.size);
}

static int64_t deadline_of(const dcf_record *r)
{
    char text[24] = "";
    dcf_span at = dcf_record_header(r, DCF_WIRE_DEADLINE);
    if (at.size < sizeof text) memcpy(text, at.data ? at.data : (const uint8_t *)"", at.size);
    return strtoll(text, NULL, 10);
}

/* "uk.dcf.v1.CaseSubmission" as the lifecycle writes it: "case_submission". */
static char *type_of(dcf_span ce_type)
{
    const uint8_t *dot = ce_type.size ? memrchr(ce_type.data, '.', ce_type.size) : NULL;
    size_t from = dot ? (size_t)(dot - ce_type.data) + 1 : 0;
    dcf_buf out = {0};
    for (size_t i = from; i < ce_type.size; i++) {
        uint8_t c = ce_type.data[i];
        bool upper = c >= 'A' && c <= 'Z';
        if (upper && i > from) dcf_buf_addc(&out, '_');
        dcf_buf_addc(&out, (char)(upper ? c - 'A' + 'a' : c));
    }
    char *text = text_of(dcf_buf_span(&out));
    dcf_buf_fini(&out);
    return text;
}

dcf_job *dcf_job_new(const dcf_record *r)
{
    dcf_job *j = calloc(1, sizeof *j);
    if (!j) return NULL;
    j->partition = r->partition;
    j->offset = r->offset;
    j->deadline_ms = deadline_of(r);
    j->topic = strdup(r->topic);
    j->id = text_of(dcf_record_header(r, "ce_id"));
    j->key = text_of(r->key);
    j->type = type_of(dcf_record_header(r, "ce_type"));
    j->supersedes = text_of(dcf_record_header(r, DCF_WIRE_SUPERSEDES));
    dcf_buf_add(&j->packed, r->value);
    if (j->packed.failed || !j->topic || !j->id || !j->key || !j->type || !j->supersedes) {
        dcf_job_free(j);
        return NULL;
    }
    return j;
}

void dcf_job_free(dcf_job *j)
{
    if (!j) return;
    dcf_buf_fini(&j->packed);
    dcf_buf_fini(&j->receipt);
    dcf_buf_fini(&j->held);
    dcf_buf_fini(&j->audit);
    free(j->topic);
    free(j->id);
    free(j->key);
    free(j->type);
    free(j->supersedes);
    free(j);
}

/* --- what is told of it --------------------------------------------------------- */

static dcf_status note_bytes(dcf_job *j, const Dcf__V1__Held *held, const char *party)
{
    Dcf__V1__AuditEvent a = DCF__V1__AUDIT_EVENT__INIT;
    a.kind = DCF__V1__AUDIT_KIND__AUDIT_KIND_HELD;
    a.at_ms = held->held_at_ms;
    a.message_id = held->held_id;
    a.case_key = held->case_key;
    a.type = j->type;
    a.source_party = (char *)DCF_BROKER_PARTY;
    a.destination_party = (char *)party;
    a.reason = held->reason;
    return dcf_message_pack(&a.base, &j->audit);
}

/* Bytes that are no envelope: nobody can be told, a person must look. */
static dcf_status hold_bytes(dcf_job *j, const char *party, size_t record_max)
{
    char place[240];
    Dcf__V1__Held held = DCF__V1__HELD__INIT;
    snprintf(place, sizeof place, "%s/%d/%" PRId64, j->topic, (int)j->partition, j->offset);
    held.held_id = *j->id ? j->id : place;
    held.stage = (char *)DCF_STAGE_DELIVERY;
    held.reason = (char *)dcf_fault_row_of(DCF_FAULT_NO_MESSAGE)->id;
    held.held_at_ms = dcf_clock_ms();
    held.case_key = j->key;
    if (j->packed.size + RECORD_OVERHEAD < record_max)
        held.native_body = (ProtobufCBinaryData){.len = j->packed.size, .data = j->packed.data};
    DCF_TRY(dcf_message_pack(&held.base, &j->held));
    return note_bytes(j, &held, party);
}

/* The held record without the message, which stays on its topic: who, what, why, where. */
static dcf_status shorten(dcf_job *j, dcf_arena *arena)
{
    ProtobufCMessage *m = NULL;
    DCF_TRY(dcf_message_unpack(&dcf__v1__held__descriptor, dcf_buf_span(&j->held), arena, &m));
    Dcf__V1__Held *held = (Dcf__V1__Held *)m;
    Dcf__V1__Fault where = DCF__V1__FAULT__INIT, *only = &where;
    const dcf_fault_row *row = dcf_fault_row_of(DCF_FAULT_TOO_LARGE);
    where.code = (char *)row->id;
    where.severity = (char *)"error";
    where.remedy = (char *)row->remedy;
    where.detail = dcf_arena_printf(
        arena, "too large to be kept here: whole on %s, partition %d, offset %" PRId64, j->topic,
        (int)j->partition, j->offset);
    if (!where.detail) return DCF_ERR(NOMEM);
    held->faults = &only;
    held->n_faults = 1;
    held->native_body = (ProtobufCBinaryData){0};
    if (held->envelope) {
        held->envelope->body_case = DCF__V1__ENVELOPE__BODY__NOT_SET;
        held->envelope->n_extensions = held->envelope->n_warnings = 0;
    }
    dcf_buf_clear(&j->held);
    return dcf_message_pack(&held->base, &j->held);
}

static dcf_status make_records(dcf_job *j, const dcf_outcome_of_attempt *o, const dcf_job_end *end,
                               dcf_arena *arena)
{
    Dcf__V1__Envelope *about = NULL;
    dcf_status s = dcf_envelope_unpack(dcf_buf_span(&j->packed), arena, &about);
    if (dcf_status_class(s) == DCF_CLASS_POISON) return hold_bytes(j, end->party, end->record_max);
    DCF_TRY(s);
    bool delivered = o->result == DCF_ATTEMPT_OK;
    dcf_receipt_facts facts = {.about = about,
                               .party = end->party,
                               .dialect = end->dialect,
                               .kind = delivered
                                           ? DCF__V1__RECEIPT_KIND__RECEIPT_KIND_DELIVERED
                                           : DCF__V1__RECEIPT_KIND__RECEIPT_KIND_NOT_DELIVERED,
                               .faults = delivered && !about->shadow ? NULL : o->faults,
                               .receiver_reference = dcf_arena_str(arena, o->receiver_text),
                               .attempts = end->attempts,
                               .now_ms = dcf_clock_ms()};
    if (!facts.receiver_reference) return DCF_ERR(NOMEM);
    DCF_TRY(dcf_receipt_pack(&facts, arena, &j->receipt));
    if (delivered || o->result == DCF_ATTEMPT_SKIPPED) return DCF_OK;
    DCF_TRY(dcf_held_pack(&facts, arena, &j->held));
    return j->held.size + RECORD_OVERHEAD > end->record_max ? shorten(j, arena) : DCF_OK;
}

dcf_status dcf_job_conclude(dcf_job *j, const dcf_outcome_of_attempt *o, const dcf_job_end *end)
{
    dcf_arena arena;
    dcf_arena_init(&arena, end->memory);
    dcf_status s = make_records(j, o, end, &arena);
    dcf_arena_fini(&arena);
    if (dcf_ok(s)) {
        dcf_buf_fini(&j->packed);
    } else {
        dcf_buf_fini(&j->receipt);
        dcf_buf_fini(&j->held);
        dcf_buf_fini(&j->audit);
    }
    return s;
}

bool dcf_job_tell_less(dcf_job *j, size_t memory)
{
    size_t before = j->held.size;
    dcf_arena arena;
    dcf_arena_init(&arena, memory);
    bool shorter = before && dcf_ok(shorten(j, &arena)) && j->held.size < before;
    dcf_arena_fini(&arena);
    if (shorter) return true;
    dcf_log(DCF_LOG_ERROR, "NEWS_LOST", "message", j->id, "topic", j->topic, "partition",
            DCF_U64(j->partition), "offset", DCF_U64(j->offset), "reason",
            "Kafka refuses its receipt", NULL);
    dcf_buf_fini(&j->receipt);
    dcf_buf_fini(&j->held);
    return false;
}

/* --- lists -------------------------------------------------------------------------- */

void dcf_job_list_init(dcf_job_list *l)
{
    *l = (dcf_job_list){.end = &l->first};
}

void dcf_job_list_add(dcf_job_list *l, dcf_job *j)
{
    j->next = NULL;
    *l->end = j;
    l->end = &j->next;
    l->count++;
}

dcf_job *dcf_job_list_take(dcf_job_list *l)
{
    dcf_job *j = l->first;
    if (!j) return NULL;
    l->first = j->next;
    if (!l->first) l->end = &l->first;
    l->count--;
    return j;
}

void dcf_job_list_put_back(dcf_job_list *l, dcf_job *j)
{
    if (!l->first) l->end = &j->next;
    j->next = l->first;
    l->first = j;
    l->count++;
}

void dcf_job_list_drop(dcf_job_list *l, int32_t place)
{
    for (size_t n = l->count; n > 0; n--) {
        dcf_job *j = dcf_job_list_take(l);
        if (place < 0 || dcf_place_of(j->lane, j->partition) == place)
            dcf_job_free(j);
        else
            dcf_job_list_add(l, j);
    }
}
