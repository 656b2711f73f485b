/* fuzz_mapping.c - any text as a mapping: it compiles, or every mistake is told; what compiles
 * reads and writes. */
#include "base/arena.h"
#include "base/buf.h"
#include "dcf/translate.h"
#include "dcf/v1/envelope.pb-c.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const documents[] = {
    "<M xmlns='urn:d' a='1'><A>x</A><B><C>y</C></B><B/><D><E>1</E></D></M>",
    "{\"a\":\"x\",\"b\":{\"c\":[\"y\",\"z\"]},\"d\":[{\"e\":1},{\"e\":2}],\"t\":\"v\"}",
    "a;1;x;y\nd;1;z\n",
    "\x0A\x01X\x12\x02\x08\x01\x1A\x05\x0A\x01k\x10\x01",
};

static void use(const dcf_dialect *d)
{
    for (size_t i = 0; i < sizeof documents / sizeof *documents; i++) {
        dcf_arena arena;
        dcf_faults faults;
        dcf_buf out = {.limit = 1 << 20};
        Dcf__V1__Envelope *e = NULL;
        dcf_arena_init(&arena, (size_t)8 << 20);
        dcf_faults_init(&faults, &arena, 20);
        dcf_status s = dcf_to_canonical(d, dcf_span_str(documents[i]), NULL, &arena, &faults, &e);
        if (dcf_ok(s)) s = dcf_from_canonical(d, e, &arena, &faults, &out);
        if (dcf_is(s, DCF_E_BUG)) abort();
        dcf_buf_fini(&out);
        dcf_arena_fini(&arena);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) return 0; /* base/yaml refuses or aborts on nothing: its own tests' matter */
    char path[64];
    int fd = memfd_create("mapping", MFD_CLOEXEC);
    if (fd < 0) return 0;
    if (write(fd, data, size) != (ssize_t)size) abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    dcf_arena arena;
    dcf_faults faults;
    dcf_dialect *d = NULL;
    dcf_arena_init(&arena, (size_t)8 << 20);
    dcf_faults_init(&faults, &arena, 20);
    dcf_status s = dcf_dialect_load(path, &faults, &d);
    if (dcf_ok(s) != (faults.errors == 0)) abort();
    if (dcf_ok(s)) use(d);
    dcf_dialect_free(d);
    dcf_arena_fini(&arena);
    close(fd);
    return 0;
}
