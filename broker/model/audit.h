/*
 * audit.h - the audit events of one decision as one record: the first whole, each other by what
 * differs from the first. So a message costs one record in the audit, not one a hop.
 *
 * In a hop, a plain field (text, bytes, number) that is empty is the first event's, unless `unset`
 * names it; lists and messages inside are its own. Records of one event have no hops: the shape of
 * before. Thread rule: none; pure. SPDX-License-Identifier: MIT
 */
#ifndef DCF_MODEL_AUDIT_H
#define DCF_MODEL_AUDIT_H

#include "base/arena.h"
#include "dcf/status.h"
#include "dcf/v1/audit.pb-c.h"

enum { DCF_AUDIT_HOPS_MAX = 32 }; /* events in a record */

/*
 * events: 1 to DCF_AUDIT_HOPS_MAX, all of one case. The record lives in the arena and borrows from
 * the events; it is the event itself when there is one. LIMIT: more. NOMEM.
 */
DCF_RESULT dcf_audit_join(const Dcf__V1__AuditEvent *const *events, size_t count, dcf_arena *arena,
                          const Dcf__V1__AuditEvent **ret);
/*
 * The events of a packed record, in order, each whole; all in the arena. CORRUPT, LIMIT, NOMEM: as
 * dcf_message_unpack.
 */
DCF_RESULT dcf_audit_split(dcf_span record, dcf_arena *arena, Dcf__V1__AuditEvent ***ret,
                           size_t *ret_count);

#endif
