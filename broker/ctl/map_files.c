/* map_files.c - which documents a command of dcfctl map is about. */
#include "ctl/map_job.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { FILES_MAX = 10000 };

static int add(const ctl *c, dcf_arena *arena, map_files *files, const char *path)
{
    const char *slash = strrchr(path, '/');
    if (files->count == FILES_MAX) return ctl_fail(c, CTL_FAILED, NULL, "too many files");
    if (files->count == files->capacity) {
        size_t capacity = files->capacity ? files->capacity * 2 : 32;
        map_file *items =
            dcf_arena_grow(arena, files->items, files->count, capacity, sizeof *items);
        if (!items) return ctl_fail(c, CTL_INTERNAL, NULL, "out of memory");
        files->items = items;
        files->capacity = capacity;
    }
    files->items[files->count++] = (map_file){.path = path, .name = slash ? slash + 1 : path};
    return CTL_OK;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const map_file *)a)->name, ((const map_file *)b)->name);
}

/* Notes and lists stand beside documents. */
static bool is_document(const char *name)
{
    const char *dot = strrchr(name, '.');
    return *name != '.' && dot && strcmp(dot, ".md") != 0 && strcmp(dot, ".yaml") != 0;
}

static int list(const ctl *c, dcf_arena *arena, DIR *dir, const char *folder, map_files *files)
{
    for (struct dirent *e; (e = readdir(dir));) {
        struct stat st;
        const char *path = dcf_arena_printf(arena, "%s/%s", folder, e->d_name);
        if (!path) return ctl_fail(c, CTL_INTERNAL, NULL, "out of memory");
        if (!is_document(e->d_name) || stat(path, &st) != 0 || !S_ISREG(st.st_mode)) continue;
        int code = add(c, arena, files, path);
        if (code != CTL_OK) return code;
    }
    return CTL_OK;
}

int map_list(const ctl *c, dcf_arena *arena, const char *folder, map_files *files)
{
    size_t first = files->count;
    DIR *dir = opendir(folder);
    if (!dir) return CTL_OK;
    int code = list(c, arena, dir, folder, files);
    closedir(dir);
    if (code == CTL_OK && files->count > first)
        qsort(files->items + first, files->count - first, sizeof *files->items, by_name);
    return code;
}

const char *map_samples_folder(map_job *j)
{
    const char *slash = strrchr(j->file, '/');
    return dcf_arena_printf(&j->kept, "%.*ssamples", slash ? (int)(slash + 1 - j->file) : 0,
                            j->file);
}

int map_samples(const ctl *c, map_job *j, int first, map_files *ret)
{
    int code = CTL_OK;
    const char *folder = map_samples_folder(j);
    if (!folder) return ctl_fail(c, CTL_INTERNAL, NULL, "out of memory");
    if (c->arg_count <= first) code = map_list(c, &j->kept, folder, ret);
    for (int i = first; code == CTL_OK && i < c->arg_count; i++) {
        struct stat st;
        if (stat(c->args[i], &st) != 0)
            code = ctl_fail(c, CTL_NOT_FOUND, NULL, "there is no file %s", c->args[i]);
        else if (S_ISDIR(st.st_mode))
            code = map_list(c, &j->kept, c->args[i], ret);
        else
            code = add(c, &j->kept, ret, c->args[i]);
    }
    if (code != CTL_OK || ret->count) return code;
    return ctl_fail(c, CTL_NOT_FOUND, "Name documents, or a folder of them.",
                    "there are no documents in %s", c->arg_count > first ? c->args[first] : folder);
}

int map_number(const ctl *c, enum ctl_option id, unsigned long fallback, unsigned long *ret)
{
    const char *text = c->opt[id];
    char *end = NULL;
    *ret = fallback;
    if (!text) return CTL_OK;
    errno = 0;
    *ret = strtoul(text, &end, 10);
    if (*text >= '0' && *text <= '9' && !*end && errno == 0) return CTL_OK;
    return ctl_fail(c, CTL_USAGE, NULL, "--%s is a whole number, not '%s'", ctl_option(id)->name,
                    text);
}
