/* SPDX-License-Identifier: MIT */
/*
 * uart.c - an ns16550a. What is sent goes to the VM's console at once, so the transmitter is always
 * empty; what was typed waits in the console. Registers as in the data sheet of National
 * Semiconductor's PC16550D.
 *
 * Its interrupt is a level: a key waits, or the transmitter is empty and nobody has read that yet,
 * each if IER asks for it. Nobody tells us of a key, so the keeper looks while a driver waits for
 * one; a driver without interrupts looks itself.
 *
 * Optional room: uart, 185 lines. Needs devices guest-tree.
 */
#include "conf/tree_out.h"
#include "dev/console.h"
#include "dev/device.h"
#include "dev/intc.h"
#include "lib/atomic.h"
#include "riscv/csr.h"
#include "vm/keeper.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

#define UART_BASE 0x10000000UL
#define UART_PATH "serial@10000000"
#define HOLD_MS 10 /* of the clearing of the FIFO */
/*
 * What a driver sends at a time. One without interrupts looks as often as it takes to fill a FIFO:
 * with the 16 bytes of the real chip an idle Linux would wake 112 times a second for that, with 64
 * it is 28, which still is quick enough to type.
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
	uint8_t emptied; /* atomic: the transmitter has become empty, and IIR has not said so yet */
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

static bool key_waiting(struct vm *vm, const struct uart *u)
{
	return !holding_back(u) && console_key_waiting(vm);
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

/* Why it interrupts, the most urgent first: IIR without the bits of the FIFO. */
static unsigned reason(struct vm *vm, const struct uart *u)
{
	unsigned ier = get(u, IER);

	if (ier & IER_RDI && key_waiting(vm, u))
		return IIR_RDI;
	/* pairs with the stores in identify(), sent() and uart_write() */
	return ier & IER_THRI && atomic_load_relaxed(&u->emptied) ? IIR_THRI : IIR_NONE;
}

/* After every change of the reason. */
static void set_line(struct vm *vm, const struct uart *u)
{
	bool level;

	do {
		level = reason(vm, u) != IIR_NONE;
		intc_line(vm, INTC_UART, level);
		/* Another vCPU, whose level is older, may have come between. */
	} while (level != (reason(vm, u) != IIR_NONE));
}

/* IIR. Who reads that the transmitter is empty has been told. */
static uint64_t identify(struct vm *vm, struct uart *u)
{
	unsigned why = reason(vm, u);

	if (why == IIR_THRI)
		atomic_store_relaxed(&u->emptied, 0);
	if (get(u, IER))
		set_line(vm, u);
	return (get(u, IIR_FCR) & FCR_ENABLE ? IIR_FIFO : 0) | why;
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
static NOINLINE uint64_t read_state(struct vm *vm, struct uart *u, unsigned reg)
{
	char c = 0;

	if (reg != RBR_THR)
		return reg == IIR_FCR ? identify(vm, u) : modem_status(get(u, MCR));
	if (!holding_back(u))
		console_guest_read(vm, &c, 1);
	if (get(u, IER))
		set_line(vm, u);
	return (uint8_t)c;
}

/* What a driver that polls reads most. */
static NOINLINE uint64_t line_status(struct vcpu *v, const struct uart *u)
{
	return LSR_EMPTY | (key_waiting(v->vm, u) ? LSR_READY : 0);
}

static uint64_t uart_read(struct vcpu *v, uint64_t offset, unsigned size UNUSED)
{
	struct uart *u = &uarts[v->vm->index];
	unsigned reg = reg_at(u, offset);

	if (reg == LSR)
		return line_status(v, u);
	if (reg == RBR_THR || reg == IIR_FCR || reg == MSR)
		return read_state(v->vm, u, reg);
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

/* A byte has gone, and the transmitter is empty again. */
static NOINLINE void send(struct vm *vm, struct uart *u, char c)
{
	if (!(get(u, MCR) & MCR_LOOP))
		console_guest_put(vm, c, false);
	atomic_store_relaxed(&u->emptied, 1);
	if (get(u, IER))
		set_line(vm, u);
}

/* Which interrupts are wanted: all that becomes true by asking is told. */
static NOINLINE void want(struct vm *vm, struct uart *u, unsigned was)
{
	unsigned ier = get(u, IER);

	if (ier & ~was & IER_THRI)
		atomic_store_relaxed(&u->emptied, 1);
	if (ier & ~was & IER_RDI)
		keeper_notify(vm);
	set_line(vm, u);
}

static void uart_write(struct vcpu *v, uint64_t offset, unsigned size UNUSED, uint64_t value)
{
	struct uart *u = &uarts[v->vm->index];
	unsigned reg = reg_at(u, offset), was = get(u, reg);

	atomic_store_relaxed(&u->reg[reg], (uint8_t)(value & kept[reg]));
	if (reg == IIR_FCR && value & FCR_CLEAR_RX)
		atomic_store_relaxed(&u->cleared, time_now());
	if (reg == IER)
		want(v->vm, u, was);
	else if (reg == RBR_THR)
		send(v->vm, u, (char)value);
}

/* Keys come while nobody asks for them. */
static bool uart_watch(struct vm *vm)
{
	struct uart *u = &uarts[vm->index];

	if (!(get(u, IER) & IER_RDI))
		return false;
	set_line(vm, u);
	return true;
}

static void uart_reset(struct vm *vm)
{
	uarts[vm->index] = (struct uart){ 0 };
}

static void uart_node(struct tree_out *o, const struct vm_config *vm UNUSED)
{
	tree_node_begin(o, UART_PATH);
	tree_put_string(o, "compatible", "ns16550a");
	tree_put_reg(o, 2, UART_BASE, 2, 0x100);
	tree_put_u32(o, "clock-frequency", UART_CLOCK);
	tree_put_u32(o, "fifo-size", UART_FIFO);
	tree_put_u32(o, "tx-threshold", 1);
	intc_wire(o, INTC_UART);
	tree_node_end(o);
}

static const struct device uart = {
	.base = UART_BASE,
	.size = 0x100,
	.sizes = 1 | 2 | 4 | 8,
	.read = uart_read,
	.write = uart_write,
	.reset = uart_reset,
	.watch = uart_watch,
	.node = uart_node,
	.stdout_path = "/" UART_PATH,
};

ROW(device, uart);
