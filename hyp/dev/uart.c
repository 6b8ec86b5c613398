/* SPDX-License-Identifier: MIT */
/*
 * uart.c - an ns16550a without an interrupt line: drivers poll it. What is sent goes to the VM's console at once, so the transmitter is
 * always empty; what was typed waits in the console. Registers as in the data sheet of National Semiconductor's PC16550D.
 */
#include "dev/uart.h"

#include "dev/device.h"
#include "lib/atomic.h"
#include "lib/tree_out.h"
#include "riscv/csr.h"
#include "vm/console.h"
#include "vm/vm.h"

#define UART_BASE 0x10000000UL
#define UART_PATH "serial@10000000"
#define HOLD_MS 10 /* of the clearing of the FIFO */
/*
 * A driver without interrupts looks as often as it takes to fill a FIFO, and sends one at each look: with the 16 bytes of the real chip
 * an idle Linux would wake 112 times a second for that, with 64 it is 28, which still is quick enough to type.
 */
#define UART_FIFO 64
#define UART_CLOCK 3686400 /* Hz; any baud rate is as fast as any other */

enum { RBR_THR, IER, IIR_FCR, LCR, MCR, LSR, MSR, SCR };

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

/*
 * A driver that opens the port clears the receive FIFO and then reads a byte for luck, which on a real line is a byte nobody has sent
 * yet. Here whatever was typed waits already: hold it back for that moment, or the first key would be lost.
 */
static bool holding_back(const struct uart *u)
{
	uint64_t cleared = atomic_load_relaxed(&u->cleared);

	return cleared && time_now() - cleared < ms_to_ticks(HOLD_MS);
}

static bool key_waiting(struct vcpu *v)
{
	return !holding_back(&v->vm->uart) && console_key_waiting(v->vm);
}

static uint64_t identify(struct vcpu *v, const struct uart *u)
{
	uint8_t ier = atomic_load_relaxed(&u->ier), fifo = atomic_load_relaxed(&u->fifo);

	if (ier & IER_RDI && key_waiting(v))
		return IIR_RDI | fifo;
	return (ier & IER_THRI ? IIR_THRI : IIR_NONE) | fifo;
}

/* In loop-back the outputs of MCR come back as inputs: drivers look whether there is a chip at all. */
static uint64_t modem_status(const struct uart *u)
{
	uint8_t mcr = atomic_load_relaxed(&u->mcr);

	if (!(mcr & MCR_LOOP))
		return MSR_LINES;
	return (uint64_t)((mcr & 2) << 3 | (mcr & 1) << 5 | (mcr & 4) << 4 | (mcr & 8) << 4);
}

static uint64_t uart_read(struct vcpu *v, uint64_t offset, unsigned size UNUSED)
{
	struct uart *u = &v->vm->uart;
	bool dlab = atomic_load_relaxed(&u->lcr) & LCR_DLAB;
	char c;

	switch (offset) {
	case RBR_THR:
		if (dlab)
			return atomic_load_relaxed(&u->divisor[0]);
		return !holding_back(u) && console_guest_read(v->vm, &c, 1) ? (uint8_t)c : 0;
	case IER:
		return atomic_load_relaxed(dlab ? &u->divisor[1] : &u->ier);
	case IIR_FCR:
		return identify(v, u);
	case LCR:
		return atomic_load_relaxed(&u->lcr);
	case MCR:
		return atomic_load_relaxed(&u->mcr);
	case LSR:
		return LSR_EMPTY | (key_waiting(v) ? LSR_READY : 0);
	case MSR:
		return modem_status(u);
	case SCR:
		return atomic_load_relaxed(&u->scr);
	}
	return 0;
}

static void uart_write(struct vcpu *v, uint64_t offset, unsigned size UNUSED, uint64_t value)
{
	struct uart *u = &v->vm->uart;
	uint8_t byte = (uint8_t)value;
	bool dlab = atomic_load_relaxed(&u->lcr) & LCR_DLAB;

	switch (offset) {
	case RBR_THR:
		if (dlab)
			atomic_store_relaxed(&u->divisor[0], byte);
		else if (!(atomic_load_relaxed(&u->mcr) & MCR_LOOP))
			console_guest_put(v->vm, (char)byte);
		break;
	case IER:
		atomic_store_relaxed(dlab ? &u->divisor[1] : &u->ier, (uint8_t)(dlab ? byte : byte & 0x0f));
		break;
	case IIR_FCR:
		if (byte & FCR_CLEAR_RX)
			atomic_store_relaxed(&u->cleared, time_now());
		atomic_store_relaxed(&u->fifo, (uint8_t)(byte & FCR_ENABLE ? IIR_FIFO : 0));
		break;
	case LCR:
		atomic_store_relaxed(&u->lcr, byte);
		break;
	case MCR:
		atomic_store_relaxed(&u->mcr, (uint8_t)(byte & 0x1f));
		break;
	case SCR:
		atomic_store_relaxed(&u->scr, byte);
		break;
	}
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

const struct device uart_device = {
	.base = UART_BASE,
	.size = 0x100,
	.read = uart_read,
	.write = uart_write,
	.node = { .name = "uart", .stdout_path = "/" UART_PATH, .build = uart_node },
};
