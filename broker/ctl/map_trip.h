/*
 * map_trip.h - one document through a mapping and back: what all checks of a
 * mapping look at. SPDX-License-Identifier: MIT
 */
#ifndef DCF_CTL_MAP_TRIP_H
#define DCF_CTL_MAP_TRIP_H

#include "ctl/map_job.h"
#include "dcf/v1/envelope.pb-c.h"
#include "translate/flat.h"
#include "translate/watch.h"

typedef struct map_trip {
    dcf_arena arena;
    dcf_faults faults;           /* of reading and writing */
    size_t read_faults;          /* the first so many are of reading */
    dcf_status read, written;    /* written: also when nothing was read */
    Dcf__V1__Envelope *envelope; /* NULL when nothing was read */
    dcf_sightings seen;
    dcf_flat flat;
    dcf_buf json, native;
} map_trip;

void map_trip_begin(map_trip *t);
void map_trip_end(map_trip *t);
/* native -> canonical -> native. Out of memory is a status like another. */
void map_trip_run(map_trip *t, const dcf_dialect *d, dcf_span native);
/* Only the first half. */
void map_trip_read(map_trip *t, const dcf_dialect *d, dcf_span native);

/* One line a fault: "DCF-2003 error 12:5 PATH [FIELD] detail". */
void map_fault_lines(const dcf_faults *faults, dcf_buf *out);

/* Lines of a report: problems, notes. */
void map_say(json_t *lines, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The texts of lines, each indented; what a terminal would act on is shown as "?". */
void map_print_lines(const ctl *c, const json_t *lines);

/* What a list beside the samples excuses: a map of names to reasons. one-way.yaml: samples and
 * messages that do not come back as they were; unknown.yaml: native paths that samples carry though
 * the mapping does not know them. */
typedef struct map_reasons {
    struct dcf_yaml_doc *doc; /* NULL: none */
} map_reasons;
int map_reasons_load(const ctl *c, map_job *j, const char *name, map_reasons *ret);
/* NULL: none. */
const char *map_reason_of(const map_reasons *w, const char *name);
void map_reasons_end(map_reasons *w);

#endif
