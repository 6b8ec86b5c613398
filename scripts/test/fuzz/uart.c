/* SPDX-License-Identifier: MIT */
/* fuzz-with: hyp/conf/tree_out.c hyp/conf/tree.c */
/* fuzz-options: -max_len=1024 */
/* fuzz-small */
/*
 * uart.c - the serial port as a guest sees it, with whatever a guest does to its registers: every
 * byte sent arrives once and in order, every key is read once and in order, what can be written can
 * be read back, and the interrupt's level is what the registers say.
 */
#include "lib/types.h"
#include "scripts/test/fuzz/common/fuzz.h"

/* Stand-ins for what needs a hart: time and VMs. */
#define RISCV_CSR_H
#define SCHED_TIMER_H
#define VM_VCPU_H
#define VM_VM_H
#include "conf/payload.h"

struct vm {
	unsigned index;
};

struct vcpu {
	struct vm *vm;
};

static uint64_t clock_ms;

static uint64_t time_now(void)
{
	return clock_ms;
}

static uint64_t ms_to_ticks(uint64_t ms)
{
	return ms;
}

#include "hyp/dev/uart.c"

#define BYTES 1024

static uint8_t sent[BYTES], arrived[BYTES];
static unsigned sent_n, arrived_n, typed, read; /* the n-th key is n % 255 + 1: never 0 */

void console_guest_put(struct vm *vm UNUSED, char c, bool now UNUSED)
{
	CLAIM(arrived_n < BYTES, "too much");
	arrived[arrived_n++] = (uint8_t)c;
}

size_t console_guest_read(struct vm *vm UNUSED, char *buf, size_t n)
{
	if (n == 0 || read == typed)
		return 0;
	buf[0] = (char)(read++ % 255 + 1);
	return 1;
}

bool console_key_waiting(struct vm *vm UNUSED)
{
	return read != typed;
}

static bool level, asked;

void intc_line(struct vm *vm UNUSED, unsigned source, bool now)
{
	CLAIM(source == INTC_UART, "wire %u", source);
	level = now;
}

void intc_wire(struct tree_out *o UNUSED, unsigned source UNUSED)
{
}

void keeper_notify(struct vm *vm UNUSED)
{
	asked = true;
}

/* After any access, and the look of the keeper, who has been asked to if a key is waited for. */
static void check_level(struct vcpu *v)
{
	unsigned ier = uarts[v->vm->index].reg[IER];
	bool key = ier & IER_RDI && uart.read(v, LSR, 1) & LSR_READY;

	CLAIM(uart.watch(v->vm) == (ier & IER_RDI) && (asked || !(ier & IER_RDI)), "IER %x", ier);
	CLAIM(level || !key, "a key waits");
	CLAIM(!level || key || ier & IER_THRI, "IER %x", ier);
}

static void write_register(struct vcpu *v, unsigned reg, unsigned size, uint64_t value)
{
	struct uart *u = &uarts[v->vm->index];
	bool latch = (u->reg[LCR] & LCR_DLAB) != 0, loop = (u->reg[MCR] & MCR_LOOP) != 0;
	static const uint8_t readable[] = {
		[IER] = 0x0f, [LCR] = 0xff, [MCR] = 0x1f, [SCR] = 0xff
	};
	uint64_t got;

	if (reg == 0 && !latch && !loop && sent_n < BYTES)
		sent[sent_n++] = (uint8_t)value;
	uart.write(v, reg, size, value);
	CLAIM(sent_n == arrived_n && (sent_n == 0 || sent[sent_n - 1] == arrived[sent_n - 1]),
	      "%u %u", sent_n, arrived_n);
	if (reg > 7 || (reg > 1 && readable[reg < 8 ? reg : 0] == 0) || (reg == 0 && !latch))
		return;
	got = uart.read(v, reg, size);
	CLAIM(got == (value & (latch && reg < 2 ? 0xff : readable[reg])),
	      "register %u: %lx, not %lx", reg, got, value);
}

static void read_register(struct vcpu *v, unsigned reg, unsigned size)
{
	bool latch = (uarts[v->vm->index].reg[LCR] & LCR_DLAB) != 0, ready;
	unsigned before = read;
	uint64_t got;

	ready = (uart.read(v, LSR, 1) & LSR_READY) != 0;
	CLAIM(read == before, "LSR takes a key");
	got = uart.read(v, reg, size);
	CLAIM(got <= 0xff, "%lx", got);
	if (reg == 5)
		CLAIM((got & LSR_EMPTY) == LSR_EMPTY, "%lx", got);
	if (reg == 0 && !latch)
		CLAIM(got == (ready ? before % 255 + 1 : 0) && read == before + ready, "%lx", got);
	else
		CLAIM(read == before, "register %u takes a key", reg);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_in in = { data, size };
	struct vm vm = { 0 };
	struct vcpu v = { &vm };

	sent_n = arrived_n = typed = read = 0;
	level = asked = false;
	clock_ms = 1;
	uart.reset(&vm);
	while (in.n >= 3) {
		unsigned what = fuzz_byte(&in), reg = fuzz_byte(&in), bytes = 1U << what / 4 % 4;

		/* Inside the device, as the caller sees to. */
		reg = what & 0x40 ? reg % 8 : reg;
		reg = MIN(reg, (unsigned)(uart.size - bytes));
		switch (what % 4) {
		case 0:
			write_register(&v, reg, bytes, fuzz_number(&in, bytes));
			break;
		case 1:
		case 2:
			read_register(&v, reg, bytes);
			break;
		default:
			clock_ms += fuzz_byte(&in) % 16;
			typed += reg % 3;
		}
		check_level(&v);
	}
	return 0;
}
