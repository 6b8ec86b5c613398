/* SPDX-License-Identifier: MIT */
/* machine_stop.h - stands in for hyp/riscv/machine_stop.h. */
#define machine_is_stopping() false
