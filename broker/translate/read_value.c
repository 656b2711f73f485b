/* read_value.c - one native value to its canonical field, by its rule. */
#include "translate/reader.h"

#include "base/utf8.h"

#include <stdio.h>

bool dcf_reader_no_memory(dcf_reader *r)
{
    r->parse.status = DCF_ERR(NOMEM);
    return false;
}

/* Where the events stand, for people. */
static const char *path_of(dcf_reader *r)
{
    const dcf_event *leaf = r->leaf;
    r->leaf = NULL;
    if (leaf && dcf_trail_push(&r->trail, false, leaf->local, r->leaf_index))
        r->parse.path = r->trail.text;
    return r->parse.path;
}

void dcf_reader_fault(dcf_reader *r, dcf_fault_code code, const char *field, const dcf_event *e,
                      const char *detail)
{
    dcf_faults_add(r->faults, code, e->line, e->column, path_of(r), field, "%s", detail);
}

bool dcf_reader_extension(dcf_reader *r, const dcf_event *e)
{
    if (e->value_kind == DCF_VALUE_NULL || dcf_span_trim(e->value).size == 0) return true;
    dcf_field *field =
        dcf_field_find(r->envelope->base.descriptor, "extensions", strlen("extensions"));
    Dcf__V1__Extension *x =
        (Dcf__V1__Extension *)dcf_field_make_message(r->arena, &r->envelope->base, field);
    if (!x) return dcf_reader_no_memory(r);
    char *path = dcf_arena_strdup(r->arena, path_of(r)), *value = dcf_arena_str(r->arena, e->value);
    if (!path || !value) return dcf_reader_no_memory(r);
    x->path = path;
    x->value = value;
    dcf_reader_fault(r, DCF_FAULT_CARRIED, "", e, "kept in the extensions");
    return dcf_watch_value(r, DCF_FATE_CARRIED, NULL, e);
}

ProtobufCMessage *dcf_reader_reach(dcf_reader *r, ProtobufCMessage *base, const dcf_path *p,
                                   const dcf_event *e, bool *ret_ok)
{
    ProtobufCMessage *m = p->absolute ? &r->envelope->base : base;
    *ret_ok = true;
    for (size_t i = 0; i < p->count; i++) {
        if (dcf_field_displaced(m, p->steps[i])) {
            dcf_reader_fault(r, DCF_FAULT_REPEATED, p->text, e,
                             "another of its alternatives is there already");
            return NULL;
        }
        if (i + 1 == p->count) break;
        m = dcf_field_make_message(r->arena, m, p->steps[i]);
        if (!m) {
            *ret_ok = dcf_reader_no_memory(r);
            return NULL;
        }
    }
    return m;
}

static size_t slot_of(const ProtobufCMessage *m, const dcf_path *p, dcf_field *field)
{
    if (!dcf_field_repeated(field)) return 0;
    return p->index >= 0 ? (size_t)p->index : dcf_field_count(m, field);
}

/* The message at the path's end, if it is there already. */
static ProtobufCMessage *holder(dcf_reader *r, ProtobufCMessage *base, const dcf_path *p)
{
    ProtobufCMessage *m = p->absolute ? &r->envelope->base : base;
    for (size_t i = 0; m && i + 1 < p->count; i++) m = dcf_field_get_message(m, p->steps[i], 0);
    return m;
}

/* What the place holds already: "" when nothing; NULL out of memory. */
static const char *held(dcf_reader *r, const ProtobufCMessage *m, const dcf_path *p,
                        char buf[DCF_FIELD_TEXT_SIZE])
{
    dcf_field *field = dcf_path_field(p);
    if (!m || slot_of(m, p, field) >= dcf_field_count(m, field)) return "";
    return dcf_field_get_text(r->arena, m, field, slot_of(m, p, field), buf);
}

enum { CODES_TOLD = 8 };

/* What a sender is told that a value should look like. */
static const char *form_of(const dcf_codec_use *use)
{
    static const struct {
        const char *codec, *form;
    } forms[] = {
        {"date", "YYYY-MM-DD"},
        {"date_part", "YYYY-MM-DD"},
        {"datetime", "YYYY-MM-DDTHH:MM:SS"},
        {"time", "HH:MM:SS"},
        {"time_part", "HH:MM:SS"},
        {"integer", "a whole number"},
        {"boolean", "true, false"},
        {"token", "one word"},
        {"phone", "digits and spaces"},
        {"email", "name@domain"},
    };
    if (use->pattern && strpbrk(use->pattern, "YH")) return use->pattern;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (strcmp(forms[i].codec, use->codec->name) == 0) return forms[i].form;
    return NULL;
}

/* Whether a row before that one has its native code. */
static bool told_before(const dcf_codes *codes, size_t row)
{
    for (size_t i = 0; i < row; i++)
        if (strcmp(codes->rows[i].native, codes->rows[row].native) == 0) return true;
    return false;
}

/* "not in the code table gender (0, 1, 2, 9)", "not a value for date (YYYY-MM-DD)". */
static const char *what_was_wanted(const dcf_codec_use *use, char *out, size_t size)
{
    const dcf_codes *codes = use->codes;
    if (!codes) {
        const char *name = use->codec->name, *form = form_of(use);
        if (use->yes)
            snprintf(out, size, "not a value for %s (%s, %s)", name, use->yes, use->no);
        else if (form)
            snprintf(out, size, "not a value for %s (%s)", name, form);
        else
            snprintf(out, size, "not a value for %s", name);
        return out;
    }
    size_t told = 0;
    int n = snprintf(out, size, "not in the code table %s (", codes->name);
    for (size_t i = 0; i < codes->count && told <= CODES_TOLD && (size_t)n < size; i++) {
        if (told_before(codes, i)) continue;
        n += snprintf(out + n, size - (size_t)n, "%s%s", told ? ", " : "",
                      told == CODES_TOLD ? "…" : codes->rows[i].native);
        told++;
    }
    if ((size_t)n < size) snprintf(out + n, size - (size_t)n, ")");
    return out;
}

/* The codec's complaint. True when the value goes on all the same: as it came where the field is
 * text, else carried. */
static bool complain(dcf_reader *r, const dcf_rule *rule, const dcf_event *e)
{
    dcf_severity severity = DCF_SEVERITY_ERROR;
    bool told = dcf_rule_severity(rule, &severity);
    char wanted[256];
    if (told)
        dcf_faults_add_as(r->faults, severity, rule->as.codec->fault, e->line, e->column,
                          path_of(r), rule->path.text, "%s",
                          what_was_wanted(&rule->as, wanted, sizeof wanted));
    return !told || severity == DCF_SEVERITY_WARN;
}

/* text: the event's value, or a part of it. */
static dcf_codec_result decode(dcf_reader *r, const dcf_rule *rule, const dcf_event *e,
                               dcf_span text, const char *old, const char **ret)
{
    char day[11] = "";
    const char *sent = r->envelope->sent_at;
    bool dated = rule->as.codes && rule->as.codes->dated;
    if (dated && sent[0] != 'T' && strlen(sent) >= 10) memcpy(day, sent, 10);
    bool whole = text.data + text.size == e->value.data + e->value.size;
    dcf_codec_in in = {.use = &rule->as,
                       .text = text,
                       .lasting = e->lasting && whole,
                       .old = old,
                       .day = day,
                       .arena = r->arena};
    return rule->as.codec->read(&in, ret);
}

/* Native text to canonical: NULL when nothing is to be set (*ret_ok false: out of memory). */
static const char *value_of(dcf_reader *r, const dcf_rule *rule, dcf_field *field, dcf_span text,
                            const char *old, const dcf_event *e, dcf_scalar *ret, bool *ret_ok)
{
    const char *value = NULL;
    dcf_codec_result result = decode(r, rule, e, text, old, &value);
    *ret_ok = true;
    if (result == DCF_CODEC_OK && dcf_failed(dcf_field_parse(r->arena, field, value, ret)))
        result = DCF_CODEC_BAD;
    if (result == DCF_CODEC_BAD) {
        if (!complain(r, rule, e)) return NULL;
        if (field->type != PROTOBUF_C_TYPE_STRING) {
            *ret_ok = dcf_reader_extension(r, e);
            return NULL;
        }
        result = dcf_codec_copy(r->arena, dcf_span_trim(text), &value);
        ret->text = value;
    }
    if (result == DCF_CODEC_NOMEM) *ret_ok = dcf_reader_no_memory(r);
    return *ret_ok && *value ? value : NULL;
}

/* m: the path's end, when it is there already. */
static bool set(dcf_reader *r, ProtobufCMessage *base, ProtobufCMessage *m, const dcf_path *path,
                const dcf_scalar *value, const dcf_event *e)
{
    bool ok;
    dcf_field *field = dcf_path_field(path);
    if (!m || dcf_field_displaced(m, field)) m = dcf_reader_reach(r, base, path, e, &ok);
    if (!m) return ok;
    return dcf_ok(dcf_field_set(r->arena, m, field, slot_of(m, path, field), value)) ||
           dcf_reader_no_memory(r);
}

/* `also`: the first value stays. */
static bool set_also(dcf_reader *r, ProtobufCMessage *base, const dcf_path *path, const char *text,
                     const dcf_event *e)
{
    char buf[DCF_FIELD_TEXT_SIZE];
    ProtobufCMessage *m = holder(r, base, path);
    const char *old = held(r, m, path, buf);
    dcf_scalar value;
    if (!old || dcf_failed(dcf_field_parse(r->arena, dcf_path_field(path), text, &value)))
        return dcf_reader_no_memory(r);
    return *old || set(r, base, m, path, &value, e);
}

static bool put(dcf_reader *r, ProtobufCMessage *base, const dcf_rule *rule, const dcf_path *path,
                dcf_span text, const dcf_event *e)
{
    bool ok;
    char buf[DCF_FIELD_TEXT_SIZE];
    dcf_scalar value = {0};
    ProtobufCMessage *m = holder(r, base, path);
    const char *old = held(r, m, path, buf);
    if (!old) return dcf_reader_no_memory(r);
    const char *told = value_of(r, rule, dcf_path_field(path), text, old, e, &value, &ok);
    if (!told) return ok;
    if (*old && strcmp(old, told) != 0 && !rule->as.codec->partial) {
        dcf_reader_fault(r, DCF_FAULT_REPEATED, path->text, e,
                         "the field has another value already");
        return true;
    }
    return set(r, base, m, path, &value, e) &&
           (!rule->also.count || set_also(r, base, &rule->also, told, e));
}

static bool put_both(dcf_reader *r, ProtobufCMessage *base, const dcf_rule *rule,
                     const dcf_event *e)
{
    dcf_span left, right;
    dcf_codec_split(&rule->as, e->value, &left, &right);
    if (dcf_span_trim(left).size && !put(r, base, rule, &rule->path, left, e)) return false;
    return dcf_span_trim(right).size == 0 || put(r, base, rule, &rule->second, right, e);
}

static void check_constant(dcf_reader *r, const dcf_rule *rule, const dcf_event *e)
{
    dcf_severity severity;
    if (!dcf_rule_severity(rule, &severity) ||
        dcf_span_eq_str(dcf_span_trim(e->value), rule->constant))
        return;
    dcf_faults_add_as(r->faults, severity, DCF_FAULT_BAD_VALUE, e->line, e->column, path_of(r), "",
                      "the mapping expects \"%s\" here", rule->constant);
}

static bool right_kind(const dcf_reader *r, const dcf_rule *rule, const dcf_event *e)
{
    return !r->d->format->kinds || e->value_kind == rule->kind;
}

/* A text longer than the mapping states is told, and taken whole: the sender's schema is not the
 * receiver's. False when the row wants it refused. */
static bool length_taken(dcf_reader *r, const dcf_rule *rule, const dcf_event *e)
{
    dcf_span s = rule->as.space == DCF_SPACE_KEEP ? e->value : dcf_span_trim(e->value);
    if (!rule->max || rule->truncate || s.size <= rule->max) return true;
    size_t length = dcf_utf8_length(s);
    if (length <= rule->max) return true;
    bool refused = rule->check == DCF_CHECK_ERROR;
    dcf_faults_add_as(r->faults, refused ? DCF_SEVERITY_ERROR : DCF_SEVERITY_WARN,
                      DCF_FAULT_TOO_LONG, e->line, e->column, path_of(r), rule->path.text,
                      "%zu characters, at most %zu", length, rule->max);
    return !refused;
}

static bool apply(dcf_reader *r, ProtobufCMessage *base, const dcf_rule *rule, const dcf_event *e)
{
    if (rule->constant) {
        check_constant(r, rule, e);
        return true;
    }
    if (rule->path.count == 0) return true; /* a wrapper's, for messages to set */
    if (!right_kind(r, rule, e)) {
        dcf_reader_fault(r, DCF_FAULT_WRONG_KIND, rule->path.text, e,
                         "a value of another JSON kind");
        return true;
    }
    if (!length_taken(r, rule, e)) return true;
    return rule->second.count ? put_both(r, base, rule, e)
                              : put(r, base, rule, &rule->path, e->value, e);
}

/* By the codec, to a value of the field; *ret_text is empty when nothing is to be set. False when
 * there is something to tell. */
static inline bool read_direct(dcf_reader *r, const dcf_rule *rule, const dcf_event *e,
                               const char **ret_text, dcf_scalar *ret)
{
    dcf_field *field = dcf_path_field(&rule->path);
    const dcf_codes *codes = rule->as.codes;
    if (codes && field->type == PROTOBUF_C_TYPE_ENUM) {
        const dcf_code_row *row = dcf_codes_read(codes, dcf_span_trim(e->value), "");
        if (!row) return false;
        ret->e = codes->numbers[row - codes->rows];
        *ret_text = row->canonical;
        return true;
    }
    const dcf_codec_in in = {.use = &rule->as,
                             .text = e->value,
                             .lasting = e->lasting,
                             .old = "",
                             .day = "",
                             .arena = r->arena};
    if (rule->as.codec->read(&in, ret_text) != DCF_CODEC_OK) return false;
    if (field->type == PROTOBUF_C_TYPE_STRING) return true; /* the text is the value */
    return !**ret_text || dcf_ok(dcf_field_parse(r->arena, field, *ret_text, ret));
}

bool dcf_reader_apply_direct(dcf_reader *r, ProtobufCMessage *base, const dcf_rule *rule,
                             const dcf_event *e)
{
    const char *text;
    dcf_scalar value;
    dcf_field *field = dcf_path_field(&rule->path);
    if (rule->constant) return dcf_span_eq_str(dcf_span_trim(e->value), rule->constant);
    bool fits = !rule->max || e->value.size <= rule->max; /* bytes are no fewer than characters */
    if (!fits || !right_kind(r, rule, e)) return false;
    if (!read_direct(r, rule, e, &text, &value)) return false;
    if (!*text) return true;
    ProtobufCMessage *m = dcf_reader_descend(r, base, &rule->path);
    if (!m) return false;
    if (field->type == PROTOBUF_C_TYPE_STRING) {
        const char **at = dcf_field_at(m, field);
        if (**at) return false;
        *at = text;
        return true;
    }
    if (dcf_field_count(m, field)) return false;
    dcf_field_put(m, field, &value);
    return true;
}

/* Kept for the end of the document. */
static bool keep(dcf_reader *r, ProtobufCMessage *base, const dcf_rule *rule, const dcf_event *e)
{
    if (r->kept_count == r->kept_capacity) {
        size_t capacity = r->kept_capacity ? r->kept_capacity * 2 : 8;
        dcf_kept *grown = dcf_arena_grow(r->arena, r->kept, r->kept_count, capacity, sizeof *grown);
        if (!grown) return dcf_reader_no_memory(r);
        r->kept = grown;
        r->kept_capacity = capacity;
    }
    const char *path = dcf_arena_strdup(r->arena, path_of(r)),
               *value = dcf_arena_str(r->arena, e->value);
    if (!path || !value) return dcf_reader_no_memory(r);
    dcf_kept *kept = &r->kept[r->kept_count++];
    *kept = (dcf_kept){.rule = rule, .base = base, .path = path, .event = *e};
    kept->event.value = dcf_span_of(value, e->value.size);
    kept->event.lasting = true;
    return true;
}

/* A code that means one thing on one day and another on the next, before the document has said on
 * which day it was sent; and those after it, so that lists keep their order. */
static bool is_early(dcf_reader *r, const dcf_rule *rule)
{
    if (!rule->as.codes || !rule->as.codes->dated) return false;
    r->early = r->early || !*r->envelope->sent_at;
    return r->early;
}

static bool apply_or_keep(dcf_reader *r, ProtobufCMessage *base, const dcf_rule *rule,
                          const dcf_event *e)
{
    return rule->weak || is_early(r, rule) ? keep(r, base, rule, e) : apply(r, base, rule, e);
}

bool dcf_reader_apply(dcf_reader *r, ProtobufCMessage *base, const dcf_rule *rule,
                      const dcf_event *e)
{
    if (!dcf_watch_rule(r, DCF_FATE_MAPPED, base, rule, e)) return false;
    if (rule->drop || !(rule->only & DCF_READ)) return true;
    return apply_or_keep(r, base, rule, e);
}

/* The order in which what was kept is used: the day itself, the codes that wait for it, the rest.
 */
static int turn_of(const dcf_rule *rule)
{
    const dcf_path *p = &rule->path;
    if (!rule->weak) return 1;
    return p->absolute && p->count == 1 && strcmp(p->steps[0]->name, "sent_at") == 0 ? 0 : 2;
}

bool dcf_reader_apply_kept(dcf_reader *r)
{
    char buf[DCF_FIELD_TEXT_SIZE];
    for (int turn = 0; turn <= 2; turn++)
        for (size_t i = 0; i < r->kept_count; i++) {
            const dcf_kept *k = &r->kept[i];
            if (turn_of(k->rule) != turn) continue;
            const char *old = k->rule->weak
                                  ? held(r, holder(r, k->base, &k->rule->path), &k->rule->path, buf)
                                  : "";
            if (!old) return dcf_reader_no_memory(r);
            r->parse.path = k->path;
            if (!*old && !apply(r, k->base, k->rule, &k->event)) return false;
        }
    return true;
}

bool dcf_reader_absent(dcf_reader *r, ProtobufCMessage *base, const dcf_rule *rule,
                       const dcf_event *at)
{
    if (rule->fallback && (rule->only & DCF_READ)) {
        dcf_event e = *at;
        e.value = dcf_span_str(rule->fallback);
        e.value_kind = rule->kind;
        if (!dcf_watch_rule(r, DCF_FATE_DEFAULT, base, rule, &e)) return false;
        return apply_or_keep(r, base, rule, &e);
    }
    if (!(rule->required & DCF_READ) || rule->constant) return true;
    dcf_severity severity = rule->check == DCF_CHECK_WARN ? DCF_SEVERITY_WARN : DCF_SEVERITY_ERROR;
    dcf_faults_add_as(r->faults, severity, DCF_FAULT_REQUIRED, at->line, at->column, path_of(r),
                      rule->path.text ? rule->path.text : "", "missing");
    return true;
}
