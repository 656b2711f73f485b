/* test_ctl.c - dcfctl against a real operations API: what it prints, and its exit codes. */
#include "../ops/ops_fixture.h"
#include "run.h"
#include "unit.h"

#define HAS(text, part) CU_ASSERT_PTR_NOT_NULL(strstr(text, part))

/* Runs against f and checks code; the caller drops. */
#define ASK(f, ...) run(__VA_ARGS__, "--url", (f).url, NULL)

static void the_overview_and_each_help_are_as_written_down(void)
{
    outcome r = run("--help", NULL);
    CU_ASSERT_EQUAL(r.code, CTL_OK);
    ASSERT_GOLDEN("help.txt", r.out);
    drop_outcome(&r);
    r = run("map", "to-canonical", "--help", NULL);
    CU_ASSERT_EQUAL(r.code, CTL_OK);
    ASSERT_GOLDEN("help-map-to-canonical.txt", r.out);
    CU_ASSERT_STRING_EQUAL(r.err, "");
    drop_outcome(&r);
    r = run("held", "list", "--help", NULL);
    ASSERT_GOLDEN("help-held-list.txt", r.out);
    drop_outcome(&r);
    r = run("--version", NULL);
    CU_ASSERT_STRING_EQUAL(r.out, "dcfctl " DCF_VERSION "\n");
    drop_outcome(&r);
}

static void every_command_answers_help_with_an_example_even_without_its_arguments(void)
{
    size_t n;
    const ctl_command *commands = ctl_commands(&n);
    for (size_t i = 0; i < n; i++) {
        char path[64], *save = NULL;
        snprintf(path, sizeof path, "%s", commands[i].path);
        char *one = strtok_r(path, " ", &save), *two = strtok_r(NULL, " ", &save);
        outcome r = two ? run(one, two, "--help", NULL) : run(one, "--help", NULL);
        CU_ASSERT_EQUAL(r.code, CTL_OK);
        HAS(r.out, commands[i].path);
        HAS(r.out, "--help");
        HAS(r.out, "xample:"); /* argp may break the line after it */
        drop_outcome(&r);
    }
}

static void a_wrong_command_line_says_what_is_wrong_and_exits_2(void)
{
    outcome r = run("held", NULL);
    CU_ASSERT_EQUAL(r.code, CTL_USAGE);
    HAS(r.err, "held show ID");
    CU_ASSERT_PTR_NULL(strstr(r.err, "case show"));
    drop_outcome(&r);
    r = run("frobnicate", NULL);
    CU_ASSERT_EQUAL(r.code, CTL_USAGE);
    HAS(r.err, "there is no command 'frobnicate'");
    drop_outcome(&r);
    r = run("case", "show", NULL);
    CU_ASSERT_EQUAL(r.code, CTL_USAGE);
    HAS(r.err, "URN is missing");
    drop_outcome(&r);
    r = run("case", "show", "a", "b", NULL);
    CU_ASSERT_EQUAL(r.code, CTL_USAGE);
    HAS(r.err, "'b' is one argument too many");
    drop_outcome(&r);
    r = run("explain", "--output", "xml", NULL);
    CU_ASSERT_EQUAL(r.code, CTL_USAGE);
    HAS(r.err, "--output is one of table|json, not 'xml'");
    drop_outcome(&r);
    r = run("explain", "--output", "tab",
            NULL); /* no abbreviations: scripts would come to rest on them */
    CU_ASSERT_EQUAL(r.code, CTL_USAGE);
    drop_outcome(&r);
    r = run("--url", "http://x", "status", NULL);
    CU_ASSERT_EQUAL(r.code, CTL_USAGE);
    HAS(r.err, "follow the command");
    drop_outcome(&r);
}

static void explains_a_code_by_either_form_of_it(void)
{
    static const char *const forms[] = {"DCF-2003", "2003"};
    for (size_t i = 0; i < 2; i++) {
        outcome r = run("explain", forms[i], NULL);
        CU_ASSERT_EQUAL(r.code, CTL_OK);
        ASSERT_GOLDEN("explain-2003.txt", r.out);
        drop_outcome(&r);
    }
    outcome r = run("explain", "DCF-9999", NULL);
    CU_ASSERT_EQUAL(r.code, CTL_NOT_FOUND);
    HAS(r.err, "dcfctl explain lists all codes");
    CU_ASSERT_STRING_EQUAL(r.out, "");
    drop_outcome(&r);
    r = run("explain", "2003", "--output=json", NULL);
    json_t *j = json_loads(r.out, 0, NULL);
    CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(j, "code")), "DCF-2003");
    json_decref(j);
    drop_outcome(&r);
}

static void the_fault_document_has_every_code_once(void)
{
    outcome r = run("faults", "--markdown", NULL);
    size_t found = 0;
    for (const char *p = r.out; (p = strstr(p, "\n### DCF-")); p++) found++;
    outcome all = run("faults", "-o", "json", NULL);
    json_t *list = json_loads(all.out, 0, NULL);
    CU_ASSERT_EQUAL(found, json_array_size(list));
    CU_ASSERT_TRUE(found > 30);
    HAS(r.out, "\n## 2xxx: mapping and content\n");
    json_decref(list);
    drop_outcome(&all);
    drop_outcome(&r);
}

static void the_remote_commands_print_tables(void)
{
    ops_fixture f;
    fixture_open(&f, NULL, NULL);
    outcome r = ASK(f, "case", "show", "01AB1234526");
    CU_ASSERT_EQUAL(r.code, CTL_OK);
    ASSERT_GOLDEN("case-show.txt", r.out);
    drop_outcome(&r);
    r = ASK(f, "held", "list");
    ASSERT_GOLDEN("held-list.txt", r.out);
    drop_outcome(&r);
    r = ASK(f, "held", "list", "--reason", "DCF-1001");
    CU_ASSERT_STRING_EQUAL(r.out, "nothing is held\n");
    drop_outcome(&r);
    r = ASK(f, "held", "show", "L:2");
    ASSERT_GOLDEN("held-show.txt", r.out);
    drop_outcome(&r);
    r = ASK(f, "message", "show", "L/3");
    CU_ASSERT_EQUAL(r.code, CTL_OK);
    ASSERT_GOLDEN("message-show.txt", r.out);
    drop_outcome(&r);
    r = ASK(f, "queue", "list");
    ASSERT_GOLDEN("queue-list.txt", r.out);
    drop_outcome(&r);
    r = ASK(f, "queue", "list", "cps", "-n", "1");
    HAS(r.out, "the breaker is open");
    CU_ASSERT_PTR_NULL(strstr(r.out, "behind L:1"));
    drop_outcome(&r);
    r = ASK(f, "link", "list");
    CU_ASSERT_EQUAL(r.code, CTL_OK);
    ASSERT_GOLDEN("link-list.txt", r.out);
    drop_outcome(&r);
    fixture_close(&f);
}

static void put_part(ops_fixture *f, int64_t offset, char *says)
{
    Dcf__V1__Fact fact = DCF__V1__FACT__INIT, *facts[] = {&fact};
    Dcf__V1__AuditEvent e = DCF__V1__AUDIT_EVENT__INIT;
    fact.name = "part";
    fact.value = says;
    e.kind = KIND(APPLIED);
    e.message_id = "L:1";
    e.case_key = "01AB1234526";
    e.facts = facts;
    e.n_facts = 1;
    if (dcf_failed(put_audit(f->ledger, 0, offset, &e))) abort();
}

static void a_split_case_shows_where_each_part_stands(void)
{
    ops_fixture f;
    fixture_open(&f, NULL, NULL);
    put_part(&f, 500, "01AB1234526/1 under_review");
    put_part(&f, 501, "01AB1234526/2 under_review");
    put_part(&f, 502, "01AB1234526/2 charged");
    outcome r = ASK(f, "case", "show", "01AB1234526/2"); /* of a part: the case it is of */
    CU_ASSERT_EQUAL(r.code, CTL_OK);
    HAS(r.out, "PART           PART STATE    OF\n");
    HAS(r.out, "01AB1234526/1  under_review  01AB1234526\n");
    HAS(r.out, "01AB1234526/2  charged       01AB1234526\n");
    CU_ASSERT_PTR_NULL(strstr(r.out, "01AB1234526/2  under_review"));
    drop_outcome(&r);
    fixture_close(&f);
}

static void every_filter_of_held_list_reaches_the_daemon(void)
{
    ops_fixture f;
    fixture_open(&f, NULL, NULL);
    static const char *const miss[][2] = {{"--party", "cps"},
                                          {"--case", "01AB1234526"},
                                          {"--since", "2026-11-21T16:00:00Z"},
                                          {"--reason", "DCF-1001"}};
    for (size_t i = 0; i < 4; i++) {
        outcome r = ASK(f, "held", "list", miss[i][0], miss[i][1]);
        CU_ASSERT_STRING_EQUAL(r.out, "nothing is held\n");
        drop_outcome(&r);
    }
    outcome r = ASK(f, "held", "list", "--party", "force-45", "--case", "01AB1234527", "--since",
                    "2026-11-21T15:00:00Z", "--reason", "DCF-4005", "--limit", "5");
    HAS(r.out, "L:2");
    drop_outcome(&r);
    r = ASK(f, "held", "list", "--limit", "0");
    CU_ASSERT_EQUAL(r.code, CTL_USAGE);
    drop_outcome(&r);
    fixture_close(&f);
}

static void json_output_is_the_answer_of_the_daemon(void)
{
    ops_fixture f;
    fixture_open(&f, NULL, NULL);
    static const char *const commands[][3] = {{"case", "show", "01AB1234526"},
                                              {"held", "show", "L:2"},
                                              {"message", "show", "L:1"},
                                              {"queue", "list", "cps"}};
    for (size_t i = 0; i < 4; i++) {
        outcome r = ASK(f, commands[i][0], commands[i][1], commands[i][2], "-o", "json");
        CU_ASSERT_EQUAL(r.code, CTL_OK);
        json_t *j = json_loads(r.out, JSON_REJECT_DUPLICATES, NULL);
        CU_ASSERT_TRUE(json_is_object(j));
        json_decref(j);
        drop_outcome(&r);
    }
    fixture_close(&f);
}

static void what_is_not_there_exits_3_with_the_daemons_hint(void)
{
    ops_fixture f;
    fixture_open(&f, NULL, NULL);
    static const char *const commands[][3] = {{"case", "show", "99ZZ9999999"},
                                              {"held", "show", "L:1"},
                                              {"message", "show", "nope"},
                                              {"queue", "list", "nobody"}};
    for (size_t i = 0; i < 4; i++) {
        outcome r = ASK(f, commands[i][0], commands[i][1], commands[i][2]);
        CU_ASSERT_EQUAL(r.code, CTL_NOT_FOUND);
        CU_ASSERT_STRING_EQUAL(r.out, "");
        HAS(r.err, "\n  ");
        drop_outcome(&r);
    }
    fixture_close(&f);
}

static void what_does_not_hold_exits_1(void)
{
    ops_fixture f;
    fixture_open(&f, NULL, NULL);
    outcome r = ASK(f, "status");
    CU_ASSERT_EQUAL(r.code, CTL_OK);
    HAS(r.out, "exchange  running  yes");
    HAS(r.out, "QUEUED  2\nAWAY    cps\n");
    drop_outcome(&r);
    f.exchange_ok = false;
    r = ASK(f, "status", "-o", "json");
    CU_ASSERT_EQUAL(r.code, CTL_FAILED);
    drop_outcome(&r);
    r = ASK(f, "status");
    HAS(r.out, "another producer took over");
    drop_outcome(&r);
    CU_ASSERT_TRUE(dcf_ok(put_event(
        f.ledger, 0, 50,
        &(step){KIND(DELIVERED), "L:77", "01AB1234526", NULL, 1795273600000, NULL, NULL})));
    r = ASK(f, "link", "list");
    CU_ASSERT_EQUAL(r.code, CTL_FAILED);
    HAS(r.err, "do not balance");
    drop_outcome(&r);
    r = ASK(f, "reconcile", "--link", "force-45-spi", "--from", "2026-11-21");
    CU_ASSERT_EQUAL(r.code, CTL_FAILED);
    HAS(r.out, "invented  L:77");
    drop_outcome(&r);
    r = ASK(f, "reconcile", "--to", "2026-11-21");
    CU_ASSERT_EQUAL(r.code, CTL_OK);
    drop_outcome(&r);
    r = ASK(f, "reconcile", "--from", "the 21st");
    CU_ASSERT_EQUAL(r.code, CTL_USAGE);
    HAS(r.err, "2026-10-01");
    drop_outcome(&r);
    CU_ASSERT(dcf_ok(
        dcf_ledger_apply(f.ledger, &(dcf_record){.topic = "dcf.audit",
                                                 .partition = 0,
                                                 .offset = 51,
                                                 .key = dcf_span_str("K"),
                                                 .value = dcf_span_str("\xff no record"),
                                                 .timestamp_ms = 1798156799000 /* 2026-12-24 */})));
    r = ASK(f, "reconcile");
    CU_ASSERT_EQUAL(r.code, CTL_FAILED);
    HAS(r.out, "unreadable  dcf.audit/0/51");
    drop_outcome(&r);
    r = ASK(f, "reconcile", "--from", "2026-12-24", "--link", "another"); /* whose is not known */
    CU_ASSERT_EQUAL(r.code, CTL_FAILED);
    HAS(r.out, "unreadable");
    HAS(r.err, "--from");
    drop_outcome(&r);
    r = ASK(f, "reconcile", "--from", "2026-12-25"); /* when it was looked at */
    CU_ASSERT_EQUAL(r.code, CTL_OK);
    drop_outcome(&r);
    fixture_close(&f);
}

static void a_daemon_that_is_not_there_exits_4_and_says_what_to_try(void)
{
    outcome r = run("status", "--url", "http://127.0.0.1:1", NULL);
    CU_ASSERT_EQUAL(r.code, CTL_UNREACHABLE);
    HAS(r.err, "cannot reach dcfd at http://127.0.0.1:1");
    HAS(r.err, "Is it running? Its address is ops.listen of its configuration");
    drop_outcome(&r);
    setenv("DCF_URL", "http://127.0.0.1:2/", 1);
    r = run("queue", "list", NULL);
    CU_ASSERT_EQUAL(r.code, CTL_UNREACHABLE);
    HAS(r.err, "http://127.0.0.1:2");
    drop_outcome(&r);
    unsetenv("DCF_URL");
    r = run("status", "--url", "ftp://127.0.0.1", NULL);
    CU_ASSERT_EQUAL(r.code, CTL_USAGE);
    drop_outcome(&r);
}

static void the_token_is_read_from_its_file(void)
{
    char path[] = "/tmp/dcf-token-XXXXXX";
    int fd = mkstemp(path);
    CU_ASSERT_EQUAL(write(fd, "s3cret\n", 7), 7);
    close(fd);
    ops_fixture f;
    fixture_open(&f, path, NULL);
    outcome r = ASK(f, "status");
    CU_ASSERT_EQUAL(r.code, CTL_UNREACHABLE);
    HAS(r.err, "--token-file");
    drop_outcome(&r);
    r = ASK(f, "status", "--token-file", path);
    CU_ASSERT_EQUAL(r.code, CTL_OK);
    drop_outcome(&r);
    r = ASK(f, "status", "--token-file", "/nonexistent");
    CU_ASSERT_EQUAL(r.code, CTL_NOT_FOUND);
    CU_ASSERT_PTR_NULL(strstr(r.err, "s3cret"));
    drop_outcome(&r);
    fixture_close(&f);
    unlink(path);
}

static void nothing_a_terminal_would_act_on_is_printed(void)
{
    static const ctl_column columns[] = {
        {"A", "a", CELL_TEXT}, {"AGE", "age", CELL_AGE}, {"B", "b", CELL_TEXT}};
    char *text = NULL;
    size_t size;
    ctl c = {.out = open_memstream(&text, &size)};
    json_t *rows =
        json_pack("[{s:s, s:i, s:n}, {s:s, s:i, s:b}, {s:s}]", "a", "x\x1b[31m\xc2\x9b", "age",
                  90061000, "b", "a", "\xc3\xa9\xc3\xa9", "age", 1500, "b", 1, "a", "");
    ctl_table(&c, columns, 3, rows, "none");
    ctl_table(&c, columns, 3, NULL, "none");
    fclose(c.out);
    CU_ASSERT_STRING_EQUAL(text, "A         AGE   B\n"
                                 "x?[31m??  1d1h  -\n"
                                 "\xc3\xa9\xc3\xa9        1s    yes\n"
                                 "-         -     -\n"
                                 "none\n");
    json_decref(rows);
    free(text);
}

static void the_completion_script_is_bash_and_knows_the_commands(void)
{
    outcome r = run("completion", "bash", NULL);
    ASSERT_GOLDEN("completion.bash", r.out);
    drop_outcome(&r);
    static const struct {
        const char *line, *expected;
    } tries[] = {
        {"COMP_WORDS=(dcfctl ca) COMP_CWORD=1", "case"},
        {"COMP_WORDS=(dcfctl held '') COMP_CWORD=2",
         "list show replay correct discard jobs approve stop resume"},
        {"COMP_WORDS=(dcfctl held list --re) COMP_CWORD=3", "--reason"},
        {"COMP_WORDS=(dcfctl map to-canonical --output '') COMP_CWORD=4", "json binary"},
        {"COMP_WORDS=(dcfctl queue list cps -o '') COMP_CWORD=5", "table json"},
    };
    for (size_t i = 0; i < sizeof tries / sizeof tries[0]; i++) {
        char command[1024], got[256] = "";
        const char *source = getenv("DCF_SOURCE");
        snprintf(command, sizeof command,
                 "bash -c \"source %s/tests/unit/ctl/golden/completion.bash; %s; _dcfctl; echo "
                 "\\${COMPREPLY[*]}\"",
                 source ? source : ".", tries[i].line);
        FILE *p = popen(command, "r");
        CU_ASSERT_PTR_NOT_NULL_FATAL(p);
        if (!fgets(got, sizeof got, p)) got[0] = '\0';
        CU_ASSERT_EQUAL(pclose(p), 0);
        got[strcspn(got, "\n")] = '\0';
        CU_ASSERT_STRING_EQUAL(got, tries[i].expected);
    }
}

#define TESTS(X)                                                                                   \
    X(the_overview_and_each_help_are_as_written_down)                                              \
    X(every_command_answers_help_with_an_example_even_without_its_arguments)                       \
    X(a_wrong_command_line_says_what_is_wrong_and_exits_2)                                         \
    X(explains_a_code_by_either_form_of_it)                                                        \
    X(the_fault_document_has_every_code_once)                                                      \
    X(the_remote_commands_print_tables)                                                            \
    X(a_split_case_shows_where_each_part_stands)                                                   \
    X(every_filter_of_held_list_reaches_the_daemon)                                                \
    X(json_output_is_the_answer_of_the_daemon)                                                     \
    X(what_is_not_there_exits_3_with_the_daemons_hint)                                             \
    X(what_does_not_hold_exits_1)                                                                  \
    X(a_daemon_that_is_not_there_exits_4_and_says_what_to_try)                                     \
    X(the_token_is_read_from_its_file)                                                             \
    X(nothing_a_terminal_would_act_on_is_printed)                                                  \
    X(the_completion_script_is_bash_and_knows_the_commands)
UNIT_MAIN("ctl", TESTS)
