/* SPDX-License-Identifier: MIT */
/*
 * fake.c - fake-absent=: report as absent what is there, to test the paths of lesser machines.
 *
 * Optional room: fake, 25 lines. Needs options.
 */
#include "conf/option.h"

/* In the order of their bits in options.h. */
#define FAKES "sstc|henvcfg|senvcfg|hstateen|vmid|fpu|dbcn|imsic|htinst|htval|stval|v"

static bool set_fake_absent(struct options *o, struct text t)
{
	unsigned bits = 0;

	while (t.len > 0) {
		int i = text_find(FAKES, text_cut(&t, ','));

		if (i < 0)
			return false;
		bits |= 1U << i;
	}
	o->fake_absent = bits;
	return true;
}

static const struct option fake_absent = {
	.name = "fake-absent",
	.right = "a comma list of " FAKES,
	.set = set_fake_absent,
};

ROW(option, fake_absent);
