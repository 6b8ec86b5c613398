/* SPDX-License-Identifier: MIT */
/*
 * envcfg.h - what of henvcfg a guest may change by FWFT. SBI 3.0 chapter 18.
 */
#ifndef RISCV_ENVCFG_H
#define RISCV_ENVCFG_H

#include "conf/isa.h"
#include "lib/types.h"

/*
 * Where the tree names both Svade and Svadu (in @isa), A and D bits are updated by a hart only
 * after it has asked the firmware, and until then henvcfg.ADUE is read-only 0. Ask for the calling
 * hart. A firmware that cannot says so: then nothing changes. Before henvcfg is probed.
 */
void envcfg_ask_firmware(isa_set isa);

/*
 * The bits of henvcfg that guests may change. @isa: what the hart's tree claims; @start: what could
 * be set in its henvcfg, becomes what is set when a vCPU starts.
 */
uint64_t envcfg_changeable(isa_set isa, uint64_t *start);

#endif
