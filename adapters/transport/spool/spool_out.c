/* spool_out.c - see spool_out.h. */
#include "transport/spool/spool_out.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static int open_out(const char *folder)
{
    if (mkdir(folder, 0750) != 0 && errno != EEXIST) return -1;
    int top = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (top < 0) return -1;
    (void)mkdirat(top, "out", 0750);
    int dir = openat(top, "out", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    close(top);
    return dir;
}

static bool write_all(int fd, dcf_span body)
{
    while (body.size) {
        ssize_t n = write(fd, body.data, body.size);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        body.data += n;
        body.size -= (size_t)n;
    }
    return true;
}

dcf_status dcf_spool_out_write(const char *folder, const char *name, dcf_span body)
{
    char temporary[270];
    if (strchr(name, '/') || name[0] == '.' || strlen(name) > 250) return DCF_ERR(LIMIT);
    snprintf(temporary, sizeof temporary, ".%s.tmp", name);
    int dir = open_out(folder);
    if (dir < 0) return DCF_ERR(UNAVAILABLE);
    bool done = false;
    int fd = openat(dir, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0640);
    if (fd >= 0) {
        done = write_all(fd, body) && fsync(fd) == 0;
        done =
            close(fd) == 0 && done && renameat(dir, temporary, dir, name) == 0 && fsync(dir) == 0;
        if (!done) (void)unlinkat(dir, temporary, 0); /* a full disk gets its space back */
    }
    close(dir);
    return done ? DCF_OK : DCF_ERR(UNAVAILABLE);
}
