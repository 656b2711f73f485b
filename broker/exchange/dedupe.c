/* dedupe.c - the idempotent receiver: marks of the messages a case took, newest last, bounded. */
#include "exchange/run.h"

#include <string.h>

void *dcf_list_add(dcf_arena *arena, const void *list, size_t *count, const void *item, size_t max)
{
    size_t kept = *count < max ? *count : max - 1;
    uint8_t *copy = item ? dcf_arena_alloc(arena, (kept + 1) * sizeof item) : NULL;
    if (!copy) return NULL;
    if (kept)
        memcpy(copy, (const uint8_t *)list + (*count - kept) * sizeof item, kept * sizeof item);
    memcpy(copy + kept * sizeof item, &item, sizeof item);
    *count = kept + 1;
    return copy;
}

void *dcf_list_remove(dcf_arena *arena, const void *list, size_t *count, size_t index)
{
    const uint8_t *from = list;
    size_t before = index * sizeof(void *), after = (*count - index - 1) * sizeof(void *);
    uint8_t *copy = dcf_arena_alloc(arena, before + after);
    if (!copy) return NULL;
    if (before) memcpy(copy, from, before);
    if (after) memcpy(copy + before, from + before + sizeof(void *), after);
    --*count;
    return copy;
}

static size_t find(const Dcf__V1__CaseState *state, const char *message_id)
{
    size_t i = state->n_seen; /* a resend is most often of a recent one */
    while (i-- > 0)
        if (strcmp(state->seen[i]->message_id, message_id) == 0) return i;
    return state->n_seen;
}

dcf_seen dcf_seen_check(const dcf_run *run, const Dcf__V1__Envelope *envelope)
{
    size_t i = find(run->state, envelope->message_id);
    if (i == run->state->n_seen) return DCF_SEEN_NOT;
    const ProtobufCBinaryData *a = &run->state->seen[i]->body_sha256, *b = &envelope->body_sha256;
    return dcf_span_eq(dcf_span_of(a->data, a->len), dcf_span_of(b->data, b->len)) ? DCF_SEEN_SAME
                                                                                   : DCF_SEEN_OTHER;
}

dcf_status dcf_seen_mark(dcf_run *run, const Dcf__V1__Envelope *envelope)
{
    if (find(run->state, envelope->message_id) < run->state->n_seen) return DCF_OK;
    Dcf__V1__SeenMessage *mark = dcf_arena_alloc(run->arena, sizeof *mark);
    if (!mark) return DCF_ERR(NOMEM);
    dcf__v1__seen_message__init(mark);
    mark->message_id = envelope->message_id;
    mark->body_sha256 = envelope->body_sha256;
    mark->at_ms = run->now_ms;
    run->changed = true;
    return DCF_LIST_ADD(run, seen, mark, run->x->config.seen);
}

dcf_status dcf_seen_forget(dcf_run *run, const char *message_id)
{
    size_t i = find(run->state, message_id);
    if (i == run->state->n_seen) return DCF_OK;
    run->changed = true;
    return DCF_LIST_REMOVE(run, seen, i);
}
