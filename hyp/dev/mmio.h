/* SPDX-License-Identifier: MIT */
/* mmio.h - a guest's loads and stores that find a device, or nothing, instead of memory. */
#ifndef DEV_MMIO_H
#define DEV_MMIO_H

#include "riscv/frame.h"

/*
 * Guest page fault @cause: let the device carry out the access, or let the guest have an access
 * fault. Called from trap.S, right after the trap: stval, htinst, htval and hstatus are as that has
 * left them. May sleep.
 */
void guest_page_fault(struct guest_frame *f, uint64_t cause, struct live_regs *live);

#endif
