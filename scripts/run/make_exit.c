/* SPDX-License-Identifier: MIT */
/*
 * make_exit.c - $(exit-with N) for GNU make: leave make itself with status N.
 *
 * make answers every failed recipe with 2, but `make run` promises the guest's own verdict (1, or
 * 124 for a time-out). The Makefile builds this into an object that make loads. Where that is not
 * possible it does without, and the status of a failed run is 2.
 */
#include <stdlib.h>
#include <gnumake.h>

int plugin_is_GPL_compatible; /* make looks for this name; our licence is */

static char *exit_with(const char *name, unsigned int argc, char **argv)
{
	(void)name;
	(void)argc;
	exit(atoi(argv[0]));
}

int make_exit_gmk_setup(void);
int make_exit_gmk_setup(void)
{
	gmk_add_function("exit-with", exit_with, 1, 1, GMK_FUNC_DEFAULT);
	return 1;
}
