/* compile_codec.c - `as` and the code tables it names. */
#include "translate/compile.h"

#include <stdio.h>

/* --- code tables -------------------------------------------------------------------- */

static const char *text_of(dcf_compiler *c, const dcf_yaml *row, const char *key, bool must)
{
    const char *text = dcf_yaml_str(row, key, NULL);
    if (!text && must) dcf_mistake(c, row, "a code row needs \"%s\"", key);
    return text ? dcf_copy(c, text) : "";
}

static void add_row(dcf_compiler *c, dcf_codes *codes, const dcf_yaml *row)
{
    dcf_code_row *out = &codes->rows[codes->count++];
    *out = (dcf_code_row){"", "", "", ""};
    if (row->kind == DCF_YAML_SCALAR && row->key) { /* native: canonical */
        out->native = dcf_copy(c, row->key);
        out->canonical = dcf_copy(c, row->text);
    } else if (row->kind != DCF_YAML_MAP || !dcf_yaml_get(row, "native")) {
        dcf_mistake(c, row, "a code is CODE: CANONICAL, or {native: CODE, canonical: CANONICAL}");
    } else if (dcf_only_keys(c, row, DCF_KEYS_CODE_ROW)) {
        *out = (dcf_code_row){text_of(c, row, "native", true), text_of(c, row, "canonical", true),
                              text_of(c, row, "from", false), text_of(c, row, "to", false)};
    }
    if (!out->native || !out->canonical || !out->from || !out->to)
        *out = (dcf_code_row){"", "", "", ""};
}

static void fill(dcf_compiler *c, dcf_codes *codes, const dcf_yaml *table)
{
    const dcf_yaml *list = dcf_yaml_get(table, "rows");
    if (!list || list->kind != DCF_YAML_LIST) list = table;
    codes->rows = dcf_make(c, (list->count + 1) * sizeof *codes->rows);
    codes->by_native = dcf_make(c, (list->count + 1) * sizeof *codes->by_native);
    codes->by_canonical = dcf_make(c, (list->count + 1) * sizeof(void *));
    if (c->no_memory) return;
    for (size_t i = 0; i < list->count; i++) add_row(c, codes, &list->items[i]);
    dcf_codes_sort(codes);
}

static void fill_from_file(dcf_compiler *c, dcf_codes *codes, const dcf_yaml *at)
{
    const char *slash = strrchr(c->file, '/');
    int folder = slash ? (int)(slash + 1 - c->file) : 0;
    char *path =
        dcf_arena_printf(c->arena, "%.*s%s", at->text[0] == '/' ? 0 : folder, c->file, at->text);
    dcf_yaml_doc *doc = NULL;
    dcf_yaml_error err = {""};
    if (!path || dcf_failed(dcf_yaml_load(path, &doc, &err))) {
        dcf_mistake(c, at,
                    "the code table cannot be read: %s; write a file beside the mapping, or "
                    "{CODE: CANONICAL, …}",
                    err.text);
        return;
    }
    const char *mapping = c->file;
    c->file = path; /* mistakes inside are the table's */
    const dcf_yaml *root = dcf_yaml_root(doc);
    if (root && root->kind != DCF_YAML_SCALAR)
        fill(c, codes, root);
    else
        dcf_mistake(c, at, "the code table is neither a map nor a list of rows");
    c->file = mapping;
    dcf_yaml_free(doc);
}

void dcf_compile_codes(dcf_compiler *c, const dcf_yaml *tables)
{
    for (size_t i = 0; tables && tables->kind == DCF_YAML_MAP && i < tables->count; i++) {
        const dcf_yaml *t = &tables->items[i];
        dcf_codes *codes = dcf_make(c, sizeof *codes);
        if (!codes || !dcf_append(c, &c->d->codes, &c->d->code_count, codes)) return;
        codes->name = dcf_copy(c, t->key);
        codes->line = t->line;
        if (t->kind == DCF_YAML_SCALAR)
            fill_from_file(c, codes, t);
        else
            fill(c, codes, t);
    }
}

static dcf_codes *find_codes(dcf_compiler *c, const char *name, const dcf_yaml *at)
{
    const char *names[128];
    size_t n = 0;
    for (; n < c->d->code_count && n < 128; n++) {
        names[n] = c->d->codes[n]->name;
        if (strcmp(names[n], name) == 0) return c->d->codes[n];
    }
    const char *near = dcf_nearest(name, names, n);
    dcf_mistake(c, at, "there is no code table \"%s\"%s%s%s", name,
                near ? "; the nearest is \"" : "", near ? near : "", near ? "\"" : "");
    return NULL;
}

/* A code that stands for no value of the enum would fail on the first message that has it. Of the
 * others the numbers are kept: no two enums of the schema share a name, so no two share a table. */
static void check_enum_codes(dcf_compiler *c, dcf_codes *codes, dcf_field *field,
                             const dcf_yaml *at)
{
    if (field->type != PROTOBUF_C_TYPE_ENUM) return;
    const ProtobufCEnumDescriptor *e = field->descriptor;
    codes->numbers = dcf_make(c, codes->count * sizeof *codes->numbers);
    for (size_t i = 0; codes->numbers && i < codes->count; i++) {
        const char *name = codes->rows[i].canonical;
        const ProtobufCEnumValue *v = protobuf_c_enum_descriptor_get_value_by_name(e, name);
        if (v)
            codes->numbers[i] = v->value;
        else if (strcmp(name, "*") != 0)
            dcf_mistake(c, at, "code table \"%s\": \"%s\" is no value of %s", codes->name, name,
                        e->short_name);
    }
}

/* --- as ------------------------------------------------------------------------------- */

static unsigned field_kind(dcf_field *f)
{
    switch (f->type) {
    case PROTOBUF_C_TYPE_STRING:
        return DCF_FOR_STRING;
    case PROTOBUF_C_TYPE_BOOL:
        return DCF_FOR_BOOLEAN;
    case PROTOBUF_C_TYPE_ENUM:
        return DCF_FOR_ENUM;
    case PROTOBUF_C_TYPE_BYTES:
    case PROTOBUF_C_TYPE_MESSAGE:
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_DOUBLE:
        return 0;
    default:
        return DCF_FOR_INTEGER;
    }
}

static const char *kind_name(unsigned kind)
{
    return kind == DCF_FOR_STRING    ? "text"
           : kind == DCF_FOR_BOOLEAN ? "a boolean"
           : kind == DCF_FOR_ENUM    ? "an enum"
           : kind == DCF_FOR_INTEGER ? "a whole number"
                                     : "no plain value";
}

static bool space_of(const char *name, dcf_space *ret)
{
    static const char *const names[] = {"keep", "trim", "collapse"};
    for (int i = 0; i < 3; i++)
        if (strcmp(names[i], name) == 0) {
            *ret = (dcf_space)i;
            return true;
        }
    return false;
}

/* What a mistaken argument should have been; "" for a codec that has none. */
static const char *wanted_argument(const char *codec)
{
    static const struct {
        const char *codec, *argument;
    } rows[] = {
        {"date", "a pattern of YYYY, MM or MON or Mon, DD and separators, such as DD/MM/YYYY, or "
                 "several with | between; YY says its hundred years: DD-MON-YY from 1930"},
        {"datetime", "zoned, or a date's pattern with DD, then HH:MM, HH:MM:SS, HHMM or HHMMSS"},
        {"time", "HH:MM, HH:MM:SS or local"},
        {"text", "keep, trim or collapse"},
        {"integer", "how many digits are written, 1 to 9"},
        {"boolean", "{true: WORD, false: WORD}"},
        {"join", "the separator, or {by: SEPARATOR, alone: first or last}"},
        {"part", "a part of an identifier, such as urn.force"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strcmp(codec, rows[i].codec) == 0) return rows[i].argument;
    return "";
}

/* A codec whose argument is kept as it is written takes this one. */
static bool takes_pattern(const char *codec, const char *text)
{
    if (strcmp(codec, "date") == 0) return dcf_date_pattern_ok(text);
    if (strcmp(codec, "time") == 0) return dcf_time_pattern_ok(text);
    if (strcmp(codec, "datetime") == 0) return dcf_datetime_pattern_ok(text);
    if (strcmp(codec, "integer") == 0) return *text >= '1' && *text <= '9' && !text[1];
    if (strcmp(codec, "part") == 0) return dcf_part_ok(text);
    return *text && (strcmp(codec, "join") == 0 || strcmp(codec, "flag") == 0);
}

/* The argument in {codec: argument}. */
static bool argument(dcf_compiler *c, const dcf_yaml *arg, dcf_field *field, dcf_codec_use *use)
{
    const char *name = use->codec->name,
               *text = arg->kind == DCF_YAML_SCALAR ? dcf_copy(c, arg->text) : NULL;
    if (strcmp(name, "boolean") == 0 && arg->kind == DCF_YAML_MAP) {
        const char *yes = dcf_yaml_str(arg, "true", NULL), *no = dcf_yaml_str(arg, "false", NULL);
        use->yes = yes ? dcf_copy(c, yes) : NULL;
        use->no = no ? dcf_copy(c, no) : NULL;
        if (use->yes && use->no) return true;
    } else if (strcmp(name, "join") == 0 && arg->kind == DCF_YAML_MAP) {
        const char *by = dcf_yaml_str(arg, "by", ""), *alone = dcf_yaml_str(arg, "alone", "");
        use->pattern = dcf_copy(c, by);
        use->alone_first = strcmp(alone, "first") == 0;
        if (*by && (use->alone_first || strcmp(alone, "last") == 0)) return true;
    } else if (text && strcmp(name, "code") == 0) {
        dcf_codes *codes = find_codes(c, text, arg);
        if (codes) check_enum_codes(c, codes, field, arg);
        use->codes = codes;
        return codes != NULL;
    } else if (text && strcmp(name, "text") == 0 && space_of(text, &use->space)) {
        return true;
    } else if (text && takes_pattern(name, text)) {
        use->pattern = text;
        return true;
    }
    const char *wanted = wanted_argument(name);
    dcf_mistake(c, arg, "the codec \"%s\" does not take this argument%s%s", name,
                *wanted ? ": it is " : "", wanted);
    return false;
}

static const char *default_codec(dcf_field *field)
{
    unsigned kind = field_kind(field);
    return kind == DCF_FOR_INTEGER   ? "integer"
           : kind == DCF_FOR_BOOLEAN ? "boolean"
           : kind == DCF_FOR_ENUM    ? "enum"
                                     : "text";
}

static bool find_codec(dcf_compiler *c, const char *name, const dcf_yaml *at, dcf_codec_use *use)
{
    use->codec = dcf_codec_find(name);
    if (use->codec) return true;
    size_t n;
    const dcf_codec *all = dcf_codec_all(&n);
    const char *names[64];
    for (size_t i = 0; i < n && i < 64; i++) names[i] = all[i].name;
    const char *near = dcf_nearest(name, names, n);
    dcf_mistake(c, at, "there is no codec \"%s\"%s%s%s", name, near ? "; the nearest is \"" : "",
                near ? near : "", near ? "\"" : "");
    return false;
}

bool dcf_compile_codec(dcf_compiler *c, const dcf_yaml *as, const dcf_yaml *at, dcf_field *field,
                       dcf_codec_use *ret)
{
    dcf_codec_use use = c->d->text;
    const char *name = default_codec(field);
    const dcf_yaml *arg = NULL;
    if (as && as->kind == DCF_YAML_MAP && as->count == 1) {
        arg = &as->items[0];
        name = arg->key;
    } else if (as && as->kind == DCF_YAML_SCALAR) {
        name = as->text;
    } else if (as) {
        dcf_mistake(c, as, "\"as\" is a codec or {codec: argument}");
        return false;
    }
    if (!find_codec(c, name, as ? as : at, &use)) return false;
    if (!(use.codec->fields & field_kind(field))) {
        dcf_mistake(c, as ? as : at, "the codec \"%s\" does not fit \"%s\", which is %s", name,
                    field->name, kind_name(field_kind(field)));
        return false;
    }
    if (arg && !argument(c, arg, field, &use)) return false;
    if (!arg && (strcmp(name, "code") == 0 || strcmp(name, "join") == 0 ||
                 strcmp(name, "flag") == 0 || strcmp(name, "part") == 0)) {
        dcf_mistake(c, as, "the codec \"%s\" needs an argument: {%s: …}", name, name);
        return false;
    }
    *ret = use;
    return true;
}
