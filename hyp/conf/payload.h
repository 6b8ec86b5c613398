/* SPDX-License-Identifier: MIT */
/*
 * payload.h - what to run: the VMs described by the host's initrd, and where their images go in
 * guest memory.
 *
 * The blob stays where it is, read-only, as long as the hypervisor runs: everything here points
 * into it, and a reboot of a VM loads from it again. Nothing is copied or changed.
 */
#ifndef CONF_PAYLOAD_H
#define CONF_PAYLOAD_H

#include "lib/types.h"

#define MAX_VMS 8

#define GUEST_RAM_BASE 0x80000000UL
#define GUEST_SPACE (2048 * GIB) /* Sv39x4: guest physical addresses end here */
#define GUEST_FLAT_OFFSET (2 * MIB) /* a flat binary is loaded and entered at RAM + 2 MiB */
#define GUEST_FDT_MAX (128 * KIB) /* 64 vCPUs with every extension we know need about 80 KiB */

struct options;

struct blob {
	const void *data; /* NULL: there is none */
	size_t size;
	gpaddr_t load; /* where a FIT image wants it in guest memory; 0: where there is room */
};

/* Where everything goes in guest physical memory. Ranges do not overlap and lie in RAM. */
struct image_layout {
	bool linux_image; /* has a Linux Image header */
	gpaddr_t load, entry; /* of the image's first byte and instruction */
	uint64_t span; /* bytes the running image owns from there: the file and its bss */
	gpaddr_t ramdisk; /* meaningless without one */
	gpaddr_t fdt;     /* a multiple of 8 */
	size_t fdt_room;  /* bytes there, GUEST_FDT_MAX at most */
};

struct vm_config {
	const char *name; /* of the FIT configuration, else "vm0" */
	struct blob kernel, ramdisk, fdt; /* kernel is always there */
	gpaddr_t entry; /* that a FIT image asks for; 0: the kernel's first byte */
	bool entry_relative; /* it is counted from there */
	const char *bootargs; /* never NULL */
	unsigned vcpus;
	uint64_t mem; /* bytes */
	uint64_t wake_after_ms; /* 0: never */
	struct blob devices; /* of the host, asked for by a configuration: strings, each with a 0 */
	bool says_ram; /* a configuration says where the VM's memory is */
	bool direct; /* the VM's memory is where it is for the host, */
	gpaddr_t direct_at; /* which is here */
	struct image_layout layout; /* image_check() fills it in */
};

/* Where the VM's memory begins. */
static inline gpaddr_t guest_ram_base(const struct vm_config *vm)
{
	return vm->direct ? vm->direct_at : GUEST_RAM_BASE;
}

/*
 * Find the VMs in @blob. A FIT image gives one VM per configuration; anything else is one VM's
 * image. What a configuration leaves open comes from @o: vcpus, mem, wake-after, and the bootargs
 * behind `--`. Returns how many there are. 0: fail_text names the configuration and what is wrong
 * with it.
 */
unsigned payload_inspect(const void *blob, size_t size, const struct options *o,
			 struct vm_config vms[MAX_VMS]);

/*
 * The same for a FIT image, which begins like a device tree; @otherwise is what a configuration
 * leaves open. conf/fit.c.
 */
unsigned fit_read(const void *blob, size_t size, const struct vm_config *otherwise,
		  struct vm_config vms[MAX_VMS]);

/*
 * Look at a VM's image and lay out its memory: each image where its `load` says, the others around.
 * False: fail_text says what the file is instead of a RISC-V image and what to do about it, how
 * much memory the VM would need, or which address cannot be honoured and why.
 */
bool image_check(struct vm_config *vm);

#endif
