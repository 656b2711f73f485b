/*
 * fault.h - what is wrong with a document: stable code, place, and what to do.
 *
 * All faults of a document are collected, never only the first. A fault's
 * detail never holds a personal value: paths, types, lengths and code values of
 * declared code lists only. SPDX-License-Identifier: MIT
 */
#ifndef DCF_FAULT_H
#define DCF_FAULT_H

#include "dcf/fault_table.h"
#include "dcf/status.h"

#include <stddef.h>
#include <stdint.h>

typedef enum dcf_severity { DCF_SEVERITY_WARN, DCF_SEVERITY_ERROR } dcf_severity;

typedef enum dcf_fault_code {
#define DCF_FAULT_ENUM(number, name, ...) DCF_FAULT_##name = number,
    DCF_FAULT_TABLE(DCF_FAULT_ENUM)
#undef DCF_FAULT_ENUM
} dcf_fault_code;

typedef struct dcf_fault_row {
    dcf_fault_code code;
    dcf_severity severity; /* unless the mapping's `check:` says otherwise */
    const char *id;        /* "DCF-2003" */
    const char *name;      /* "UNMAPPED" */
    const char *who, *text, *cause, *remedy, *avoidance;
} dcf_fault_row;

/* The row of a code; never NULL for a code of the table. By id text ("DCF-2003" or "2003"): NULL
 * when unknown. */
const dcf_fault_row *dcf_fault_row_of(dcf_fault_code code);
const dcf_fault_row *dcf_fault_row_by_id(const char *id);
/* All rows, in order of number. */
const dcf_fault_row *dcf_fault_rows(size_t *ret_count);

typedef struct dcf_fault {
    dcf_fault_code code;
    dcf_severity severity;
    uint32_t line, column; /* from 1, in the native document; columns inside a payload count its
                              unescaped text; 0 when unknown */
    const char *path;   /* native path, e.g. "RouteData/DataStream/…/Case/PTIURN"; never NULL */
    const char *field;  /* canonical field, e.g. "case.urn"; "" when none */
    const char *detail; /* what exactly, no personal value; never NULL */
} dcf_fault;

struct dcf_arena;

/* A list with a ceiling: past it, faults are counted, not kept. Strings live in the arena. */
typedef struct dcf_faults {
    struct dcf_arena *arena;
    dcf_fault *items;
    size_t count, capacity;
    size_t errors; /* all of severity ERROR, kept or not */
    size_t
        dropped; /* not kept: past the ceiling (an error goes before any other), or out of memory */
    size_t limit; /* most to keep */
} dcf_faults;

/* Borrows the arena, which must outlive the list. */
void dcf_faults_init(dcf_faults *f, struct dcf_arena *arena, size_t limit);
/* Copies path, field and detail (printf format) into the arena. */
void dcf_faults_add(dcf_faults *f, dcf_fault_code code, uint32_t line, uint32_t column,
                    const char *path, const char *field, const char *detail, ...)
    __attribute__((format(printf, 7, 8)));
/* The same with a severity other than the row's. */
void dcf_faults_add_as(dcf_faults *f, dcf_severity severity, dcf_fault_code code, uint32_t line,
                       uint32_t column, const char *path, const char *field, const char *detail,
                       ...) __attribute__((format(printf, 8, 9)));
/* OK, or FAULTY when there is an error among them. */
DCF_RESULT dcf_faults_status(const dcf_faults *f);

#endif
