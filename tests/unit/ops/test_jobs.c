/* test_jobs.c - who may act by the operations API, what is asked of the daemon, what is answered.
 */
#include "dcf/v1/job.pb-c.h"
#include "http/client.h"
#include "ops_fixture.h"
#include "unit.h"

#include <jansson.h>
#include <unistd.h>

#define OK(expr) CU_ASSERT_TRUE_FATAL(dcf_ok(expr))

static ops_fixture f;

static struct { /* what the daemon was asked last */
    int times;
    dcf_held_ask ask;
    char operator_[64], job_id[64], reason[16], party[32], case_key[32], ids[64], note[32], set[64];
    int verb;
    int64_t since_ms;
    uint64_t per_minute;
} asked;

static void hear(void *self, const dcf_held_request *q, dcf_held_done *done, void *ctx)
{
    (void)self;
    asked.times++;
    asked.ask = q->ask;
    snprintf(asked.operator_, sizeof asked.operator_, "%s", q->operator_);
    snprintf(asked.job_id, sizeof asked.job_id, "%s", q->job_id ? q->job_id : "");
    dcf_held_preview preview = {.count = 2, .destinations = {{"cps", 2}}, .destination_count = 1};
    if (!q->job) {
        done(ctx, &(dcf_held_reply){.http = 404, .error = "no such job", .hint = "held jobs"});
        return;
    }
    const Dcf__V1__HeldSelection *s = q->job->selection;
    asked.verb = (int)q->job->verb;
    asked.since_ms = s->since_ms;
    asked.per_minute = q->job->per_minute;
    snprintf(asked.reason, sizeof asked.reason, "%s", s->reason);
    snprintf(asked.party, sizeof asked.party, "%s", s->party);
    snprintf(asked.case_key, sizeof asked.case_key, "%s", s->case_key);
    snprintf(asked.ids, sizeof asked.ids, "%s", s->n_held_ids ? s->held_ids[0] : "");
    snprintf(asked.note, sizeof asked.note, "%s", q->job->note);
    if (q->job->n_sets)
        snprintf(asked.set, sizeof asked.set, "%s=%s", q->job->sets[0]->field,
                 q->job->sets[0]->value);
    done(ctx, &(dcf_held_reply){.http = 200, .preview = &preview});
}

static void hear_reload(void *self, dcf_reload_done *done, void *ctx)
{
    (void)self;
    asked.times++;
    done(ctx, &(dcf_reload_reply){.reloaded = false, .reason = "line 3 is wrong", .rules = "7"});
}

typedef struct call {
    const char *path, *body, *token, *operator_, *type;
} call;

/* The status; the text of the answer in text. */
static char text[4096];

static int post(call c)
{
    char url[512], bearer[128];
    dcf_http_header headers[4] = {{"Content-Type", c.type ? c.type : "application/json"}};
    size_t n = 1;
    snprintf(url, sizeof url, "%s%s", f.url, c.path);
    snprintf(bearer, sizeof bearer, "Bearer %s", c.token ? c.token : "");
    if (c.token) headers[n++] = (dcf_http_header){"Authorization", bearer};
    if (c.operator_) headers[n++] = (dcf_http_header){"DCF-Operator", c.operator_};
    dcf_http_client *client = NULL;
    dcf_http_result result = {0};
    OK(dcf_http_client_open(&(dcf_http_client_config){0}, &client));
    OK(dcf_http_fetch(client,
                      &(dcf_http_call){.method = "POST",
                                       .url = url,
                                       .headers = headers,
                                       .body = dcf_span_str(c.body ? c.body : "{}")},
                      &result));
    snprintf(text, sizeof text, "%s", dcf_buf_cstr(&result.body));
    dcf_buf_fini(&result.body);
    dcf_http_client_close(client);
    return result.status;
}

static char operators[] = "/tmp/dcf-operators-XXXXXX";

static void begin(bool with_operators)
{
    fixture_open(&f, NULL, NULL);
    dcf_ops_close(f.ops);
    memset(&asked, 0, sizeof asked);
    dcf_ops_config config = {.listen = "127.0.0.1:0",
                             .instance = "unit",
                             .ledger = f.ledger,
                             .operators_file = with_operators ? operators : NULL,
                             .provider = {&f, fixture_roles, fixture_queues, fixture_waiting, hear,
                                          .reload = hear_reload}};
    OK(dcf_ops_open(&config, &f.ops));
    snprintf(f.url, sizeof f.url, "http://127.0.0.1:%u", dcf_ops_port(f.ops));
}

static void what_is_chosen_reaches_the_daemon_as_it_was_said(void)
{
    begin(false);
    CU_ASSERT_EQUAL(
        post((call){.path = "/v1/jobs",
                    .operator_ = "ann",
                    .body = "{\"verb\":\"discard\",\"reason\":\"4001\",\"party\":\"cps\","
                            "\"case\":\"45 AA 00001 26/2\",\"note\":\"why\","
                            "\"since\":\"1970-01-01T00:00:01Z\",\"per_minute\":5}"}),
        200);
    CU_ASSERT_EQUAL(asked.ask, DCF_HELD_START);
    CU_ASSERT_EQUAL(asked.verb, DCF__V1__HELD_VERB__HELD_VERB_DISCARD);
    CU_ASSERT_STRING_EQUAL(asked.operator_, "ann");
    CU_ASSERT_STRING_EQUAL(asked.reason, "DCF-4001");
    CU_ASSERT_STRING_EQUAL(asked.party, "cps");
    CU_ASSERT_STRING_EQUAL(asked.case_key, "45AA0000126");
    CU_ASSERT_STRING_EQUAL(asked.note, "why");
    CU_ASSERT_EQUAL(asked.since_ms, 1000);
    CU_ASSERT_EQUAL(asked.per_minute, 5);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\"count\":2"));
    CU_ASSERT_EQUAL(post((call){.path = "/v1/jobs?dry_run=1",
                                .operator_ = "ann",
                                .body = "{\"verb\":\"correct\",\"held_ids\":[\"L:2\"],\"set\":[{"
                                        "\"field\":\"urn\",\"value\":\"x=y\"}]}"}),
                    200);
    CU_ASSERT_EQUAL(asked.ask, DCF_HELD_PREVIEW);
    CU_ASSERT_STRING_EQUAL(asked.ids, "L:2");
    CU_ASSERT_STRING_EQUAL(asked.set, "urn=x=y");
    CU_ASSERT_EQUAL(
        post((call){.path = "/v1/jobs",
                    .operator_ = "ann",
                    .body = "{\"verb\":\"hold\",\"party\":\"cps\",\"held_ids\":[\"L:2\"]}"}),
        200);
    CU_ASSERT_EQUAL(asked.verb, DCF__V1__HELD_VERB__HELD_VERB_HOLD);
    fixture_close(&f);
}

static void what_makes_no_sense_is_refused_and_never_asked(void)
{
    static const char *const bad[] = {
        "[]",
        "{\"verb\":\"replay\"}",
        "{\"verb\":\"burn\",\"party\":\"cps\"}",
        "{\"verb\":\"replay\",\"reason\":\"9999\"}",
        "{\"verb\":\"replay\",\"since\":\"yesterday\"}",
        "{\"verb\":\"replay\",\"held_ids\":[7]}",
        "{\"verb\":\"replay\",\"party\":\"cps\",\"per_minute\":-1}",
        "{\"verb\":\"correct\",\"held_ids\":[\"L:2\"]}",
        "{\"verb\":\"replay\",\"held_ids\":[\"L:2\"],\"set\":[{\"field\":\"a\",\"value\":\"b\"}]}",
        "{\"verb\":\"replay\",\"verb\":\"discard\",\"party\":\"cps\"}",
        "{\"verb\":\"hold\",\"party\":\"cps\"}",
        "{\"verb\":\"hold\",\"held_ids\":[\"L:2\"]}",
        "{\"verb\":\"hold\",\"party\":\"cps\",\"held_ids\":[\"L:2\",\"L:3\"]}",
        "{\"verb\":\"hold\",\"party\":\"cps\",\"held_ids\":[\"L:2\"],\"case\":\"45AA0000126\"}",
    };
    begin(false);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        int status = post((call){.path = "/v1/jobs", .operator_ = "ann", .body = bad[i]});
        if (status != 400) printf("\n    %s gave %d\n", bad[i], status);
        CU_ASSERT_EQUAL(status, 400);
    }
    CU_ASSERT_EQUAL(post((call){.path = "/v1/jobs",
                                .operator_ = "ann",
                                .type = "text/plain",
                                .body = "{\"verb\":\"replay\",\"party\":\"cps\"}"}),
                    415);
    CU_ASSERT_EQUAL(asked.times, 0);
    fixture_close(&f);
}

static const char good[] = "{\"verb\":\"replay\",\"party\":\"cps\"}";

static void who_acts_must_be_told(void)
{
    begin(false);
    CU_ASSERT_EQUAL(post((call){.path = "/v1/jobs", .body = good}), 400);
    CU_ASSERT_EQUAL(post((call){.path = "/v1/jobs", .body = good, .operator_ = "a b"}), 400);
    CU_ASSERT_EQUAL(post((call){.path = "/v1/jobs/j-1/approve"}), 400);
    CU_ASSERT_EQUAL(post((call){.path = "/v1/reload"}), 400);
    CU_ASSERT_EQUAL(asked.times, 0);
    CU_ASSERT_EQUAL(post((call){.path = "/v1/jobs?dry_run=0", .body = good}), 400);
    CU_ASSERT_EQUAL(post((call){.path = "/v1/jobs?dry_run=1", .body = good, .operator_ = "a b"}),
                    400);
    CU_ASSERT_EQUAL(asked.times, 0);
    CU_ASSERT_EQUAL(post((call){.path = "/v1/jobs?dry_run=1", .body = good}), 200);
    CU_ASSERT_EQUAL(asked.ask, DCF_HELD_PREVIEW); /* changes nothing, so nobody need say */
    fixture_close(&f);
}

static void a_token_says_who_acts_and_nobody_can_say_another(void)
{
    int fd = mkstemp(operators);
    static const char lines[] = "# who may act\nann  secret-a\nben\tsecret-b\n";
    CU_ASSERT_FATAL(write(fd, lines, sizeof lines - 1) > 0);
    close(fd);
    begin(true);
    CU_ASSERT_EQUAL(post((call){.path = "/v1/jobs", .body = good, .operator_ = "ann"}), 401);
    CU_ASSERT_EQUAL(post((call){.path = "/v1/jobs", .body = good, .token = "secret"}), 401);
    CU_ASSERT_EQUAL(post((call){.path = "/v1/jobs?dry_run=1", .body = good}), 401);
    CU_ASSERT_EQUAL(asked.times, 0);
    CU_ASSERT_EQUAL(post((call){.path = "/v1/jobs", .body = good, .token = "secret-b"}), 200);
    CU_ASSERT_STRING_EQUAL(asked.operator_, "ben");
    CU_ASSERT_EQUAL(
        post((call){.path = "/v1/jobs", .body = good, .token = "secret-b", .operator_ = "ann"}),
        403);
    CU_ASSERT_EQUAL(asked.times, 1);
    fixture_close(&f);
    unlink(operators);
}

static void words_on_jobs_and_reloads_are_passed_on_and_their_refusals_back(void)
{
    begin(false);
    CU_ASSERT_EQUAL(post((call){.path = "/v1/jobs/j-1/approve", .operator_ = "ben"}), 404);
    CU_ASSERT_EQUAL(asked.ask, DCF_HELD_APPROVE);
    CU_ASSERT_STRING_EQUAL(asked.job_id, "j-1");
    CU_ASSERT_EQUAL(post((call){.path = "/v1/jobs/j-1/stop", .operator_ = "ben"}), 404);
    CU_ASSERT_EQUAL(asked.ask, DCF_HELD_STOP);
    CU_ASSERT_EQUAL(post((call){.path = "/v1/jobs/j-1/resume", .operator_ = "ben"}), 404);
    CU_ASSERT_EQUAL(asked.ask, DCF_HELD_RESUME);
    CU_ASSERT_EQUAL(post((call){.path = "/v1/reload", .operator_ = "ben"}), 409);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "line 3 is wrong"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\"rules\":\"7\""));
    CU_ASSERT_EQUAL(post((call){.path = "/v1/held", .operator_ = "ben"}), 405);
    fixture_close(&f);
}

#define TESTS(X)                                                                                   \
    X(what_is_chosen_reaches_the_daemon_as_it_was_said)                                            \
    X(what_makes_no_sense_is_refused_and_never_asked)                                              \
    X(who_acts_must_be_told)                                                                       \
    X(a_token_says_who_acts_and_nobody_can_say_another)                                            \
    X(words_on_jobs_and_reloads_are_passed_on_and_their_refusals_back)

UNIT_MAIN("jobs", TESTS)
