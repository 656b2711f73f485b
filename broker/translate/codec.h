/*
 * codec.h - how one value's native text and its canonical text become each other.
 * One table; every codec runs both ways, and one that changes a value says how.
 * The language: adapters/dialect/README.md. SPDX-License-Identifier: MIT
 */
#ifndef DCF_TRANSLATE_CODEC_H
#define DCF_TRANSLATE_CODEC_H

#include "base/arena.h"
#include "dcf/fault.h"
#include "translate/event.h"

/* Kinds of canonical field a codec may stand at. */
enum { DCF_FOR_STRING = 1, DCF_FOR_INTEGER = 2, DCF_FOR_BOOLEAN = 4, DCF_FOR_ENUM = 8 };

typedef struct dcf_code_row {
    const char *native, *canonical; /* canonical "*": writing, whatever has no other row */
    const char *from, *to;          /* days, inclusive; "" for open */
} dcf_code_row;

typedef struct dcf_code_key {
    uint32_t hash; /* of the native code */
    const dcf_code_row *row;
} dcf_code_key;

/* A code table: rows as declared, and two orders of them for look-up: by the hash of the native
 * code, and by the canonical text. */
typedef struct dcf_codes {
    const char *name;
    uint32_t line; /* in the mapping */
    dcf_code_row *rows;
    size_t count;
    bool dated;   /* some rows hold for a time only */
    int *numbers; /* of each row's canonical value; NULL: no enum uses the table */
    dcf_code_key *by_native;
    const dcf_code_row **by_canonical;
} dcf_codes;

void dcf_codes_sort(dcf_codes *codes);
/* The first row in declared order that holds on day ("" when not known); NULL when none. */
const dcf_code_row *dcf_codes_read(const dcf_codes *codes, dcf_span native, const char *day);
const dcf_code_row *dcf_codes_write(const dcf_codes *codes, const char *canonical, const char *day);

typedef enum dcf_space { DCF_SPACE_KEEP, DCF_SPACE_TRIM, DCF_SPACE_COLLAPSE } dcf_space;

struct dcf_codec;

/* A codec with its arguments, as a row uses it. */
typedef struct dcf_codec_use {
    const struct dcf_codec *codec;
    dcf_space space;
    const char
        *pattern; /* of dates and times; separator of join; word of flag; NULL for the plain form */
    bool alone_first;     /* join: a text without the separator is the first part */
    const char *yes, *no; /* boolean words; NULL for the plain form */
    const dcf_codes *codes;
} dcf_codec_use;

typedef enum dcf_codec_result { DCF_CODEC_OK, DCF_CODEC_BAD, DCF_CODEC_NOMEM } dcf_codec_result;

typedef struct dcf_codec_in {
    const dcf_codec_use *use;
    dcf_span text;
    bool lasting;    /* text is in the arena, NUL behind it: what is its end may be used as it is */
    const char *old; /* what the canonical field holds already; "" when nothing */
    const char *day; /* YYYY-MM-DD when the message was sent; "" when not known */
    dcf_arena *arena;
} dcf_codec_in;

typedef dcf_codec_result dcf_codec_fn(const dcf_codec_in *in, const char **ret);

typedef struct dcf_codec {
    const char *name;
    unsigned fields;      /* DCF_FOR_… */
    dcf_value_kind json;  /* how the value stands in JSON */
    dcf_fault_code fault; /* of a value it cannot take */
    bool doubt;           /* such a value is a warning unless `check` says otherwise */
    bool partial;         /* adds to what the field already holds */
    const char *loss;     /* what does not come back byte for byte; NULL when everything does */
    dcf_codec_fn *read, *write; /* native to canonical, and back; *ret in the arena or static */
} dcf_codec;

const dcf_codec *dcf_codec_find(const char *name); /* NULL when unknown */
const dcf_codec *dcf_codec_all(size_t *ret_count);

/* Splits at the last separator: the left part is empty when there is none. */
void dcf_codec_split(const dcf_codec_use *use, dcf_span text, dcf_span *ret_left,
                     dcf_span *ret_right);

/* Shared by the codec files. */
dcf_codec_result dcf_codec_copy(dcf_arena *a, dcf_span text, const char **ret);
/* A part of in->text: a copy of it, or itself where it lasts. */
dcf_codec_result dcf_codec_keep(const dcf_codec_in *in, dcf_span part, const char **ret);
dcf_codec_fn dcf_date_read, dcf_date_write, dcf_time_read, dcf_time_write, dcf_datetime_read,
    dcf_datetime_write, dcf_date_part_read, dcf_date_part_write, dcf_time_part_read,
    dcf_time_part_write;
dcf_codec_fn dcf_urn_read, dcf_asn_read, dcf_pnc_read, dcf_cro_read, dcf_offence_read, dcf_ou_read,
    dcf_email_read, dcf_phone_read;
dcf_codec_fn dcf_part_read, dcf_part_write, dcf_upper_read, dcf_upper_write;
bool dcf_part_ok(const char *name); /* "urn.force": one that `part` knows */
/* Whether pattern is one `date` or `time` understands. */
bool dcf_date_pattern_ok(const char *pattern);
size_t dcf_date_pattern_longest(const char *patterns); /* what it writes, in characters */
bool dcf_time_pattern_ok(const char *pattern);
bool dcf_datetime_pattern_ok(const char *pattern);

#endif
