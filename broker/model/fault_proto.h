/*
 * fault_proto.h - a fault list as it travels in messages. SPDX-License-Identifier: MIT
 */
#ifndef DCF_MODEL_FAULT_PROTO_H
#define DCF_MODEL_FAULT_PROTO_H

#include "base/arena.h"
#include "dcf/fault.h"
#include "dcf/v1/exchange.pb-c.h"

/*
 * The faults of `before` (n of them; may be none) and after them those of faults (may be NULL),
 * borrowing their texts. NULL over the arena's limit.
 */
Dcf__V1__Fault **dcf_faults_join(Dcf__V1__Fault *const *before, size_t n, const dcf_faults *faults,
                                 dcf_arena *arena, size_t *ret_count);
/* faults alone. */
Dcf__V1__Fault **dcf_faults_to_proto(const dcf_faults *faults, dcf_arena *arena, size_t *ret_count);

#endif
