/*
 * test_map_mutants.c - whatever is changed in a shipped mapping or code table, dcfctl map test
 * notices it. A mutant is the mapping with one thing taken out, changed, or put in the place of its
 * neighbour. DCF_SEED and DCF_MUTANTS choose others, and more of them, than the usual ones.
 */
#include "run.h"
#include "unit.h"

#include "base/yaml.h"

#include <sys/stat.h>
#include <unistd.h>

enum { USUAL_MUTANTS = 40, FILES = 24, SITES = 40000, WORK = 64 };

typedef enum kind { REMOVE, CHANGE, SWAP, KINDS } kind;
static const char *const kind_names[] = {"removed", "changed", "swapped"};

/* One thing to mutate: of a list or map, its item at. */
typedef struct site {
    size_t file;
    const dcf_yaml *parent;
    size_t at;
    kind kind;
} site;

typedef struct lab {
    const char *dialect;
    char folder[WORK];     /* where the mutants live */
    char from[512];        /* the dialect's own */
    char names[FILES][64]; /* mapping.yaml, codes/gender.yaml … */
    dcf_yaml_doc *docs[FILES];
    size_t count;
    site *sites;
    size_t site_count;
    size_t made, refused, by_samples, by_contract, survived;
} lab;

/* --- what may be mutated ---------------------------------------------------------------------- */

/* Keys whose text is for people, and changes nothing. */
static bool is_prose(const char *key)
{
    static const char *const prose[] = {"title", "source", "reason", "text"};
    for (size_t i = 0; key && i < sizeof prose / sizeof *prose; i++)
        if (strcmp(key, prose[i]) == 0) return true;
    return false;
}

static void add_site(lab *l, size_t file, const dcf_yaml *parent, size_t at, kind k)
{
    if (l->site_count == SITES) abort();
    l->sites[l->site_count++] = (site){file, parent, at, k};
}

/* The name a row begins with, which has its place where it first stands; NULL: no row has one. */
static const char *head(const dcf_yaml *row, size_t *ret_size)
{
    const char *path = row->text ? row->text : dcf_yaml_str(row, "native", NULL);
    if (!path) path = dcf_yaml_str(row, "each", NULL);
    *ret_size = path ? strcspn(path, "/[") : 0;
    return path && *path != '@' ? path : NULL;
}

static bool same_head(const dcf_yaml *a, const dcf_yaml *b)
{
    size_t n, m;
    const char *left = head(a, &n), *right = head(b, &m);
    return left && right && n == m && memcmp(left, right, n) == 0;
}

/* Whether it matters that two neighbours stand so: not attributes, which go first, and not
 * groups, which others of the name may have begun. */
static bool in_order(const dcf_yaml *list, size_t at)
{
    size_t n;
    const dcf_yaml *a = &list->items[at], *b = a + 1;
    if (!head(a, &n) || !head(b, &n) || same_head(a, b)) return false;
    for (size_t i = 0; i < at; i++)
        if (same_head(&list->items[i], a) || same_head(&list->items[i], b)) return false;
    return true;
}

static bool can_swap(const dcf_yaml *parent, size_t at, const char *name)
{
    if (at + 1 >= parent->count) return false;
    if (strcmp(name, "table") != 0)
        return parent->kind == DCF_YAML_LIST && strcmp(name, "drop") != 0 && in_order(parent, at);
    const char *a = parent->items[at].text, *b = parent->items[at + 1].text;
    return a && b && strcmp(a, b) != 0; /* one meaning for two codes */
}

/* name: the key the node stands under; of a code table "table". */
static void find_sites(lab *l, size_t file, const dcf_yaml *node, const char *name)
{
    for (size_t i = 0; i < node->count; i++) {
        const dcf_yaml *item = &node->items[i];
        bool table = strcmp(name, "codes") == 0 && item->kind != DCF_YAML_SCALAR;
        if (is_prose(item->key) && item->kind == DCF_YAML_SCALAR) continue;
        add_site(l, file, node, i, REMOVE);
        if (item->kind == DCF_YAML_SCALAR) add_site(l, file, node, i, CHANGE);
        if (can_swap(node, i, name)) add_site(l, file, node, i, SWAP);
        find_sites(l, file, item, table ? "table" : item->key ? item->key : "");
    }
}

/* --- a mutant as a file ----------------------------------------------------------------------- */

static void put_text(dcf_buf *out, const char *text, bool quoted)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./";
    if (!quoted && *text && strspn(text, plain) == strlen(text)) {
        dcf_buf_printf(out, "%s", text);
        return;
    }
    dcf_buf_addc(out, '"');
    for (; *text; text++) {
        if (*text == '"' || *text == '\\') dcf_buf_addc(out, '\\');
        if (*text == '\n')
            dcf_buf_printf(out, "\\n");
        else
            dcf_buf_addc(out, *text);
    }
    dcf_buf_addc(out, '"');
}

/* Another value of the same sort: of a pair of words the other, of a number the one before. */
static void put_changed(dcf_buf *out, const dcf_yaml *node)
{
    static const char *const pairs[][2] = {{"true", "false"},  {"read", "write"}, {"error", "warn"},
                                           {"keep", "trim"},   {"off", "error"},  {"warn", "off"},
                                           {"false", "true"},  {"write", "read"}, {"trim", "keep"},
                                           {"needed", "all"},  {"pad", "refuse"}, {"crlf", "lf"},
                                           {"carry", "error"}, {"lf", "crlf"}};
    char text[1024];
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        if (strcmp(node->text, pairs[i][0]) == 0) {
            put_text(out, pairs[i][1], node->quoted);
            return;
        }
    if (*node->text >= '1' && *node->text <= '9' &&
        strspn(node->text, "0123456789") == strlen(node->text))
        snprintf(text, sizeof text, "%lu", strtoul(node->text, NULL, 10) - 1);
    else
        snprintf(text, sizeof text, "%sX", node->text);
    put_text(out, text, node->quoted);
}

static void put_node(dcf_buf *out, const dcf_yaml *node, const site *s)
{
    bool map = node->kind == DCF_YAML_MAP, here = s && s->parent == node;
    if (node->kind == DCF_YAML_SCALAR) {
        put_text(out, node->text, node->quoted);
        return;
    }
    dcf_buf_printf(out, map ? "{" : "[");
    for (size_t i = 0; i < node->count; i++) {
        const dcf_yaml *item = &node->items[i];
        bool hit = here && s->at == i;
        if (hit && s->kind == REMOVE) continue;
        if (map) put_text(out, item->key, true), dcf_buf_printf(out, ": ");
        if (here && s->kind == SWAP && i - s->at < 2) item = &node->items[2 * s->at + 1 - i];
        if (hit && s->kind == CHANGE)
            put_changed(out, item);
        else
            put_node(out, item, s);
        dcf_buf_printf(out, ",\n");
    }
    dcf_buf_printf(out, map ? "}" : "]");
}

static void write_file(const lab *l, size_t file, const site *s)
{
    char path[WORK + 80];
    dcf_buf out DCF_CLEANUP(dcf_buf_fini) = {0};
    put_node(&out, dcf_yaml_root(l->docs[file]), s);
    snprintf(path, sizeof path, "%s/%s", l->folder, l->names[file]);
    FILE *f = fopen(path, "w");
    if (!f || fwrite(out.data, 1, out.size, f) != out.size || fclose(f) != 0) abort();
}

/* --- what notices it
 * ------------------------------------------------------------------------------
 */

typedef enum verdict { SURVIVED, REFUSED, BY_SAMPLES, BY_CONTRACT } verdict;

static verdict try(const lab *l)
{
    size_t i;
    json_t *sample;
    outcome r = run("map", "test", l->folder, "-o", "json", NULL);
    verdict v = r.code == CTL_OK ? SURVIVED : REFUSED; /* by the compiler */
    json_t *j = json_loads(r.out, 0, NULL);
    json_array_foreach(json_object_get(j, "samples"), i, sample)
    {
        const char *name = json_string_value(json_object_get(sample, "sample"));
        if (json_is_true(json_object_get(sample, "ok"))) continue;
        bool contract = strcmp(name, "contract.txt") == 0;
        v = contract && v != BY_SAMPLES ? BY_CONTRACT : BY_SAMPLES;
    }
    json_decref(j);
    drop_outcome(&r);
    return v;
}

static void one(lab *l, const site *s)
{
    write_file(l, s->file, s);
    verdict v = try(l);
    write_file(l, s->file, NULL);
    l->made++;
    *(v == SURVIVED     ? &l->survived
      : v == REFUSED    ? &l->refused
      : v == BY_SAMPLES ? &l->by_samples
                        : &l->by_contract) += 1;
    const dcf_yaml *item = &s->parent->items[s->at];
    if (v == SURVIVED)
        printf("\n    %s/%s:%u: %s %s %s: not noticed", l->dialect, l->names[s->file], item->line,
               item->key ? item->key : "an item", item->text ? item->text : "",
               kind_names[s->kind]);
}

/* --- every dialect
 * --------------------------------------------------------------------------------
 */

static void load(lab *l, const char *name)
{
    char path[600];
    snprintf(path, sizeof path, "%s/%s", l->from, name);
    snprintf(l->names[l->count], sizeof l->names[0], "%s", name);
    CU_ASSERT_TRUE_FATAL(dcf_ok(dcf_yaml_load(path, &l->docs[l->count], NULL)));
    bool mapping = l->count == 0;
    find_sites(l, l->count, dcf_yaml_root(l->docs[l->count]), mapping ? "" : "table");
    l->count++;
    if (!mapping) return;
    const dcf_yaml *codes = dcf_yaml_get(dcf_yaml_root(l->docs[0]), "codes");
    for (size_t i = 0; codes && i < codes->count && l->count < FILES; i++)
        if (codes->items[i].kind == DCF_YAML_SCALAR) load(l, codes->items[i].text);
}

static void link_to(const lab *l, const char *name)
{
    char from[600], to[WORK + 80];
    snprintf(from, sizeof from, "%s/%s", l->from, name);
    snprintf(to, sizeof to, "%s/%s", l->folder, name);
    if (symlink(from, to) != 0) abort();
}

static void begin(lab *l, const char *dialect)
{
    char codes[WORK + 16], cwd[256] = ".";
    const char *source = getenv("DCF_SOURCE");
    if (!source) source = getcwd(cwd, sizeof cwd);
    *l = (lab){.dialect = dialect, .folder = "/tmp/dcf-mutants-XXXXXX"};
    l->sites = calloc(SITES, sizeof *l->sites);
    if (!l->sites || !mkdtemp(l->folder)) abort();
    snprintf(codes, sizeof codes, "%s/codes", l->folder);
    if (mkdir(codes, 0700) != 0) abort();
    snprintf(l->from, sizeof l->from, "%s/adapters/%s", source, dialect);
    link_to(l, "samples");
    link_to(l, "contract.txt");
    load(l, "mapping.yaml");
    for (size_t i = 0; i < l->count; i++) write_file(l, i, NULL);
}

static void end(lab *l)
{
    char command[WORK + 16];
    snprintf(command, sizeof command, "rm -r %s", l->folder);
    CU_ASSERT_EQUAL(system(command), 0);
    for (size_t i = 0; i < l->count; i++) dcf_yaml_free(l->docs[i]);
    free(l->sites);
}

static size_t number(const char *name, size_t usual)
{
    const char *text = getenv(name);
    return text ? (size_t)strtoull(text, NULL, 10) : usual;
}

/* Of each kind some sites, evenly spread from a first that the seed chooses. */
static void mutants_are_noticed(const char *dialect)
{
    lab l;
    begin(&l, dialect);
    CU_ASSERT_EQUAL_FATAL(try(&l), SURVIVED); /* nothing is changed yet */
    size_t want = number("DCF_MUTANTS", USUAL_MUTANTS), seed = number("DCF_SEED", 20261121);
    for (kind k = 0; k < KINDS; k++) {
        size_t all = 0, nth = 0;
        for (size_t i = 0; i < l.site_count; i++) all += l.sites[i].kind == k;
        size_t step = all * KINDS / want + 1, first = (seed + k) % step;
        for (size_t i = 0; i < l.site_count; i++)
            if (l.sites[i].kind == k && nth++ % step == first) one(&l, &l.sites[i]);
    }
    printf("\n    %s: %zu mutants of %zu, seed %zu: %zu not compiled, %zu noticed by samples, %zu "
           "by the contract alone, %zu by nothing ",
           dialect, l.made, l.site_count, seed, l.refused, l.by_samples, l.by_contract, l.survived);
    CU_ASSERT_TRUE(l.made > 0);
    CU_ASSERT_EQUAL(l.survived, 0);
    end(&l);
}

static void no_mutant_of_spi_survives(void)
{
    mutants_are_noticed("dialect/spi");
}

static void no_mutant_of_pole_survives(void)
{
    mutants_are_noticed("dialect/pole");
}

static void no_mutant_of_cms_survives(void)
{
    mutants_are_noticed("dialect/cms");
}

static void no_mutant_of_twif_survives(void)
{
    mutants_are_noticed("dialect/twif");
}

static void no_mutant_of_extract_survives(void)
{
    mutants_are_noticed("dialect/extract");
}

#define TESTS(X)                                                                                   \
    X(no_mutant_of_spi_survives)                                                                   \
    X(no_mutant_of_pole_survives)                                                                  \
    X(no_mutant_of_cms_survives)                                                                   \
    X(no_mutant_of_twif_survives)                                                                  \
    X(no_mutant_of_extract_survives)
UNIT_MAIN("map_mutants", TESTS)
