/* SPDX-License-Identifier: MIT */
/* uart.h - an emulated ns16550a in front of the VM's console. */
#ifndef DEV_UART_H
#define DEV_UART_H

#include "lib/types.h"

#define UART_REGS 11 /* the eight of the chip, the two of the divisor, and one that is always 0 */

/*
 * What a guest can write and read back; single bytes, so a guest whose vCPUs use it at once
 * confuses nobody but itself.
 */
struct uart {
	uint8_t reg[UART_REGS];
	uint64_t cleared; /* when the receive FIFO was last cleared, ticks */
};

struct device;
extern const struct device uart_device;

#endif
