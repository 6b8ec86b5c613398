/* SPDX-License-Identifier: MIT */
/* rank.h - hyp/lock/rank.h with the two checks taken out; norank.c has their stand-ins. */
#ifndef EXPLORE_NORANK_H
#define EXPLORE_NORANK_H

#define rank_acquire checked_rank_acquire
#define rank_release checked_rank_release
#define rank_holds checked_rank_holds
#include "../../../../hyp/lock/rank.h"
#undef rank_acquire
#undef rank_release
#undef rank_holds

void rank_acquire(struct held_locks *held, const void *lock, enum lock_rank rank);
void rank_release(struct held_locks *held, const void *lock);
bool rank_holds(const struct held_locks *held, const void *lock);

#endif
