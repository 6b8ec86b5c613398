/* SPDX-License-Identifier: MIT */
/*
 * hart.c - what a hart is: how it is kicked, and the hardware half of port/port.h. The half about
 * threads is in sched/.
 */
#include "riscv/hart.h"

#include "port/port.h"
#include "riscv/csr.h"
#include "riscv/fw.h"
#include "riscv/imsic.h"
#include "riscv/report.h"

struct hart harts[MAX_HARTS] NOINIT; /* each is set up by hart_init() */
unsigned nr_harts = 1;
uint64_t timebase;
uint64_t host_interrupts;

struct held_locks *port_held_by_hart(void)
{
	return &this_hart()->held;
}

/*
 * Waits end after the few instructions of somebody's critical section. One that goes on for as long
 * as this will never end: a lock was not given back. Better a report than a silent machine.
 */
#define STUCK_SECONDS 10

void port_relax(struct port_wait *w)
{
	uint64_t now = time_now();

	if (!w->since)
		w->since = now;
	if (now - w->since > STUCK_SECONDS * timebase)
		report_stuck(w, STUCK_SECONDS);
	/* pause (Zihintpause); a no-op elsewhere */
	__asm__ volatile(".insn i 0x0f, 0, x0, x0, 0x010" : : : "memory");
}

void hart_kick_taken(void)
{
	csr_clear(sip, SIP_SSIP);
	/*
	 * Claim it, until none is left: QEMU before 10, when a kick arrives while another is being
	 * claimed, may take the interrupt back and leave only the identity pending.
	 */
	if (this_hart()->imsic)
		while (csr_swap(CSR_STOPEI, 0))
			;
	else if (csr_read(sip) & host_interrupts)
		host_interrupt();
	__asm__ volatile("fence iorw, iorw" : : : "memory");
}

void hart_kick(unsigned index)
{
	if (index == this_hart()->index) {
		csr_set(sip, SIP_SSIP); /* taken as soon as this hart is back in a guest */
	} else if (harts[index].imsic) {
		/*
		 * A release, to a device: what this hart has done before is in memory before the
		 * interrupt is pending there; no fence of the firmware's is on this way. Pairs with
		 * hart_kick_taken(): who has claimed the kick sees what it is about.
		 */
		__asm__ volatile("fence rw, o" : : : "memory");
		*harts[index].imsic = IMSIC_KICK;
	} else if (this_hart()->gathered) {
		this_hart()->gathered |= 1UL << index;
	} else {
		fw_send_ipi(1, harts[index].id);
	}
}

void hart_kicks_gather(void)
{
	this_hart()->gathered = 1UL << this_hart()->index;
}

void hart_kicks_send(void)
{
	uint64_t left = this_hart()->gathered & ~(1UL << this_hart()->index);

	this_hart()->gathered = 0;
	while (left) {
		uint64_t base = harts[__builtin_ctzl(left)].id, mask = 0;

		for (unsigned i = 0; i < nr_harts; i++) {
			if (left & 1UL << i && harts[i].id - base < 64) {
				mask |= 1UL << (harts[i].id - base);
				left &= ~(1UL << i);
			}
		}
		fw_send_ipi(mask, base);
	}
}
