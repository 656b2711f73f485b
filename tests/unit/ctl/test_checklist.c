/* test_checklist.c - dcfctl checklist: each rule of the shipped profile on a file that meets it and
 * on one that does not; rules changed without C; what is printed. */
#include "run.h"
#include "unit.h"

#include <sys/stat.h>
#include <unistd.h>

#define HAS(text, part) CU_ASSERT_PTR_NOT_NULL(strstr(text, part))

static const char *source(void)
{
    const char *s = getenv("DCF_SOURCE");
    return s ? s : ".";
}

static char *in_tree(const char *path)
{
    static char text[512];
    snprintf(text, sizeof text, "%s/%s", source(), path);
    return text;
}

static void write_text(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    if (!f) abort();
    fputs(text, f);
    fclose(f);
}

/* --- files made of the whole one ------------------------------------------------------- */

/*
 * Changes to the whole file, in words: "-MG11" drops documents of that form, "-~DASH" those whose
 * title holds the word, "PATH=JSON" sets and "PATH=" removes a member; ";" between them. A path:
 * defendants.0.bail_date.
 */
static void drop_documents(json_t *c, const char *key, const char *word)
{
    json_t *list = json_object_get(c, "documents");
    for (size_t i = json_array_size(list); i-- > 0;) {
        const char *text = json_string_value(json_object_get(json_array_get(list, i), key));
        if (text && (key[0] == 't' ? strstr(text, word) != NULL : strcmp(text, word) == 0))
            json_array_remove(list, i);
    }
}

static void set_member(json_t *c, char *path, const char *value)
{
    char *name = strrchr(path, '.');
    json_t *at = c;
    if (name) *name++ = '\0';
    for (char *part = name ? strtok(path, ".") : NULL; part; part = strtok(NULL, "."))
        at = json_is_array(at) ? json_array_get(at, (size_t)atoi(part)) : json_object_get(at, part);
    CU_ASSERT_PTR_NOT_NULL_FATAL(at);
    if (*value)
        json_object_set_new(at, name ? name : path, json_loads(value, JSON_DECODE_ANY, NULL));
    else
        json_object_del(at, name ? name : path);
}

static void change(json_t *c, const char *edits)
{
    char copy[512], *rest = copy;
    snprintf(copy, sizeof copy, "%s", edits);
    for (char *edit = strsep(&rest, ";"); edit; edit = strsep(&rest, ";")) {
        char *equals = strchr(edit, '=');
        if (!*edit) continue;
        if (*edit == '-') {
            bool title = edit[1] == '~';
            drop_documents(c, title ? "title" : "document_type", edit + 1 + title);
        } else {
            *equals = '\0';
            set_member(c, edit, equals + 1);
        }
    }
}

static void write_case(const char *path, const char *edits)
{
    char file[512];
    snprintf(file, sizeof file, "%s/tests/unit/ctl/checklist/whole.json", source());
    json_t *whole = json_load_file(file, 0, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(whole);
    change(json_object_get(whole, "case_submission"), edits);
    json_dump_file(whole, path, 0);
    json_decref(whole);
}

static json_t *check(const char *edits, const char *profile, const char *config, int *ret_code)
{
    char path[] = "/tmp/dcf-check-XXXXXX";
    int fd = mkstemp(path);
    if (fd < 0) abort();
    close(fd);
    write_case(path, edits);
    outcome r = run("checklist", "run", path, "--profile", profile, "--at", "2026-11-21T15:00:00Z",
                    "--config-dir", config, "-o", "json", NULL);
    json_t *answer = json_loads(r.out, 0, NULL);
    if (!answer) fprintf(stderr, "\n%s: %s\n", edits, r.err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(answer);
    *ret_code = r.code;
    drop_outcome(&r);
    unlink(path);
    return answer;
}

/* The severity with which the rule is found; "" when it is not. */
static const char *severity_of(const json_t *answer, const char *rule)
{
    size_t i;
    json_t *f;
    json_array_foreach(json_object_get(answer, "findings"), i, f)
    {
        if (strcmp(json_string_value(json_object_get(f, "rule")), rule) == 0)
            return json_string_value(json_object_get(f, "severity"));
    }
    return "";
}

static void found(const char *edits, const char *rule, const char *severity)
{
    int code;
    json_t *answer = check(edits, "dg6", in_tree("config"), &code);
    const char *is = severity_of(answer, rule);
    if (strcmp(is, severity) != 0)
        fprintf(stderr, "\n%s with %s: '%s' (%s)\n", rule, edits, is,
                json_string_value(json_object_get(answer, "case_type")));
    CU_ASSERT_STRING_EQUAL(is, severity);
    CU_ASSERT_EQUAL(code, strcmp(json_string_value(json_object_get(answer, "verdict")),
                                 "would be refused") == 0);
    json_decref(answer);
}

#define CHARGED "kind=\"SUBMISSION_KIND_CHARGED\";"
#define GAP     "anticipated_plea=\"guilty\";"
#define PLAIN   "domestic_abuse=;monitoring_codes=;"

/* --- each rule ---------------------------------------------------------------------------- */

static void a_whole_file_meets_every_rule(void)
{
    int code;
    json_t *answer = check("", "dg6", in_tree("config"), &code);
    CU_ASSERT_EQUAL(code, CTL_OK);
    CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(answer, "case_type")), "pcd_ngap");
    CU_ASSERT_EQUAL(json_array_size(json_object_get(answer, "findings")), 0);
    json_decref(answer);
}

static const struct {
    const char *rule, *edits, *severity, *meets; /* meets: edits with which it is not found */
} WALK[] = {
    {"T01", "documents.0.title=", "warn", ""},
    {"T01", CHARGED "documents=", "notify", CHARGED},
    {"T02", "-MG6C;-MG6D;-MG6E", "reject", "-MG6D;-MG6E"},
    {"T02", CHARGED "-MG6C;-MG6D;-MG6E", "warn", CHARGED "documents="},
    {"T03", "-MG3;outline=", "reject", "-MG3"},
    {"T03", "-MG3;outline.0.text=\"\"", "reject", "outline="},
    {"T04", "approval.comments.5.text=\"\"", "reject", ""},
    {"T04", "approval.approver=", "reject", "code_test=\"Early advice\";approval="},
    {"T04", "code_test=\"Threshold Test\";approval=", "warn", ""},
    {"T05", "-~DASH", "reject", PLAIN "-~DASH"},
    {"T05", "domestic_abuse=;-~DASH", "reject", ""}, /* by its monitoring code */
    {"T06", "-MG11", "reject", ""},
    {"T06", GAP "-MG11", "warn", GAP},
    {"T07", "-MG12", "warn", "-MG12;documents.4.title=\"Exhibit AB/1\""},
    {"T08", "-MG15", "reject",
     "-MG15;outline.0.heading=\"Defendant interview\";outline.0.text=\"no comment\""},
    {"T08", "-MG15", "reject", "-MG15;defendants.0.person="}, /* a company is not interviewed */
    {"T09", "-MG16;-MG16A", "reject", "-MG16A"},
    {"T10", "-MG16A", "warn", ""},
    {"T11", "-MG00;documents.4.title=\"BWV of the arrest\"", "warn",
     "documents.4.title=\"BWV of the arrest\";documents.4.file_name=\"a.mp4\""},
    {"T12", "-~Third-party", "warn", "outline=;-~Third-party"},
    {"T13", "officer_in_case.contact=", "reject",
     "officer_in_case.contact=;contact={\"email_1\":\"unit@police.example\"}"},
    {"T13", "officer_in_case=", "reject", ""},
    {"N01", CHARGED "-MG4", "warn", CHARGED},
    {"N02", "-MG5", "warn", ""},
    {"N03", CHARGED "custody_state=\"Custody\";-MG7", "warn", CHARGED "-MG7"},
    {"N04", "-MG9", "notify", "-MG9;witnesses=[{}]"},
    {"N05", "-MG2", "notify", "-MG2;defendants.0.offences.0.victims="},
    {"N06", "-MG6E", "notify", "-MG6E;-MG6C;-MG6D"},
    {"N07", "-CAD", "warn", "-CAD;documents.4.title=\"Custody record\""},
    {"N07", "-CAD;documents.4.title=\"Cadet's letter\"", "warn", ""},
    {"N08", "documents.12.sensitivity=", "warn", ""},
    {"N09", "documents.16.document_type=\"OTHER\"", "notify", ""},
    {"N10", "documents.17.document_type=\"OTHER\"", "notify", ""},
    {"C01", "anticipated_plea=", "warn", ""},
    {"C02", "statutory_time_limit=", "warn",
     "statutory_time_limit=;defendants.0.offences.0.category=\"Either Way\""},
    {"C03", CHARGED "defendants.0.offences.0.charge_date=\"2027-05-02\"", "warn",
     CHARGED "defendants.0.offences.0.charge_date=\"2027-05-01\""},
    {"C04", "custody_state=\"Custody\"", "warn",
     "custody_state=\"Custody\";pace_clock_expires_at=\"2026-11-21T20:00:00Z\""},
    {"C05", "pace_clock_expires_at=\"2026-11-21T14:59:00Z\"", "warn",
     "pace_clock_expires_at=\"2026-11-21T15:01:00Z\""},
    {"C05", "pace_clock_expires_at=\"2026-11-26T15:00:00Z\"", "warn",
     "pace_clock_expires_at=\"2026-11-25T15:00:00Z\""},
    {"C06", CHARGED, "warn", CHARGED PLAIN},
    {"C07", "defendants.0.bail_date=", "warn",
     "defendants.0.bail_date=;custody_state=;defendants.0.custody_status="},
};

static void each_rule_is_found_where_it_is_broken_and_only_there(void)
{
    for (size_t i = 0; i < CTL_COUNT(WALK); i++) {
        found(WALK[i].edits, WALK[i].rule, WALK[i].severity);
        found(WALK[i].meets, WALK[i].rule, "");
    }
}

/* Judged by a machine: all but those without needs. */
static void no_rule_that_a_machine_judges_is_left_out_above(void)
{
    outcome r = run("checklist", "list", "-p", "dg6", "-o", "json", "--config-dir",
                    in_tree("config"), NULL);
    json_t *rules = json_loads(r.out, 0, NULL), *rule;
    size_t i, judged = 0;
    json_array_foreach(rules, i, rule)
    {
        const char *code = json_string_value(json_object_get(rule, "code"));
        bool walked = strstr(json_string_value(json_object_get(rule, "needs")), "person's") != NULL;
        for (size_t k = 0; k < CTL_COUNT(WALK); k++) walked |= !strcmp(WALK[k].rule, code);
        if (!walked) fprintf(stderr, "\n%s is not walked\n", code);
        CU_ASSERT_TRUE(walked);
        judged += code[0] == 'T';
    }
    CU_ASSERT_EQUAL(judged, 13);
    json_decref(rules);
    drop_outcome(&r);
}

static void the_type_of_case_is_found(void)
{
    static const struct {
        const char *edits, *type;
    } rows[] = {
        {"", "pcd_ngap"},
        {GAP, "pcd_gap"},
        {"anticipated_plea=\"notKnown\"", "pcd_ngap"},
        {"code_test=\"Threshold Test\";" GAP, "threshold"},
        {"review_type=\"earlyAdvice\"", "early_advice"},
        {"code_test=\"Investigative Advice\"", "early_advice"},
        {"kind=\"SUBMISSION_KIND_UPGRADE\"", "upgrade"},
        {CHARGED, "charged_ngap"},
        {CHARGED GAP, "charged_gap"},
        {CHARGED "initiation=\"INITIATION_SJP\"", "single_justice"},
    };
    for (size_t i = 0; i < CTL_COUNT(rows); i++) {
        int code;
        json_t *answer = check(rows[i].edits, "dg6", in_tree("config"), &code);
        CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(answer, "case_type")),
                               rows[i].type);
        json_decref(answer);
    }
}

static void the_draft_asks_less_before_charge(void)
{
    int code;
    json_t *answer = check(GAP "-MG5;-MG15;-MG16;-MG16A", "dg7", in_tree("config"), &code);
    CU_ASSERT_EQUAL(code, CTL_OK);
    CU_ASSERT_STRING_EQUAL(severity_of(answer, "T08"), "warn");
    CU_ASSERT_STRING_EQUAL(severity_of(answer, "N02"), "");
    json_decref(answer);
    answer = check("documents.16.document_type=\"OTHER\"", "dg7", in_tree("config"), &code);
    CU_ASSERT_STRING_EQUAL(severity_of(answer, "N09"), "warn");
    json_decref(answer);
}

/* --- rules changed without C -------------------------------------------------------------------
 */

static const char small[] =
    "profile: mine\ntitle: Mine\nversion: '1'\nstatus: in_force\nfrom: 2020-01-01\nsource: me\n"
    "case_types:\n  none: {title: None, when: {field: urn, is: absent}}\n"
    "  all: {title: All, when: {field: urn, is: present}}\n"
    "rules:\n  - {code: A1, title: Plea, group: G, severity: hold, needs: {field: "
    "anticipated_plea, in: [%s]}, officer: o, lawyer: l, source: s, verified: %s}\n"
    "file_standard:\n"
    "  - {code: F1, group: Evidential, title: Statement missing, rules: A1}\n"
    "  - {code: F2, group: Evidential, title: Exhibit missing}\n";

static char folder[64];

static void begin_folder(const char *plea, const char *verified, const char *local)
{
    char path[128], text[1024];
    strcpy(folder, "/tmp/dcf-rules-XXXXXX");
    if (!mkdtemp(folder)) abort();
    snprintf(path, sizeof path, "%s/checklists", folder);
    mkdir(path, 0700);
    snprintf(path, sizeof path, "%s/checklists/mine.yaml", folder);
    snprintf(text, sizeof text, small, plea, verified);
    write_text(path, text);
    snprintf(path, sizeof path, "%s/checklists/local.yaml", folder);
    if (local) write_text(path, local);
}

static void end_folder(void)
{
    char command[128];
    snprintf(command, sizeof command, "rm -r %s", folder);
    if (system(command) != 0) abort();
}

static void a_rule_is_changed_by_its_file_alone(void)
{
    int code;
    begin_folder("guilty", "true", NULL);
    json_t *answer = check("", "mine", folder, &code);
    CU_ASSERT_STRING_EQUAL(severity_of(answer, "A1"), "hold");
    CU_ASSERT_EQUAL(code, CTL_FAILED);
    json_decref(answer);
    end_folder();
    begin_folder("notGuilty", "true", NULL);
    answer = check("", "mine", folder, &code);
    CU_ASSERT_STRING_EQUAL(severity_of(answer, "A1"), "");
    json_decref(answer);
    end_folder();
}

static void a_site_switches_a_rule_and_says_why(void)
{
    int code;
    begin_folder("guilty", "true",
                 "overrides:\n  - {rule: A1, severity: warn, because: agreed here}\n");
    json_t *answer = check("", "mine", folder, &code);
    CU_ASSERT_STRING_EQUAL(severity_of(answer, "A1"), "warn");
    CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(answer, "version")), "1+local");
    json_decref(answer);
    outcome r = run("checklist", "explain", "a1", "--config-dir", folder, NULL);
    HAS(r.out, "agreed here");
    drop_outcome(&r);
    end_folder();
    begin_folder("guilty", "true",
                 "overrides:\n  - {rule: A1, enabled: false, because: agreed here}\n");
    answer = check("", "mine", folder, &code);
    CU_ASSERT_STRING_EQUAL(severity_of(answer, "A1"), "");
    json_decref(answer);
    end_folder();
}

static bool says(const char *word, const char *code, const char *text)
{
    outcome r = run("checklist", word, "--config-dir", folder, code, NULL);
    CU_ASSERT_EQUAL(r.code, CTL_OK);
    bool found = strstr(r.out, text) != NULL;
    drop_outcome(&r);
    return found;
}

static void a_site_puts_the_official_words_and_switches_a_reason_of_the_file_standard(void)
{
    begin_folder("guilty", "true", NULL);
    CU_ASSERT_TRUE(
        says("form", NULL, "F1 Evidential: Statement missing (unverified); found by A1"));
    CU_ASSERT_TRUE(says("form", NULL, "F2 Evidential"));
    end_folder();
    begin_folder("guilty", "true",
                 "overrides:\n"
                 "  - {rule: F1, verified: true, title: Official words, because: read on page 3}\n"
                 "  - {rule: F2, enabled: false, because: not scored here}\n");
    CU_ASSERT_TRUE(says("form", NULL, "F1 Evidential: Official words; found by A1"));
    CU_ASSERT_FALSE(says("form", NULL, "F2 Evidential"));
    CU_ASSERT_TRUE(says("explain", "F1", "read on page 3"));
    CU_ASSERT_TRUE(says("explain", "F2", "not scored here"));
    CU_ASSERT_TRUE(says("form", NULL, "version 1+local"));
    end_folder();
}

static void a_site_says_whether_a_rule_was_verified(void)
{
    begin_folder("guilty", "true", "overrides:\n  - {rule: A1, verified: false, because: x}\n");
    outcome r = run("checklist", "explain", "A1", "--config-dir", folder, "-o", "json", NULL);
    json_t *rule = json_loads(r.out, 0, NULL);
    CU_ASSERT_TRUE(json_is_false(json_object_get(rule, "verified")));
    json_decref(rule);
    drop_outcome(&r);
    end_folder();
}

static void a_mistake_in_a_rule_names_file_and_line(void)
{
    static const struct {
        const char *plea, *verified, *local, *says;
    } rows[] = {
        {"guilty", "false", NULL, "mine.yaml:11:5: A1 is not verified, so it may warn at most"},
        {"", "true", NULL, "mine.yaml:11:"},
        {"guilty", "true", "overrides:\n  - {rule: A1, severity: warn}\n",
         "local.yaml:2:5: because is missing"},
        {"guilty", "true", "overrides:\n  - {rule: A2, because: x}\n",
         "local.yaml:2:5: no profile has the rule or reason A2"},
        {"guilty", "true", "overrides:\n  - {rule: A1, because: x, severity: {some: warn}}\n",
         "no case type some"},
        {"guilty", "true", "overrides:\n  - {rule: A1, because: x, severity: bad}\n",
         "a severity is reject, hold"},
        {"guilty", "true", "overrides:\n  - {rule: F1, because: x, severity: warn}\n",
         "local.yaml:2:28: F1 is a reason of the file standard: it has no severity"},
    };
    for (size_t i = 0; i < CTL_COUNT(rows); i++) {
        begin_folder(rows[i].plea, rows[i].verified, rows[i].local);
        outcome r = run("checklist", "list", "--config-dir", folder, NULL);
        CU_ASSERT_EQUAL(r.code, CTL_FAILED);
        if (!strstr(r.err, rows[i].says)) fprintf(stderr, "\n%s\n", r.err);
        HAS(r.err, rows[i].says);
        drop_outcome(&r);
        end_folder();
    }
}

/* --- for people ---------------------------------------------------------------------------------
 */

static void a_rule_and_a_reason_are_explained(void)
{
    outcome r = run("checklist", "explain", "T06", "--config-dir", in_tree("config"), NULL);
    CU_ASSERT_EQUAL(r.code, CTL_OK);
    HAS(r.out, "reject pcd_ngap; warn threshold pcd_gap charged_ngap");
    HAS(r.out, "document type of documents is MG11");
    drop_outcome(&r);
    r = run("checklist", "explain", "f04", "--config-dir", in_tree("config"), NULL);
    HAS(r.out, "Rebuttable presumption material not provided");
    drop_outcome(&r);
    r = run("checklist", "explain", "X9", "--config-dir", in_tree("config"), NULL);
    CU_ASSERT_EQUAL(r.code, CTL_NOT_FOUND);
    drop_outcome(&r);
}

static void two_profiles_are_compared(void)
{
    outcome r = run("checklist", "diff", "dg6", "dg7", "--config-dir", in_tree("config"), NULL);
    CU_ASSERT_EQUAL(r.code, CTL_OK);
    HAS(r.out, "RULE  WHAT");
    HAS(r.out, "N11");
    drop_outcome(&r);
    r = run("checklist", "diff", "dg6", "dg6", "--config-dir", in_tree("config"), NULL);
    CU_ASSERT_STRING_EQUAL(r.out, "They say the same.\n");
    drop_outcome(&r);
}

static void the_form_is_for_one_type_of_case_or_all(void)
{
    outcome r = run("checklist", "form", "--case-type", "early_advice", "--config-dir",
                    in_tree("config"), NULL);
    ASSERT_GOLDEN("checklist-form.txt", r.out);
    drop_outcome(&r);
    r = run("checklist", "form", "--config-dir", in_tree("config"), NULL);
    HAS(r.out, "## Threshold test, remand");
    HAS(r.out, "- F23 Victim and witness:");
    drop_outcome(&r);
    r = run("checklist", "form", "--case-type", "murder", "--config-dir", in_tree("config"), NULL);
    CU_ASSERT_EQUAL(r.code, CTL_NOT_FOUND);
    HAS(r.err, "pcd_ngap");
    drop_outcome(&r);
}

#define TESTS(X)                                                                                   \
    X(a_whole_file_meets_every_rule)                                                               \
    X(each_rule_is_found_where_it_is_broken_and_only_there)                                        \
    X(no_rule_that_a_machine_judges_is_left_out_above)                                             \
    X(the_type_of_case_is_found)                                                                   \
    X(the_draft_asks_less_before_charge)                                                           \
    X(a_rule_is_changed_by_its_file_alone)                                                         \
    X(a_site_switches_a_rule_and_says_why)                                                         \
    X(a_site_puts_the_official_words_and_switches_a_reason_of_the_file_standard)                   \
    X(a_site_says_whether_a_rule_was_verified)                                                     \
    X(a_mistake_in_a_rule_names_file_and_line)                                                     \
    X(a_rule_and_a_reason_are_explained)                                                           \
    X(two_profiles_are_compared)                                                                   \
    X(the_form_is_for_one_type_of_case_or_all)

UNIT_MAIN("ctl checklist", TESTS)
