/* csv_scan.c - bytes to rows of cells: RFC 4180 as a state machine, every limit kept. */
#include "base/arena.h"
#include "base/utf8.h"
#include "translate/csv.h"

static int peek(const dcf_csv_scan *s)
{
    return s->at < s->doc.size ? s->doc.data[s->at] : -1;
}

static uint32_t column_of(const dcf_csv_scan *s)
{
    return (uint32_t)(s->at - s->line_start) + 1;
}

static bool fail(dcf_csv_scan *s, dcf_fault_code code, const char *detail)
{
    return dcf_parse_fail(s->parse, code, s->line, column_of(s), detail);
}

static bool no_memory(dcf_csv_scan *s)
{
    s->parse->status = DCF_ERR(NOMEM);
    return false;
}

/* The bytes of the end of line that stands here: 0 when none does. */
static size_t line_end(const dcf_csv_scan *s)
{
    if (peek(s) == '\n') return 1;
    bool crlf = peek(s) == '\r' && s->at + 1 < s->doc.size && s->doc.data[s->at + 1] == '\n';
    return crlf ? 2 : 0;
}

static bool at_cell_end(const dcf_csv_scan *s)
{
    return peek(s) < 0 || peek(s) == s->csv->separator || line_end(s);
}

static bool plain(dcf_csv_scan *s, dcf_span *ret)
{
    size_t start = s->at;
    for (; !at_cell_end(s); s->at++) {
        if (peek(s) == '\r')
            return fail(s, DCF_FAULT_NOT_WELL_FORMED, "a carriage return without a line feed");
        if (s->csv->quote && peek(s) == s->csv->quote)
            return fail(s, DCF_FAULT_NOT_WELL_FORMED, "a quote inside a cell that is not quoted");
    }
    *ret = dcf_span_of(s->doc.data + start, s->at - start);
    return true;
}

/* The cell without its doubled quotes; NULL data out of memory. */
static dcf_span without_doubles(dcf_csv_scan *s, dcf_span raw)
{
    uint8_t *out = dcf_arena_alloc(s->parse->arena, raw.size);
    size_t n = 0;
    for (size_t i = 0; out && i < raw.size; i++) {
        out[n++] = raw.data[i];
        if (raw.data[i] == (uint8_t)s->csv->quote) i++;
    }
    return dcf_span_of(out, n);
}

static bool quoted(dcf_csv_scan *s, dcf_span *ret)
{
    size_t start = ++s->at, doubles = 0;
    for (;; s->at++) {
        int c = peek(s);
        if (c < 0) return fail(s, DCF_FAULT_NOT_WELL_FORMED, "a quoted cell does not end");
        if (c == s->csv->quote) {
            if (s->at + 1 >= s->doc.size || s->doc.data[s->at + 1] != (uint8_t)c) break;
            doubles++;
            s->at++;
        } else if (c == '\n') {
            s->line++;
            s->line_start = s->at + 1;
        }
    }
    *ret = dcf_span_of(s->doc.data + start, s->at - start);
    s->at++;
    if (!at_cell_end(s)) return fail(s, DCF_FAULT_NOT_WELL_FORMED, "text after a quoted cell");
    if (doubles) *ret = without_doubles(s, *ret);
    return ret->data || no_memory(s);
}

static bool cell(dcf_csv_scan *s)
{
    if (s->count == s->capacity) {
        size_t capacity = s->capacity ? s->capacity * 2 : 32;
        dcf_csv_cell *cells =
            dcf_arena_grow(s->parse->arena, s->cells, s->count, capacity, sizeof *cells);
        if (!cells) return no_memory(s);
        s->cells = cells;
        s->capacity = capacity;
    }
    dcf_csv_cell *c = &s->cells[s->count];
    *c = (dcf_csv_cell){.line = s->line, .column = column_of(s)};
    if (!dcf_parse_count(s->parse, c->line, c->column)) return false;
    bool has_quote = s->csv->quote && peek(s) == s->csv->quote;
    if (!(has_quote ? quoted(s, &c->text) : plain(s, &c->text))) return false;
    s->count++;
    return c->text.size <= s->parse->limits.text ||
           dcf_parse_fail(s->parse, DCF_FAULT_TEXT_TOO_LONG, c->line, c->column,
                          "a cell is longer than the link allows");
}

static void skip_line_end(dcf_csv_scan *s)
{
    s->at += line_end(s);
    s->line++;
    s->line_start = s->at;
}

bool dcf_csv_scan_row(dcf_csv_scan *s)
{
    while (line_end(s)) skip_line_end(s);
    s->count = 0;
    if (peek(s) < 0) return false;
    for (;; s->at++) {
        if (!cell(s)) return false;
        if (peek(s) != s->csv->separator) break;
    }
    if (peek(s) >= 0) skip_line_end(s);
    return true;
}

bool dcf_csv_scan_begin(dcf_csv_scan *s, dcf_parse *p, const dcf_csv *csv, dcf_span document)
{
    *s = (dcf_csv_scan){.parse = p, .csv = csv, .line = 1};
    if (document.size > p->limits.bytes)
        return dcf_parse_fail(p, DCF_FAULT_TOO_LARGE, 0, 0, "more bytes than the link allows");
    dcf_charset charset = csv->charset;
    if (document.size >= 3 && memcmp(document.data, "\xEF\xBB\xBF", 3) == 0) {
        document = dcf_span_of(document.data + 3, document.size - 3);
        charset = DCF_CHARSET_UTF8; /* the mark says so itself */
    }
    size_t bad;
    uint32_t line, column;
    if (!dcf_charset_decode(charset, document, p->arena, &s->doc, &bad)) return no_memory(s);
    dcf_text_position(document, bad, &line, &column);
    if (bad < document.size && charset == DCF_CHARSET_UTF8)
        return dcf_parse_fail(p, DCF_FAULT_NOT_UTF8, line, column, "a byte sequence is not UTF-8");
    if (bad < document.size)
        return dcf_parse_fail(p, DCF_FAULT_BAD_ENCODING, line, column,
                              "the declared encoding has no such byte");
    const uint8_t *nul = s->doc.size ? memchr(s->doc.data, 0, s->doc.size) : NULL;
    if (!nul) return true;
    dcf_text_position(s->doc, (size_t)(nul - s->doc.data), &line, &column);
    return dcf_parse_fail(p, DCF_FAULT_FORBIDDEN_CHARACTER, line, column, "NUL");
}
