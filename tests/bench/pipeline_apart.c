/* pipeline_apart.c - parts of the benchmark in processes of their own, and their CPU time. */
#include "pipeline.h"

#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

double bench_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double micros(struct timeval t)
{
    return (double)t.tv_sec * 1e6 + (double)t.tv_usec;
}

double bench_cpu_us(void)
{
    static double last;
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    double now = micros(u.ru_utime) + micros(u.ru_stime), since = now - last;
    last = now;
    return since;
}

bool bench_launch(bench_part *f, const bench_plan *p, bench_worker *ret)
{
    int ends[2];
    if (pipe(ends) != 0) return false;
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        bench_result r = {0};
        bool ok = f(p, &r) && write(ends[1], &r, sizeof r) == (ssize_t)sizeof r;
        _exit(ok ? 0 : 1);
    }
    close(ends[1]);
    *ret = (bench_worker){pid, ends[0]};
    return pid > 0;
}

bool bench_join(bench_worker *w, bench_result *ret)
{
    bool ok = read(w->result, ret, sizeof *ret) == (ssize_t)sizeof *ret;
    close(w->result);
    int status = 1;
    return waitpid(w->pid, &status, 0) == w->pid && status == 0 && ok;
}

bool bench_apart(bench_part *f, const bench_plan *p, bench_result *ret)
{
    bench_worker w;
    return bench_launch(f, p, &w) && bench_join(&w, ret);
}
