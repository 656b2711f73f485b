/* run.h - one command line of dcfctl, run in this process; what it printed and its exit code. */
#ifndef DCF_TESTS_CTL_RUN_H
#define DCF_TESTS_CTL_RUN_H

#include "ctl/ctl.h"

#include <stdarg.h>
#include <stdlib.h>

typedef struct outcome {
    int code;
    char *out, *err;
} outcome;

/* Words of the command line after the program, ended by NULL. */
static inline outcome run(const char *first, ...)
{
    char *argv[32] = {strdup("dcfctl")};
    int argc = 1;
    va_list ap;
    va_start(ap, first);
    for (const char *word = first; word && argc < 31; word = va_arg(ap, const char *))
        argv[argc++] = strdup(word);
    va_end(ap);
    char *keep[32]; /* the parser moves them about */
    memcpy(keep, argv, sizeof keep);
    outcome r = {0};
    size_t out_size, err_size;
    FILE *out = open_memstream(&r.out, &out_size), *err = open_memstream(&r.err, &err_size);
    r.code = ctl_main(argc, argv, out, err);
    fclose(out);
    fclose(err);
    for (int i = 0; i < argc; i++) free(keep[i]);
    return r;
}

static inline void drop_outcome(outcome *r)
{
    free(r->out);
    free(r->err);
}

/* The content of tests/unit/ctl/golden/NAME; with DCF_GOLDEN=write in the environment it becomes
 * actual first. */
static inline char *golden(const char *name, const char *actual)
{
    char path[512];
    const char *source = getenv("DCF_SOURCE");
    snprintf(path, sizeof path, "%s/tests/unit/ctl/golden/%s", source ? source : ".", name);
    if (getenv("DCF_GOLDEN")) {
        FILE *f = fopen(path, "w");
        if (!f) abort();
        fputs(actual, f);
        fclose(f);
    }
    dcf_buf text = {0};
    char *copy = strdup(dcf_ok(dcf_buf_read_file(&text, path, 1 << 20)) ? dcf_buf_cstr(&text) : "");
    dcf_buf_fini(&text);
    return copy;
}

#define ASSERT_GOLDEN(name, actual)                                                                \
    do {                                                                                           \
        char *expected_ = golden(name, actual);                                                    \
        CU_ASSERT_STRING_EQUAL(actual, expected_);                                                 \
        if (strcmp(actual, expected_) != 0) printf("\n--- %s, got:\n%s", name, actual);            \
        free(expected_);                                                                           \
    } while (0)

#endif
