/* spool_list.c - see spool_list.h. */
#include "transport/spool/spool_list.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ROOM = 2 * DCF_SPOOL_LISTED_MOST }; /* sorted and cut when full */

dcf_status dcf_spool_list_init(dcf_spool_list *l)
{
    *l = (dcf_spool_list){.items = calloc(ROOM, sizeof *l->items)};
    return l->items ? DCF_OK : DCF_ERR(NOMEM);
}

static void cut(dcf_spool_list *l, size_t keep)
{
    while (l->count > keep) free(l->items[--l->count].name);
    l->next = 0;
}

void dcf_spool_list_clear(dcf_spool_list *l)
{
    cut(l, 0);
}

void dcf_spool_list_fini(dcf_spool_list *l)
{
    cut(l, 0);
    free(l->items);
}

DIR *dcf_spool_open_dir(int folder_fd)
{
    int fd = openat(folder_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return NULL;
    DIR *list = fdopendir(fd);
    if (!list) close(fd);
    return list;
}

static bool ends_with(const char *s, const char *tail)
{
    size_t n = strlen(s), m = strlen(tail);
    return n >= m && strcmp(s + n - m, tail) == 0;
}

static bool is_visible(const char *name)
{
    return name[0] != '.' && !ends_with(name, ".tmp") && !ends_with(name, ".part");
}

static int older_first(const void *a, const void *b)
{
    const struct dcf_spool_listed *x = a, *y = b;
    if (x->changed_ns != y->changed_ns) return x->changed_ns < y->changed_ns ? -1 : 1;
    return strcmp(x->name, y->name);
}

static void keep_oldest(dcf_spool_list *l)
{
    if (l->count) qsort(l->items, l->count, sizeof *l->items, older_first);
    cut(l, DCF_SPOOL_LISTED_MOST);
}

static bool add(dcf_spool_list *l, int folder_fd, const char *name)
{
    struct stat st;
    if (!is_visible(name) || fstatat(folder_fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0) return true;
    if (l->count == ROOM) keep_oldest(l);
    char *copy = strdup(name);
    if (!copy) return false;
    l->items[l->count++] = (struct dcf_spool_listed){
        (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec, copy};
    return true;
}

bool dcf_spool_list_fill(dcf_spool_list *l, int folder_fd)
{
    DIR *list = dcf_spool_open_dir(folder_fd);
    bool all = list != NULL;
    cut(l, 0);
    for (struct dirent *e; all && (e = readdir(list));) all = add(l, folder_fd, e->d_name);
    if (list) closedir(list);
    keep_oldest(l);
    return all && l->count < DCF_SPOOL_LISTED_MOST;
}

const char *dcf_spool_list_peek(const dcf_spool_list *l)
{
    return l->next < l->count ? l->items[l->next].name : NULL;
}
