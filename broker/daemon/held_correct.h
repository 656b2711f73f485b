/*
 * held_correct.h - an operator puts values of a held message right: those its faults are about, and
 * no others. SPDX-License-Identifier: MIT
 */
#ifndef DCF_DAEMON_HELD_CORRECT_H
#define DCF_DAEMON_HELD_CORRECT_H

#include "base/arena.h"
#include "dcf/status.h"
#include "dcf/v1/envelope.pb-c.h"
#include "dcf/v1/job.pb-c.h"

enum { DCF_WHY_SIZE = 256 };

/*
 * Sets each field of the body of e, which is the envelope of held or a copy of it, and notes where
 * in step. A field is a path from the body: name, name.name, name[1].name. It must be the field of
 * one of held's faults, or lie below it; indexes aside, for a fault names no index. An empty
 * value takes the value away. FAULTY with why filled: nothing usable is left of e.
 */
DCF_RESULT dcf_held_correct(const Dcf__V1__Held *held, Dcf__V1__FieldValue *const *sets, size_t n,
                            dcf_arena *arena, Dcf__V1__Envelope *e, Dcf__V1__HeldStep *step,
                            char why[DCF_WHY_SIZE]);

#endif
