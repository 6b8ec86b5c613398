/* SPDX-License-Identifier: MIT */
/*
 * isa.h - extension names as bits: read them from a device tree, choose what a guest may be
 * offered, write them again.
 *
 * One table row per extension we know: its name and the condition under which an unmodified guest
 * may use it. Names that have no row are not offered: an extension with state or control registers
 * we do not switch must stay hidden.
 */
#ifndef CONF_ISA_H
#define CONF_ISA_H

#include "lib/types.h"

/*
 * What the caller found usable on every hart (by probing, and with fake-absent taken into account).
 */
#define ISA_OFFER_FPU (1U << 0) /* F and D state is switched */
#define ISA_OFFER_SSTC (1U << 1) /* vstimecmp works and henvcfg.STCE is set for guests */
#define ISA_OFFER_PBMT (1U << 2) /* henvcfg.PBMTE is set for guests */
#define ISA_OFFER_CBOM (1U << 3) /* henvcfg.CBIE and .CBCFE are set, and the block size is known */
#define ISA_OFFER_CBOZ (1U << 4) /* henvcfg.CBZE is set, and the block size is known */
/* Henvcfg.ADUE is set for guests: their page tables get A and D from the hart. */
#define ISA_OFFER_ADUE (1U << 5)
/* It is not, and nothing sets it later: A and D missing is a page fault. */
#define ISA_OFFER_ADE (1U << 6)
/* For the hypervisor only: V is not switched, H is not nested, the rest needs our help. */
#define ISA_OFFER_NEVER (1U << 7)

/*
 * Constant, name, flags that must all be set before a guest may see it. In the canonical order of
 * `riscv,isa`: single letters, then Z*, then S*.
 */
#define ISA_TABLE(X) \
	X(I, i, 0) X(M, m, 0) X(A, a, 0) X(F, f, ISA_OFFER_FPU) X(D, d, ISA_OFFER_FPU) \
	X(C, c, 0) \
	X(V, v, ISA_OFFER_NEVER) X(H, h, ISA_OFFER_NEVER) \
	X(ZICBOM, zicbom, ISA_OFFER_CBOM) X(ZICBOZ, zicboz, ISA_OFFER_CBOZ) \
	X(ZICNTR, zicntr, 0) X(ZICOND, zicond, 0) \
	X(ZICSR, zicsr, 0) X(ZIFENCEI, zifencei, 0) X(ZIHINTNTL, zihintntl, 0) \
	X(ZIHINTPAUSE, zihintpause, 0) \
	X(ZIMOP, zimop, 0) X(ZAAMO, zaamo, 0) X(ZABHA, zabha, 0) X(ZACAS, zacas, 0) \
	X(ZALRSC, zalrsc, 0) \
	X(ZAWRS, zawrs, 0) X(ZFA, zfa, ISA_OFFER_FPU) X(ZFH, zfh, ISA_OFFER_FPU) \
	X(ZFHMIN, zfhmin, ISA_OFFER_FPU) \
	X(ZCA, zca, 0) X(ZCB, zcb, 0) X(ZCD, zcd, ISA_OFFER_FPU) X(ZCMOP, zcmop, 0) \
	X(ZBA, zba, 0) X(ZBB, zbb, 0) X(ZBC, zbc, 0) X(ZBKB, zbkb, 0) X(ZBKC, zbkc, 0) \
	X(ZBKX, zbkx, 0) X(ZBS, zbs, 0) \
	X(ZKR, zkr, ISA_OFFER_NEVER) \
	X(ZKND, zknd, 0) X(ZKNE, zkne, 0) X(ZKNH, zknh, 0) X(ZKSED, zksed, 0) X(ZKSH, zksh, 0) \
	X(ZKT, zkt, 0) \
	X(ZTSO, ztso, 0) X(SMSTATEEN, smstateen, ISA_OFFER_NEVER) \
	X(SSAIA, ssaia, ISA_OFFER_NEVER) \
	X(SSTC, sstc, ISA_OFFER_SSTC) X(SVADE, svade, ISA_OFFER_ADE) \
	X(SVADU, svadu, ISA_OFFER_ADUE) \
	X(SVINVAL, svinval, 0) X(SVNAPOT, svnapot, 0) X(SVPBMT, svpbmt, ISA_OFFER_PBMT)

#define ISA_CONSTANT(constant, name, need) ISA_##constant,
enum isa_ext { ISA_TABLE(ISA_CONSTANT) ISA_NR };

#define ISA_BIT(ext) (1ULL << (ext))
#define ISA_NAME_MAX 12 /* bytes of a name with its terminator */
#define ISA_STRING_MAX (5 + ISA_NR * ISA_NAME_MAX) /* bytes: whatever isa_write() writes fits */

/*
 * Parse a `riscv,isa` string. False: it is not "rv64" followed by extensions. Unknown names are
 * ignored.
 */
bool isa_from_string(const char *s, size_t len, uint64_t *isa);

/* The bit of one extension name (any case, version digits allowed), 0 when it has no row. */
uint64_t isa_from_name(const char *name, size_t len);

/* The subset of @isa that a guest may see, given ISA_OFFER_* flags. */
uint64_t isa_offer(uint64_t isa, unsigned flags);

/*
 * Write @isa, which is not empty, into @buf, which has ISA_STRING_MAX bytes: as
 * "rv64imafdc_zicsr_...", or as a @list, one name after the other, each with its terminator.
 * Returns the length; that of the string is without its terminator.
 */
size_t isa_write(uint64_t isa, char *buf, bool list);

#endif
