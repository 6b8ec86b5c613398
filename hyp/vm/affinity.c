/* SPDX-License-Identifier: MIT */
/*
 * affinity.c - affinity=: which vCPU may run on which harts.
 *
 * Optional room: affinity, 60 lines. Needs options.
 */
#include "conf/option.h"
#include "lib/log.h"
#include "vm/room.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

/* bit n: may run on hart index n (0..63); 0: anywhere. Written at boot, before there are VMs. */
static uint64_t wanted[OPTIONS_MAX_VCPUS];

static bool set_affinity(struct options *o UNUSED, struct text t)
{
	unsigned vcpu, hart;

	if (t.len == 0)
		return false;
	while (t.len > 0) {
		struct text pair = text_cut(&t, ',');

		if (!text_number(text_cut(&pair, ':'), 0, OPTIONS_MAX_VCPUS - 1, &vcpu) ||
		    !text_number(pair, 0, 63, &hart))
			return false;
		wanted[vcpu] |= 1ULL << hart;
	}
	return true;
}

static uint64_t harts_that_exist(void)
{
	return ~0UL >> (64 - nr_harts);
}

/* Harts that there are not do not count; if none is left, any will do. */
static void pin(struct vcpu *v)
{
	uint64_t may_run_on = wanted[v->mp.index] & harts_that_exist();

	if (may_run_on)
		v->thread.affinity = may_run_on;
}

/* What names what is not there is left out, and that is said. */
static void notice_absent(void)
{
	unsigned vcpus = 0;

	for (unsigned i = 0; i < nr_vms; i++)
		vcpus = MAX(vcpus, vms[i].nr_vcpus);
	for (unsigned i = 0; i < OPTIONS_MAX_VCPUS; i++)
		if (wanted[i] & (i < vcpus ? ~harts_that_exist() : ~0UL))
			log_notice("affinity= for vCPU %u: there are %u vCPUs, on %u harts", i,
				   vcpus, nr_harts);
}

static const struct option affinity = {
	.name = "affinity",
	.right = "vCPU:hart-index pairs like 0:1,1:1 (vCPUs 0-63, hart indexes 0-63)",
	.set = set_affinity,
	.own = wanted,
	.own_size = sizeof(wanted),
};

static const struct watcher boot = { .vcpu_made = pin, .vms_made = notice_absent };

ROW(option, affinity);
ROW(watcher, boot);
