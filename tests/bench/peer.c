/* peer.c - a contender in a process of its own, in another language: see contender.h for what is
 * said to it. */
#include "contender.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* One line of the peer's; false at its end. */
static bool answer(int fd, char *line, size_t size)
{
    for (size_t n = 0; n + 1 < size; n++) {
        if (read(fd, line + n, 1) != 1) return false;
        if (line[n] != '\n') continue;
        line[n] = 0;
        return true;
    }
    return false;
}

bool bench_peer_say(bench_contender *peer, const char *fmt, ...)
{
    char line[4096];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(line, sizeof line - 1, fmt, ap);
    va_end(ap);
    if (n < 0 || n >= (int)sizeof line - 1) return false;
    line[n++] = '\n';
    if (write(peer->in, line, (size_t)n) != n) return false;
    if (answer(peer->out, line, sizeof line) && strcmp(line, "ok") == 0) return true;
    fprintf(stderr, "bench: %s gave up\n", peer->name);
    return false;
}

static bool run(bench_contender *self, dcf_span document, size_t times)
{
    (void)document; /* loaded */
    return bench_peer_say(self, "run %zu", times);
}

bool bench_peer_start(bench_contender *ret, const char *name, const char *command)
{
    int in[2], out[2];
    char line[4096];
    snprintf(line, sizeof line, "exec %s", command); /* its CPU time is that of this process */
    if (pipe(in) != 0) return false;
    if (pipe(out) != 0) {
        close(in[0]);
        close(in[1]);
        return false;
    }
    pid_t pid = fork();
    if (pid == 0) {
        dup2(in[0], STDIN_FILENO);
        dup2(out[1], STDOUT_FILENO);
        close(in[0]);
        close(in[1]);
        close(out[0]);
        close(out[1]);
        execl("/bin/sh", "sh", "-c", line, (char *)NULL);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    (void)signal(SIGPIPE, SIG_IGN); /* a peer that died is told by its silence */
    *ret = (bench_contender){.name = name, .run = run, .pid = pid, .in = in[1], .out = out[0]};
    return pid > 0;
}

void bench_peer_stop(bench_contender *peer)
{
    close(peer->in);
    close(peer->out);
    (void)waitpid(peer->pid, NULL, 0);
}
