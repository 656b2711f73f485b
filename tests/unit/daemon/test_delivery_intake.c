/* test_delivery_intake.c - from Kafka into the window: what has no room yet, what goes with its
 * partition, and when to start anew. The cluster is the one of this process; the window's end is
 * the test's. */
#include "daemon/delivery_intake.h"
#include "delivery_kit.h"

static dcf_txn *txn;
static dcf_window *window;
static dcf_delivery_intake in;
static dcf_job_list final;
static atomic_llong beat_ms;

static uint64_t no_chance(void *ctx)
{
    (void)ctx;
    return 0;
}

static void join(const char *group, const char *below, dcf_delivery_intake *self, dcf_txn **ret)
{
    const char *topics[] = {topic(below), topic("deliver.cps.urgent")};
    dcf_txn_spec spec = {.group = group,
                         .transactional_id = group,
                         .topics = topics,
                         .topic_count = 2,
                         .on_assign = self ? dcf_intake_on_assign : NULL,
                         .on_revoke = self ? dcf_intake_on_revoke : NULL,
                         .self = self};
    OK(dcf_txn_open(&conf, &spec, ret, NULL));
}

/* Room for so many messages, of a case for one; so many more may be known. */
static void begin_intake(size_t room, size_t absent)
{
    dcf_scheduler_config c = dcf_scheduler_defaults;
    begin();
    c.window = room;
    c.case_messages = 1;
    c.absent = absent;
    c.random = no_chance;
    OK(dcf_window_new(&c, &window));
    in = (dcf_delivery_intake){.window = window,
                               .final = &final,
                               .topics = {"t.deliver.cps", "t.deliver.cps.urgent"},
                               .absent_most = absent,
                               .beat_ms = &beat_ms};
    dcf_intake_init(&in);
    dcf_job_list_init(&final);
    join("t-deliver-cps", "deliver.cps", &in, &txn);
    in.txn = txn;
}

static void end_intake(void)
{
    dcf_intake_forget_all(&in);
    dcf_txn_close(txn);
    dcf_window_free(window);
    end();
}

static size_t waiting(void)
{
    dcf_queue_info info;
    dcf_window_explain(window, &info, NULL, NULL, 0);
    return info.depth;
}

static bool fetched(void)
{
    OK(dcf_intake_fetch(&in, 10));
    return true;
}

/* The next to try, once it is there; it is delivered. */
static dcf_job *delivered(void)
{
    const char *newer;
    dcf_job *j = NULL;
    AWAIT((j = dcf_window_next(window, &newer)) || !fetched());
    CU_ASSERT_PTR_NOT_NULL_FATAL(j);
    dcf_window_result(window, j,
                      &(dcf_outcome_of_attempt){.result = DCF_ATTEMPT_OK, .reason = "delivered"});
    return j;
}

static void are_delivered(const char *first, int n)
{
    char id[16];
    for (int i = 0; i < n; i++) {
        dcf_job *j = delivered();
        snprintf(id, sizeof id, "%s:%d", first, i);
        CU_ASSERT_STRING_EQUAL(j->id, id);
        dcf_job_free(j);
    }
}

static dcf_job *job_of(dcf_lane lane, int32_t partition, int64_t offset, const char *key)
{
    const dcf_record rec = {.topic = in.topics[lane],
                            .partition = partition,
                            .offset = offset,
                            .key = dcf_span_str(key)};
    dcf_job *j = dcf_job_new(&rec);
    CU_ASSERT_PTR_NOT_NULL_FATAL(j);
    j->lane = lane;
    return j;
}

static void what_has_no_room_comes_in_its_turn(void)
{
    enum { MANY = 7 };
    char id[16], key[16];
    begin_intake(2, 4);
    for (int i = 0; i < MANY; i++) {
        snprintf(id, sizeof id, "a:%d", i);
        snprintf(key, sizeof key, "45AA00%03d26", i);
        submit(id, key);
    }
    AWAIT(fetched() && waiting() == 2);
    for (int i = 0; i < 20; i++) (void)fetched();
    CU_ASSERT_EQUAL(waiting(), 2);
    are_delivered("a", MANY);
    for (int i = 0; i < 20; i++) (void)fetched();
    CU_ASSERT_EQUAL(waiting(), 0);
    end_intake();
}

static void what_was_read_of_a_partition_goes_with_it_and_no_more(void)
{
    static const int32_t gone[] = {DCF_PARTITIONS_MAX, 0}; /* one it never kept, and the first */
    begin_intake(8, 4);
    for (int32_t p = 0; p < 2; p++)
        submit_message(&(message){.id = "a:0", .key = "45AA0000126", .partition = p});
    AWAIT(fetched() && waiting() == 2);
    dcf_job_list_add(&final, delivered());
    dcf_job_list_add(&final, delivered());
    for (int32_t p = 0; p < 2; p++)
        submit_message(&(message){.id = "a:1", .key = "45AA0000126", .partition = p});
    AWAIT(fetched() && waiting() == 2);
    for (int32_t p = 0; p < 2; p++)
        dcf_job_list_add(&in.in_hand[DCF_LANE_ORDINARY], job_of(DCF_LANE_ORDINARY, p, 2, "A"));
    dcf_job_list_add(&in.in_hand[DCF_LANE_URGENT], job_of(DCF_LANE_URGENT, 0, 0, "U"));
    dcf_intake_on_revoke(&in, "t.deliver.cps", gone, 2);
    CU_ASSERT_FALSE(in.assigned[0] || in.stalled[0]);
    CU_ASSERT_EQUAL(waiting(), 1);
    CU_ASSERT_EQUAL_FATAL(final.count, 1);
    CU_ASSERT_EQUAL(final.first->partition, 1);
    CU_ASSERT_EQUAL_FATAL(in.in_hand[DCF_LANE_ORDINARY].count, 1);
    CU_ASSERT_EQUAL(in.in_hand[DCF_LANE_ORDINARY].first->partition, 1);
    CU_ASSERT_EQUAL(in.in_hand[DCF_LANE_URGENT].count, 1); /* a place of another topic */
    end_intake();
}

static void a_job_is_of_the_type_and_the_deadline_that_its_record_says(void)
{
    static const struct {
        const char *text;
        int64_t ms;
    } deadlines[] = {{"1767225600000", 1767225600000},
                     {"soon", 0},
                     {"000000000000000000000000000001", 0} /* none of ours is so long */};
    begin_intake(2, 1);
    for (size_t i = 0; i < sizeof deadlines / sizeof deadlines[0]; i++) {
        submit_message(
            &(message){.id = "a:0", .key = "45AA0000126", .deadline = deadlines[i].text});
        dcf_job *j = delivered();
        CU_ASSERT_STRING_EQUAL(j->type, "case_submission");
        CU_ASSERT_EQUAL(j->deadline_ms, deadlines[i].ms);
        dcf_job_free(j);
    }
    end_intake();
}

/* Of one case, one is whole and one known: the third is to be read again, and that fails. */
static void where_a_place_to_read_on_is_lost_it_starts_anew_and_passes_nothing_over(void)
{
    dcf_txn *elsewhere = NULL;
    begin_intake(2, 1);
    submit("a:0", "45AA0000126");
    submit("a:1", "45AA0000126");
    AWAIT(fetched() && waiting() == 2);
    join("other", "held", NULL, &elsewhere);
    in.txn = elsewhere; /* which has not this partition */
    dcf_job_list_add(&in.in_hand[DCF_LANE_ORDINARY],
                     job_of(DCF_LANE_ORDINARY, 0, 2, "45AA0000126"));
    CU_ASSERT(dcf_is(dcf_intake_fetch(&in, 0), DCF_E_FENCED));
    CU_ASSERT(dcf_is(dcf_intake_fetch(&in, 0), DCF_E_FENCED)); /* until all is forgotten */
    in.txn = txn;
    dcf_txn_close(elsewhere);
    dcf_intake_forget_all(&in);
    CU_ASSERT_EQUAL(waiting(), 0);
    OK(dcf_txn_reopen(txn));
    submit("a:2", "45AA0000126");
    are_delivered("a", 3);
    end_intake();
}

/* The window takes no more of the one case; what lies behind, of another, must not go before. */
static void what_was_read_behind_a_place_to_read_on_is_read_again_too(void)
{
    char id[16];
    begin_intake(2, 1);
    submit("a:0", "45AA0000126");
    submit("a:1", "45AA0000126");
    AWAIT(fetched() && waiting() == 2);
    dcf_job_list_add(&in.in_hand[DCF_LANE_ORDINARY],
                     job_of(DCF_LANE_ORDINARY, 0, 2, "45AA0000126"));
    dcf_job_list_add(&in.in_hand[DCF_LANE_ORDINARY],
                     job_of(DCF_LANE_ORDINARY, 0, 3, "45AA0000226"));
    (void)fetched();
    CU_ASSERT_TRUE(in.stalled[0]);
    submit("a:2", "45AA0000126");
    submit("b:0", "45AA0000226");
    int a = 0, b = 0;
    for (int i = 0; i < 4; i++) {
        dcf_job *j = delivered();
        snprintf(id, sizeof id, "a:%d", a);
        if (strcmp(j->id, "b:0") == 0) b++;
        if (strcmp(j->id, id) == 0) a++;
        dcf_job_free(j);
    }
    CU_ASSERT_EQUAL(a, 3);
    CU_ASSERT_EQUAL(b, 1);
    end_intake();
}

static void a_partition_that_it_cannot_keep_makes_it_start_anew(void)
{
    static const int32_t none[] = {DCF_PARTITIONS_MAX, -1};
    begin_intake(2, 1);
    for (size_t i = 0; i < 2; i++) {
        dcf_intake_on_assign(&in, "t.deliver.cps", &none[i], 1);
        CU_ASSERT(dcf_is(dcf_intake_fetch(&in, 0), DCF_E_FENCED));
        dcf_intake_forget_all(&in);
        OK(dcf_intake_fetch(&in, 0));
    }
    end_intake();
}

#define TESTS(X)                                                                                   \
    X(what_has_no_room_comes_in_its_turn)                                                          \
    X(what_was_read_of_a_partition_goes_with_it_and_no_more)                                       \
    X(a_job_is_of_the_type_and_the_deadline_that_its_record_says)                                  \
    X(where_a_place_to_read_on_is_lost_it_starts_anew_and_passes_nothing_over)                     \
    X(what_was_read_behind_a_place_to_read_on_is_read_again_too)                                   \
    X(a_partition_that_it_cannot_keep_makes_it_start_anew)
UNIT_MAIN("delivery intake", TESTS)
