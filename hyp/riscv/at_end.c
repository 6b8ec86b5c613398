/* SPDX-License-Identifier: MIT */
/*
 * at_end.c - at-end=: what becomes of the machine when the run is over, well or not. Contracts are
 * in machine_stop.h.
 *
 * A board that has been powered off may have to be switched on by hand, and a reset leads back to
 * its boot loader.
 *
 * Optional room: at-end, 40 lines. Needs options.
 */
#include "conf/option.h"
#include "port/port.h"
#include "riscv/fw.h"
#include "riscv/machine_stop.h"

enum { AT_END_POWEROFF, AT_END_RESET, AT_END_HALT };

static unsigned at_end; /* constant after boot */

static const struct option at_end_option = {
	.name = "at-end",
	.right = "poweroff|reset|halt",
	.own = &at_end,
	.own_size = sizeof(at_end),
};

ROW(option, at_end_option);

const char *machine_end_name(void)
{
	static const char names[][16] = { "powering off", "resetting", "halting" };

	return names[at_end];
}

void machine_end(void)
{
	if (at_end == AT_END_HALT) {
		port_console_write("dormouse: halted\n", 17);
		for (;;)
			__asm__ volatile("wfi");
	}
	if (at_end == AT_END_RESET)
		fw_reset(FW_RESET_COLD);
	fw_reset(FW_SHUTDOWN);
}
