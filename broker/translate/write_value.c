/* write_value.c - what a rule writes: canonical values as native text. */
#include "translate/writer.h"

#include "base/utf8.h"

bool dcf_write_stop(dcf_writer *w, dcf_status s)
{
    w->status = s;
    return false;
}

static void fault(dcf_writer *w, dcf_severity severity, dcf_fault_code code, const dcf_rule *rule,
                  const char *detail)
{
    dcf_faults_add_as(w->faults, severity, code, 0, 0, w->trail.text,
                      rule->path.text ? rule->path.text : "", "%s", detail);
}

const ProtobufCMessage *dcf_write_holder(const dcf_writer *w, const ProtobufCMessage *base,
                                         const dcf_path *p)
{
    const ProtobufCMessage *m = p->absolute ? &w->envelope->base : base;
    for (size_t i = 0; m && i + 1 < p->count; i++) m = dcf_field_get_message(m, p->steps[i], 0);
    return m;
}

size_t dcf_write_count(const dcf_writer *w, const ProtobufCMessage *base, const dcf_path *p)
{
    if (p->count == 0) return 0;
    const ProtobufCMessage *m = dcf_write_holder(w, base, p);
    size_t n = m ? dcf_field_count(m, dcf_path_field(p)) : 0;
    if (p->index < 0) return n;
    return n > (size_t)p->index ? 1 : 0;
}

/* The i-th canonical value as text: "" when absent; a bool, number or enum also when it is the
 * default, if asked for. */
static const char *canonical(dcf_writer *w, const ProtobufCMessage *base, const dcf_path *p,
                             size_t i, bool defaults, char buf[DCF_FIELD_TEXT_SIZE])
{
    const ProtobufCMessage *m = dcf_write_holder(w, base, p);
    dcf_field *field = dcf_path_field(p);
    if (p->index >= 0) i = (size_t)p->index;
    if (m && i < dcf_field_count(m, field)) return dcf_field_get_text(w->arena, m, field, i, buf);
    if (!defaults || dcf_field_repeated(field) || field->type == PROTOBUF_C_TYPE_STRING) return "";
    if (field->type == PROTOBUF_C_TYPE_BOOL) return "false";
    return field->type == PROTOBUF_C_TYPE_ENUM
               ? ((const ProtobufCEnumDescriptor *)field->descriptor)->values[0].name
               : "0";
}

static const char *joined(dcf_writer *w, const ProtobufCMessage *base, const dcf_rule *rule)
{
    char left_buf[DCF_FIELD_TEXT_SIZE], right_buf[DCF_FIELD_TEXT_SIZE];
    const char *left = canonical(w, base, &rule->path, 0, false, left_buf);
    const char *right = canonical(w, base, &rule->second, 0, false, right_buf);
    if (!*right || (!*left && !rule->as.alone_first)) return *left ? left : right;
    return dcf_arena_printf(w->arena, "%s%s%s", left, rule->as.pattern, right);
}

/* Canonical text through the codec; NULL when it has no form here (told), or out of memory. */
static const char *encode(dcf_writer *w, const dcf_rule *rule, const char *text,
                          dcf_value_kind *kind)
{
    const char *native = NULL;
    dcf_codec_in in = {
        .use = &rule->as, .text = dcf_span_str(text), .old = "", .day = w->day, .arena = w->arena};
    switch (rule->as.codec->write(&in, &native)) {
    case DCF_CODEC_OK:
        return native;
    case DCF_CODEC_NOMEM:
        (void)dcf_write_stop(w, DCF_ERR(NOMEM));
        return NULL;
    default:
        break;
    }
    dcf_severity severity;
    bool told = dcf_rule_severity(rule, &severity);
    if (told)
        fault(w, severity, rule->as.codec->fault, rule, "the dialect has no form for the value");
    if (told && severity == DCF_SEVERITY_ERROR) return NULL;
    *kind = DCF_VALUE_TEXT; /* as it is */
    return dcf_arena_strdup(w->arena, text);
}

/* Within the length the mapping states; NULL when it is not (told), unless the row only warns. */
static const char *fit(dcf_writer *w, const dcf_rule *rule, const char *text)
{
    dcf_span s = dcf_span_str(text);
    if (!rule->max || s.size <= rule->max || dcf_utf8_length(s) <= rule->max) return text;
    if (!rule->truncate) {
        dcf_severity severity;
        bool whole = !dcf_rule_severity(rule, &severity) || severity == DCF_SEVERITY_WARN;
        fault(w, whole ? DCF_SEVERITY_WARN : DCF_SEVERITY_ERROR, DCF_FAULT_TOO_LONG, rule,
              "longer than the mapping allows");
        return whole ? text : NULL;
    }
    fault(w, DCF_SEVERITY_WARN, DCF_FAULT_TRUNCATED, rule, "cut to the length the mapping states");
    const char *cut = dcf_arena_str(w->arena, dcf_span_of(text, dcf_utf8_prefix(s, rule->max)));
    if (!cut) (void)dcf_write_stop(w, DCF_ERR(NOMEM));
    return cut;
}

bool dcf_wheres_hold(dcf_writer *w, const ProtobufCMessage *base, const dcf_wheres *wheres)
{
    char buf[DCF_FIELD_TEXT_SIZE];
    for (size_t i = 0; i < wheres->count; i++) {
        const dcf_where *where = &wheres->items[i];
        if (dcf_where_presence(where)) {
            if ((dcf_write_count(w, base, &where->path) > 0) != (*where->value != 0)) return false;
            continue;
        }
        const char *text = canonical(w, base, &where->path, 0, true, buf);
        if (!text || strcmp(text, where->value) != 0) return false;
    }
    return true;
}

/* The row that writing goes by; NULL when it is silent for this message. */
static const dcf_rule *active(dcf_writer *w, const ProtobufCMessage *base, const dcf_rule *rule)
{
    if (rule && rule->writing) rule = rule->writing;
    if (!rule || rule->drop || !(rule->only & DCF_WRITE)) return NULL;
    return dcf_wheres_hold(w, base, &rule->wheres) ? rule : NULL;
}

/* The flag's word when the list has it, else "". */
static const char *flagged(dcf_writer *w, const ProtobufCMessage *base, const dcf_rule *rule)
{
    char buf[DCF_FIELD_TEXT_SIZE];
    size_t n = dcf_write_count(w, base, &rule->path);
    for (size_t i = 0; i < n; i++)
        if (strcmp(canonical(w, base, &rule->path, i, false, buf), rule->as.pattern) == 0)
            return rule->as.pattern;
    return "";
}

static bool is_flag(const dcf_rule *rule)
{
    return rule->as.codec && strcmp(rule->as.codec->name, "flag") == 0;
}

/* A part that this value of the identifier has not: the split of a URN that was never split. */
static bool no_such_part(dcf_writer *w, const ProtobufCMessage *base, const dcf_rule *rule)
{
    char buf[DCF_FIELD_TEXT_SIZE];
    const char *text = canonical(w, base, &rule->path, 0, false, buf), *part = "";
    if (!text) return false;
    dcf_codec_in in = {.use = &rule->as, .text = dcf_span_str(text), .old = "", .arena = w->arena};
    return rule->as.codec->write(&in, &part) == DCF_CODEC_OK && !*part;
}

bool dcf_write_has(dcf_writer *w, const ProtobufCMessage *base, const dcf_rule *rule)
{
    rule = active(w, base, rule);
    if (!rule) return false;
    if (is_flag(rule)) return *flagged(w, base, rule) != 0;
    if (rule->as.codec && rule->as.codec->partial)
        return dcf_write_count(w, base, &rule->path) && !no_such_part(w, base, rule);
    return dcf_write_count(w, base, &rule->path) || dcf_write_count(w, base, &rule->second) ||
           dcf_write_count(w, base, &rule->otherwise);
}

/* The i-th canonical value: "" when absent; NULL out of memory. */
static const char *value_of(dcf_writer *w, const ProtobufCMessage *base, const dcf_rule *rule,
                            size_t i, bool defaults, char buf[DCF_FIELD_TEXT_SIZE])
{
    if (rule->path.count == 0) return "";
    if (rule->second.count) return joined(w, base, rule);
    if (is_flag(rule)) return flagged(w, base, rule);
    bool other = rule->otherwise.count && !dcf_write_count(w, base, &rule->path);
    return canonical(w, base, other ? &rule->otherwise : &rule->path, i, defaults, buf);
}

/* What stands for an absent value: the message's own `wrap`, or `default`; NULL when nothing does.
 */
static const char *fallback_of(const dcf_writer *w, const dcf_rule *rule)
{
    const dcf_message *message = w->chosen->message;
    for (size_t i = 0; i < message->wrap_count; i++)
        if (message->wraps[i].rule == rule) return message->wraps[i].value;
    return rule->fallback;
}

/* The text, within what the format and the mapping allow; NULL when it is not (told). */
static const char *checked(dcf_writer *w, const dcf_rule *rule, const char *native)
{
    const dcf_format *format = w->d->format;
    const char *why =
        format->refuses ? format->refuses(w->d->settings, dcf_span_str(native)) : NULL;
    if (!why) return fit(w, rule, native);
    fault(w, DCF_SEVERITY_ERROR, DCF_FAULT_BAD_VALUE, rule, why);
    return NULL;
}

const char *dcf_write_text(dcf_writer *w, const ProtobufCMessage *base, const dcf_rule *rule,
                           size_t i, dcf_value_kind *ret_kind)
{
    char buf[DCF_FIELD_TEXT_SIZE];
    rule = active(w, base, rule);
    *ret_kind = rule ? rule->kind : DCF_VALUE_TEXT;
    if (!rule || rule->constant) return rule ? rule->constant : NULL;
    bool must = (rule->required & DCF_WRITE) != 0;
    const char *fallback = fallback_of(w, rule);
    const char *text = value_of(w, base, rule, i, must && !fallback, buf);
    if (!text) (void)dcf_write_stop(w, DCF_ERR(NOMEM));
    if (!text) return NULL;
    const char *native = *text ? encode(w, rule, text, ret_kind) : NULL;
    if (*text && !native) return NULL;
    if (!native || !*native) native = fallback;
    if (native) return checked(w, rule, native);
    dcf_severity severity = rule->check == DCF_CHECK_WARN ? DCF_SEVERITY_WARN : DCF_SEVERITY_ERROR;
    if (must) fault(w, severity, DCF_FAULT_REQUIRED, rule, "missing");
    return NULL;
}
