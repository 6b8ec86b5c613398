/* SPDX-License-Identifier: MIT */
/*
 * test_image.h - for host tests of what a VM is loaded with: verdicts, trees, and the header of a
 * kernel.
 */
#ifndef CONF_TEST_IMAGE_H
#define CONF_TEST_IMAGE_H

#include "conf/test_tree.h"

static inline void put_le(uint8_t *p, uint64_t v, unsigned bytes)
{
	for (; bytes > 0; bytes--, v >>= 8)
		*p++ = (uint8_t)v;
}

/* A Linux Image header; @text_offset and @image_size as in the kernel's boot-image-header.rst. */
static inline void put_image(uint8_t *p, uint64_t text_offset, uint64_t image_size)
{
	memset(p, 0, 64);
	put_le(p, 0x5a4d, 2); /* the EFI stub's MZ */
	put_le(p + 8, text_offset, 8);
	put_le(p + 16, image_size, 8);
	memcpy(p + 0x30, "RISCV", 5);
	memcpy(p + 0x38, "RSC\x05", 4);
}

#endif
