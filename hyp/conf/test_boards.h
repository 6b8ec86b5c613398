/* SPDX-License-Identifier: MIT */
/*
 * test_boards.h - the boards whose device trees machine_test.c writes, and what must be read from
 * them.
 */
#ifndef CONF_TEST_BOARDS_H
#define CONF_TEST_BOARDS_H

#include "conf/isa.h"
#include "conf/test_tree.h"

struct hart_row {
	uint64_t id;
	const char *isa, *extensions, *mmu, *status;
};

struct reg_row {
	const char *name;
	uint64_t base, size;
};

struct board {
	const char *name;
	int cpu_cells, timebase_cells;
	uint64_t timebase;
	const struct hart_row *harts; /* until one without any isa */
	const struct reg_row *memory, *reserved; /* until one without a name */
	/* What must come out. */
	unsigned usable, mmu;
	isa_set has, lacks; /* common */
	paddr_t first_free;
	uint64_t free;
};

#define QEMU_ISA "rv64imafdch_zicsr_zifencei_zihintpause_zba_zbb_zbc_zbs_sstc"
#define P550_EXT "i m a f d c h zba zbb zicsr zifencei sscofpmf"
#define X100_EXT \
	"i m a f d c v h sstc smaia ssaia smstateen svinval svnapot svpbmt zicbom zicboz zicntr " \
	"zicsr zifencei zawrs"
#define A100_EXT "i m a f d c v sstc svpbmt zicbom zicboz zicsr zifencei"
#define END_HART { 0, NULL, NULL, NULL, NULL }

static const struct board boards[] = {
	{ .name = "qemu_7_2_virt",
	  .cpu_cells = 1,
	  .timebase_cells = 1,
	  .timebase = 10000000,
	  .harts = (const struct hart_row[]){ { 3, QEMU_ISA, NULL, "riscv,sv48", NULL },
					      { 0, QEMU_ISA, NULL, "riscv,sv48", "okay" },
					      END_HART },
	  .memory = (const struct reg_row[]){ { "memory@80000000", 0x80000000, 0x10000000 },
					      { NULL, 0, 0 } },
	  .reserved = (const struct reg_row[]){ { "mmode_resv0@80000000", 0x80000000, 0x80000 },
						{ NULL, 0, 0 } },
	  .usable = 2,
	  .mmu = 48,
	  .has = ISA_BIT(ISA_H) | ISA_BIT(ISA_SSTC) | ISA_BIT(ISA_ZBS) | ISA_BIT(ISA_ZIHINTPAUSE) |
		 ISA_BIT(ISA_C),
	  .lacks = ISA_BIT(ISA_V) | ISA_BIT(ISA_SVPBMT),
	  .first_free = 0x80080000,
	  .free = 0x0ff80000 },
	{ .name = "p550",
	  .cpu_cells = 1,
	  .timebase_cells = 1,
	  .timebase = 1000000,
	  .harts = (const struct hart_row[]){ { 0, "rv64imafdch_zba_zbb", P550_EXT, "riscv,sv48",
						"okay" },
					      { 1, NULL, P550_EXT, "riscv,sv48", NULL },
					      END_HART },
	  .memory = (const struct reg_row[]){ { "memory@80000000", 0x80000000, 16 * GIB },
					      { NULL, 0, 0 } },
	  .reserved = (const struct reg_row[]){ { "mmode_resv1@80000000", 0x80000000, 0x40000 },
						{ "mmode_resv0@80040000", 0x80040000, 0x40000 },
						{ NULL, 0, 0 } },
	  .usable = 2,
	  .mmu = 48,
	  .has = ISA_BIT(ISA_H) | ISA_BIT(ISA_D) | ISA_BIT(ISA_ZBB),
	  .lacks = ISA_BIT(ISA_SSTC) | ISA_BIT(ISA_SVINVAL),
	  .first_free = 0x80080000,
	  .free = 16 * GIB - 0x80000 },
	{ .name = "k3_harts_without_h_dram_at_4_gib",
	  .cpu_cells = 1,
	  .timebase_cells = 2,
	  .timebase = 24000000,
	  .harts = (const struct hart_row[]){ { 8, NULL, A100_EXT, "riscv,sv39", NULL },
					      { 0, NULL, X100_EXT, "riscv,sv39", NULL },
					      { 1, NULL, X100_EXT, "riscv,sv39", NULL },
					      { 9, NULL, A100_EXT, "riscv,sv39", NULL },
					      END_HART },
	  .memory = (const struct reg_row[]){ { "memory@100000000", 0x100000000, 8 * GIB },
					      { NULL, 0, 0 } },
	  .reserved = (const struct reg_row[]){ { "mmode@100000000", 0x100000000, 0x200000 },
						{ "dsp@130000000", 0x130000000, 0x100800 },
						{ NULL, 0, 0 } },
	  .usable = 2,
	  .mmu = 39,
	  .has = ISA_BIT(ISA_H) | ISA_BIT(ISA_SMSTATEEN) | ISA_BIT(ISA_SSAIA) |
		 ISA_BIT(ISA_ZICBOZ) | ISA_BIT(ISA_V),
	  .first_free = 0x100200000,
	  .free = 8 * GIB - 0x200000 - 0x100800 },
	{ .name = "titan_hart_id_holes",
	  .cpu_cells = 2,
	  .timebase_cells = 1,
	  .timebase = 10000000,
	  .harts =
		  (const struct hart_row[]){
			  { 0x10, "rv64imafdcbh_zicbom_zicboz", NULL, "riscv,sv48", NULL },
			  { 1, "RV64IMAFDCBH_Zicbom1p0_Zicboz1p0", NULL, "riscv,sv48", NULL },
			  { 0x1000000013, "rv64i2p1m2p0a2p1f2p2d2p2c2p0b1p0h1p0_zicbom", NULL,
			    "riscv,sv57", NULL },
			  { 0x12, "rv64imafdcbh", NULL, "riscv,sv48", "disabled" },
			  END_HART },
	  .memory = (const struct reg_row[]){ { "memory@80000000", 0x80000000, 64 * GIB },
					      { NULL, 0, 0 } },
	  .reserved = (const struct reg_row[]){ { NULL, 0, 0 } },
	  .usable = 3,
	  .mmu = 48,
	  .has = ISA_BIT(ISA_ZBA) | ISA_BIT(ISA_ZBS) | ISA_BIT(ISA_ZICBOM) | ISA_BIT(ISA_H),
	  .lacks = ISA_BIT(ISA_ZICBOZ) | ISA_BIT(ISA_SSTC),
	  .first_free = 0x80000000,
	  .free = 64 * GIB },
	{ .name = "atlantis_dram_at_0_two_banks",
	  .cpu_cells = 1,
	  .timebase_cells = 1,
	  .timebase = 1000000000,
	  .harts = (const struct hart_row[]){ { 0, NULL, X100_EXT, NULL, NULL }, END_HART },
	  .memory = (const struct reg_row[]){ { "memory@100000000", 0x100000000, 2 * GIB },
					      { "memory@0", 0, 2 * GIB },
					      { NULL, 0, 0 } },
	  .reserved = (const struct reg_row[]){ { NULL, 0, 0 } },
	  .usable = 1,
	  .mmu = 39,
	  .has = ISA_BIT(ISA_SSTC) | ISA_BIT(ISA_SVPBMT),
	  .first_free = 0,
	  .free = 4 * GIB },
};

#endif
