/* kit.h - what the tests of translate/ share: dialects from files or text, documents, and the
 * faults they give. */
#ifndef TESTS_TRANSLATE_KIT_H
#define TESTS_TRANSLATE_KIT_H

#include "base/arena.h"
#include "base/buf.h"
#include "dcf/translate.h"
#include "dcf/v1/envelope.pb-c.h"
#include "unit.h"

#include <stdlib.h>
#include <unistd.h>

#define KIT_DIR "tests/unit/translate/"

typedef struct kit {
    dcf_arena arena;
    dcf_faults faults;
    dcf_buf out;
    Dcf__V1__Envelope *envelope;
    dcf_status status;
} kit;

static inline void kit_begin(kit *k)
{
    memset(k, 0, sizeof *k);
    dcf_arena_init(&k->arena, (size_t)64 << 20);
    dcf_faults_init(&k->faults, &k->arena, 100);
}

static inline void kit_end(kit *k)
{
    dcf_buf_fini(&k->out);
    dcf_arena_fini(&k->arena);
}

static inline dcf_dialect *kit_dialect(const char *path)
{
    kit k;
    dcf_dialect *d = NULL;
    kit_begin(&k);
    dcf_status s = dcf_dialect_load(path, &k.faults, &d);
    for (size_t i = 0; i < k.faults.count; i++)
        printf("%s:%u:%u %s\n", path, k.faults.items[i].line, k.faults.items[i].column,
               k.faults.items[i].detail);
    CU_ASSERT_TRUE_FATAL(dcf_ok(s));
    kit_end(&k);
    return d;
}

/* Compiles a mapping given as text; k is begun and holds the mistakes. */
static inline dcf_status kit_load_text(kit *k, const char *yaml, dcf_dialect **ret)
{
    char path[] = "/tmp/dcf-mapping-XXXXXX";
    int fd = mkstemp(path);
    CU_ASSERT_FATAL(fd >= 0);
    CU_ASSERT_EQUAL_FATAL(write(fd, yaml, strlen(yaml)), (ssize_t)strlen(yaml));
    close(fd);
    kit_begin(k);
    dcf_status s = dcf_dialect_load(path, &k->faults, ret);
    unlink(path);
    return s;
}

/* Reads a document; the faults and the envelope are in k until kit_end. */
static inline void kit_read_span(kit *k, const dcf_dialect *d, dcf_span doc)
{
    kit_begin(k);
    k->status = dcf_to_canonical(d, doc, NULL, &k->arena, &k->faults, &k->envelope);
}

static inline void kit_read(kit *k, const dcf_dialect *d, const char *doc)
{
    kit_read_span(k, d, dcf_span_str(doc));
}

static inline const dcf_fault *kit_fault(const kit *k, dcf_fault_code code)
{
    for (size_t i = 0; i < k->faults.count; i++)
        if (k->faults.items[i].code == code) return &k->faults.items[i];
    return NULL;
}

static inline void kit_show(const kit *k)
{
    for (size_t i = 0; i < k->faults.count; i++) {
        const dcf_fault *f = &k->faults.items[i];
        printf("  %d %u:%u %s [%s] %s\n", (int)f->code, f->line, f->column, f->path, f->field,
               f->detail);
    }
}

/* Reads doc and expects this fault among what is told; 0 expects none at all. */
static inline void kit_expect(const dcf_dialect *d, const char *doc, int code, const char *path)
{
    kit k;
    kit_read(&k, d, doc);
    const dcf_fault *f = code ? kit_fault(&k, (dcf_fault_code)code) : NULL;
    bool good = code ? f && (!path || strcmp(f->path, path) == 0) : k.faults.count == 0;
    if (!good) {
        printf("\n  expected %d %s in %.300s\n", code, path ? path : "", doc);
        kit_show(&k);
    }
    CU_ASSERT_TRUE(good);
    if (f && f->severity == DCF_SEVERITY_ERROR) CU_ASSERT_TRUE(dcf_is(k.status, DCF_E_FAULTY));
    kit_end(&k);
}

static inline size_t kit_packed(const Dcf__V1__Envelope *e, uint8_t **ret)
{
    size_t n = protobuf_c_message_get_packed_size(&e->base);
    *ret = malloc(n + 1);
    return protobuf_c_message_pack(&e->base, *ret);
}

/* The same message: packed bytes agree, but for the size of the native document. */
static inline bool kit_same(Dcf__V1__Envelope *a, Dcf__V1__Envelope *b)
{
    uint8_t *x, *y;
    if (a->native && b->native) b->native->size = a->native->size;
    size_t n = kit_packed(a, &x), m = kit_packed(b, &y);
    bool same = n == m && memcmp(x, y, n) == 0;
    free(x);
    free(y);
    return same;
}

/* Writes what k holds and reads it again: the same canonical message. The document is in k->out. */
static inline void kit_round(kit *k, const dcf_dialect *d)
{
    kit again;
    CU_ASSERT_TRUE_FATAL(dcf_ok(k->status));
    k->status = dcf_from_canonical(d, k->envelope, &k->arena, &k->faults, &k->out);
    if (dcf_failed(k->status)) kit_show(k);
    CU_ASSERT_TRUE_FATAL(dcf_ok(k->status));
    kit_read_span(&again, d, dcf_buf_span(&k->out));
    bool same = dcf_ok(again.status) && kit_same(k->envelope, again.envelope);
    if (!same) {
        printf("\n  %s\n", dcf_buf_cstr(&k->out));
        kit_show(&again);
    }
    CU_ASSERT_TRUE(same);
    kit_end(&again);
}

/* The mapping is refused, and one of its faults says so; at that line, unless it is 0. */
static inline void kit_mistake_at(const char *yaml, unsigned line, const char *says)
{
    kit k;
    dcf_dialect *d = NULL;
    bool found = false;
    CU_ASSERT_TRUE(dcf_is(kit_load_text(&k, yaml, &d), DCF_E_CONFIG));
    CU_ASSERT_PTR_NULL(d);
    for (size_t j = 0; j < k.faults.count; j++) {
        const dcf_fault *f = &k.faults.items[j];
        found = found || (f->code == DCF_FAULT_MAPPING && (!line || f->line == line) &&
                          strstr(f->detail, says));
    }
    CU_ASSERT_TRUE(found);
    if (!found) printf("\n%s  not told at line %u: %s\n", yaml, line, says), kit_show(&k);
    kit_end(&k);
}

static inline void kit_mistake(const char *yaml, const char *says)
{
    kit_mistake_at(yaml, 0, says);
}

#endif
