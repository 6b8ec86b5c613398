/* SPDX-License-Identifier: MIT */
/*
 * slots.c - what QEMU's virt machine has at addresses that kernels know by heart: eight places for
 * virtio devices, of which an empty one says that it is empty.
 */
#include "plic.h"

#define SLOT(n)		((volatile u32 *)(0x10001000ul + (n) * 0x1000ul))

enum { MAGIC, VERSION, DEVICE_ID };

TEST(virtio_slots, "each of the eight places for a virtio device says whether there is one")
{
	if (!plic_has("sifive,plic-1.0.0"))
		SKIP("not like QEMU's virt");
	for (u32 n = 0; n < 8; n++) {
		CHECK_EQ(SLOT(n)[MAGIC], 0x74726976);
		CHECK(SLOT(n)[VERSION] == 1 || SLOT(n)[VERSION] == 2);
		CHECK_EQ(SLOT(n)[DEVICE_ID], 0);
		SLOT(n)[0x70 / 4] = 1; /* its status: nobody is there to be told */
		CHECK_EQ(SLOT(n)[DEVICE_ID], 0);
	}
}
