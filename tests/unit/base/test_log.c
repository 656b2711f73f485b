/* test_log.c - one line an event, values that cannot break it, levels, and the mark of a cut. */
#include "base/log.h"

#include "unit.h"

#include <limits.h>
#include <regex.h>
#include <stdbool.h>
#include <unistd.h>

static char out[3 * PIPE_BUF];

/* Runs one dcf_log call with standard error in a pipe; what it wrote is in out. */
#define CAPTURE(call)                                                                              \
    do {                                                                                           \
        int fds[2], saved = dup(STDERR_FILENO);                                                    \
        CU_ASSERT_FATAL(saved >= 0 && pipe(fds) == 0);                                             \
        dup2(fds[1], STDERR_FILENO);                                                               \
        call;                                                                                      \
        dup2(saved, STDERR_FILENO);                                                                \
        close(saved);                                                                              \
        close(fds[1]);                                                                             \
        ssize_t n = read(fds[0], out, sizeof out - 1);                                             \
        close(fds[0]);                                                                             \
        out[n > 0 ? n : 0] = 0;                                                                    \
    } while (0)

static bool matches(const char *pattern)
{
    regex_t re;
    if (regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB) != 0) return false;
    bool yes = regexec(&re, out, 0, NULL, 0) == 0;
    regfree(&re);
    return yes;
}

static void a_line_has_priority_time_level_event_and_pairs(void)
{
    CAPTURE(dcf_log(DCF_LOG_WARN, "LINK_UP", "link", "spi-45", "count", DCF_U64(42), NULL));
    CU_ASSERT_TRUE(
        matches("^<4>ts=[0-9T:.-]{23}Z level=WARN event=LINK_UP link=\"spi-45\" count=\"42\"\n$"));
}

static void values_cannot_break_the_line(void)
{
    CAPTURE(dcf_log(DCF_LOG_INFO, "E", "a", "x\n\"y\\\x7f", "b", NULL, "c", "", NULL));
    CU_ASSERT_PTR_NOT_NULL(strstr(out, " a=\"x\\x0a\\\"y\\\\\\x7f\" b=\"\" c=\"\"\n"));
    CU_ASSERT_PTR_EQUAL(strchr(out, '\n'), out + strlen(out) - 1);
}

static void levels_below_the_chosen_are_silent(void)
{
    CAPTURE(dcf_log(DCF_LOG_DEBUG, "E", NULL));
    CU_ASSERT_STRING_EQUAL(out, "");
    dcf_log_set_level(DCF_LOG_DEBUG);
    CAPTURE(dcf_log(DCF_LOG_DEBUG, "E", NULL));
    CU_ASSERT_TRUE(matches("^<7>ts=.* level=DEBUG event=E\n$"));
    dcf_log_set_level(DCF_LOG_ERROR);
    CAPTURE(dcf_log(DCF_LOG_WARN, "E", NULL));
    CU_ASSERT_STRING_EQUAL(out, "");
    CAPTURE(dcf_log(DCF_LOG_ERROR, "E", NULL));
    CU_ASSERT_TRUE(matches("^<3>ts=.* level=ERROR event=E\n$"));
    dcf_log_set_level(DCF_LOG_INFO);
}

/* Whatever the length of the value, the line ends properly, within one atomic write. */
static void a_long_line_is_cut_and_says_so(void)
{
    static char value[2 * PIPE_BUF];
    for (size_t size = PIPE_BUF - 200; size < PIPE_BUF + 200; size++) {
        memset(value, size % 2 ? 'v' : '"', size);
        value[size] = 0;
        CAPTURE(dcf_log(DCF_LOG_INFO, "E", "short", "s", "long", value, "after", "a", NULL));
        CU_ASSERT_TRUE_FATAL(strlen(out) <= PIPE_BUF);
        bool whole = matches("\" after=\"a\"\n$");
        bool cut_inside = matches("\\.\\.\\.\" cut=1\n$");
        bool cut_before = matches("[v\"]\" cut=1\n$") && !cut_inside;
        CU_ASSERT_EQUAL_FATAL(whole + cut_inside + cut_before, 1);
        CU_ASSERT_PTR_NOT_NULL_FATAL(strstr(out, " short=\"s\" long=\""));
    }
}

static void a_key_that_does_not_fit_leaves_no_stump(void)
{
    static char value[PIPE_BUF];
    for (size_t size = PIPE_BUF - 150; size < PIPE_BUF - 60; size++) {
        memset(value, 'v', size);
        value[size] = 0;
        CAPTURE(dcf_log(DCF_LOG_INFO, "E", "long", value, "afterwards", "a", NULL));
        CU_ASSERT_TRUE_FATAL(matches("v\" afterwards=\"a\"\n$") ||
                             matches("v\" afterwards=\"a?\\.\\.\\.\" cut=1\n$") ||
                             matches("v\" cut=1\n$") || matches("v\\.\\.\\.\" cut=1\n$"));
    }
}

#define TESTS(X)                                                                                   \
    X(a_line_has_priority_time_level_event_and_pairs)                                              \
    X(values_cannot_break_the_line)                                                                \
    X(levels_below_the_chosen_are_silent)                                                          \
    X(a_long_line_is_cut_and_says_so)                                                              \
    X(a_key_that_does_not_fit_leaves_no_stump)
UNIT_MAIN("log", TESTS)
