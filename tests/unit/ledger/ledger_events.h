/*
 * ledger_events.h - hands the ledger tests packed events and held records in one line.
 * The sequence of offsets is the caller's. SPDX-License-Identifier: MIT
 */
#ifndef DCF_TESTS_LEDGER_EVENTS_H
#define DCF_TESTS_LEDGER_EVENTS_H

#include "dcf/v1/audit.pb-c.h"
#include "dcf/v1/envelope.pb-c.h"
#include "ledger/ledger.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define KIND(name) DCF__V1__AUDIT_KIND__AUDIT_KIND_##name

typedef struct step {
    int kind;
    const char *message, *key, *reason;
    int64_t at_ms;
    const char *state_after;
    const char *from; /* NULL: force-45 */
} step;

enum { EVENT_BYTES = 512 };

/* As one record of the audit topic, under its case. */
static inline dcf_status put_audit(dcf_ledger *l, int32_t partition, int64_t offset,
                                   const Dcf__V1__AuditEvent *e)
{
    size_t size = dcf__v1__audit_event__get_packed_size(e);
    uint8_t *bytes = malloc(size ? size : 1);
    if (!bytes) abort();
    dcf__v1__audit_event__pack(e, bytes);
    dcf_status s = dcf_ledger_apply(l, &(dcf_record){.topic = "dcf.audit",
                                                     .partition = partition,
                                                     .offset = offset,
                                                     .key = dcf_span_str(e->case_key),
                                                     .value = dcf_span_of(bytes, size)});
    free(bytes);
    return s;
}

static inline Dcf__V1__AuditEvent event_of(const step *s)
{
    Dcf__V1__AuditEvent e = DCF__V1__AUDIT_EVENT__INIT;
    e.kind = (Dcf__V1__AuditKind)s->kind;
    e.at_ms = s->at_ms;
    e.message_id = (char *)s->message;
    e.case_key = (char *)s->key;
    e.reason = (char *)(s->reason ? s->reason : "");
    e.state_after = (char *)(s->state_after ? s->state_after : "");
    e.type = "case_submission";
    e.source_party = (char *)(s->from ? s->from : "force-45");
    e.source_link = "force-45-spi";
    e.mapping_version = "3";
    if (e.kind >= KIND(ROUTED)) e.destination_party = "cps";
    return e;
}

static inline dcf_span pack_event(const step *s, uint8_t bytes[EVENT_BYTES])
{
    Dcf__V1__AuditEvent e = event_of(s);
    return dcf_span_of(bytes, dcf__v1__audit_event__pack(&e, bytes));
}

static inline dcf_status put_event(dcf_ledger *l, int32_t partition, int64_t offset, const step *s)
{
    Dcf__V1__AuditEvent e = event_of(s);
    return put_audit(l, partition, offset, &e);
}

static inline dcf_status put_held(dcf_ledger *l, int64_t offset, const char *id, const char *key,
                                  const char *reason, int64_t at_ms)
{
    Dcf__V1__Fault fault = DCF__V1__FAULT__INIT, *faults[] = {&fault};
    fault.code = (char *)reason;
    fault.severity = "error";
    fault.path = "Case/PTIURN";
    Dcf__V1__Endpoint from = DCF__V1__ENDPOINT__INIT;
    from.party = "force-45";
    from.link = "force-45-spi";
    Dcf__V1__CaseSubmission body = DCF__V1__CASE_SUBMISSION__INIT;
    Dcf__V1__Envelope envelope = DCF__V1__ENVELOPE__INIT;
    envelope.message_id = (char *)id;
    envelope.source = &from;
    envelope.body_case = DCF__V1__ENVELOPE__BODY_CASE_SUBMISSION;
    envelope.case_submission = &body;
    Dcf__V1__Held h = DCF__V1__HELD__INIT;
    h.held_id = (char *)id;
    h.reason = (char *)reason;
    h.n_faults = 1;
    h.faults = faults;
    h.held_at_ms = at_ms;
    h.case_key = (char *)key;
    h.envelope = &envelope;
    h.native_body = (ProtobufCBinaryData){.len = 14, .data = (uint8_t *)"SECRET-SURNAME"};
    uint8_t bytes[512];
    size_t size = dcf__v1__held__pack(&h, bytes);
    return dcf_ledger_apply(l, &(dcf_record){.topic = "dcf.held",
                                             .partition = 0,
                                             .offset = offset,
                                             .key = dcf_span_str(key),
                                             .value = dcf_span_of(bytes, size)});
}

/* A fresh path in a fresh folder; remove both with drop_ledger_file. */
static inline void ledger_file(char path[64])
{
    strcpy(path, "/tmp/dcf-ledger-XXXXXX");
    if (!mkdtemp(path)) abort();
    strcat(path, "/ledger.db");
}

static inline void drop_ledger_file(char path[64])
{
    static const char *const endings[] = {"", "-wal", "-shm"};
    char name[80];
    for (size_t i = 0; i < 3; i++) {
        snprintf(name, sizeof name, "%s%s", path, endings[i]);
        unlink(name);
    }
    *strrchr(path, '/') = '\0';
    rmdir(path);
}

#endif
