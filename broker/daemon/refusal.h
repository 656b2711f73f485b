/*
 * refusal.h - what a receiver that refuses says of fields, as faults an operator can act upon.
 * SPDX-License-Identifier: MIT
 */
#ifndef DCF_DAEMON_REFUSAL_H
#define DCF_DAEMON_REFUSAL_H

#include "dcf/translate.h"

/*
 * Adds a fault 5001 for each canonical field that the answer finds fault with: at most 20, none
 * when it is of another form. The answer is JSON: an array `faults` or `errors` whose entries have
 * a `path` or `pointer` into the document as it was sent (JSON Pointer, RFC 6901; the second names
 * as in the problem details of RFC 9457), and may have a `code`. Only paths that the mapping knows
 * and codes that are plain words are kept: its texts may hold values.
 * body: the message's member of Envelope.body.
 */
void dcf_refusal_read(const dcf_dialect *d, const char *body, dcf_span answer, dcf_faults *faults);

#endif
