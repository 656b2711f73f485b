/*
 * tally.c - what a batch adds to the counters: the same few change with every event, so they are
 * added up here and written when the batch ends.
 */
#include "ledger/internal.h"

#include <stdlib.h>
#include <string.h>

enum { SLOTS = 1024, MOST = SLOTS / 2 };

typedef struct slot {
    char *link, *what; /* in the arena; link NULL: free */
    int64_t n;
} slot;

struct ledger_tally {
    dcf_arena arena;
    int64_t newest_ms; /* of the batch's events; 0: none */
    size_t used;
    slot slots[SLOTS];
};

enum { TEXTS = 1 << 20 }; /* most bytes of names: far more than MOST of them have */

ledger_tally *ledger_tally_new(void)
{
    ledger_tally *t = calloc(1, sizeof *t);
    if (t) dcf_arena_init(&t->arena, TEXTS);
    return t;
}

void ledger_tally_free(ledger_tally *t)
{
    if (t) dcf_arena_fini(&t->arena);
    free(t);
}

void ledger_tally_clear(ledger_tally *t)
{
    dcf_arena_reset(&t->arena);
    memset(t->slots, 0, sizeof t->slots);
    t->used = 0;
    t->newest_ms = 0;
}

static uint32_t hash(uint32_t h, const char *text)
{
    for (; *text; text++) h = (h ^ (uint8_t)*text) * 16777619u; /* FNV-1a */
    return h;
}

/* Where the counter is, or a free slot for it. */
static slot *find(ledger_tally *t, const char *link, const char *what)
{
    uint32_t i = hash(hash(2166136261u, link), what);
    for (;; i++) {
        slot *s = &t->slots[i % SLOTS];
        if (!s->link || (strcmp(s->link, link) == 0 && strcmp(s->what, what) == 0)) return s;
    }
}

dcf_status ledger_count(dcf_ledger *l, const char *link, const char *what, int64_t n)
{
    slot *s = find(l->tally, link, what);
    if (!s->link && l->tally->used == MOST) {
        DCF_TRY(ledger_tally_write(l));
        s = find(l->tally, link, what);
    }
    if (!s->link) {
        *s = (slot){dcf_arena_strdup(&l->tally->arena, link),
                    dcf_arena_strdup(&l->tally->arena, what), 0};
        if (!s->link || !s->what) return DCF_ERR(NOMEM);
        l->tally->used++;
    }
    s->n += n;
    return DCF_OK;
}

void ledger_note_time(dcf_ledger *l, int64_t at_ms)
{
    if (at_ms > l->tally->newest_ms) l->tally->newest_ms = at_ms;
}

dcf_status ledger_tally_write(dcf_ledger *l)
{
    const ledger_tally *t = l->tally;
    for (size_t i = 0; i < SLOTS; i++) {
        if (!t->slots[i].n) continue;
        ledger_bind(l->statements[COUNT], "tti", t->slots[i].link, t->slots[i].what, t->slots[i].n);
        DCF_TRY(ledger_run(l, COUNT));
    }
    if (t->newest_ms) {
        ledger_bind(l->statements[NEWEST], "i", t->newest_ms);
        DCF_TRY(ledger_run(l, NEWEST));
    }
    ledger_tally_clear(l->tally);
    return DCF_OK;
}
