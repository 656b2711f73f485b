/*
 * spool_list.h - the files of a folder, oldest first, so that a case keeps the order its
 * files were written in. SPDX-License-Identifier: MIT
 */
#ifndef DCF_SPOOL_LIST_H
#define DCF_SPOOL_LIST_H

#include "dcf/status.h"

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DCF_SPOOL_LISTED_MOST = 4096 }; /* names kept of one look */

typedef struct dcf_spool_list {
    struct dcf_spool_listed {
        int64_t changed_ns;
        char *name;
    } * items;
    size_t count, next; /* next: those before it were taken */
} dcf_spool_list;

DCF_RESULT dcf_spool_list_init(dcf_spool_list *l);
void dcf_spool_list_fini(dcf_spool_list *l);
void dcf_spool_list_clear(dcf_spool_list *l);
/* Looks into the folder: its oldest files; one of any size costs no more memory. Names that start
 * with . or end in .tmp or .part are not seen. True when these are certainly all. */
bool dcf_spool_list_fill(dcf_spool_list *l, int folder_fd);
/* The next name, without taking it; NULL at the end. Lives until the next fill or clear. */
const char *dcf_spool_list_peek(const dcf_spool_list *l);

/* The folder opened for readdir, from its beginning; NULL when that fails. */
DIR *dcf_spool_open_dir(int folder_fd);

#endif
