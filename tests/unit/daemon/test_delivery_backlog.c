/* test_delivery_backlog.c - the delivery stage when more waits than its window holds: the other
 * lane, other cases and the order of a long one. */
#include "delivery_kit.h"

static void a_full_lane_lets_the_urgent_pass(void)
{
    char id[16], key[16];
    begin();
    link_.out.window = 4;
    set_busy('a');
    for (int i = 0; i < 12; i++) {
        snprintf(id, sizeof id, "a:%d", i);
        snprintf(key, sizeof key, "45AA00%03d26", i);
        submit(id, key);
    }
    start();
    AWAIT(calls() >= 4);
    submit_message(&(message){.topic = "t.deliver.cps.urgent", .id = "u:1", .key = "45AA0099926"});
    AWAIT(taken() == 1);
    CU_ASSERT_STRING_EQUAL(told_at(0)->message_id, "u:1/receipt/delivered");
    dcf_arena_fini(&arena);
    set_busy(0);
    AWAIT(taken() == 13);
    end();
}

/* A case of so many messages whose receiver is busy, and one of another case after them. */
static void start_behind(int count)
{
    char id[16];
    set_busy('a');
    for (int i = 0; i < count; i++) {
        snprintf(id, sizeof id, "a:%d", i);
        submit(id, "45AA0000126");
    }
    submit("b:1", "45AA0000226");
    start();
}

/* The topic is read again for what was not kept; twenty times here. */
static void a_long_case_lets_others_pass_and_comes_in_order(void)
{
    enum { LONG = 40 };
    char id[16];
    begin();
    link_.out.window = 16; /* two of a case */
    start_behind(LONG);
    AWAIT(taken() == 1);
    CU_ASSERT_STRING_EQUAL(r.taken_keys[0], "b:1");
    AWAIT(depth() == LONG);
    set_busy(0);
    AWAIT(taken() == LONG + 1);
    for (int i = 0; i < LONG; i++) {
        snprintf(id, sizeof id, "a:%d", i);
        CU_ASSERT_STRING_EQUAL(r.taken_keys[i + 1], id);
    }
    end();
}

/* One is kept whole and 64 are known: the partition is read on when these are less. */
static void a_case_of_more_than_may_be_known_holds_its_partition_up_and_loses_nothing(void)
{
    enum { LONG = 80 };
    char id[16];
    begin();
    link_.out.window = 4;
    start_behind(LONG);
    AWAIT(calls() >= 2 && depth() == 65);
    submit_message(&(message){.topic = "t.deliver.cps.urgent", .id = "u:1", .key = "45AA0099926"});
    AWAIT(taken() == 1);
    CU_ASSERT_STRING_EQUAL(r.taken_keys[0], "u:1");
    set_busy(0);
    AWAIT(taken() == LONG + 2);
    int next = 0;
    for (int i = 1; i < LONG + 2; i++) {
        snprintf(id, sizeof id, "a:%d", next);
        if (strcmp(r.taken_keys[i], id) == 0) next++;
    }
    CU_ASSERT_EQUAL(next, LONG); /* each once, in order */
    end();
}

/* What is known of another partition counts, too: when that is less, the first is read on. */
static void a_partition_that_was_held_up_goes_on_where_it_stopped(void)
{
    enum { MANY = 30, LONG = 60 };
    char id[16];
    begin();
    link_.out.window = 3; /* one of a case is kept whole, and 48 of all are known */
    set_code(423);
    start();
    for (int i = 0; i < MANY; i++) {
        snprintf(id, sizeof id, "b:%d", i);
        submit_message(&(message){.id = id, .key = "45AA0000226", .partition = 1});
    }
    AWAIT(depth() == MANY);
    for (int i = 0; i < LONG; i++) {
        snprintf(id, sizeof id, "a:%d", i);
        submit(id, "45AA0000126");
    }
    AWAIT(depth() == 2 + 48);
    set_busy('a');
    set_code(200);
    AWAIT(taken() == MANY && depth() > 2 + 48 - MANY);
    set_busy(0);
    AWAIT(taken() == MANY + LONG);
    for (int i = 0; i < LONG; i++) {
        snprintf(id, sizeof id, "a:%d", i);
        CU_ASSERT_STRING_EQUAL(r.taken_keys[MANY + i], id);
    }
    end();
}

#define TESTS(X)                                                                                   \
    X(a_full_lane_lets_the_urgent_pass)                                                            \
    X(a_long_case_lets_others_pass_and_comes_in_order)                                             \
    X(a_case_of_more_than_may_be_known_holds_its_partition_up_and_loses_nothing)                   \
    X(a_partition_that_was_held_up_goes_on_where_it_stopped)
UNIT_MAIN("delivery backlog", TESTS)
