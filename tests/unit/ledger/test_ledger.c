/* test_ledger.c - the projection: what goes in once comes out once, whatever is replayed or killed.
 */
#include "ledger_kit.h"
#include "model/audit.h"

#include <pthread.h>
#include <sys/wait.h>

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
        OK(dcf_ledger_apply(l, &(dcf_record){.topic = "dcf.audit",
                                             .partition = 3,
                                             .offset = (int64_t)i * 2,
                                             .key = dcf_span_str(STORY[i].key),
                                             .value = dcf_span_of(whole, dcf__v1__audit_event__pack(
                                                                             record, whole))}));
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
    X(what_was_applied_is_not_applied_again)                                                       \
    X(each_partition_goes_on_at_its_own_offset)                                                    \
    X(an_aborted_batch_leaves_neither_rows_nor_offset)                                             \
    X(a_kill_in_mid_batch_loses_and_doubles_nothing)                                               \
    X(a_rebuild_in_another_interleaving_gives_the_same)                                            \
    X(queries_beside_the_writer_see_whole_batches)                                                 \
    X(no_byte_of_a_body_is_in_the_file)                                                            \
    X(a_file_of_another_layout_is_emptied_to_be_replayed)                                          \
    X(events_in_one_record_are_those_of_a_record_each)                                             \
    X(a_file_that_is_no_ledger_is_refused)
UNIT_MAIN("ledger", TESTS)
