/* SPDX-License-Identifier: MIT */
/*
 * walk.h - a guest's own page tables, as they are in its memory.
 *
 * Optional room: walk, 12 lines.
 */
#ifndef VM_WALK_H
#define VM_WALK_H

#include "lib/types.h"

struct vcpu;

enum guest_walk {
	WALK_MAPPED,
	WALK_UNMAPPED,
	WALK_OUTSIDE, /* a page table that is not in the guest's RAM */
};

/*
 * Translate @va by the page tables of @v, which is loaded, as they are in memory now: to @gpa, by
 * the leaf @pte, if it is WALK_MAPPED. Checks no permissions.
 */
enum guest_walk guest_walk(const struct vcpu *v, uint64_t va, gpaddr_t *gpa, uint64_t *pte);

#endif
