/* test_mock.c - the endpoint as a sender meets it: every path, idempotency, what it decides. */
#include "desk.h"

#define PCD  "/v1/urns/" URN "/pre-charge-requests"
#define FULL "MG3 MG5"

static void every_path_of_the_contract_is_answered(void)
{
    desk_open((mock_config){0});
    contract *rules = NULL;
    CU_ASSERT_FATAL(dcf_ok(contract_open(&rules, NULL)));
    const contract_operation *o;
    size_t n = contract_operations(rules, &o);
    CU_ASSERT(n >= 25);
    for (size_t i = 0; i < n; i++) {
        char path[128];
        const char *hole = strstr(o[i].path, "{urn}");
        snprintf(path, sizeof path, "%.*s%s", hole ? (int)(hole - o[i].path) : 99, o[i].path, "");
        if (hole)
            snprintf(path, sizeof path, "%.*s" URN "%s", (int)(hole - o[i].path), o[i].path,
                     hole + 5);
        REPLY r =
            desk_call(o[i].method, path, "key", 0, strcmp(o[i].method, "POST") == 0 ? "{}" : NULL);
        /* a JSON answer comes from a handler; the router's own 404 and 405 are plain text */
        CU_ASSERT_PTR_NOT_NULL(r.body);
        CU_ASSERT(r.status == 200 || r.status == 404 || r.status == 422);
    }
    contract_free(rules);
    desk_close();
}

/* The documents of the case against the contract they are published under. */
static void check_document(const char *path, const char *schema)
{
    contract *rules = NULL;
    CU_ASSERT_FATAL(dcf_ok(contract_open(&rules, NULL)));
    REPLY r = desk_get(path);
    CU_ASSERT_EQUAL(r.status, 200);
    json_t *faults = json_array();
    contract_check(rules, schema, r.body, faults);
    CU_ASSERT_EQUAL(json_array_size(faults), 0);
    if (json_array_size(faults)) json_dumpf(faults, stdout, JSON_INDENT(1));
    json_decref(faults);
    contract_free(rules);
}

static void a_whole_case_is_accepted_and_charged(void)
{
    desk_open((mock_config){0});
    REPLY r = desk_post(PCD, "k1", 1, pcd_doc(URN, FULL));
    CU_ASSERT_EQUAL(r.status, 202);
    CU_ASSERT_EQUAL(json_integer_value(json_object_get(r.body, "caseId")), 1);
    CU_ASSERT_STRING_EQUAL(text_at(r.body, "status"), "received");
    CU_ASSERT_STRING_EQUAL(text_at(r.body, "messageId"), "m-1");
    REPLY triage = desk_get("/v1/urns/" URN "/triage-outcome");
    CU_ASSERT_STRING_EQUAL(text_at(triage.body, "outcome"), "accepted");
    CU_ASSERT_STRING_EQUAL(text_at(json_object_get(triage.body, "header"), "causationId"), "m-1");
    CU_ASSERT_STRING_EQUAL(
        text_at(json_object_get(json_object_get(triage.body, "header"), "to"), "organisation"),
        "45");
    CU_ASSERT(json_is_true(json_object_get(json_object_get(triage.body, "header"), "test")));
    REPLY decision = desk_get("/v1/urns/" URN "/charging-decision");
    json_t *suspect = json_array_get(json_object_get(decision.body, "suspects"), 0);
    json_t *charge = json_array_get(json_object_get(suspect, "authorisedCharges"), 0);
    CU_ASSERT_STRING_EQUAL(text_at(suspect, "decisionCode"), "A");
    CU_ASSERT_STRING_EQUAL(text_at(suspect, "name"), "Example, Ann");
    CU_ASSERT_STRING_EQUAL(text_at(charge, "cjsCode"), "TH68001");
    CU_ASSERT_STRING_EQUAL(text_at(decision.body, "form"), "MG3");
    CU_ASSERT(*text_at(json_object_get(decision.body, "prosecutor"), "email") != 0);
    REPLY plan = desk_get("/v1/urns/" URN "/action-plan");
    CU_ASSERT_EQUAL(plan.status, 404);
    check_document("/v1/urns/" URN "/triage-outcome", "TriageOutcome");
    check_document("/v1/urns/" URN "/charging-decision", "ChargingDecision");
    check_document("/v1/urns/" URN, "CaseView");
    check_document("/v1/urns/" URN "/timeline", "Timeline");
    check_document("/v1/urns/" URN "/action-plans", "ActionPlanList");
    check_document("/v1/cases", "CaseList");
    check_document("/v1/healthz", "Health");
    check_document("/admin/counters", "Counters");
    check_document("/admin/deliveries", "DeliveryList");
    desk_close();
}

static bool rejected_for(const char *code)
{
    REPLY r = desk_get("/v1/urns/" URN "/triage-outcome");
    size_t i;
    json_t *reason;
    json_array_foreach(json_object_get(r.body, "reasons"), i,
                       reason) if (strcmp(text_at(reason, "code"), code) == 0) return true;
    return false;
}

static void what_is_missing_is_rejected_with_its_reasons(void)
{
    desk_open((mock_config){0});
    json_t *doc = pcd_doc(URN, "MG5");
    json_object_del(doc, "supervisor");
    json_object_del(json_object_get(doc, "officerInCase"), "contact");
    json_object_set_new(doc, "caseMarkers", json_pack("[s]", "DA"));
    json_object_set_new(doc, "anticipatedPlea", json_string("NotGuilty"));
    REPLY r = desk_post(PCD, "k1", 1, doc);
    CU_ASSERT_EQUAL(r.status, 202);
    static const char *const codes[] = {"T02", "T03", "T04", "T05", "T06", "T13"};
    for (size_t i = 0; i < 6; i++) CU_ASSERT(rejected_for(codes[i]));
    CU_ASSERT_FALSE(rejected_for("T01"));
    check_document("/v1/urns/" URN "/triage-outcome", "TriageOutcome");
    REPLY decision = desk_get("/v1/urns/" URN "/charging-decision");
    CU_ASSERT_EQUAL(decision.status, 404);
    /* a document that is listed but not present does not count */
    doc = pcd_doc(URN, "MG5 MG3");
    json_object_set_new(json_array_get(json_object_get(doc, "documents"), 1), "present",
                        json_false());
    REPLY again = desk_post(PCD, "k2", 2, doc);
    CU_ASSERT_EQUAL(again.status, 202);
    CU_ASSERT(rejected_for("T03"));
    REPLY whole = desk_post(PCD, "k3", 3, pcd_doc(URN, FULL));
    CU_ASSERT_EQUAL(whole.status, 202);
    CU_ASSERT_FALSE(rejected_for("T03"));
    check_document("/v1/urns/" URN "/charging-decision", "ChargingDecision");
    desk_close();
}

static const char *decision_code(void)
{
    static char code[4];
    REPLY r = desk_get("/v1/urns/" URN "/charging-decision");
    snprintf(code, sizeof code, "%s",
             text_at(json_array_get(json_object_get(r.body, "suspects"), 0), "decisionCode"));
    return code;
}

static void what_is_tolerated_is_asked_for_and_the_answer_decides(void)
{
    desk_open((mock_config){0});
    json_t *doc = pcd_doc(URN, "MG3 MG5 MG6C MG11");
    json_object_set_new(doc, "anticipatedPlea", json_string("NotGuilty"));
    REPLY r = desk_post(PCD, "k1", 1, doc);
    CU_ASSERT_EQUAL(r.status, 202);
    CU_ASSERT_STRING_EQUAL(decision_code(), "H");
    check_document("/v1/urns/" URN "/action-plan", "ActionPlan");
    REPLY plan = desk_get("/v1/urns/" URN "/action-plan");
    json_t *items = json_object_get(plan.body, "items"), *item = json_array_get(items, 0);
    CU_ASSERT_EQUAL(json_array_size(items), 2);
    CU_ASSERT_STRING_EQUAL(text_at(item, "category"), "MG10AllWitnesses");
    CU_ASSERT(*text_at(item, "dG6Justification") != 0);
    CU_ASSERT(strcmp(text_at(item, "dueDate"),
                     text_at(json_object_get(plan.body, "header"), "sentAt")) > 0);
    CU_ASSERT_STRING_EQUAL(
        json_string_value(json_array_get(json_object_get(item, "defendants"), 0)),
        "2645AA0100000123456X");
    /* one item answered: still open */
    REPLY first = desk_post("/v1/urns/" URN "/action-plan-responses", "k2", 2,
                            response_doc(URN, text_at(item, "itemId"), "Met"));
    CU_ASSERT_EQUAL(first.status, 202);
    CU_ASSERT_STRING_EQUAL(decision_code(), "H");
    /* the other comes as material */
    REPLY second = desk_post("/v1/urns/" URN "/materials", "k3", 3,
                             json_pack("{s:s, s:o, s:s, s:[{s:s, s:s}]}", "messageType",
                                       "materialNotice", "header", header_doc("m-3"), "urn", URN,
                                       "materials", "documentType", "MG15", "title", "ROTI"));
    CU_ASSERT_EQUAL(second.status, 202);
    CU_ASSERT_STRING_EQUAL(decision_code(), "A");
    REPLY decision = desk_get("/v1/urns/" URN "/charging-decision");
    CU_ASSERT_STRING_EQUAL(text_at(decision.body, "form"), "MG3A");
    REPLY marked = desk_get("/v1/urns/" URN "/action-plan");
    CU_ASSERT_STRING_EQUAL(
        text_at(json_array_get(json_object_get(marked.body, "items"), 1), "status"), "Met");
    desk_close();
}

static void a_charged_case_without_documents_gets_decision_and_upgrade_request(void)
{
    desk_open((mock_config){0});
    json_t *doc = case_doc(URN, "charged");
    json_object_set_new(doc, "initiation", json_string("Charge"));
    REPLY r = desk_post("/v1/urns/" URN "/cases", "k1", 1, doc);
    CU_ASSERT_EQUAL(r.status, 202);
    CU_ASSERT_STRING_EQUAL(decision_code(), "A");
    check_document("/v1/urns/" URN "/charging-decision", "ChargingDecision");
    check_document("/v1/urns/" URN "/action-plan", "ActionPlan");
    doc = case_doc(URN, "upgrade");
    REPLY upgrade = desk_post("/v1/urns/" URN "/upgrades", "k2", 2, doc);
    CU_ASSERT_EQUAL(upgrade.status, 202);
    desk_close();
}

static void single_justice_and_early_advice_have_their_own_codes(void)
{
    desk_open((mock_config){0});
    json_t *doc = case_doc(URN, "charged");
    json_object_set_new(doc, "initiation", json_string("SingleJusticeProcedure"));
    REPLY sjp __attribute__((unused)) = desk_post("/v1/urns/" URN "/cases", "k1", 1, doc);
    CU_ASSERT_STRING_EQUAL(decision_code(), "B");
    doc = case_doc(URN, "preCharge");
    json_object_set_new(doc, "reviewType", json_string("earlyAdvice"));
    REPLY early __attribute__((unused)) = desk_post(PCD, "k2", 2, doc);
    CU_ASSERT_STRING_EQUAL(decision_code(), "J");
    check_document("/v1/urns/" URN "/action-plan", "ActionPlan");
    doc = case_doc("45AA0000126", "charged");
    json_object_del(json_array_get(json_object_get(doc, "defendants"), 0), "offences");
    REPLY empty = desk_post("/v1/urns/45AA0000126/cases", "k3", 1, doc);
    CU_ASSERT_EQUAL(empty.status, 202);
    REPLY triage = desk_get("/v1/urns/45AA0000126/triage-outcome");
    CU_ASSERT_STRING_EQUAL(text_at(triage.body, "outcome"), "rejected");
    desk_close();
}

static void the_same_message_takes_effect_once(void)
{
    desk_open((mock_config){0});
    REPLY first = desk_post(PCD, "k1", 1, pcd_doc(URN, FULL));
    REPLY again = desk_post(PCD, "k1", 1, pcd_doc(URN, FULL));
    CU_ASSERT_EQUAL(again.status, 200);
    CU_ASSERT(again.replayed);
    CU_ASSERT_FALSE(first.replayed);
    CU_ASSERT(json_equal(first.body, again.body));
    REPLY other = desk_post(PCD, "k1", 1, pcd_doc(URN, "MG3"));
    CU_ASSERT_EQUAL(other.status, 409);
    CU_ASSERT_EQUAL(counter("received"), 3);
    CU_ASSERT_EQUAL(counter("applied"), 1);
    CU_ASSERT_EQUAL(counter("duplicates"), 1);
    CU_ASSERT_EQUAL(counter("conflicts"), 1);
    CU_ASSERT_EQUAL(counter("outOfOrder"), 0);
    REPLY timeline = desk_get("/v1/urns/" URN "/timeline");
    CU_ASSERT_EQUAL(json_array_size(json_object_get(timeline.body, "events")), 3);
    REPLY list = desk_get("/admin/deliveries");
    json_t *lines = json_object_get(list.body, "deliveries"), *dup = json_array_get(lines, 1);
    CU_ASSERT_EQUAL(json_array_size(lines), 3);
    CU_ASSERT(json_is_true(json_object_get(dup, "duplicate")));
    CU_ASSERT(json_is_false(json_object_get(dup, "applied")));
    CU_ASSERT(json_is_true(json_object_get(json_array_get(lines, 0), "applied")));
    CU_ASSERT_STRING_EQUAL(text_at(dup, "idempotencyKey"), "k1");
    CU_ASSERT_STRING_EQUAL(text_at(dup, "urn"), URN);
    CU_ASSERT_STRING_EQUAL(text_at(dup, "sha256"), text_at(json_array_get(lines, 0), "sha256"));
    CU_ASSERT_STRING_NOT_EQUAL(text_at(json_array_get(lines, 2), "sha256"), text_at(dup, "sha256"));
    desk_close();
}

static void a_sequence_that_does_not_rise_is_counted(void)
{
    desk_open((mock_config){0});
    static const int sequences[] = {5, 6, 6, 2, 7};
    for (int i = 0; i < 5; i++) {
        char key[8];
        snprintf(key, sizeof key, "k%d", i);
        REPLY r = desk_post(PCD, key, sequences[i], pcd_doc(URN, FULL));
        CU_ASSERT_EQUAL(r.status, 202);
    }
    CU_ASSERT_EQUAL(counter("outOfOrder"), 2);
    /* another case counts for itself */
    REPLY r = desk_post("/v1/urns/45AA0000126/pre-charge-requests", "other", 1,
                        pcd_doc("45AA0000126", FULL));
    CU_ASSERT_EQUAL(r.status, 202);
    CU_ASSERT_EQUAL(counter("outOfOrder"), 2);
    desk_close();
}

static void what_is_wrong_is_refused_and_leaves_nothing(void)
{
    desk_open((mock_config){0});
    REPLY no_key = desk_post(PCD, NULL, 1, pcd_doc(URN, FULL));
    CU_ASSERT_EQUAL(no_key.status, 400);
    REPLY no_json = desk_call("POST", PCD, "k1", 1, "{\"a\":1,\"a\":2}");
    CU_ASSERT_EQUAL(no_json.status, 400);
    REPLY other_urn = desk_post(PCD, "k1", 1, pcd_doc("45AA0000126", FULL));
    CU_ASSERT_EQUAL(other_urn.status, 422);
    CU_ASSERT_STRING_EQUAL(
        text_at(json_array_get(json_object_get(other_urn.body, "faults"), 0), "code"), "CPS-URN");
    REPLY other_place = desk_post("/v1/urns/" URN "/cases", "k1", 1, pcd_doc(URN, FULL));
    CU_ASSERT_EQUAL(other_place.status, 422);
    REPLY unknown = desk_post("/v1/urns/" URN "/action-plan-responses", "k1", 1,
                              response_doc(URN, "1-1", "Met"));
    CU_ASSERT_EQUAL(unknown.status, 404);
    REPLY none = desk_get("/v1/urns/" URN);
    CU_ASSERT_EQUAL(none.status, 404);
    CU_ASSERT_EQUAL(counter("applied"), 0);
    CU_ASSERT_EQUAL(counter("refused"), 5);
    /* the key of a refused message is free for the corrected one */
    REPLY good = desk_post(PCD, "k1", 1, pcd_doc(URN, FULL));
    CU_ASSERT_EQUAL(good.status, 202);
    desk_close();
}

static void one_address_takes_every_message(void)
{
    desk_open((mock_config){0});
    REPLY pcd = desk_post("/v1/messages", "k1", 1, pcd_doc(URN, FULL));
    CU_ASSERT_EQUAL(pcd.status, 202);
    REPLY response = desk_post("/v1/messages", "k2", 2, response_doc("45AA0000126", "1-1", "Met"));
    CU_ASSERT_EQUAL(response.status, 404);
    REPLY known = desk_post("/v1/messages", "k3", 3, response_doc(URN, "1-1", "Met"));
    CU_ASSERT_EQUAL(known.status, 202);
    REPLY outgoing =
        desk_call("POST", "/v1/messages", "k4", 4, "{\"messageType\":\"triageOutcome\"}");
    CU_ASSERT_EQUAL(outgoing.status, 422);
    REPLY nonsense = desk_call("POST", "/v1/messages", "k5", 5, "{}");
    CU_ASSERT_EQUAL(nonsense.status, 422);
    desk_close();
}

static void it_holds_no_more_than_it_may(void)
{
    desk_open((mock_config){.max_cases = 2, .max_keys = 3});
    for (int i = 0; i < 3; i++) {
        char urn[16], path[64], key[8];
        snprintf(urn, sizeof urn, "45AA000%d126", i);
        snprintf(path, sizeof path, "/v1/urns/%s/pre-charge-requests", urn);
        snprintf(key, sizeof key, "k%d", i);
        REPLY r = desk_post(path, key, 1, pcd_doc(urn, FULL));
        CU_ASSERT_EQUAL(r.status, i < 2 ? 202 : 503);
    }
    REPLY third = desk_post("/v1/urns/45AA0000126/pre-charge-requests", "k3", 2,
                            pcd_doc("45AA0000126", FULL));
    CU_ASSERT_EQUAL(third.status, 202);
    REPLY fourth = desk_post("/v1/urns/45AA0000126/pre-charge-requests", "k4", 3,
                             pcd_doc("45AA0000126", FULL));
    CU_ASSERT_EQUAL(fourth.status, 503);
    REPLY replay = desk_post("/v1/urns/45AA0000126/pre-charge-requests", "k3", 2,
                             pcd_doc("45AA0000126", FULL));
    CU_ASSERT_EQUAL(replay.status, 200);
    desk_close();
}

#define TESTS(X)                                                                                   \
    X(every_path_of_the_contract_is_answered)                                                      \
    X(a_whole_case_is_accepted_and_charged)                                                        \
    X(what_is_missing_is_rejected_with_its_reasons)                                                \
    X(what_is_tolerated_is_asked_for_and_the_answer_decides)                                       \
    X(a_charged_case_without_documents_gets_decision_and_upgrade_request)                          \
    X(single_justice_and_early_advice_have_their_own_codes)                                        \
    X(the_same_message_takes_effect_once)                                                          \
    X(a_sequence_that_does_not_rise_is_counted)                                                    \
    X(what_is_wrong_is_refused_and_leaves_nothing)                                                 \
    X(one_address_takes_every_message) X(it_holds_no_more_than_it_may)
UNIT_MAIN("mock", TESTS)
