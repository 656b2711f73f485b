/*
 * csv_rows.h - the rows of a table, hung below each other, between bytes and events.
 * Internal to the CSV reader. SPDX-License-Identifier: MIT
 */
#ifndef DCF_TRANSLATE_CSV_ROWS_H
#define DCF_TRANSLATE_CSV_ROWS_H

#include "translate/csv.h"

/* A row of one record type. Several stand in one line when the table has no record types. */
typedef struct dcf_csv_row {
    const dcf_csv_record *record; /* NULL: of a type that is not declared */
    struct dcf_csv_row *parent, *first, *last, *sibling;
    struct dcf_csv_row *next; /* in the order of the file */
    dcf_span type;            /* not declared: as it stands there */
    const dcf_csv_cell *cells;
    size_t count;
    bool rest; /* the cells that are no declared column's are told here */
} dcf_csv_row;

typedef struct dcf_csv_table {
    dcf_csv_scan scan;
    dcf_parse *parse;
    const dcf_csv *csv;
    const dcf_csv_cell *headers;
    size_t width;                           /* of the header */
    size_t *positions[DCF_CSV_RECORDS_MAX]; /* of each record's columns in this file */
    const char *owned[DCF_CSV_RECORDS_MAX]; /* by position: it is a column of that record */
    dcf_csv_row *latest[DCF_CSV_RECORDS_MAX];
    dcf_csv_row *rows, *rows_end;
    dcf_csv_row top; /* the document */
    bool faulty;
} dcf_csv_table;

/* Reads the whole document; all in the parse's arena. False with parse->status: faults after which
 * nothing can be told. `faulty`: others were told on the way. */
bool dcf_csv_rows_read(dcf_csv_table *t, dcf_parse *p, const dcf_csv *csv, dcf_span document);

bool dcf_csv_blank(const dcf_csv_cell *cell);
/* The cell of a column; without text where the row ends before. */
dcf_csv_cell dcf_csv_cell_of(const dcf_csv_table *t, const dcf_csv_row *row, size_t column);
/* Whether a column of the record, or of any where a line has one of each, is there. */
bool dcf_csv_declared(const dcf_csv_table *t, const dcf_csv_record *record, size_t position);

#endif
