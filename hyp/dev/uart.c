/* SPDX-License-Identifier: MIT */
/*
 * uart.c - an ns16550a without an interrupt line: drivers poll it. What is sent goes to the VM's
 * console at once, so the transmitter is always empty; what was typed waits in the console.
 * Registers as in the data sheet of National Semiconductor's PC16550D.
 *
 * Optional room: uart, 125 lines. Needs devices guest-tree.
 */
#include "conf/tree_out.h"
#include "dev/console.h"
#include "dev/device.h"
#include "lib/atomic.h"
#include "riscv/csr.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

#define UART_BASE 0x10000000UL
#define UART_PATH "serial@10000000"
#define HOLD_MS 10 /* of the clearing of the FIFO */
/*
 * A driver without interrupts looks as often as it takes to fill a FIFO, and sends one at each
 * look: with the 16 bytes of the real chip an idle Linux would wake 112 times a second for that,
 * with 64 it is 28, which still is quick enough to type.
 */
#define UART_FIFO 64
#define UART_CLOCK 3686400 /* Hz; any baud rate is as fast as any other */

enum { RBR_THR, IER, IIR_FCR, LCR, MCR, LSR, MSR, SCR, DIVISOR };

#define LCR_DLAB 0x80
#define IER_RDI 0x01
#define IER_THRI 0x02
#define IIR_NONE 0x01
#define IIR_THRI 0x02
#define IIR_RDI 0x04
#define FCR_ENABLE 0x01
#define FCR_CLEAR_RX 0x02
#define IIR_FIFO 0xc0
#define LSR_READY 0x01
#define LSR_EMPTY 0x60 /* THR and shift register */
#define MCR_LOOP 0x10
#define MSR_LINES 0xb0 /* carrier, data set ready, clear to send */

#define UART_REGS 11 /* the eight of the chip, the two of the divisor, and one that is always 0 */

/*
 * What a guest can write and read back; single bytes, so a guest whose vCPUs use it at once
 * confuses nobody but itself.
 */
static struct uart {
	uint8_t reg[UART_REGS]; /* atomic */
	uint64_t cleared; /* atomic: when the receive FIFO was last cleared, ticks */
} uarts[MAX_VMS];

/*
 * A driver that opens the port clears the receive FIFO and then reads a byte for luck, which on a
 * real line is a byte nobody has sent yet. Here whatever was typed waits already: hold it back for
 * that moment, or the first key would be lost.
 */
static bool holding_back(const struct uart *u)
{
	uint64_t cleared = atomic_load_relaxed(&u->cleared);

	return cleared && time_now() - cleared < ms_to_ticks(HOLD_MS);
}

static bool key_waiting(struct vcpu *v, const struct uart *u)
{
	return !holding_back(u) && console_key_waiting(v->vm);
}

static unsigned get(const struct uart *u, unsigned reg)
{
	return atomic_load_relaxed(&u->reg[reg]);
}

/*
 * The register at an offset: while DLAB is set the first two are the divisor. Behind the last one
 * there is nothing.
 */
static unsigned reg_at(const struct uart *u, uint64_t offset)
{
	if (offset <= IER && get(u, LCR) & LCR_DLAB)
		return DIVISOR + (unsigned)offset;
	return offset <= SCR ? (unsigned)offset : UART_REGS - 1;
}

static uint64_t identify(struct vcpu *v, const struct uart *u)
{
	unsigned fifo = get(u, IIR_FCR) & FCR_ENABLE ? IIR_FIFO : 0, ier = get(u, IER);

	return fifo | (ier & IER_RDI && key_waiting(v, u) ? IIR_RDI
		       : ier & IER_THRI                ? IIR_THRI
						       : IIR_NONE);
}

/*
 * In loop-back the outputs of MCR come back as inputs: drivers look whether there is a chip at all.
 */
static uint64_t modem_status(unsigned mcr)
{
	return mcr & MCR_LOOP ? (mcr & 2) << 3 | (mcr & 1) << 5 | (mcr & 4) << 4 | (mcr & 8) << 4
			      : MSR_LINES;
}

/* A register that answers with something else than what was written. */
static NOINLINE uint64_t read_state(struct vcpu *v, const struct uart *u, unsigned reg)
{
	char c;

	if (reg == RBR_THR)
		return !holding_back(u) && console_guest_read(v->vm, &c, 1) ? (uint8_t)c : 0;
	return reg == IIR_FCR ? identify(v, u) : modem_status(get(u, MCR));
}

/* What a driver that polls reads most. */
static NOINLINE uint64_t line_status(struct vcpu *v, const struct uart *u)
{
	return LSR_EMPTY | (key_waiting(v, u) ? LSR_READY : 0);
}

static uint64_t uart_read(struct vcpu *v, uint64_t offset, unsigned size UNUSED)
{
	const struct uart *u = &uarts[v->vm->index];
	unsigned reg = reg_at(u, offset);

	if (reg == LSR)
		return line_status(v, u);
	if (reg == RBR_THR || reg == IIR_FCR || reg == MSR)
		return read_state(v, u, reg);
	return get(u, reg);
}

/*
 * Which bits of a register are kept. Of those with none, and of IIR_FCR, writing means something
 * else than what is read.
 */
static const uint8_t kept[UART_REGS] = {
	[IER] = 0x0f, [IIR_FCR] = FCR_ENABLE, [LCR] = 0xff,         [MCR] = 0x1f,
	[SCR] = 0xff, [DIVISOR] = 0xff,       [DIVISOR + 1] = 0xff,
};

static void uart_write(struct vcpu *v, uint64_t offset, unsigned size UNUSED, uint64_t value)
{
	struct uart *u = &uarts[v->vm->index];
	unsigned reg = reg_at(u, offset);

	atomic_store_relaxed(&u->reg[reg], (uint8_t)(value & kept[reg]));
	if (reg == IIR_FCR && value & FCR_CLEAR_RX)
		atomic_store_relaxed(&u->cleared, time_now());
	if (reg == RBR_THR && !(get(u, MCR) & MCR_LOOP))
		console_guest_put(v->vm, (char)value, false);
}

static void uart_reset(struct vm *vm)
{
	uarts[vm->index] = (struct uart){ 0 };
}

static void uart_node(struct tree_out *o)
{
	tree_node_begin(o, UART_PATH);
	tree_put_string(o, "compatible", "ns16550a");
	tree_put_reg(o, 2, UART_BASE, 2, 0x100);
	tree_put_u32(o, "clock-frequency", UART_CLOCK);
	tree_put_u32(o, "fifo-size", UART_FIFO);
	tree_put_u32(o, "tx-threshold", 1);
	tree_node_end(o);
}

static const struct device uart = {
	.base = UART_BASE,
	.size = 0x100,
	.read = uart_read,
	.write = uart_write,
	.reset = uart_reset,
	.node = uart_node,
	.stdout_path = "/" UART_PATH,
};

ROW(device, uart);
