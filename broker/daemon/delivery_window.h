/*
 * delivery_window.h - the messages of one party that are not yet delivered: the
 * scheduler and its jobs, and the one lock that lets ops look in while the delivery
 * thread works. Nothing slow happens under it.
 * Thread rule: explain and hold from any thread, the rest from the delivery thread.
 * SPDX-License-Identifier: MIT
 */
#ifndef DCF_DAEMON_DELIVERY_WINDOW_H
#define DCF_DAEMON_DELIVERY_WINDOW_H

#include "daemon/delivery_job.h"
#include "ops/ops.h"

typedef struct dcf_window dcf_window;

enum { DCF_JOB_ID_SIZE = 24 }; /* of an operator's job, with NUL */

/* As dcf_scheduler_new. */
DCF_RESULT dcf_window_new(const dcf_scheduler_config *config, dcf_window **ret);
void dcf_window_free(dcf_window *w); /* and every job in it; accepts NULL */

/* As dcf_scheduler_assign. */
DCF_RESULT dcf_window_assign(dcf_window *w, int32_t place, int64_t committed, const char *metadata);
/* Frees the place's jobs; one that is in flight is marked dropped, and its attempt's end frees
 * it. */
void dcf_window_forget(dcf_window *w, int32_t place);
void dcf_window_forget_all(dcf_window *w);

/*
 * Takes j on OK: it waits, or it is known already and is freed. A job that was to be read again
 * before it, and is on the topic no more, becomes one that nobody can read: a person is told.
 * AGAIN: no room; LIMIT: it would be one more that is absent. j stays the caller's, as after any
 * failure.
 */
DCF_RESULT dcf_window_add(dcf_window *w, dcf_job *j);
bool dcf_window_has_room(dcf_window *w, dcf_lane lane, size_t bytes);
/* As dcf_scheduler_is_low. */
bool dcf_window_is_low(dcf_window *w, dcf_lane lane);
/* How many more messages of the lane may be known by their offset alone. */
size_t dcf_window_absent_room(dcf_window *w, dcf_lane lane);
/* As dcf_scheduler_wants, and dcf_scheduler_want_again. */
bool dcf_window_wants(dcf_window *w, dcf_lane lane, int32_t *ret_place, int64_t *ret_offset);
void dcf_window_want_again(dcf_window *w);
/* The job to attempt now, marked in flight; NULL when there is none. With an id in
 * *ret_superseded_by it is to be skipped (dcf_scheduler_superseded_by); borrowed until its result.
 */
dcf_job *dcf_window_next(dcf_window *w, const char **ret_superseded_by);
/* Whether the breaker is open: the receiver is away, and only probed. */
bool dcf_window_stopped(dcf_window *w);
/* Failed attempts so far. */
uint32_t dcf_window_attempts(dcf_window *w, const dcf_job *j);
/* How an attempt of j ended. When it is final, j leaves the window and is the caller's. */
void dcf_window_result(dcf_window *w, dcf_job *j, const dcf_outcome_of_attempt *o);
/*
 * Has the message taken out of the queue, for an operator's job (its id; NULL: only says whether
 * that could be). AGAIN: it is under way, ask again; OK: it is held, Kafka has that. NOT_FOUND: no
 * such message waits here; CONFLICT: it is not the first of its case.
 */
DCF_RESULT dcf_window_hold(dcf_window *w, const char *message_id, const char *job);
/* The message to be held now, marked in flight, and for which job; NULL: none. */
dcf_job *dcf_window_take_held(dcf_window *w, char ret_job[DCF_JOB_ID_SIZE]);
/* What was taken so is committed. */
void dcf_window_held(dcf_window *w);
/* As dcf_scheduler_commit. */
DCF_RESULT dcf_window_commit(dcf_window *w, int32_t place, int64_t *ret_offset,
                             char ret_metadata[DCF_COMMIT_METADATA_MAX + 1]);

/* Fills info but for the party, and calls each (may be NULL) for at most limit jobs, those that
 * failed first. */
void dcf_window_explain(dcf_window *w, dcf_queue_info *info, dcf_waiting_cb *each, void *ctx,
                        size_t limit);

#endif
