/* packed.c - see packed.h. */
#include "packed.h"

#include "model/envelope.h"

#include <stdio.h>
#include <stdlib.h>

enum { MEMORY = 64 << 20 };

dcf_dialect *bench_dialect(const char *name)
{
    char path[4096];
    dcf_arena arena;
    dcf_faults faults;
    dcf_dialect *d = NULL;
    const char *home = getenv("DCF_HOME");
    dcf_arena_init(&arena, 1 << 20);
    dcf_faults_init(&faults, &arena, 5);
    snprintf(path, sizeof path, "%s/adapters/dialect/%s/mapping.yaml", home ? home : ".", name);
    if (dcf_failed(dcf_dialect_load(path, &faults, &d)))
        fprintf(stderr, "bench: %s cannot be loaded\n", path);
    dcf_arena_fini(&arena);
    return d;
}

bool bench_pack_once(const dcf_dialect *d, dcf_span document, dcf_arena *arena, dcf_buf *out)
{
    dcf_faults faults;
    Dcf__V1__Envelope *e;
    dcf_faults_init(&faults, arena, 20);
    dcf_status s = dcf_to_canonical(d, document, NULL, arena, &faults, &e);
    if (dcf_ok(s)) s = dcf_envelope_pack(e, out);
    if (dcf_ok(s) && faults.count == 0) return true;
    fprintf(stderr, "bench: %s\n", dcf_status_text(s));
    for (size_t i = 0; i < faults.count; i++)
        fprintf(stderr, "bench: %d at %u:%u %s %s\n", (int)faults.items[i].code,
                faults.items[i].line, faults.items[i].column, faults.items[i].path,
                faults.items[i].detail);
    return false;
}

bool bench_packed(const dcf_dialect *d, dcf_span document, dcf_buf *out)
{
    dcf_arena arena;
    dcf_arena_init(&arena, MEMORY);
    bool ok = bench_pack_once(d, document, &arena, out);
    dcf_arena_fini(&arena);
    return ok;
}
