/*
 * fault_json.h - a fault list as the JSON every sender sees: in a 422 answer, in
 * the error file beside a refused file, and from dcfctl.
 *   {"faults":[{"code","severity","line","column","path","field","text","detail","remedy","who"}],"more":0}
 * SPDX-License-Identifier: MIT
 */
#ifndef DCF_MODEL_FAULT_JSON_H
#define DCF_MODEL_FAULT_JSON_H

#include "base/buf.h"
#include "dcf/fault.h"

/* Appends one fault as a JSON object. */
void dcf_fault_json(const dcf_fault *fault, dcf_buf *out);
/* Appends the members "faults":[…],"more":N (no braces around): faults that were counted but not
 * kept are in more. */
void dcf_faults_json_members(const dcf_faults *faults, dcf_buf *out);

#endif
