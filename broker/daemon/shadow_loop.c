/* shadow_loop.c - see shadow_loop.h: it looks every second, and waits for Kafka's word on each
 * comparison before it puts the files away. */
#include "daemon/shadow_loop.h"

#include "daemon/shadow.h"
#include "daemon/wire.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

struct dcf_shadow_loop {
    const dcf_site *site;
    dcf_producer *producer;
    pthread_t thread;
    atomic_bool stop;
    sem_t told;
    dcf_status word; /* Kafka's; read after told */
};

static void on_word(void *self, dcf_status status)
{
    dcf_shadow_loop *x = self;
    x->word = status;
    sem_post(&x->told);
}

static dcf_status tell(void *self, const Dcf__V1__Envelope *receipt, dcf_span packed)
{
    dcf_shadow_loop *x = self;
    DCF_TRY(dcf_wire_produce(x->producer, x->site->config->names.submitted, receipt, packed,
                             on_word, x));
    while (sem_wait(&x->told) != 0) {
    } /* the producer always answers */
    return x->word;
}

static void *run(void *self)
{
    dcf_shadow_loop *x = self;
    const dcf_shadow_config c = {.compare = x->site->config->compare,
                                 .parties = &x->site->config->parties,
                                 .dialects = x->site->dialects,
                                 .criteria = x->site->criteria,
                                 .memory = dcf_config_message_memory(x->site->config),
                                 .tell = tell,
                                 .self = x};
    for (int i = 0; !atomic_load(&x->stop); i++) {
        if (i % 10 == 0) (void)dcf_shadow_compare(&c);
        nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
    }
    return NULL;
}

dcf_status dcf_shadow_loop_start(const dcf_site *site, dcf_producer *producer,
                                 dcf_shadow_loop **ret)
{
    dcf_shadow_loop *x = calloc(1, sizeof *x);
    if (!x) return DCF_ERR(NOMEM);
    x->site = site;
    x->producer = producer;
    sem_init(&x->told, 0, 0);
    if (pthread_create(&x->thread, NULL, run, x) != 0) {
        free(x);
        return DCF_ERR(NOMEM);
    }
    *ret = x;
    return DCF_OK;
}

void dcf_shadow_loop_stop(dcf_shadow_loop *x)
{
    if (!x) return;
    atomic_store(&x->stop, true);
    pthread_join(x->thread, NULL);
    sem_destroy(&x->told);
    free(x);
}
