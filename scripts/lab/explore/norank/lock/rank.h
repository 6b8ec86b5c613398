/* SPDX-License-Identifier: MIT */
/* rank.h - hyp/lock/rank.h with its checks taken out; norank.c has their stand-ins. */
#ifndef EXPLORE_NORANK_H
#define EXPLORE_NORANK_H

#define rank_acquire checked_rank_acquire
#define rank_release checked_rank_release
#define rank_holds checked_rank_holds
#define rank_assert_not_held checked_rank_assert_not_held
#define might_sleep checked_might_sleep
#include "../../../../hyp/lock/rank.h"
#undef rank_acquire
#undef rank_release
#undef rank_holds
#undef rank_assert_not_held
#undef might_sleep

void rank_acquire(struct held_locks *held, const void *lock, enum lock_rank rank);
void rank_release(struct held_locks *held, const void *lock);
bool rank_holds(const struct held_locks *held, const void *lock);
void rank_assert_not_held(const struct held_locks *held, const void *lock);
void might_sleep(void);

#endif
