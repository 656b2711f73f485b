/*
 * status.h - the one result type: what happened, and what the caller does about it.
 *
 * A struct, so that `if (!f())` does not compile, and must-use, so that a
 * dropped failure is a warning. Callers act on the class; only tests look at
 * codes. Faults of a document (which sender, which line, which remedy) are not
 * statuses: see fault.h. SPDX-License-Identifier: MIT
 */
#ifndef DCF_STATUS_H
#define DCF_STATUS_H

#include <stdbool.h>

typedef enum dcf_class {
    DCF_CLASS_NONE,      /* success */
    DCF_CLASS_TRANSIENT, /* the same call may succeed later: retry */
    DCF_CLASS_POISON,    /* this input never will: refuse or hold it, go on */
    DCF_CLASS_FATAL      /* this process or client object cannot go on */
} dcf_class;

/* name, class, text for an operator */
#define DCF_STATUS_TABLE(X)                                                                        \
    X(OK, NONE, "success")                                                                         \
    X(NOMEM, TRANSIENT, "out of memory, or over the memory limit of this message")                 \
    X(AGAIN, TRANSIENT, "not now: nothing to do, or a window is full")                             \
    X(UNAVAILABLE, TRANSIENT, "a peer or a file is not available now")                             \
    X(TIMEOUT, TRANSIENT, "no answer in time")                                                     \
    X(FAULTY, POISON, "the document has faults: see the fault list")                               \
    X(LIMIT, POISON, "over a configured limit")                                                    \
    X(CORRUPT, POISON, "bytes are not what they claim to be")                                      \
    X(NOT_FOUND, POISON, "no such thing")                                                          \
    X(CONFLICT, POISON, "the same id with other content")                                          \
    X(CONFIG, FATAL, "configuration refused")                                                      \
    X(IO, FATAL, "input or output failed")                                                         \
    X(FENCED, FATAL, "another producer took over, or the client is in a fatal state")              \
    X(BUG, FATAL, "an invariant of this program does not hold")

enum dcf_status_code {
#define DCF_STATUS_ENUM(name, class, text) DCF_E_##name,
    DCF_STATUS_TABLE(DCF_STATUS_ENUM)
#undef DCF_STATUS_ENUM
        DCF_STATUS_COUNT
};

typedef struct dcf_status {
    int code;
} dcf_status;

#define DCF_OK        ((dcf_status){DCF_E_OK})
#define DCF_ERR(name) ((dcf_status){DCF_E_##name})
#define DCF_RESULT    __attribute__((warn_unused_result)) dcf_status

static inline bool dcf_ok(dcf_status s)
{
    return s.code == DCF_E_OK;
}

static inline bool dcf_failed(dcf_status s)
{
    return s.code != DCF_E_OK;
}

static inline bool dcf_is(dcf_status s, enum dcf_status_code code)
{
    return s.code == (int)code;
}

/* The class of s, its name ("TIMEOUT") and its text. Static strings; never NULL. */
dcf_class dcf_status_class(dcf_status s);
const char *dcf_status_name(dcf_status s);
const char *dcf_status_text(dcf_status s);

/* The only macro that hides a return. */
#define DCF_TRY(expr)                                                                              \
    do {                                                                                           \
        dcf_status dcf_try_ = (expr);                                                              \
        if (dcf_failed(dcf_try_)) return dcf_try_;                                                 \
    } while (0)

#define DCF_CLEANUP(fn) __attribute__((cleanup(fn)))

/* Moves a pointer out of var and leaves NULL there. */
#define DCF_TAKE(var)                                                                              \
    __extension__({                                                                                \
        __typeof__(var) dcf_taken_ = (var);                                                        \
        (var) = NULL;                                                                              \
        dcf_taken_;                                                                                \
    })

#endif
