/* test_config.c - every mistake in dcfd.yaml is refused with its line; the example in the tree
 * loads. */
#include "daemon/config.h"

#include "unit.h"

#include <stdlib.h>
#include <unistd.h>

#define PARTY                                                                                      \
    "parties:\n"                                                                                   \
    "  - name: essex\n"                                                                            \
    "    kind: force\n"                                                                            \
    "    forces: [\"42\"]\n"                                                                       \
    "    links:\n"                                                                                 \
    "      - name: essex-pole\n"                                                                   \
    "        dialect: pole\n"                                                                      \
    "        in: {transport: http}\n"

static dcf_status load(const char *text, dcf_config **ret, dcf_yaml_error *err)
{
    char path[] = "/tmp/dcf-config-XXXXXX";
    int fd = mkstemp(path);
    if (write(fd, text, strlen(text)) < 0) abort();
    close(fd);
    dcf_status s = dcf_config_load(path, NULL, ret, err);
    unlink(path);
    return s;
}

static void refuse(const char *text, const char *line, const char *why)
{
    dcf_config *c = NULL;
    dcf_yaml_error err = {{0}};
    CU_ASSERT(dcf_is(load(text, &c, &err), DCF_E_CONFIG));
    CU_ASSERT_PTR_NULL(c);
    if (!strstr(err.text, line) || !strstr(err.text, why)) printf("\n    said: %s\n", err.text);
    CU_ASSERT(strstr(err.text, line) && strstr(err.text, why));
}

static void the_example_loads(void)
{
    dcf_config *c = NULL;
    dcf_yaml_error err = {{0}};
    CU_ASSERT_FATAL(dcf_ok(dcf_config_load("config/dcfd.yaml", NULL, &c, &err)));
    const dcf_link *l = dcf_link_by_name(&c->parties, "surrey-spi");
    CU_ASSERT_PTR_NOT_NULL_FATAL(l);
    CU_ASSERT_STRING_EQUAL(l->party->name, "surrey");
    CU_ASSERT_EQUAL(l->limits.bytes, 4u << 20);
    CU_ASSERT_EQUAL(l->in.poll_ms, 250);
    CU_ASSERT_PTR_EQUAL(dcf_party_of_force(&c->parties, "42"),
                        dcf_party_by_name(&c->parties, "essex"));
    CU_ASSERT_PTR_EQUAL(dcf_party_of_area(&c->parties, "9"), dcf_party_by_name(&c->parties, "cps"));
    CU_ASSERT(!dcf_party_by_name(&c->parties, "cps")->live);
    CU_ASSERT_PTR_NULL(dcf_party_of_force(&c->parties, "99"));
    dcf_config_free(c);
}

static void defaults_hold(void)
{
    dcf_config *c = NULL;
    CU_ASSERT_FATAL(dcf_ok(load(PARTY, &c, NULL)));
    CU_ASSERT_EQUAL(c->partitions, 8);
    CU_ASSERT_EQUAL(c->commit_ms, 100);
    CU_ASSERT_STRING_EQUAL(c->gateway.listen, "127.0.0.1:8071");
    dcf_config_free(c);
}

static void mistakes_are_named_with_their_line(void)
{
    refuse("instanse: a\n" PARTY, ":1:", "instance");
    refuse("timing: {commit: soon}\n" PARTY, ":1:", "commit");
    refuse("kafka:\n  partitions: 0\n" PARTY, ":2:", "partitions");
    refuse("ops: {cert_file: a.pem}\n" PARTY, ":1:", "key_file");
    refuse("ops: {listen: \"0.0.0.0:8070\"}\n" PARTY, ":1:", "token_file");
    refuse("gateway: {listen: \"0.0.0.0:8071\"}\n" PARTY, ":7:", "token_file");
    refuse("instance: a\n", "", "parties");
    refuse("parties:\n  - name: a\n    kind: court\n", ":2:", "kind");
    refuse("parties:\n  - {name: a, kind: force, links: []}\n", ":2:", "forces");
    refuse("parties:\n  - {name: \"a b\", kind: cps, links: [{name: l, dialect: cms}]}\n",
           ":2:", "letters");
    refuse("parties:\n  - {name: a, kind: cps, links: [{name: l, dialect: cms, in: {transport: "
           "ftp}}]}\n",
           ":2:", "transport");
    refuse("parties:\n  - {name: a, kind: cps, links: [{name: l, dialect: cms, out: {transport: "
           "http}}]}\n",
           ":2:", "url");
    refuse("parties:\n  - {name: a, kind: cps, links: [{name: l, dialect: cms}, {name: l, dialect: "
           "cms}]}\n",
           ":2:", "second link");
}

static void expect_restart(const char *before, const char *after, const char *key)
{
    dcf_config *a = NULL, *b = NULL;
    CU_ASSERT_FATAL(dcf_ok(load(before, &a, NULL)) && dcf_ok(load(after, &b, NULL)));
    const char *said = dcf_config_needs_restart(a, b);
    CU_ASSERT(said == key || (said && key && strcmp(said, key) == 0));
    dcf_config_free(a);
    dcf_config_free(b);
}

static void what_only_a_restart_changes_is_told(void)
{
    expect_restart(PARTY, PARTY, NULL);
    expect_restart(PARTY, "timing: {settle: 9s}\n" PARTY, NULL);
    expect_restart(PARTY, "instance: other\n" PARTY, "instance");
    expect_restart(PARTY, "data: /elsewhere\n" PARTY, "data");
    expect_restart(PARTY, "kafka: {bootstrap: \"h:1\"}\n" PARTY, "kafka.bootstrap");
    expect_restart(PARTY, "kafka: {prefix: p}\n" PARTY, "kafka.prefix");
    expect_restart(PARTY, "kafka: {partitions: 9}\n" PARTY, "kafka.partitions");
    expect_restart(PARTY, "kafka: {max_message_bytes: 9MiB}\n" PARTY, "kafka.max_message_bytes");
    expect_restart(PARTY, "kafka: {properties: {a: b}}\n" PARTY, "kafka.properties");
    expect_restart("kafka: {properties: {a: b}}\n" PARTY, "kafka: {properties: {a: c}}\n" PARTY,
                   "kafka.properties");
    expect_restart("kafka: {properties: {a: b}}\n" PARTY, "kafka: {properties: {a: b}}\n" PARTY,
                   NULL);
    expect_restart(PARTY, "ops: {token_file: t}\n" PARTY, "ops");
    expect_restart(PARTY, "gateway: {cert_file: c, key_file: k}\n" PARTY, "gateway");
}

static char told[2000];

static void hear(const char *text)
{
    strncat(told, text, sizeof told - strlen(told) - 1);
    strcat(told, "\n");
}

static void every_section_tells_its_mistake_not_only_the_first(void)
{
    char path[] = "/tmp/dcf-config-XXXXXX";
    int fd = mkstemp(path);
    static const char text[] = "timing: {commit: 99s}\n"
                               "held: {per_minute: 0}\n"
                               "parties:\n"
                               "  - {name: a, kind: nonsense}\n"
                               "  - {name: b, kind: force, links: 5}\n";
    if (write(fd, text, sizeof text - 1) < 0) abort();
    close(fd);
    dcf_config *c = NULL;
    dcf_yaml_error err = {{0}};
    told[0] = 0;
    CU_ASSERT(dcf_is(dcf_config_load(path, hear, &c, &err), DCF_E_CONFIG));
    unlink(path);
    CU_ASSERT(strstr(err.text, ":1:") && strstr(err.text, "timing.commit"));
    CU_ASSERT(!strstr(told, "timing.commit")); /* each once */
    CU_ASSERT(strstr(told, ":2:") && strstr(told, "held.per_minute"));
    CU_ASSERT(strstr(told, ":4:") && strstr(told, "party a"));
    CU_ASSERT(strstr(told, ":5:") && strstr(told, "party b"));
}

#define TESTS(X)                                                                                   \
    X(the_example_loads)                                                                           \
    X(defaults_hold)                                                                               \
    X(mistakes_are_named_with_their_line)                                                          \
    X(what_only_a_restart_changes_is_told) X(every_section_tells_its_mistake_not_only_the_first)

UNIT_MAIN("config", TESTS)
