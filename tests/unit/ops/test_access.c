/* test_access.c - what each token may see and do: operators, readers, inspectors, and who is none.
 */
#include "http/client.h"
#include "ops_fixture.h"
#include "unit.h"

static ops_fixture f;
static char operators[] = "/tmp/dcf-roles-XXXXXX";
static dcf_buf answer;

static dcf_status open_with(const char *lines)
{
    FILE *file = fopen(operators, "w");
    CU_ASSERT_FATAL(file && fputs(lines, file) >= 0 && fclose(file) == 0);
    dcf_ops_close(f.ops);
    f.ops = NULL;
    dcf_ops_config config = {
        .listen = "127.0.0.1:0",
        .ledger = f.ledger,
        .operators_file = operators,
        .provider = {&f, fixture_roles, fixture_queues, fixture_waiting, .links = fixture_links}};
    DCF_TRY(dcf_ops_open(&config, &f.ops));
    dcf_ops_take_up(f.ops, f.catalogue, f.criteria);
    snprintf(f.url, sizeof f.url, "http://127.0.0.1:%u", dcf_ops_port(f.ops));
    return DCF_OK;
}

static void begin(void)
{
    strcpy(operators, "/tmp/dcf-roles-XXXXXX");
    int fd = mkstemp(operators);
    CU_ASSERT_FATAL(fd >= 0);
    close(fd);
    fixture_open(&f, NULL, NULL);
    CU_ASSERT_FATAL(dcf_ok(open_with("ann token-a\nben token-b reader # looks\n"
                                     "his token-i inspector\ntwo token-2 operator inspector\n")));
}

static void end(void)
{
    fixture_close(&f);
    dcf_buf_fini(&answer);
    unlink(operators);
}

/* The status; the answer's text in answer. */
static int ask(const char *method, const char *path, const char *token)
{
    char url[256], bearer[64];
    snprintf(url, sizeof url, "%s%s", f.url, path);
    snprintf(bearer, sizeof bearer, "Bearer %s", token);
    const dcf_http_header headers[] = {
        {"Content-Type", "application/json"}, {"Authorization", bearer}, {NULL, NULL}};
    dcf_http_client *client = NULL;
    dcf_http_result result = {0};
    CU_ASSERT_FATAL(dcf_ok(dcf_http_client_open(&(dcf_http_client_config){0}, &client)));
    CU_ASSERT_FATAL(
        dcf_ok(dcf_http_fetch(client,
                              &(dcf_http_call){.method = method,
                                               .url = url,
                                               .headers = headers,
                                               .body = dcf_span_str(method[0] == 'P' ? "{}" : "")},
                              &result)));
    dcf_buf_fini(&answer);
    answer = result.body;
    dcf_http_client_close(client);
    return result.status;
}

static void each_role_sees_and_does_what_is_its(void)
{
    static const struct {
        const char *method, *path;
        int ann, ben, his;
    } rows[] = {{"GET", "/healthz", 200, 200, 200},
                {"GET", "/metrics", 200, 200, 200},
                {"GET", "/v1/metrics", 200, 200, 200},
                {"GET", "/v1/reconciliation", 200, 200, 200},
                {"GET", "/v1/onboarding", 200, 200, 200},
                {"GET", "/v1/cases/01AB1234526", 200, 200, 200},
                {"GET", "/v1/cases/01AB1234526/clocks", 200, 200, 200},
                {"GET", "/v1/cases/01AB1234526/bundle", 403, 403, 403}, /* nobody has bodies */
                {"GET", "/v1/messages/L:1", 200, 200, 403},
                {"GET", "/v1/held", 200, 200, 403},
                {"GET", "/v1/queues", 200, 200, 403},
                {"GET", "/v1/nothing", 404, 404, 403},
                {"POST", "/v1/jobs", 400, 403, 403},
                {"POST", "/v1/reload", 503, 403, 403},
                {"POST", "/v1/metrics", 405, 403, 403}};
    begin();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const int got[] = {ask(rows[i].method, rows[i].path, "token-a"),
                           ask(rows[i].method, rows[i].path, "token-b"),
                           ask(rows[i].method, rows[i].path, "token-i")};
        const int want[] = {rows[i].ann, rows[i].ben, rows[i].his};
        for (size_t k = 0; k < 3; k++) {
            if (got[k] != want[k])
                printf("\n    %s %s by %zu: %d", rows[i].method, rows[i].path, k, got[k]);
            CU_ASSERT_EQUAL(got[k], want[k]);
        }
    }
    CU_ASSERT_EQUAL(ask("GET", "/v1/held", "token-2"), 403); /* the least of two roles */
    CU_ASSERT_EQUAL(ask("GET", "/v1/metrics", "token-x"), 401);
    end();
}

static void an_inspector_reads_a_timeline_without_people(void)
{
    Dcf__V1__AuditEvent e = DCF__V1__AUDIT_EVENT__INIT;
    Dcf__V1__HeldStep s = DCF__V1__HELD_STEP__INIT;
    begin();
    e.kind = KIND(REPLAYED);
    e.at_ms = 1795273600000;
    e.message_id = (char *)"L:1";
    e.case_key = (char *)"01AB1234526";
    e.step = &s;
    s.operator_ = (char *)"OPERATOR-NAME";
    s.note = (char *)"FREE-NOTE";
    CU_ASSERT_FATAL(dcf_ok(put_audit(f.ledger, 0, 99, &e)));
    CU_ASSERT_EQUAL(ask("GET", "/v1/cases/01AB1234526", "token-b"), 200);
    CU_ASSERT_PTR_NOT_NULL(strstr(dcf_buf_cstr(&answer), "OPERATOR-NAME"));
    CU_ASSERT_EQUAL(ask("GET", "/v1/cases/01AB1234526", "token-i"), 200);
    CU_ASSERT_PTR_NOT_NULL(strstr(dcf_buf_cstr(&answer), "\"replayed\""));
    CU_ASSERT_PTR_NULL(strstr(dcf_buf_cstr(&answer), "OPERATOR-NAME"));
    CU_ASSERT_PTR_NULL(strstr(dcf_buf_cstr(&answer), "FREE-NOTE"));
    end();
}

static void a_mistyped_right_grants_nothing(void)
{
    begin();
    CU_ASSERT_TRUE(dcf_is(open_with("ann token-a\nhis token-i inspektor\n"), DCF_E_CONFIG));
    CU_ASSERT_FATAL(dcf_ok(open_with("ann token-a\n")));
    FILE *file = fopen(operators, "w"); /* while it runs */
    CU_ASSERT_FATAL(file && fputs("ann token-a\nhis token-i inspektor\n", file) >= 0);
    fclose(file);
    CU_ASSERT_EQUAL(ask("GET", "/v1/metrics", "token-i"), 401);
    CU_ASSERT_EQUAL(ask("GET", "/v1/metrics", "token-a"), 200);
    end();
}

#define TESTS(X)                                                                                   \
    X(each_role_sees_and_does_what_is_its)                                                         \
    X(an_inspector_reads_a_timeline_without_people)                                                \
    X(a_mistyped_right_grants_nothing)
UNIT_MAIN("access", TESTS)
