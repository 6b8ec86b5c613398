/* SPDX-License-Identifier: MIT */
/* layout.h - stands in for hyp/riscv/layout.h: the scheduler needs nothing of it here. */
