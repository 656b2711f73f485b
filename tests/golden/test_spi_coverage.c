/*
 * test_spi_coverage.c - nothing of SPI is lost: every path of the published schemas
 * is mapped or dropped with a reason, and every value of the published samples is
 * in the canonical message or under such a drop.
 *
 * spi-paths.txt lists the paths from the schemas, not from the mapping. The published
 * samples lie beside the source tree (DCF_PUBLISHED, else ../shared/samples/spi);
 * where they do not, that test says so and passes.
 */
#include "golden.h"
#include "unit.h"

#include "translate/inspect.h"

#include <expat.h>

enum { MAX_RULES = 4000, MAX_DEPTH = 64, MAX_VALUES = 4000 };

typedef struct row {
    const char *path, *message, *canonical, *codec;
    bool dropped, constant, group, write_only;
} row;

typedef struct rules {
    dcf_arena arena;
    dcf_dialect *dialect;
    row *rows;
    size_t count;
} rules;

static bool collect(void *self, const dcf_inspect_rule *r)
{
    rules *all = self;
    if (all->count == MAX_RULES) return false;
    all->rows[all->count++] = (row){.path = dcf_arena_strdup(&all->arena, r->native_path),
                                    .message = r->message,
                                    .canonical = r->canonical,
                                    .codec = r->codec,
                                    .dropped = r->drop != NULL,
                                    .constant = r->constant != NULL,
                                    .group = r->group,
                                    .write_only = r->write && !r->read};
    return true;
}

static void rules_init(rules *all)
{
    *all = (rules){0};
    dcf_arena_init(&all->arena, GOLDEN_ARENA_LIMIT);
    all->rows = dcf_arena_alloc(&all->arena, MAX_RULES * sizeof *all->rows);
    all->dialect = golden_dialect(&all->arena, "spi");
    if (all->dialect && all->rows) dcf_inspect_rules(all->dialect, collect, all);
}

static void rules_fini(rules *all)
{
    dcf_dialect_free(all->dialect);
    dcf_arena_fini(&all->arena);
}

static const char *last_step(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* A drop takes its path and everything below; one without a slash, that name at every element. */
static bool drop_covers(const row *r, const char *path)
{
    size_t n = strlen(r->path);
    if (!strchr(r->path, '/')) return strcmp(last_step(path), r->path) == 0;
    if (golden_has_suffix(r->path, "/*")) return strncmp(path, r->path, n - 1) == 0;
    return strncmp(path, r->path, n) == 0 && (path[n] == '\0' || path[n] == '/');
}

/* What the mapping says of a path; NULL when it says nothing. */
static const row *rule_of(const rules *all, const char *path)
{
    const row *drop = NULL;
    for (size_t i = 0; i < all->count; i++) {
        const row *r = &all->rows[i];
        if (!r->group && !r->dropped && strcmp(r->path, path) == 0) return r;
        if (r->dropped && drop_covers(r, path)) drop = r;
    }
    return drop;
}

static size_t read_lines(rules *all, const char *name, char **lines, size_t limit)
{
    DCF_CLEANUP(dcf_buf_fini) dcf_buf file = {0};
    const char *path = dcf_arena_printf(&all->arena, "%s/tests/golden/%s", golden_root(), name);
    if (dcf_failed(dcf_buf_read_file(&file, path, GOLDEN_FILE_LIMIT))) return 0;
    size_t n = 0;
    char *save = NULL, *text = dcf_arena_strdup(&all->arena, dcf_buf_cstr(&file));
    for (char *l = strtok_r(text, "\n", &save); l && n < limit; l = strtok_r(NULL, "\n", &save))
        lines[n++] = l;
    return n;
}

static void every_path_of_the_schemas_is_mapped_or_dropped(void)
{
    rules all;
    rules_init(&all);
    static char *paths[MAX_RULES];
    size_t n = read_lines(&all, "spi-paths.txt", paths, MAX_RULES);
    GOLDEN_CHECK(n > 250, "spi-paths.txt: only %zu paths", n);
    for (size_t i = 0; i < n; i++) {
        const row *r = rule_of(&all, paths[i]);
        GOLDEN_CHECK(r, "%s: neither mapped nor dropped", paths[i]);
        bool value = r && (r->dropped || !r->constant || strchr(paths[i], '@'));
        GOLDEN_CHECK(value, "%s: an element of the schema is no constant", paths[i]);
    }
    rules_fini(&all);
}

static void no_path_of_a_case_or_result_is_invented(void)
{
    rules all;
    rules_init(&all);
    static char *paths[MAX_RULES];
    size_t n = read_lines(&all, "spi-paths.txt", paths, MAX_RULES);
    for (size_t i = 0; i < all.count; i++) {
        const row *r = &all.rows[i];
        if (r->group || (strcmp(r->message, "NewCaseMessage") != 0 &&
                         strcmp(r->message, "ResultedCaseMessage") != 0))
            continue;
        bool known = false;
        for (size_t k = 0; k < n; k++) known = known || strcmp(paths[k], r->path) == 0;
        GOLDEN_CHECK(known, "%s: the schema has no such path", r->path);
    }
    rules_fini(&all);
}

/* --- the values of a document -------------------------------------------------------- */

typedef struct leaf {
    const char *path, *value;
} leaf;

typedef struct scan {
    dcf_arena *arena;
    const char *prefix; /* path of the element whose text is this document; "" */
    const char *steps[MAX_DEPTH];
    dcf_buf text[MAX_DEPTH];
    size_t depth;
    leaf *leaves;
    size_t *count;
} scan;

static bool scan_document(dcf_arena *arena, const char *prefix, dcf_span text, leaf *leaves,
                          size_t *count);

static const char *scan_path(scan *s, const char *attribute)
{
    dcf_buf path = {0};
    dcf_buf_adds(&path, s->prefix);
    for (size_t i = 0; i < s->depth; i++)
        dcf_buf_printf(&path, "%s%s", path.size ? "/" : "", s->steps[i]);
    if (attribute) dcf_buf_printf(&path, "/@%s", attribute);
    const char *text = dcf_arena_strdup(s->arena, dcf_buf_cstr(&path));
    dcf_buf_fini(&path);
    return text;
}

static const char *local(const char *name)
{
    const char *bar = strrchr(name, '|');
    return bar ? bar + 1 : name;
}

static void add_leaf(scan *s, const char *path, dcf_span value)
{
    dcf_span v = dcf_span_trim(value);
    if (v.size == 0 || *s->count == MAX_VALUES) return;
    s->leaves[(*s->count)++] = (leaf){path, dcf_arena_str(s->arena, v)};
}

static void XMLCALL on_start(void *self, const XML_Char *name, const XML_Char **attributes)
{
    scan *s = self;
    if (s->depth == MAX_DEPTH) return;
    s->steps[s->depth] = dcf_arena_strdup(s->arena, local(name));
    s->text[s->depth++] = (dcf_buf){0};
    for (size_t i = 0; attributes[i]; i += 2)
        add_leaf(s, scan_path(s, local(attributes[i])), dcf_span_str(attributes[i + 1]));
}

static void XMLCALL on_text(void *self, const XML_Char *text, int size)
{
    scan *s = self;
    if (s->depth) dcf_buf_add(&s->text[s->depth - 1], dcf_span_of(text, (size_t)size));
}

static void XMLCALL on_end(void *self, const XML_Char *name)
{
    scan *s = self;
    (void)name;
    dcf_span text = dcf_span_trim(dcf_buf_span(&s->text[s->depth - 1]));
    const char *path = scan_path(s, NULL);
    if (text.size == 0 || text.data[0] != '<' ||
        !scan_document(s->arena, path, text, s->leaves, s->count))
        add_leaf(s, path, text);
    dcf_buf_fini(&s->text[--s->depth]);
}

static bool scan_document(dcf_arena *arena, const char *prefix, dcf_span text, leaf *leaves,
                          size_t *count)
{
    scan *s = dcf_arena_alloc(arena, sizeof *s);
    /* an inner message's paths begin at its own root */
    bool bare = golden_has_suffix(prefix, "DataStreamContent");
    *s = (scan){.arena = arena, .prefix = bare ? "" : prefix, .leaves = leaves, .count = count};
    XML_Parser p = XML_ParserCreateNS(NULL, '|');
    XML_SetUserData(p, s);
    XML_SetElementHandler(p, on_start, on_end);
    XML_SetCharacterDataHandler(p, on_text);
    bool ok = XML_Parse(p, (const char *)text.data, (int)text.size, XML_TRUE) == XML_STATUS_OK;
    for (size_t i = 0; i < s->depth; i++) dcf_buf_fini(&s->text[i]);
    XML_ParserFree(p);
    return ok;
}

/* --- the values of a canonical message --------------------------------------------------- */

/* White space runs as one space, none outside: what trim and collapse may change. */
static void squeeze(dcf_span s, dcf_buf *out)
{
    dcf_buf_clear(out);
    bool gap = false;
    for (size_t i = 0; i < s.size; i++) {
        bool space = s.data[i] == ' ' || (s.data[i] >= '\t' && s.data[i] <= '\r');
        if (!space && gap && out->size) dcf_buf_addc(out, ' ');
        if (!space) dcf_buf_addc(out, (char)s.data[i]);
        gap = space;
    }
}

/* Whether some string of the JSON text is this value, but for white space. */
static bool json_has(dcf_span json, const char *value)
{
    DCF_CLEANUP(dcf_buf_fini) dcf_buf want = {0}, raw = {0}, have = {0};
    squeeze(dcf_span_str(value), &want);
    for (size_t i = 0; i < json.size; i++) {
        if (json.data[i] != '"') continue;
        dcf_buf_clear(&raw);
        for (i++; i < json.size && json.data[i] != '"'; i++) {
            bool escape = json.data[i] == '\\';
            if (escape) i++;
            char c = (char)json.data[i];
            bool space = escape && (c == 'n' || c == 't' || c == 'r');
            dcf_buf_add(&raw, space ? dcf_span_str(" ") : dcf_span_of(&json.data[i], 1));
        }
        squeeze(dcf_buf_span(&raw), &have);
        if (dcf_span_eq(dcf_buf_span(&have), dcf_buf_span(&want))) return true;
    }
    return false;
}

/* Codecs that turn a value into another text by rule; the rest keep it. */
static bool codec_rewrites(const char *codec)
{
    static const char *const names[] = {"code",      "boolean", "date_part",
                                        "time_part", "time",    "integer"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], codec) == 0) return true;
    return false;
}

static void check_values(rules *all, const char *name, dcf_span native, dcf_span json)
{
    leaf *leaves = dcf_arena_alloc(&all->arena, MAX_VALUES * sizeof *leaves);
    size_t n = 0;
    GOLDEN_CHECK(scan_document(&all->arena, "", native, leaves, &n) && n > 5, "%s: %zu values",
                 name, n);
    for (size_t i = 0; i < n; i++) {
        const row *r = rule_of(all, leaves[i].path);
        GOLDEN_CHECK(r, "%s: %s: no rule", name, leaves[i].path);
        if (!r || r->dropped || r->constant || !r->canonical[0] || r->write_only ||
            codec_rewrites(r->codec))
            continue;
        GOLDEN_CHECK(json_has(json, leaves[i].value), "%s: %s: the value is lost", name,
                     leaves[i].path);
    }
}

static void check_published(rules *all, const char *folder, const char *name)
{
    DCF_CLEANUP(dcf_buf_fini) dcf_buf file = {0}, json = {0}, told = {0};
    const char *path = dcf_arena_printf(&all->arena, "%s/%s", folder, name);
    GOLDEN_CHECK(dcf_ok(dcf_buf_read_file(&file, path, GOLDEN_FILE_LIMIT)), "%s: cannot read",
                 path);
    dcf_faults faults;
    dcf_faults_init(&faults, &all->arena, 100);
    struct Dcf__V1__Envelope *e = NULL;
    dcf_status s =
        dcf_to_canonical(all->dialect, dcf_buf_span(&file), NULL, &all->arena, &faults, &e);
    golden_faults(&faults, &told);
    if (strstr(name, "invalid")) {
        GOLDEN_CHECK(dcf_is(s, DCF_E_FAULTY) && faults.errors > 1,
                     "%s: its mistakes are not all told:\n%s", name, dcf_buf_cstr(&told));
        return;
    }
    GOLDEN_CHECK(dcf_ok(s), "%s:\n%s", name, dcf_buf_cstr(&told));
    if (dcf_ok(s) && dcf_ok(dcf_canonical_to_json(e, false, &json)))
        check_values(all, name, dcf_buf_span(&file), dcf_buf_span(&json));
}

static void no_value_of_the_published_samples_is_lost(void)
{
    rules all;
    rules_init(&all);
    const char *published = getenv("DCF_PUBLISHED");
    const char *folder =
        published ? published
                  : dcf_arena_printf(&all.arena, "%s/../shared/samples/spi", golden_root());
    char *names[GOLDEN_FILES];
    size_t n = golden_list(&all.arena, folder, ".xml", names);
    if (n == 0) printf("(no published samples) ");
    for (size_t i = 0; all.dialect && i < n; i++) check_published(&all, folder, names[i]);
    rules_fini(&all);
}

static void no_value_of_our_own_cases_is_lost(void)
{
    rules all;
    rules_init(&all);
    const char *folder =
        dcf_arena_printf(&all.arena, "%s/adapters/dialect/spi/samples", golden_root());
    static const char *const names[] = {
        "every-value.xml", "court-every-value.xml", "longest-values.xml",
        "victims.xml",     "youth-guardian.xml",    "mixed-defendants.xml",
        "welsh.xml",       "summons.xml",           "court-results.xml"};
    for (size_t i = 0; all.dialect && i < sizeof names / sizeof *names; i++)
        check_published(&all, folder, names[i]);
    rules_fini(&all);
}

#define TESTS(X)                                                                                   \
    X(every_path_of_the_schemas_is_mapped_or_dropped)                                              \
    X(no_path_of_a_case_or_result_is_invented)                                                     \
    X(no_value_of_the_published_samples_is_lost)                                                   \
    X(no_value_of_our_own_cases_is_lost)
UNIT_MAIN("spi coverage", TESTS)
