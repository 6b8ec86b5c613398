/* SPDX-License-Identifier: MIT */
/*
 * exit_device.c - an exit status for whoever runs QEMU. Contracts are in machine_stop.h.
 *
 * Optional room: host-devices, 25 lines.
 */
#include "riscv/csr.h"
#include "riscv/layout.h"
#include "riscv/machine_stop.h"
#include "riscv/mmu.h"

#define STATUS_TICKS 100000000 /* 10 s on QEMU, the only machine with such a device */

static volatile uint32_t *test_device;

void stop_use_test_device(paddr_t pa)
{
	if (mmu_map(VA_DEVICE, ALIGN_DOWN(pa, PAGE_SIZE), PAGE_SIZE, MAP_RW))
		test_device = (volatile uint32_t *)(VA_DEVICE + pa % PAGE_SIZE);
}

void stop_by_test_device(int status)
{
	if (!test_device)
		return;
	*test_device = status ? (uint32_t)status << 16 | 0x3333 : 0x5555;
	/*
	 * QEMU ends when its own main loop comes by. The firmware's shutdown is a write to the same
	 * device: before that it would replace the status.
	 */
	for (uint64_t since = time_now(); time_now() - since < STATUS_TICKS;)
		;
}
