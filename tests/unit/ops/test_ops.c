/* test_ops.c - the operations API as a client on a real socket sees it. */
#include "http/client.h"
#include "ops_fixture.h"
#include "unit.h"

#include <jansson.h>

#define OK(expr) CU_ASSERT_TRUE_FATAL(dcf_ok(expr))

typedef struct answer {
    int code;
    json_t *json;
    char *text;
} answer;

static answer ask(const ops_fixture *f, const char *method, const char *path, const char *token)
{
    char url[512], bearer[128];
    snprintf(url, sizeof url, "%s%s", f->url, path);
    snprintf(bearer, sizeof bearer, "Bearer %s", token ? token : "");
    const dcf_http_header headers[] = {{token ? "Authorization" : NULL, bearer}, {NULL, NULL}};
    dcf_http_client *client = NULL;
    OK(dcf_http_client_open(&(dcf_http_client_config){0}, &client));
    dcf_http_result result = {0};
    OK(dcf_http_fetch(client, &(dcf_http_call){.method = method, .url = url, .headers = headers},
                      &result));
    const char *body = dcf_buf_cstr(&result.body);
    answer a = {.code = result.status,
                .json = json_loads(body, JSON_REJECT_DUPLICATES, NULL),
                .text = strdup(body)};
    dcf_buf_fini(&result.body);
    dcf_http_client_close(client);
    return a;
}

static answer get(const ops_fixture *f, const char *path)
{
    return ask(f, "GET", path, NULL);
}

static void drop(answer *a)
{
    json_decref(a->json);
    free(a->text);
}

/* The value at "held/0/reason" as text: strings as they are, the rest as JSON. */
static const char *at(const answer *a, const char *path)
{
    static char text[256];
    char name[64];
    const json_t *j = a->json;
    for (size_t n; *path && j; path += n + (path[n] == '/')) {
        n = strcspn(path, "/");
        snprintf(name, sizeof name, "%.*s", (int)n, path);
        j = json_is_array(j) ? json_array_get(j, (size_t)atoi(name)) : json_object_get(j, name);
    }
    if (json_is_string(j)) return json_string_value(j);
    char *dumped = j ? json_dumps(j, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
    snprintf(text, sizeof text, "%s", dumped ? dumped : "(absent)");
    free(dumped);
    return text;
}

#define AT(a, path, expected) CU_ASSERT_STRING_EQUAL(at(&(a), path), expected)

static void health_follows_the_roles_and_says_why(void)
{
    ops_fixture f;
    fixture_open(&f, NULL, NULL);
    answer a = get(&f, "/healthz");
    CU_ASSERT_EQUAL(a.code, 200);
    AT(a, "status", "ok");
    drop(&a);
    f.exchange_ok = false;
    a = get(&f, "/healthz");
    CU_ASSERT_EQUAL(a.code, 503);
    AT(a, "reasons/0", "exchange: another producer took over");
    AT(a, "reasons/1", "(absent)");
    AT(a, "status", "failing");
    drop(&a);
    f.exchange_ok = true;
    f.kafka_away = true;
    a = get(&f, "/healthz");
    CU_ASSERT_EQUAL(a.code, 503);
    AT(a, "status", "degraded");
    drop(&a);
    fixture_close(&f);
}

static void status_tells_version_roles_and_totals(void)
{
    ops_fixture f;
    fixture_open(&f, NULL, NULL);
    answer a = get(&f, "/v1/status");
    CU_ASSERT_EQUAL(a.code, 200);
    AT(a, "version", DCF_VERSION);
    AT(a, "instance", "unit");
    AT(a, "embedded", "false");
    AT(a, "roles/0/role", "exchange");
    AT(a, "roles/0/since", "1970-01-01T00:00:01.000Z");
    AT(a, "totals/cases", "2");
    AT(a, "totals/messages", "4");
    AT(a, "totals/held", "1");
    AT(a, "queues/queued", "2");
    AT(a, "queues/away", "cps"); /* not the party whose breaker is closed */
    drop(&a);
    fixture_close(&f);
}

static void a_queue_explains_why_it_and_each_of_its_messages_wait(void)
{
    ops_fixture f;
    fixture_open(&f, NULL, NULL);
    answer a = get(&f, "/v1/queues");
    AT(a, "queues/0/party", "cps");
    AT(a, "queues/0/depth", "2");
    AT(a, "queues/0/breaker", "open");
    AT(a, "queues/0/reason", "the receiver does not answer: 5 failures in a row");
    AT(a, "queues/1/oldest", "null");
    json_int_t age = json_integer_value(
        json_object_get(json_array_get(json_object_get(a.json, "queues"), 0), "oldest_age_ms"));
    CU_ASSERT_TRUE(age >= 90000 && age < 120000);
    drop(&a);
    a = get(&f, "/v1/queues/cps");
    AT(a, "queue/in_flight", "1");
    AT(a, "waiting/0/message_id", "L:1");
    AT(a, "waiting/0/attempts", "5");
    AT(a, "waiting/0/next_try", "2026-11-21T15:17:50.123Z");
    AT(a, "waiting/0/last_failure", "receiver failed (HTTP 500)");
    AT(a, "waiting/1/reason", "behind L:1 of its case");
    drop(&a);
    a = get(&f, "/v1/queues/cps?limit=1");
    AT(a, "waiting/1", "(absent)");
    drop(&a);
    a = get(&f, "/v1/queues/nobody");
    CU_ASSERT_EQUAL(a.code, 404);
    AT(a, "error", "no such party");
    drop(&a);
    fixture_close(&f);
}

static void a_case_is_found_by_any_form_of_its_urn(void)
{
    ops_fixture f;
    fixture_open(&f, NULL, NULL);
    static const char *const forms[] = {"/v1/cases/01AB1234526", "/v1/cases/01ab1234526",
                                        "/v1/cases/01AB1234526%2F2"};
    for (size_t i = 0; i < 3; i++) {
        answer a = get(&f, forms[i]);
        CU_ASSERT_EQUAL(a.code, 200);
        AT(a, "case", "01AB1234526");
        AT(a, "state", "submitted");
        AT(a, "timeline/0/hop", "received");
        AT(a, "timeline/0/at", "2026-11-21T15:00:00.000Z");
        AT(a, "timeline/3/hop", "delivered");
        AT(a, "timeline/3/to", "cps");
        AT(a, "timeline/4/reason", "DCF-2003");
        AT(a, "timeline/4/text", "a value the mapping does not know");
        drop(&a);
    }
    answer a = get(&f, "/v1/cases/99ZZ9999999");
    CU_ASSERT_EQUAL(a.code, 404);
    AT(a, "error", "no such case");
    drop(&a);
    fixture_close(&f);
}

static void a_message_tells_its_status_whatever_its_id_holds(void)
{
    ops_fixture f;
    fixture_open(&f, NULL, NULL);
    answer a = get(&f, "/v1/messages/L:1");
    AT(a, "status", "delivered");
    AT(a, "from", "force-45");
    AT(a, "to", "cps");
    drop(&a);
    a = get(&f, "/v1/messages/L%2F3");
    CU_ASSERT_EQUAL(a.code, 200);
    AT(a, "status", "rejected");
    AT(a, "reason", "DCF-2003");
    drop(&a);
    a = get(&f, "/v1/messages/L:99");
    CU_ASSERT_EQUAL(a.code, 404);
    drop(&a);
    fixture_close(&f);
}

static void held_messages_come_with_their_remedy_and_no_body(void)
{
    ops_fixture f;
    fixture_open(&f, NULL, NULL);
    static const char *const hits[] = {"/v1/held",
                                       "/v1/held?reason=DCF-4005",
                                       "/v1/held?reason=4005",
                                       "/v1/held?party=force-45&limit=5",
                                       "/v1/held?case=01ab1234527",
                                       "/v1/held/L:2",
                                       "/v1/held?since=2026-11-21T15:01:40Z"};
    for (size_t i = 0; i < sizeof hits / sizeof hits[0]; i++) {
        answer a = get(&f, hits[i]);
        CU_ASSERT_EQUAL(a.code, 200);
        AT(a, "held/0/held_id", "L:2");
        AT(a, "held/0/faults/0/path", "Case/PTIURN");
        AT(a, "held/0/text", "the message waits for its case");
        AT(a, "held/0/who", "OPERATOR");
        AT(a, "held/0/native_size", "14");
        CU_ASSERT_PTR_NULL(strstr(a.text, "SECRET"));
        drop(&a);
    }
    answer a = get(&f, "/v1/held");
    AT(a, "reasons/0/count", "1");
    drop(&a);
    static const char *const misses[] = {"/v1/held?reason=DCF-1001", "/v1/held?party=cps",
                                         "/v1/held?case=01AB1234526",
                                         "/v1/held?since=2026-11-21T16:00:00Z"};
    for (size_t i = 0; i < sizeof misses / sizeof misses[0]; i++) {
        a = get(&f, misses[i]);
        CU_ASSERT_EQUAL(a.code, 200);
        AT(a, "held", "[]");
        drop(&a);
    }
    a = get(&f, "/v1/held?reason=4OO5"); /* a slip must not read as "nothing is held" */
    CU_ASSERT_EQUAL(a.code, 400);
    AT(a, "error", "reason is not a fault code");
    drop(&a);
    a = get(&f, "/v1/held?party=CSP"); /* so must this one */
    CU_ASSERT_EQUAL(a.code, 404);
    AT(a, "error", "no such party");
    drop(&a);
    a = get(&f, "/v1/held?since=2026-11-21T16:00:00Z&until=2026-11-21T15:00:00Z");
    CU_ASSERT_EQUAL(a.code, 400);
    AT(a, "error", "since is not before until");
    drop(&a);
    a = get(&f, "/v1/held/L:1");
    CU_ASSERT_EQUAL(a.code, 404);
    drop(&a);
    fixture_close(&f);
}

static void malformed_parameters_are_answered_with_a_hint(void)
{
    ops_fixture f;
    fixture_open(&f, NULL, NULL);
    static const char *const bad[] = {"/v1/held?limit=0",         "/v1/held?limit=1001",
                                      "/v1/held?limit=-1",        "/v1/held?limit=x",
                                      "/v1/held?since=yesterday", "/v1/queues/cps?limit=2x"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        answer a = get(&f, bad[i]);
        CU_ASSERT_EQUAL(a.code, 400);
        CU_ASSERT_STRING_NOT_EQUAL(at(&a, "hint"), "");
        drop(&a);
    }
    answer a = get(&f, "/v2/status");
    CU_ASSERT_EQUAL(a.code, 404);
    AT(a, "error", "no such path");
    drop(&a);
    a = ask(&f, "DELETE", "/v1/held", NULL);
    CU_ASSERT_EQUAL(a.code, 405);
    AT(a, "hint", "use GET to look, POST on /v1/jobs and /v1/reload to act");
    drop(&a);
    fixture_close(&f);
}

static void the_balance_names_what_does_not_add_up(void)
{
    ops_fixture f;
    fixture_open(&f, NULL, NULL);
    answer a = get(&f, "/v1/reconciliation");
    AT(a, "balanced", "true");
    AT(a, "links/0/received", "4");
    AT(a, "links/0/in_flight", "1");
    AT(a, "links/0/held", "1");
    AT(a, "links/0/refused", "1");
    AT(a, "links/0/delivered", "1");
    drop(&a);
    OK(put_event(f.ledger, 0, 50,
                 &(step){KIND(DELIVERED), "L:77", "01AB1234526", NULL, 1795273600000, NULL, NULL}));
    a = get(&f, "/v1/reconciliation");
    AT(a, "balanced", "false");
    AT(a, "links/0/imbalance", "-1");
    drop(&a);
    fixture_close(&f);
}

static void faults_are_all_told_with_how_often_they_were_given(void)
{
    ops_fixture f;
    fixture_open(&f, NULL, NULL);
    answer a = get(&f, "/v1/faults");
    AT(a, "faults/0/code", "DCF-1001");
    AT(a, "faults/0/count", "0");
    size_t i;
    json_t *row, *rows = json_object_get(a.json, "faults");
    json_int_t seen = 0;
    json_array_foreach(rows, i, row) seen += json_integer_value(json_object_get(row, "count"));
    CU_ASSERT_EQUAL(seen, 2);
    drop(&a);
    fixture_close(&f);
}

static const dcf_metric_row OWN[] = {
    {"dcf_own_total", DCF_METRIC_COUNTER, "The daemon's own.", {NULL}, NULL, 0},
    {"dcf_build_info", DCF_METRIC_GAUGE, "The daemon's word, not ours.", {"rules"}, NULL, 0},
};

static void metrics_are_what_promtool_accepts(void)
{
    dcf_metrics *own = NULL;
    OK(dcf_metrics_open(OWN, 2, &own));
    dcf_metric_add(DCF_SERIES(own, 0), 3);
    dcf_metric_set(DCF_SERIES(own, 1, "7"), 1);
    ops_fixture f;
    fixture_open(&f, NULL, own);
    answer a = get(&f, "/metrics");
    CU_ASSERT_EQUAL(a.code, 200);
    CU_ASSERT_PTR_NOT_NULL(strstr(a.text, "dcf_own_total 3\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(a.text, "dcf_build_info{rules=\"7\"} 1\n"));
    CU_ASSERT_PTR_NULL(strstr(a.text, "dcf_build_info{version"));
    CU_ASSERT_PTR_NOT_NULL(strstr(a.text, "dcf_queue_depth{party=\"cps\"} 2\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(a.text, "dcf_queue_breaker_open{party=\"cps\"} 1\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(a.text, "dcf_queue_oldest_seconds{party=\"force-45\"} 0\n"));
    CU_ASSERT_PTR_NOT_NULL(
        strstr(a.text, "dcf_link_messages{link=\"force-45-spi\",state=\"held\"} 1\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(a.text, "dcf_held{reason=\"DCF-4005\"} 1\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(a.text, "dcf_link_imbalance{link=\"force-45-spi\"} 0\n"));
    if (access("/usr/bin/promtool", X_OK) == 0) {
        FILE *p = popen("/usr/bin/promtool check metrics", "w");
        CU_ASSERT_PTR_NOT_NULL_FATAL(p);
        fputs(a.text, p);
        CU_ASSERT_EQUAL(pclose(p), 0);
    }
    drop(&a);
    fixture_close(&f);
    dcf_metrics_close(own);
}

static void all_but_health_want_the_token_of_the_file_as_it_is_now(void)
{
    char path[] = "/tmp/dcf-token-XXXXXX";
    int fd = mkstemp(path);
    CU_ASSERT_EQUAL(write(fd, "first\n", 6), 6);
    ops_fixture f;
    fixture_open(&f, path, NULL);
    static const struct {
        const char *path, *token;
        int code;
    } tries[] = {
        {"/healthz", NULL, 200},      {"/v1/status", NULL, 401},    {"/metrics", NULL, 401},
        {"/v1/status", "firs", 401},  {"/v1/status", "firsT", 401}, {"/v1/status", "firstt", 401},
        {"/v1/status", "first", 200}, {"/no/such", NULL, 401},      {"/v1/status", "", 401}};
    for (size_t i = 0; i < sizeof tries / sizeof tries[0]; i++) {
        answer a = ask(&f, "GET", tries[i].path, tries[i].token);
        CU_ASSERT_EQUAL(a.code, tries[i].code);
        drop(&a);
    }
    CU_ASSERT_EQUAL(pwrite(fd, "other\n", 6, 0), 6);
    answer a = ask(&f, "GET", "/v1/status", "first");
    CU_ASSERT_EQUAL(a.code, 401);
    drop(&a);
    a = ask(&f, "GET", "/v1/status", "other");
    CU_ASSERT_EQUAL(a.code, 200);
    drop(&a);
    CU_ASSERT_EQUAL(ftruncate(fd, 0), 0);
    a = ask(&f, "GET", "/v1/status", ""); /* an emptied file opens no door */
    CU_ASSERT_EQUAL(a.code, 401);
    drop(&a);
    fixture_close(&f);
    close(fd);
    unlink(path);
}

static void does_not_open_with_a_token_file_that_is_missing_or_empty(void)
{
    dcf_ops *o = NULL;
    dcf_ops_config config = {.listen = "127.0.0.1:0", .token_file = "/nonexistent/token"};
    CU_ASSERT_TRUE(dcf_is(dcf_ops_open(&config, &o), DCF_E_CONFIG));
    config.token_file = "/dev/null";
    CU_ASSERT_TRUE(dcf_is(dcf_ops_open(&config, &o), DCF_E_CONFIG));
    CU_ASSERT_PTR_NULL(o);
}

#define TESTS(X)                                                                                   \
    X(health_follows_the_roles_and_says_why)                                                       \
    X(status_tells_version_roles_and_totals)                                                       \
    X(a_queue_explains_why_it_and_each_of_its_messages_wait)                                       \
    X(a_case_is_found_by_any_form_of_its_urn)                                                      \
    X(a_message_tells_its_status_whatever_its_id_holds)                                            \
    X(held_messages_come_with_their_remedy_and_no_body)                                            \
    X(malformed_parameters_are_answered_with_a_hint)                                               \
    X(the_balance_names_what_does_not_add_up)                                                      \
    X(faults_are_all_told_with_how_often_they_were_given)                                          \
    X(metrics_are_what_promtool_accepts)                                                           \
    X(all_but_health_want_the_token_of_the_file_as_it_is_now)                                      \
    X(does_not_open_with_a_token_file_that_is_missing_or_empty)
UNIT_MAIN("ops", TESTS)
