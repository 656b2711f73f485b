/* book.c - see book.h. */
#include "book.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { MARKS_MAX = 100000 };

typedef struct inbox { /* of one case at one party: the hash of the key under sequence 1, 2, 3 ...
                        */
    uint64_t *keys;
    uint32_t count, capacity;
} inbox;

typedef struct mark {
    size_t accepted; /* reached when so many of the accepted are applied, counted from the first */
    int64_t at_ms, reached_ms;
} mark;

struct book {
    pthread_mutex_t lock;
    size_t cases, per_case;
    uint8_t *applied;  /* how often, by message */
    uint8_t *accepted; /* 1: the broker has it */
    uint16_t *next;    /* of a case: the number that must be applied next */
    uint8_t *answered; /* of a case: triage outcomes at the force */
    uint32_t *order;   /* messages in the order they were accepted */
    size_t settled;    /* of order: all before it are applied */
    inbox *inboxes[BOOK_PARTIES];
    mark *marks;
    size_t mark_count, marks_reached;
    book_counts c;
};

book *book_new(size_t cases, size_t per_case)
{
    book *b = calloc(1, sizeof *b);
    if (!b) return NULL;
    size_t n = cases * per_case;
    pthread_mutex_init(&b->lock, NULL);
    b->cases = cases;
    b->per_case = per_case;
    b->applied = calloc(n, 1);
    b->accepted = calloc(n, 1);
    b->next = calloc(cases, sizeof *b->next);
    b->answered = calloc(cases, 1);
    b->order = calloc(n, sizeof *b->order);
    b->marks = calloc(MARKS_MAX, sizeof *b->marks);
    for (int p = 0; p < BOOK_PARTIES; p++) b->inboxes[p] = calloc(cases, sizeof(inbox));
    b->c.planned = n;
    if (b->applied && b->accepted && b->next && b->answered && b->order && b->marks &&
        b->inboxes[BOOK_CPS] && b->inboxes[BOOK_FORCE])
        return b;
    book_free(b);
    return NULL;
}

void book_free(book *b)
{
    if (!b) return;
    for (int p = 0; p < BOOK_PARTIES; p++) {
        for (size_t i = 0; b->inboxes[p] && i < b->cases; i++) free(b->inboxes[p][i].keys);
        free(b->inboxes[p]);
    }
    free(b->applied);
    free(b->accepted);
    free(b->next);
    free(b->answered);
    free(b->order);
    free(b->marks);
    pthread_mutex_destroy(&b->lock);
    free(b);
}

static uint64_t hash(const char *s) /* FNV-1a */
{
    uint64_t h = 14695981039346656037U;
    for (; *s; s++) h = (h ^ (uint8_t)*s) * 1099511628211U;
    return h;
}

static void settle(book *b, int64_t now_ms)
{
    while (b->settled < b->c.accepted && b->applied[b->order[b->settled]]) b->settled++;
    while (b->marks_reached < b->mark_count && b->marks[b->marks_reached].accepted <= b->settled)
        b->marks[b->marks_reached++].reached_ms = now_ms;
}

void book_accepted(book *b, size_t of_case, size_t number, int64_t now_ms)
{
    size_t m = of_case * b->per_case + number;
    pthread_mutex_lock(&b->lock);
    if (!b->accepted[m]) {
        b->accepted[m] = 1;
        b->order[b->c.accepted++] = (uint32_t)m;
        settle(b, now_ms);
    }
    pthread_mutex_unlock(&b->lock);
}

static bool keep(inbox *box, uint64_t key)
{
    if (box->count == box->capacity) {
        uint32_t capacity = box->capacity ? box->capacity * 2 : 8;
        uint64_t *keys = realloc(box->keys, capacity * sizeof *keys);
        if (!keys) return false;
        box->keys = keys;
        box->capacity = capacity;
    }
    box->keys[box->count++] = key;
    return true;
}

book_arrival book_arrived(book *b, book_party party, size_t of_case, uint64_t sequence,
                          const char *key)
{
    uint64_t h = hash(key);
    book_arrival result = BOOK_DISORDER;
    pthread_mutex_lock(&b->lock);
    inbox *box = &b->inboxes[party][of_case];
    if (sequence == box->count + 1U && keep(box, h)) {
        b->c.given[party]++;
        result = BOOK_NEW;
    } else if (sequence && sequence <= box->count && box->keys[sequence - 1] == h) {
        b->c.again[party]++;
        result = BOOK_AGAIN;
    } else {
        b->c.disorder++;
    }
    pthread_mutex_unlock(&b->lock);
    return result;
}

void book_applied(book *b, size_t of_case, size_t number, bool whole, int64_t now_ms)
{
    size_t m = of_case * b->per_case + number;
    pthread_mutex_lock(&b->lock);
    if (!whole) b->c.damaged++;
    if (b->applied[m]) {
        b->c.twice++;
    } else {
        b->applied[m] = 1;
        b->c.applied++;
        if (b->next[of_case] != number) b->c.disorder++;
        b->next[of_case] = (uint16_t)(number + 1);
        settle(b, now_ms);
    }
    pthread_mutex_unlock(&b->lock);
}

void book_answer_accepted(book *b)
{
    pthread_mutex_lock(&b->lock);
    b->c.answers_planned++;
    pthread_mutex_unlock(&b->lock);
}

void book_answered(book *b, size_t of_case)
{
    pthread_mutex_lock(&b->lock);
    b->c.answers++;
    if (b->answered[of_case]++) b->c.answers_twice++;
    pthread_mutex_unlock(&b->lock);
}

void book_mark(book *b, int64_t now_ms)
{
    pthread_mutex_lock(&b->lock);
    if (b->mark_count < MARKS_MAX) {
        b->marks[b->mark_count++] = (mark){.accepted = b->c.accepted, .at_ms = now_ms};
        settle(b, now_ms);
    }
    pthread_mutex_unlock(&b->lock);
}

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static void recoveries(const book *b, book_counts *ret)
{
    size_t n = b->marks_reached;
    ret->faults = b->mark_count;
    ret->unrecovered = b->mark_count - n;
    int64_t *took = n ? malloc(n * sizeof *took) : NULL;
    if (!took) return;
    for (size_t i = 0; i < n; i++) took[i] = b->marks[i].reached_ms - b->marks[i].at_ms;
    qsort(took, n, sizeof *took, by_size);
    ret->recovery_p50_s = (double)took[n / 2] / 1000;
    ret->recovery_p99_s = (double)took[(n * 99 - 1) / 100] / 1000; /* nearest rank */
    ret->recovery_max_s = (double)took[n - 1] / 1000;
    free(took);
}

void book_count(book *b, book_counts *ret)
{
    pthread_mutex_lock(&b->lock);
    *ret = b->c;
    for (size_t m = 0; m < b->cases * b->per_case; m++)
        if (b->accepted[m] && !b->applied[m]) ret->lost++;
    recoveries(b, ret);
    pthread_mutex_unlock(&b->lock);
}

void book_missing(book *b, size_t max, char *out, size_t size)
{
    size_t at = 0;
    out[0] = '\0';
    pthread_mutex_lock(&b->lock);
    for (size_t m = 0; m < b->cases * b->per_case && max && at < size; m++)
        if (b->accepted[m] && !b->applied[m]) {
            at += (size_t)snprintf(out + at, size - at, "%zu-%zu\n", m / b->per_case,
                                   m % b->per_case);
            max--;
        }
    pthread_mutex_unlock(&b->lock);
}
