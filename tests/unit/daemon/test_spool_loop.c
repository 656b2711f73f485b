/* test_spool_loop.c - the thread that looks into the folders: all links, oldest first, through
 * whatever happens to them. */
#include "daemon/spool_loop.h"

#include "fixture.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>

enum { SEEN_MOST = 512 };

static dcf_config config;
static dcf_link links[2];
static dcf_party party = {.name = "surrey", .links = links, .link_count = 2};
static dcf_spool_loop *loop;
static struct {
    char text[40], link[20];
    dcf_fault_code fault;
} seen[SEEN_MOST];
static atomic_int seen_count, verdict;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static dcf_arrival *held[SEEN_MOST]; /* guarded by lock */
static int held_count, given_count;

static void give(dcf_arrival *a, dcf_verdict_kind kind)
{
    dcf_faults none = {0};
    a->settle(a, &(dcf_verdict){.kind = kind, .message_id = "m", .faults = &none});
}

enum { HOLD = 99 };

/* Settles the oldest that is held; false when there is none. */
static bool give_next(void)
{
    pthread_mutex_lock(&lock);
    dcf_arrival *a = given_count < held_count ? held[given_count++] : NULL;
    pthread_mutex_unlock(&lock);
    if (a) give(a, DCF_VERDICT_ACCEPTED);
    return a;
}

static void arrive(void *gateway, dcf_arrival *a)
{
    (void)gateway;
    int n = atomic_load(&seen_count), now = atomic_load(&verdict);
    if (n < SEEN_MOST) {
        snprintf(seen[n].text, sizeof seen[n].text, "%.*s", (int)a->body.size,
                 (const char *)a->body.data);
        snprintf(seen[n].link, sizeof seen[n].link, "%s", a->link->name);
        seen[n].fault = a->fault;
        atomic_store(&seen_count, n + 1);
    }
    if (now == HOLD) {
        pthread_mutex_lock(&lock);
        held[held_count++] = a;
        pthread_mutex_unlock(&lock);
    } else {
        give(a, (dcf_verdict_kind)now);
    }
}

static void start(void)
{
    dcf_yaml_error err = {{0}};
    OK(dcf_spool_loop_start(&config, arrive, NULL, &loop, &err));
}

static void begin(void)
{
    static char folders[2][320];
    fx_begin();
    signal(SIGIO, SIG_IGN); /* as the program does */
    atomic_store(&seen_count, 0);
    held_count = given_count = 0;
    atomic_store(&verdict, DCF_VERDICT_ACCEPTED);
    config =
        (dcf_config){.path = "test.yaml", .settle_ms = 1, .parties = {.items = &party, .count = 1}};
    for (int i = 0; i < 2; i++) {
        snprintf(folders[i], sizeof folders[i], "%s", fx_path(i ? "b" : "a"));
        links[i] = (dcf_link){
            .name = i ? "b" : "a", .dialect = "mini", .has_in = true, .party = &party, .window = 8};
        links[i].in =
            (dcf_way){.transport = DCF_TRANSPORT_SPOOL, .folder = folders[i], .poll_ms = 10};
    }
}

static void end(void)
{
    dcf_spool_loop_stop(loop);
    dcf_spool_loop_free(loop);
    loop = NULL;
    fx_end();
}

/* Appears whole, changed so many ms ago. */
static void drop_file(const char *folder, const char *name, const char *text, int64_t age_ms)
{
    char hidden[80], path[80];
    snprintf(hidden, sizeof hidden, "%s/in/.%s", folder, name);
    snprintf(path, sizeof path, "%s/in/%s", folder, name);
    fx_write(hidden, text);
    int64_t at = dcf_clock_ms() - age_ms;
    struct timespec times[2] = {{.tv_sec = at / 1000, .tv_nsec = at % 1000 * 1000000}};
    times[1] = times[0];
    if (utimensat(AT_FDCWD, fx_path(hidden), times, 0) != 0) abort();
    if (rename(fx_path(hidden), fx_path(path)) != 0) abort();
}

static void files_of_all_links_are_taken(void)
{
    begin();
    start();
    drop_file("a", "1.xml", "one", 1000);
    drop_file("b", "2.xml", "two", 1000);
    AWAIT(fx_exists("a/done/1.xml") && fx_exists("b/done/2.xml"));
    end();
}

static void the_oldest_comes_first_whatever_its_name(void)
{
    char name[16];
    begin();
    links[0].window = 3; /* less than there are: the order holds over several looks */
    start();
    dcf_spool_loop_stop(loop);
    dcf_spool_loop_free(loop);
    for (int i = 0; i < 40; i++) {
        snprintf(name, sizeof name, "%02d.xml", (i * 17) % 40);
        drop_file("a", name, name, 100000 - i * 1000);
    }
    start();
    AWAIT(atomic_load(&seen_count) == 40);
    for (int i = 0; i < 40; i++) {
        snprintf(name, sizeof name, "%02d.xml", (i * 17) % 40);
        CU_ASSERT_STRING_EQUAL(seen[i].text, name);
    }
    end();
}

static void a_clock_ahead_does_not_hide_a_file(void)
{
    begin();
    start();
    drop_file("a", "1.xml", "one", -3600000);
    AWAIT(fx_exists("a/done/1.xml"));
    end();
}

static void a_busy_gateway_is_not_flooded(void)
{
    char name[16];
    begin();
    atomic_store(&verdict, DCF_VERDICT_BUSY);
    start();
    for (int i = 0; i < 50; i++) {
        snprintf(name, sizeof name, "%02d.xml", i);
        drop_file("a", name, name, 1000);
    }
    AWAIT(atomic_load(&seen_count) >= 4);
    for (int i = 1; i < 4; i++) /* one at each look, not all fifty */
        CU_ASSERT_STRING_EQUAL(seen[i].text, seen[0].text);
    atomic_store(&verdict, DCF_VERDICT_ACCEPTED);
    AWAIT(fx_exists("a/done/49.xml") && fx_exists("a/done/00.xml"));
    end();
}

static void more_left_in_work_than_the_window_is_all_taken_up(void)
{
    char name[32];
    begin();
    links[0].window = 2;
    start();
    dcf_spool_loop_stop(loop);
    dcf_spool_loop_free(loop);
    for (int i = 0; i < 7; i++) {
        snprintf(name, sizeof name, "a/work/%d.xml", i);
        fx_write(name, "left");
    }
    atomic_store(&verdict, HOLD);
    start();
    for (int i = 0; i < 7; i++) AWAIT(give_next());
    for (int i = 0; i < 7; i++) {
        snprintf(name, sizeof name, "a/done/%d.xml", i);
        CU_ASSERT(fx_exists(name));
    }
    end();
}

static void a_folder_that_goes_is_waited_for_and_opened_again(void)
{
    begin();
    start();
    drop_file("a", "1.xml", "one", 1000);
    AWAIT(fx_exists("a/done/1.xml"));
    if (rename(fx_path("a"), fx_path("a.away")) != 0) abort();
    usleep(100000);
    CU_ASSERT(!fx_exists("a")); /* nothing is made where a mount may come back */
    drop_file("b", "2.xml", "two", 1000);
    AWAIT(fx_exists("b/done/2.xml")); /* the others go on */
    if (mkdir(fx_path("a"), 0700) != 0 || mkdir(fx_path("a/in"), 0700) != 0) abort();
    drop_file("a", "3.xml", "three", 1000);
    AWAIT(fx_exists("a/done/3.xml"));
    end();
}

static void no_file_is_refused_for_want_of_file_handles(void)
{
    struct rlimit old, few;
    begin();
    links[0].window = 1;
    links[0].in.poll_ms = 200;
    start();
    dcf_spool_loop_stop(loop);
    dcf_spool_loop_free(loop);
    drop_file("a", "1.xml", "one", 2000);
    drop_file("a", "2.xml", "two", 1000);
    atomic_store(&verdict, HOLD);
    start();
    AWAIT(atomic_load(&seen_count) == 1); /* and the second is listed, to come next */
    int next = dup(0);
    close(next);
    getrlimit(RLIMIT_NOFILE, &old);
    few = old;
    few.rlim_cur = (rlim_t)next;
    setrlimit(RLIMIT_NOFILE, &few);
    CU_ASSERT(give_next());
    AWAIT(fx_exists("a/work/2.xml"));
    usleep(300000);
    setrlimit(RLIMIT_NOFILE, &old);
    AWAIT(give_next());
    CU_ASSERT(fx_exists("a/done/2.xml"));
    for (int i = 0; i < atomic_load(&seen_count); i++) CU_ASSERT_EQUAL((int)seen[i].fault, 0);
    end();
}

static void writers_that_come_back_do_not_end_the_process(void)
{
    begin();
    start();
    int64_t until = dcf_clock_mono_ms() + 1500;
    for (int i = 0; dcf_clock_mono_ms() < until;
         i++) { /* opened for writing while it is looked at */
        int fd = open(fx_path("a/in/x.xml"), O_WRONLY | O_CREAT, 0600);
        if (fd >= 0) close(fd);
    }
    int64_t since = dcf_clock_mono_ms();
    AWAIT(dcf_spool_loop_beat(loop) > since);
    end();
}

static void stopping_claims_nothing_more_and_a_late_word_still_moves_the_file(void)
{
    begin();
    atomic_store(&verdict, HOLD);
    start();
    drop_file("a", "1.xml", "one", 1000);
    AWAIT(atomic_load(&seen_count) == 1);
    dcf_spool_loop_stop(loop);
    drop_file("a", "2.xml", "two", 1000);
    usleep(100000);
    CU_ASSERT(fx_exists("a/in/2.xml") && fx_exists("a/work/1.xml"));
    CU_ASSERT(give_next());
    CU_ASSERT(fx_exists("a/done/1.xml"));
    end();
}

static void a_folder_that_cannot_be_used_is_named(void)
{
    dcf_yaml_error err = {{0}};
    begin();
    links[1].in.folder = "/proc/none";
    links[1].line = 42;
    CU_ASSERT(dcf_is(dcf_spool_loop_start(&config, arrive, NULL, &loop, &err), DCF_E_CONFIG));
    CU_ASSERT(strstr(err.text, "test.yaml:42") && strstr(err.text, "/proc/none"));
    fx_end();
}

#define TESTS(X)                                                                                   \
    X(files_of_all_links_are_taken)                                                                \
    X(the_oldest_comes_first_whatever_its_name)                                                    \
    X(a_clock_ahead_does_not_hide_a_file)                                                          \
    X(a_busy_gateway_is_not_flooded)                                                               \
    X(more_left_in_work_than_the_window_is_all_taken_up)                                           \
    X(a_folder_that_goes_is_waited_for_and_opened_again)                                           \
    X(no_file_is_refused_for_want_of_file_handles)                                                 \
    X(writers_that_come_back_do_not_end_the_process)                                               \
    X(stopping_claims_nothing_more_and_a_late_word_still_moves_the_file)                           \
    X(a_folder_that_cannot_be_used_is_named)
UNIT_MAIN("spool_loop", TESTS)
