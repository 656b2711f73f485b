/* test_spool.c - files in and out of a folder: claimed once, moved only on the gateway's word,
 * never overwritten. */
#include "transport/spool/spool_in.h"
#include "transport/spool/spool_out.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[128];
static dcf_link link_;
static dcf_arrival *arrived[16];
static size_t arrived_count;
static char bodies[16][64];

static void arrive(void *gateway, dcf_arrival *a)
{
    (void)gateway;
    snprintf(bodies[arrived_count], sizeof bodies[0], "%.*s", (int)a->body.size,
             (const char *)a->body.data);
    arrived[arrived_count++] = a;
}

static dcf_spool_in *open_spool(void)
{
    dcf_spool_in *s = NULL;
    link_ =
        (dcf_link){.name = "l", .in = {.folder = folder}, .limits = {.bytes = 1000}, .window = 4};
    dcf_spool_in_config c = {.link = &link_, .settle_ms = 100, .arrive = arrive};
    CU_ASSERT(dcf_ok(dcf_spool_in_open(&c, &s)));
    arrived_count = 0;
    return s;
}

static dcf_spool_in *fresh(void)
{
    snprintf(folder, sizeof folder, "/tmp/dcf-spool-XXXXXX");
    if (!mkdtemp(folder)) abort();
    return open_spool();
}

static char *path_of(const char *below)
{
    static char path[8][320];
    static int i;
    char *p = path[i++ % 8];
    snprintf(p, 320, "%s/%s", folder, below);
    return p;
}

static void put(const char *below, const char *text)
{
    int fd = open(path_of(below), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (write(fd, text, strlen(text)) < 0) abort();
    close(fd);
}

static bool exists(const char *below)
{
    struct stat st;
    return lstat(path_of(below), &st) == 0;
}

static int64_t later(void)
{
    return dcf_clock_ms() + 1000;
}

static void settle(size_t i, dcf_verdict_kind kind)
{
    dcf_arena arena;
    dcf_arena_init(&arena, 65536);
    dcf_faults faults;
    dcf_faults_init(&faults, &arena, 4);
    if (kind == DCF_VERDICT_REFUSED)
        dcf_faults_add(&faults, DCF_FAULT_NOT_WELL_FORMED, 7, 3, "Case", "", "unclosed");
    arrived[i]->settle(arrived[i],
                       &(dcf_verdict){.kind = kind, .message_id = "l:1", .faults = &faults});
    dcf_arena_fini(&arena);
}

static void done_only_after_the_verdict(void)
{
    dcf_spool_in *s = fresh();
    put("in/a.xml", "<a/>");
    CU_ASSERT_EQUAL(dcf_spool_in_scan(s, later()), 1);
    CU_ASSERT_STRING_EQUAL(bodies[0], "<a/>");
    CU_ASSERT(exists("work/a.xml") && !exists("in/a.xml") && !exists("done/a.xml"));
    settle(0, DCF_VERDICT_ACCEPTED);
    CU_ASSERT(!exists("work/a.xml") && exists("done/a.xml"));
    dcf_spool_in_close(s, 0);
}

static void refused_with_every_fault_beside_it(void)
{
    dcf_spool_in *s = fresh();
    put("in/a.xml", "<a");
    CU_ASSERT_EQUAL(dcf_spool_in_scan(s, later()), 1);
    settle(0, DCF_VERDICT_REFUSED);
    CU_ASSERT(exists("refused/a.xml") && !exists("work/a.xml"));
    dcf_buf json = {0};
    CU_ASSERT(dcf_ok(dcf_buf_read_file(&json, path_of("refused/a.xml.error.json"), 10000)));
    const char *text = dcf_buf_cstr(&json);
    CU_ASSERT(strstr(text, "\"DCF-1001\"") && strstr(text, "\"line\":7") &&
              strstr(text, "unclosed"));
    dcf_buf_fini(&json);
    dcf_spool_in_close(s, 0);
}

static void leaves_files_that_are_still_written(void)
{
    dcf_spool_in *s = fresh();
    int fd = open(path_of("in/open.xml"), O_WRONLY | O_CREAT, 0600);
    put("in/young.xml", "<a/>");
    put("in/x.tmp", "<a/>");
    put("in/.hidden", "<a/>");
    CU_ASSERT_EQUAL(dcf_spool_in_scan(s, dcf_clock_ms()), 0); /* too young */
    CU_ASSERT_EQUAL(dcf_spool_in_scan(s, later()), 1); /* but not the one somebody has open */
    CU_ASSERT(exists("in/open.xml") && exists("in/x.tmp") && exists("in/.hidden"));
    settle(0, DCF_VERDICT_ACCEPTED);
    if (write(fd, "<b/>", 4) != 4) abort();
    close(fd);
    CU_ASSERT_EQUAL(dcf_spool_in_scan(s, later()), 1);
    CU_ASSERT_STRING_EQUAL(bodies[1], "<b/>");
    settle(1, DCF_VERDICT_ACCEPTED);
    dcf_spool_in_close(s, 0);
}

static void takes_up_what_a_crash_left(void)
{
    dcf_spool_in *s = fresh();
    dcf_spool_in_close(s, 0);
    put("work/left.xml", "<left/>");
    s = open_spool();
    CU_ASSERT_EQUAL(dcf_spool_in_scan(s, later()), 1);
    CU_ASSERT_STRING_EQUAL(bodies[0], "<left/>");
    settle(0, DCF_VERDICT_ACCEPTED);
    CU_ASSERT(exists("done/left.xml"));
    dcf_spool_in_close(s, 0);
}

static void busy_is_offered_again_and_nothing_moves(void)
{
    dcf_spool_in *s = fresh();
    put("in/a.xml", "<a/>");
    CU_ASSERT_EQUAL(dcf_spool_in_scan(s, later()), 1);
    settle(0, DCF_VERDICT_BUSY);
    CU_ASSERT(exists("work/a.xml"));
    CU_ASSERT_EQUAL(dcf_spool_in_scan(s, later()), 1);
    CU_ASSERT_STRING_EQUAL(bodies[1], "<a/>");
    settle(1, DCF_VERDICT_ACCEPTED);
    CU_ASSERT(exists("done/a.xml"));
    dcf_spool_in_close(s, 0);
}

/* As if changed so many seconds after the first. */
static void put_at(const char *below, const char *text, time_t seconds)
{
    put(below, text);
    const struct timespec at[2] = {{.tv_sec = 1000000000 + seconds},
                                   {.tv_sec = 1000000000 + seconds}};
    if (utimensat(AT_FDCWD, path_of(below), at, 0) != 0) abort();
}

static void what_comes_again_comes_oldest_first_and_before_what_is_new(void)
{
    static const char *const names[] = {"d", "a", "e", "c", "b", "f"}; /* as old as they stand */
    dcf_spool_in *s = fresh();
    dcf_spool_in_close(s, 0);
    char path[32];
    for (time_t i = 0; i < 6; i++) {
        snprintf(path, sizeof path, "work/%s", names[i]);
        put_at(path, names[i], i);
    }
    put_at("in/new", "new", -1); /* written before them, but they were claimed first */
    s = open_spool();
    CU_ASSERT_EQUAL_FATAL(dcf_spool_in_scan(s, later()), 4);
    settle(0, DCF_VERDICT_ACCEPTED); /* room for one: it is not for what is new */
    CU_ASSERT_EQUAL(dcf_spool_in_scan(s, later()), 0);
    for (size_t i = 1; i < 4; i++) settle(i, DCF_VERDICT_ACCEPTED);
    CU_ASSERT_EQUAL_FATAL(dcf_spool_in_scan(s, later()), 3);
    for (size_t i = 0; i < 6; i++) CU_ASSERT_STRING_EQUAL(bodies[i], names[i]);
    CU_ASSERT_STRING_EQUAL(bodies[6], "new");
    for (size_t i = 4; i < 7; i++) settle(i, DCF_VERDICT_ACCEPTED);
    dcf_spool_in_close(s, 0);
}

static void never_overwrites(void)
{
    dcf_spool_in *s = fresh();
    for (size_t i = 0; i < 2; i++) {
        put("in/a.xml", i ? "<two/>" : "<one/>");
        CU_ASSERT_EQUAL(dcf_spool_in_scan(s, later()), 1);
        settle(i, DCF_VERDICT_ACCEPTED);
    }
    CU_ASSERT(exists("done/a.xml") && exists("done/a.xml~2"));
    dcf_spool_in_close(s, 0);
}

static void window_bounds_what_is_in_hand(void)
{
    dcf_spool_in *s = fresh();
    char name[32];
    for (int i = 0; i < 6; i++) {
        snprintf(name, sizeof name, "in/%d.xml", i);
        put(name, "<a/>");
    }
    CU_ASSERT_EQUAL(dcf_spool_in_scan(s, later()), 4);
    CU_ASSERT_EQUAL(dcf_spool_in_scan(s, later()), 0);
    CU_ASSERT_EQUAL(dcf_spool_in_depth(s), 6);
    for (size_t i = 0; i < 4; i++) settle(i, DCF_VERDICT_ACCEPTED);
    CU_ASSERT_EQUAL(dcf_spool_in_scan(s, later()), 2);
    settle(4, DCF_VERDICT_ACCEPTED);
    settle(5, DCF_VERDICT_ACCEPTED);
    dcf_spool_in_close(s, 0);
}

static void refuses_links_and_what_is_too_large(void)
{
    dcf_spool_in *s = fresh();
    char big[1200];
    memset(big, 'x', sizeof big - 1);
    big[sizeof big - 1] = 0;
    put("in/big.xml", big);
    if (symlink("/etc/passwd", path_of("in/link.xml")) != 0) abort();
    CU_ASSERT_EQUAL(dcf_spool_in_scan(s, later()), 2);
    for (size_t i = 0; i < 2; i++) {
        bool link = strcmp(arrived[i]->name, "link.xml") == 0;
        CU_ASSERT_EQUAL((int)arrived[i]->fault, link ? DCF_FAULT_UNSAFE_FILE : DCF_FAULT_TOO_LARGE);
        CU_ASSERT_EQUAL(arrived[i]->body.size, 0);
        settle(i, DCF_VERDICT_REFUSED);
    }
    CU_ASSERT(exists("refused/big.xml") && exists("refused/link.xml"));
    dcf_spool_in_close(s, 0);
}

static void out_appears_whole_and_once(void)
{
    dcf_spool_in *s = fresh();
    CU_ASSERT(dcf_ok(dcf_spool_out_write(folder, "45AA-1.xml", dcf_span_str("<r/>"))));
    CU_ASSERT(dcf_ok(dcf_spool_out_write(folder, "45AA-1.xml", dcf_span_str("<r/>"))));
    dcf_buf text = {0};
    CU_ASSERT(dcf_ok(dcf_buf_read_file(&text, path_of("out/45AA-1.xml"), 100)));
    CU_ASSERT(dcf_span_eq_str(dcf_buf_span(&text), "<r/>"));
    CU_ASSERT(!exists("out/.45AA-1.xml.tmp"));
    CU_ASSERT(dcf_is(dcf_spool_out_write(folder, "../evil", dcf_span_str("x")), DCF_E_LIMIT));
    dcf_buf_fini(&text);
    dcf_spool_in_close(s, 0);
}

#define TESTS(X)                                                                                   \
    X(done_only_after_the_verdict)                                                                 \
    X(refused_with_every_fault_beside_it)                                                          \
    X(leaves_files_that_are_still_written)                                                         \
    X(takes_up_what_a_crash_left)                                                                  \
    X(busy_is_offered_again_and_nothing_moves)                                                     \
    X(what_comes_again_comes_oldest_first_and_before_what_is_new)                                  \
    X(never_overwrites)                                                                            \
    X(window_bounds_what_is_in_hand)                                                               \
    X(refuses_links_and_what_is_too_large)                                                         \
    X(out_appears_whole_and_once)
UNIT_MAIN("spool", TESTS)
