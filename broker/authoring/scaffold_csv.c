/* scaffold_csv.c - what a table nobody described looks like: separator, header, record types. */
#include "authoring/scaffold_parts.h"

#include "base/utf8.h"
#include "translate/csv.h"

#include <ctype.h>

enum { TYPES_MAX = 32, NAME_SIZE = 64 };

/* A record type, as far as rows tell. */
typedef struct record {
    char name[NAME_SIZE];
    size_t times, here, width; /* times: at most, in one document */
    uint32_t above;            /* the types that every document had above its first one */
} record;

typedef struct table {
    dcf_csv csv;
    dcf_arena *arena;
    record types[TYPES_MAX];
    size_t type_count, rows, width;
    uint32_t seen;     /* the types of the present document, so far */
    bool typed;        /* every row begins with a short code */
    bool names;        /* the first row looks like headings */
    const char **head; /* its cells */
    const char **same; /* by column: the one value of all rows; NULL: they differ */
} table;

static char guess_separator(dcf_span text)
{
    static const char candidates[] = ",;\t|";
    char best = ',';
    size_t most = 0;
    for (const char *c = candidates; *c; c++) {
        size_t n = 0;
        for (size_t i = 0; i < text.size && text.data[i] != '\n'; i++)
            n += text.data[i] == (uint8_t)*c;
        if (n > most) most = n, best = *c;
    }
    return best;
}

static bool like_heading(dcf_span cell)
{
    bool letter = false;
    for (size_t i = 0; i < cell.size; i++) letter = letter || isalpha(cell.data[i]);
    return letter && cell.size < NAME_SIZE && !isdigit(cell.data[0]) &&
           !memchr(cell.data, '@', cell.size);
}

static bool like_type(dcf_span cell)
{
    if (!cell.size || cell.size > 12) return false;
    for (size_t i = 0; i < cell.size; i++)
        if (!isalnum(cell.data[i]) && cell.data[i] != '_') return false;
    return true;
}

static void count_type(table *t, dcf_span cell, size_t width)
{
    size_t i = 0;
    if (!like_type(cell)) t->typed = false;
    while (i < t->type_count && !dcf_span_eq_str(cell, t->types[i].name)) i++;
    if (!t->typed || i == TYPES_MAX) {
        t->typed = false;
        return;
    }
    if (i == t->type_count) {
        t->types[t->type_count++] = (record){.above = UINT32_MAX};
        memcpy(t->types[i].name, cell.data, cell.size);
    }
    record *r = &t->types[i];
    bool first = !(t->seen >> i & 1);
    if (first) r->above &= t->seen;
    t->seen |= UINT32_C(1) << i;
    r->here = first ? 1 : r->here + 1;
    if (r->here > r->times) r->times = r->here;
    if (width > r->width) r->width = width;
}

static bool first_row(table *t, const dcf_csv_scan *scan)
{
    t->names = scan->count > 1;
    t->head = dcf_arena_alloc(t->arena, scan->count * sizeof *t->head);
    t->same = dcf_arena_alloc(t->arena, scan->count * sizeof *t->same);
    if (!t->head || !t->same) return false;
    t->width = scan->count;
    for (size_t i = 0; i < scan->count; i++) {
        t->names = t->names && like_heading(scan->cells[i].text);
        t->head[i] = dcf_arena_str(t->arena, scan->cells[i].text);
        if (!t->head[i]) return false;
    }
    return true;
}

static bool other_row(table *t, const dcf_csv_scan *scan, size_t row)
{
    for (size_t i = 0; i < t->width && i < scan->count; i++) {
        if (row == 1) t->same[i] = dcf_arena_str(t->arena, scan->cells[i].text);
        if (t->same[i] && !dcf_span_eq_str(scan->cells[i].text, t->same[i])) t->same[i] = NULL;
    }
    return true;
}

static dcf_status look(table *t, const dcf_scaffold_sample *sample, dcf_arena *arena)
{
    dcf_faults faults;
    dcf_parse parse;
    dcf_csv_scan scan;
    dcf_faults_init(&faults, arena, 8);
    dcf_parse_init(&parse, NULL, arena, &faults, (dcf_sink){0});
    if (!dcf_csv_scan_begin(&scan, &parse, &t->csv, sample->bytes)) return parse.status;
    t->seen = 0;
    for (size_t row = 0; dcf_csv_scan_row(&scan); row++) {
        if (row == 0 && !t->head && !first_row(t, &scan)) return DCF_ERR(NOMEM);
        if (row > 0 && !other_row(t, &scan, row)) return DCF_ERR(NOMEM);
        count_type(t, scan.cells[0].text, scan.count);
        t->rows++;
    }
    return parse.status;
}

/* A heading as a step of a path. */
static void column_name(const char *heading, char out[NAME_SIZE])
{
    size_t n = 0;
    for (const char *p = heading; *p && n + 1 < NAME_SIZE; p++)
        if (isalnum((unsigned char)*p))
            out[n++] = (char)tolower((unsigned char)*p);
        else if (n && out[n - 1] != '_')
            out[n++] = '_';
    while (n && out[n - 1] == '_') n--;
    out[n] = 0;
}

static void add_columns(const table *t, dcf_buf *yaml, bool same)
{
    size_t written = 0;
    dcf_buf_adds(yaml, "columns: [");
    for (size_t i = 0; i < t->width; i++) {
        char name[NAME_SIZE];
        if (t->rows > 2 && (t->same[i] != NULL) != same) continue;
        column_name(t->head[i], name);
        dcf_buf_adds(yaml, written++ ? ", " : "");
        if (strcmp(name, t->head[i]) == 0) {
            dcf_yaml_text(yaml, name);
            continue;
        }
        dcf_buf_addc(yaml, '{');
        dcf_yaml_text(yaml, name);
        dcf_buf_adds(yaml, ": \"");
        for (const char *p = t->head[i]; *p; p++)
            dcf_buf_printf(yaml, *p == '"' || *p == '\\' ? "\\%c" : "%c", *p);
        dcf_buf_adds(yaml, "\"}");
    }
    dcf_buf_adds(yaml, "]");
}

static size_t count_same(const table *t)
{
    size_t n = 0;
    for (size_t i = 0; i < t->width; i++) n += t->same[i] != NULL;
    return n;
}

/* Headings: what is the same in every row is the case's, the rest a row's. */
static void add_flat(const table *t, dcf_buf *yaml)
{
    size_t same = t->rows > 2 ? count_same(t) : t->width;
    dcf_buf_adds(yaml, "  header: true\n  records:  # guess: what never differs is the case's\n");
    if (same) {
        dcf_buf_adds(yaml, "    sheet: {");
        add_columns(t, yaml, true);
        dcf_buf_adds(yaml, "}\n");
    }
    if (same == t->width) return;
    dcf_buf_printf(yaml, "    row: {%s", same ? "in: sheet, " : "");
    add_columns(t, yaml, false);
    dcf_buf_adds(yaml, "}\n");
}

/* The nearest type above, in every document, that is not more often; NULL: it stands for itself. */
static const record *parent_of(const table *t, size_t i)
{
    const record *r = &t->types[i];
    for (size_t k = i; k-- > 0;)
        if (r->above >> k & 1 && t->types[k].times <= r->times && r->times > 1) return &t->types[k];
    if (i < 2 || (i + 1 == t->type_count && r->times == 1)) return NULL; /* a trailer */
    size_t top = t->types[0].times == 1 && t->types[1].times == 1;
    return r->above >> top & 1 ? &t->types[top] : NULL;
}

static void add_typed(const table *t, dcf_buf *yaml)
{
    dcf_buf_adds(yaml, "  type: type\n  ragged: pad\n  records:  # guess: which belongs to which; "
                       "name the columns\n");
    for (size_t i = 0; i < t->type_count; i++) {
        const record *parent = parent_of(t, i);
        dcf_buf_adds(yaml, "    ");
        dcf_yaml_text(yaml, t->types[i].name);
        dcf_buf_adds(yaml, ": {");
        if (parent) {
            dcf_buf_adds(yaml, "in: ");
            dcf_yaml_text(yaml, parent->name);
            dcf_buf_adds(yaml, ", ");
        }
        dcf_buf_adds(yaml, "columns: [");
        size_t width = t->types[i].width > 1 ? t->types[i].width - 1 : 1;
        for (size_t k = 0; k < width; k++) dcf_buf_printf(yaml, "%sc%zu", k ? ", " : "", k + 1);
        dcf_buf_adds(yaml, "]}\n");
    }
}

dcf_status dcf_scaffold_csv(const dcf_scaffold_sample *samples, size_t count, dcf_arena *arena,
                            dcf_buf *yaml)
{
    table t = {.arena = arena, .typed = true};
    bool utf8 = true;
    for (size_t i = 0; i < count; i++)
        utf8 = utf8 && dcf_utf8_check(samples[i].bytes) == samples[i].bytes.size;
    t.csv = (dcf_csv){.separator = guess_separator(samples[0].bytes), .quote = '"', .pad = true};
    const char *encoding = utf8 ? "utf-8" : "windows-1252";
    t.csv.charset = utf8 ? DCF_CHARSET_UTF8 : DCF_CHARSET_WINDOWS_1252;
    for (size_t i = 0; i < count; i++) DCF_TRY(look(&t, &samples[i], arena));
    if (!t.rows) return DCF_ERR(FAULTY);
    bool typed = t.typed && (!t.names || t.type_count < t.rows) && t.type_count > 1;
    dcf_buf_printf(yaml, "csv:\n  separator: \"%s\"\n  encoding: %s\n",
                   t.csv.separator == '\t' ? "\\t" : (char[]){t.csv.separator, 0}, encoding);
    (typed ? add_typed : add_flat)(&t, yaml);
    return dcf_buf_status(yaml);
}
