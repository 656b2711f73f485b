/* scaffold_match.c - how much a native path is like a canonical field: by its words and its values.
 */
#include "authoring/scaffold_parts.h"

#include "dcf/v1/envelope.pb-c.h"
#include "model/ids.h"

#include <ctype.h>
#include <stdio.h>

enum { WORDS_MAX = 16, WORD_SIZE = 24, PATH_SIZE = 256, DEPTH_MAX = 5 };

/* What record systems call it, and what the canonical model does: a word or a phrase. */
static const struct {
    const char *native, *canonical;
} SAME[] = {
    {"surname", "family name"},
    {"last name", "family name"},
    {"lastname", "family name"},
    {"forename", "given name 1"},
    {"forenames", "given name 1"},
    {"forename 1", "given name 1"},
    {"first name", "given name 1"},
    {"firstname", "given name 1"},
    {"given name", "given name 1"},
    {"given names", "given name 1"},
    {"middle name", "given name 2"},
    {"forename 2", "given name 2"},
    {"second name", "given name 2"},
    {"dob", "birth date"},
    {"d o b", "birth date"},
    {"born", "birth date"},
    {"birthdate", "birth date"},
    {"birthday", "birth date"},
    {"date of birth", "birth date"},
    {"sex", "gender"},
    {"pti urn", "urn"},
    {"ptiurn", "urn"},
    {"case ref", "urn"},
    {"case reference", "urn"},
    {"case number", "urn"},
    {"case id", "urn"},
    {"unique reference number", "urn"},
    {"arrest summons number", "asn"},
    {"arrest number", "asn"},
    {"as no", "asn"},
    {"pnc", "pnc id"},
    {"pncid", "pnc id"},
    {"pnc number", "pnc id"},
    {"cro", "cro number"},
    {"accused", "defendants"},
    {"accused persons", "defendants"},
    {"suspect", "defendants"},
    {"suspects", "defendants"},
    {"defendant", "defendants"},
    {"offender", "defendants"},
    {"offenders", "defendants"},
    {"people", "defendants"},
    {"persons", "defendants"},
    {"person", "defendants"},
    {"nominal", "defendants"},
    {"nominals", "defendants"},
    {"subjects", "defendants"},
    {"charge", "offences"},
    {"charges", "offences"},
    {"offence", "offences"},
    {"offense", "offences"},
    {"crime", "offences"},
    {"allegation", "offences"},
    {"allegations", "offences"},
    {"witness", "witnesses"},
    {"victim", "victims"},
    {"injured parties", "victims"},
    {"document", "documents"},
    {"exhibit", "documents"},
    {"exhibits", "documents"},
    {"attachments", "documents"},
    {"materials", "documents"},
    {"alias", "aliases"},
    {"offence code", "code"},
    {"cjs code", "code"},
    {"charge code", "code"},
    {"offence wording", "wording"},
    {"charge text", "wording"},
    {"charge wording", "wording"},
    {"offence text", "wording"},
    {"text of charge", "wording"},
    {"text", "wording"},
    {"description", "wording"},
    {"d", "defendants"},
    {"def", "defendants"},
    {"deft", "defendants"},
    {"o", "offences"},
    {"off", "offences"},
    {"w", "witnesses"},
    {"wit", "witnesses"},
    {"v", "victims"},
    {"vic", "victims"},
    {"particulars", "wording"},
    {"offence date", "start date"},
    {"date of offence", "start date"},
    {"committed on", "start date"},
    {"committed", "start date"},
    {"date from", "start date"},
    {"from date", "start date"},
    {"date to", "end date"},
    {"to date", "end date"},
    {"place", "location"},
    {"charged on", "charge date"},
    {"date charged", "charge date"},
    {"plate", "registration mark"},
    {"vrm", "registration mark"},
    {"number plate", "registration mark"},
    {"seq", "sequence number"},
    {"sequence", "sequence number"},
    {"mobile", "telephone mobile"},
    {"phone", "telephone business"},
    {"telephone", "telephone business"},
    {"tel", "telephone business"},
    {"email", "email 1"},
    {"e mail", "email 1"},
    {"mail", "email 1"},
    {"email address", "email 1"},
    {"post code", "postcode"},
    {"zip", "postcode"},
    {"city", "post town"},
    {"county", "administrative area"},
    {"house", "primary object"},
    {"house number", "primary object"},
    {"house name", "primary object"},
    {"road", "street"},
    {"flat", "secondary object"},
    {"oic", "officer in case"},
    {"officer", "officer in case"},
    {"collar", "shoulder number"},
    {"collar number", "shoulder number"},
    {"badge", "shoulder number"},
    {"court", "court ou code"},
    {"hearing date", "initial hearing date"},
    {"first hearing", "initial hearing date"},
    {"remand status", "custody status"},
    {"remand", "custody status"},
    {"plea", "anticipated plea"},
    {"unit", "police unit"},
    {"case type", "kind"},
    {"file type", "kind"},
    {"type", "kind"},
    {"submission type", "kind"},
    {"domestic violence", "domestic abuse"},
    {"dv", "domestic abuse"},
    {"da", "domestic abuse"},
    {"dv flag", "domestic abuse"},
    {"flags", "monitoring codes"},
    {"markers", "monitoring codes"},
    {"flag", "monitoring codes"},
    {"msg", "source message id"},
    {"msg id", "source message id"},
    {"message", "source message id"},
    {"message id", "source message id"},
    {"message ref", "source message id"},
    {"message reference", "source message id"},
    {"transaction id", "source message id"},
    {"id", "source message id"},
    {"ref", "source message id"},
    {"reference", "source message id"},
    {"guid", "source message id"},
    {"uuid", "source message id"},
    {"sent", "sent at"},
    {"sent on", "sent at"},
    {"date sent", "sent at"},
    {"created", "sent at"},
    {"created at", "sent at"},
    {"created on", "sent at"},
    {"timestamp", "sent at"},
    {"time stamp", "sent at"},
    {"extracted", "sent at"},
    {"exported", "sent at"},
    {"generated", "sent at"},
    {"sender", "source system"},
    {"system", "source system"},
    {"from system", "source system"},
    {"test", "test"},
};

/* Words that say nothing without those before them. */
static const char *const VAGUE[] = {"name", "code", "type",   "id",   "number", "date",  "text",
                                    "time", "kind", "status", "role", "title",  "value", NULL};

typedef struct words {
    char word[WORDS_MAX][WORD_SIZE];
    size_t count;
} words;

static void add_word(words *w, const char *text, size_t size)
{
    if (!size || w->count == WORDS_MAX) return;
    if (size >= WORD_SIZE) size = WORD_SIZE - 1;
    memcpy(w->word[w->count], text, size);
    w->word[w->count++][size] = 0;
}

/* "DateOfBirth", "date_of_birth", "dob2" to lower-case words, without stroke and sign. */
static void split(words *w, const char *name)
{
    char lower[WORD_SIZE];
    size_t n = 0;
    for (const char *p = name; *p; p++) {
        unsigned char c = (unsigned char)*p, next = (unsigned char)p[1];
        bool letter = isalpha(c) || c >= 0x80, digit = isdigit(c);
        bool starts = n && ((isupper(c) && (islower((unsigned char)p[-1]) || islower(next))) ||
                            (digit != (isdigit((unsigned char)lower[n - 1]) != 0)));
        if (starts || !(letter || digit)) {
            add_word(w, lower, n);
            n = 0;
        }
        if ((letter || digit) && n + 1 < sizeof lower) lower[n++] = (char)tolower(c);
    }
    add_word(w, lower, n);
}

static void join(const words *w, char out[PATH_SIZE])
{
    size_t n = 0;
    out[0] = 0;
    for (size_t i = 0; i < w->count; i++)
        n += (size_t)snprintf(out + n, PATH_SIZE - n, "%s%s", i ? " " : "", w->word[i]);
}

/* The words in the model's terms. */
static void in_our_terms(words *w)
{
    char phrase[PATH_SIZE];
    join(w, phrase);
    for (size_t i = 0; i < sizeof SAME / sizeof SAME[0]; i++)
        if (strcmp(SAME[i].native, phrase) == 0) {
            w->count = 0;
            split(w, SAME[i].canonical);
            return;
        }
}

static bool same_word(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b);
    if (strcmp(a, b) == 0) return true;
    if (n > m && n == m + 1 && a[m] == 's') return strncmp(a, b, m) == 0;
    if (m > n && m == n + 1 && b[n] == 's') return strncmp(a, b, n) == 0;
    size_t least = n < m ? n : m;
    return least >= 4 && strncmp(a, b, least) == 0; /* organisation, org… */
}

static bool has_word(const words *w, const char *word)
{
    for (size_t i = 0; i < w->count; i++)
        if (same_word(w->word[i], word)) return true;
    return false;
}

/* Dice: twice the shared words of all. */
static unsigned shared(const words *a, const words *b)
{
    size_t common = 0;
    for (size_t i = 0; i < a->count; i++) common += has_word(b, a->word[i]);
    size_t all = a->count + b->count;
    size_t percent = all ? 200 * common / all : 0;
    return (unsigned)(percent > 100 ? 100 : percent);
}

static void add_new_words(words *to, const words *from)
{
    for (size_t i = 0; i < from->count; i++)
        if (!has_word(to, from->word[i])) add_word(to, from->word[i], strlen(from->word[i]));
}

/* The words of the last step, and of all steps below top. */
static void native_words(const dcf_shape_node *n, const dcf_shape_node *top, bool ours, words *last,
                         words *all)
{
    bool column = n->name[0] == 'c' && !n->name[1 + strspn(n->name + 1, "0123456789")];
    if (!column) split(last, n->name); /* c1, c2 …: nobody named it */
    if (ours) in_our_terms(last);
    add_new_words(all, last);
    for (const dcf_shape_node *p = n->parent; p && p != top; p = p->parent) {
        words step = {.count = 0};
        split(&step, p->name);
        if (ours) in_our_terms(&step);
        add_new_words(all, &step);
    }
}

static void canonical_words(const char *path, words *last, words *all)
{
    const char *dot = strrchr(path, '.');
    if (*path == '/') path++;
    split(last, dot ? dot + 1 : path);
    split(all, path);
    words once = {.count = 0};
    add_new_words(&once, all);
    *all = once;
}

/* --- values
 * ---------------------------------------------------------------------------------------- */

static bool ends_with(const char *text, const char *ending)
{
    size_t n = strlen(text), m = strlen(ending);
    return n >= m && strcmp(text + n - m, ending) == 0;
}

static bool is_urn(const char *v)
{
    dcf_urn urn;
    return dcf_urn_parse(dcf_span_str(v), &urn) == DCF_ID_OK && urn.strict;
}

static bool is_asn(const char *v)
{
    dcf_asn asn;
    return dcf_asn_parse(dcf_span_str(v), &asn) == DCF_ID_OK;
}

static bool is_pnc(const char *v)
{
    dcf_pnc pnc;
    return dcf_pnc_parse(dcf_span_str(v), &pnc) == DCF_ID_OK;
}

static bool is_offence(const char *v)
{
    return dcf_offence_code_check(dcf_span_str(v)) == DCF_ID_OK;
}

/* At least half of the words mean values of the enum. */
static bool means_some(const dcf_shape_node *n, dcf_field *f)
{
    size_t known = 0;
    for (size_t i = 0; i < n->value_count; i++)
        known += dcf_scaffold_enum(f->descriptor, n->values[i]) != NULL;
    return known * 2 >= n->value_count;
}

/* Whether the field can hold what stands there. */
static bool values_fit(const dcf_shape_node *n, dcf_field *f)
{
    bool date = dcf_scaffold_date(n) != NULL, moment = dcf_shape_all(n, dcf_shape_is_datetime);
    bool wants_date = ends_with(f->name, "date"), wants_moment = ends_with(f->name, "_at");
    if (!n->texts) return f->type == PROTOBUF_C_TYPE_STRING;
    if (f->type == PROTOBUF_C_TYPE_BOOL) return n->value_count <= 2 && !n->more && n->longest <= 5;
    if (f->type == PROTOBUF_C_TYPE_ENUM) return !n->more && n->longest <= 30 && means_some(n, f);
    if (strcmp(f->name, "urn") == 0 && !dcf_shape_all(n, is_urn)) return false;
    if (strcmp(f->name, "pnc_id") == 0 && !dcf_shape_all(n, is_pnc)) return false;
    if (f->type != PROTOBUF_C_TYPE_STRING) return false;
    if (wants_moment || moment) return wants_moment == moment;
    return wants_date == date || (date && n->kinds == 1U << DCF_VALUE_NUMBER);
}

static bool is_vague(const words *w)
{
    for (size_t i = 0; w->count == 1 && VAGUE[i]; i++)
        if (strcmp(VAGUE[i], w->word[0]) == 0) return true;
    return false;
}

/* Values that say what they are, whatever they are called. */
static const struct {
    const char *path;
    bool (*is)(const char *value);
} TELLING[] = {{"urn", is_urn}, {"asn", is_asn}, {"pnc_id", is_pnc}, {"code", is_offence}};

static bool values_tell(const dcf_shape_node *n, const dcf_target *t)
{
    for (size_t i = 0; i < sizeof TELLING / sizeof TELLING[0]; i++)
        if (strcmp(TELLING[i].path, t->path) == 0) return dcf_shape_all(n, TELLING[i].is);
    return false;
}

/* By words, as they are or in the model's terms. */
static unsigned by_words(const dcf_shape_node *node, const dcf_shape_node *top, const dcf_target *t,
                         bool ours)
{
    words native_last = {.count = 0}, native_all = {.count = 0}, last = {.count = 0},
          all = {.count = 0};
    native_words(node, top, ours, &native_last, &native_all);
    canonical_words(t->path, &last, &all);
    unsigned end = shared(&native_last, &last), whole = shared(&native_all, &all);
    /* the phrase may be spread over steps: hearing.date is initial_hearing.date */
    unsigned spread = shared(&native_last, &all);
    if (spread > end) end = (end + spread) / 2;
    if (is_vague(&last) && whole < 60) return 0;
    return (end * 6 + whole * 4) / 10;
}

unsigned dcf_likeness(const dcf_shape_node *node, const dcf_shape_node *top, const dcf_target *t)
{
    if (!dcf_field_message(t->field) && !values_fit(node, t->field)) return 0;
    unsigned raw = by_words(node, top, t, false), ours = by_words(node, top, t, true);
    unsigned like = raw > ours ? raw : ours;
    return values_tell(node, t) ? DCF_SURE + like / 4 : like;
}

/* --- what there is
 * ----------------------------------------------------------------------------------- */

static dcf_status add_target(dcf_arena *arena, dcf_targets *to, const char *path, dcf_field *f)
{
    if (to->count == to->capacity) {
        size_t capacity = to->capacity ? to->capacity * 2 : 64;
        dcf_target *items = dcf_arena_grow(arena, to->items, to->count, capacity, sizeof *items);
        if (!items) return DCF_ERR(NOMEM);
        to->items = items;
        to->capacity = capacity;
    }
    char *copy = dcf_arena_strdup(arena, path);
    if (!copy) return DCF_ERR(NOMEM);
    to->items[to->count++] = (dcf_target){.path = copy, .field = f};
    return DCF_OK;
}

static dcf_status walk(const ProtobufCMessageDescriptor *type, const char *prefix, unsigned depth,
                       dcf_arena *arena, dcf_targets *to)
{
    for (unsigned i = 0; i < type->n_fields; i++) {
        dcf_field *f = &type->fields[i];
        char path[PATH_SIZE];
        snprintf(path, sizeof path, "%s%s%s", prefix, *prefix ? "." : "", f->name);
        if (dcf_field_message(f) && !dcf_field_repeated(f)) {
            if (depth < DEPTH_MAX) DCF_TRY(walk(dcf_field_message(f), path, depth + 1, arena, to));
        } else if (f->type != PROTOBUF_C_TYPE_BYTES) {
            DCF_TRY(add_target(arena, to, path, f));
        }
    }
    return DCF_OK;
}

/* What a sender's header says (README of the dialects: the rest of the Envelope is the broker's).
 */
static const char *const HEADER[] = {"source_message_id", "correlation_id", "sent_at", "test"},
                         *const SOURCE[] = {"system", "unit", "user"};

dcf_status dcf_targets_of(const ProtobufCMessageDescriptor *type, bool body, dcf_arena *arena,
                          dcf_targets *ret)
{
    const ProtobufCMessageDescriptor *e = &dcf__v1__envelope__descriptor;
    DCF_TRY(walk(type, "", 0, arena, ret));
    if (!body) return DCF_OK;
    for (size_t i = 0; i < sizeof HEADER / sizeof HEADER[0]; i++) {
        char path[PATH_SIZE];
        snprintf(path, sizeof path, "/%s", HEADER[i]);
        DCF_TRY(add_target(arena, ret, path, dcf_field_find(e, HEADER[i], strlen(HEADER[i]))));
    }
    const ProtobufCMessageDescriptor *source =
        dcf_field_message(dcf_field_find(e, "source", strlen("source")));
    for (size_t i = 0; i < sizeof SOURCE / sizeof SOURCE[0]; i++) {
        char path[PATH_SIZE];
        snprintf(path, sizeof path, "/source.%s", SOURCE[i]);
        DCF_TRY(add_target(arena, ret, path, dcf_field_find(source, SOURCE[i], strlen(SOURCE[i]))));
    }
    return DCF_OK;
}
