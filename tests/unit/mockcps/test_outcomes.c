/* test_outcomes.c - what the mock sends to the broker, what it remembers over a restart, and how it
 * fails when told. */
#include "desk.h"

#define PCD  "/v1/urns/" URN "/pre-charge-requests"
#define FULL "MG3 MG5"

static void outcomes_go_out_in_order_under_stable_keys_until_acknowledged(void)
{
    broker b;
    broker_open(&b);
    b.fail = 1;
    b.close = 1;
    desk_open((mock_config){.broker_url = b.url, .broker_token = "secret"});
    json_t *doc = case_doc(URN, "charged");
    REPLY r = desk_post("/v1/urns/" URN "/cases", "k1", 1, doc);
    CU_ASSERT_EQUAL(r.status, 202);
    CU_ASSERT_EQUAL(broker_wait(&b, 5), 5);
    /* triage cut, triage failed, triage taken; only then the decision, only then the plan */
    static const char *const types[] = {"triageOutcome", "triageOutcome", "triageOutcome",
                                        "chargingDecision", "actionPlan"};
    for (size_t i = 0; i < 5; i++) CU_ASSERT_STRING_EQUAL(broker_type(&b, i), types[i]);
    CU_ASSERT_STRING_EQUAL(broker_key(&b, 0), broker_key(&b, 1));
    CU_ASSERT_STRING_EQUAL(broker_key(&b, 0), broker_key(&b, 2));
    CU_ASSERT_STRING_NOT_EQUAL(broker_key(&b, 2), broker_key(&b, 3));
    CU_ASSERT_STRING_EQUAL(text_at(json_array_get(b.got, 0), "authorization"), "Bearer secret");
    AWAIT(counter("waiting") == 0);
    CU_ASSERT_EQUAL(counter("sent"), 3);
    REPLY timeline = desk_get("/v1/urns/" URN "/timeline");
    CU_ASSERT_STRING_EQUAL(
        text_at(json_array_get(json_object_get(timeline.body, "events"), 1), "state"),
        "acknowledged");
    desk_close();
    broker_close(&b);
}

static void a_broker_that_is_down_stops_one_message_not_the_mock(void)
{
    desk_open((mock_config){.broker_url = "http://127.0.0.1:1/"});
    REPLY r = desk_post(PCD, "k1", 1, pcd_doc(URN, FULL));
    CU_ASSERT_EQUAL(r.status, 202);
    usleep(100000);
    CU_ASSERT_EQUAL(counter("waiting"), 2);
    desk_close();
}

static void a_given_document_is_sent_behind_the_others(void)
{
    broker b;
    broker_open(&b);
    desk_open((mock_config){.broker_url = b.url});
    json_t *doc = json_pack("{s:s, s:o, s:s, s:s}", "messageType", "contactRequest", "header",
                            header_doc("given"), "urn", URN, "requestId", "r1");
    REPLY r = desk_post("/admin/send", NULL, 0, doc);
    CU_ASSERT_EQUAL(r.status, 202);
    CU_ASSERT_EQUAL(broker_wait(&b, 1), 1);
    CU_ASSERT_STRING_EQUAL(broker_key(&b, 0), "given");
    REPLY bad = desk_call("POST", "/admin/send", NULL, 0, "{\"messageType\":\"contactRequest\"}");
    CU_ASSERT_EQUAL(bad.status, 422);
    desk_close();
    broker_close(&b);
}

/* --- the journal --- */

static char journal[64];

static void journal_file(const char *text)
{
    snprintf(journal, sizeof journal, "/tmp/dcf-mockcps-test-%d", (int)getpid());
    FILE *f = fopen(journal, "w");
    if (!f) abort();
    fputs(text, f);
    fclose(f);
}

static void a_restarted_mock_knows_what_it_took_and_sends_only_what_is_left(void)
{
    broker b;
    broker_open(&b);
    journal_file("");
    desk_open((mock_config){.broker_url = b.url, .journal = journal, .sync = true});
    REPLY first = desk_post(PCD, "k1", 4, pcd_doc(URN, FULL));
    CU_ASSERT_EQUAL(broker_wait(&b, 2), 2);
    AWAIT(counter("waiting") == 0);
    desk_close();
    FILE *f = fopen(journal, "a"); /* a line torn by a kill */
    fputs("{\"at\":1,\"urn\":\"45", f);
    fclose(f);

    desk_open((mock_config){.broker_url = b.url, .journal = journal});
    REPLY again = desk_post(PCD, "k1", 4, pcd_doc(URN, FULL));
    CU_ASSERT_EQUAL(again.status, 200);
    CU_ASSERT(json_equal(first.body, again.body));
    REPLY conflict = desk_post(PCD, "k1", 4, pcd_doc(URN, "MG3"));
    CU_ASSERT_EQUAL(conflict.status, 409);
    REPLY lower = desk_post(PCD, "k0", 3, pcd_doc(URN, "MG5"));
    CU_ASSERT_EQUAL(lower.status, 202);
    CU_ASSERT_EQUAL(counter("outOfOrder"), 1);
    CU_ASSERT_EQUAL(broker_wait(&b, 4), 4);
    usleep(100000);
    CU_ASSERT_EQUAL(broker_wait(&b, 4), 4); /* acknowledged ones are not sent again */
    desk_close();

    /* what was written after the torn line is whole */
    desk_open((mock_config){.journal = journal});
    CU_ASSERT_EQUAL(counter("applied"), 2);
    desk_close();
    unlink(journal);
    broker_close(&b);
}

static void outcomes_not_acknowledged_keep_their_keys_over_a_restart(void)
{
    broker b;
    broker_open(&b);
    journal_file("");
    desk_open((mock_config){.broker_url = "http://127.0.0.1:1/", .journal = journal});
    REPLY r __attribute__((unused)) = desk_post(PCD, "k1", 1, pcd_doc(URN, FULL));
    REPLY before = desk_get("/v1/urns/" URN "/triage-outcome");
    desk_close();
    desk_open((mock_config){.broker_url = b.url, .journal = journal});
    REPLY after = desk_get("/v1/urns/" URN "/triage-outcome");
    CU_ASSERT(json_equal(before.body, after.body));
    CU_ASSERT_EQUAL(broker_wait(&b, 2), 2);
    CU_ASSERT_STRING_EQUAL(broker_key(&b, 0),
                           text_at(json_object_get(before.body, "header"), "messageId"));
    desk_close();
    unlink(journal);
    broker_close(&b);
}

static void a_damaged_journal_is_refused(void)
{
    journal_file("{\"nonsense\":true}\n");
    mock *m = NULL;
    mock_error err = {""};
    CU_ASSERT(
        dcf_is(mock_open(&(mock_config){.listen = "127.0.0.1:0", .journal = journal}, &m, &err),
               DCF_E_CORRUPT));
    CU_ASSERT(strstr(err.text, journal) != NULL);
    unlink(journal);
}

/* --- scenarios --- */

static void a_scenario_decides_instead(void)
{
    desk_open((mock_config){0});
    desk_scenario(
        "rules:\n"
        "  - {urn: '45AA*', triage: {outcome: rejected, reasons: [T07, T11]}}\n"
        "  - {urn: '46*', triage: {outcome: accepted}, decision: {code: K, reasonCode: E1}}\n"
        "  - {urn: '47*', decision: {code: J}, actionPlan: false}\n"
        "  - {urn: '48*', silent: true}\n");
    REPLY a __attribute__((unused)) = desk_post(PCD, "k1", 1, pcd_doc(URN, FULL));
    REPLY triage = desk_get("/v1/urns/" URN "/triage-outcome");
    CU_ASSERT_STRING_EQUAL(text_at(triage.body, "outcome"), "rejected");
    CU_ASSERT_STRING_EQUAL(
        text_at(json_array_get(json_object_get(triage.body, "reasons"), 1), "code"), "T11");
    REPLY b __attribute__((unused)) =
        desk_post("/v1/urns/46AA0209826/pre-charge-requests", "k2", 1, pcd_doc("46AA0209826", ""));
    REPLY decision = desk_get("/v1/urns/46AA0209826/charging-decision");
    json_t *suspect = json_array_get(json_object_get(decision.body, "suspects"), 0);
    CU_ASSERT_STRING_EQUAL(text_at(suspect, "decisionCode"), "K");
    CU_ASSERT_STRING_EQUAL(text_at(suspect, "reasonCode"), "E1");
    CU_ASSERT_PTR_NULL(json_object_get(suspect, "authorisedCharges"));
    REPLY c __attribute__((unused)) = desk_post("/v1/urns/47AA0209826/pre-charge-requests", "k3", 1,
                                                pcd_doc("47AA0209826", FULL));
    REPLY plan = desk_get("/v1/urns/47AA0209826/action-plan");
    CU_ASSERT_EQUAL(plan.status, 404);
    REPLY d = desk_post("/v1/urns/48AA0209826/pre-charge-requests", "k4", 1,
                        pcd_doc("48AA0209826", FULL));
    REPLY silent = desk_get("/v1/urns/48AA0209826/triage-outcome");
    CU_ASSERT_EQUAL(d.status, 202);
    CU_ASSERT_EQUAL(silent.status, 404);
    desk_close();
}

static void a_scenario_fails_so_many_times_then_works(void)
{
    desk_open((mock_config){0});
    desk_scenario("rules: [{urn: '45AA*', fail: {status: 503, times: 2, retryAfter: 7}}]");
    for (int i = 0; i < 3; i++) {
        REPLY r = desk_post(PCD, "k1", 1, pcd_doc(URN, FULL));
        CU_ASSERT_EQUAL(r.status, i < 2 ? 503 : 202);
        CU_ASSERT_EQUAL(r.retry_after_ms, i < 2 ? 7000 : 0);
    }
    REPLY other = desk_post("/v1/urns/46AA0209826/pre-charge-requests", "k2", 1,
                            pcd_doc("46AA0209826", FULL));
    CU_ASSERT_EQUAL(other.status, 202);
    CU_ASSERT_EQUAL(counter("applied"), 2);
    CU_ASSERT_EQUAL(counter("refused"), 2);
    desk_close();
}

static void a_scenario_cuts_the_connection_before_or_after_taking(void)
{
    desk_open((mock_config){0});
    desk_scenario(
        "rules: [{urn: '45*', drop: {when: after, times: 9}}, {urn: '46*', drop: {when: before}}]");
    desk_reconnect();
    REPLY cut = desk_post(PCD, "k1", 1, pcd_doc(URN, FULL));
    CU_ASSERT_EQUAL(cut.status, 0);
    REPLY again = desk_post(PCD, "k1", 1, pcd_doc(URN, FULL));
    CU_ASSERT_EQUAL(again.status, 200); /* it had been taken */
    desk_reconnect();
    REPLY lost = desk_post("/v1/urns/46AA0209826/pre-charge-requests", "k2", 1,
                           pcd_doc("46AA0209826", FULL));
    CU_ASSERT_EQUAL(lost.status, 0);
    REPLY retried = desk_post("/v1/urns/46AA0209826/pre-charge-requests", "k2", 1,
                              pcd_doc("46AA0209826", FULL));
    CU_ASSERT_EQUAL(retried.status, 202); /* it had not */
    CU_ASSERT_EQUAL(counter("duplicates"), 1);
    desk_close();
}

static void a_scenario_answers_late_sends_late_and_sends_twice(void)
{
    broker b;
    broker_open(&b);
    desk_open((mock_config){.broker_url = b.url});
    desk_scenario("rules:\n"
                  "  - {messageType: caseSubmission, answerDelay: 300ms, receipt: true}\n"
                  "  - {messageType: receipt, outcomeDelay: 500ms}\n"
                  "  - {messageType: triageOutcome, sendTwice: true}\n");
    int64_t began = dcf_clock_mono_ms();
    REPLY r = desk_post(PCD, "k1", 1, pcd_doc(URN, FULL));
    CU_ASSERT_EQUAL(r.status, 202);
    CU_ASSERT(dcf_clock_mono_ms() - began >= 290);
    CU_ASSERT_EQUAL(broker_wait(&b, 4), 4);
    CU_ASSERT(dcf_clock_mono_ms() - began >= 490); /* all wait for the first of their case */
    static const char *const types[] = {"receipt", "triageOutcome", "triageOutcome",
                                        "chargingDecision"};
    for (size_t i = 0; i < 4; i++) CU_ASSERT_STRING_EQUAL(broker_type(&b, i), types[i]);
    CU_ASSERT_STRING_EQUAL(broker_key(&b, 1), broker_key(&b, 2));
    CU_ASSERT_STRING_EQUAL(
        text_at(json_object_get(json_array_get(b.got, 0), "doc"), "forMessageId"), "m-1");
    desk_close();
    broker_close(&b);
}

static void a_wrong_scenario_is_refused_with_its_line_and_changes_nothing(void)
{
    static const char *const wrong[] = {
        "rules: [{urn: '*', tirage: {outcome: accepted}}]",
        "rules: [{triage: {outcome: maybe}}]",
        "rules: [{triage: {outcome: rejected}}]",
        "rules: [{decision: {reason: x}}]",
        "rules: [{fail: {status: 200}}]",
        "rules: [{fail: {status: many}}]",
        "rules: [{drop: {when: never}}]",
        "rules: [{answerDelay: soon}]",
        "rules: [{silent: perhaps}]",
        "rules: {}",
        "{}",
        "rules: [",
    };
    desk_open((mock_config){0});
    desk_scenario("{\"rules\": [{\"decision\": {\"code\": \"K\"}}]}");
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        REPLY r = desk_call("POST", "/admin/scenario", NULL, 0, wrong[i]);
        CU_ASSERT_EQUAL(r.status, 422);
        if (r.status != 422) printf("accepted: %s\n", wrong[i]);
        CU_ASSERT(strncmp(text_at(json_array_get(json_object_get(r.body, "faults"), 0), "text"),
                          "scenario:", 9) == 0);
    }
    REPLY r __attribute__((unused)) = desk_post(PCD, "k1", 1, pcd_doc(URN, FULL));
    REPLY decision = desk_get("/v1/urns/" URN "/charging-decision");
    CU_ASSERT_STRING_EQUAL(
        text_at(json_array_get(json_object_get(decision.body, "suspects"), 0), "decisionCode"),
        "K");
    desk_close();
}

#define TESTS(X)                                                                                   \
    X(outcomes_go_out_in_order_under_stable_keys_until_acknowledged)                               \
    X(a_broker_that_is_down_stops_one_message_not_the_mock)                                        \
    X(a_given_document_is_sent_behind_the_others)                                                  \
    X(a_restarted_mock_knows_what_it_took_and_sends_only_what_is_left)                             \
    X(outcomes_not_acknowledged_keep_their_keys_over_a_restart)                                    \
    X(a_damaged_journal_is_refused)                                                                \
    X(a_scenario_decides_instead)                                                                  \
    X(a_scenario_fails_so_many_times_then_works)                                                   \
    X(a_scenario_cuts_the_connection_before_or_after_taking)                                       \
    X(a_scenario_answers_late_sends_late_and_sends_twice)                                          \
    X(a_wrong_scenario_is_refused_with_its_line_and_changes_nothing)
UNIT_MAIN("outcomes", TESTS)
