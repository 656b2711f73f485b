/* test_metrics.c - dcfctl metrics against an operations API over a small ledger. */
#include "../ops/ops_fixture.h"
#include "run.h"
#include "unit.h"

#include <sys/stat.h>

#define HAS(text, part)                                                                            \
    do {                                                                                           \
        CU_ASSERT_PTR_NOT_NULL(strstr(text, part));                                                \
        if (!strstr(text, part)) printf("\n  got: %s\n", text);                                    \
    } while (0)
#define ASK(f, ...) run(__VA_ARGS__, "--url", (f).url, NULL)

/* In October 2026, in London: 1 October 00:30 local is 30 September in UTC. */
enum { MINUTE = 60000, HOUR = 60 * MINUTE };
static const int64_t OCTOBER = 1790809200000;

static void put(ops_fixture *f, const char *key, const char *type, int64_t at_ms,
                const char *const facts[][2])
{
    static int64_t offset = 1000;
    Dcf__V1__Fact list[8], *pointers[8];
    Dcf__V1__AuditEvent e = DCF__V1__AUDIT_EVENT__INIT;
    for (; facts && facts[e.n_facts][0]; e.n_facts++) {
        dcf__v1__fact__init(&list[e.n_facts]);
        list[e.n_facts].name = (char *)facts[e.n_facts][0];
        list[e.n_facts].value = (char *)facts[e.n_facts][1];
        pointers[e.n_facts] = &list[e.n_facts];
    }
    e.kind = KIND(APPLIED);
    e.case_key = (char *)key;
    e.type = (char *)type;
    e.at_ms = at_ms;
    e.force = "45";
    e.area = "9";
    e.facts = pointers;
    if (dcf_failed(put_audit(f->ledger, 0, offset++, &e))) abort();
}

#define FACTS(...)                                                                                 \
    (const char *const[][2])                                                                       \
    {                                                                                              \
        __VA_ARGS__,                                                                               \
        {                                                                                          \
            NULL, NULL                                                                             \
        }                                                                                          \
    }

static void october(ops_fixture *f)
{
    fixture_open(f, NULL, NULL);
    put(f, "45AA0000126", "case_submission", OCTOBER + 30 * MINUTE,
        FACTS({"submission", "pre_charge"}, {"case_type", "crown"}, {"supervisor", "ab01"}));
    put(f, "45AA0000126", "triage_outcome", OCTOBER + 30 * MINUTE + 6 * HOUR,
        FACTS({"outcome", "rejected"}, {"triage_reason", "T01"}, {"triage_reason", "T04"}));
    put(f, "45AA0000226", "case_submission", OCTOBER + 40 * MINUTE,
        FACTS({"submission", "pre_charge"}, {"case_type", "rasso"}, {"supervisor", "=cd02,x"}));
    put(f, "45AA0000226", "triage_outcome", OCTOBER + 40 * MINUTE + 30 * HOUR,
        FACTS({"outcome", "accepted"}));
    put(f, "45AA0000326", "case_submission", OCTOBER - MINUTE,
        FACTS({"submission", "pre_charge"})); /* September */
}

static void a_table_shows_each_figure_in_its_unit(void)
{
    ops_fixture f;
    october(&f);
    outcome r = ASK(f, "metrics", "show", "--period", "2026-10");
    CU_ASSERT_EQUAL(r.code, CTL_OK);
    HAS(r.out, "submissions                  pre_charge");
    HAS(r.out, "triage_rejection_rate        -           -      -     -          50.0 %");
    HAS(r.out, "triage_rejections_by_reason  T04         -      -     -          50.0 %");
    HAS(r.out, "time_to_triage               none        -      -     -          6.00    hours");
    HAS(r.out, "supervisor_rejection_rate    ab01        -      -     -          few     share");
    drop_outcome(&r);
    r = ASK(f, "metrics", "show", "--period", "2026-10", "--by", "case_type,force", "--metric",
            "time_to_triage");
    HAS(r.out, "none   45     -     rasso      30.00  hours  1");
    drop_outcome(&r);
    r = ASK(f, "metrics", "show", "--period", "2026-09", "--metric", "submissions");
    HAS(r.out, " 1 ");
    drop_outcome(&r);
    r = ASK(f, "metrics", "show", "--period", "2026-08");
    HAS(r.out, "messages of tests are never counted");
    drop_outcome(&r);
    fixture_close(&f);
}

static void a_wrong_question_says_what_to_write(void)
{
    ops_fixture f;
    october(&f);
    static const struct {
        const char *option, *value;
        int code;
        const char *says;
    } wrong[] = {{"--period", "october", CTL_USAGE, "2026-Q4"},
                 {"--by", "force,shire", CTL_USAGE, "by=force,case_type"},
                 {"--metric", "speed", CTL_NOT_FOUND, "metrics dictionary"}};
    for (size_t i = 0; i < 3; i++) {
        outcome r = ASK(f, "metrics", "show", wrong[i].option, wrong[i].value);
        CU_ASSERT_EQUAL(r.code, wrong[i].code);
        HAS(r.err, wrong[i].says);
        drop_outcome(&r);
    }
    fixture_close(&f);
}

static void an_export_is_csv_that_no_spreadsheet_calculates(void)
{
    ops_fixture f;
    october(&f);
    outcome r = ASK(f, "metrics", "export", "--period", "2026-10");
    CU_ASSERT_EQUAL(r.code, CTL_OK);
    CU_ASSERT_EQUAL(strncmp(r.out, "from,to,metric,title,unit,force,", 32), 0);
    HAS(r.out, "\r\n2026-09-30T23:00:00.000Z,2026-11-01T00:00:00.000Z,submissions,");
    HAS(r.out, ",\"'=cd02,x\",share,,,,,,,,,,yes\r\n"); /* too few: no figure at all */
    HAS(r.out, "rejections by reason,share,,,,T04,rate,0.5,1,0,1,2,,,,,no\r\n");
    drop_outcome(&r);
    r = ASK(f, "metrics", "export", "--period", "2026-10", "--format", "json");
    json_t *answer = json_loads(r.out, 0, NULL);
    CU_ASSERT_TRUE(json_array_size(json_object_get(answer, "figures")) > 5);
    json_decref(answer);
    drop_outcome(&r);
    fixture_close(&f);
}

static void the_dictionary_has_every_metric_with_its_source(void)
{
    ops_fixture f;
    october(&f);
    outcome r = ASK(f, "metrics", "dictionary", "--markdown");
    CU_ASSERT_EQUAL(r.code, CTL_OK);
    for (size_t i = 0; i < f.catalogue->count; i++) {
        HAS(r.out, f.catalogue->defs[i].name);
        HAS(r.out, f.catalogue->defs[i].caveats);
    }
    drop_outcome(&r);
    fixture_close(&f);
}

static void keys(const char *folder, char secret[128], char public[128])
{
    char command[512];
    snprintf(secret, 128, "%s/key.pem", folder);
    snprintf(public, 128, "%s/public.pem", folder);
    snprintf(command, sizeof command,
             "openssl genpkey -algorithm ed25519 -out %s && openssl pkey -in %s -pubout -out %s",
             secret, secret, public);
    if (system(command) != 0) abort();
}

static void a_snapshot_is_signed_once_and_any_change_is_seen(void)
{
    ops_fixture f;
    char folder[] = "/tmp/dcf-snapshot-XXXXXX", secret[128], public[128], file[128], command[512];
    october(&f);
    if (!mkdtemp(folder)) abort();
    keys(folder, secret, public);
    snprintf(file, sizeof file, "%s/october.json", folder);
    outcome r = ASK(f, "metrics", "snapshot", "--month", "2026-10", "--key", secret, "--out", file);
    CU_ASSERT_EQUAL(r.code, CTL_OK);
    drop_outcome(&r);
    r = run("metrics", "verify", file, "--key", public, NULL);
    CU_ASSERT_EQUAL(r.code, CTL_OK);
    HAS(r.out, "2026-09-30T23:00:00.000Z to 2026-11-01T00:00:00.000Z");
    drop_outcome(&r);
    snprintf(command, sizeof command,
             "openssl pkeyutl -verify -pubin -inkey %s -rawin -in %s -sigfile %s.sig >%s/said",
             public, file, file, folder);
    CU_ASSERT_EQUAL(system(command), 0); /* another program agrees */
    r = ASK(f, "metrics", "snapshot", "--month", "2026-10", "--key", secret, "--out", file);
    CU_ASSERT_EQUAL(r.code, CTL_FAILED); /* there is one */
    drop_outcome(&r);
    FILE *out = fopen(file, "r+");
    fseek(out, 40, SEEK_SET);
    fputc('7', out);
    fclose(out);
    r = run("metrics", "verify", file, "--key", public, NULL);
    CU_ASSERT_EQUAL(r.code, CTL_FAILED);
    HAS(r.err, "does not hold");
    drop_outcome(&r);
    r = ASK(f, "metrics", "snapshot", "--month", "2199-10", "--key", secret);
    CU_ASSERT_EQUAL(r.code, CTL_FAILED);
    HAS(r.err, "not over");
    drop_outcome(&r);
    snprintf(command, sizeof command, "rm -r %s", folder);
    CU_ASSERT_EQUAL(system(command), 0);
    fixture_close(&f);
}

#define TESTS(X)                                                                                   \
    X(a_table_shows_each_figure_in_its_unit)                                                       \
    X(a_wrong_question_says_what_to_write)                                                         \
    X(an_export_is_csv_that_no_spreadsheet_calculates)                                             \
    X(the_dictionary_has_every_metric_with_its_source)                                             \
    X(a_snapshot_is_signed_once_and_any_change_is_seen)
UNIT_MAIN("metrics", TESTS)
