/* SPDX-License-Identifier: MIT */
/*
 * mp_table.h - the legal moves of a vCPU, and the one function that makes a move. For mp/ only.
 *
 * The fields of struct mp_vcpu and struct mp_vm are reached only through these functions and those
 * in mp.c: each asks for the lock that guards its field, of the very object it touches, and clang
 * checks that.
 */
#ifndef MP_MP_TABLE_H
#define MP_MP_TABLE_H

#include "mp/mp.h"

/* Is @from -> @to an edge of the specification's diagram (SBI 3.0 chapter 9)? */
bool mp_legal(enum mp_state from, enum mp_state to);

enum mp_state mp_get(const struct mp_vcpu *v) MUST_HOLD(v->lock);

/*
 * Move @v to @to: the only writer of its state. Panics with both names unless that is legal.
 * Release order: whoever sees the new state without the lock (mp_status) also sees what led to it.
 */
void mp_set(struct mp_vcpu *v, enum mp_state to) MUST_HOLD(v->lock);

#endif
