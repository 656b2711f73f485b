/* test_metrics.c - what is counted is what Prometheus reads, from any number of threads. */
#include "ops/metrics.h"
#include "unit.h"

#include <pthread.h>
#include <unistd.h>

#define OK(expr) CU_ASSERT_TRUE_FATAL(dcf_ok(expr))

static const double SECONDS[] = {0.1, 1, 10};

enum { TAKEN, DEPTH, TOOK, UP };
static const dcf_metric_row ROWS[] = {
    [TAKEN] = {"dcf_taken_total",
               DCF_METRIC_COUNTER,
               "Messages taken,\nall of them \\ each.",
               {"link", "result"},
               NULL,
               0},
    [DEPTH] = {"dcf_depth", DCF_METRIC_GAUGE, "Messages waiting.", {"party"}, NULL, 0},
    [TOOK] = {"dcf_took_seconds", DCF_METRIC_HISTOGRAM, "Time to deliver.", {"party"}, SECONDS, 3},
    [UP] = {"dcf_up", DCF_METRIC_GAUGE, "Whether it runs.", {NULL}, NULL, 0},
};
enum { ROW_COUNT = sizeof ROWS / sizeof ROWS[0] };

static dcf_metrics *fresh(void)
{
    dcf_metrics *m = NULL;
    OK(dcf_metrics_open(ROWS, ROW_COUNT, &m));
    return m;
}

static const char *exposed(dcf_metrics *m, dcf_buf *out)
{
    dcf_buf_clear(out);
    dcf_metrics_write(m, NULL, out);
    return dcf_buf_cstr(out);
}

static void counts_each_set_of_labels_apart(void)
{
    dcf_metrics *m = fresh();
    dcf_metric_add(DCF_SERIES(m, TAKEN, "a", "ok"), 2);
    dcf_metric_add(DCF_SERIES(m, TAKEN, "a", "ok"), 1);
    dcf_metric_add(DCF_SERIES(m, TAKEN, "a", "bad"), 5);
    CU_ASSERT_EQUAL(dcf_metric_value(DCF_SERIES(m, TAKEN, "a", "ok")), 3);
    CU_ASSERT_PTR_EQUAL(DCF_SERIES(m, TAKEN, "a", "bad"), DCF_SERIES(m, TAKEN, "a", "bad"));
    dcf_buf out = {0};
    CU_ASSERT_PTR_NOT_NULL(
        strstr(exposed(m, &out), "dcf_taken_total{link=\"a\",result=\"ok\"} 3\n"));
    CU_ASSERT_PTR_NOT_NULL(
        strstr(exposed(m, &out), "dcf_taken_total{link=\"a\",result=\"bad\"} 5\n"));
    dcf_buf_fini(&out);
    dcf_metrics_close(m);
}

static void escapes_what_would_break_a_line(void)
{
    dcf_metrics *m = fresh();
    dcf_metric_set(DCF_SERIES(m, DEPTH, "a\"b\\c\nd"), 1.5);
    dcf_buf out = {0};
    CU_ASSERT_PTR_NOT_NULL(strstr(exposed(m, &out), "dcf_depth{party=\"a\\\"b\\\\c\\nd\"} 1.5\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(
        exposed(m, &out), "# HELP dcf_taken_total Messages taken,\\nall of them \\\\ each.\n"));
    dcf_buf_fini(&out);
    dcf_metrics_close(m);
}

static void a_histogram_is_cumulative_and_its_bounds_belong_to_it(void)
{
    dcf_metrics *m = fresh();
    dcf_metric *s = DCF_SERIES(m, TOOK, "cps");
    dcf_metric_observe(s, 0.1);
    dcf_metric_observe(s, 0.5);
    dcf_metric_observe(s, 99);
    CU_ASSERT_EQUAL(dcf_metric_value(s), 3);
    dcf_buf out = {0};
    CU_ASSERT_PTR_NOT_NULL(strstr(exposed(m, &out),
                                  "dcf_took_seconds_bucket{party=\"cps\",le=\"0.1\"} 1\n"
                                  "dcf_took_seconds_bucket{party=\"cps\",le=\"1\"} 2\n"
                                  "dcf_took_seconds_bucket{party=\"cps\",le=\"10\"} 2\n"
                                  "dcf_took_seconds_bucket{party=\"cps\",le=\"+Inf\"} 3\n"
                                  "dcf_took_seconds_sum{party=\"cps\"} 99.6\n"
                                  "dcf_took_seconds_count{party=\"cps\"} 3\n"));
    dcf_buf_fini(&out);
    dcf_metrics_close(m);
}

static void a_row_can_be_set_anew(void)
{
    dcf_metrics *m = fresh();
    dcf_metric_set(DCF_SERIES(m, DEPTH, "gone"), 1);
    dcf_metric_set(DCF_SERIES(m, UP), 1);
    dcf_metrics_clear(m, DEPTH);
    dcf_metric_set(DCF_SERIES(m, DEPTH, "here"), 2);
    dcf_buf out = {0};
    CU_ASSERT_PTR_NULL(strstr(exposed(m, &out), "gone"));
    CU_ASSERT_PTR_NOT_NULL(strstr(exposed(m, &out), "dcf_depth{party=\"here\"} 2\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(exposed(m, &out), "dcf_up 1\n"));
    dcf_buf_fini(&out);
    dcf_metrics_close(m);
}

static void series_past_the_limit_share_one(void)
{
    dcf_metrics *m = fresh();
    for (int i = 0; i < DCF_METRIC_SERIES_MAX + 50; i++) {
        char name[16];
        snprintf(name, sizeof name, "p%d", i);
        dcf_metric_add(DCF_SERIES(m, DEPTH, name), 1);
    }
    CU_ASSERT_EQUAL(dcf_metric_value(DCF_SERIES(m, DEPTH, "other")), 50);
    CU_ASSERT_EQUAL(dcf_metric_value(DCF_SERIES(m, DEPTH, "p7")), 1);
    dcf_metrics_close(m);
}

static void refuses_rows_that_prometheus_would(void)
{
    static const double falling[] = {2, 1};
    static const dcf_metric_row bad[] = {
        {"9lives", DCF_METRIC_GAUGE, "h", {NULL}, NULL, 0},
        {"a-b", DCF_METRIC_GAUGE, "h", {NULL}, NULL, 0},
        {"ok", DCF_METRIC_GAUGE, "h", {"le"}, NULL, 0},
        {"ok", DCF_METRIC_GAUGE, NULL, {NULL}, NULL, 0},
        {"ok", DCF_METRIC_HISTOGRAM, "h", {NULL}, falling, 2},
        {"ok", DCF_METRIC_HISTOGRAM, "h", {NULL}, NULL, 0},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        dcf_metrics *m = NULL;
        CU_ASSERT_TRUE(dcf_is(dcf_metrics_open(&bad[i], 1, &m), DCF_E_BUG));
        CU_ASSERT_PTR_NULL(m);
    }
}

enum { THREADS = 4, ROUNDS = 20000 };

static void *hammer(void *arg)
{
    dcf_metrics *m = arg;
    dcf_metric *kept = DCF_SERIES(m, TAKEN, "kept", "ok");
    for (int i = 0; i < ROUNDS; i++) {
        dcf_metric_add(kept, 1);
        dcf_metric_observe(DCF_SERIES(m, TOOK, i % 2 ? "odd" : "even"), 1);
    }
    return NULL;
}

static void threads_lose_no_update(void)
{
    dcf_metrics *m = fresh();
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) pthread_create(&threads[i], NULL, hammer, m);
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    CU_ASSERT_EQUAL(dcf_metric_value(DCF_SERIES(m, TAKEN, "kept", "ok")), THREADS * ROUNDS);
    CU_ASSERT_EQUAL(dcf_metric_value(DCF_SERIES(m, TOOK, "odd")), THREADS * ROUNDS / 2);
    dcf_metrics_close(m);
}

static void promtool_reads_it_without_complaint(void)
{
    if (access("/usr/bin/promtool", X_OK) != 0) {
        puts(" (no promtool: skipped) ");
        return;
    }
    dcf_metrics *m = fresh();
    dcf_metric_add(DCF_SERIES(m, TAKEN, "a\"\\\n", "ok"), 1e18);
    dcf_metric_set(DCF_SERIES(m, UP), 1);
    dcf_metric_observe(DCF_SERIES(m, TOOK, "cps"), 0.25);
    dcf_buf out = {0};
    exposed(m, &out);
    FILE *p = popen("/usr/bin/promtool check metrics", "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(p);
    fwrite(out.data, 1, out.size, p);
    CU_ASSERT_EQUAL(pclose(p), 0);
    dcf_buf_fini(&out);
    dcf_metrics_close(m);
}

#define TESTS(X)                                                                                   \
    X(counts_each_set_of_labels_apart)                                                             \
    X(escapes_what_would_break_a_line)                                                             \
    X(a_histogram_is_cumulative_and_its_bounds_belong_to_it)                                       \
    X(a_row_can_be_set_anew)                                                                       \
    X(series_past_the_limit_share_one)                                                             \
    X(refuses_rows_that_prometheus_would)                                                          \
    X(threads_lose_no_update)                                                                      \
    X(promtool_reads_it_without_complaint)
UNIT_MAIN("metrics", TESTS)
