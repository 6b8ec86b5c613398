/* SPDX-License-Identifier: MIT */
/*
 * main.c - the test guest: runs every TEST() linked into this binary.
 */
#include "../lib/test.h"

void guest_main(void)
{
	test_run_all("trace=N");
}
