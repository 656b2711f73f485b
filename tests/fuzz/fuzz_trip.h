/* fuzz_trip.h - the laws of translation, of any document in any dialect: it is refused with a fault
 * that says where, or read; what is read is written, or it is told why not; what is written reads
 * as the same message. */
#ifndef TESTS_FUZZ_TRIP_H
#define TESTS_FUZZ_TRIP_H

#include "base/arena.h"
#include "base/buf.h"
#include "dcf/translate.h"
#include "dcf/v1/envelope.pb-c.h"

#include <stdio.h>
#include <stdlib.h>

#define LAW(x)                                                                                     \
    do {                                                                                           \
        if (!(x)) {                                                                                \
            fprintf(stderr, "law broken: %s (line %d)\n", #x, __LINE__);                           \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

enum { TRIP_MEMORY = 16 << 20, TRIP_FAULTS = 50 };

typedef struct trip {
    dcf_arena arena;
    dcf_faults faults;
    Dcf__V1__Envelope *envelope;
    dcf_status status;
} trip;

static inline dcf_dialect *trip_load(const char *below_source)
{
    const char *source = getenv("DCF_SOURCE");
    char path[1024];
    dcf_arena arena;
    dcf_faults faults;
    dcf_dialect *d = NULL;
    snprintf(path, sizeof path, "%s/%s", source ? source : ".", below_source);
    dcf_arena_init(&arena, 1 << 20);
    dcf_faults_init(&faults, &arena, 20);
    LAW(dcf_ok(dcf_dialect_load(path, &faults, &d)));
    dcf_arena_fini(&arena);
    return d;
}

/* Each says what it is, where, and no more than its row allows. */
static inline void trip_check_faults(const dcf_faults *f, bool read)
{
    size_t errors = 0;
    for (size_t i = 0; i < f->count; i++) {
        const dcf_fault *fault = &f->items[i];
        LAW(dcf_fault_row_of(fault->code)->code == fault->code);
        LAW(fault->path && fault->field && fault->detail);
        bool of_all =
            fault->code == DCF_FAULT_TOO_LARGE || fault->code == DCF_FAULT_UNKNOWN_MESSAGE;
        LAW(!read || of_all || fault->line > 0);
        errors += fault->severity == DCF_SEVERITY_ERROR;
    }
    LAW(f->dropped > 0 || errors == f->errors);
}

static inline void trip_read(trip *t, const dcf_dialect *d, dcf_span doc)
{
    dcf_limits limits = {.depth = 60};
    *t = (trip){0};
    dcf_arena_init(&t->arena, TRIP_MEMORY);
    dcf_faults_init(&t->faults, &t->arena, TRIP_FAULTS);
    t->status = dcf_to_canonical(d, doc, &limits, &t->arena, &t->faults, &t->envelope);
    LAW(dcf_ok(t->status) || dcf_is(t->status, DCF_E_FAULTY) || dcf_is(t->status, DCF_E_NOMEM));
    LAW(dcf_is(t->status, DCF_E_NOMEM) || dcf_ok(t->status) == (t->faults.errors == 0));
    LAW(t->arena.used <= t->arena.limit);
    trip_check_faults(&t->faults, true);
}

static inline void trip_fini(trip *t)
{
    dcf_arena_fini(&t->arena);
}

static inline size_t trip_pack(const trip *t, uint8_t **ret)
{
    size_t n = protobuf_c_message_get_packed_size(&t->envelope->base);
    *ret = malloc(n + 1);
    return protobuf_c_message_pack(&t->envelope->base, *ret);
}

/* The size of the native document is its own. */
static inline void trip_same(const trip *a, const trip *b)
{
    uint8_t *x, *y;
    b->envelope->native->size = a->envelope->native->size;
    size_t n = trip_pack(a, &x), m = trip_pack(b, &y);
    LAW(n == m && memcmp(x, y, n) == 0);
    free(x);
    free(y);
}

static inline void trip_canonical_json(const trip *t)
{
    dcf_buf json = {.limit = (size_t)4 << 20};
    trip again = {0};
    dcf_arena_init(&again.arena, TRIP_MEMORY);
    dcf_faults_init(&again.faults, &again.arena, TRIP_FAULTS);
    if (dcf_ok(dcf_canonical_to_json(t->envelope, false, &json))) {
        again.status = dcf_canonical_from_json(dcf_buf_span(&json), NULL, &again.arena,
                                               &again.faults, &again.envelope);
        if (!dcf_is(again.status, DCF_E_NOMEM)) {
            LAW(dcf_ok(again.status));
            trip_same(t, &again);
        }
    }
    dcf_buf_fini(&json);
    trip_fini(&again);
}

typedef struct trip_options {
    bool must_write;                            /* what is read without a word can be written */
    void (*ready)(Dcf__V1__Envelope *);         /* fills what the exchange would before writing */
    bool (*one_way)(const Dcf__V1__Envelope *); /* its native form says less than the message */
} trip_options;

/*
 * All laws. A warning says that something is not kept, or not as it was: then what is written must
 * read, and need not be the same.
 */
static inline void trip_laws(const dcf_dialect *d, dcf_span doc, trip_options is)
{
    trip a, b;
    dcf_buf out = {.limit = (size_t)8 << 20};
    trip_read(&a, d, doc);
    if (dcf_ok(a.status)) {
        trip_canonical_json(&a);
        if (is.ready) is.ready(a.envelope);
        bool may_refuse = !is.must_write || a.faults.count + a.faults.dropped > 0;
        dcf_status s = dcf_from_canonical(d, a.envelope, &a.arena, &a.faults, &out);
        trip_check_faults(&a.faults, false);
        bool bounded = dcf_is(s, DCF_E_NOMEM) || dcf_is(s, DCF_E_LIMIT);
        LAW(dcf_ok(s) || bounded || (may_refuse && a.faults.errors > 0));
        if (dcf_ok(s)) {
            trip_read(&b, d, dcf_buf_span(&out));
            if (is.ready && b.envelope) is.ready(b.envelope);
            bool told = a.faults.count + a.faults.dropped > 0;
            bool other = b.envelope && strcmp(a.envelope->native->message, /* an older form */
                                              b.envelope->native->message) != 0;
            other = other || (is.one_way && is.one_way(a.envelope));
            if (!dcf_is(b.status, DCF_E_NOMEM)) {
                LAW(dcf_ok(b.status));
                if (!told && !other) trip_same(&a, &b);
            }
            trip_fini(&b);
        }
    }
    dcf_buf_fini(&out);
    trip_fini(&a);
}

#endif
