/*
 * csv.h - tables as documents: RFC 4180, as the mapping declares its dialect.
 *
 * The document opens with the empty name; a row is a member named by its record
 * type, inside the row it belongs to; a cell is a member named by its column. A
 * blank cell is none, but before others of a repeated column. The language:
 * adapters/dialect/README.md. Internal to translate/. SPDX-License-Identifier: MIT
 */
#ifndef DCF_TRANSLATE_CSV_H
#define DCF_TRANSLATE_CSV_H

#include "translate/charset.h"
#include "translate/format.h"

enum { DCF_CSV_RECORDS_MAX = 64, DCF_CSV_COLUMNS_MAX = 500 };

typedef struct dcf_csv_column {
    const char *name;   /* in paths; a column that repeats has one name several times */
    const char *header; /* in the file's first row */
    bool last;          /* no later column has the name */
    bool key;           /* takes its value from the row it belongs to */
    bool numbered;      /* others refer to it: a number is written where it is empty */
} dcf_csv_column;

/* A row belongs to the one whose `theirs` cell is what its own `mine` cell is. */
typedef struct dcf_csv_key {
    size_t mine, theirs;
} dcf_csv_key;

/* A record type. */
typedef struct dcf_csv_record {
    const char *name;
    struct dcf_csv_record *in; /* the type it belongs to; NULL: to the document */
    size_t index;              /* among the records; larger than in->index */
    dcf_csv_column *columns;
    size_t *positions; /* of the columns, in a row as it is written */
    size_t count;
    dcf_csv_key *keys;
    size_t key_count; /* 0: it belongs to the last row of `in` */
} dcf_csv_record;

typedef struct dcf_csv {
    char separator, quote; /* quote 0: none */
    dcf_charset charset;
    bool header;      /* the first row names the columns */
    bool pad;         /* a short row is filled, blank cells past the end are passed over */
    bool lf;          /* lines are written with LF alone */
    bool quote_all;   /* written cells are quoted without need */
    const char *type; /* header of the column with the record type, the first; NULL: there is none,
                         each row holds one of every record, outermost first */
    dcf_csv_record *records;
    size_t record_count;
    const char **headers; /* as written */
    size_t width; /* cells of a row as written; with a type and no header each record's own */
} dcf_csv;

/* The first column of the record with that name; record->count when there is none. */
size_t dcf_csv_column_of(const dcf_csv_record *record, dcf_span name);
/* The record of that name that belongs to `in` (NULL: the document); NULL when there is none. */
const dcf_csv_record *dcf_csv_record_in(const dcf_csv *csv, const dcf_csv_record *in,
                                        dcf_span name);

const void *dcf_csv_compile(struct dcf_compiler *c, const dcf_yaml *settings);
void dcf_csv_check(struct dcf_compiler *c);
const char *dcf_csv_refuses(const void *settings, dcf_span text);
DCF_RESULT dcf_csv_read(dcf_parse *p, const void *settings, dcf_span document);
dcf_sink dcf_csv_write(const dcf_write_to *to);

/* One cell of a table; text in the document or the arena. */
typedef struct dcf_csv_cell {
    dcf_span text;
    uint32_t line, column; /* from 1: where it begins, in bytes */
} dcf_csv_cell;

/* csv_scan.c: the rows of a table, one after the other. */
typedef struct dcf_csv_scan {
    dcf_parse *parse;
    const dcf_csv *csv;
    dcf_span doc; /* UTF-8 */
    size_t at, line_start;
    uint32_t line;
    dcf_csv_cell *cells; /* of the present row */
    size_t count, capacity;
} dcf_csv_scan;

/* Checks size and encoding. False with p->status when the document is refused. */
bool dcf_csv_scan_begin(dcf_csv_scan *s, dcf_parse *p, const dcf_csv *csv, dcf_span document);
/* The next row that is not empty; false at the end, or with p->status. */
bool dcf_csv_scan_row(dcf_csv_scan *s);

#endif
