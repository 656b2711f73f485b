/* test_facts.c - what of a message reaches the audit: codes and tokens, never a name or a text. */
#include "fixture.h"

static const Dcf__V1__AuditEvent *audit_of(const world *w, Dcf__V1__AuditKind kind)
{
    for (size_t i = 0; i < w->out.count; i++)
        if (w->out.outputs[i].kind == DCF_OUTPUT_AUDIT && w->out.outputs[i].audit->kind == kind)
            return w->out.outputs[i].audit;
    return NULL;
}

/* "name=value name=value" of the APPLIED event. */
static const char *facts(const world *w)
{
    static char text[2048];
    const Dcf__V1__AuditEvent *a = audit_of(w, DCF__V1__AUDIT_KIND__AUDIT_KIND_APPLIED);
    text[0] = '\0';
    for (size_t i = 0; a && i < a->n_facts; i++) {
        size_t used = strlen(text);
        snprintf(text + used, sizeof text - used, "%s%s=%s", i ? " " : "", a->facts[i]->name,
                 a->facts[i]->value);
    }
    return text;
}

static Dcf__V1__Envelope *approved(world *w, const char *id, const char *number)
{
    Dcf__V1__Envelope *e = submission(w, id, DCF__V1__SUBMISSION_KIND__SUBMISSION_KIND_PRE_CHARGE);
    static Dcf__V1__Approval approval;
    dcf__v1__approval__init(&approval);
    approval.approver = new_worker(&w->arena);
    approval.approver->name = new_person_name(&w->arena);
    approval.approver->name->family_name = (char *)"Ravensworth";
    approval.approver->reference = dcf_arena_strdup(&w->arena, number);
    approval.approved_at = (char *)"2026-09-21T09:00:00Z";
    e->case_submission->approval = &approval;
    e->case_submission->case_type = (char *)"rasso";
    seal(w, e);
    return e;
}

static void a_submission_tells_kind_case_type_and_a_supervisors_token(void)
{
    world w;
    open_world(&w, "", NULL);
    give(&w, approved(&w, "spi-45:1", "PS4417"));
    const char *said_ = facts(&w);
    CU_ASSERT_EQUAL(strncmp(said_, "submission=pre_charge case_type=rasso supervisor=", 49), 0);
    CU_ASSERT_EQUAL(strlen(said_), 49 + 16);
    CU_ASSERT_PTR_NULL(strstr(said_, "4417"));
    CU_ASSERT_PTR_NULL(strstr(said_, "Ravensworth"));
    close_world(&w);
}

static void a_token_is_the_same_for_one_person_and_depends_on_the_key(void)
{
    char first[3][128];
    static const char *const keys[] = {"", "", "site key"};
    static const char *const numbers[] = {"PS4417", "PS4418", "PS4417"};
    for (size_t i = 0; i < 3; i++) {
        world w;
        open_world(&w, "", &(dcf_exchange_config){.token_key = dcf_span_str(keys[i])});
        give(&w, approved(&w, "spi-45:1", numbers[i]));
        snprintf(first[i], sizeof first[i], "%s", facts(&w));
        give(&w, approved(&w, "spi-45:2", numbers[i]));
        CU_ASSERT_STRING_EQUAL(facts(&w), first[i]);
        close_world(&w);
    }
    CU_ASSERT_STRING_NOT_EQUAL(first[0], first[1]);
    CU_ASSERT_STRING_NOT_EQUAL(first[0], first[2]);
}

static void an_event_tells_force_and_area_and_an_arrival_its_own_time(void)
{
    world w;
    open_world(&w, "", NULL);
    Dcf__V1__Envelope *e = approved(&w, "spi-45:1", "PS4417");
    w.now += 60000; /* it waited a minute in Kafka */
    give(&w, e);
    const Dcf__V1__AuditEvent *received = audit_of(&w, DCF__V1__AUDIT_KIND__AUDIT_KIND_RECEIVED),
                              *applied = audit_of(&w, DCF__V1__AUDIT_KIND__AUDIT_KIND_APPLIED),
                              *routed = audit_of(&w, DCF__V1__AUDIT_KIND__AUDIT_KIND_ROUTED);
    CU_ASSERT_EQUAL(received->at_ms, START);
    CU_ASSERT_EQUAL(applied->at_ms, START + 60000);
    CU_ASSERT_STRING_EQUAL(applied->force, "45");
    CU_ASSERT_STRING_EQUAL(applied->area, "9");
    CU_ASSERT_STRING_EQUAL(routed->force, "45");
    CU_ASSERT_EQUAL(received->n_facts, 0); /* what the case did not take is no figure */
    close_world(&w);
}

static void a_plan_tells_what_it_asks_for_and_its_answer_what_is_left(void)
{
    world w;
    open_world(&w, "", NULL);
    give(&w, approved(&w, "spi-45:1", "PS4417"));
    give(&w, triage(&w, "cms-se:1", "accepted"));
    CU_ASSERT_STRING_EQUAL(facts(&w), "outcome=accepted");
    Dcf__V1__Envelope *p = plan(&w, "cms-se:2", "p1", 2);
    p->action_plan->items[0]->document_type = (char *)"MG11";
    seal(&w, p);
    give(&w, p);
    char said_[256];
    snprintf(said_, sizeof said_, "%s", facts(&w));
    CU_ASSERT_EQUAL(strncmp(said_, "plan=p1 asked=Statements/MG11 asked=Statements/", 47), 0);
    CU_ASSERT_EQUAL(strlen(said_), 47 + 16); /* the second item by a token of its words */
    CU_ASSERT_PTR_NULL(strstr(said_, "shopkeeper"));
    give(&w, answer(&w, "spi-45:2", "p1", "i0", "met"));
    CU_ASSERT_STRING_EQUAL(facts(&w), "plan=p1 answer=met open_items=1");
    close_world(&w);
}

static void a_split_or_merge_tells_the_other_cases(void)
{
    world w;
    open_world(&w, "", NULL);
    give(&w, approved(&w, "spi-45:1", "PS4417"));
    Dcf__V1__Envelope *e = from(&w, "cps-se", "cms-se", "cms-se:9", KEY);
    char *merged[] = {(char *)"45AA0209920/1"};
    e->body_case = DCF__V1__ENVELOPE__BODY_SPLIT_MERGE;
    e->split_merge = new_split_merge(&w.arena);
    e->split_merge->kind = (char *)"merge";
    e->split_merge->merged_urns = merged;
    e->split_merge->n_merged_urns = 1;
    seal(&w, e);
    give(&w, e);
    CU_ASSERT_STRING_EQUAL(facts(&w), "linked=45AA0209920");
    close_world(&w);
}

static void a_victims_letter_is_on_time_or_late(void)
{
    static const char *const dates[][3] = {{"2026-11-20", "2026-11-20", "on_time"},
                                           {"2026-11-20", "2026-11-23", "late"},
                                           {"2026-11-20", "", NULL}};
    for (size_t i = 0; i < 3; i++) {
        world w;
        char expected[64];
        open_world(&w, "", NULL);
        give(&w, approved(&w, "spi-45:1", "PS4417"));
        Dcf__V1__Envelope *e = from(&w, "cps-se", "cms-se", "cms-se:9", KEY);
        static Dcf__V1__VictimNotice n;
        dcf__v1__victim_notice__init(&n);
        n.entitlement = (char *)"enhanced";
        n.due_date = (char *)dates[i][0];
        n.sent_date = (char *)dates[i][1];
        e->body_case = DCF__V1__ENVELOPE__BODY_VICTIM_NOTICE;
        e->victim_notice = &n;
        seal(&w, e);
        give(&w, e);
        snprintf(expected, sizeof expected, "entitlement=enhanced%s%s",
                 dates[i][2] ? " letter=" : "", dates[i][2] ? dates[i][2] : "");
        CU_ASSERT_STRING_EQUAL(facts(&w), expected);
        close_world(&w);
    }
}

#define TESTS(X)                                                                                   \
    X(a_submission_tells_kind_case_type_and_a_supervisors_token)                                   \
    X(a_token_is_the_same_for_one_person_and_depends_on_the_key)                                   \
    X(an_event_tells_force_and_area_and_an_arrival_its_own_time)                                   \
    X(a_plan_tells_what_it_asks_for_and_its_answer_what_is_left)                                   \
    X(a_victims_letter_is_on_time_or_late)                                                         \
    X(a_split_or_merge_tells_the_other_cases)
UNIT_MAIN("facts", TESTS)
