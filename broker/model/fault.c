/* fault.c - the fault list and the rows of the one fault table. */
#include "dcf/fault.h"

#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const dcf_fault_row rows[] = {
#define DCF_FAULT_ROW(number, name, severity, who, text, cause, remedy, avoidance)                 \
    {number, DCF_SEVERITY_##severity, "DCF-" #number, #name, #who, text, cause, remedy, avoidance},
    DCF_FAULT_TABLE(DCF_FAULT_ROW)
#undef DCF_FAULT_ROW
};

enum { ROW_COUNT = sizeof rows / sizeof rows[0], DETAIL_MAX = 512 };

const dcf_fault_row *dcf_fault_rows(size_t *ret_count)
{
    *ret_count = ROW_COUNT;
    return rows;
}

static int by_code(const void *key, const void *row)
{
    int a = *(const int *)key, b = (int)((const dcf_fault_row *)row)->code;
    return a < b ? -1 : a > b;
}

const dcf_fault_row *dcf_fault_row_of(dcf_fault_code code)
{
    int key = (int)code;
    return bsearch(&key, rows, ROW_COUNT, sizeof rows[0], by_code);
}

const dcf_fault_row *dcf_fault_row_by_id(const char *id)
{
    if (strncmp(id, "DCF-", 4) == 0) id += 4;
    for (size_t i = 0; i < ROW_COUNT; i++)
        if (strcmp(rows[i].id + 4, id) == 0) return &rows[i];
    return NULL;
}

void dcf_faults_init(dcf_faults *f, dcf_arena *arena, size_t limit)
{
    *f = (dcf_faults){.arena = arena, .limit = limit};
}

static bool grow(dcf_faults *f)
{
    size_t capacity = f->capacity ? f->capacity * 2 : 8;
    dcf_fault *items = dcf_arena_grow(f->arena, f->items, f->count, capacity, sizeof *items);
    if (!items) return false;
    f->items = items;
    f->capacity = capacity;
    return true;
}

/* Past the ceiling an error takes the place of the last that is none: what stops a message is not
 * lost among what does not. NULL: there is no room. */
static dcf_fault *room_for(dcf_faults *f, dcf_severity severity)
{
    if (f->count < f->limit) return f->count < f->capacity || grow(f) ? &f->items[f->count] : NULL;
    for (size_t i = f->count; severity == DCF_SEVERITY_ERROR && i-- > 0;)
        if (f->items[i].severity != DCF_SEVERITY_ERROR) return &f->items[i];
    return NULL;
}

static bool copy_texts(dcf_arena *arena, dcf_fault *fault)
{
    fault->path = dcf_arena_strdup(arena, fault->path);
    fault->field = dcf_arena_strdup(arena, fault->field);
    fault->detail = dcf_arena_strdup(arena, fault->detail);
    return fault->path && fault->field && fault->detail;
}

/* Past the ceiling nothing is copied: a document full of faults costs no more than a few do. */
static void add(dcf_faults *f, dcf_fault fault)
{
    if (fault.severity == DCF_SEVERITY_ERROR) f->errors++;
    dcf_fault *to = room_for(f, fault.severity);
    if (!to || !copy_texts(f->arena, &fault)) {
        f->dropped++;
        return;
    }
    if (to == &f->items[f->count])
        f->count++;
    else
        f->dropped++;
    *to = fault;
}

void dcf_faults_add(dcf_faults *f, dcf_fault_code code, uint32_t line, uint32_t column,
                    const char *path, const char *field, const char *detail, ...)
{
    char text[DETAIL_MAX];
    va_list ap;
    va_start(ap, detail);
    vsnprintf(text, sizeof text, detail, ap);
    va_end(ap);
    add(f, (dcf_fault){code, dcf_fault_row_of(code)->severity, line, column, path, field, text});
}

void dcf_faults_add_as(dcf_faults *f, dcf_severity severity, dcf_fault_code code, uint32_t line,
                       uint32_t column, const char *path, const char *field, const char *detail,
                       ...)
{
    char text[DETAIL_MAX];
    va_list ap;
    va_start(ap, detail);
    vsnprintf(text, sizeof text, detail, ap);
    va_end(ap);
    add(f, (dcf_fault){code, severity, line, column, path, field, text});
}

dcf_status dcf_faults_status(const dcf_faults *f)
{
    return f->errors ? DCF_ERR(FAULTY) : DCF_OK;
}
