/*
 * test_laws.c - the laws of translation over invented messages, for each dialect and
 * each message it writes: what is written and read again is what it was, but for what
 * the mapping declares; and what cannot be written is a fault that names the field.
 *
 * What each dialect declares stands in laws/DIALECT.txt, one line a field, and is a part
 * of the review: `lost` has no place there (2013), `dropped` is declared in the mapping,
 * `changed` comes back in another form by its codec. DCF_SEED and DCF_MESSAGES choose
 * others than the usual ones; a failure prints the seed.
 */
#include "explain.h"
#include "invent.h"
#include "reach.h"
#include "unit.h"

#include "translate/writer.h"

enum { USUAL_MESSAGES = 24, DECLARED = 3000, ROUND_LIMIT = 48 << 20 };

typedef struct laws {
    const char *dialect;
    dcf_dialect *d;
    dcf_arena arena;
    const char **declared; /* lines of the report, unsorted and each once */
    size_t count;
    /* the message at hand */
    const char *message;
    uint64_t seed;
    inventor inventor;
    dcf_faults *faults;  /* of writing */
    const char *spoiled; /* field that holds a strange value; NULL: none */
    size_t broken;
    reach *reached; /* the message's body */
} laws;

/* Over all dialects. */
static dcf_arena reach_arena;
static reach *bodies;
static size_t body_count;

static reach *reach_of(const char *body)
{
    if (!bodies) {
        dcf_arena_init(&reach_arena, GOLDEN_ARENA_LIMIT);
        bodies = reach_bodies(&reach_arena, &body_count);
    }
    for (size_t i = 0; i < body_count; i++)
        if (strcmp(bodies[i].body, body) == 0) return &bodies[i];
    abort();
}

static size_t number(const char *name, size_t usual)
{
    const char *text = getenv(name);
    return text ? (size_t)strtoull(text, NULL, 10) : usual;
}

static void declare(laws *l, const char *kind, const char *field, const char *why)
{
    if (l->spoiled) return;
    const char *line = dcf_arena_printf(&l->arena, "%s: %s %s%s%s", l->message, kind, field,
                                        *why ? ": " : "", why);
    for (size_t i = 0; i < l->count; i++)
        if (strcmp(l->declared[i], line) == 0) return;
    if (l->count < DECLARED) l->declared[l->count++] = line;
}

/* --- one difference ------------------------------------------------------------------------ */

static bool explained(laws *l, const char *field, const char *left, const char *right)
{
    const char *why = "";
    const char *kind = explain(
        &(explanation){
            .d = l->d, .message = l->message, .hints = &l->inventor, .faults = l->faults},
        field, left, right, &why);
    if (kind) declare(l, kind, field, why);
    return kind != NULL;
}

/* The same but for white space: a run of it is one space. */
static bool same_words(dcf_span a, dcf_span b)
{
    size_t i = 0, k = 0;
    while (i < a.size && k < b.size) {
        bool gap = a.data[i] <= ' ', other = b.data[k] <= ' ';
        if (gap != other || (!gap && a.data[i] != b.data[k])) return false;
        for (i++; gap && i < a.size && a.data[i] <= ' ';) i++;
        for (k++; gap && k < b.size && b.data[k] <= ' ';) k++;
    }
    return i == a.size && k == b.size;
}

/* A strange value is told of, or loses white space where the mapping says so; what is white
 * space alone is absent everywhere. */
static bool strange_is_explained(const laws *l, const char *left, const char *right)
{
    dcf_span was = dcf_span_trim(dcf_span_str(left ? left : "")),
             is = dcf_span_trim(dcf_span_str(right ? right : ""));
    const char *dot = strrchr(l->spoiled, '.');
    for (size_t i = 0; i < l->faults->count; i++) {
        const char *named = dcf_flat_field(l->inventor.arena, l->faults->items[i].field);
        if (explain_below(l->spoiled, named)) return true;
    }
    const invent_hint *h = invent_hint_of(&l->inventor, l->spoiled);
    if (h && dot && strcmp(h->codec, "join") == 0) return true;
    if (was.size == 0 && is.size == 0) return true;
    return l->d->text.space != DCF_SPACE_KEEP && same_words(was, is);
}

static void differs(void *self, const char *path, const char *left, const char *right)
{
    laws *l = self;
    if (*path == '/') return; /* the header is the gateway's and the exchange's */
    const char *field = dcf_flat_field(l->inventor.arena, path);
    if (l->spoiled && strcmp(l->spoiled, field) == 0 && strange_is_explained(l, left, right))
        return;
    if (explained(l, field, left, right)) return;
    l->broken++;
    GOLDEN_CHECK(false, "%s %s seed %llu: %s: \"%s\" came back as \"%s\"", l->dialect, l->message,
                 (unsigned long long)l->seed, path, left ? left : "(nothing)",
                 right ? right : "(nothing)");
}

/* --- one message ----------------------------------------------------------------------------- */

static Dcf__V1__Endpoint *endpoint(dcf_arena *a, const char *party)
{
    Dcf__V1__Endpoint *e = dcf_arena_alloc(a, sizeof *e);
    dcf__v1__endpoint__init(e);
    e->party = (char *)party;
    e->system = (char *)"SYSTEM-1";
    return e;
}

/* What the gateway and the exchange give every message. */
static Dcf__V1__Envelope *invent_envelope(laws *l, const dcf_variant *v)
{
    dcf_arena *a = l->inventor.arena;
    Dcf__V1__Envelope *e = dcf_arena_alloc(a, sizeof *e);
    dcf__v1__envelope__init(e);
    e->message_id = (char *)"force-42:A-1";
    e->source_message_id = (char *)"A-1";
    e->correlation_id = (char *)"A-1";
    e->sent_at = (char *)"2026-11-20T09:00:00Z";
    e->source = endpoint(a, "force-42");
    e->destination = endpoint(a, "cps");
    ProtobufCMessage *body = dcf_field_make_message(a, &e->base, dcf_path_field(&v->target));
    for (size_t i = 0; i < v->wheres.count; i++) {
        const dcf_where *w = &v->wheres.items[i];
        if (!dcf_where_presence(w) &&
            dcf_failed(dcf_field_set_text(a, body, dcf_path_field(&w->path), 0, w->value)))
            CU_FAIL("a condition that no message meets");
    }
    invent_message(&l->inventor, body, "", 0);
    return e;
}

static void tell(const laws *l, const char *what, const dcf_faults *faults)
{
    DCF_CLEANUP(dcf_buf_fini) dcf_buf told = {0};
    golden_faults(faults, &told);
    GOLDEN_CHECK(false, "%s %s seed %llu%s%s: %s\n%s", l->dialect, l->message,
                 (unsigned long long)l->seed, l->spoiled ? " spoiled " : "",
                 l->spoiled ? l->spoiled : "", what, dcf_buf_cstr(&told));
}

/* Reads what was written and compares; the message is what it was but for what is explained. */
static void check_back(laws *l, const Dcf__V1__Envelope *e, dcf_span native)
{
    dcf_arena *a = l->inventor.arena;
    dcf_faults read;
    dcf_faults_init(&read, a, 200);
    Dcf__V1__Envelope *back = NULL;
    dcf_flat left = {0}, right = {0};
    if (dcf_failed(dcf_to_canonical(l->d, native, NULL, a, &read, &back))) {
        if (!l->spoiled) tell(l, "what was written cannot be read", &read);
        return;
    }
    if (strcmp(back->native->message, l->message) != 0) return; /* an earlier one took it */
    if (dcf_failed(dcf_flatten(e, a, &left)) || dcf_failed(dcf_flatten(back, a, &right))) {
        CU_FAIL("no memory");
        return;
    }
    dcf_flat_compare(&left, &right, differs, l);
    if (!l->spoiled) reach_note(l->reached, &l->inventor, &left, &right);
}

static bool only_missing(const dcf_faults *faults)
{
    for (size_t i = 0; i < faults->count; i++)
        if (faults->items[i].severity == DCF_SEVERITY_ERROR &&
            faults->items[i].code != DCF_FAULT_REQUIRED)
            return false;
    return true;
}

/* Of several messages for one body the first that fits is written. */
static bool is_written(const laws *l, const Dcf__V1__Envelope *e, const dcf_variant *v)
{
    return dcf_write_choose(&(dcf_writer){.d = l->d, .envelope = e, .arena = l->inventor.arena}) ==
           v;
}

static void friendly(laws *l, const dcf_variant *v)
{
    DCF_CLEANUP(dcf_buf_fini) dcf_buf out = {0};
    Dcf__V1__Envelope *e = invent_envelope(l, v);
    if (!is_written(l, e, v)) return;
    if (dcf_ok(dcf_from_canonical(l->d, e, l->inventor.arena, l->faults, &out)))
        check_back(l, e, dcf_buf_span(&out));
    else if (!only_missing(l->faults)) /* a form may demand what this message has not */
        tell(l, "a message within the mapping's bounds cannot be written", l->faults);
}

/* --- strange values ----------------------------------------------------------------------------
 */

static const char *const strange[] = {" ",           "\t",
                                      "a\001b",      "2026-02-30",
                                      "31/12/2026",  "NULL",
                                      " outer ",     "two\nlines",
                                      "a\r\nb",      "1e5",
                                      "-0",          "007",
                                      "99999999999", "Σ\xEF\xBF\xBF",
                                      "=1+1",        "\"",
                                      "'; --",       "&amp;",
                                      "<x/>",        "true",
                                      "0",           "42AB0000126 (M)"};

/* A plain text field somewhere in the message; how many were passed is counted in *at. */
static bool spoil(laws *l, ProtobufCMessage *m, const char *scope, size_t *at)
{
    for (unsigned i = 0; i < m->descriptor->n_fields; i++) {
        dcf_field *f = &m->descriptor->fields[i];
        const char *path =
            dcf_arena_printf(l->inventor.arena, "%s%s%s", scope, *scope ? "." : "", f->name);
        size_t n = dcf_field_count(m, f);
        for (size_t k = 0; k < n; k++) {
            if (dcf_field_message(f)) {
                if (spoil(l, dcf_field_get_message(m, f, k), path, at)) return true;
            } else if (f->type == PROTOBUF_C_TYPE_STRING && (*at)-- == 0) {
                size_t max = invent_max(&l->inventor, path);
                bool longer = max && max < 40000 && invent_below(&l->inventor, 3) == 0;
                unsigned blanks = dcf_field_repeated(f) ? 2 : 0; /* a blank item is no item */
                unsigned which =
                    blanks + invent_below(&l->inventor, sizeof strange / sizeof *strange - blanks);
                const char *value = longer ? invent_words(&l->inventor, max + 1) : strange[which];
                l->spoiled = path;
                return dcf_ok(dcf_field_set_text(l->inventor.arena, m, f, k, value));
            }
        }
    }
    return false;
}

/* The fault is on the field, or on the text it shares with another. */
static bool names(const laws *l, const dcf_fault *f, const char *field)
{
    const char *named = dcf_flat_field(l->inventor.arena, f->field), *dot = strrchr(field, '.');
    const invent_hint *h = invent_hint_of(&l->inventor, field);
    bool shared = h && dot && strcmp(h->codec, "join") == 0 &&
                  strncmp(field, named, (size_t)(dot - field)) == 0;
    return f->severity == DCF_SEVERITY_ERROR && (shared || explain_below(field, named));
}

/* Written, or refused with a fault that names the field; and nothing else is harmed. */
static void hostile(laws *l, const dcf_variant *v)
{
    DCF_CLEANUP(dcf_buf_fini) dcf_buf out = {0};
    Dcf__V1__Envelope *e = invent_envelope(l, v);
    ProtobufCMessage *body = dcf_field_get_message(&e->base, dcf_path_field(&v->target), 0);
    if (!is_written(l, e, v)) return;
    size_t at = invent_below(&l->inventor, 120), before = SIZE_MAX;
    while (!spoil(l, body, "", &at)) {
        if (at == before) return; /* nothing to spoil */
        before = at;
    }
    if (dcf_ok(dcf_from_canonical(l->d, e, l->inventor.arena, l->faults, &out))) {
        check_back(l, e, dcf_buf_span(&out));
        return;
    }
    bool named = false;
    for (size_t i = 0; i < l->faults->count; i++)
        named = named || names(l, &l->faults->items[i], l->spoiled);
    if (!named && !only_missing(l->faults))
        tell(l, "refused, and no fault names the field", l->faults);
}

/* --- every message of a dialect -------------------------------------------------------------- */

static void one(laws *l, const dcf_variant *v, uint64_t seed)
{
    for (int strangely = 0; strangely < 2; strangely++) {
        dcf_arena a;
        dcf_faults faults;
        dcf_arena_init(&a, ROUND_LIMIT);
        dcf_faults_init(&faults, &a, 500);
        l->message = v->message->name;
        l->seed = seed;
        l->faults = &faults;
        l->spoiled = NULL;
        invent_init(&l->inventor, &a, seed + (strangely ? 1000003u : 0));
        invent_for_message(&l->inventor, l->d, l->message);
        l->inventor.percent = seed % 4 == 0 ? 100 : seed % 4 == 1 ? 15 : 60;
        l->inventor.both = strangely;
        l->inventor.full = seed % 8 == 0;
        if (strangely)
            hostile(l, v);
        else
            friendly(l, v);
        dcf_arena_fini(&a);
    }
}

static void every_message(laws *l)
{
    const dcf_variant *roots = l->d->roots;
    size_t from = number("DCF_SEED", 0), count = number("DCF_MESSAGES", USUAL_MESSAGES);
    for (size_t i = 0; i < roots->child_count; i++)
        for (size_t k = 0; k < roots->children[i]->variant_count; k++) {
            const dcf_variant *v = roots->children[i]->variants[k];
            if (!v->message || v->message->read_only) continue;
            l->reached = reach_of(dcf_path_field(&v->target)->name);
            for (size_t n = 0; n < count && l->broken < 40; n++) one(l, v, from + n);
        }
}

static void obeys(const char *dialect)
{
    laws l = {.dialect = dialect};
    dcf_arena_init(&l.arena, GOLDEN_ARENA_LIMIT);
    l.declared = dcf_arena_alloc(&l.arena, DECLARED * sizeof *l.declared);
    l.d = golden_dialect(&l.arena, dialect);
    if (l.d) every_message(&l);
    qsort(l.declared, l.count, sizeof *l.declared, golden_by_name);
    DCF_CLEANUP(dcf_buf_fini) dcf_buf report = {0};
    for (size_t i = 0; i < l.count; i++) dcf_buf_printf(&report, "%s\n", l.declared[i]);
    if (!getenv("DCF_SEED") && !getenv("DCF_MESSAGES"))
        golden_expect(
            dcf_arena_printf(&l.arena, "%s/tests/golden/laws/%s.txt", golden_root(), dialect),
            dcf_buf_span(&report));
    dcf_dialect_free(l.d);
    dcf_arena_fini(&l.arena);
}

static void spi_gives_back_what_it_takes(void)
{
    obeys("spi");
}

static void pole_gives_back_what_it_takes(void)
{
    obeys("pole");
}

static void cms_gives_back_what_it_takes(void)
{
    obeys("cms");
}

static void twif_gives_back_what_it_takes(void)
{
    obeys("twif");
}

static void extract_gives_back_what_it_takes(void)
{
    obeys("extract");
}

/* The last: what the laws of all dialects were tried on. */
static void every_canonical_field_is_tried_at_its_limits(void)
{
    size_t fields = 0, limits = 0;
    bool usual = !getenv("DCF_SEED") && !getenv("DCF_MESSAGES"); /* others may miss a limit */
    for (size_t i = 0; i < body_count; i++) {
        const reach *r = &bodies[i];
        if (strcmp(r->body, "refusal") == 0) continue; /* the broker's own, never translated */
        for (size_t k = 0; k < r->fields.count; k++) {
            unsigned seen = r->seen[k];
            const char *field = r->fields.items[k].path;
            GOLDEN_CHECK(seen & REACH_SET, "%s %s: never set", r->body, field);
            GOLDEN_CHECK(seen & REACH_SAME, "%s %s: never came back as it was", r->body, field);
            GOLDEN_CHECK(!usual || !(seen & REACH_BOUND) || seen & REACH_LIMIT,
                         "%s %s: never as long as it may be", r->body, field);
            fields++;
            limits += (seen & REACH_LIMIT) != 0;
        }
    }
    printf("\n    %zu fields of %zu bodies, %zu of them at a limit ", fields, body_count, limits);
    CU_ASSERT_TRUE(fields > 500 && limits > 100);
    dcf_arena_fini(&reach_arena);
}

#define TESTS(X)                                                                                   \
    X(spi_gives_back_what_it_takes)                                                                \
    X(pole_gives_back_what_it_takes)                                                               \
    X(cms_gives_back_what_it_takes)                                                                \
    X(twif_gives_back_what_it_takes)                                                               \
    X(extract_gives_back_what_it_takes)                                                            \
    X(every_canonical_field_is_tried_at_its_limits)
UNIT_MAIN("laws", TESTS)
