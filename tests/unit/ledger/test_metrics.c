/*
 * test_metrics.c - the figures of config/metrics.yaml against a second computation: random stories,
 * told to the ledger event by event, and beside it laid into plain tables, from which second.sql
 * draws each metric knowing nothing of the catalogue. Every cell must agree.
 * DCF_SEED=N repeats a run; the seed is printed when one fails.
 */
#include "ledger/measure.h"
#include "ledger_events.h"
#include "unit.h"

#include <sqlite3.h>
#include <time.h>

#define OK(expr) CU_ASSERT_TRUE_FATAL(dcf_ok(expr))

enum { CASES = 40, EVENTS = 1500, FACTS = 8, CELLS = 4000 };

static uint64_t seed, state;

static unsigned roll(unsigned n)
{
    state = state * 6364136223846793005U + 1442695040888963407U;
    return (unsigned)(state >> 33) % n;
}

static const char *pick(const char *const list[], unsigned n)
{
    return list[roll(n)];
}
#define PICK(...)                                                                                  \
    pick((const char *const[]){__VA_ARGS__},                                                       \
         sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

/* --- random stories ------------------------------------------------------------------------------
 */

typedef struct event {
    int kind;
    const char *type, *force, *area, *before, *after, *reason, *clock;
    char key[16], message[16];
    const char *facts[FACTS][2];
    size_t fact_count;
    int64_t at_ms;
    bool test;
} event;

static event story[EVENTS];

static void fact(event *e, const char *name, const char *value)
{
    if (!*value) return;
    e->facts[e->fact_count][0] = name;
    e->facts[e->fact_count++][1] = value;
}

static void fill(event *e)
{
    switch (roll(13)) {
    case 0:
    case 1:
        e->type = "case_submission";
        fact(e, "submission", PICK("pre_charge", "charged", "upgrade"));
        fact(e, "case_type", PICK("magistrates", "crown", ""));
        fact(e, "review_type", PICK("fiveDay", "priority", ""));
        fact(e, "supervisor", PICK("ab01", "cd02", "ef03", ""));
        fact(e, "finding", PICK("T06", "T07", ""));
        fact(e, "finding", PICK("N02", ""));
        break;
    case 2:
    case 3:
        e->type = "triage_outcome";
        fact(e, "outcome", PICK("accepted", "rejected"));
        fact(e, "triage_reason", PICK("T01", "T02", ""));
        fact(e, "triage_reason", PICK("T03", ""));
        fact(e, "case_type", PICK("rasso", "", ""));
        fact(e, "file_standard", PICK("compliant", "nonCompliant", ""));
        fact(e, "assurance", PICK("agree", "false_accept", "false_reject", ""));
        fact(e, "assurance_own_only", PICK("T06", "T08", ""));
        fact(e, "assurance_human_only", PICK("T09", "T11", ""));
        break;
    case 4:
        e->type = "charging_decision";
        break;
    case 5:
        e->type = "action_plan";
        fact(e, "plan", PICK("p1", "p2"));
        fact(e, "asked", PICK("Statements/MG11", "Exhibits/x"));
        fact(e, "asked", PICK("Statements/MG11", "Footage/y", ""));
        break;
    case 6:
        e->type = "action_plan_answer";
        fact(e, "plan", PICK("p1", "p2"));
        fact(e, "open_items", PICK("0", "1"));
        break;
    case 7:
        e->type = "victim_notice";
        fact(e, "entitlement", PICK("enhanced", "standard", ""));
        fact(e, "letter", PICK("on_time", "late", ""));
        break;
    case 8:
        e->kind = KIND(DEADLINE_MISSED);
        e->type = "";
        e->clock = PICK("pace_detention", "victim_letter");
        break;
    default:
        e->kind = (const int[]){KIND(REFUSED), KIND(ROUTED), KIND(DELIVERED), KIND(HELD)}[roll(4)];
        e->type = "case_submission";
        e->reason = PICK("DCF-2003", "DCF-4003", "");
        snprintf(e->message, sizeof e->message, "%.12s%u", e->key, roll(2));
    }
}

static void invent(void)
{
    static char states[CASES][24];
    int64_t now = 1790000000000; /* from late September to early November 2026 */
    state = seed;
    memset(states, 0, sizeof states);
    for (size_t i = 0; i < EVENTS; i++) {
        event *e = &story[i];
        unsigned c = roll(CASES);
        now += roll(8) ? (int64_t)roll(7000000) : -(int64_t)roll(4000000); /* clocks differ */
        *e = (event){.kind = KIND(APPLIED), .reason = "", .clock = "", .at_ms = now};
        snprintf(e->key, sizeof e->key, "case-%u", c);
        snprintf(e->message, sizeof e->message, "m%zu", i + 1000);
        fill(e);
        e->force = c % 3 ? "45" : "42";
        e->area = c % 2 ? "9" : "5";
        e->test = c == 7;
        e->before = e->after = "";
        if (e->kind != KIND(APPLIED)) continue;
        e->before = PICK("awaiting_triage", "under_review");
        e->after = PICK("awaiting_triage", "under_review", "charged");
    }
}

static void tell(dcf_ledger *l, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        const event *s = &story[i];
        Dcf__V1__Fact facts[FACTS], *list[FACTS];
        Dcf__V1__AuditEvent e = DCF__V1__AUDIT_EVENT__INIT;
        for (size_t k = 0; k < s->fact_count; k++) {
            dcf__v1__fact__init(&facts[k]);
            facts[k].name = (char *)s->facts[k][0];
            facts[k].value = (char *)s->facts[k][1];
            list[k] = &facts[k];
        }
        Dcf__V1__Clock clock = DCF__V1__CLOCK__INIT, *clocks[] = {&clock};
        clock.clock = (char *)s->clock;
        e.kind = (Dcf__V1__AuditKind)s->kind;
        e.at_ms = s->at_ms;
        e.case_key = (char *)s->key;
        e.message_id = (char *)s->message;
        e.type = (char *)s->type;
        e.force = (char *)s->force;
        e.area = (char *)s->area;
        e.state_before = (char *)s->before;
        e.state_after = (char *)s->after;
        e.reason = (char *)s->reason;
        e.test = s->test;
        e.facts = list;
        e.n_facts = s->fact_count;
        e.clocks = clocks;
        e.n_clocks = *s->clock ? 1 : 0;
        OK(put_audit(l, 0, (int64_t)i, &e));
    }
}

/* --- the second computation: second.sql ---------------------------------------------------------
 */

static void run_sql(sqlite3 *db, const char *sql)
{
    char *why = NULL;
    if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK) printf("\n  %s\n", why);
    CU_ASSERT_PTR_NULL_FATAL(why);
}

static void lay_down(sqlite3 *db, int seq, const event *e)
{
    char *sql =
        sqlite3_mprintf("INSERT INTO ev VALUES(%d, %d, %Q, %lld, %Q, %Q, %Q, %Q, %Q, %Q, %Q, %Q)",
                        seq, e->kind, e->key, (long long)e->at_ms, e->type, e->force, e->area,
                        e->before, e->after, e->reason, e->clock, e->message);
    run_sql(db, sql);
    sqlite3_free(sql);
    for (size_t k = 0; k < e->fact_count; k++) {
        sql = sqlite3_mprintf("INSERT INTO fa VALUES(NULL, %d, %Q, %Q, %Q)", seq, e->key,
                              e->facts[k][0], e->facts[k][1]);
        run_sql(db, sql);
        sqlite3_free(sql);
    }
}

static sqlite3 *computed_second(void)
{
    sqlite3 *db = NULL;
    dcf_buf sql = {0};
    CU_ASSERT_EQUAL_FATAL(sqlite3_open(":memory:", &db), SQLITE_OK);
    run_sql(db, "CREATE TABLE ev(seq INTEGER PRIMARY KEY, k, c, at, type, force, area, before,"
                " after, reason, clock, m);"
                "CREATE TABLE fa(id INTEGER PRIMARY KEY, seq, c, name, value);"
                "CREATE INDEX fas ON fa(seq, name); CREATE INDEX fac ON fa(c, name, seq); BEGIN");
    for (int i = 0; i < EVENTS; i++)
        if (!story[i].test) lay_down(db, i, &story[i]);
    OK(dcf_buf_read_file(&sql, "tests/unit/ledger/second.sql", 1 << 20));
    run_sql(db, dcf_buf_cstr(&sql));
    run_sql(db, "COMMIT");
    dcf_buf_fini(&sql);
    return db;
}

typedef struct cell {
    char name[160];
    uint64_t count, good, cases;
    int64_t sum, values[400];
    char seen[400][16];
} cell;

static cell cells[CELLS];
static size_t cell_count;

static cell *cell_of(const char *name)
{
    for (size_t i = 0; i < cell_count; i++)
        if (strcmp(cells[i].name, name) == 0) return &cells[i];
    cell *c = &cells[cell_count++];
    memset(c, 0, sizeof *c);
    snprintf(c->name, sizeof c->name, "%s", name);
    return c;
}

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static const char *col(sqlite3_stmt *s, int i)
{
    const char *t = (const char *)sqlite3_column_text(s, i);
    return t ? t : "";
}

static void gather(sqlite3 *db, const char *metric)
{
    sqlite3_stmt *s = NULL;
    CU_ASSERT_EQUAL_FATAL(
        sqlite3_prepare_v2(db,
                           "SELECT force, area, case_type, grp, c, good, ms FROM second "
                           "WHERE metric = ?",
                           -1, &s, NULL),
        SQLITE_OK);
    sqlite3_bind_text(s, 1, metric, -1, SQLITE_STATIC);
    cell_count = 0;
    while (sqlite3_step(s) == SQLITE_ROW) {
        char name[160];
        snprintf(name, sizeof name, "%s/%s/%s/%s", col(s, 0), col(s, 1), col(s, 2), col(s, 3));
        cell *c = cell_of(name);
        bool known = false;
        for (uint64_t i = 0; i < c->cases; i++) known |= strcmp(c->seen[i], col(s, 4)) == 0;
        if (!known) snprintf(c->seen[c->cases++], sizeof c->seen[0], "%s", col(s, 4));
        c->good += (uint64_t)sqlite3_column_int64(s, 5);
        c->values[c->count++] = sqlite3_column_int64(s, 6);
        c->sum += sqlite3_column_int64(s, 6);
    }
    sqlite3_finalize(s);
}

/* How many observations of the metric `per` the cell has, whatever their group. */
static uint64_t count_per(sqlite3 *db, const char *per, const dcf_ledger_figure *f)
{
    sqlite3_stmt *s = NULL;
    const char *const values[] = {per, f->force, f->area, f->case_type};
    CU_ASSERT_EQUAL_FATAL(
        sqlite3_prepare_v2(db,
                           "SELECT count(*) FROM second WHERE metric = ? AND force = ? AND "
                           "area = ? AND case_type = ?",
                           -1, &s, NULL),
        SQLITE_OK);
    for (int i = 0; i < 4; i++) sqlite3_bind_text(s, i + 1, values[i], -1, SQLITE_STATIC);
    CU_ASSERT_EQUAL(sqlite3_step(s), SQLITE_ROW);
    uint64_t n = (uint64_t)sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    return n;
}

/* --- the comparison
 * ------------------------------------------------------------------------------------ */

typedef struct comparison {
    sqlite3 *db;
    const char *per;
    size_t cells;
    bool wrong;
} comparison;

static void compare(void *self, const dcf_ledger_figure *f)
{
    comparison *k = self;
    char name[160];
    snprintf(name, sizeof name, "%s/%s/%s/%s", f->force, f->area, f->case_type, f->group);
    cell *c = cell_of(name);
    k->cells++;
    qsort(c->values, c->count, sizeof c->values[0], by_size);
    bool same = c->count == f->count && c->good == f->good && c->sum == f->sum_ms &&
                c->cases == f->cases && c->count &&
                f->per == (k->per ? count_per(k->db, k->per, f) : 0) &&
                c->values[(c->count + 1) / 2 - 1] == f->median_ms &&
                c->values[(c->count * 9 + 9) / 10 - 1] == f->p90_ms &&
                c->values[c->count - 1] == f->most_ms;
    if (same) return;
    k->wrong = true;
    printf("\n  %s %s: count %d/%d good %d/%d sum %lld/%lld\n", f->metric, name, (int)f->count,
           (int)c->count, (int)f->good, (int)c->good, (long long)f->sum_ms, (long long)c->sum);
}

static dcf_catalogue *catalogue(void)
{
    dcf_catalogue *c = NULL;
    dcf_yaml_error err = {{0}};
    dcf_status s = dcf_catalogue_load("config/metrics.yaml", &c, &err);
    if (dcf_failed(s)) printf("%s\n", err.text);
    CU_ASSERT_TRUE_FATAL(dcf_ok(s));
    return c;
}

static dcf_ledger_figures_ask october(const char *metric)
{
    dcf_ledger_figures_ask ask = {
        .metric = metric, .by_force = true, .by_area = true, .by_case_type = true, .times = true};
    OK(dcf_time_range_parse("2026-10", &ask.range));
    return ask;
}

/* Good is within the time, and a rate is to the metric, that second.sql says. */
static void defined_alike(sqlite3 *db, const dcf_metric_def *m)
{
    sqlite3_stmt *s = NULL;
    CU_ASSERT_EQUAL_FATAL(
        sqlite3_prepare_v2(db, "SELECT within_ms, per FROM definition WHERE metric = ?", -1, &s,
                           NULL),
        SQLITE_OK);
    sqlite3_bind_text(s, 1, m->name, -1, SQLITE_STATIC);
    bool there = sqlite3_step(s) == SQLITE_ROW;
    CU_ASSERT_EQUAL(m->within_ms, there ? (uint64_t)sqlite3_column_int64(s, 0) : 0);
    CU_ASSERT_STRING_EQUAL(m->per ? m->per : "", there ? col(s, 1) : "");
    sqlite3_finalize(s);
}

/* Every metric of the catalogue: one without a second computation fails. */
static void judge(dcf_ledger *l, const dcf_catalogue *c, sqlite3 *db)
{
    for (size_t i = 0; i < c->count; i++) {
        const dcf_metric_def *m = &c->defs[i];
        comparison k = {.db = db, .per = m->per};
        dcf_ledger_figures_ask ask = october(m->name);
        ask.per = m->per;
        defined_alike(db, m);
        gather(db, m->name);
        size_t expected = cell_count;
        OK(dcf_ledger_figures(l, &ask, compare, &k));
        CU_ASSERT_EQUAL(k.cells, expected);
        CU_ASSERT_FALSE(k.wrong);
        if (k.wrong || k.cells != expected || !expected)
            printf("\n  %s: seed %llu, %zu cells, expected %zu\n", m->name,
                   (unsigned long long)seed, k.cells, expected);
        CU_ASSERT_TRUE(expected > 0);
    }
}

static void every_figure_agrees_with_a_second_computation(void)
{
    dcf_catalogue *c = catalogue();
    const char *fixed = getenv("DCF_SEED");
    for (int round = 0; round < 5; round++) {
        char path[64];
        dcf_ledger *l = NULL;
        seed = fixed ? strtoull(fixed, NULL, 10) : (uint64_t)time(NULL) * 1000 + (uint64_t)round;
        invent();
        sqlite3 *db = computed_second();
        ledger_file(path);
        OK(dcf_ledger_open(path, &l));
        OK(dcf_ledger_measure(l, c));
        OK(dcf_ledger_begin(l));
        tell(l, 0, EVENTS);
        OK(dcf_ledger_commit(l));
        judge(l, c, db);
        sqlite3_close(db);
        dcf_ledger_close(l);
        drop_ledger_file(path);
    }
    dcf_catalogue_free(c);
}

/* What was in the ledger before it had a catalogue, and what comes after; replayed and reopened. */
static void a_catalogue_measures_what_was_there_before_it(void)
{
    dcf_catalogue *c = catalogue();
    char path[64];
    dcf_ledger *l = NULL;
    seed = 4711;
    invent();
    sqlite3 *db = computed_second();
    ledger_file(path);
    OK(dcf_ledger_open(path, &l));
    tell(l, 0, EVENTS / 2);
    OK(dcf_ledger_measure(l, c));
    tell(l, EVENTS / 3, EVENTS - 100);
    dcf_ledger_close(l);
    OK(dcf_ledger_open(path, &l));
    OK(dcf_ledger_measure(l, c));
    tell(l, 0, EVENTS);
    judge(l, c, db);
    sqlite3_close(db);
    dcf_ledger_close(l);
    drop_ledger_file(path);
    dcf_catalogue_free(c);
}

static void sum_counts(void *self, const dcf_ledger_figure *f)
{
    ((uint64_t *)self)[0] += f->count;
    ((uint64_t *)self)[1]++;
    ((uint64_t *)self)[2] = f->per;
}

static void cells_add_up_when_less_is_asked(void)
{
    dcf_catalogue *c = catalogue();
    char path[64];
    dcf_ledger *l = NULL;
    uint64_t fine[3] = {0}, coarse[3] = {0}, rate[3] = {0};
    seed = 815;
    invent();
    ledger_file(path);
    OK(dcf_ledger_open(path, &l));
    OK(dcf_ledger_measure(l, c));
    tell(l, 0, EVENTS);
    dcf_ledger_figures_ask ask = october("triage_rejection_rate");
    OK(dcf_ledger_figures(l, &ask, sum_counts, fine));
    ask.by_force = ask.by_area = ask.by_case_type = false;
    OK(dcf_ledger_figures(l, &ask, sum_counts, coarse));
    CU_ASSERT_EQUAL(coarse[1], 1);
    CU_ASSERT_TRUE(fine[1] > 4);
    CU_ASSERT_EQUAL(coarse[0], fine[0]);
    ask.metric = "triage_rejections_by_reason";
    ask.per = "triage_rejection_rate";
    OK(dcf_ledger_figures(l, &ask, sum_counts, rate));
    CU_ASSERT_EQUAL(rate[2], coarse[0]);
    ask.range.to_ms = ask.range.from_ms;
    coarse[1] = 0;
    OK(dcf_ledger_figures(l, &(dcf_ledger_figures_ask){.metric = "no such"}, sum_counts, coarse));
    CU_ASSERT_EQUAL(coarse[1], 0);
    dcf_ledger_close(l);
    drop_ledger_file(path);
    dcf_catalogue_free(c);
}

static void a_definition_with_a_mistake_is_refused_with_its_line(void)
{
    static const struct {
        const char *text, *says;
    } bad[] = {
        {"kind: aplied", "no audit kind 'aplied'"},
        {"kind: applied, typ: x", "typ"},
        {"kind: applied, type: triage_outcom", "no message 'triage_outcom'"},
        {"kind: applied, where: {a: []}", "a is neither a fact"},
        {"kind: applied, where: {outcome: []}", "1 to 16 values"},
        {"kind: applied}\n    by: clocks.clok\n    good: {kind: held", "clocks.clok is neither"},
        {"kind: applied}\n    key: mesage_id\n    good: {kind: held", "mesage_id is neither"},
        {"kind: applied}\n    figure: shares\n    good: {kind: held", "figure"},
        {"kind: applied}\n    per: nothing\n    good: {kind: held", "no metric nothing"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char path[64] = "/tmp/dcf-catalogue-XXXXXX";
        int fd = mkstemp(path);
        FILE *f = fdopen(fd, "w");
        dcf_catalogue *c = NULL;
        dcf_yaml_error err = {{0}};
        fprintf(f,
                "version: \"1\"\nmetrics:\n  m:\n    title: t\n    unit: u\n    counts: c\n"
                "    source: s\n    caveats: c\n    measure: count\n%s    of: {%s}\n",
                strstr(bad[i].text, "figure:") ? "" : "    figure: count\n", bad[i].text);
        fclose(f);
        CU_ASSERT_TRUE(dcf_is(dcf_catalogue_load(path, &c, &err), DCF_E_CONFIG));
        CU_ASSERT_PTR_NOT_NULL(strstr(err.text, bad[i].says));
        if (!strstr(err.text, bad[i].says)) printf("\n  %s\n", err.text);
        unlink(path);
    }
}

#define TESTS(X)                                                                                   \
    X(every_figure_agrees_with_a_second_computation)                                               \
    X(a_catalogue_measures_what_was_there_before_it)                                               \
    X(cells_add_up_when_less_is_asked)                                                             \
    X(a_definition_with_a_mistake_is_refused_with_its_line)
UNIT_MAIN("metrics", TESTS)
