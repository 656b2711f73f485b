/* print.c - tables for people, JSON for programs. */
#include "ctl/ctl.h"

#include <inttypes.h>
#include <stdlib.h>

enum { CELL_MAX = 512 };

/* 90061000 -> "1d1h": the two largest units that are not zero. */
static void format_age(json_int_t ms, char *out, size_t size)
{
    static const struct {
        json_int_t ms;
        const char *unit;
    } units[] = {{86400000, "d"}, {3600000, "h"}, {60000, "m"}, {1000, "s"}};
    int used = 0, shown = 0;
    for (size_t i = 0; i < CTL_COUNT(units) && shown < 2; i++) {
        if (ms < units[i].ms) {
            if (shown) break;
            continue;
        }
        used += snprintf(out + used, size - (size_t)used, "%" PRId64 "%s",
                         (int64_t)(ms / units[i].ms), units[i].unit);
        ms %= units[i].ms;
        shown++;
    }
    if (!shown) snprintf(out, size, ms ? "<1s" : "-");
}

/* The text of a cell, fit for a terminal. Returns how many columns it takes. */
static int cell_text(const json_t *value, ctl_cell cell, char out[CELL_MAX])
{
    if (json_is_integer(value) && cell == CELL_AGE)
        format_age(json_integer_value(value), out, CELL_MAX);
    else if (json_is_integer(value))
        snprintf(out, CELL_MAX, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    else if (json_is_boolean(value))
        snprintf(out, CELL_MAX, json_is_true(value) ? "yes" : "no");
    else
        snprintf(out, CELL_MAX, "%s",
                 json_is_string(value) && *json_string_value(value) ? json_string_value(value)
                                                                    : "-");
    int width = 0;
    for (unsigned char *p = (unsigned char *)out; *p; p++) {
        if (*p < 0x20 || *p == 0x7f) *p = '?';
        if (*p == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0)
            p[0] = p[1] = '?'; /* C1: a terminal may act on them too */
        width += (*p & 0xc0) != 0x80;
    }
    return width;
}

static void pad(FILE *out, int width)
{
    for (; width > 0; width--) fputc(' ', out);
}

static int head_width(const char *head)
{
    return (int)strlen(head);
}

void ctl_table(const ctl *c, const ctl_column *columns, size_t count, const json_t *rows,
               const char *none)
{
    char text[CELL_MAX];
    int widths[16] = {0};
    size_t i;
    json_t *row;
    if (json_array_size(rows) == 0) {
        fprintf(c->out, "%s\n", none);
        return;
    }
    for (size_t k = 0; k < count; k++) widths[k] = head_width(columns[k].head);
    json_array_foreach(rows, i, row)
    {
        for (size_t k = 0; k < count; k++) {
            int width = cell_text(json_object_get(row, columns[k].key), columns[k].cell, text);
            if (width > widths[k]) widths[k] = width;
        }
    }
    for (size_t k = 0; k < count; k++) {
        fputs(columns[k].head, c->out);
        if (k + 1 < count) pad(c->out, widths[k] - head_width(columns[k].head) + 2);
    }
    fputc('\n', c->out);
    json_array_foreach(rows, i, row)
    {
        for (size_t k = 0; k < count; k++) {
            int width = cell_text(json_object_get(row, columns[k].key), columns[k].cell, text);
            fputs(text, c->out);
            if (k + 1 < count) pad(c->out, widths[k] - width + 2);
        }
        fputc('\n', c->out);
    }
}

void ctl_fields(const ctl *c, const ctl_column *columns, size_t count, const json_t *object)
{
    char text[CELL_MAX];
    int widest = 0;
    for (size_t k = 0; k < count; k++)
        if (head_width(columns[k].head) > widest) widest = head_width(columns[k].head);
    for (size_t k = 0; k < count; k++) {
        cell_text(json_object_get(object, columns[k].key), columns[k].cell, text);
        fputs(columns[k].head, c->out);
        pad(c->out, widest - head_width(columns[k].head) + 2);
        fprintf(c->out, "%s\n", text);
    }
}

void ctl_json(const ctl *c, const json_t *value)
{
    char *text = json_dumps(value, JSON_INDENT(2));
    fprintf(c->out, "%s\n", text ? text : "null");
    free(text);
}
