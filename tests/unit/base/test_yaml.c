/* test_yaml.c - what a configuration file may be, and that every refusal names its place. */
#include "base/yaml.h"

#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static dcf_yaml_error err;

static dcf_yaml_doc *parse(const char *text)
{
    dcf_yaml_doc *doc = NULL;
    err.text[0] = 0;
    dcf_status s = dcf_yaml_parse(dcf_span_str(text), "f.yaml", &doc, &err);
    CU_ASSERT_EQUAL(dcf_ok(s), doc != NULL);
    if (dcf_failed(s)) CU_ASSERT(dcf_is(s, DCF_E_CONFIG));
    return doc;
}

static void check_refused(const char *text, const char *message)
{
    dcf_yaml_doc *doc = parse(text);
    CU_ASSERT_PTR_NULL(doc);
    CU_ASSERT_STRING_EQUAL(err.text, message);
    dcf_yaml_free(doc);
}

static void keeps_order_kinds_and_texts(void)
{
    dcf_yaml_doc *doc = parse("b: 1\na: [x, \"\", {k: 'v'}]\nlong: |\n  one\n  two\n");
    CU_ASSERT_PTR_NOT_NULL_FATAL(doc);
    const dcf_yaml *root = dcf_yaml_root(doc);
    CU_ASSERT_EQUAL(root->kind, DCF_YAML_MAP);
    CU_ASSERT_EQUAL_FATAL(root->count, 3);
    CU_ASSERT_STRING_EQUAL(root->items[0].key, "b");
    CU_ASSERT_STRING_EQUAL(root->items[0].text, "1");
    CU_ASSERT_PTR_NULL(root->key);
    const dcf_yaml *list = dcf_yaml_get(root, "a");
    CU_ASSERT_PTR_NOT_NULL_FATAL(list);
    CU_ASSERT_EQUAL(list->kind, DCF_YAML_LIST);
    CU_ASSERT_PTR_NULL(list->text);
    CU_ASSERT_EQUAL_FATAL(list->count, 3);
    CU_ASSERT_STRING_EQUAL(list->items[0].text, "x");
    CU_ASSERT_PTR_NULL(list->items[0].key);
    CU_ASSERT_STRING_EQUAL(dcf_yaml_str(&list->items[2], "k", "?"), "v");
    CU_ASSERT_STRING_EQUAL(dcf_yaml_str(root, "long", "?"), "one\ntwo\n");
    CU_ASSERT_STRING_EQUAL(dcf_yaml_name(doc), "f.yaml");
    dcf_yaml_free(doc);
}

static void knows_what_was_quoted(void)
{
    dcf_yaml_doc *doc = parse("[plain, 'single', \"double\"]");
    CU_ASSERT_PTR_NOT_NULL_FATAL(doc);
    const dcf_yaml *root = dcf_yaml_root(doc);
    CU_ASSERT_FALSE(root->items[0].quoted);
    CU_ASSERT_TRUE(root->items[1].quoted);
    CU_ASSERT_TRUE(root->items[2].quoted);
    dcf_yaml_free(doc);
}

static void places_a_child_of_a_map_at_its_key(void)
{
    dcf_yaml_doc *doc = parse("a: 1\nb:\n  - x\n  -   y\nc: 2\n");
    CU_ASSERT_PTR_NOT_NULL_FATAL(doc);
    const dcf_yaml *root = dcf_yaml_root(doc), *b = dcf_yaml_get(root, "b");
    CU_ASSERT_EQUAL(root->line, 1);
    CU_ASSERT_EQUAL(b->line, 2);
    CU_ASSERT_EQUAL(b->column, 1);
    CU_ASSERT_EQUAL(b->items[1].line, 4);
    CU_ASSERT_EQUAL(b->items[1].column, 7);
    CU_ASSERT_EQUAL(dcf_yaml_get(root, "c")->line, 5);
    dcf_yaml_free(doc);
}

static void refuses_what_makes_a_file_mean_something_else(void)
{
    check_refused("a: &x 1\n", "f.yaml:1:4: anchors are refused");
    check_refused("a: &x [1]\n", "f.yaml:1:4: anchors are refused");
    check_refused("a: &x {b: 1}\n", "f.yaml:1:4: anchors are refused");
    check_refused("a: *x\n", "f.yaml:1:4: aliases are refused");
    check_refused("a: 1\nb: !!str 2\n", "f.yaml:2:4: tags are refused");
    check_refused("a: !x [2]\n", "f.yaml:1:4: tags are refused");
    check_refused("--- 1\n--- 2\n", "f.yaml:2:1: a second document in one file");
    check_refused("a: \"x\\0y\"\n", "f.yaml:1:4: NUL in a text");
    check_refused("? [a]\n: 1\n", "f.yaml:1:3: a key must be a plain text");
    check_refused("? {a: 1}\n: 1\n", "f.yaml:1:3: a key must be a plain text");
    check_refused("", "f.yaml:1:1: nothing in it");
    check_refused("# only a comment\n", "f.yaml:1:1: nothing in it");
}

static void refuses_a_key_that_stands_twice_at_its_second_place(void)
{
    check_refused("m:\n  b: 1\n  a: 2\n  c: 3\n  a: 4\n",
                  "f.yaml:5:3: key \"a\" stands twice in one map");
    dcf_yaml_doc *doc = parse("- {a: 1}\n- {a: 2}\n");
    CU_ASSERT_PTR_NOT_NULL(doc);
    dcf_yaml_free(doc);
}

static void refuses_bad_syntax_with_its_line(void)
{
    CU_ASSERT_PTR_NULL(parse("a: 1\nb: [1, 2\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "f.yaml:3:1: "));
    CU_ASSERT_PTR_NULL(parse("a: \xff\xfe\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "f.yaml:"));
}

static dcf_yaml_doc *parse_nested(size_t depth)
{
    char text[256] = "";
    for (size_t i = 0; i < depth; i++) text[i] = '[', text[2 * depth - 1 - i] = ']';
    return parse(text);
}

static void allows_depth_32_and_no_more(void)
{
    dcf_yaml_doc *doc = parse_nested(32);
    CU_ASSERT_PTR_NOT_NULL(doc);
    dcf_yaml_free(doc);
    CU_ASSERT_PTR_NULL(parse_nested(33));
    CU_ASSERT_STRING_EQUAL(err.text, "f.yaml:1:33: nested deeper than 32");
}

/* A list of n entries: n + 1 nodes. */
static dcf_yaml_doc *parse_list(size_t n)
{
    char *text = malloc(n * 2 + 3), *p = text;
    *p++ = '[';
    for (size_t i = 0; i < n; i++) *p++ = 'x', *p++ = ',';
    *p++ = ']';
    *p = 0;
    dcf_yaml_doc *doc = parse(text);
    free(text);
    return doc;
}

static void allows_200000_values_and_no_more(void)
{
    dcf_yaml_doc *doc = parse_list(199999);
    CU_ASSERT_PTR_NOT_NULL_FATAL(doc);
    CU_ASSERT_EQUAL(dcf_yaml_root(doc)->count, 199999);
    dcf_yaml_free(doc);
    CU_ASSERT_PTR_NULL(parse_list(200000));
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "more than 200000 values"));
}

static void refuses_more_than_4_mib(void)
{
    size_t size = (4 << 20) + 1;
    char *text = malloc(size);
    memset(text, ' ', size);
    text[0] = 'x';
    dcf_yaml_doc *doc = NULL;
    CU_ASSERT(dcf_is(dcf_yaml_parse(dcf_span_of(text, size), "big", &doc, &err), DCF_E_CONFIG));
    CU_ASSERT(dcf_ok(dcf_yaml_parse(dcf_span_of(text, size - 1), "big", &doc, &err)));
    dcf_yaml_free(doc);
    free(text);
}

static void loads_a_file_and_tells_a_missing_one(void)
{
    char path[] = "/tmp/dcf_yaml_XXXXXX";
    int fd = mkstemp(path);
    CU_ASSERT_FATAL(fd >= 0);
    CU_ASSERT_EQUAL(write(fd, "a: 1\n", 5), 5);
    close(fd);
    dcf_yaml_doc *doc = NULL;
    CU_ASSERT(dcf_ok(dcf_yaml_load(path, &doc, NULL)));
    CU_ASSERT_STRING_EQUAL(dcf_yaml_str(dcf_yaml_root(doc), "a", "?"), "1");
    dcf_yaml_free(doc);
    unlink(path);
    dcf_yaml_doc *untouched = (dcf_yaml_doc *)&err;
    CU_ASSERT(dcf_is(dcf_yaml_load(path, &untouched, &err), DCF_E_NOT_FOUND));
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "no such file"));
    CU_ASSERT_PTR_EQUAL(untouched, (dcf_yaml_doc *)&err);
    CU_ASSERT(dcf_is(dcf_yaml_load("/", &untouched, &err), DCF_E_IO));
}

static void gets_nothing_from_what_is_no_map(void)
{
    dcf_yaml_doc *doc = parse("{l: [a], m: {x: 1}}");
    const dcf_yaml *root = dcf_yaml_root(doc);
    CU_ASSERT_PTR_NULL(dcf_yaml_get(NULL, "a"));
    CU_ASSERT_PTR_NULL(dcf_yaml_get(root, "absent"));
    CU_ASSERT_PTR_NULL(dcf_yaml_get(dcf_yaml_get(root, "l"), "a"));
    CU_ASSERT_STRING_EQUAL(dcf_yaml_str(root, "m", "fallback"), "fallback");
    CU_ASSERT_STRING_EQUAL(dcf_yaml_str(NULL, "m", "fallback"), "fallback");
    dcf_yaml_free(doc);
}

typedef dcf_status reader(const dcf_yaml_doc *, const dcf_yaml *, const char *, uint64_t,
                          uint64_t *, dcf_yaml_error *);

static void check_number(reader *read, const char *text, bool ok, uint64_t want)
{
    char file[64];
    snprintf(file, sizeof file, "k: %s\n", text);
    dcf_yaml_doc *doc = parse(file);
    CU_ASSERT_PTR_NOT_NULL_FATAL(doc);
    uint64_t n = 77;
    dcf_status s = read(doc, dcf_yaml_root(doc), "k", 5, &n, &err);
    CU_ASSERT_EQUAL(dcf_ok(s), ok);
    CU_ASSERT_EQUAL(n, ok ? want : 77);
    if (!ok) CU_ASSERT_EQUAL(strncmp(err.text, "f.yaml:1:1: \"k\" must be", 23), 0);
    dcf_yaml_free(doc);
}

static void reads_numbers_with_byte_units(void)
{
    check_number(dcf_yaml_u64, "0", true, 0);
    check_number(dcf_yaml_u64, "42", true, 42);
    check_number(dcf_yaml_u64, "64KiB", true, 65536);
    check_number(dcf_yaml_u64, "4 MiB", true, 4 << 20);
    check_number(dcf_yaml_u64, "2GiB", true, 2ULL << 30);
    check_number(dcf_yaml_u64, "18446744073709551615", true, UINT64_MAX);
    static const char *const bad[] = {"18446744073709551616",
                                      "18014398509481984KiB",
                                      "-1",
                                      "+1",
                                      "1.5",
                                      "KiB",
                                      "1KB",
                                      "1kib",
                                      "",
                                      "\"42\"",
                                      "[1]",
                                      "0x10",
                                      "1  KiB"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        check_number(dcf_yaml_u64, bad[i], false, 0);
}

static void reads_times_only_with_their_unit(void)
{
    check_number(dcf_yaml_ms, "250ms", true, 250);
    check_number(dcf_yaml_ms, "30s", true, 30000);
    check_number(dcf_yaml_ms, "5m", true, 300000);
    check_number(dcf_yaml_ms, "24h", true, 86400000);
    check_number(dcf_yaml_ms, "28d", true, 2419200000);
    check_number(dcf_yaml_ms, "30", false, 0);
    check_number(dcf_yaml_ms, "1w", false, 0);
    check_number(dcf_yaml_ms, "300000000000d", false, 0);
}

static void reads_booleans_strictly(void)
{
    dcf_yaml_doc *doc = parse("{t: true, f: false, y: yes, q: 'true', l: [true]}");
    const dcf_yaml *root = dcf_yaml_root(doc);
    bool b = false;
    CU_ASSERT(dcf_ok(dcf_yaml_bool(doc, root, "t", false, &b, &err)) && b);
    CU_ASSERT(dcf_ok(dcf_yaml_bool(doc, root, "f", true, &b, &err)) && !b);
    CU_ASSERT(dcf_ok(dcf_yaml_bool(doc, root, "absent", true, &b, &err)) && b);
    static const char *const bad[] = {"y", "q", "l"};
    for (size_t i = 0; i < 3; i++)
        CU_ASSERT(dcf_is(dcf_yaml_bool(doc, root, bad[i], false, &b, &err), DCF_E_CONFIG) && b);
    dcf_yaml_free(doc);
}

static void gives_the_fallback_for_an_absent_number(void)
{
    dcf_yaml_doc *doc = parse("a: 1");
    uint64_t n = 0;
    CU_ASSERT(dcf_ok(dcf_yaml_u64(doc, dcf_yaml_root(doc), "b", 9, &n, &err)) && n == 9);
    CU_ASSERT(dcf_ok(dcf_yaml_ms(doc, NULL, "b", 8, &n, NULL)) && n == 8);
    dcf_yaml_free(doc);
}

static void names_the_nearest_known_key(void)
{
    static const char *const known[] = {"listen", "parties", "spool", "port", NULL};
    dcf_yaml_doc *doc = parse("listen: 1\nspol:\n  - 1\n");
    const dcf_yaml *root = dcf_yaml_root(doc);
    CU_ASSERT(dcf_is(dcf_yaml_only(doc, root, known, &err), DCF_E_CONFIG));
    CU_ASSERT_STRING_EQUAL(err.text,
                           "f.yaml:2:1: unknown key \"spol\"; the nearest known one is \"spool\"");
    CU_ASSERT(dcf_ok(dcf_yaml_only(doc, NULL, known, &err)));
    CU_ASSERT(dcf_is(dcf_yaml_only(doc, &root->items[0], known, &err), DCF_E_CONFIG));
    dcf_yaml_free(doc);
    doc = parse("prot: 1");
    CU_ASSERT(dcf_is(dcf_yaml_only(doc, dcf_yaml_root(doc), known, &err), DCF_E_CONFIG));
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "is \"port\""));
    dcf_yaml_free(doc);
    doc = parse("{port: 1, listen: 2}");
    CU_ASSERT(dcf_ok(dcf_yaml_only(doc, dcf_yaml_root(doc), known, &err)));
    dcf_yaml_free(doc);
}

static void bounds_a_suggestion_for_a_very_long_key(void)
{
    static const char *const known[] = {"port", NULL};
    char text[1100];
    memset(text, 'k', 1000);
    strcpy(text + 1000, ": 1");
    dcf_yaml_doc *doc = parse(text);
    CU_ASSERT_PTR_NOT_NULL_FATAL(doc);
    CU_ASSERT(dcf_is(dcf_yaml_only(doc, dcf_yaml_root(doc), known, &err), DCF_E_CONFIG));
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "is \"port\""));
    dcf_yaml_free(doc);
}

#define TESTS(X)                                                                                   \
    X(keeps_order_kinds_and_texts)                                                                 \
    X(knows_what_was_quoted)                                                                       \
    X(places_a_child_of_a_map_at_its_key)                                                          \
    X(refuses_what_makes_a_file_mean_something_else)                                               \
    X(refuses_a_key_that_stands_twice_at_its_second_place)                                         \
    X(refuses_bad_syntax_with_its_line)                                                            \
    X(allows_depth_32_and_no_more)                                                                 \
    X(allows_200000_values_and_no_more)                                                            \
    X(refuses_more_than_4_mib)                                                                     \
    X(loads_a_file_and_tells_a_missing_one)                                                        \
    X(gets_nothing_from_what_is_no_map)                                                            \
    X(reads_numbers_with_byte_units)                                                               \
    X(reads_times_only_with_their_unit)                                                            \
    X(reads_booleans_strictly)                                                                     \
    X(gives_the_fallback_for_an_absent_number)                                                     \
    X(names_the_nearest_known_key)                                                                 \
    X(bounds_a_suggestion_for_a_very_long_key)
UNIT_MAIN("yaml", TESTS)
