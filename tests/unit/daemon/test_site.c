/* test_site.c - one configuration with all it names: loaded whole, or refused with the file that is
 * wrong. */
#include "daemon/site.h"

#include "fixture.h"

static const char fx_site[] =
    "instance: t-1\n"
    "data: %s/data\n"
    "dialects: %s\n"
    "rules: {lifecycle: config/lifecycle.yaml, forces: %s}\n"
    "%s"
    "parties:\n"
    "  - name: surrey\n"
    "    kind: force\n"
    "    forces: [\"45\"]\n"
    "    links:\n"
    "      - {name: surrey-mini, dialect: %s, in: {transport: spool, folder: /tmp/x}%s}\n"
    "%s";

static dcf_status load(const char *forces, const char *more, const char *dialect, const char *link,
                       const char *links, dcf_site **ret, dcf_yaml_error *err)
{
    char text[2000];
    snprintf(text, sizeof text, fx_site, fx_folder, fx_folder, forces, more, dialect, link, links);
    fx_write("dcfd.yaml", text);
    return dcf_site_load(fx_path("dcfd.yaml"), NULL, ret, err);
}

static void refuse(const char *forces, const char *more, const char *dialect, const char *link,
                   const char *links, const char *why)
{
    dcf_site *s = NULL;
    dcf_yaml_error err = {{0}};
    CU_ASSERT(dcf_failed(load(forces, more, dialect, link, links, &s, &err)));
    if (!strstr(err.text, why)) printf("\n    said: %s\n", err.text);
    CU_ASSERT(strstr(err.text, why) != NULL);
    CU_ASSERT_PTR_NULL(s);
}

#define FORCES "config/forces.yaml"

static void all_parts_of_a_site_are_there(void)
{
    dcf_site *s = NULL;
    dcf_yaml_error err = {{0}};
    fx_begin();
    OK(load(FORCES, "", "mini", "", "", &s, &err));
    CU_ASSERT_STRING_EQUAL(s->config->instance, "t-1");
    CU_ASSERT_PTR_NOT_NULL(dcf_dialects_get(s->dialects, "mini"));
    CU_ASSERT(dcf_exchange_lifecycle(s->exchange)->version[0] != 0);
    dcf_site_free(s);
    dcf_site_free(NULL);
    fx_end();
}

static void what_is_wrong_in_any_file_is_named(void)
{
    fx_begin();
    refuse("/nowhere/forces.yaml", "", "mini", "", "", "forces.yaml");
    refuse(FORCES, "", "none", "", "", "none/mapping.yaml");
    refuse(FORCES, "colour: red\n", "mini", "", "", "dcfd.yaml:5:");
    fx_end();
}

static void limits_that_could_not_be_kept_are_refused(void)
{
    fx_begin();
    refuse(FORCES, "kafka: {partitions: 501}\n", "mini", "", "", ":5:");
    refuse(FORCES, "kafka: {max_message_bytes: 16MiB}\n", "mini", "", "", "15MiB");
    refuse(FORCES, "kafka: {max_message_bytes: 100KiB}\n", "mini", "", "", "1MiB");
    refuse(FORCES, "timing: {commit: 20s}\n", "mini", "", "", "10s");
    refuse(FORCES, "timing: {retry_cap: 0s}\n", "mini", "", "", "retry_cap");
    refuse(FORCES, "", "mini", ", limits: {bytes: 5MiB}", "", "half of kafka.max_message_bytes");
    refuse(FORCES, "", "mini", ", window: 0", "", "window");
    refuse(FORCES, "", "mini", ", out: {transport: spool, folder: /tmp/x}",
           "      - {name: second, dialect: mini, out: {transport: spool, folder: /tmp/y}}\n",
           "surrey-mini is it");
    fx_end();
}

#define TESTS(X)                                                                                   \
    X(all_parts_of_a_site_are_there)                                                               \
    X(what_is_wrong_in_any_file_is_named)                                                          \
    X(limits_that_could_not_be_kept_are_refused)
UNIT_MAIN("site", TESTS)
