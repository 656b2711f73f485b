/*
 * map_job.h - what the commands of dcfctl map share. One job is one dialect and
 * the document at hand; its arena is emptied between documents.
 * Every int is an exit code of ctl.h; what is wrong has then been printed.
 * SPDX-License-Identifier: MIT
 */
#ifndef DCF_CTL_MAP_JOB_H
#define DCF_CTL_MAP_JOB_H

#include "base/arena.h"
#include "ctl/ctl.h"
#include "dcf/translate.h"

#include <limits.h>

enum {
    MAP_DOCUMENT_MAX = 64 << 20, /* bytes of a file; the translation has limits of its own */
    MAP_FAULTS_MAX = 1000
};

typedef struct map_job {
    dcf_arena arena; /* of the document at hand */
    dcf_arena kept;  /* of the whole job */
    dcf_faults faults;
    dcf_dialect *dialect;
    char file[PATH_MAX]; /* of the mapping */
    dcf_buf in, out;
} map_job;

void map_begin(map_job *j);
void map_end(map_job *j);
/* Forgets the document, keeps the dialect. */
void map_next(map_job *j);

/* The folder of the dialects: --dialects, DCF_DIALECTS, or where they are found. */
const char *map_dialects(const ctl *c, char buf[PATH_MAX]);
/* The file such a word names, into j->file. */
int map_find(const ctl *c, map_job *j, const char *name);
/* Loads what a word of the command line names: a mapping file, a folder with one, or a dialect. */
int map_load_any(const ctl *c, map_job *j, const char *name);
/* Loads the mapping of --mapping or --dialect, then does the work. */
int map_run(ctl *c, int (*work)(const ctl *c, map_job *j));
/* The document ("-": standard input) into j->in. */
int map_read(const ctl *c, map_job *j, const char *file);

/* All faults to standard error, as FILE:LINE:COLUMN, each code's remedy once. */
void map_print_faults(const ctl *c, const char *file, const dcf_faults *faults);
/* One file name with its folder. */
typedef struct map_file {
    const char *path, *name;
} map_file;

typedef struct map_files {
    map_file *items;
    size_t count, capacity;
} map_files;

/* Adds the documents of a folder, sorted by name: its plain files but notes, lists and hidden ones.
 * A folder that is not there holds none. */
int map_list(const ctl *c, dcf_arena *arena, const char *folder, map_files *files);
/* The files and folders of the command line from its first-th argument on; without one, samples/
 * beside the mapping. At least one. */
int map_samples(const ctl *c, map_job *j, int first, map_files *ret);
/* "FOLDER/samples" of the job's mapping, in j->kept; NULL out of memory. */
const char *map_samples_folder(map_job *j);
/* A whole number of the option; fallback when it is absent. */
int map_number(const ctl *c, enum ctl_option id, unsigned long fallback, unsigned long *ret);

/* What a status other than OK and FAULTY means for the command. */
int map_fail(const ctl *c, const char *file, dcf_status status);
/* Ends a translation: prints its faults. */
int map_judge(const ctl *c, const map_job *j, const char *file, dcf_status status);

#endif
