/* test_delivery_window.c - the messages of one party that are not yet delivered: what waits and
 * why, what is known, what leaves. */
#include "daemon/delivery_window.h"
#include "fixture.h"
#include "model/envelope.h"

static uint64_t no_chance(void *ctx)
{
    (void)ctx;
    return 0;
}

static dcf_window *new_window(size_t bytes)
{
    dcf_window *w = NULL;
    dcf_scheduler_config c = dcf_scheduler_defaults;
    c.window = 8;
    c.window_bytes = bytes;
    c.random = no_chance;
    OK(dcf_window_new(&c, &w));
    OK(dcf_window_assign(w, 0, 0, ""));
    OK(dcf_window_assign(w, 1, 0, ""));
    return w;
}

static dcf_job *new_job(int32_t partition, int64_t offset, const char *id, const char *key)
{
    dcf_buf packed = {0};
    fx_envelope(id, key, &packed);
    dcf_record r = {.topic = "t.deliver.cps",
                    .partition = partition,
                    .offset = offset,
                    .key = dcf_span_str(key)};
    r.value = dcf_buf_span(&packed);
    dcf_job *j = dcf_job_new(&r);
    CU_ASSERT_PTR_NOT_NULL_FATAL(j);
    free(j->id);
    j->id = strdup(id);
    dcf_buf_fini(&packed);
    return j;
}

static dcf_job *next_of(dcf_window *w)
{
    const char *newer;
    return dcf_window_next(w, &newer);
}

static void ended(dcf_window *w, dcf_job *j, dcf_attempt_result result, uint64_t retry_after_ms)
{
    bool good = result == DCF_ATTEMPT_OK;
    dcf_window_result(w, j,
                      &(dcf_outcome_of_attempt){.result = result,
                                                .retry_after_ms = retry_after_ms,
                                                .http_status = good ? 200 : 503,
                                                .reason = good ? "delivered" : "receiver failed"});
}

static void a_job_without_room_stays_the_callers(void)
{
    dcf_window *w = new_window(40);
    dcf_job *one = new_job(0, 0, "m:0", "A"), *two = new_job(0, 1, "m:1", "B");
    OK(dcf_window_add(w, one)); /* larger than the window: taken when it is empty */
    CU_ASSERT(dcf_is(dcf_window_add(w, two), DCF_E_AGAIN));
    CU_ASSERT_PTR_EQUAL(next_of(w), one);
    ended(w, one, DCF_ATTEMPT_OK, 0);
    OK(dcf_window_add(w, two));
    CU_ASSERT_PTR_EQUAL(next_of(w), two);
    dcf_job_free(one);
    dcf_window_free(w);
}

static void what_comes_a_second_time_is_known(void)
{
    dcf_window *w = new_window(1 << 20);
    dcf_queue_info info;
    OK(dcf_window_add(w, new_job(0, 5, "m:5", "A")));
    OK(dcf_window_add(w, new_job(0, 5, "m:5", "A"))); /* freed inside */
    dcf_window_explain(w, &info, NULL, NULL, 0);
    CU_ASSERT_EQUAL(info.depth, 1);
    dcf_window_free(w);
}

static void a_lost_partition_takes_its_jobs_but_not_those_in_flight(void)
{
    dcf_window *w = new_window(1 << 20);
    dcf_queue_info info;
    dcf_job *flying = new_job(0, 0, "m:0", "A");
    OK(dcf_window_add(w, flying));
    OK(dcf_window_add(w, new_job(0, 1, "m:1", "A")));
    OK(dcf_window_add(w, new_job(1, 0, "n:0", "B")));
    CU_ASSERT_PTR_EQUAL(next_of(w), flying);
    dcf_window_forget(w, 0);
    CU_ASSERT(flying->dropped);
    dcf_window_explain(w, &info, NULL, NULL, 0);
    CU_ASSERT_EQUAL(info.depth, 1);
    dcf_window_forget_all(w);
    dcf_window_explain(w, &info, NULL, NULL, 0);
    CU_ASSERT_EQUAL(info.depth, 0);
    dcf_job_free(flying);
    dcf_window_free(w);
}

static dcf_job *long_job(int64_t offset)
{
    char id[16];
    snprintf(id, sizeof id, "m:%d", (int)offset);
    return new_job(0, offset, id, "A");
}

/* One of a case is kept whole; the second of three is gone when the topic is read again. */
static void what_is_gone_from_the_topic_becomes_what_nobody_can_read(void)
{
    dcf_window *w = NULL;
    dcf_scheduler_config c = dcf_scheduler_defaults;
    int32_t place;
    int64_t offset;
    c.case_messages = 1;
    c.random = no_chance;
    OK(dcf_window_new(&c, &w));
    OK(dcf_window_assign(w, 0, 0, ""));
    dcf_job *second = long_job(1);
    OK(dcf_window_add(w, long_job(0)));
    OK(dcf_window_add(w, second));
    OK(dcf_window_add(w, long_job(2)));
    CU_ASSERT_EQUAL(second->packed.size, 0); /* it takes no memory */
    dcf_job *j = next_of(w);
    ended(w, j, DCF_ATTEMPT_OK, 0);
    dcf_job_free(j);
    CU_ASSERT_PTR_NULL(next_of(w));
    CU_ASSERT_TRUE(dcf_window_wants(w, DCF_LANE_ORDINARY, &place, &offset));
    CU_ASSERT_EQUAL(offset, 1);
    OK(dcf_window_add(w, long_job(2)));
    CU_ASSERT_PTR_NOT_NULL_FATAL(j = next_of(w));
    CU_ASSERT_STRING_EQUAL(j->id, "m:1");
    dcf_arena a;
    Dcf__V1__Envelope *e;
    dcf_arena_init(&a, 1 << 16);
    CU_ASSERT(dcf_failed(dcf_envelope_unpack(dcf_buf_span(&j->packed), &a, &e)));
    ended(w, j, DCF_ATTEMPT_REFUSED, 0);
    dcf_job_free(j);
    OK(dcf_window_add(w, long_job(2)));
    CU_ASSERT_PTR_NOT_NULL_FATAL(j = next_of(w));
    CU_ASSERT_STRING_EQUAL(j->id, "m:2");
    CU_ASSERT(dcf_ok(dcf_envelope_unpack(dcf_buf_span(&j->packed), &a, &e)));
    dcf_arena_fini(&a);
    dcf_window_free(w);
}

static char told[8][128];
static size_t told_count;
static int64_t last_try; /* wall clock */

static void hear(void *ctx, const dcf_waiting_info *w)
{
    (void)ctx;
    if (w->next_try_ms > last_try) last_try = w->next_try_ms;
    snprintf(told[told_count++ % 8], 128, "%s: %s%s%s", w->message_id, w->reason,
             *w->last_failure ? ": " : "", w->last_failure);
}

static bool was_told(const char *text)
{
    for (size_t i = 0; i < told_count && i < 8; i++)
        if (strcmp(told[i], text) == 0) return true;
    return false;
}

static void each_waiting_message_says_why(void)
{
    dcf_window *w = new_window(1 << 20);
    dcf_queue_info info;
    told_count = 0;
    OK(dcf_window_add(w, new_job(0, 0, "m:0", "A")));
    OK(dcf_window_add(w, new_job(0, 1, "m:1", "A")));
    OK(dcf_window_add(w, new_job(1, 0, "n:0", "B")));
    (void)next_of(w);
    dcf_window_explain(w, &info, hear, NULL, 10);
    CU_ASSERT_EQUAL(told_count, 3);
    CU_ASSERT(was_told("m:1: behind an earlier message of its case"));
    CU_ASSERT_EQUAL(info.in_flight, 1);
    CU_ASSERT(info.oldest_ms > 0);
    dcf_job *next = next_of(w);
    int64_t now = dcf_clock_ms();
    ended(w, next, DCF_ATTEMPT_RETRY, 600000);
    dcf_window_explain(w, &info, hear, NULL, 10);
    CU_ASSERT_EQUAL(info.depth, 3);
    CU_ASSERT(last_try >= now + 600000 && last_try < now + 900000);
    dcf_window_free(w);
}

static void what_failed_is_told_first_and_never_more_than_asked_for(void)
{
    dcf_window *w = new_window(1 << 20);
    dcf_queue_info info;
    static const char *const keys[] = {"A", "B", "C"};
    told_count = 0;
    for (int i = 0; i < 3; i++) OK(dcf_window_add(w, new_job(0, i, keys[i], keys[i])));
    for (int i = 0; i < 3; i++) {
        dcf_job *j = next_of(w);
        if (*j->id == 'C') ended(w, j, DCF_ATTEMPT_LOCKED, 600000);
    }
    dcf_window_explain(w, &info, hear, NULL, 2);
    CU_ASSERT_EQUAL(told_count, 2);
    CU_ASSERT_STRING_EQUAL(told[0], "C: waits to be tried again: receiver failed (HTTP 503)");
    CU_ASSERT_STRING_EQUAL(told[1], "A: being delivered");
    CU_ASSERT_STRING_EQUAL(info.reason, "being delivered");
    dcf_window_free(w);
}

static void a_queue_in_which_all_waits_to_be_tried_again_says_so(void)
{
    dcf_window *w = new_window(1 << 20);
    dcf_queue_info info;
    OK(dcf_window_add(w, new_job(0, 0, "m:0", "A")));
    dcf_window_explain(w, &info, NULL, NULL, 0);
    CU_ASSERT_STRING_EQUAL(info.reason, "being delivered");
    ended(w, next_of(w), DCF_ATTEMPT_LOCKED, 600000);
    dcf_window_explain(w, &info, NULL, NULL, 0);
    CU_ASSERT_STRING_EQUAL(info.reason, "what is there waits to be tried again");
    dcf_window_free(w);
}

static void what_leaves_the_window_leaves_the_others_in_sight(void)
{
    dcf_window *w = new_window(1 << 20);
    dcf_queue_info info;
    static const char *const keys[] = {"A", "B", "C"};
    told_count = 0;
    for (int i = 0; i < 3; i++) OK(dcf_window_add(w, new_job(0, i, keys[i], keys[i])));
    dcf_job *a = next_of(w), *b = next_of(w), *c = next_of(w);
    ended(w, a, DCF_ATTEMPT_OK, 0); /* c moves to its slot */
    ended(w, c, DCF_ATTEMPT_OK, 0);
    dcf_window_explain(w, &info, hear, NULL, 10);
    CU_ASSERT_EQUAL(told_count, 1);
    CU_ASSERT(was_told("B: being delivered"));
    ended(w, b, DCF_ATTEMPT_OK, 0);
    dcf_job_free(a);
    dcf_job_free(b);
    dcf_job_free(c);
    dcf_window_free(w);
}

static void the_nearest_deadline_by_the_wall_clock_goes_first(void)
{
    dcf_window *w = new_window(1 << 20);
    dcf_job *far = new_job(0, 0, "far", "A"), *near = new_job(0, 1, "near", "B");
    far->deadline_ms = dcf_clock_ms() + 7200000;
    near->deadline_ms = dcf_clock_ms() + 3600000;
    OK(dcf_window_add(w, far));
    OK(dcf_window_add(w, near));
    CU_ASSERT_PTR_EQUAL(next_of(w), near);
    dcf_window_free(w);
}

/* Partition 0 of the one lane is not partition 0 of the other. */
static void each_lane_has_its_own_partitions(void)
{
    dcf_window *w = new_window(1 << 20);
    dcf_queue_info info;
    int64_t low = -1;
    char marks[DCF_COMMIT_METADATA_MAX + 1];
    OK(dcf_window_assign(w, dcf_place_of(DCF_LANE_URGENT, 0), 0, ""));
    dcf_job *ordinary = new_job(0, 0, "m:0", "A"), *urgent = new_job(0, 0, "u:0", "B");
    urgent->lane = DCF_LANE_URGENT;
    OK(dcf_window_add(w, ordinary));
    OK(dcf_window_add(w, urgent));
    CU_ASSERT_PTR_EQUAL_FATAL(next_of(w), urgent);
    ended(w, urgent, DCF_ATTEMPT_OK, 0);
    dcf_job_free(urgent);
    OK(dcf_window_commit(w, dcf_place_of(DCF_LANE_URGENT, 0), &low, marks));
    CU_ASSERT_EQUAL(low, 1);
    OK(dcf_window_commit(w, 0, &low, marks));
    CU_ASSERT_EQUAL(low, 0);
    dcf_window_forget(w, dcf_place_of(DCF_LANE_URGENT, 0));
    dcf_window_explain(w, &info, NULL, NULL, 0);
    CU_ASSERT_EQUAL(info.depth, 1);
    dcf_window_free(w);
}

static void a_list_drops_the_jobs_of_one_place_and_keeps_the_order_of_the_rest(void)
{
    dcf_job_list l;
    dcf_job_list_init(&l);
    for (int64_t i = 0; i < 4; i++) {
        dcf_job *j = new_job(0, i, i % 2 ? "u" : "m", "A");
        j->lane = i % 2 ? DCF_LANE_URGENT : DCF_LANE_ORDINARY;
        dcf_job_list_add(&l, j);
    }
    dcf_job_list_drop(&l, dcf_place_of(DCF_LANE_ORDINARY, 0));
    CU_ASSERT_EQUAL(l.count, 2);
    CU_ASSERT_EQUAL(l.first->offset, 1);
    dcf_job_list_put_back(&l, dcf_job_list_take(&l));
    CU_ASSERT_EQUAL(l.first->next->offset, 3);
    dcf_job_free(dcf_job_list_take(&l));
    dcf_job_list_put_back(&l, dcf_job_list_take(&l)); /* the only one, and one behind it */
    dcf_job_list_add(&l, new_job(0, 4, "m", "A"));
    CU_ASSERT_EQUAL(l.first->offset, 3);
    CU_ASSERT_EQUAL(l.first->next->offset, 4);
    dcf_job_list_drop(&l, -1);
    CU_ASSERT_PTR_NULL(l.first);
}

#define TESTS(X)                                                                                   \
    X(a_job_without_room_stays_the_callers)                                                        \
    X(what_comes_a_second_time_is_known)                                                           \
    X(a_lost_partition_takes_its_jobs_but_not_those_in_flight)                                     \
    X(what_is_gone_from_the_topic_becomes_what_nobody_can_read)                                    \
    X(a_list_drops_the_jobs_of_one_place_and_keeps_the_order_of_the_rest)                          \
    X(what_failed_is_told_first_and_never_more_than_asked_for)                                     \
    X(a_queue_in_which_all_waits_to_be_tried_again_says_so)                                        \
    X(what_leaves_the_window_leaves_the_others_in_sight)                                           \
    X(each_waiting_message_says_why)                                                               \
    X(the_nearest_deadline_by_the_wall_clock_goes_first)                                           \
    X(each_lane_has_its_own_partitions)
UNIT_MAIN("delivery window", TESTS)
