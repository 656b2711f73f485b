/* csv_reader.c - the rows of a table to events, from the top. */
#include "base/arena.h"
#include "translate/csv_rows.h"

#include <stdio.h>

static bool emit(dcf_csv_table *r, dcf_event_kind kind, dcf_span text, const dcf_csv_cell *at)
{
    dcf_event e = {.kind = kind, .line = at->line, .column = at->column};
    if (kind == DCF_EV_OPEN) e.local = text;
    if (kind == DCF_EV_VALUE) e.value = text;
    if (dcf_emit(r->parse->sink, &e)) return true;
    if (dcf_ok(r->parse->status)) r->parse->status = DCF_ERR(BUG); /* a sink that stops says why */
    return false;
}

static bool emit_cell(dcf_csv_table *r, dcf_span name, const dcf_csv_cell *cell)
{
    return emit(r, DCF_EV_OPEN, name, cell) &&
           (cell->text.size == 0 || emit(r, DCF_EV_VALUE, cell->text, cell)) &&
           emit(r, DCF_EV_CLOSE, name, cell);
}

/* A blank cell is told where it keeps the place of a later one of its name. */
static bool holds_place(const dcf_csv_table *r, const dcf_csv_row *row, size_t column)
{
    const dcf_csv_record *record = row->record;
    while (!record->columns[column].last) {
        const char *name = record->columns[column].name;
        do column++;
        while (strcmp(record->columns[column].name, name) != 0);
        dcf_csv_cell cell = dcf_csv_cell_of(r, row, column);
        if (!dcf_csv_blank(&cell)) return true;
    }
    return false;
}

static bool emit_columns(dcf_csv_table *r, const dcf_csv_row *row)
{
    for (size_t i = 0; i < row->record->count; i++) {
        const dcf_csv_column *column = &row->record->columns[i];
        dcf_csv_cell cell = dcf_csv_cell_of(r, row, i);
        if (column->key || (dcf_csv_blank(&cell) && !holds_place(r, row, i))) continue;
        if (!cell.line) cell.line = row->cells->line, cell.column = 1;
        if (!emit_cell(r, dcf_span_str(column->name), &cell)) return false;
    }
    return true;
}

/* What no declared column takes goes by its heading, or its number: the mapping says what becomes
 * of it. */
static bool emit_rest(dcf_csv_table *r, const dcf_csv_row *row)
{
    for (size_t i = 0; i < row->count; i++) {
        char number[24];
        if (dcf_csv_blank(&row->cells[i]) || (r->csv->header && i >= r->width) ||
            dcf_csv_declared(r, row->record, i))
            continue;
        int n = snprintf(number, sizeof number, "%zu", i + 1);
        dcf_span name = r->csv->header ? dcf_span_trim(r->headers[i].text) : (dcf_span){0};
        if (name.size == 0) name = dcf_span_of(number, (size_t)n);
        if (!emit_cell(r, name, &row->cells[i])) return false;
    }
    return true;
}

static bool emit_row(dcf_csv_table *r, const dcf_csv_row *row)
{
    const dcf_csv_cell *at = row->cells;
    dcf_span name = row->record ? dcf_span_str(row->record->name) : row->type;
    if (!dcf_parse_open(r->parse, at->line, at->column)) return false;
    if (!emit(r, DCF_EV_OPEN, name, at)) return false;
    if (row->record && !emit_columns(r, row)) return false;
    if (row->rest && !emit_rest(r, row)) return false;
    for (const struct dcf_csv_row *child = row->first; child; child = child->sibling)
        if (!emit_row(r, child)) return false;
    r->parse->depth--;
    return emit(r, DCF_EV_CLOSE, name, at);
}

static bool emit_document(dcf_csv_table *r)
{
    const dcf_csv_cell start = {.line = 1, .column = 1};
    if (!r->rows)
        return dcf_parse_fail(r->parse, DCF_FAULT_NOT_WELL_FORMED, 1, 1, "there is no row");
    if (!dcf_parse_open(r->parse, 1, 1) || !emit(r, DCF_EV_OPEN, dcf_span_str(""), &start))
        return false;
    for (const dcf_csv_row *row = r->top.first; row; row = row->sibling)
        if (!emit_row(r, row)) return false;
    r->parse->depth--;
    return emit(r, DCF_EV_CLOSE, dcf_span_str(""), &start);
}

dcf_status dcf_csv_read(dcf_parse *p, const void *settings, dcf_span document)
{
    dcf_csv_table *r = dcf_arena_alloc(p->arena, sizeof *r);
    if (!r) return DCF_ERR(NOMEM);
    if (dcf_csv_rows_read(r, p, settings, document) && emit_document(r) && r->faulty)
        return DCF_ERR(FAULTY);
    return p->status;
}
