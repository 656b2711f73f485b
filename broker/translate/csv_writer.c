/* csv_writer.c - events to rows: kept until the document ends, because a cell may come after the
 * rows that belong to its own. */
#include "base/arena.h"
#include "translate/csv.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct row {
    const dcf_csv_record *record;
    struct row *parent, *next;
    struct row *before; /* of the same record, below the same parent */
    dcf_span *cells;    /* NULL data: none came */
    bool has_rows;
} row;

typedef struct writer {
    dcf_write_to to;
    const dcf_csv *csv;
    row *rows, *rows_end;
    row *latest[DCF_CSV_RECORDS_MAX];
    row *present;     /* NULL: the document */
    dcf_span *cell;   /* the open one's place; NULL: none is open */
    bool open, stray; /* the document; a cell that has no place */
    bool no_memory;
} writer;

static void fault(writer *w, dcf_fault_code code, const char *record, const char *column,
                  const char *detail)
{
    char path[256];
    snprintf(path, sizeof path, "%s%s%s", record, *column ? "/" : "", column);
    dcf_faults_add(w->to.faults, code, 0, 0, path, "", "%s", detail);
}

static void *make(writer *w, size_t size)
{
    void *p = dcf_arena_alloc(w->to.arena, size);
    w->no_memory = w->no_memory || !p;
    return p;
}

/* --- events to rows ------------------------------------------------------------------------ */

static void open_row(writer *w, const dcf_csv_record *record)
{
    row *r = make(w, sizeof *r);
    dcf_span *cells = make(w, record->count * sizeof *cells);
    if (w->no_memory) return;
    *r = (row){.record = record, .parent = w->present, .cells = cells};
    row *latest = w->latest[record->index];
    if (latest && latest->parent == r->parent) r->before = latest;
    w->latest[record->index] = r;
    if (w->present) w->present->has_rows = true;
    if (w->rows_end) w->rows_end->next = r;
    if (!w->rows) w->rows = r;
    w->rows_end = w->present = r;
}

static void open_cell(writer *w, dcf_span name)
{
    const dcf_csv_record *record = w->present->record;
    size_t i = dcf_csv_column_of(record, name);
    while (i < record->count && w->present->cells[i].data && !record->columns[i].last) {
        do i++;
        while (!dcf_span_eq_str(name, record->columns[i].name));
    }
    w->stray = i == record->count || w->present->cells[i].data;
    if (w->stray) {
        char column[128];
        snprintf(column, sizeof column, "%.*s", (int)name.size, (const char *)name.data);
        fault(w, DCF_FAULT_NO_COLUMN, record->name, column, "more values than columns");
        return;
    }
    w->cell = &w->present->cells[i];
    *w->cell = dcf_span_str("");
}

static void open_member(writer *w, dcf_span name)
{
    if (!w->open) {
        w->open = true;
        return;
    }
    const dcf_csv_record *record =
        dcf_csv_record_in(w->csv, w->present ? w->present->record : NULL, name);
    if (record)
        open_row(w, record);
    else if (w->present)
        open_cell(w, name);
    else
        w->stray = true;
}

static void value(writer *w, dcf_span text)
{
    if (!w->cell) return;
    const char *copy = dcf_arena_str(w->to.arena, text);
    w->no_memory = w->no_memory || !copy;
    *w->cell = dcf_span_of(copy, text.size);
}

/* --- keys ----------------------------------------------------------------------------------- */

/* Numbers the empty ones of a column that others refer to, past the highest that is there. */
static void number_column(writer *w, const dcf_csv_record *record, size_t column)
{
    unsigned long next = 1;
    for (row *r = w->rows; r; r = r->next) {
        if (r->record != record || !r->cells[column].size) continue;
        unsigned long n = strtoul((const char *)r->cells[column].data, NULL, 10);
        if (n >= next && n < 1000000000) next = n + 1;
    }
    for (row *r = w->rows; r && !w->no_memory; r = r->next)
        if (r->record == record && !dcf_span_trim(r->cells[column]).size) {
            const char *number = dcf_arena_printf(w->to.arena, "%lu", next++);
            w->no_memory = !number;
            r->cells[column] = dcf_span_str(number);
        }
}

/* Records come after those they belong to, so a key may be made of a key. */
static void fill_keys(writer *w)
{
    for (size_t i = 0; i < w->csv->record_count; i++) {
        const dcf_csv_record *record = &w->csv->records[i];
        for (row *r = w->rows; r && record->key_count; r = r->next)
            for (size_t k = 0; r->record == record && k < record->key_count; k++)
                r->cells[record->keys[k].mine] = r->parent->cells[record->keys[k].theirs];
        for (size_t k = 0; k < record->count; k++)
            if (record->columns[k].numbered) number_column(w, record, k);
    }
}

/* --- rows to bytes -----------------------------------------------------------------------------
 */

static bool wants_quotes(const dcf_csv *csv, dcf_span text)
{
    if (!csv->quote || csv->quote_all) return csv->quote != 0;
    for (size_t i = 0; i < text.size; i++) {
        char c = (char)text.data[i];
        if (c == csv->separator || c == csv->quote || c == '\n' || c == '\r') return true;
    }
    return false;
}

static void put_cell(writer *w, dcf_span text, bool quotes)
{
    dcf_buf *out = w->to.out;
    if (!quotes) {
        dcf_charset_encode(w->csv->charset, text, out);
        return;
    }
    dcf_buf_addc(out, w->csv->quote);
    for (size_t from = 0; from < text.size;) {
        const uint8_t *start = text.data + from,
                      *quote = memchr(start, w->csv->quote, text.size - from);
        size_t n = quote ? (size_t)(quote - start) + 1 : text.size - from;
        dcf_charset_encode(w->csv->charset, dcf_span_of(start, n), out);
        if (quote) dcf_buf_addc(out, w->csv->quote);
        from += n;
    }
    dcf_buf_addc(out, w->csv->quote);
}

static void put_line(writer *w, const dcf_span *cells, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (i) dcf_buf_addc(w->to.out, w->csv->separator);
        bool empty_line = count == 1 && cells[i].size == 0 && w->csv->quote;
        put_cell(w, cells[i], empty_line || wants_quotes(w->csv, cells[i]));
    }
    dcf_buf_adds(w->to.out, w->csv->lf ? "\n" : "\r\n");
}

static bool all_blank(const row *r)
{
    for (size_t i = 0; i < r->record->count; i++)
        if (dcf_span_trim(r->cells[i]).size) return false;
    return true;
}

static bool same_cells(const row *a, const row *b)
{
    for (size_t i = 0; i < a->record->count; i++)
        if (!dcf_span_eq(a->cells[i], b->cells[i])) return false;
    return true;
}

/* In a table without record types rows are told apart by their cells alone. */
static void check_distinct(writer *w, const row *r)
{
    bool innermost = r->record->index + 1 == w->csv->record_count;
    bool lost = r->record->in && all_blank(r) && (!r->has_rows || r->before);
    bool merged = !innermost && r->before && same_cells(r, r->before);
    if (lost || merged)
        fault(w, DCF_FAULT_INDISTINCT, r->record->name, "",
              lost ? "an entry without values has no place in the table"
                   : "it has the same values as the entry before, and would become one with it");
}

static void write_rows(writer *w)
{
    const dcf_csv *csv = w->csv;
    dcf_span *line = make(w, (csv->width + 1) * sizeof *line);
    if (line && csv->header) {
        for (size_t i = 0; i < csv->width; i++) line[i] = dcf_span_str(csv->headers[i]);
        put_line(w, line, csv->width);
    }
    for (row *r = w->rows; r && line; r = r->next) {
        if (!csv->type) check_distinct(w, r);
        if (!csv->type && r->has_rows) continue;
        memset(line, 0, csv->width * sizeof *line);
        if (csv->type) line[0] = dcf_span_str(r->record->name);
        for (const row *part = r; part; part = csv->type ? NULL : part->parent)
            for (size_t i = 0; i < part->record->count; i++)
                line[part->record->positions[i]] = part->cells[i];
        put_line(w, line, csv->type && !csv->header ? r->record->count + 1 : csv->width);
    }
}

static void close_member(writer *w)
{
    if (w->cell || w->stray) {
        w->cell = NULL;
        w->stray = false;
    } else if (w->present) {
        w->present = w->present->parent;
    } else {
        fill_keys(w);
        write_rows(w);
    }
}

static bool on_event(void *self, const dcf_event *e)
{
    writer *w = self;
    if (e->kind == DCF_EV_OPEN) open_member(w, e->local);
    if (e->kind == DCF_EV_VALUE) value(w, e->value);
    if (e->kind == DCF_EV_CLOSE) close_member(w);
    return !w->no_memory && !w->to.out->failed;
}

dcf_sink dcf_csv_write(const dcf_write_to *to)
{
    writer *w = dcf_arena_alloc(to->arena, sizeof *w);
    if (!w) return (dcf_sink){0};
    *w = (writer){.to = *to, .csv = to->settings};
    return (dcf_sink){on_event, w};
}

const char *dcf_csv_refuses(const void *settings, dcf_span text)
{
    const dcf_csv *csv = settings;
    if (!dcf_charset_has(csv->charset, text)) return "a character that the encoding has not";
    for (size_t i = 0; !csv->quote && i < text.size; i++)
        if (text.data[i] == '\r' || text.data[i] == '\n' || text.data[i] == (uint8_t)csv->separator)
            return "a separator or line end, in a table without quotes";
    return NULL;
}
