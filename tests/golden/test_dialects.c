/*
 * test_dialects.c - every sample of every dialect: what it means (expected canonical
 * JSON and warnings), how it is written again (expected native text), and the
 * round-trip laws. Samples in bad/ tell what their senders are told.
 *
 *   samples/X.xml  ->  expected/X.canonical.json, X.native.xml, X.warnings.txt when it has any
 *   samples/bad/X  ->  expected/X.faults.txt
 *
 * DCF_GOLDEN=write writes the expected files: review them before committing.
 */
#include "golden.h"
#include "unit.h"

#include "base/yaml.h"
#include "dcf/v1/envelope.pb-c.h"

#include <unistd.h>

typedef struct trip {
    const dcf_dialect *dialect;
    dcf_arena arena;
    dcf_faults faults;
    Dcf__V1__Envelope *envelope;
    dcf_buf json, native;
} trip;

static void trip_init(trip *r, const dcf_dialect *d)
{
    *r = (trip){.dialect = d};
    dcf_arena_init(&r->arena, GOLDEN_ARENA_LIMIT);
    dcf_faults_init(&r->faults, &r->arena, 200);
}

static void trip_fini(trip *r)
{
    dcf_buf_fini(&r->json);
    dcf_buf_fini(&r->native);
    dcf_arena_fini(&r->arena);
}

/* native -> canonical -> JSON text. Size and hash of the native bytes are the one thing that may
 * differ. */
static dcf_status trip_read(trip *r, dcf_span native)
{
    dcf_status s = dcf_to_canonical(r->dialect, native, NULL, &r->arena, &r->faults, &r->envelope);
    if (dcf_failed(s)) return s;
    r->envelope->native->size = 0;
    r->envelope->native->sha256 = (ProtobufCBinaryData){0};
    return dcf_canonical_to_json(r->envelope, true, &r->json);
}

/* Whether the dialect's samples/one-way.yaml excuses the sample: a map of names to reasons. */
static bool is_one_way(const char *folder, const char *name)
{
    char path[512];
    dcf_yaml_doc *doc = NULL;
    snprintf(path, sizeof path, "%s/one-way.yaml", folder);
    if (access(path, F_OK) != 0) return false;
    dcf_yaml_error err = {""};
    GOLDEN_CHECK(dcf_ok(dcf_yaml_load(path, &doc, &err)), "%s", err.text);
    const char *reason = doc ? dcf_yaml_str(dcf_yaml_root(doc), name, NULL) : NULL;
    bool one = reason && *reason;
    dcf_yaml_free(doc);
    return one;
}

static const char *expected_path(trip *r, const char *folder, const char *name, const char *suffix)
{
    const char *dot = strrchr(name, '.');
    return dcf_arena_printf(&r->arena, "%s/expected/%.*s.%s", folder, (int)(dot - name), name,
                            suffix);
}

/* The laws: what was written means the same, and is written the same again. */
static void check_laws(trip *first, const char *name)
{
    trip second;
    trip_init(&second, first->dialect);
    bool read = dcf_ok(trip_read(&second, dcf_buf_span(&first->native)));
    DCF_CLEANUP(dcf_buf_fini) dcf_buf faults = {0};
    golden_faults(&second.faults, &faults);
    GOLDEN_CHECK(read, "%s: what was written cannot be read:\n%s", name, dcf_buf_cstr(&faults));
    if (read) {
        golden_same(dcf_arena_printf(&first->arena, "%s: canonical -> native -> canonical", name),
                    dcf_buf_span(&second.json), dcf_buf_span(&first->json));
        dcf_status s = dcf_from_canonical(second.dialect, second.envelope, &second.arena,
                                          &second.faults, &second.native);
        GOLDEN_CHECK(dcf_ok(s), "%s: cannot be written again", name);
        golden_same(dcf_arena_printf(&first->arena, "%s: written again", name),
                    dcf_buf_span(&second.native), dcf_buf_span(&first->native));
    }
    trip_fini(&second);
}

static void check_sample(const dcf_dialect *d, const char *folder, const char *name)
{
    trip r;
    trip_init(&r, d);
    DCF_CLEANUP(dcf_buf_fini) dcf_buf file = {0}, faults = {0};
    const char *ext = strrchr(name, '.') + 1;
    const char *path = dcf_arena_printf(&r.arena, "%s/%s", folder, name);
    GOLDEN_CHECK(dcf_ok(dcf_buf_read_file(&file, path, GOLDEN_FILE_LIMIT)), "%s: cannot read",
                 path);
    dcf_status s = trip_read(&r, dcf_buf_span(&file));
    if (dcf_ok(s)) s = dcf_from_canonical(d, r.envelope, &r.arena, &r.faults, &r.native);
    golden_faults(&r.faults, &faults);
    bool one = is_one_way(folder, name);
    GOLDEN_CHECK(dcf_ok(s) || one, "%s: %s\n%s", path, dcf_status_text(s), dcf_buf_cstr(&faults));
    golden_expect(expected_path(&r, folder, name, "canonical.json"), dcf_buf_span(&r.json));
    const char *warnings = expected_path(&r, folder, name, "warnings.txt");
    if (faults.size)
        golden_expect(warnings, dcf_buf_span(&faults));
    else
        GOLDEN_CHECK(access(warnings, F_OK) != 0, "%s: nothing is reported any more", warnings);
    if (dcf_ok(s)) {
        golden_expect(expected_path(&r, folder, name, dcf_arena_printf(&r.arena, "native.%s", ext)),
                      dcf_buf_span(&r.native));
        if (!one) check_laws(&r, path);
    }
    trip_fini(&r);
}

static void check_bad(const dcf_dialect *d, const char *folder, const char *name)
{
    trip r;
    trip_init(&r, d);
    DCF_CLEANUP(dcf_buf_fini) dcf_buf file = {0}, faults = {0};
    const char *path = dcf_arena_printf(&r.arena, "%s/%s", folder, name);
    GOLDEN_CHECK(dcf_ok(dcf_buf_read_file(&file, path, GOLDEN_FILE_LIMIT)), "%s: cannot read",
                 path);
    GOLDEN_CHECK(dcf_is(trip_read(&r, dcf_buf_span(&file)), DCF_E_FAULTY), "%s: was taken", path);
    GOLDEN_CHECK(r.faults.errors > 0, "%s: refused without a reason", path);
    golden_faults(&r.faults, &faults);
    golden_expect(expected_path(&r, folder, name, "faults.txt"), dcf_buf_span(&faults));
    trip_fini(&r);
}

static void check_dialect(const char *name, const char *ext)
{
    dcf_arena arena;
    dcf_arena_init(&arena, GOLDEN_ARENA_LIMIT);
    dcf_dialect *d = golden_dialect(&arena, name);
    char *files[GOLDEN_FILES];
    const char *folder =
        dcf_arena_printf(&arena, "%s/adapters/dialect/%s/samples", golden_root(), name);
    size_t n = golden_list(&arena, folder, ext, files);
    GOLDEN_CHECK(n > 0, "%s: no samples", folder);
    for (size_t i = 0; d && i < n; i++) check_sample(d, folder, files[i]);
    folder = dcf_arena_printf(&arena, "%s/bad", folder);
    n = golden_list(&arena, folder, ext, files);
    GOLDEN_CHECK(n > 0, "%s: no bad samples", folder);
    for (size_t i = 0; d && i < n; i++) check_bad(d, folder, files[i]);
    dcf_dialect_free(d);
    dcf_arena_fini(&arena);
}

static void spi_samples_mean_what_is_expected(void)
{
    check_dialect("spi", ".xml");
}

static void pole_samples_mean_what_is_expected(void)
{
    check_dialect("pole", ".json");
}

static void cms_samples_mean_what_is_expected(void)
{
    check_dialect("cms", ".json");
}

static void twif_samples_mean_what_is_expected(void)
{
    check_dialect("twif", ".xml");
}

static void extract_samples_mean_what_is_expected(void)
{
    check_dialect("extract", ".csv");
}

#define TESTS(X)                                                                                   \
    X(spi_samples_mean_what_is_expected)                                                           \
    X(pole_samples_mean_what_is_expected)                                                          \
    X(cms_samples_mean_what_is_expected)                                                           \
    X(twif_samples_mean_what_is_expected)                                                          \
    X(extract_samples_mean_what_is_expected)
UNIT_MAIN("dialects", TESTS)
