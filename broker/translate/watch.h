/*
 * watch.h - what reading does with each value of a document: where it comes from,
 * by which row, and where it goes. For explain, coverage and roundtrip; nothing of
 * it is done, or paid for, when nobody watches. SPDX-License-Identifier: MIT
 */
#ifndef DCF_TRANSLATE_WATCH_H
#define DCF_TRANSLATE_WATCH_H

#include "base/arena.h"
#include "dcf/translate.h"

typedef enum dcf_fate {
    DCF_FATE_MAPPED,
    DCF_FATE_DEFAULT,  /* absent, and the row says what stands instead */
    DCF_FATE_SET,      /* by `where`, because the alternative was chosen */
    DCF_FATE_CONSTANT, /* what the mapping writes by itself */
    DCF_FATE_WRITTEN,  /* the row is only written */
    DCF_FATE_DROPPED,  /* by declaration */
    DCF_FATE_CARRIED,  /* kept in the extensions */
    DCF_FATE_REFUSED,  /* a fault tells why */
    DCF_FATE_COUNT
} dcf_fate;

/* "mapped", "default" … */
const char *dcf_fate_name(dcf_fate fate);

/* One value. Texts live in the arena or the dialect; none is NULL unless it says so. */
typedef struct dcf_sighting {
    dcf_fate fate;
    const char *native;    /* with positions, "people[2]/born" */
    const char *value;     /* native text */
    const char *canonical; /* with positions, "defendants[0].asn", "/sent_at"; "" when none */
    const char *field;     /* the same without positions */
    const char *second;    /* join: the right part's field, else "" */
    const char *codec;     /* "" when none */
    const char *argument;  /* of the codec; "" when none */
    const char *loss;      /* what the codec does not give back; NULL when nothing */
    const char *reason;    /* of a drop; "" otherwise */
    const char *table;     /* code table; "" when none */
    const char *from, *to; /* the days its row holds; "" for open */
    uint32_t line, column; /* in the document; 0 when there is no such place */
    uint32_t row;          /* line of the mapping file; 0: not a row's */
} dcf_sighting;

typedef struct dcf_sightings {
    dcf_sighting *items;
    size_t count, capacity;
} dcf_sightings;

/* dcf_to_canonical, and every value it met, in the order of the document. */
DCF_RESULT dcf_to_canonical_watched(const dcf_dialect *d, dcf_span native, struct dcf_arena *arena,
                                    dcf_faults *faults, struct Dcf__V1__Envelope **ret,
                                    dcf_sightings *ret_seen);

#endif
