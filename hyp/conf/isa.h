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
/* Henvcfg.ADUE is set for guests, or can be: their page tables get A and D from the hart. */
#define ISA_OFFER_ADUE (1U << 5)
/* It is not when a hart starts: A and D missing is a page fault. */
#define ISA_OFFER_ADE (1U << 6)
/* For the hypervisor only: H is not nested, the rest needs our help. */
#define ISA_OFFER_NEVER (1U << 7)
#define ISA_OFFER_V (1U << 8) /* vector state is switched; F and D too */
#define ISA_OFFER_CBOP (1U << 9) /* the block size is known; the instructions are hints */
#define ISA_OFFER_SENVCFG (1U << 10) /* senvcfg is switched */

/*
 * Constant, name, flags that must all be set before a guest may see it. In the canonical order of
 * `riscv,isa`: single letters, then Z*, then S*.
 */
#define ISA_TABLE(X) \
	X(I, i, 0) X(M, m, 0) X(A, a, 0) X(F, f, ISA_OFFER_FPU) X(D, d, ISA_OFFER_FPU) \
	X(C, c, 0) X(B, b, 0) \
	X(V, v, ISA_OFFER_V) X(H, h, ISA_OFFER_NEVER) \
	X(ZIC64B, zic64b, 0) X(ZICBOM, zicbom, ISA_OFFER_CBOM) \
	X(ZICBOP, zicbop, ISA_OFFER_CBOP) X(ZICBOZ, zicboz, ISA_OFFER_CBOZ) \
	X(ZICCAMOA, ziccamoa, 0) X(ZICCIF, ziccif, 0) X(ZICCLSM, zicclsm, 0) \
	X(ZICCRSE, ziccrse, 0) \
	X(ZICNTR, zicntr, 0) X(ZICOND, zicond, 0) \
	X(ZICSR, zicsr, 0) X(ZIFENCEI, zifencei, 0) X(ZIHINTNTL, zihintntl, 0) \
	X(ZIHINTPAUSE, zihintpause, 0) \
	X(ZIMOP, zimop, 0) X(ZA64RS, za64rs, 0) X(ZAAMO, zaamo, 0) X(ZABHA, zabha, 0) \
	X(ZACAS, zacas, 0) X(ZALRSC, zalrsc, 0) X(ZAMA16B, zama16b, 0) \
	X(ZAWRS, zawrs, 0) X(ZFA, zfa, ISA_OFFER_FPU) X(ZFBFMIN, zfbfmin, ISA_OFFER_FPU) \
	X(ZFH, zfh, ISA_OFFER_FPU) X(ZFHMIN, zfhmin, ISA_OFFER_FPU) \
	X(ZCA, zca, 0) X(ZCB, zcb, 0) X(ZCD, zcd, ISA_OFFER_FPU) X(ZCMOP, zcmop, 0) \
	X(ZBA, zba, 0) X(ZBB, zbb, 0) X(ZBC, zbc, 0) X(ZBKB, zbkb, 0) X(ZBKC, zbkc, 0) \
	X(ZBKX, zbkx, 0) X(ZBS, zbs, 0) \
	X(ZKR, zkr, ISA_OFFER_NEVER) \
	X(ZKND, zknd, 0) X(ZKNE, zkne, 0) X(ZKNH, zknh, 0) X(ZKSED, zksed, 0) X(ZKSH, zksh, 0) \
	X(ZKT, zkt, 0) X(ZTSO, ztso, 0) \
	X(ZVBB, zvbb, ISA_OFFER_V) X(ZVBC, zvbc, ISA_OFFER_V) X(ZVFBFMIN, zvfbfmin, ISA_OFFER_V) \
	X(ZVFBFWMA, zvfbfwma, ISA_OFFER_V) X(ZVFH, zvfh, ISA_OFFER_V) \
	X(ZVFHMIN, zvfhmin, ISA_OFFER_V) X(ZVKB, zvkb, ISA_OFFER_V) X(ZVKG, zvkg, ISA_OFFER_V) \
	X(ZVKNED, zvkned, ISA_OFFER_V) X(ZVKNHA, zvknha, ISA_OFFER_V) \
	X(ZVKNHB, zvknhb, ISA_OFFER_V) X(ZVKSED, zvksed, ISA_OFFER_V) \
	X(ZVKSH, zvksh, ISA_OFFER_V) X(ZVKT, zvkt, ISA_OFFER_V) \
	X(SMSTATEEN, smstateen, ISA_OFFER_NEVER) \
	X(SSAIA, ssaia, ISA_OFFER_NEVER) X(SSNPM, ssnpm, ISA_OFFER_SENVCFG) \
	X(SSTC, sstc, ISA_OFFER_SSTC) X(SVADE, svade, ISA_OFFER_ADE) \
	X(SVADU, svadu, ISA_OFFER_ADUE) \
	X(SVINVAL, svinval, 0) X(SVNAPOT, svnapot, 0) X(SVPBMT, svpbmt, ISA_OFFER_PBMT) \
	X(SVVPTC, svvptc, 0)

#define ISA_CONSTANT(constant, name, need) ISA_##constant,
enum isa_ext { ISA_TABLE(ISA_CONSTANT) ISA_NR };

/* A set of them. */
__extension__ typedef unsigned __int128 isa_set;

#define ISA_BIT(ext) ((isa_set)1 << (ext))
#define ISA_NAME_MAX 12 /* bytes of a name with its terminator */
#define ISA_STRING_MAX (5 + ISA_NR * ISA_NAME_MAX) /* bytes: whatever isa_write() writes fits */

/*
 * Parse a `riscv,isa` string. False: it is not "rv64" followed by extensions. Unknown names are
 * ignored.
 */
bool isa_from_string(const char *s, size_t len, isa_set *isa);

/*
 * The bit of one extension name (any case, version digits allowed), or those that the name of a
 * bundle stands for; 0 when it has no row.
 */
isa_set isa_from_name(const char *name, size_t len);

/* The subset of @isa that a guest may see, given ISA_OFFER_* flags. */
isa_set isa_offer(isa_set isa, unsigned flags);

/*
 * Write @isa, which is not empty, into @buf, which has ISA_STRING_MAX bytes: as
 * "rv64imafdc_zicsr_...", or as a @list, one name after the other, each with its terminator.
 * Returns the length; that of the string is without its terminator.
 */
size_t isa_write(isa_set isa, char *buf, bool list);

#endif
