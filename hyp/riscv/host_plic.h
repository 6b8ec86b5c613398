/* SPDX-License-Identifier: MIT */
/*
 * host_plic.h - the host's PLIC, for devices that guests have. RISC-V PLIC specification 1.0.0.
 *
 * A source is routed to one hart at most, or masked. Between claim and completion it is held, and
 * does not interrupt again. Completion goes through the context where the source is enabled, as a
 * PLIC ignores any other (chapter 10); which hart writes it does not matter.
 *
 * Optional room: pass-through, 12 lines.
 */
#ifndef RISCV_HOST_PLIC_H
#define RISCV_HOST_PLIC_H

#include "lib/types.h"

/* Map its registers. Boot only. False: no memory for that. */
bool host_plic_map(paddr_t base, uint64_t size);

/*
 * @context is the S-mode of the hart with that index: all @sources there are masked. Boot only,
 * before the hart takes external interrupts.
 */
void host_plic_add_hart(unsigned index, unsigned context, unsigned sources);

/* Let @source interrupt the hart with that index, or another one if that one cannot. */
void host_plic_route(unsigned source, unsigned index);
/* Let it interrupt nobody. */
void host_plic_mask(unsigned source);
/* The source that interrupts this hart, which is held from now on; 0: none. */
unsigned host_plic_claim(void);
/* Held @source may interrupt again; it is routed. */
void host_plic_complete(unsigned source);
/* The same of one that may be masked, by way of the hart with that index; then it is masked. */
void host_plic_give_back(unsigned source, unsigned index);

#endif
