/*
 * golden.h - files beside the source and expected texts, for the golden tests.
 *
 * An expected file is written, not compared, when DCF_GOLDEN=write: look at the
 * difference before it is committed. Test code: fails the running CUnit test
 * rather than returning errors. SPDX-License-Identifier: MIT
 */
#ifndef DCF_TESTS_GOLDEN_H
#define DCF_TESTS_GOLDEN_H

#include "base/arena.h"
#include "base/buf.h"
#include "dcf/translate.h"

#include <CUnit/Basic.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { GOLDEN_FILE_LIMIT = 8 << 20, GOLDEN_ARENA_LIMIT = 64 << 20, GOLDEN_FILES = 200 };

static inline const char *golden_root(void)
{
    const char *root = getenv("DCF_SOURCE");
    return root ? root : ".";
}

/* CHECK with a text of its own: a list of files fails by name. */
#define GOLDEN_CHECK(ok, ...)                                                                      \
    do {                                                                                           \
        bool golden_ok = (ok);                                                                     \
        if (!golden_ok) {                                                                          \
            printf("\n    ");                                                                      \
            printf(__VA_ARGS__);                                                                   \
        }                                                                                          \
        CU_assertImplementation(golden_ok, __LINE__, #ok, __FILE__, "", CU_FALSE);                 \
    } while (0)

static inline bool golden_has_suffix(const char *s, const char *suffix)
{
    size_t n = strlen(s), m = strlen(suffix);
    return n >= m && strcmp(s + n - m, suffix) == 0;
}

static inline int golden_by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The plain files of a folder with that suffix, sorted; names live in the arena. 0 when there is no
 * folder. */
static inline size_t golden_list(dcf_arena *arena, const char *folder, const char *suffix,
                                 char **names)
{
    size_t n = 0;
    DIR *dir = opendir(folder);
    for (struct dirent *e; dir && n < GOLDEN_FILES && (e = readdir(dir));)
        if (e->d_type != DT_DIR && golden_has_suffix(e->d_name, suffix))
            names[n++] = dcf_arena_strdup(arena, e->d_name);
    if (dir) closedir(dir);
    qsort(names, n, sizeof *names, golden_by_name);
    return n;
}

/* The two texts are the same; else the first line that differs is shown. */
static inline void golden_same(const char *what, dcf_span got, dcf_span want)
{
    size_t at = 0, line = 1, start = 0;
    while (at < got.size && at < want.size && got.data[at] == want.data[at])
        if (got.data[at++] == '\n') line++, start = at;
    size_t got_end = at, want_end = at;
    while (got_end < got.size && got.data[got_end] != '\n' && got_end < at + 200) got_end++;
    while (want_end < want.size && want.data[want_end] != '\n' && want_end < at + 200) want_end++;
    if (at - start > 200) start = at - 200;
    GOLDEN_CHECK(dcf_span_eq(got, want), "%s:%zu differs\n      got  %.*s\n      want %.*s", what,
                 line, (int)(got_end - start), (const char *)got.data + start,
                 (int)(want_end - start), (const char *)want.data + start);
}

/* got is what stands in the file at path; or, when writing, it does from now on. */
static inline void golden_expect(const char *path, dcf_span got)
{
    const char *mode = getenv("DCF_GOLDEN");
    if (mode && strcmp(mode, "write") == 0) {
        FILE *f = fopen(path, "wb");
        GOLDEN_CHECK(f && fwrite(got.data, 1, got.size, f) == got.size, "%s: cannot write", path);
        if (f) GOLDEN_CHECK(fclose(f) == 0, "%s: cannot write", path);
        return;
    }
    DCF_CLEANUP(dcf_buf_fini) dcf_buf want = {0};
    bool there = dcf_ok(dcf_buf_read_file(&want, path, GOLDEN_FILE_LIMIT));
    GOLDEN_CHECK(there, "%s: not there; see DCF_GOLDEN=write", path);
    if (there) golden_same(path, got, dcf_buf_span(&want));
}

/* One line a fault: "DCF-2003 error 12:5 PATH [FIELD] detail". */
static inline void golden_faults(const dcf_faults *faults, dcf_buf *out)
{
    for (size_t i = 0; i < faults->count; i++) {
        const dcf_fault *f = &faults->items[i];
        dcf_buf_printf(out, "%s %s %u:%u %s [%s] %s\n", dcf_fault_row_of(f->code)->id,
                       f->severity == DCF_SEVERITY_ERROR ? "error" : "warn", f->line, f->column,
                       f->path, f->field, f->detail);
    }
    if (faults->dropped) dcf_buf_printf(out, "and %zu more\n", faults->dropped);
}

/* The dialect of that name; NULL, and a failed test that lists the mistakes, when it does not
 * compile. */
static inline dcf_dialect *golden_dialect(dcf_arena *arena, const char *name)
{
    dcf_dialect *d = NULL;
    dcf_faults faults;
    dcf_faults_init(&faults, arena, 200);
    const char *path =
        dcf_arena_printf(arena, "%s/adapters/dialect/%s/mapping.yaml", golden_root(), name);
    if (dcf_ok(dcf_dialect_load(path, &faults, &d))) return d;
    DCF_CLEANUP(dcf_buf_fini) dcf_buf text = {0};
    golden_faults(&faults, &text);
    GOLDEN_CHECK(false, "%s\n%s", path, dcf_buf_cstr(&text));
    return NULL;
}

#endif
