/* test_ledger.c - the projection: what goes in once comes out once, whatever is replayed or killed.
 */
#include "ledger_events.h"
#include "model/audit.h"
#include "unit.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <sys/wait.h>

#define OK(expr) CU_ASSERT_TRUE_FATAL(dcf_ok(expr))

typedef struct fixture {
    char path[64];
    dcf_ledger *l;
} fixture;

static fixture begin(void)
{
    fixture f;
    ledger_file(f.path);
    OK(dcf_ledger_open(f.path, &f.l));
    return f;
}

static void end(fixture *f)
{
    dcf_ledger_close(f->l);
    drop_ledger_file(f->path);
}

static void again(fixture *f)
{
    dcf_ledger_close(f->l);
    f->l = NULL;
    OK(dcf_ledger_open(f->path, &f->l));
}

/* One case's way to the CPS, beside a message that is held and one that is refused at the door. */
static const step STORY[] = {
    {KIND(RECEIVED), "L:1", "01AB1234526", NULL, 1000, NULL, NULL},
    {KIND(APPLIED), "L:1", "01AB1234526", NULL, 1010, "submitted", NULL},
    {KIND(ROUTED), "L:1", "01AB1234526", NULL, 1011, NULL, NULL},
    {KIND(DUPLICATE), "L:1", "01AB1234526", NULL, 1020, NULL, NULL},
    {KIND(RECEIVED), "L:2", "01AB1234527", NULL, 1030, NULL, NULL},
    {KIND(HELD), "L:2", "01AB1234527", "DCF-4005", 1031, NULL, NULL},
    {KIND(REFUSED), "L:3", "", "DCF-2003", 1040, NULL, NULL},
    {KIND(DELIVERED), "L:1", "01AB1234526", NULL, 1050, NULL, NULL},
    {KIND(RECEIVED), "L:4", "01AB1234526", NULL, 1060, NULL, NULL},
};
enum { STORY_STEPS = sizeof STORY / sizeof STORY[0] };

static void tell(dcf_ledger *l, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        OK(put_event(l, 3, (int64_t)i * 2, &STORY[i])); /* transactions leave gaps */
}

/* --- what callbacks heard ------------------------------------------------------- */

typedef struct heard {
    int count;
    dcf_ledger_message m;
    dcf_ledger_link k;
    dcf_ledger_case c;
    int kinds[32];
    char ids[32][16], reason[16], path[32], type[32], state[32], destination[32];
} heard;

static void hear_message(void *self, const dcf_ledger_message *m)
{
    heard *h = self;
    h->count++;
    h->m = *m;
    snprintf(h->reason, sizeof h->reason, "%s", m->last->reason);
    snprintf(h->destination, sizeof h->destination, "%s", m->destination_party);
}

static void hear_link(void *self, const dcf_ledger_link *k)
{
    heard *h = self;
    h->count++;
    h->k = *k;
}

static void hear_case(void *self, const dcf_ledger_case *c)
{
    heard *h = self;
    h->c = *c;
    snprintf(h->state, sizeof h->state, "%s", c->state);
}

static void hear_event(void *self, const Dcf__V1__AuditEvent *e)
{
    heard *h = self;
    h->kinds[h->count++] = (int)e->kind;
}

static void hear_held(void *self, const dcf_ledger_held *held)
{
    heard *h = self;
    snprintf(h->ids[h->count++], sizeof h->ids[0], "%s", held->held_id);
    snprintf(h->reason, sizeof h->reason, "%s", held->reason);
    snprintf(h->path, sizeof h->path, "%s",
             held->record->n_faults ? held->record->faults[0]->path : "");
    snprintf(h->type, sizeof h->type, "%s", held->type);
    CU_ASSERT_PTR_NULL(held->record->envelope);
    CU_ASSERT_EQUAL(held->record->native_body.len, 0);
}

static int held_now(dcf_ledger *l, const dcf_ledger_held_filter *f)
{
    heard h = {0};
    OK(dcf_ledger_held_list(l, f, hear_held, &h));
    return h.count;
}

static dcf_message_status status_now(dcf_ledger *l, const char *id)
{
    heard h = {0};
    OK(dcf_ledger_message_get(l, id, hear_message, &h));
    return h.m.status;
}

/* The whole content as text, whatever order rows were written in. */
static char *dump(const char *path)
{
    static const char *const sql[] = {"SELECT * FROM event ORDER BY 1, 2",
                                      "SELECT * FROM message ORDER BY 1",
                                      "SELECT * FROM held ORDER BY 1, 2",
                                      "SELECT * FROM case_file ORDER BY 1",
                                      "SELECT * FROM counter WHERE n <> 0 ORDER BY 1, 2",
                                      "SELECT * FROM reason ORDER BY 1",
                                      "SELECT * FROM source ORDER BY 1, 2"};
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    sqlite3 *db = NULL;
    CU_ASSERT_EQUAL_FATAL(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    for (size_t i = 0; i < sizeof sql / sizeof sql[0]; i++) {
        sqlite3_stmt *s = NULL;
        CU_ASSERT_EQUAL_FATAL(sqlite3_prepare_v2(db, sql[i], -1, &s, NULL), SQLITE_OK);
        while (sqlite3_step(s) == SQLITE_ROW) {
            for (int c = 0; c < sqlite3_column_count(s); c++) {
                const char *t = (const char *)sqlite3_column_text(s, c);
                fprintf(out, "%.*s|", t ? sqlite3_column_bytes(s, c) : 0, t ? t : "");
            }
            fputc('\n', out);
        }
        sqlite3_finalize(s);
    }
    sqlite3_close(db);
    fclose(out);
    return text;
}

/* --- tests ----------------------------------------------------------------------- */

static void a_message_has_the_status_of_its_last_deciding_event(void)
{
    fixture f = begin();
    tell(f.l, 0, 4);
    heard h = {0};
    OK(dcf_ledger_message_get(f.l, "L:1", hear_message, &h));
    CU_ASSERT_EQUAL(h.m.status, DCF_MESSAGE_ACCEPTED); /* a duplicate changes nothing */
    CU_ASSERT_EQUAL(h.m.duplicates, 1);
    CU_ASSERT_EQUAL(h.m.first_ms, 1000);
    CU_ASSERT_EQUAL(h.m.last_ms, 1011);
    CU_ASSERT_STRING_EQUAL(h.destination, "cps");
    tell(f.l, 4, STORY_STEPS);
    CU_ASSERT_EQUAL(status_now(f.l, "L:1"), DCF_MESSAGE_DELIVERED);
    CU_ASSERT_EQUAL(status_now(f.l, "L:2"), DCF_MESSAGE_HELD);
    CU_ASSERT_EQUAL(status_now(f.l, "L:4"), DCF_MESSAGE_RECEIVED);
    OK(dcf_ledger_message_get(f.l, "L:3", hear_message, &h));
    CU_ASSERT_EQUAL(h.m.status, DCF_MESSAGE_REJECTED);
    CU_ASSERT_STRING_EQUAL(h.reason, "DCF-2003");
    CU_ASSERT_TRUE(dcf_is(dcf_ledger_message_get(f.l, "L:9", hear_message, &h), DCF_E_NOT_FOUND));
    end(&f);
}

static void the_texts_of_statuses_are_those_the_gateway_answers(void)
{
    CU_ASSERT_STRING_EQUAL(dcf_message_status_text(DCF_MESSAGE_RECEIVED), "received");
    CU_ASSERT_STRING_EQUAL(dcf_message_status_text(DCF_MESSAGE_DELIVERED), "delivered");
    CU_ASSERT_STRING_EQUAL(dcf_message_status_text(DCF_MESSAGE_NOT_DELIVERED), "not_delivered");
}

static void a_refused_delivery_that_is_held_counts_as_held_in_either_order(void)
{
    static const step order[2][2] = {
        {{KIND(NOT_DELIVERED), "L:1", "K", "DCF-5001", 20, NULL, NULL},
         {KIND(HELD), "L:1", "K", "DCF-5001", 20, NULL, NULL}},
        {{KIND(HELD), "L:1", "K", "DCF-5001", 20, NULL, NULL},
         {KIND(NOT_DELIVERED), "L:1", "K", "DCF-5001", 20, NULL, NULL}},
    };
    for (size_t i = 0; i < 2; i++) {
        fixture f = begin();
        OK(put_event(f.l, 0, 0, &(step){KIND(RECEIVED), "L:1", "K", NULL, 10, NULL, NULL}));
        OK(put_event(f.l, 0, 1, &order[i][0]));
        OK(put_event(f.l, 0, 2, &order[i][1]));
        CU_ASSERT_EQUAL(status_now(f.l, "L:1"), DCF_MESSAGE_HELD);
        end(&f);
    }
}

static void what_was_applied_is_not_applied_again(void)
{
    fixture f = begin();
    tell(f.l, 0, STORY_STEPS);
    OK(put_held(f.l, 0, "L:2", "01AB1234527", "DCF-4005", 1031));
    char *once = dump(f.path);
    tell(f.l, 0, STORY_STEPS);
    tell(f.l, 5, STORY_STEPS);
    OK(put_held(f.l, 0, "L:2", "01AB1234527", "DCF-4005", 1031));
    char *twice = dump(f.path);
    CU_ASSERT_STRING_EQUAL(once, twice);
    free(once);
    free(twice);
    end(&f);
}

static void each_partition_goes_on_at_its_own_offset(void)
{
    fixture f = begin();
    int64_t next = -1;
    OK(dcf_ledger_next_offset(f.l, "dcf.audit", 3, &next));
    CU_ASSERT_EQUAL(next, 0);
    tell(f.l, 0, 2);
    OK(put_held(f.l, 41, "L:2", "K", "DCF-4005", 1));
    again(&f);
    OK(dcf_ledger_next_offset(f.l, "dcf.audit", 3, &next));
    CU_ASSERT_EQUAL(next, 3);
    OK(dcf_ledger_next_offset(f.l, "dcf.audit", 0, &next));
    CU_ASSERT_EQUAL(next, 0);
    OK(dcf_ledger_next_offset(f.l, "dcf.held", 0, &next));
    CU_ASSERT_EQUAL(next, 42);
    end(&f);
}

static void an_aborted_batch_leaves_neither_rows_nor_offset(void)
{
    fixture f = begin();
    tell(f.l, 0, 2);
    char *before = dump(f.path);
    OK(dcf_ledger_begin(f.l));
    tell(f.l, 2, 6);
    int64_t next = 0;
    OK(dcf_ledger_next_offset(f.l, "dcf.audit", 3, &next));
    CU_ASSERT_EQUAL(next, 11);
    dcf_ledger_abort(f.l);
    char *after = dump(f.path);
    CU_ASSERT_STRING_EQUAL(before, after);
    free(before);
    free(after);
    end(&f);
}

/* The child dies in the middle of a batch, as a killed daemon would. */
static void a_kill_in_mid_batch_loses_and_doubles_nothing(void)
{
    fixture whole = begin(), f = begin();
    tell(whole.l, 0, STORY_STEPS);
    char *expected = dump(whole.path);
    dcf_ledger_close(f.l);
    f.l = NULL;
    pid_t child = fork();
    if (child == 0) {
        dcf_ledger *l = NULL;
        if (dcf_failed(dcf_ledger_open(f.path, &l))) _exit(1);
        tell(l, 0, 3);
        if (dcf_failed(dcf_ledger_begin(l))) _exit(1);
        tell(l, 3, 7);
        _exit(0); /* no commit, no close */
    }
    int how = 0;
    waitpid(child, &how, 0);
    CU_ASSERT_EQUAL_FATAL(how, 0);
    OK(dcf_ledger_open(f.path, &f.l));
    int64_t next = 0;
    OK(dcf_ledger_next_offset(f.l, "dcf.audit", 3, &next));
    CU_ASSERT_EQUAL(next, 5); /* the three of before the batch */
    tell(f.l, 3, STORY_STEPS);
    char *got = dump(f.path);
    CU_ASSERT_STRING_EQUAL(got, expected);
    free(got);
    free(expected);
    end(&whole);
    end(&f);
}

static void a_rebuild_in_another_interleaving_gives_the_same(void)
{
    char *dumps[2];
    for (size_t way = 0; way < 2; way++) {
        fixture f = begin();
        if (way == 1) OK(put_held(f.l, 7, "L:2", "01AB1234527", "DCF-4005", 1031));
        OK(dcf_ledger_begin(f.l));
        tell(f.l, 0, STORY_STEPS);
        OK(put_event(f.l, 3, 90,
                     &(step){KIND(RELEASED), "L:2", "01AB1234527", NULL, 1070, NULL, NULL}));
        OK(dcf_ledger_commit(f.l));
        if (way == 0) OK(put_held(f.l, 7, "L:2", "01AB1234527", "DCF-4005", 1031));
        CU_ASSERT_EQUAL(held_now(f.l, &(dcf_ledger_held_filter){0}), 0);
        dumps[way] = dump(f.path);
        end(&f);
    }
    CU_ASSERT_STRING_EQUAL(dumps[0], dumps[1]);
    free(dumps[0]);
    free(dumps[1]);
}

static void held_messages_are_listed_by_filter_until_they_go_on(void)
{
    fixture f = begin();
    OK(put_held(f.l, 0, "L:1", "K1", "DCF-4005", 100));
    OK(put_held(f.l, 1, "L:2", "K2", "DCF-4005", 200));
    OK(put_held(f.l, 2, "L:3", "K3", "DCF-2003", 300));
    heard h = {0};
    OK(dcf_ledger_held_list(f.l, &(dcf_ledger_held_filter){.reason = "DCF-2003"}, hear_held, &h));
    CU_ASSERT_EQUAL(h.count, 1);
    CU_ASSERT_STRING_EQUAL(h.ids[0], "L:3");
    CU_ASSERT_STRING_EQUAL(h.path, "Case/PTIURN");
    CU_ASSERT_STRING_EQUAL(h.type, "case_submission");
    CU_ASSERT_EQUAL(held_now(f.l, &(dcf_ledger_held_filter){0}), 3);
    CU_ASSERT_EQUAL(held_now(f.l, &(dcf_ledger_held_filter){.limit = 2}), 2);
    CU_ASSERT_EQUAL(held_now(f.l, &(dcf_ledger_held_filter){.since_ms = 200}), 2);
    CU_ASSERT_EQUAL(held_now(f.l, &(dcf_ledger_held_filter){.case_key = "K2"}), 1);
    CU_ASSERT_EQUAL(held_now(f.l, &(dcf_ledger_held_filter){.party = "force-45"}), 3);
    CU_ASSERT_EQUAL(held_now(f.l, &(dcf_ledger_held_filter){.party = "cps"}), 0);
    CU_ASSERT_EQUAL(held_now(f.l, &(dcf_ledger_held_filter){.held_id = "L:1"}), 1);
    OK(put_event(f.l, 0, 0, &(step){KIND(RELEASED), "L:1", "K1", NULL, 400, NULL, NULL}));
    OK(put_event(f.l, 0, 1, &(step){KIND(EXPIRED), "L:2", "K2", "DCF-4006", 400, NULL, NULL}));
    OK(put_event(f.l, 0, 2, &(step){KIND(DELIVERED), "L:3", "K3", NULL, 400, NULL, NULL}));
    CU_ASSERT_EQUAL(held_now(f.l, &(dcf_ledger_held_filter){0}), 0);
    OK(put_held(f.l, 3, "L:1", "K1", "DCF-5001", 500)); /* held again, later, for another reason */
    CU_ASSERT_EQUAL(held_now(f.l, &(dcf_ledger_held_filter){.held_id = "L:1"}), 1);
    end(&f);
}

static void a_conflict_stays_held_when_the_first_content_is_delivered(void)
{
    fixture f = begin();
    OK(put_event(f.l, 0, 0, &(step){KIND(RECEIVED), "L:1", "K", NULL, 100, NULL, NULL}));
    OK(put_event(f.l, 0, 1, &(step){KIND(APPLIED), "L:1", "K", NULL, 110, NULL, NULL}));
    OK(put_event(f.l, 0, 2, &(step){KIND(RECEIVED), "L:1", "K", NULL, 120, NULL, NULL}));
    OK(put_event(f.l, 0, 3, &(step){KIND(CONFLICT), "L:1", "K", "DCF-4004", 120, NULL, NULL}));
    OK(put_held(f.l, 0, "L:1/conflict/0a", "K", "DCF-4004", 120));
    CU_ASSERT_EQUAL(status_now(f.l, "L:1"), DCF_MESSAGE_ACCEPTED);
    OK(put_event(f.l, 0, 4, &(step){KIND(DELIVERED), "L:1", "K", NULL, 130, NULL, NULL}));
    CU_ASSERT_EQUAL(status_now(f.l, "L:1"), DCF_MESSAGE_DELIVERED);
    CU_ASSERT_EQUAL(held_now(f.l, &(dcf_ledger_held_filter){0}), 1);
    end(&f);
}

/* The exchange says RECEIVED before it says DUPLICATE. */
static void a_message_that_comes_again_keeps_its_status(void)
{
    fixture f = begin();
    tell(f.l, 0, STORY_STEPS);
    OK(put_event(f.l, 3, 90,
                 &(step){KIND(RECEIVED), "L:1", "01AB1234526", NULL, 1080, NULL, NULL}));
    OK(put_event(f.l, 3, 91,
                 &(step){KIND(DUPLICATE), "L:1", "01AB1234526", NULL, 1080, NULL, NULL}));
    heard h = {0};
    OK(dcf_ledger_message_get(f.l, "L:1", hear_message, &h));
    CU_ASSERT_EQUAL(h.m.status, DCF_MESSAGE_DELIVERED);
    CU_ASSERT_EQUAL(h.m.last_ms, 1050);
    CU_ASSERT_EQUAL(h.m.duplicates, 2);
    OK(dcf_ledger_links(f.l, hear_link, &h));
    CU_ASSERT_EQUAL(h.k.received, 4);
    CU_ASSERT_EQUAL(h.k.imbalance, 0);
    end(&f);
}

/* Released by a daemon whose clock is behind: the log counts, not the clocks. */
static void what_waits_for_its_case_is_held_without_a_record_of_its_own(void)
{
    fixture f = begin();
    OK(put_event(f.l, 0, 0, &(step){KIND(RECEIVED), "L:1", "K", NULL, 100, NULL, NULL}));
    OK(put_event(f.l, 0, 1, &(step){KIND(HELD), "L:1", "K", "DCF-4005", 100, NULL, NULL}));
    CU_ASSERT_EQUAL(
        held_now(f.l, &(dcf_ledger_held_filter){.reason = "DCF-4005", .party = "force-45"}), 1);
    OK(put_event(f.l, 0, 2, &(step){KIND(RELEASED), "L:1", "K", NULL, 90, NULL, NULL}));
    OK(put_event(f.l, 0, 3, &(step){KIND(APPLIED), "L:1", "K", NULL, 90, NULL, NULL}));
    CU_ASSERT_EQUAL(held_now(f.l, &(dcf_ledger_held_filter){0}), 0);
    end(&f);
}

/* One moment of the exchange: what waited is released, judged, and held for a person. Its record
 * comes before or after. */
static void what_is_released_and_held_at_once_is_held(void)
{
    char *dumps[2];
    for (int first = 0; first < 2; first++) {
        fixture f = begin();
        if (first) OK(put_held(f.l, 0, "L:1", "K", "DCF-4011", 200));
        OK(put_event(f.l, 0, 0, &(step){KIND(RECEIVED), "L:1", "K", NULL, 100, NULL, NULL}));
        OK(put_event(f.l, 0, 1, &(step){KIND(HELD), "L:1", "K", "DCF-4005", 100, NULL, NULL}));
        OK(put_event(f.l, 0, 2, &(step){KIND(RELEASED), "L:1", "K", NULL, 200, NULL, NULL}));
        OK(put_event(f.l, 0, 3, &(step){KIND(HELD), "L:1", "K", "DCF-4011", 200, NULL, NULL}));
        if (!first) OK(put_held(f.l, 0, "L:1", "K", "DCF-4011", 200));
        heard h = {0};
        OK(dcf_ledger_held_list(f.l, &(dcf_ledger_held_filter){0}, hear_held, &h));
        CU_ASSERT_EQUAL(h.count, 1);
        CU_ASSERT_STRING_EQUAL(h.reason, "DCF-4011");
        CU_ASSERT_STRING_EQUAL(h.path, "Case/PTIURN"); /* the record's details, not the event's */
        dumps[first] = dump(f.path);
        end(&f);
    }
    CU_ASSERT_STRING_EQUAL(dumps[0], dumps[1]);
    free(dumps[0]);
    free(dumps[1]);
}

static void hear_place(void *self, const dcf_ledger_held *held)
{
    *(int64_t *)self = held->held_ms * 1000 + held->offset;
}

/* The record of a second hold, read before the events of the first. */
static void a_second_hold_for_the_same_reason_keeps_its_record(void)
{
    fixture f = begin();
    int64_t place = 0;
    OK(put_held(f.l, 7, "L:1", "K", "DCF-5001", 300));
    OK(put_event(f.l, 0, 0, &(step){KIND(HELD), "L:1", "K", "DCF-5001", 100, NULL, NULL}));
    OK(put_event(f.l, 0, 1, &(step){KIND(RELEASED), "L:1", "K", NULL, 200, NULL, NULL}));
    OK(put_event(f.l, 0, 2, &(step){KIND(HELD), "L:1", "K", "DCF-5001", 300, NULL, NULL}));
    OK(dcf_ledger_held_list(f.l, &(dcf_ledger_held_filter){0}, hear_place, &place));
    CU_ASSERT_EQUAL(place, 300007);
    end(&f);
}

static void what_expired_can_still_be_acted_upon(void)
{
    for (int first = 0; first < 2; first++) {
        fixture f = begin();
        if (first) OK(put_held(f.l, 0, "L:1", "K", "DCF-4006", 200));
        OK(put_event(f.l, 0, 1, &(step){KIND(HELD), "L:1", "K", "DCF-4005", 100, NULL, NULL}));
        OK(put_event(f.l, 0, 2, &(step){KIND(EXPIRED), "L:1", "K", "DCF-4006", 200, NULL, NULL}));
        if (!first) OK(put_held(f.l, 0, "L:1", "K", "DCF-4006", 200));
        CU_ASSERT_EQUAL(held_now(f.l, &(dcf_ledger_held_filter){0}), 1);
        CU_ASSERT_EQUAL(held_now(f.l, &(dcf_ledger_held_filter){.reason = "DCF-4006"}), 1);
        CU_ASSERT_EQUAL(status_now(f.l, "L:1"), DCF_MESSAGE_EXPIRED);
        OK(put_event(f.l, 0, 3, &(step){KIND(REPLAYED), "L:1", "K", "DCF-4006", 300, NULL, NULL}));
        OK(put_event(f.l, 0, 4, &(step){KIND(APPLIED), "L:1", "K", NULL, 300, NULL, NULL}));
        CU_ASSERT_EQUAL(held_now(f.l, &(dcf_ledger_held_filter){0}), 0);
        end(&f);
    }
}

static void receipts_of_the_broker_balance_no_link(void)
{
    fixture f = begin();
    tell(f.l, 0, STORY_STEPS);
    OK(put_event(
        f.l, 3, 90,
        &(step){KIND(ROUTED), "L:1/receipt/delivered", "01AB1234526", NULL, 1080, NULL, "dcf"}));
    heard h = {0};
    OK(dcf_ledger_links(f.l, hear_link, &h));
    CU_ASSERT_EQUAL(h.count, 1);
    CU_ASSERT_EQUAL(h.k.imbalance, 0);
    CU_ASSERT_EQUAL(status_now(f.l, "L:1/receipt/delivered"), DCF_MESSAGE_ACCEPTED);
    end(&f);
}

static void a_timeline_tells_the_hops_of_one_case_in_order(void)
{
    fixture f = begin();
    tell(f.l, 0, STORY_STEPS);
    heard h = {0};
    OK(dcf_ledger_timeline(f.l, "01AB1234526", 0, hear_case, hear_event, NULL, &h));
    static const int expected[] = {KIND(RECEIVED),  KIND(APPLIED),   KIND(ROUTED),
                                   KIND(DUPLICATE), KIND(DELIVERED), KIND(RECEIVED)};
    CU_ASSERT_EQUAL_FATAL(h.count, 6);
    for (int i = 0; i < 6; i++) CU_ASSERT_EQUAL(h.kinds[i], expected[i]);
    CU_ASSERT_STRING_EQUAL(h.state, "submitted");
    CU_ASSERT_EQUAL(h.c.events, 6);
    CU_ASSERT_EQUAL(h.c.first_ms, 1000);
    CU_ASSERT_EQUAL(h.c.last_ms, 1060);
    h.count = 0;
    OK(dcf_ledger_timeline(f.l, "01AB1234526", 2, hear_case, hear_event, NULL, &h));
    CU_ASSERT_EQUAL(h.count, 2);
    CU_ASSERT_TRUE(
        dcf_is(dcf_ledger_timeline(f.l, "99ZZ9999999", 0, hear_case, hear_event, NULL, &h),
               DCF_E_NOT_FOUND));
    end(&f);
}

static void a_link_balances_while_every_message_begins_at_the_door(void)
{
    fixture f = begin();
    tell(f.l, 0, STORY_STEPS);
    heard h = {0};
    OK(dcf_ledger_links(f.l, hear_link, &h));
    CU_ASSERT_EQUAL_FATAL(h.count, 1);
    CU_ASSERT_EQUAL(h.k.received, 4);
    CU_ASSERT_EQUAL(h.k.applied, 1);
    CU_ASSERT_EQUAL(h.k.delivered, 1);
    CU_ASSERT_EQUAL(h.k.held, 1);
    CU_ASSERT_EQUAL(h.k.refused, 1);
    CU_ASSERT_EQUAL(h.k.in_flight, 1);
    CU_ASSERT_EQUAL(h.k.duplicates, 1);
    CU_ASSERT_EQUAL(h.k.imbalance, 0);
    CU_ASSERT_EQUAL(h.k.oldest_in_flight_ms, 1060);
    /* A delivery of what was never received, and a second word of what was: only the first upsets
     * the balance. */
    OK(put_event(f.l, 3, 100,
                 &(step){KIND(RECEIVED), "L:4", "01AB1234526", NULL, 1100, NULL, NULL}));
    OK(put_event(f.l, 3, 101,
                 &(step){KIND(DELIVERED), "L:7", "01AB1234526", NULL, 1100, NULL, NULL}));
    OK(dcf_ledger_links(f.l, hear_link, &h));
    CU_ASSERT_EQUAL(h.k.received, 4);
    CU_ASSERT_EQUAL(h.k.imbalance, -1);
    end(&f);
}

static void hear_reason(void *self, const char *code, uint64_t count, int64_t last_ms)
{
    heard *h = self;
    h->count++;
    snprintf(h->reason, sizeof h->reason, "%s", code);
    CU_ASSERT_EQUAL(count, 1);
    CU_ASSERT_TRUE(last_ms > 0);
}

static void totals_count_what_is_there_and_what_cannot_be_read(void)
{
    fixture f = begin();
    tell(f.l, 0, STORY_STEPS);
    OK(put_held(f.l, 0, "L:2", "01AB1234527", "DCF-4005", 1031));
    OK(dcf_ledger_apply(f.l, "dcf.audit", 3, 200, dcf_span_str("K"),
                        dcf_span_str("\xff\xff not a record")));
    OK(dcf_ledger_apply(f.l, "dcf.held", 0, 9, dcf_span_str("K"), (dcf_span){0})); /* a tombstone */
    CU_ASSERT_TRUE(dcf_is(
        dcf_ledger_apply(f.l, "dcf.case", 0, 0, dcf_span_str("K"), dcf_span_str("x")), DCF_E_BUG));
    dcf_ledger_totals t;
    OK(dcf_ledger_totals_get(f.l, &t));
    CU_ASSERT_EQUAL(t.events, STORY_STEPS);
    CU_ASSERT_EQUAL(t.cases, 2);
    CU_ASSERT_EQUAL(t.messages, 4);
    CU_ASSERT_EQUAL(t.held, 1);
    CU_ASSERT_EQUAL(t.unreadable, 1);
    CU_ASSERT_EQUAL(t.last_ms, 1060);
    int64_t next = 0;
    OK(dcf_ledger_next_offset(f.l, "dcf.audit", 3, &next));
    CU_ASSERT_EQUAL(next, 201); /* it does not stop there */
    heard h = {0};
    OK(dcf_ledger_reasons(f.l, hear_reason, &h));
    CU_ASSERT_EQUAL(h.count, 2);
    end(&f);
}

typedef struct watcher {
    dcf_ledger *l;
    _Atomic bool *done;
    uint64_t looks, bad;
} watcher;

static void watch_link(void *self, const dcf_ledger_link *k)
{
    watcher *w = self;
    w->looks++;
    w->bad += k->imbalance != 0 || k->received != k->delivered; /* a batch is a whole message */
}

static void *watch(void *arg)
{
    watcher *w = arg;
    while (!*w->done)
        if (dcf_failed(dcf_ledger_links(w->l, watch_link, w))) w->bad++;
    return NULL;
}

static void queries_beside_the_writer_see_whole_batches(void)
{
    fixture f = begin();
    _Atomic bool done = false;
    watcher watchers[2] = {{f.l, &done, 0, 0}, {f.l, &done, 0, 0}};
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) pthread_create(&threads[i], NULL, watch, &watchers[i]);
    for (int i = 0; i < 500; i++) {
        char id[16];
        snprintf(id, sizeof id, "L:%d", i);
        OK(dcf_ledger_begin(f.l));
        OK(put_event(f.l, 0, i * 2, &(step){KIND(RECEIVED), id, "K", NULL, 1, NULL, NULL}));
        OK(put_event(f.l, 0, i * 2 + 1, &(step){KIND(DELIVERED), id, "K", NULL, 2, NULL, NULL}));
        OK(dcf_ledger_commit(f.l));
    }
    done = true;
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
        CU_ASSERT_TRUE(watchers[i].looks > 0);
        CU_ASSERT_EQUAL(watchers[i].bad, 0);
    }
    end(&f);
}

static void no_byte_of_a_body_is_in_the_file(void)
{
    fixture f = begin();
    OK(put_held(f.l, 0, "L:2", "01AB1234527", "DCF-4005", 1031));
    dcf_ledger_close(f.l); /* into one file */
    f.l = NULL;
    FILE *file = fopen(f.path, "rb");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    static char bytes[1 << 20];
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    CU_ASSERT_PTR_NOT_NULL(memmem(bytes, size, "01AB1234527", 11));
    CU_ASSERT_PTR_NULL(memmem(bytes, size, "SECRET-SURNAME", 14));
    end(&f);
}

static void a_file_of_another_layout_is_emptied_to_be_replayed(void)
{
    fixture f = begin();
    tell(f.l, 0, STORY_STEPS);
    dcf_ledger_close(f.l);
    f.l = NULL;
    sqlite3 *db = NULL;
    CU_ASSERT_EQUAL_FATAL(sqlite3_open(f.path, &db), SQLITE_OK);
    CU_ASSERT_EQUAL(
        sqlite3_exec(db, "PRAGMA user_version = 99; DROP TABLE message", NULL, NULL, NULL),
        SQLITE_OK);
    sqlite3_close(db);
    OK(dcf_ledger_open(f.path, &f.l));
    int64_t next = -1;
    OK(dcf_ledger_next_offset(f.l, "dcf.audit", 3, &next));
    CU_ASSERT_EQUAL(next, 0);
    tell(f.l, 0, STORY_STEPS);
    CU_ASSERT_EQUAL(status_now(f.l, "L:1"), DCF_MESSAGE_DELIVERED);
    end(&f);
}

/* Runs of one case's events as one record each: the shape that the exchange writes. */
static void tell_joined(dcf_ledger *l)
{
    dcf_arena arena;
    dcf_arena_init(&arena, 1 << 20);
    for (size_t i = 0, n; i < STORY_STEPS; i += n) {
        uint8_t bytes[4][EVENT_BYTES];
        const Dcf__V1__AuditEvent *events[4], *record = NULL;
        for (n = 0; n < 4 && i + n < STORY_STEPS; n++) {
            if (strcmp(STORY[i + n].key, STORY[i].key) != 0) break;
            dcf_span packed = pack_event(&STORY[i + n], bytes[n]);
            events[n] = dcf__v1__audit_event__unpack(&arena.pb, packed.size, packed.data);
        }
        OK(dcf_audit_join(events, n, &arena, &record));
        uint8_t whole[4 * EVENT_BYTES];
        OK(dcf_ledger_apply(l, "dcf.audit", 3, (int64_t)i * 2, dcf_span_str(STORY[i].key),
                            dcf_span_of(whole, dcf__v1__audit_event__pack(record, whole))));
    }
    dcf_arena_fini(&arena);
}

/* Every table but where things lie. */
static void events_in_one_record_are_those_of_a_record_each(void)
{
    fixture apart = begin(), joined = begin();
    tell(apart.l, 0, STORY_STEPS);
    tell_joined(joined.l);
    heard a = {0}, b = {0};
    OK(dcf_ledger_timeline(apart.l, "01AB1234526", 0, hear_case, hear_event, NULL, &a));
    OK(dcf_ledger_timeline(joined.l, "01AB1234526", 0, hear_case, hear_event, NULL, &b));
    CU_ASSERT_EQUAL(a.count, 6);
    CU_ASSERT_EQUAL(a.count, b.count);
    CU_ASSERT_EQUAL(memcmp(a.kinds, b.kinds, sizeof a.kinds), 0);
    CU_ASSERT_STRING_EQUAL(a.state, b.state);
    CU_ASSERT_EQUAL(a.c.events, b.c.events);
    static const char *const ids[] = {"L:1", "L:2", "L:3", "L:4"};
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        heard m = {0}, n = {0};
        OK(dcf_ledger_message_get(apart.l, ids[i], hear_message, &m));
        OK(dcf_ledger_message_get(joined.l, ids[i], hear_message, &n));
        CU_ASSERT_EQUAL(m.m.status, n.m.status);
        CU_ASSERT_EQUAL(m.m.duplicates, n.m.duplicates);
        CU_ASSERT_STRING_EQUAL(m.reason, n.reason); /* of the event that decided */
        CU_ASSERT_STRING_EQUAL(m.destination, n.destination);
    }
    end(&apart);
    end(&joined);
}

static void a_file_that_is_no_ledger_is_refused(void)
{
    char path[64];
    ledger_file(path);
    FILE *file = fopen(path, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    for (int i = 0; i < 100; i++) fputs("this is not a database, it only has its name\n", file);
    fclose(file);
    dcf_ledger *l = NULL;
    CU_ASSERT_TRUE(dcf_is(dcf_ledger_open(path, &l), DCF_E_CORRUPT));
    CU_ASSERT_PTR_NULL(l);
    drop_ledger_file(path);
    CU_ASSERT_TRUE(dcf_is(dcf_ledger_open("/nonexistent/folder/l.db", &l), DCF_E_IO));
}

#define TESTS(X)                                                                                   \
    X(a_message_has_the_status_of_its_last_deciding_event)                                         \
    X(the_texts_of_statuses_are_those_the_gateway_answers)                                         \
    X(a_refused_delivery_that_is_held_counts_as_held_in_either_order)                              \
    X(what_was_applied_is_not_applied_again)                                                       \
    X(each_partition_goes_on_at_its_own_offset)                                                    \
    X(an_aborted_batch_leaves_neither_rows_nor_offset)                                             \
    X(a_kill_in_mid_batch_loses_and_doubles_nothing)                                               \
    X(a_rebuild_in_another_interleaving_gives_the_same)                                            \
    X(held_messages_are_listed_by_filter_until_they_go_on)                                         \
    X(a_conflict_stays_held_when_the_first_content_is_delivered)                                   \
    X(a_message_that_comes_again_keeps_its_status)                                                 \
    X(what_waits_for_its_case_is_held_without_a_record_of_its_own)                                 \
    X(what_is_released_and_held_at_once_is_held)                                                   \
    X(a_second_hold_for_the_same_reason_keeps_its_record)                                          \
    X(what_expired_can_still_be_acted_upon)                                                        \
    X(receipts_of_the_broker_balance_no_link)                                                      \
    X(a_timeline_tells_the_hops_of_one_case_in_order)                                              \
    X(a_link_balances_while_every_message_begins_at_the_door)                                      \
    X(totals_count_what_is_there_and_what_cannot_be_read)                                          \
    X(queries_beside_the_writer_see_whole_batches)                                                 \
    X(no_byte_of_a_body_is_in_the_file)                                                            \
    X(a_file_of_another_layout_is_emptied_to_be_replayed)                                          \
    X(events_in_one_record_are_those_of_a_record_each)                                             \
    X(a_file_that_is_no_ledger_is_refused)
UNIT_MAIN("ledger", TESTS)
