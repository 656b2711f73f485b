/* csv_rows.c - lines to rows: each finds the one it belongs to. */
#include "translate/csv_rows.h"

#include "base/arena.h"

#include <stdlib.h>

enum { NOWHERE = SIZE_MAX };

static bool no_memory(dcf_csv_table *r)
{
    r->parse->status = DCF_ERR(NOMEM);
    return false;
}

/* Reports, and goes on. */
static void fault(dcf_csv_table *r, dcf_fault_code code, const dcf_csv_cell *at, const char *path,
                  const char *detail)
{
    dcf_faults_add(r->parse->faults, code, at->line, at->column, path, "", "%s", detail);
    r->faulty = true;
}

bool dcf_csv_blank(const dcf_csv_cell *cell)
{
    return dcf_span_trim(cell->text).size == 0;
}

static dcf_csv_cell cell_at(const dcf_csv_row *row, size_t position)
{
    return position < row->count ? row->cells[position] : (dcf_csv_cell){0};
}

dcf_csv_cell dcf_csv_cell_of(const dcf_csv_table *r, const dcf_csv_row *row, size_t column)
{
    return cell_at(row, r->positions[row->record->index][column]);
}

/* --- the header ----------------------------------------------------------------------- */

/* Where the n-th column of that heading is. */
static size_t find_header(const dcf_csv_table *r, const char *name, size_t n)
{
    for (size_t i = 0; i < r->width; i++)
        if (dcf_span_eq_str(dcf_span_trim(r->headers[i].text), name) && n-- == 0) return i;
    return NOWHERE;
}

static size_t earlier_of_name(const dcf_csv_record *record, size_t column)
{
    size_t n = 0;
    for (size_t i = 0; i < column; i++)
        n += strcmp(record->columns[i].header, record->columns[column].header) == 0;
    return n;
}

static bool place_columns(dcf_csv_table *r, const dcf_csv_record *record)
{
    size_t *positions = dcf_arena_alloc(r->parse->arena, record->count * sizeof *positions);
    char *owned = dcf_arena_alloc(r->parse->arena, r->width);
    if (!positions || !owned) return no_memory(r);
    for (size_t i = 0; i < record->count; i++) {
        const dcf_csv_column *column = &record->columns[i];
        positions[i] = find_header(r, column->header, earlier_of_name(record, i));
        if (positions[i] != NOWHERE)
            owned[positions[i]] = 1;
        else if (!r->csv->pad)
            fault(r, DCF_FAULT_WRONG_HEADER, &r->headers[0], column->header,
                  "the header lacks this column");
    }
    r->positions[record->index] = positions;
    r->owned[record->index] = owned;
    return true;
}

static bool read_header(dcf_csv_table *r)
{
    const dcf_csv *csv = r->csv;
    if (!csv->header) {
        for (size_t i = 0; i < csv->record_count; i++) r->positions[i] = csv->records[i].positions;
        return true;
    }
    if (!dcf_csv_scan_row(&r->scan)) return dcf_ok(r->parse->status);
    r->width = r->scan.count;
    r->headers =
        dcf_arena_grow(r->parse->arena, r->scan.cells, r->width, r->width, sizeof *r->headers);
    if (!r->headers) return no_memory(r);
    for (size_t i = 0; i < r->width; i++)
        if (r->headers[i].text.size > DCF_NAME_MAX)
            return dcf_parse_fail(r->parse, DCF_FAULT_TEXT_TOO_LONG, r->headers[i].line,
                                  r->headers[i].column, "a heading is too long");
    for (size_t i = 0; i < csv->record_count; i++)
        if (!place_columns(r, &csv->records[i])) return false;
    if (csv->type && find_header(r, csv->type, 0) != 0)
        fault(r, DCF_FAULT_WRONG_HEADER, &r->headers[0], csv->type,
              "the column with the record type is not the first");
    return true;
}

/* --- rows --------------------------------------------------------------------------------- */

static dcf_csv_row *add_row(dcf_csv_table *r, const dcf_csv_record *record,
                            const dcf_csv_cell *cells, size_t count)
{
    dcf_csv_row *made = dcf_arena_alloc(r->parse->arena, sizeof *made);
    if (!made) {
        (void)no_memory(r);
        return NULL;
    }
    *made = (dcf_csv_row){
        .record = record, .cells = cells, .count = count, .type = dcf_span_trim(cells->text)};
    if (r->rows_end) r->rows_end->next = made;
    if (!r->rows) r->rows = made;
    r->rows_end = made;
    if (record && record->in) made->parent = r->latest[record->in->index];
    if (record) r->latest[record->index] = made;
    return made;
}

static void check_width(dcf_csv_table *r, const dcf_csv_cell *cells, size_t count, size_t width)
{
    if (count < width && !r->csv->pad)
        fault(r, DCF_FAULT_RAGGED_ROW, cells, "", "the row has fewer cells than columns");
    for (size_t i = width; i < count; i++)
        if (!r->csv->pad || !dcf_csv_blank(&cells[i])) {
            fault(r, DCF_FAULT_RAGGED_ROW, &cells[i], "", "the row has more cells than columns");
            return;
        }
}

static bool typed_row(dcf_csv_table *r, const dcf_csv_cell *cells, size_t count)
{
    const dcf_csv *csv = r->csv;
    const dcf_csv_record *record = NULL;
    for (size_t i = 0; i < csv->record_count && !record; i++)
        if (dcf_span_eq_str(dcf_span_trim(cells->text), csv->records[i].name))
            record = &csv->records[i];
    dcf_csv_row *added = add_row(r, record, cells, count);
    if (!added) return false;
    added->rest = true;
    if (added->type.size > DCF_NAME_MAX)
        return dcf_parse_fail(r->parse, DCF_FAULT_TEXT_TOO_LONG, cells->line, cells->column,
                              "the name of a record type is too long");
    if (csv->header || record)
        check_width(r, cells, count, csv->header ? r->width : record->count + 1);
    if (record && record->in && !record->key_count && !added->parent)
        fault(r, DCF_FAULT_NO_PARENT_ROW, cells, record->name,
              "no row it could belong to is above");
    return true;
}

static bool all_blank(const dcf_csv_table *r, const dcf_csv_row *row)
{
    for (size_t i = 0; i < row->record->count; i++) {
        dcf_csv_cell cell = dcf_csv_cell_of(r, row, i);
        if (!dcf_csv_blank(&cell)) return false;
    }
    return true;
}

static bool same_cells(const dcf_csv_table *r, const dcf_csv_row *a, const dcf_csv_row *b)
{
    for (size_t i = 0; i < a->record->count; i++)
        if (!dcf_span_eq(dcf_csv_cell_of(r, a, i).text, dcf_csv_cell_of(r, b, i).text))
            return false;
    return true;
}

/* Whether the line's record of this type is the one of the line before. */
static bool goes_on(const dcf_csv_table *r, const dcf_csv_row *candidate, const dcf_csv_row *parent)
{
    const dcf_csv_row *before = r->latest[candidate->record->index];
    return before && before->parent == parent &&
           (all_blank(r, candidate) || same_cells(r, candidate, before));
}

bool dcf_csv_declared(const dcf_csv_table *r, const dcf_csv_record *record, size_t position)
{
    if (r->csv->type && position == 0) return true;
    if (!record) return false;
    if (!r->csv->header) return true; /* more are a ragged dcf_csv_row */
    for (size_t i = 0; i < r->csv->record_count; i++)
        if ((!r->csv->type || &r->csv->records[i] == record) && r->owned[i][position]) return true;
    return false;
}

/* Whether the line has a value that no declared column takes. */
static bool has_rest(const dcf_csv_table *r, const dcf_csv_cell *cells, size_t count)
{
    for (size_t i = 0; r->csv->header && i < count && i < r->width; i++)
        if (!dcf_csv_blank(&cells[i]) && !dcf_csv_declared(r, r->csv->records, i)) return true;
    return false;
}

/* One of each record, outermost first, as far as the line has values. */
static bool flat_row(dcf_csv_table *r, const dcf_csv_cell *cells, size_t count)
{
    const dcf_csv *csv = r->csv;
    size_t filled = csv->record_count;
    check_width(r, cells, count, csv->header ? r->width : csv->width);
    for (; filled > 1 && !has_rest(r, cells, count); filled--)
        if (!all_blank(r, &(dcf_csv_row){
                              .record = &csv->records[filled - 1], .cells = cells, .count = count}))
            break;
    dcf_csv_row *around = NULL;
    for (size_t i = 0; i < filled; i++) {
        dcf_csv_row candidate = {.record = &csv->records[i], .cells = cells, .count = count};
        bool innermost = i + 1 == csv->record_count;
        if (!innermost && goes_on(r, &candidate, around))
            around = r->latest[i];
        else if (!(around = add_row(r, &csv->records[i], cells, count)))
            return false;
    }
    if (around) around->rest = true;
    return true;
}

static bool read_rows(dcf_csv_table *r)
{
    while (dcf_csv_scan_row(&r->scan)) {
        size_t count = r->scan.count;
        dcf_csv_cell *cells =
            dcf_arena_grow(r->parse->arena, r->scan.cells, count, count, sizeof *cells);
        if (!cells) return no_memory(r);
        if (!(r->csv->type ? typed_row(r, cells, count) : flat_row(r, cells, count))) return false;
    }
    return dcf_ok(r->parse->status);
}

/* --- keys ----------------------------------------------------------------------------------- */

/* A row with the key others find it by. */
typedef struct keyed {
    const dcf_csv_table *dcf_csv_table;
    const dcf_csv_record *child; /* whose keys are compared */
    dcf_csv_row *row;
    bool mine; /* the row is the child */
} keyed;

static dcf_span key_text(const keyed *k, size_t i)
{
    const dcf_csv_key *key = &k->child->keys[i];
    return dcf_span_trim(
        dcf_csv_cell_of(k->dcf_csv_table, k->row, k->mine ? key->mine : key->theirs).text);
}

static int by_key(const void *a, const void *b)
{
    const keyed *x = a, *y = b;
    for (size_t i = 0; i < x->child->key_count; i++) {
        dcf_span s = key_text(x, i), t = key_text(y, i);
        if (s.size != t.size) return s.size < t.size ? -1 : 1;
        int order = s.size ? memcmp(s.data, t.data, s.size) : 0;
        if (order) return order;
    }
    return 0;
}

/* The rows a keyed record may belong to, in the order of their keys. */
static keyed *candidates(dcf_csv_table *r, const dcf_csv_record *child, size_t *ret_count)
{
    size_t n = 0;
    for (const dcf_csv_row *row = r->rows; row; row = row->next) n += row->record == child->in;
    keyed *found = dcf_arena_alloc(r->parse->arena, (n + 1) * sizeof *found);
    if (!found) return NULL;
    *ret_count = 0;
    for (dcf_csv_row *row = r->rows; row; row = row->next)
        if (row->record == child->in)
            found[(*ret_count)++] = (keyed){.dcf_csv_table = r, .child = child, .row = row};
    qsort(found, n, sizeof *found, by_key);
    for (size_t i = 1; i < n; i++)
        if (by_key(&found[i - 1], &found[i]) == 0)
            fault(r, DCF_FAULT_KEY_TWICE, found[i].row->cells, child->in->name,
                  "another row has the key by which others refer to it");
    return found;
}

static bool join_by_key(dcf_csv_table *r, const dcf_csv_record *child)
{
    size_t n;
    keyed *parents = candidates(r, child, &n);
    if (!parents) return no_memory(r);
    for (dcf_csv_row *row = r->rows; row; row = row->next) {
        if (row->record != child) continue;
        keyed wanted = {.dcf_csv_table = r, .child = child, .row = row, .mine = true};
        const keyed *found = bsearch(&wanted, parents, n, sizeof *parents, by_key);
        row->parent = found ? found->row : NULL;
        if (!found)
            fault(r, DCF_FAULT_NO_PARENT_ROW, row->cells, child->name,
                  "no row has the key this one refers to");
    }
    return true;
}

static bool join_rows(dcf_csv_table *r)
{
    for (size_t i = 0; i < r->csv->record_count; i++)
        if (r->csv->records[i].key_count && !join_by_key(r, &r->csv->records[i])) return false;
    for (dcf_csv_row *row = r->rows; row; row = row->next) {
        struct dcf_csv_row *around = row->record && row->record->in ? row->parent : &r->top;
        if (!around) continue; /* told */
        if (around->last) around->last->sibling = row;
        if (!around->first) around->first = row;
        around->last = row;
    }
    return true;
}

bool dcf_csv_rows_read(dcf_csv_table *r, dcf_parse *p, const dcf_csv *csv, dcf_span document)
{
    *r = (dcf_csv_table){.parse = p, .csv = csv};
    return dcf_csv_scan_begin(&r->scan, p, csv, document) && read_header(r) && read_rows(r) &&
           join_rows(r);
}
