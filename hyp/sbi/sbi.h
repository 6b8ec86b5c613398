/* SPDX-License-Identifier: MIT */
/*
 * sbi.h - the SBI that guests call: one file per extension, and nothing else.
 *
 * The file ends in a row that names the extension and its functions (lib/rows.h); dispatch and
 * probing read the same row.
 */
#ifndef SBI_SBI_H
#define SBI_SBI_H

#include "lib/rows.h"
#include "lib/types.h"
#include "riscv/frame.h"

struct vcpu;

#define SBI_SUCCESS 0
#define SBI_FAILED (-1)
#define SBI_NOT_SUPPORTED (-2)
#define SBI_INVALID_PARAM (-3)
#define SBI_DENIED (-4)
#define SBI_INVALID_ADDRESS (-5)
#define SBI_ALREADY_STARTED (-7)
#define SBI_ALREADY_STOPPED (-8)
#define SBI_NO_SHMEM (-9)
#define SBI_DENIED_LOCKED (-14)

#define SBI_LEGACY_LAST 0xf

#define SBI_SPEC_VERSION (3UL << 24)
/*
 * Not registered: provisional until an id is. The registry ends at 11; experimental users start
 * high.
 */
#define SBI_IMPL_ID 0x444d /* "DM" */
#define SBI_IMPL_VERSION 2

struct sbi_ret {
	long error;
	uint64_t value;
};

/*
 * @a: the arguments a0 - a5, as the guest gave them, then a6 and a7. The vCPU is loaded; no lock is
 * held. May sleep.
 */
typedef struct sbi_ret (*sbi_fn)(struct vcpu *v, const uint64_t *a);

struct sbi_extension {
	uint32_t id; /* a7 */
	/* a6 below this is a function; 0: a legacy call, where a6 is ignored and a1 stays */
	uint32_t nr_functions;
	const sbi_fn *functions;
};

ROWS(sbi, struct sbi_extension);

/* The extension @id_, a number in hexadecimal, and its functions by a6, from 0. */
#define SBI_EXTENSION(id_, ...) \
	static const sbi_fn functions_##id_[] = { __VA_ARGS__ }; \
	static const struct sbi_extension extension_##id_ = { id_, ARRAY_SIZE(functions_##id_), \
							      functions_##id_ }; \
	ROW(sbi, extension_##id_)

/* A call from before there were extensions: SBI 3.0 chapter 5. */
#define SBI_LEGACY(id_, function) \
	static const sbi_fn legacy_call_##id_ = function; \
	static const struct sbi_extension legacy_##id_ = { id_, 0, &legacy_call_##id_ }; \
	ROW(sbi, legacy_##id_)

/* Gather the rows. Boot only, before a guest runs. */
void sbi_init(void);

/*
 * The call in @f; the guest's pc is behind it already, and its a0 and a1 are what this returns.
 * From trap.S.
 */
struct sbi_ret sbi_call(struct guest_frame *f);

/* The row of extension @id; one without functions if there is none. */
const struct sbi_extension *sbi_find(uint64_t id);

/*
 * From now on call @functions, as many as it has, for extension @id, which there is. Others may be
 * calling it.
 */
void sbi_replace(uint64_t id, const sbi_fn *functions);

/* Is there an extension @id? */
bool sbi_has(uint64_t id);

/*
 * The set of vCPUs that (hart mask, base) names (SBI 3.0 section 3.1): false if any of them does
 * not exist. base -1: all.
 */
bool sbi_hart_set(const struct vcpu *v, uint64_t mask, uint64_t base, uint64_t *set);

/* The vCPU with a hart id, or NULL. */
struct vcpu *sbi_vcpu(const struct vcpu *v, uint64_t hartid);

#define SBI_OK(val) ((struct sbi_ret){ SBI_SUCCESS, (val) })
#define SBI_ERR(err) ((struct sbi_ret){ (err), 0 })

#endif
