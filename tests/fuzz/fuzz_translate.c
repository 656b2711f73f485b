/* fuzz_translate.c - documents through a mapping: what is accepted is written, and reads as the
 * same canonical message. */
#include "base/arena.h"
#include "base/buf.h"
#include "dcf/translate.h"
#include "dcf/v1/envelope.pb-c.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LAW(x)                                                                                     \
    do {                                                                                           \
        if (!(x)) {                                                                                \
            fprintf(stderr, "law broken: %s (line %d)\n", #x, __LINE__);                           \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

static dcf_dialect *dialects[2];

static void load(void)
{
    static const char *const files[] = {"xml.yaml", "json.yaml"};
    const char *source = getenv("DCF_SOURCE");
    for (size_t i = 0; i < 2; i++) {
        char path[1024];
        dcf_arena arena;
        dcf_faults faults;
        snprintf(path, sizeof path, "%s/tests/unit/translate/%s", source ? source : ".", files[i]);
        dcf_arena_init(&arena, 1 << 20);
        dcf_faults_init(&faults, &arena, 20);
        LAW(dcf_ok(dcf_dialect_load(path, &faults, &dialects[i])));
        dcf_arena_fini(&arena);
    }
}

typedef struct pass {
    dcf_arena arena;
    dcf_faults faults;
    Dcf__V1__Envelope *envelope;
    dcf_status status;
} pass;

static void read_one(pass *p, const dcf_dialect *d, dcf_span doc)
{
    dcf_limits limits = {.depth = 60};
    *p = (pass){0};
    dcf_arena_init(&p->arena, (size_t)16 << 20);
    dcf_faults_init(&p->faults, &p->arena, 50);
    p->status = dcf_to_canonical(d, doc, &limits, &p->arena, &p->faults, &p->envelope);
    LAW(!dcf_is(p->status, DCF_E_BUG));
}

static bool lossy(const pass *p)
{
    for (size_t i = 0; i < p->faults.count; i++)
        if (p->faults.items[i].code == DCF_FAULT_TRUNCATED ||
            p->faults.items[i].code == DCF_FAULT_LOST_ON_WRITE)
            return true;
    return p->faults.dropped > 0;
}

static void canonical_json_too(const pass *p)
{
    dcf_buf json = {.limit = (size_t)4 << 20};
    pass again = {0};
    dcf_arena_init(&again.arena, (size_t)16 << 20);
    dcf_faults_init(&again.faults, &again.arena, 50);
    if (dcf_ok(dcf_canonical_to_json(p->envelope, false, &json))) {
        again.status = dcf_canonical_from_json(dcf_buf_span(&json), NULL, &again.arena,
                                               &again.faults, &again.envelope);
        LAW(dcf_ok(again.status));
        LAW(protobuf_c_message_get_packed_size(&again.envelope->base) ==
            protobuf_c_message_get_packed_size(&p->envelope->base));
    }
    dcf_buf_fini(&json);
    dcf_arena_fini(&again.arena);
}

static void compare(const pass *a, const pass *b)
{
    b->envelope->native->size = a->envelope->native->size;
    size_t n = protobuf_c_message_get_packed_size(&a->envelope->base);
    LAW(n == protobuf_c_message_get_packed_size(&b->envelope->base));
    uint8_t *x = malloc(n + 1), *y = malloc(n + 1);
    protobuf_c_message_pack(&a->envelope->base, x);
    protobuf_c_message_pack(&b->envelope->base, y);
    LAW(memcmp(x, y, n) == 0);
    free(x);
    free(y);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!dialects[0]) load();
    const uint8_t *first = data;
    while (first < data + size && *first <= ' ') first++;
    const dcf_dialect *d = dialects[first < data + size && *first == '{'];
    pass a, b;
    dcf_buf out = {.limit = (size_t)4 << 20};
    read_one(&a, d, dcf_span_of(data, size));
    if (dcf_ok(a.status)) {
        canonical_json_too(&a);
        if (!*a.envelope->correlation_id) a.envelope->correlation_id = (char *)"C";
        dcf_status s = dcf_from_canonical(d, a.envelope, &a.arena, &a.faults, &out);
        if (!dcf_is(s, DCF_E_NOMEM)) {
            LAW(dcf_ok(s));
            read_one(&b, d, dcf_buf_span(&out));
            if (d == dialects[1])
                b.envelope->correlation_id = a.envelope->correlation_id; /* has no place there */
            LAW(dcf_ok(b.status));
            if (!lossy(&a)) compare(&a, &b);
            dcf_arena_fini(&b.arena);
        }
    }
    dcf_buf_fini(&out);
    dcf_arena_fini(&a.arena);
    return 0;
}
