/*
 * c11threads.c - C11 threads by way of pthreads, for thread-sanitizer builds alone.
 *
 * Debian's librdkafka calls thrd_create, mtx_lock and cnd_wait, which the sanitizer
 * of gcc 12 does not know: it crashes in such a thread, and sees races where there
 * are locks. glibc's mtx_t and cnd_t hold a pthread mutex and condition, so the
 * calls can go to the functions the sanitizer does know. Linked into every program
 * with its symbols exported, so that the library finds these first.
 */
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <threads.h>

static int result(int e)
{
    return e == 0           ? thrd_success
           : e == ENOMEM    ? thrd_nomem
           : e == ETIMEDOUT ? thrd_timedout
           : e == EBUSY     ? thrd_busy
                            : thrd_error;
}

typedef struct start {
    thrd_start_t run;
    void *arg;
} start;

static void *run(void *self)
{
    start s = *(start *)self;
    free(self);
    return (void *)(intptr_t)s.run(s.arg);
}

int thrd_create(thrd_t *t, thrd_start_t f, void *arg)
{
    start *s = malloc(sizeof *s);
    if (!s) return thrd_nomem;
    *s = (start){f, arg};
    int e = pthread_create(t, NULL, run, s);
    if (e) free(s);
    return result(e);
}

int thrd_join(thrd_t t, int *ret)
{
    void *out = NULL;
    int e = pthread_join(t, &out);
    if (ret) *ret = (int)(intptr_t)out;
    return result(e);
}

int thrd_detach(thrd_t t)
{
    return result(pthread_detach(t));
}

int mtx_init(mtx_t *m, int type)
{
    pthread_mutexattr_t a;
    pthread_mutexattr_init(&a);
    if (type & mtx_recursive) pthread_mutexattr_settype(&a, PTHREAD_MUTEX_RECURSIVE);
    int e = pthread_mutex_init((pthread_mutex_t *)m, &a);
    pthread_mutexattr_destroy(&a);
    return result(e);
}

void mtx_destroy(mtx_t *m)
{
    pthread_mutex_destroy((pthread_mutex_t *)m);
}

int mtx_lock(mtx_t *m)
{
    return result(pthread_mutex_lock((pthread_mutex_t *)m));
}

int mtx_trylock(mtx_t *m)
{
    return result(pthread_mutex_trylock((pthread_mutex_t *)m));
}

int mtx_unlock(mtx_t *m)
{
    return result(pthread_mutex_unlock((pthread_mutex_t *)m));
}

int cnd_init(cnd_t *c)
{
    return result(pthread_cond_init((pthread_cond_t *)c, NULL));
}

void cnd_destroy(cnd_t *c)
{
    pthread_cond_destroy((pthread_cond_t *)c);
}

int cnd_signal(cnd_t *c)
{
    return result(pthread_cond_signal((pthread_cond_t *)c));
}

int cnd_broadcast(cnd_t *c)
{
    return result(pthread_cond_broadcast((pthread_cond_t *)c));
}

int cnd_wait(cnd_t *c, mtx_t *m)
{
    return result(pthread_cond_wait((pthread_cond_t *)c, (pthread_mutex_t *)m));
}

int cnd_timedwait(cnd_t *c, mtx_t *m, const struct timespec *t)
{
    return result(pthread_cond_timedwait((pthread_cond_t *)c, (pthread_mutex_t *)m, t));
}
