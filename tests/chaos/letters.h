/*
 * letters.h - the documents of the campaign: a force's (dialect pole) and the CPS's (dialect cms),
 * of invented people, each with its place in the plan and a mark that a damaged one would lose.
 * SPDX-License-Identifier: MIT
 */
#ifndef DCF_CHAOS_LETTERS_H
#define DCF_CHAOS_LETTERS_H

#include "base/buf.h"

enum { LETTER_URN = 16, LETTER_ID = 32, LETTER_MARK = 48, LETTER_CASES_MAX = 2600000 };

/* Message `number` of a case: 0 opens it, the others tell of material. Appended to out. */
void letter_of_force(size_t of_case, size_t number, dcf_buf *out);
/* The triage outcome of a case. */
void letter_of_cps(size_t of_case, dcf_buf *out);

/* The URN root of a case, and the case of a URN root; SIZE_MAX when it is none of ours. */
void letter_urn(size_t of_case, char out[LETTER_URN]);
size_t letter_case(const char *urn);
/* The message a key of the broker ("LINK:ID") belongs to; false: none of the force's. */
bool letter_number(const char *key, size_t *ret_case, size_t *ret_number);
/* The mark that the message's content bears. */
void letter_mark(size_t of_case, size_t number, char out[LETTER_MARK]);

#endif
