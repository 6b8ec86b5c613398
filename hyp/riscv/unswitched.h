/* SPDX-License-Identifier: MIT */
/*
 * unswitched.h - CSRs that a guest can write and that are no part of a vCPU's registers: extensions
 * that came later than this program, where no hstateen shuts them. No VM shall read there what
 * another one wrote.
 */
#ifndef RISCV_UNSWITCHED_H
#define RISCV_UNSWITCHED_H

#include "lib/types.h"

/* Memory for what @n harts have. Boot only; without it nothing is looked for. False: none. */
bool unswitched_prepare(unsigned n);

/*
 * Find them on the calling hart, by being a guest for a moment; caps.unswitched of the hart says
 * whether there are any. Boot only, when hstateen, henvcfg and hcounteren are as for guests, and
 * nothing is delegated.
 */
void unswitched_probe(void);

/*
 * Between two vCPUs. @other_vm: the next one is of another VM; give all of them the values that
 * they had at boot, and what siselect selects becomes 0. Else only siselect itself does. Changes
 * hgatp, hstatus, sstatus, sepc. Only where caps.unswitched or caps.open_siselect is set.
 */
void unswitched_reset(bool other_vm);

#endif
