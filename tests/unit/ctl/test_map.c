/* test_map.c - dcfctl map: translations from the command line, with the smallest dialect there is.
 */
#include "dcf/v1/envelope.pb-c.h"
#include "run.h"
#include "unit.h"

#include <unistd.h>

#define HAS(text, part) CU_ASSERT_PTR_NOT_NULL(strstr(text, part))

static char dialects[512], sound[64], faulty[64];

static void write_file(char path[64], const char *text, size_t size)
{
    strcpy(path, "/tmp/dcf-map-XXXXXX");
    int fd = mkstemp(path);
    if (fd < 0 || write(fd, text, size) != (ssize_t)size) abort();
    close(fd);
}

static void begin(void)
{
    static const char one[] = "{\"kind\":\"case\",\"id\":\"7\",\"urn\":\"01AB1234526\"}";
    static const char two[] = "{\"kind\":\"case\",\n \"urn\":\"\",\n \"x\":1, \"y\":2}";
    const char *source = getenv("DCF_SOURCE");
    snprintf(dialects, sizeof dialects, "%s/tests/unit/ctl/dialects", source ? source : ".");
    write_file(sound, one, sizeof one - 1);
    write_file(faulty, two, sizeof two - 1);
}

static void end(void)
{
    unlink(sound);
    unlink(faulty);
}

static void a_document_becomes_canonical_json_and_comes_back(void)
{
    begin();
    outcome r =
        run("map", "to-canonical", "--dialect", "tiny", "--dialects", dialects, sound, NULL);
    CU_ASSERT_EQUAL(r.code, CTL_OK);
    CU_ASSERT_STRING_EQUAL(r.err, "");
    json_t *j = json_loads(r.out, 0, NULL);
    CU_ASSERT_STRING_EQUAL(
        json_string_value(json_object_get(json_object_get(j, "case_submission"), "urn")),
        "01AB1234526");
    CU_ASSERT_STRING_EQUAL(
        json_string_value(json_object_get(json_object_get(j, "native"), "mapping_version")), "3");
    char canonical[64];
    write_file(canonical, r.out, strlen(r.out));
    json_decref(j);
    drop_outcome(&r);
    r = run("map", "from-canonical", "-d", "tiny", "--dialects", dialects, canonical, NULL);
    CU_ASSERT_EQUAL(r.code, CTL_OK);
    json_t *back = json_loads(r.out, 0, NULL),
           *expected =
               json_pack("{s:s, s:s, s:s}", "kind", "case", "id", "7", "urn", "01AB1234526");
    CU_ASSERT_TRUE(json_equal(back, expected));
    json_decref(back);
    json_decref(expected);
    unlink(canonical);
    drop_outcome(&r);
    end();
}

static void the_binary_form_is_a_packed_envelope(void)
{
    begin();
    char *bytes = NULL, packed[64];
    size_t size;
    FILE *out = open_memstream(&bytes, &size);
    char *argv[] = {"dcfctl", "map", "to-canonical", "-d",  "tiny", "--dialects",
                    dialects, "-o",  "binary",       sound, NULL};
    CU_ASSERT_EQUAL(ctl_main(10, argv, out, stderr), CTL_OK);
    fclose(out);
    Dcf__V1__Envelope *e = dcf__v1__envelope__unpack(NULL, size, (const uint8_t *)bytes);
    CU_ASSERT_PTR_NOT_NULL_FATAL(e);
    CU_ASSERT_STRING_EQUAL(e->case_submission->urn, "01AB1234526");
    dcf__v1__envelope__free_unpacked(e, NULL);
    write_file(packed, bytes, size);
    outcome r = run("map", "from-canonical", "-d", "tiny", "--dialects", dialects, "-i", "binary",
                    packed, NULL);
    CU_ASSERT_EQUAL(r.code, CTL_OK);
    HAS(r.out, "01AB1234526");
    drop_outcome(&r);
    r = run("map", "from-canonical", "-d", "tiny", "--dialects", dialects, "-i", "binary", sound,
            NULL);
    CU_ASSERT_EQUAL(r.code, CTL_FAILED);
    CU_ASSERT_STRING_EQUAL(r.out, "");
    drop_outcome(&r);
    unlink(packed);
    free(bytes);
    end();
}

static void all_faults_come_with_place_and_remedy_and_no_output(void)
{
    begin();
    outcome r = run("map", "to-canonical", "-d", "tiny", "--dialects", dialects, faulty, NULL);
    CU_ASSERT_EQUAL(r.code, CTL_FAILED);
    CU_ASSERT_STRING_EQUAL(r.out, "");
    char line[128];
    snprintf(line, sizeof line, "%s:2:", faulty);
    HAS(r.err, line);
    HAS(r.err, ": error DCF-2005 urn: a required value is missing");
    snprintf(line, sizeof line, "%s:3:", faulty);
    HAS(r.err, line);
    HAS(r.err, ": error DCF-2003 x: a value the mapping does not know");
    HAS(r.err, ": error DCF-2003 y: ");
    HAS(r.err, "\n  remedy: Fill it and send again.\n");
    const char *remedy = strstr(r.err, "  remedy: Map it");
    CU_ASSERT_PTR_NOT_NULL_FATAL(remedy);
    CU_ASSERT_PTR_NULL(strstr(remedy + 1, "  remedy: Map it")); /* once for a run of one code */
    drop_outcome(&r);
    end();
}

static void a_fault_of_a_canonical_message_names_its_field_and_no_line(void)
{
    static const char text[] =
        "{\"source_message_id\":\"7\",\"case_submission\":{\"urn\":\"01AB1234526\","
        "\"informant\":\"x\"}}";
    char canonical[64];
    begin();
    write_file(canonical, text, sizeof text - 1);
    outcome r = run("map", "from-canonical", "-d", "tiny", "--dialects", dialects, canonical, NULL);
    CU_ASSERT_EQUAL(r.code, CTL_OK);
    HAS(r.err, ": warning DCF-2013 informant: ");
    CU_ASSERT_PTR_NULL(strstr(r.err, ":0:0"));
    unlink(canonical);
    drop_outcome(&r);
    end();
}

static void faults_as_json_are_one_object_a_line(void)
{
    begin();
    outcome r =
        run("map", "check", "-d", "tiny", "--dialects", dialects, "--faults", "json", faulty, NULL);
    CU_ASSERT_EQUAL(r.code, CTL_FAILED);
    int lines = 0;
    char *save = NULL;
    for (char *line = strtok_r(r.err, "\n", &save); line;
         line = strtok_r(NULL, "\n", &save), lines++) {
        json_t *j = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
        CU_ASSERT_TRUE(json_is_integer(json_object_get(j, "line")) &&
                       json_is_string(json_object_get(j, "remedy")));
        json_decref(j);
    }
    CU_ASSERT_EQUAL(lines, 3);
    drop_outcome(&r);
    end();
}

static void check_goes_on_after_a_faulty_file(void)
{
    begin();
    outcome r = run("map", "check", "-d", "tiny", "--dialects", dialects, faulty, sound, NULL);
    CU_ASSERT_EQUAL(r.code, CTL_FAILED);
    HAS(r.out, ": faulty, 3 errors, 0 warnings\n");
    HAS(r.out, ": ok, 0 errors, 0 warnings\n");
    drop_outcome(&r);
    r = run("map", "check", "-d", "tiny", "--dialects", dialects, sound, NULL);
    CU_ASSERT_EQUAL(r.code, CTL_OK);
    drop_outcome(&r);
    r = run("map", "check", "-d", "tiny", "--dialects", dialects, sound, "/nonexistent/file", NULL);
    CU_ASSERT_EQUAL(r.code, CTL_NOT_FOUND);
    HAS(r.err, "there is no file /nonexistent/file");
    drop_outcome(&r);
    end();
}

static void a_mapping_is_named_by_dialect_or_file_but_one_of_them(void)
{
    begin();
    char mapping[600];
    snprintf(mapping, sizeof mapping, "%s/tiny/mapping.yaml", dialects);
    outcome r = run("map", "check", "--mapping", mapping, sound, NULL);
    CU_ASSERT_EQUAL(r.code, CTL_OK);
    drop_outcome(&r);
    r = run("map", "check", sound, NULL);
    CU_ASSERT_EQUAL(r.code, CTL_USAGE);
    HAS(r.err, "give either --dialect or --mapping");
    drop_outcome(&r);
    r = run("map", "check", "--mapping", mapping, "--dialect", "tiny", sound, NULL);
    CU_ASSERT_EQUAL(r.code, CTL_USAGE);
    drop_outcome(&r);
    setenv("DCF_DIALECTS", dialects, 1);
    r = run("map", "check", "-d", "tiny", sound, NULL);
    CU_ASSERT_EQUAL(r.code, CTL_OK);
    drop_outcome(&r);
    unsetenv("DCF_DIALECTS");
    r = run("map", "check", "-d", "tiny", sound, NULL); /* the source tree has other dialects */
    CU_ASSERT_EQUAL(r.code, CTL_NOT_FOUND);
    HAS(r.err, "there is no dialect 'tiny' in ");
    drop_outcome(&r);
    end();
}

static void lint_tells_the_mistakes_of_a_mapping(void)
{
    begin();
    static const char text[] = "dialect: t\nversion: \"1\"\nformat: json\nmedia_type: "
                               "application/json\nmessages:\n  Case:\n"
                               "    canonical: case_submission\n    fields:\n      - {native: urn, "
                               "canonical: no_such_field}\n"
                               "      - {native: b, canonical: urn, as: no_such_codec}\n";
    char path[64], place[128];
    write_file(path, text, sizeof text - 1);
    outcome r = run("map", "lint", path, NULL);
    CU_ASSERT_EQUAL(r.code, CTL_FAILED);
    snprintf(place, sizeof place, "%s:9:", path);
    HAS(r.err, place);
    snprintf(place, sizeof place, "%s:10:", path);
    HAS(r.err, place);
    HAS(r.err, "DCF-7001");
    drop_outcome(&r);
    r = run("map", "lint", "tiny", "--dialects", dialects, NULL);
    CU_ASSERT_EQUAL(r.code, CTL_OK);
    HAS(r.out, "ok, dialect tiny version 3");
    drop_outcome(&r);
    unlink(path);
    end();
}

static void a_file_over_the_size_limit_is_told_as_such(void)
{
    static const struct {
        off_t size;
        const char *command, *says;
    } rows[] = {
        {((off_t)64 << 20) + 1, "check", "error DCF-1005: document over the size limit"},
        {((off_t)4 << 20) + 1, "check", "error DCF-1005: document over the size limit"},
        {((off_t)4 << 20) + 1, "lint", "error DCF-7001: the mapping file has a mistake (longer"},
    };
    begin();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bool lint = strcmp(rows[i].command, "lint") == 0;
        CU_ASSERT_EQUAL_FATAL(truncate(sound, rows[i].size), 0);
        outcome r = run("map", rows[i].command, "--dialects", dialects, sound, lint ? NULL : "-d",
                        "tiny", NULL);
        CU_ASSERT_EQUAL(r.code, CTL_FAILED);
        HAS(r.err, rows[i].says);
        drop_outcome(&r);
    }
    end();
}

#define TESTS(X)                                                                                   \
    X(a_document_becomes_canonical_json_and_comes_back)                                            \
    X(the_binary_form_is_a_packed_envelope)                                                        \
    X(all_faults_come_with_place_and_remedy_and_no_output)                                         \
    X(a_fault_of_a_canonical_message_names_its_field_and_no_line)                                  \
    X(faults_as_json_are_one_object_a_line)                                                        \
    X(check_goes_on_after_a_faulty_file)                                                           \
    X(a_mapping_is_named_by_dialect_or_file_but_one_of_them)                                       \
    X(lint_tells_the_mistakes_of_a_mapping)                                                        \
    X(a_file_over_the_size_limit_is_told_as_such)
UNIT_MAIN("map", TESTS)
