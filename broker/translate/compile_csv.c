/* compile_csv.c - the `csv` of a mapping: what a table looks like, and whether the mapping's paths
 * are in it. */
#include "translate/compile.h"
#include "translate/csv.h"

#include <ctype.h>

/* --- look-ups ------------------------------------------------------------------------------ */

size_t dcf_csv_column_of(const dcf_csv_record *record, dcf_span name)
{
    size_t i = 0;
    while (i < record->count && !dcf_span_eq_str(name, record->columns[i].name)) i++;
    return i;
}

const dcf_csv_record *dcf_csv_record_in(const dcf_csv *csv, const dcf_csv_record *in, dcf_span name)
{
    for (size_t i = 0; i < csv->record_count; i++)
        if (csv->records[i].in == in && dcf_span_eq_str(name, csv->records[i].name))
            return &csv->records[i];
    return NULL;
}

static const char *nearest_column(const dcf_csv_record *record, const char *text)
{
    const char *names[DCF_CSV_COLUMNS_MAX];
    for (size_t i = 0; i < record->count; i++) names[i] = record->columns[i].name;
    return dcf_nearest(text, names, record->count);
}

/* --- records -------------------------------------------------------------------------------- */

/* NAME, or {NAME: "its heading"}. */
static bool compile_column(dcf_compiler *c, const dcf_yaml *at, dcf_csv_column *column)
{
    const dcf_yaml *heading = at->kind == DCF_YAML_MAP && at->count == 1 ? &at->items[0] : at;
    if (heading->kind != DCF_YAML_SCALAR || !*heading->text) {
        dcf_mistake(c, at, "a column is a name, or {name: heading}");
        return false;
    }
    column->header = dcf_copy(c, heading->text);
    column->name = heading == at ? column->header : dcf_copy(c, heading->key);
    return column->name && column->header;
}

static void compile_columns(dcf_compiler *c, const dcf_yaml *at, dcf_csv_record *record)
{
    const dcf_yaml *list = dcf_yaml_get(at, "columns");
    if (!list || list->kind != DCF_YAML_LIST || !list->count || list->count > DCF_CSV_COLUMNS_MAX) {
        dcf_mistake(c, at, "a record has \"columns\", a list of 1 to %d", DCF_CSV_COLUMNS_MAX);
        return;
    }
    record->columns = dcf_make(c, list->count * sizeof *record->columns);
    record->positions = dcf_make(c, list->count * sizeof *record->positions);
    for (size_t i = 0; !c->no_memory && i < list->count; i++) {
        dcf_csv_column *column = &record->columns[record->count];
        if (!compile_column(c, &list->items[i], column)) return;
        column->last = true;
        for (size_t k = 0; k < record->count; k++)
            if (strcmp(record->columns[k].name, column->name) == 0) record->columns[k].last = false;
        record->count++;
    }
}

static void compile_key(dcf_compiler *c, const dcf_yaml *at, dcf_csv_record *record)
{
    dcf_csv_key key = {.mine = dcf_csv_column_of(record, dcf_span_str(at->key)),
                       .theirs = record->in->count};
    if (at->kind == DCF_YAML_SCALAR)
        key.theirs = dcf_csv_column_of(record->in, dcf_span_str(at->text));
    if (key.mine == record->count || key.theirs == record->in->count) {
        dcf_mistake(c, at, "\"key\" is a map of columns of \"%s\" to columns of \"%s\"",
                    record->name, record->in->name);
        return;
    }
    dcf_csv_key *keys = dcf_arena_grow(c->arena, record->keys, record->key_count,
                                       record->key_count + 1, sizeof *keys);
    if (!keys) {
        c->no_memory = true;
        return;
    }
    keys[record->key_count++] = key;
    record->keys = keys;
    record->columns[key.mine].key = true;
    record->in->columns[key.theirs].numbered = true;
}

static void compile_keys(dcf_compiler *c, const dcf_csv *csv, const dcf_yaml *at,
                         dcf_csv_record *record)
{
    const dcf_yaml *keys = dcf_yaml_get(at, "key");
    if (!keys) return;
    if (keys->kind != DCF_YAML_MAP || !record->in || !csv->type) {
        dcf_mistake(c, keys,
                    "\"key\" goes with \"in\" and a record type: a map of columns to its columns");
        return;
    }
    for (size_t i = 0; i < keys->count; i++) compile_key(c, &keys->items[i], record);
}

static dcf_csv_record *find_record(const dcf_csv *csv, const char *name)
{
    for (size_t i = 0; i < csv->record_count; i++)
        if (strcmp(csv->records[i].name, name) == 0) return &csv->records[i];
    return NULL;
}

static void compile_record(dcf_compiler *c, dcf_csv *csv, const dcf_yaml *at)
{
    dcf_csv_record *record = &csv->records[csv->record_count];
    *record = (dcf_csv_record){.name = dcf_copy(c, at->key), .index = csv->record_count};
    if (!record->name || !dcf_only_keys(c, at, DCF_KEYS_CSV_RECORD)) return;
    const char *in = dcf_top_text(c, at, "in", false);
    if (in && !(record->in = find_record(csv, in)))
        dcf_mistake(c, at, "\"in\" names a record that stands above this one");
    bool chained = csv->record_count == 0 || record->in == record - 1;
    if (!csv->type && !chained)
        dcf_mistake(c, at, "without \"type\" each record is \"in\" the one above it");
    compile_columns(c, at, record);
    if (!record->count) return;
    compile_keys(c, csv, at, record);
    csv->record_count++;
}

static void compile_records(dcf_compiler *c, dcf_csv *csv, const dcf_yaml *settings)
{
    const dcf_yaml *records = dcf_yaml_get(settings, "records");
    if (!records || records->kind != DCF_YAML_MAP || !records->count ||
        records->count > DCF_CSV_RECORDS_MAX) {
        dcf_mistake(c, settings, "\"records\" is a map of 1 to %d names to columns",
                    DCF_CSV_RECORDS_MAX);
        return;
    }
    csv->records = dcf_make(c, records->count * sizeof *csv->records);
    for (size_t i = 0; csv->records && !c->no_memory && i < records->count; i++)
        compile_record(c, csv, &records->items[i]);
}

/* --- where the columns stand -------------------------------------------------------------------
 */

/* The place of the column's heading among those of the records before, or a new one. */
static size_t shared_position(const dcf_csv *csv, const dcf_csv_record *record, size_t column)
{
    size_t wanted = 0;
    for (size_t i = 0; i < column; i++)
        wanted += strcmp(record->columns[i].header, record->columns[column].header) == 0;
    for (size_t i = csv->type ? 1 : 0; csv->type && i < csv->width; i++)
        if (strcmp(csv->headers[i], record->columns[column].header) == 0 && wanted-- == 0) return i;
    return csv->width;
}

static void place_columns(dcf_compiler *c, dcf_csv *csv)
{
    size_t most = 1;
    for (size_t i = 0; i < csv->record_count; i++) most += csv->records[i].count;
    csv->headers = dcf_make(c, most * sizeof *csv->headers);
    if (!csv->headers) return;
    if (csv->type) csv->headers[csv->width++] = csv->type;
    for (size_t i = 0; i < csv->record_count; i++) {
        dcf_csv_record *record = &csv->records[i];
        for (size_t k = 0; k < record->count; k++) {
            bool own = csv->type && !csv->header;
            size_t at = own ? k + 1 : shared_position(csv, record, k);
            record->positions[k] = at;
            if (at < csv->width) continue;
            csv->headers[at] = record->columns[k].header;
            csv->width = at + 1;
        }
    }
}

/* --- the whole ------------------------------------------------------------------------------ */

/* One character of ASCII that may part cells, or 0 for "none". */
static char one_char(dcf_compiler *c, const dcf_yaml *settings, const char *key, char fallback)
{
    const dcf_yaml *at = dcf_yaml_get(settings, key);
    if (!at) return fallback;
    const char *text = at->kind == DCF_YAML_SCALAR ? at->text : "";
    if (strcmp(text, "none") == 0 && strcmp(key, "quote") == 0) return 0;
    bool one = strlen(text) == 1 && (ispunct((unsigned char)*text) || *text == '\t');
    if (!one) dcf_mistake(c, at, "\"%s\" is one character, such as \"%c\"", key, fallback);
    if (one) return *text;
    return fallback;
}

const void *dcf_csv_compile(dcf_compiler *c, const dcf_yaml *settings)
{
    const dcf_keys_at at = DCF_KEYS_CSV;
    dcf_csv *csv = dcf_make(c, sizeof *csv);
    if (!csv || !dcf_only_keys(c, settings, at)) return NULL;
    csv->separator = one_char(c, settings, "separator", ',');
    csv->quote = one_char(c, settings, "quote", '"');
    csv->charset = (dcf_charset)dcf_row_choice(c, settings, at, "encoding", 0, DCF_CHARSET_UTF8);
    csv->header = dcf_row_choice(c, settings, at, "header", 0, 1) == 0; /* true|false */
    csv->pad = dcf_row_choice(c, settings, at, "ragged", 0, 0) == 1;
    csv->lf = dcf_row_choice(c, settings, at, "line_end", 0, 0) == 1;
    csv->quote_all = dcf_row_choice(c, settings, at, "quoting", 0, 0) == 1;
    csv->type = dcf_top_text(c, settings, "type", false);
    if (csv->separator == csv->quote)
        dcf_mistake(c, settings, "\"separator\" and \"quote\" are the same");
    compile_records(c, csv, settings);
    place_columns(c, csv);
    return c->mistaken || c->no_memory ? NULL : csv;
}

/* --- paths ------------------------------------------------------------------------------------ */

static size_t named(const dcf_csv_record *record, const char *name)
{
    size_t n = 0;
    for (size_t i = 0; i < record->count; i++) n += strcmp(record->columns[i].name, name) == 0;
    return n;
}

static void check_column(dcf_compiler *c, const dcf_csv_record *record, const dcf_node *n)
{
    const dcf_variant *v = n->variants[0];
    dcf_yaml at = {.line = dcf_node_line(n), .column = 1};
    size_t count = named(record, n->local);
    if (!count) {
        const char *near = nearest_column(record, n->local);
        dcf_mistake(c, &at, "\"%s\" is no column of \"%s\", and no record in it%s%s%s", n->path,
                    record->name, near ? "; the nearest is \"" : "", near ? near : "",
                    near ? "\"" : "");
    } else if (record->columns[dcf_csv_column_of(record, dcf_span_str(n->local))].key) {
        dcf_mistake(c, &at, "\"%s\" is filled from the row it belongs to: it has no row here",
                    n->path);
    } else if (v->child_count || (n->array && !v->self_count)) {
        dcf_mistake(c, &at, "\"%s\" is a column: nothing is inside", n->path);
    } else if (v->indexed && v->self_count > count) {
        dcf_mistake(c, &at, "\"%s\" stands %zu times in \"%s\"", n->local, count, record->name);
    }
}

static void check_inside(dcf_compiler *c, const dcf_csv *csv, const dcf_csv_record *record,
                         const dcf_variant *v)
{
    for (size_t i = 0; i < v->child_count; i++) {
        const dcf_node *n = v->children[i];
        const dcf_csv_record *inner = dcf_csv_record_in(csv, record, dcf_span_str(n->local));
        dcf_yaml at = {.line = dcf_node_line(n), .column = 1};
        if (inner)
            for (size_t k = 0; k < n->variant_count; k++)
                check_inside(c, csv, inner, n->variants[k]);
        else if (!dcf_node_dropped(n) && record)
            check_column(c, record, n);
        else if (!dcf_node_dropped(n))
            dcf_mistake(c, &at, "\"%s\" is no record of the table that belongs to none", n->path);
    }
}

void dcf_csv_check(dcf_compiler *c)
{
    for (size_t i = 0; i < c->d->roots->child_count; i++) {
        const dcf_node *root = c->d->roots->children[i];
        for (size_t k = 0; k < root->variant_count; k++)
            check_inside(c, c->d->settings, NULL, root->variants[k]);
    }
}
