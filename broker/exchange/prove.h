/*
 * prove.h - whether conditions can hold together at all: so that a rule that can never apply, or a
 * policy that nothing can keep or nothing can break, is told when its file is read.
 *
 * Fields are tried with every value the conditions speak of, with another one, and absent; what is
 * not about a field's values (counts, times, entries) counts as free. So "no" is certain, "yes" may
 * be wrong. SPDX-License-Identifier: MIT
 */
#ifndef DCF_EXCHANGE_PROVE_H
#define DCF_EXCHANGE_PROVE_H

#include "exchange/condition.h"

enum { DCF_PROVE_MAX = 16 };

/* All of yes hold and none of no; NULL conditions always hold. */
bool dcf_can_hold(const dcf_condition *const *yes, size_t yes_count, const dcf_condition *const *no,
                  size_t no_count);

#endif
