/* test_delivery.c - the delivery stage on a real Kafka, where what it commits is there after it: a
 * stage that comes anew knows what is done. SPDX-License-Identifier: MIT */
#include "live.h"

#include "../unit/daemon/delivery_kit.h"

static void begin_live(void)
{
    static char prefix[LIVE_NAME];
    static const char *const names[] = {"deliver.cps", "deliver.cps.urgent", "submitted", "held"};
    conf = *live();
    begin_at(live_name(prefix, "delivery"));
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        dcf_topic_spec spec = {
            .name = topic(names[i]), .partitions = 1, .max_message_bytes = 1 << 20};
        OK(dcf_topics_ensure(&conf, NULL, &spec, 1, 30000, NULL));
    }
}

/* The first message fails and the others are done: the low-water mark stays, and what is done above
 * it is in the commit's metadata. Later all is done, and the mark tells of it. */
static void what_is_done_is_not_delivered_again_by_the_next(void)
{
    begin_live();
    set_busy('a');
    submit("a:1", "45AA0000126");
    submit("b:1", "45AA0000226");
    submit("b:2", "45AA0000226");
    start();
    AWAIT(taken() == 2);
    stop();
    set_busy(0);
    start();
    AWAIT(taken() >= 3);
    submit("b:3", "45AA0000226");
    AWAIT(taken() >= 4);
    stop();
    start();
    submit("c:1", "45AA0000326");
    AWAIT(taken() >= 5);
    stop();
    static const char *const expected[] = {"b:1", "b:2", "a:1", "b:3", "c:1"};
    CU_ASSERT_EQUAL_FATAL(taken(), 5);
    for (int i = 0; i < 5; i++) CU_ASSERT_STRING_EQUAL(r.taken_keys[i], expected[i]);
    end();
}

#define TESTS(X) X(what_is_done_is_not_delivered_again_by_the_next)
UNIT_MAIN("kafka.delivery", TESTS)
