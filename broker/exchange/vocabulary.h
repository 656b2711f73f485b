/*
 * vocabulary.h - which words a text of the canonical model may hold, and which texts are dates: a
 * mistyped word in a rule is then a mistake of the rule file, and not a rule that never holds.
 *
 * Enums say their own words. A text that is not in the table is open: any word may be meant.
 * Source: the code lists that the fields of proto/dcf/v1 name.
 * Thread rule: constant; any thread. SPDX-License-Identifier: MIT
 */
#ifndef DCF_EXCHANGE_VOCABULARY_H
#define DCF_EXCHANGE_VOCABULARY_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

/* The words of this field of this message, ended by NULL; NULL: it is open. */
const char *const *dcf_vocabulary_of(const ProtobufCMessageDescriptor *m,
                                     const ProtobufCFieldDescriptor *f);
/* Whether it holds a date or a time of a day (proto/README.md: such fields are named so). */
bool dcf_field_is_date(const ProtobufCFieldDescriptor *f);

#endif
