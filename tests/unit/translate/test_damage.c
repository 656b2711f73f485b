/* test_damage.c - every sample of every dialect, cut short at every byte, with a byte behind it and
 * with a byte changed: refused with a code, or read and kept; never half a message unsaid. */
#include "kit.h"
#include "one_way.h"

#include <dirent.h>

enum { DOCUMENT_MOST = 1 << 20, CUTS = 400, CHANGES = 40, NAME_SIZE = 1024 };

/* Samples, and what their format promises when bytes are missing at the end. */
typedef struct subject {
    const char *mapping, *folder, *suffix; /* below the source tree */
    bool ends;     /* a document says where it ends: a table and a protobuf message do not */
    bool may_lack; /* the folder lies beside the tree, or not */
} subject;

#define DIALECT(name) "adapters/dialect/" name "/mapping.yaml", "adapters/dialect/" name "/samples"

static const subject subjects[] = {
    {DIALECT("spi"), ".xml", true, false},
    {DIALECT("twif"), ".xml", true, false},
    {DIALECT("pole"), ".json", true, false},
    {DIALECT("cms"), ".json", true, false},
    {DIALECT("extract"), ".csv", false, false},
    {"adapters/template/mapping.yaml", "adapters/template/samples", "", true, false},
    {KIT_DIR "protobuf.yaml", "tests/fuzz/corpus/protobuf", "", false, false},
    {"adapters/dialect/spi/mapping.yaml", "../shared/samples/spi", ".xml", true, true},
};

typedef struct sample {
    const subject *of;
    const dcf_dialect *dialect;
    const char *name;
    dcf_span doc;
    uint8_t *packed; /* what it means */
    size_t packed_size;
} sample;

typedef void sample_test(const sample *s);

static const char *source(void)
{
    const char *root = getenv("DCF_SOURCE");
    return root ? root : ".";
}

/* Shown once a failure: which document, and where it was damaged. */
static void hold(bool good, const sample *s, const char *what, size_t at, const kit *k)
{
    if (!good) {
        printf("\n  %s %s %s at byte %zu\n", s->of->folder, s->name, what, at);
        kit_show(k);
    }
    CU_ASSERT_TRUE(good);
}

static bool means_the_same(const sample *s, Dcf__V1__Envelope *e)
{
    uint8_t *packed;
    e->native->size = s->doc.size;
    size_t size = kit_packed(e, &packed);
    bool same = size == s->packed_size && memcmp(packed, s->packed, size) == 0;
    free(packed);
    return same;
}

/* What was read is written and read again, or it is told why not. */
static bool is_kept(const sample *s, kit *k)
{
    kit again;
    if (one_way(k->envelope)) return true;
    if (dcf_failed(dcf_from_canonical(s->dialect, k->envelope, &k->arena, &k->faults, &k->out)))
        return k->faults.errors > 0;
    bool told = k->faults.count > 0;
    kit_read_span(&again, s->dialect, dcf_buf_span(&k->out));
    bool kept = dcf_ok(again.status) && (told || kit_same(k->envelope, again.envelope));
    kit_end(&again);
    return kept;
}

/* Refused with a code, or read: then whole, when its format tells a whole, and kept. */
static void check(const sample *s, dcf_span doc, const char *what, size_t at, bool whole)
{
    kit k;
    kit_read_span(&k, s->dialect, doc);
    bool refused = dcf_is(k.status, DCF_E_FAULTY) && k.faults.errors > 0;
    bool good = refused || (dcf_ok(k.status) && k.faults.errors == 0);
    if (good && !refused) good = whole ? means_the_same(s, k.envelope) : is_kept(s, &k);
    hold(good, s, what, at, &k);
    kit_end(&k);
}

/* The bytes lie at the end of their own block: a reader that looks further is seen by the address
 * sanitizer. */
static void check_copy(const sample *s, dcf_span doc, const char *what, size_t at, bool whole)
{
    uint8_t *copy = malloc(doc.size ? doc.size : 1);
    CU_ASSERT_PTR_NOT_NULL_FATAL(copy);
    memcpy(copy, doc.data, doc.size);
    check(s, dcf_span_of(copy, doc.size), what, at, whole);
    free(copy);
}

/* At every byte; of large documents, whose parts are alike, at some: with DCF_DAMAGE=all at every.
 */
static void cut_short(const sample *s)
{
    size_t step = getenv("DCF_DAMAGE") ? 1 : s->doc.size / CUTS + 1;
    for (size_t n = 0; n < s->doc.size; n += step)
        check_copy(s, dcf_span_of(s->doc.data, n), "cut", n, s->of->ends);
}

static void appended(const sample *s)
{
    static const char bytes[] = "\0\1\t\n\r \x1f\"&',;-0a<>[]{}\\/\x7f\x80\xc3\xef\xff";
    uint8_t *longer = malloc(s->doc.size + 1);
    CU_ASSERT_PTR_NOT_NULL_FATAL(longer);
    memcpy(longer, s->doc.data, s->doc.size);
    for (size_t i = 0; i < sizeof bytes - 1; i++) {
        longer[s->doc.size] = (uint8_t)bytes[i];
        check(s, dcf_span_of(longer, s->doc.size + 1), "appended", i, s->of->ends);
    }
    free(longer);
}

static void changed(const sample *s)
{
    uint8_t *other = malloc(s->doc.size);
    CU_ASSERT_PTR_NOT_NULL_FATAL(other);
    memcpy(other, s->doc.data, s->doc.size);
    size_t step = s->doc.size / CHANGES + 1;
    for (size_t i = 0; i < s->doc.size; i += step) {
        uint8_t bit = (uint8_t)(1U << (i / step % 8));
        other[i] ^= bit;
        check(s, dcf_span_of(other, s->doc.size), "changed", i, false);
        other[i] ^= bit;
    }
    free(other);
}

/* Samples that are refused as they are have nothing to lose. */
static bool test_sample(const subject *of, const dcf_dialect *d, const char *folder,
                        const char *name, sample_test *test)
{
    kit k;
    char path[NAME_SIZE];
    dcf_buf doc = {0};
    snprintf(path, sizeof path, "%s/%s", folder, name);
    if (dcf_failed(dcf_buf_read_file(&doc, path, DOCUMENT_MOST))) return false;
    sample s = {.of = of, .dialect = d, .name = name, .doc = dcf_buf_span(&doc)};
    kit_read_span(&k, d, s.doc);
    bool good = dcf_ok(k.status);
    if (good) s.packed_size = kit_packed(k.envelope, &s.packed);
    kit_end(&k);
    if (good) test(&s);
    free(s.packed);
    dcf_buf_fini(&doc);
    return good;
}

static void test_subject(const subject *of, sample_test *test)
{
    char path[NAME_SIZE];
    size_t done = 0;
    snprintf(path, sizeof path, "%s/%s", source(), of->mapping);
    dcf_dialect *d = kit_dialect(path);
    snprintf(path, sizeof path, "%s/%s", source(), of->folder);
    DIR *dir = opendir(path);
    for (struct dirent *e; dir && (e = readdir(dir));)
        if (e->d_name[0] != '.' && strstr(e->d_name, of->suffix))
            done += test_sample(of, d, path, e->d_name, test);
    if (dir) closedir(dir);
    CU_ASSERT_TRUE(done > 0 || of->may_lack);
    dcf_dialect_free(d);
}

static void each_sample(sample_test *test)
{
    for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++)
        test_subject(&subjects[i], test);
}

static void a_document_cut_short_at_any_byte_is_refused_or_means_the_same(void)
{
    each_sample(cut_short);
}

static void any_byte_behind_a_document_is_refused_or_means_nothing(void)
{
    each_sample(appended);
}

static void a_document_with_a_bit_changed_is_refused_or_kept(void)
{
    each_sample(changed);
}

#define TESTS(X)                                                                                   \
    X(a_document_cut_short_at_any_byte_is_refused_or_means_the_same)                               \
    X(any_byte_behind_a_document_is_refused_or_means_nothing)                                      \
    X(a_document_with_a_bit_changed_is_refused_or_kept)
UNIT_MAIN("translate.damage", TESTS)
