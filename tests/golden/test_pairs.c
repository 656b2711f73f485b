/*
 * test_pairs.c - every force dialect understands every CPS dialect, both ways, in every
 * message: what one writes is read, written for the other and read there, and means the
 * same, but for what the receiver's mapping declares.
 *
 * The matrix stands in adapters/dialect/PAIRS.md, what is lost by declaration in
 * pairs.txt; both are renewed with DCF_GOLDEN=write. DCF_SEED and DCF_MESSAGES choose
 * other messages than the usual ones.
 */
#include "explain.h"
#include "unit.h"

#include "translate/flat.h"
#include "translate/writer.h"

enum { USUAL_MESSAGES = 12, LOST_MAX = 400, CELL = 32, PAIR_LIMIT = 48 << 20 };

static const char *const forces[] = {"spi", "pole", "extract"}, *const cps[] = {"cms", "twif"};
enum { FORCES = sizeof forces / sizeof *forces, CPS = sizeof cps / sizeof *cps };

/* Who sends what: config/lifecycle.yaml. */
static const struct row {
    const char *label, *body, *kind;
    bool by_force, by_cps;
} rows[] = {
    {"case file, pre-charge", "case_submission", "SUBMISSION_KIND_PRE_CHARGE", true, false},
    {"case file, charged", "case_submission", "SUBMISSION_KIND_CHARGED", true, false},
    {"case file, upgrade", "case_submission", "SUBMISSION_KIND_UPGRADE", true, false},
    {"charge notification", "charge_notification", NULL, true, false},
    {"action plan answer", "action_plan_answer", NULL, true, false},
    {"triage outcome", "triage_outcome", NULL, false, true},
    {"charging decision", "charging_decision", NULL, false, true},
    {"action plan", "action_plan", NULL, false, true},
    {"material notice", "material_notice", NULL, true, true},
    {"witness notice", "witness_notice", NULL, true, true},
    {"victim notice", "victim_notice", NULL, true, true},
    {"contact request", "contact_request", NULL, true, true},
    {"early advice session", "early_advice_session", NULL, true, true},
    {"split, merge", "split_merge", NULL, true, true},
    {"receipt, delivered", "receipt", "RECEIPT_KIND_DELIVERED", true, true},
    {"receipt, rejected", "receipt", "RECEIPT_KIND_REJECTED", true, true},
    {"receipt, deadline", "receipt", "RECEIPT_KIND_DEADLINE_NEAR", true, true},
    {"court result", "court_result", NULL, true, true},
};
enum { ROWS = sizeof rows / sizeof *rows };

typedef struct road {
    const char *from, *to;
    const dcf_dialect *source, *target;
    const struct row *row;
    uint64_t seed;
    dcf_arena *arena; /* of one message */
    dcf_arena *kept;
    const char **lost; /* of this cell: "FIELD: why", each once */
    size_t lost_count, understood;
    explanation x;
} road;

/* --- what is different at the other end ------------------------------------------------------ */

static void note(road *r, const char *kind, const char *field, const char *why)
{
    const char *line = dcf_arena_printf(r->kept, "%s %s%s%s", kind, field, *why ? ": " : "", why);
    for (size_t i = 0; i < r->lost_count; i++)
        if (strcmp(r->lost[i], line) == 0) return;
    if (r->lost_count < LOST_MAX) r->lost[r->lost_count++] = line;
}

static void differs(void *self, const char *path, const char *left, const char *right)
{
    road *r = self;
    const char *field = dcf_flat_field(r->arena, path), *why = "";
    if (*path == '/' && strcmp(path, "/test") != 0) return;
    const char *kind = explain(&r->x, field, left, right, &why);
    if (kind) note(r, kind, field, why);
    GOLDEN_CHECK(kind, "%s to %s, %s, seed %llu: %s: \"%s\" arrives as \"%s\"", r->from, r->to,
                 r->row->label, (unsigned long long)r->seed, path, left ? left : "(nothing)",
                 right ? right : "(nothing)");
}

static void tell(const road *r, const char *what, const dcf_faults *faults)
{
    DCF_CLEANUP(dcf_buf_fini) dcf_buf told = {0};
    golden_faults(faults, &told);
    GOLDEN_CHECK(false, "%s to %s, %s, seed %llu: %s\n%s", r->from, r->to, r->row->label,
                 (unsigned long long)r->seed, what, dcf_buf_cstr(&told));
}

/* --- one message down the road ---------------------------------------------------------------- */

static Dcf__V1__Endpoint *endpoint(dcf_arena *a, const char *party)
{
    Dcf__V1__Endpoint *e = dcf_arena_alloc(a, sizeof *e);
    dcf__v1__endpoint__init(e);
    e->party = (char *)party;
    e->system = (char *)"SYSTEM-1";
    return e;
}

static void complete(road *r, Dcf__V1__Envelope *e)
{
    e->message_id = dcf_arena_printf(r->arena, "%s:A-%llu", r->from, (unsigned long long)r->seed);
    if (!e->source_message_id[0]) e->source_message_id = (char *)"A-1";
    if (!e->correlation_id[0]) e->correlation_id = (char *)"A-1";
    if (!e->sent_at[0]) e->sent_at = (char *)"2026-11-20T09:00:00Z";
    e->source = endpoint(r->arena, "sender");
    e->destination = endpoint(r->arena, "receiver");
    e->test = r->seed % 2 != 0;
}

/* The message of the dialect that this body is written as; NULL: it is not carried. */
static const dcf_variant *message_for(road *r, const dcf_dialect *d, const Dcf__V1__Envelope *e)
{
    return dcf_write_choose(&(dcf_writer){.d = d, .envelope = e, .arena = r->arena});
}

static Dcf__V1__Envelope *empty(road *r, dcf_field **ret_body)
{
    Dcf__V1__Envelope *e = dcf_arena_alloc(r->arena, sizeof *e);
    dcf__v1__envelope__init(e);
    *ret_body = dcf_field_find(e->base.descriptor, r->row->body, strlen(r->row->body));
    ProtobufCMessage *body = dcf_field_make_message(r->arena, &e->base, *ret_body);
    dcf_field *kind = dcf_field_find(body->descriptor, "kind", 4);
    if (r->row->kind && dcf_failed(dcf_field_set_text(r->arena, body, kind, 0, r->row->kind)))
        CU_FAIL("no such kind");
    return e;
}

static bool only_missing(const dcf_faults *faults)
{
    for (size_t i = 0; i < faults->count; i++)
        if (faults->items[i].severity == DCF_SEVERITY_ERROR &&
            faults->items[i].code != DCF_FAULT_REQUIRED)
            return false;
    return true;
}

/* Written by one dialect and read again; NULL: it lacks what the form demands, or told. */
static Dcf__V1__Envelope *through(road *r, const dcf_dialect *d, const Dcf__V1__Envelope *e,
                                  dcf_faults *faults)
{
    DCF_CLEANUP(dcf_buf_fini) dcf_buf out = {0};
    Dcf__V1__Envelope *back = NULL;
    dcf_faults read;
    dcf_faults_init(&read, r->arena, 200);
    if (dcf_failed(dcf_from_canonical(d, e, r->arena, faults, &out))) {
        if (!only_missing(faults)) tell(r, "cannot be written", faults);
        return NULL;
    }
    if (dcf_failed(dcf_to_canonical(d, dcf_buf_span(&out), NULL, r->arena, &read, &back))) {
        tell(r, "cannot be read", &read);
        return NULL;
    }
    return back;
}

/* False when one of the two has no message for it. */
static bool travel(road *r)
{
    dcf_field *body;
    inventor v;
    dcf_faults first, second;
    Dcf__V1__Envelope *e = empty(r, &body);
    dcf_faults_init(&first, r->arena, 500);
    dcf_faults_init(&second, r->arena, 500);
    invent_init(&v, r->arena, r->seed);
    v.percent = r->seed % 3 == 0 ? 100 : r->seed % 3 == 1 ? 20 : 65;
    const dcf_dialect *both[] = {r->source, r->target};
    for (size_t i = 0; i < 2; i++) {
        const dcf_variant *m = message_for(r, both[i], e);
        if (!m) return false;
        invent_for_message(&v, both[i], m->message->name);
    }
    invent_message(&v, dcf_field_get_message(&e->base, body, 0), "", 0);
    complete(r, e);
    Dcf__V1__Envelope *sent = through(r, r->source, e, &first), *got;
    if (!sent) return true;
    complete(r, sent);
    if (!(got = through(r, r->target, sent, &second))) return true;
    invent_init(&v, r->arena, r->seed);
    invent_for_message(&v, r->target, got->native->message);
    r->x = (explanation){
        .d = r->target, .message = got->native->message, .hints = &v, .faults = &second};
    dcf_flat left = {0}, right = {0};
    if (dcf_failed(dcf_flatten(sent, r->arena, &left)) ||
        dcf_failed(dcf_flatten(got, r->arena, &right)))
        CU_FAIL("no memory");
    dcf_flat_compare(&left, &right, differs, r);
    r->understood++;
    return true;
}

/* --- the matrix ----------------------------------------------------------------------------------
 */

static size_t number(const char *name, size_t usual)
{
    const char *text = getenv(name);
    return text ? (size_t)strtoull(text, NULL, 10) : usual;
}

/* One cell: ok, n by declaration, or not carried; what is lost goes to the report. */
static void cell(road *r, char out[CELL], dcf_buf *report)
{
    size_t from = number("DCF_SEED", 0), count = number("DCF_MESSAGES", USUAL_MESSAGES);
    bool carried = true;
    r->lost_count = r->understood = 0;
    for (size_t i = 0; carried && i < count; i++) {
        dcf_arena a;
        dcf_arena_init(&a, PAIR_LIMIT);
        r->arena = &a;
        r->seed = from + i;
        carried = travel(r);
        dcf_arena_fini(&a);
    }
    GOLDEN_CHECK(!carried || r->understood, "%s to %s, %s: nothing arrived", r->from, r->to,
                 r->row->label);
    if (!carried)
        snprintf(out, CELL, "not carried");
    else if (r->lost_count)
        snprintf(out, CELL, "%zu by declaration", r->lost_count);
    else
        snprintf(out, CELL, "ok");
    qsort(r->lost, r->lost_count, sizeof *r->lost, golden_by_name);
    for (size_t i = 0; i < r->lost_count; i++)
        dcf_buf_printf(report, "%s to %s, %s: %s\n", r->from, r->to, r->row->label, r->lost[i]);
}

typedef struct table {
    dcf_arena arena;
    dcf_dialect *d[FORCES + CPS];
    char cells[ROWS][FORCES * CPS * 2][CELL];
    dcf_buf report;
} table;

static void fill(table *t, const char **lost, size_t force, size_t office, bool to_cps)
{
    road r = {.from = to_cps ? forces[force] : cps[office],
              .to = to_cps ? cps[office] : forces[force],
              .source = t->d[to_cps ? force : FORCES + office],
              .target = t->d[to_cps ? FORCES + office : force],
              .kept = &t->arena,
              .lost = lost};
    size_t column = (force * CPS + office) * 2 + (to_cps ? 0 : 1);
    for (size_t i = 0; i < ROWS; i++) {
        r.row = &rows[i];
        bool used = to_cps ? rows[i].by_force : rows[i].by_cps;
        if (used)
            cell(&r, t->cells[i][column], &t->report);
        else
            snprintf(t->cells[i][column], CELL, "-");
    }
}

static void head(dcf_buf *out)
{
    dcf_buf_adds(
        out,
        "# Who understands whom\n\nKept true by `tests/golden/test_pairs.c`: messages with every "
        "field are written in one dialect, read, written in\nthe other and read there. `ok`: all "
        "of it arrives. A number: so many fields do not, or arrive in another form, by "
        "declaration\nof the receiver's mapping (`tests/golden/pairs.txt` names each; the sender's "
        "message is told with 2013). Not carried: 2012. `-`: not sent this way.\n\n|");
    for (size_t f = 0; f < FORCES; f++)
        for (size_t c = 0; c < CPS; c++)
            dcf_buf_printf(out, " | %s to %s | %s to %s", forces[f], cps[c], cps[c], forces[f]);
    dcf_buf_adds(out, " |\n|---");
    for (size_t i = 0; i < FORCES * CPS * 2; i++) dcf_buf_adds(out, "|---");
    dcf_buf_adds(out, "|\n");
}

static void every_pair_understands_each_other(void)
{
    static table t;
    dcf_arena_init(&t.arena, GOLDEN_ARENA_LIMIT);
    bool loaded = true;
    for (size_t i = 0; i < FORCES + CPS; i++) {
        t.d[i] = golden_dialect(&t.arena, i < FORCES ? forces[i] : cps[i - FORCES]);
        loaded = loaded && t.d[i];
    }
    const char **lost = dcf_arena_alloc(&t.arena, LOST_MAX * sizeof *lost);
    for (size_t f = 0; loaded && f < FORCES; f++)
        for (size_t c = 0; c < CPS; c++) fill(&t, lost, f, c, true), fill(&t, lost, f, c, false);
    DCF_CLEANUP(dcf_buf_fini) dcf_buf out = {0};
    head(&out);
    for (size_t i = 0; i < ROWS; i++) {
        dcf_buf_printf(&out, "| %s", rows[i].label);
        for (size_t k = 0; k < FORCES * CPS * 2; k++) dcf_buf_printf(&out, " | %s", t.cells[i][k]);
        dcf_buf_adds(&out, " |\n");
    }
    printf("\n%s", dcf_buf_cstr(&out));
    if (!getenv("DCF_SEED") && !getenv("DCF_MESSAGES")) {
        const char *root = golden_root();
        golden_expect(dcf_arena_printf(&t.arena, "%s/adapters/dialect/PAIRS.md", root),
                      dcf_buf_span(&out));
        golden_expect(dcf_arena_printf(&t.arena, "%s/tests/golden/pairs.txt", root),
                      dcf_buf_span(&t.report));
    }
    dcf_buf_fini(&t.report);
    for (size_t i = 0; i < FORCES + CPS; i++) dcf_dialect_free(t.d[i]);
    dcf_arena_fini(&t.arena);
}

#define TESTS(X) X(every_pair_understands_each_other)
UNIT_MAIN("pairs", TESTS)
