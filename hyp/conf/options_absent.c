/* SPDX-License-Identifier: MIT */
/*
 * options_absent.c - without the room options: everything is as nobody has said otherwise, and what
 * follows -- is the guest's.
 */
#include "conf/options.h"
#include "lib/log.h"

bool options_parse(const char *bootargs, struct options *o)
{
	const char *s = bootargs;

	*o = OPTIONS_DEFAULT;
	for (char before = ' '; *s; before = *s++)
		if (before == ' ' && s[0] == '-' && s[1] == '-' && s[2] == ' ')
			break;
	if (*s)
		o->guest_bootargs = s + 3;
	if (s != bootargs)
		log_notice("this build is WITHOUT=options: those before -- are not read");
	return true;
}
