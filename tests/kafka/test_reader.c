/* test_reader.c - restoring from a real topic: gaps, markers, open transactions, lag.
 * SPDX-License-Identifier: MIT */
#include "live.h"

#include "kafka/lag.h"

static char in[LIVE_NAME], state[LIVE_NAME], group[LIVE_NAME], id[LIVE_NAME];
static const char *const ins[] = {in};
static const char *const states[] = {state};

static dcf_txn *fresh_pair(void)
{
    dcf_topic_spec spec = {
        .name = live_name(state, "state"), .partitions = 1, .compacted = true, .retention_ms = -1};
    CU_ASSERT_TRUE_FATAL(dcf_ok(dcf_topics_ensure(live(), NULL, &spec, 1, LIVE_WAIT_MS, NULL)));
    live_topic(in, "in", 1);
    live_name(group, "group");
    live_name(id, "txn");
    dcf_txn_spec pair = live_spec(group, id, ins, states);
    return live_pair(&pair);
}

/* One transaction with one record. */
static void write_one(dcf_txn *t, const char *key, const char *value, bool commit)
{
    dcf_out m = live_out(state, key, value);
    int64_t end = commit ? 0 : live_end(state);
    CU_ASSERT_TRUE(dcf_ok(dcf_txn_begin(t)));
    CU_ASSERT_TRUE(dcf_ok(dcf_txn_send(t, &m)));
    if (!commit) AWAIT(live_end(state) > end); /* so that what is aborted lies in the log */
    CU_ASSERT_TRUE(dcf_ok(commit ? dcf_txn_commit(t, NULL, 0) : dcf_txn_abort(t)));
}

static void newest(void *self, const dcf_record *r)
{
    snprintf(self, 16, "%.*s", (int)r->value.size, (const char *)r->value.data);
}

static void a_restore_ends_though_the_topic_ends_in_aborted_records(void)
{
    dcf_txn *t = fresh_pair();
    char last[16] = "";
    write_one(t, "case", "1", false);
    write_one(t, "case", "2", true);
    write_one(t, "case", "3", true);
    write_one(t, "case", "4", false);
    write_one(t, "case", "5", false);
    CU_ASSERT_EQUAL(live_each(state, newest, last), 2);
    CU_ASSERT_STRING_EQUAL(last, "3");
    dcf_txn_close(t);
}

static void a_topic_of_nothing_but_aborted_records_restores_to_nothing(void)
{
    dcf_txn *t = fresh_pair();
    write_one(t, "case", "1", false);
    CU_ASSERT_EQUAL(live_each(state, NULL, NULL), 0);
    dcf_txn_close(t);
}

static void caught_up_waits_for_the_last_committed_record(void)
{
    dcf_txn *t = fresh_pair();
    write_one(t, "case", "1", true);
    write_one(t, "case", "2", true);
    dcf_reader *r = NULL;
    dcf_reader_start at = {state, 0, DCF_OFFSET_BEGINNING};
    CU_ASSERT_TRUE_FATAL(dcf_ok(dcf_reader_open(live(), &at, 1, &r, NULL)));
    dcf_record record = {0};
    int n = 0;
    for (int64_t until = dcf_clock_mono_ms() + LIVE_WAIT_MS;
         n < 2 && dcf_clock_mono_ms() < until;) {
        CU_ASSERT_FALSE(dcf_reader_caught_up(r));
        if (dcf_failed(dcf_reader_poll(r, 100, &record))) continue;
        n++;
        dcf_record_free(&record);
    }
    CU_ASSERT_EQUAL(n, 2);
    while (!dcf_reader_caught_up(r)) (void)!dcf_ok(dcf_reader_poll(r, 100, &record));
    write_one(t, "case", "3", true); /* a projection goes on */
    for (int64_t until = dcf_clock_mono_ms() + LIVE_WAIT_MS; n < 3 && dcf_clock_mono_ms() < until;)
        if (dcf_ok(dcf_reader_poll(r, 100, &record))) n++;
    CU_ASSERT_EQUAL(n, 3);
    CU_ASSERT_TRUE(dcf_reader_caught_up(r));
    dcf_record_free(&record);
    dcf_reader_close(r);
    dcf_txn_close(t);
}

static void a_restore_waits_for_a_transaction_that_is_still_open(void)
{
    dcf_txn *t = fresh_pair();
    dcf_out m = live_out(state, "case", "2");
    dcf_reader *r = NULL;
    dcf_reader_start at = {state, 0, DCF_OFFSET_BEGINNING};
    dcf_record record = {0};
    int n = 0;
    write_one(t, "case", "1", true);
    CU_ASSERT_TRUE(dcf_ok(dcf_txn_begin(t)));
    CU_ASSERT_TRUE(dcf_ok(dcf_txn_send(t, &m)));
    AWAIT(live_end(state) == 3); /* a record, its marker, and one undecided */
    CU_ASSERT_TRUE_FATAL(dcf_ok(dcf_reader_open(live(), &at, 1, &r, NULL)));
    AWAIT(dcf_ok(dcf_reader_poll(r, 100, &record)));
    dcf_record_free(&record);
    n++;
    CU_ASSERT_TRUE(dcf_is(dcf_reader_poll(r, 1500, &record), DCF_E_AGAIN));
    CU_ASSERT_FALSE(dcf_reader_caught_up(r));
    CU_ASSERT_TRUE(dcf_ok(dcf_txn_commit(t, NULL, 0)));
    for (int64_t until = dcf_clock_mono_ms() + LIVE_WAIT_MS;
         !dcf_reader_caught_up(r) && dcf_clock_mono_ms() < until;) {
        if (dcf_failed(dcf_reader_poll(r, 100, &record))) continue;
        n++;
        dcf_record_free(&record);
    }
    CU_ASSERT_TRUE(dcf_reader_caught_up(r));
    CU_ASSERT_EQUAL(n, 2);
    dcf_reader_close(r);
    dcf_txn_close(t);
}

static void an_offset_that_is_gone_means_the_oldest_there_is(void)
{
    dcf_txn *t = fresh_pair();
    write_one(t, "case", "1", true);
    dcf_reader *r = NULL;
    dcf_reader_start at = {state, 0, 1000};
    int64_t next = -1;
    CU_ASSERT_TRUE_FATAL(dcf_ok(dcf_reader_open(live(), &at, 1, &r, NULL)));
    dcf_reader_progress(r, 0, &next, NULL, NULL);
    CU_ASSERT_EQUAL(next, 0);
    dcf_reader_close(r);
    dcf_txn_close(t);
}

static void the_depth_of_a_queue_counts_records_not_markers(void)
{
    dcf_txn *t = fresh_pair();
    dcf_lag_row row = {0};
    size_t n = 0;
    write_one(t, "case", "1", true);
    write_one(t, "case", "2", false);
    write_one(t, "case", "3", true);
    CU_ASSERT_TRUE(dcf_ok(dcf_lag(live(), "nobody", state, NULL, &row, 1, &n)));
    CU_ASSERT_EQUAL(n, 1);
    CU_ASSERT_EQUAL(row.lag, 2);
    CU_ASSERT_EQUAL(row.committed, -1);
    CU_ASSERT_TRUE(
        dcf_is(dcf_lag(live(), "nobody", "test.absent", NULL, &row, 1, &n), DCF_E_NOT_FOUND));
    dcf_txn_close(t);
}

#define TESTS(X)                                                                                   \
    X(a_restore_ends_though_the_topic_ends_in_aborted_records)                                     \
    X(a_topic_of_nothing_but_aborted_records_restores_to_nothing)                                  \
    X(caught_up_waits_for_the_last_committed_record)                                               \
    X(a_restore_waits_for_a_transaction_that_is_still_open)                                        \
    X(an_offset_that_is_gone_means_the_oldest_there_is)                                            \
    X(the_depth_of_a_queue_counts_records_not_markers)
UNIT_MAIN("kafka.reader", TESTS)
