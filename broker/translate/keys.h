/*
 * keys.h - the keys of the mapping language: one table, by which the compiler
 * knows them and from which the JSON Schema for editors is made, so that the two
 * cannot differ. A new key is a row of keys.c. SPDX-License-Identifier: MIT
 */
#ifndef DCF_TRANSLATE_KEYS_H
#define DCF_TRANSLATE_KEYS_H

#include "base/buf.h"

/* Where a key may stand: the maps of the language. */
typedef enum dcf_keys_at {
    DCF_KEYS_ROOT,
    DCF_KEYS_WRAPPER,
    DCF_KEYS_MESSAGE,
    DCF_KEYS_FIELD,
    DCF_KEYS_CONSTANT,
    DCF_KEYS_WRAPPED, /* a wrapper's row that messages set */
    DCF_KEYS_IN,
    DCF_KEYS_EACH,
    DCF_KEYS_USE,
    DCF_KEYS_PAYLOAD,
    DCF_KEYS_DROP,
    DCF_KEYS_DROP_CANONICAL,
    DCF_KEYS_FETCH,
    DCF_KEYS_NEST,
    DCF_KEYS_CSV,
    DCF_KEYS_CSV_RECORD,
    DCF_KEYS_PROTOBUF,
    DCF_KEYS_CODE_ROW,
    DCF_KEYS_COUNT
} dcf_keys_at;

typedef struct dcf_key {
    dcf_keys_at at;
    const char *name;
    /* "a|b": one of these words; "#name": a form of schema.c; "number"; "text" */
    const char *value;
    bool must;
    const char *help; /* one sentence */
} dcf_key;

/* All keys; those of one map stand together, in the order they are best written. */
const dcf_key *dcf_keys(size_t *ret_count);
/* The names of one map's keys, ended by NULL; at most max - 1 of them. Returns how many. */
size_t dcf_key_names(dcf_keys_at at, const char *names[], size_t max);
/* The key's words as "a|b"; "" when it has none. */
const char *dcf_key_words(dcf_keys_at at, const char *name);
/* The place of text among words "a|b"; -1 when it is none. */
int dcf_key_word(const char *words, const char *text);

/* The JSON Schema (draft 2020-12) of mapping files, for editors. */
void dcf_mapping_schema(dcf_buf *out);

#endif
