/*
 * map_coverage.c - dcfctl map coverage: what the mapping does with each native path of
 * the samples, which of its rows they use, and which canonical fields they fill.
 */
#include "base/yaml.h"
#include "ctl/map_trip.h"
#include "translate/inspect.h"

#include <protobuf-c/protobuf-c.h>

/* A fate beside those of watch.h: carried, and samples/unknown.yaml says why. */
static const char ON_PURPOSE[] = "on purpose";

/* Objects of objects: path -> what was seen of it. */
typedef struct cover {
    const ctl *c;
    map_job *j;
    json_t *native;    /* "MESSAGE path" -> {message, path, fate, times, reason} */
    json_t *rows;      /* "LINE path" of rows that were used -> true */
    json_t *unused;    /* rows that were not: [{row, path, canonical}] */
    json_t *canonical; /* body -> field -> state */
    json_t *unread;    /* documents that are not read at all */
    json_t *met;       /* messages and bodies that the documents are -> true */
    map_reasons unknown;
    size_t row_count;
} cover;

/* --- native paths
 * ----------------------------------------------------------------------------------- */

/* Taken care of, from best to worst: the worst of all occurrences counts. */
static int badness(dcf_fate fate)
{
    return fate == DCF_FATE_REFUSED ? 2 : fate == DCF_FATE_CARRIED ? 1 : 0;
}

static dcf_fate fate_of(const char *name)
{
    for (dcf_fate f = 0; f < DCF_FATE_COUNT; f++)
        if (strcmp(dcf_fate_name(f), name) == 0) return f;
    return DCF_FATE_COUNT;
}

static void see_native(cover *v, const char *message, const dcf_sighting *s, const char *path)
{
    char key[2048];
    const char *excuse = s->fate == DCF_FATE_CARRIED ? map_reason_of(&v->unknown, path) : NULL;
    snprintf(key, sizeof key, "%s %s", message, path);
    json_t *entry = json_object_get(v->native, key);
    if (!entry) {
        entry = json_pack("{s:s, s:s, s:s, s:i, s:s}", "message", message, "path", path, "fate",
                          excuse ? ON_PURPOSE : dcf_fate_name(s->fate), "times", 0, "reason",
                          excuse ? excuse : s->reason);
        json_object_set_new(v->native, key, entry);
    }
    json_object_set_new(entry, "times",
                        json_integer(json_integer_value(json_object_get(entry, "times")) + 1));
    if (!excuse &&
        badness(s->fate) > badness(fate_of(json_string_value(json_object_get(entry, "fate")))))
        json_object_set_new(entry, "fate", json_string(dcf_fate_name(s->fate)));
}

static void see_row(cover *v, const dcf_sighting *s, const char *path)
{
    char key[2048];
    snprintf(key, sizeof key, "%u %s", s->row, path);
    if (s->row) json_object_set_new(v->rows, key, json_true());
}

/* Whether some used row of that line stands at a path that ends so: a wrapper may be around. */
static bool row_used(const cover *v, const dcf_inspect_rule *r)
{
    char line[16];
    const char *key;
    json_t *value;
    size_t n = (size_t)snprintf(line, sizeof line, "%u ", r->line), size = strlen(r->native_path);
    json_object_foreach(v->rows, key, value)
    {
        if (strncmp(key, line, n) != 0) continue;
        size_t length = strlen(key + n);
        if (length >= size && strcmp(key + n + length - size, r->native_path) == 0 &&
            (length == size || key[n + length - size - 1] == '/' || *r->native_path == '/'))
            return true;
    }
    return false;
}

static bool look_at_row(void *self, const dcf_inspect_rule *r)
{
    cover *v = self;
    if (r->group || !r->read || r->drop || !r->line) return true;
    v->row_count++;
    if (!row_used(v, r))
        json_array_append_new(v->unused, json_pack("{s:i, s:s, s:s, s:s}", "row", (int)r->line,
                                                   "message", r->message, "path", r->native_path,
                                                   "canonical", r->canonical));
    return true;
}

/* --- canonical fields
 * --------------------------------------------------------------------------------- */

static json_t *body_of(cover *v, const char *body)
{
    return json_object_get(v->canonical, body);
}

/* impossible < possible < defaulted < filled: the best counts. */
static void raise_state(json_t *fields, const char *field, const char *state)
{
    static const char *const states[] = {"impossible", "possible", "defaulted", "filled"};
    size_t before = 0, now = 0;
    const char *old = json_string_value(json_object_get(fields, field));
    if (!old) return;
    for (size_t i = 0; i < CTL_COUNT(states); i++) {
        if (strcmp(states[i], old) == 0) before = i;
        if (strcmp(states[i], state) == 0) now = i;
    }
    if (now > before) json_object_set_new(fields, field, json_string(state));
}

static bool add_body(void *self, const dcf_inspect_message *m)
{
    cover *v = self;
    dcf_flat fields = {0};
    if (!body_of(v, m->body)) {
        json_t *all = json_object();
        json_object_set_new(v->canonical, m->body, all);
        if (dcf_failed(dcf_flat_fields(m->type, &v->j->kept, &fields))) return false;
        for (size_t i = 0; i < fields.count; i++)
            json_object_set_new(all, fields.items[i].path, json_string("impossible"));
    }
    for (size_t i = 0; i < m->set_count; i++)
        raise_state(body_of(v, m->body), m->sets[i], "possible");
    return true;
}

typedef struct row_body {
    cover *v;
    const char *message, *body;
} row_body;

static bool find_body(void *self, const dcf_inspect_message *m)
{
    row_body *r = self;
    if (strcmp(m->name, r->message) == 0) r->body = m->body;
    return !r->body;
}

/* What a row can fill. */
static bool possible(void *self, const dcf_inspect_rule *r)
{
    cover *v = self;
    row_body b = {.v = v, .message = r->message};
    if (r->group || !r->read || !*r->canonical) return true;
    dcf_inspect_messages(v->j->dialect, find_body, &b);
    json_t *fields = b.body ? body_of(v, b.body) : NULL;
    const char *const targets[] = {r->canonical, r->second, r->also};
    for (size_t i = 0; fields && i < CTL_COUNT(targets); i++) {
        char *field = dcf_flat_field(&v->j->kept, targets[i]);
        if (field) raise_state(fields, field, "possible");
    }
    return true;
}

/* A field is defaulted when nothing but defaults ever fills it. */
static void see_fields(cover *v, const char *body, const map_trip *t)
{
    json_t *fields = body_of(v, body);
    for (size_t i = 0; fields && i < t->flat.count; i++) {
        const dcf_flat_value *f = &t->flat.items[i];
        bool defaulted = false, other = false;
        for (size_t k = 0; k < t->seen.count; k++) {
            if (strcmp(t->seen.items[k].canonical, f->path) != 0) continue;
            if (t->seen.items[k].fate == DCF_FATE_DEFAULT)
                defaulted = true;
            else
                other = true;
        }
        if (*f->path != '/')
            raise_state(fields, f->field, defaulted && !other ? "defaulted" : "filled");
    }
}

/* --- documents
 * ------------------------------------------------------------------------------------------ */

static const char *body_name(const Dcf__V1__Envelope *e)
{
    const ProtobufCMessageDescriptor *type = e->base.descriptor;
    for (unsigned i = 0; i < type->n_fields; i++)
        if ((type->fields[i].flags & PROTOBUF_C_FIELD_FLAG_ONEOF) &&
            type->fields[i].id == (uint32_t)e->body_case)
            return type->fields[i].name;
    return "";
}

static void see(cover *v, const char *file)
{
    map_trip t;
    map_trip_begin(&t);
    map_trip_read(&t, v->j->dialect, dcf_buf_span(&v->j->in));
    const char *message = t.envelope ? t.envelope->native->message : "";
    if (!t.envelope || !*message) json_array_append_new(v->unread, json_string(file));
    for (size_t i = 0; i < t.seen.count; i++) {
        const dcf_sighting *s = &t.seen.items[i];
        char *path = dcf_flat_field(&t.arena, s->native);
        if (!path) continue;
        see_row(v, s, path);
        if (s->fate != DCF_FATE_DEFAULT && s->fate != DCF_FATE_SET) see_native(v, message, s, path);
    }
    json_object_set_new(v->met, message, json_true());
    if (t.envelope) json_object_set_new(v->met, body_name(t.envelope), json_true());
    if (t.envelope && dcf_ok(t.read)) see_fields(v, body_name(t.envelope), &t);
    map_trip_end(&t);
}

/* --- the report
 * ------------------------------------------------------------------------------------------- */

static size_t count_fate(const cover *v, const char *fate)
{
    const char *key;
    json_t *entry;
    size_t n = 0;
    json_object_foreach(v->native, key, entry) n +=
        strcmp(json_string_value(json_object_get(entry, "fate")), fate) == 0;
    return n;
}

static size_t count_state(const json_t *fields, const char *state)
{
    const char *key;
    json_t *value;
    size_t n = 0;
    json_object_foreach((json_t *)fields, key, value) n +=
        strcmp(json_string_value(value), state) == 0;
    return n;
}

/* Whole percents, and 100 only for all of it. */
static unsigned long percent(size_t part, size_t whole)
{
    return whole ? (unsigned long)(part * 100 / whole) : 100;
}

static size_t well(const cover *v)
{
    return json_object_size(v->native) - count_fate(v, "carried") - count_fate(v, "refused");
}

static void filled(const cover *v, size_t *ret_filled, size_t *ret_all)
{
    const char *body;
    json_t *fields;
    *ret_filled = *ret_all = 0;
    json_object_foreach(v->canonical, body, fields)
    {
        *ret_filled += count_state(fields, "filled") + count_state(fields, "defaulted");
        *ret_all += json_object_size(fields);
    }
}

static void print_native(const cover *v)
{
    const char *key;
    json_t *entry;
    FILE *out = v->c->out;
    fprintf(out, "Native: %zu of %zu paths in the samples are taken care of (%lu%%): ", well(v),
            json_object_size(v->native), percent(well(v), json_object_size(v->native)));
    fprintf(
        out,
        "%zu mapped, %zu constant, %zu only written, %zu dropped with a reason, %zu unknown %s\n",
        count_fate(v, "mapped"), count_fate(v, "constant"), count_fate(v, "written"),
        count_fate(v, "dropped"), count_fate(v, ON_PURPOSE), ON_PURPOSE);
    json_object_foreach(v->native, key, entry)
    {
        const char *fate = json_string_value(json_object_get(entry, "fate")),
                   *reason = json_string_value(json_object_get(entry, "reason"));
        if (badness(fate_of(fate)) == 0 && !v->c->opt[OPT_ALL]) continue;
        fprintf(out, "  %-8s  %s%s%s%s\n", fate, json_string_value(json_object_get(entry, "path")),
                *reason ? " (" : "", reason, *reason ? ")" : "");
    }
}

/* What a message, or a body, lacks says nothing where no document is one; "": of all messages. */
static bool worth_telling(const cover *v, const char *name)
{
    return !*name || v->c->opt[OPT_ALL] || json_object_get(v->met, name);
}

static void print_rows(const cover *v)
{
    size_t i, elsewhere = 0, unused = json_array_size(v->unused);
    json_t *row;
    const char *slash = strrchr(v->j->file, '/'), *file = slash ? slash + 1 : v->j->file;
    fprintf(v->c->out, "Rows: %zu of %zu are used by the samples (%lu%%)\n", v->row_count - unused,
            v->row_count, percent(v->row_count - unused, v->row_count));
    json_array_foreach(v->unused, i, row)
    {
        const char *canonical = json_string_value(json_object_get(row, "canonical"));
        if (!worth_telling(v, json_string_value(json_object_get(row, "message")))) {
            elsewhere++;
            continue;
        }
        fprintf(v->c->out, "  never seen  %s:%lld %s%s%s\n", file,
                (long long)json_integer_value(json_object_get(row, "row")),
                json_string_value(json_object_get(row, "path")), *canonical ? " -> " : "",
                canonical);
    }
    if (elsewhere)
        fprintf(v->c->out, "  and %zu of messages that no document is (--all)\n", elsewhere);
}

static void print_states(const cover *v, const json_t *fields, const char *state, const char *head)
{
    const char *field;
    json_t *value;
    json_object_foreach((json_t *)fields, field,
                        value) if (strcmp(json_string_value(value), state) == 0)
        fprintf(v->c->out, "  %-10s  %s\n", head, field);
}

static void print_canonical(const cover *v)
{
    size_t part, whole;
    const char *body;
    json_t *fields;
    filled(v, &part, &whole);
    fprintf(v->c->out, "Canonical: %zu of %zu fields are filled (%lu%%)\n", part, whole,
            percent(part, whole));
    json_object_foreach(v->canonical, body, fields)
    {
        if (!worth_telling(v, body)) continue;
        fprintf(
            v->c->out,
            "  %s: %zu filled, %zu defaulted, %zu not in the samples, %zu impossible (no row)\n",
            body, count_state(fields, "filled"), count_state(fields, "defaulted"),
            count_state(fields, "possible"), count_state(fields, "impossible"));
        print_states(v, fields, "possible", "not seen");
        if (!v->c->opt[OPT_ALL]) continue;
        print_states(v, fields, "impossible", "impossible");
        print_states(v, fields, "defaulted", "defaulted");
        print_states(v, fields, "filled", "filled");
    }
}

static json_t *values_of(const json_t *object)
{
    const char *key;
    json_t *value, *list = json_array();
    json_object_foreach((json_t *)object, key, value) json_array_append(list, value);
    return list;
}

static void print(const cover *v)
{
    size_t i, part, whole;
    json_t *file;
    if (ctl_wants_json(v->c)) {
        filled(v, &part, &whole);
        json_t *all = json_pack(
            "{s:I, s:I, s:I, s:o, s:O, s:O, s:O}", "native_percent",
            (json_int_t)percent(well(v), json_object_size(v->native)), "rows_percent",
            (json_int_t)percent(v->row_count - json_array_size(v->unused), v->row_count),
            "canonical_percent", (json_int_t)percent(part, whole), "native", values_of(v->native),
            "rows_never_seen", v->unused, "canonical", v->canonical, "not_read", v->unread);
        ctl_json(v->c, all);
        json_decref(all);
        return;
    }
    json_array_foreach(v->unread, i, file)
        fprintf(v->c->out, "not read: %s (map check tells why)\n", json_string_value(file));
    print_native(v);
    print_rows(v);
    print_canonical(v);
}

/* Excuses for paths that no sample carries; of other documents they say nothing. */
static bool told_in_vain(const cover *v)
{
    const dcf_yaml *list = v->unknown.doc ? dcf_yaml_root(v->unknown.doc) : NULL;
    bool vain = false;
    if (v->c->arg_count) return false;
    for (size_t i = 0; list && i < list->count; i++) {
        const char *key;
        json_t *entry;
        bool used = false;
        json_object_foreach(v->native, key, entry) used |=
            strcmp(json_string_value(json_object_get(entry, "fate")), ON_PURPOSE) == 0 &&
            strcmp(json_string_value(json_object_get(entry, "path")), list->items[i].key) == 0;
        if (used) continue;
        vain = true;
        (void)ctl_fail(v->c, CTL_FAILED, "Take it out.",
                       "samples/unknown.yaml:%u: no sample carries %s", list->items[i].line,
                       list->items[i].key);
    }
    return vain;
}

/* The gates: every one that does not hold is told. */
static int judge(const cover *v)
{
    unsigned long native, rows, canonical;
    size_t part, whole, unused = json_array_size(v->unused);
    int code = map_number(v->c, OPT_MIN_NATIVE, 100, &native);
    if (code == CTL_OK) code = map_number(v->c, OPT_MIN_ROWS, 0, &rows);
    if (code == CTL_OK) code = map_number(v->c, OPT_MIN_CANONICAL, 0, &canonical);
    if (code != CTL_OK) return code;
    filled(v, &part, &whole);
    const struct {
        const char *what;
        size_t part, whole;
        unsigned long least;
    } gates[] = {{"native paths", well(v), json_object_size(v->native), native},
                 {"rows", v->row_count - unused, v->row_count, rows},
                 {"canonical fields", part, whole, canonical}};
    for (size_t i = 0; i < CTL_COUNT(gates); i++)
        if (gates[i].part * 100 < gates[i].least * gates[i].whole)
            code = ctl_fail(v->c, CTL_FAILED, NULL, "%s: %lu%%, at least %lu%% are wanted",
                            gates[i].what, percent(gates[i].part, gates[i].whole), gates[i].least);
    if (told_in_vain(v)) code = CTL_FAILED;
    if (json_array_size(v->unread))
        code = ctl_fail(v->c, CTL_FAILED, NULL, "%zu documents are not read",
                        json_array_size(v->unread));
    return code;
}

static int coverage(const ctl *c, map_job *j)
{
    map_files files = {0};
    cover v = {.c = c,
               .j = j,
               .native = json_object(),
               .rows = json_object(),
               .unused = json_array(),
               .canonical = json_object(),
               .unread = json_array(),
               .met = json_object()};
    int code = map_reasons_load(c, j, "unknown.yaml", &v.unknown);
    if (code == CTL_OK) code = map_samples(c, j, 0, &files);
    dcf_inspect_messages(j->dialect, add_body, &v);
    dcf_inspect_rules(j->dialect, possible, &v);
    for (size_t i = 0; code == CTL_OK && i < files.count; i++) {
        map_next(j);
        code = map_read(c, j, files.items[i].path);
        if (code == CTL_OK) see(&v, files.items[i].path);
    }
    if (code == CTL_OK) {
        dcf_inspect_rules(j->dialect, look_at_row, &v);
        print(&v);
        code = judge(&v);
    }
    map_reasons_end(&v.unknown);
    json_decref(v.native);
    json_decref(v.rows);
    json_decref(v.unused);
    json_decref(v.canonical);
    json_decref(v.unread);
    json_decref(v.met);
    return code;
}

int ctl_map_coverage(ctl *c)
{
    return map_run(c, coverage);
}
