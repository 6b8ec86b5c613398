/* SPDX-License-Identifier: MIT */
/*
 * calls.c - what one hart can measure alone.
 */
#include <libfdt.h>

#include "bench.h"
#include "paging.h"

#define ROUNDS 64
#define CSR_STIMECMP "0x14d"

static struct aspace space;

static void write_compare(void *value)
{
	__asm__ volatile("csrw " CSR_STIMECMP ", %0" : : "r"(value));
}

static void timers(void)
{
	struct trap_info info;

	MEASURE_CALL("set_timer", ROUNDS, , EID_TIME, 0, ~0ul, 0, 0, 0);
	if (trap_catch(write_compare, (void *)~1ul, &info))
		bench_skip("compare_write", "no Sstc");
	else
		MEASURE("compare_write", ROUNDS, ,
			write_compare((void *)~1ul), );
	/* How late a sleeping hart is woken, with nobody else around. */
	if (!bench_begin("timer_latency"))
		return;
	csr_write(sie, SIP_STIP);
	for (int i = 0; i < 20; i++) {
		u64 due = now() + 1000 + 37 * (u64)i;

		sbi_set_timer(due);
		while (now() < due)
			wfi();
		bench_add(0, now() - due);
		sbi_set_timer(~0ul);
	}
	csr_write(sie, 0);
	bench_end();
}

/* IPI to oneself until its handler has run. */
static void self_ipi(void)
{
	u64 old = csr_read(stvec);
	u64 base = main_hart->id;

	if (!bench_begin("ipi_self"))
		return;
	csr_write(stvec, short_handler);
	csr_write(sie, SIP_SSIP);
	for (u32 n = 0; n <= ROUNDS; n++) {
		register u64 a0 __asm__("a0") = 1;
		register u64 a1 __asm__("a1") = base;
		register u64 a6 __asm__("a6") = 0;
		register u64 a7 __asm__("a7") = EID_IPI;
		u64 i0, i1, t0, t1;

		__asm__ volatile("li t6, 0\n"
				 "csrsi sstatus, 2\n"
				 "csrr %2, time\n"
				 "csrr %3, instret\n"
				 "ecall\n"
				 "1: beqz t6, 1b\n"
				 "csrr %4, instret\n"
				 "csrr %5, time\n"
				 "csrci sstatus, 2"
				 : "+r"(a0), "+r"(a1), "=&r"(t0), "=&r"(i0),
				   "=&r"(i1), "=&r"(t1)
				 : "r"(a6), "r"(a7) : "t6", "memory");
		if (n)
			bench_add(i1 - i0, t1 - t0);
	}
	csr_write(sie, 0);
	csr_write(stvec, old);
	bench_end();
}

static void suspends(void)
{
	/* A wake-up is pending all the time. */
	csr_write(sie, SIP_SSIP);
	csr_set(sip, SIP_SSIP);
	MEASURE("wfi_pending", ROUNDS, , wfi(), );
	MEASURE_CALL("suspend_pending", ROUNDS, , EID_HSM, 3, HSM_RETENTIVE,
		     0, 0, 0);
	if (sbi_probe(EID_SUSP)) {
		struct sbi_ret r;

		MEASURE("susp_round_trip", 8, csr_set(sip, SIP_SSIP),
			system_suspend_to(0, hart_resume_a, 0, &r), );
	} else {
		bench_skip("susp_round_trip", "no SUSP extension");
	}
	csr_clear(sip, SIP_SSIP);
	csr_write(sie, 0);
}

static void console(void)
{
	static char text[256];
	static const struct {
		const char *name;
		u64 n;
	} rows[] = {
		{ "dbcn_write_0", 0 }, { "dbcn_write_1", 1 },
		{ "dbcn_write_16", 16 }, { "dbcn_write_64", 64 },
		{ "dbcn_write_256", 256 },
	};

	if (!sbi_probe(EID_DBCN)) {
		bench_skip("dbcn_write", "no DBCN extension");
		return;
	}
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = i % 64 ? '.' : '\n';
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		MEASURE_CALL(rows[i].name, 4, , EID_DBCN, 0, rows[i].n,
			     (u64)text, 0, 0);
	}
}

static void touch_uart(void *uart)
{
	(void)*(volatile u8 *)uart;
}

/* Emulated where the UART is the hypervisor's, real on the bare machine. */
static void device(void)
{
	int node = fdt_node_offset_by_compatible(machine.fdt, -1, "ns16550a");
	const fdt64_t *reg = node < 0 ? NULL :
		fdt_getprop(machine.fdt, node, "reg", NULL);
	struct trap_info info;
	volatile u8 *uart;

	if (!reg || fdt64_to_cpu(*reg) >> 32) {
		bench_skip("mmio_read", "no UART");
		return;
	}
	uart = (volatile u8 *)(u64)fdt64_to_cpu(*reg);
	if (trap_catch(touch_uart, (void *)(uart + 5), &info)) {
		bench_skip("mmio_read", "UART does not answer");
		return;
	}
	MEASURE("mmio_read", ROUNDS, , (void)uart[5], );
	MEASURE("mmio_write", ROUNDS, , uart[7] = 0x5a, );
}

/* RAM nobody has used: the middle of it. */
static void memory(void)
{
	u64 at = machine.ram_base + (machine.ram_size / 2 & ~(MIB(2) - 1));

	MEASURE("first_touch_4k", 32, at += 4096,
		*(volatile u64 *)at = 1, );
	at = (at & ~(MIB(2) - 1)) + MIB(2);
	MEASURE("first_touch_2m", 8, at += MIB(2),
		*(volatile u64 *)at = 1, );
}

/* 1 M instructions that do nothing: what is more was taken from us. */
static void spin_1m(void)
{
	u64 n = 500000;

	__asm__ volatile("1: addi %0, %0, -1\nbnez %0, 1b" : "+r"(n));
}

static void walk_pages(bool flush)
{
	u32 at = 1;

	for (u32 i = 0; i < 16384; i++) {
		at = at * 1103515245 + 12345;
		(void)*window(at >> 16 & 511);
		if (flush && i % 64 == 0)
			sfence_vma_all();
	}
}

static void compute(void)
{
	MEASURE("compute_1m", 3, , spin_1m(), );
	aspace_init(&space);
	for (u32 n = 0; n < 512; n++)
		aspace_map(&space, n, machine.ram_base + MIB(4) + 4096 * n,
			   PTE_RW);
	paging_on(&space, 0);
	sfence_vma_all();
	MEASURE("sv39_random_16k", 3, , walk_pages(false), );
	MEASURE("sv39_random_16k_flush", 3, , walk_pages(true), );
	MEASURE("sfence_vma", ROUNDS, , sfence_vma_all(), );
	paging_off();
}

void bench_calls(void)
{
	MEASURE("empty", ROUNDS, , , );
	MEASURE_CALL("null_call", ROUNDS, , EID_BASE, 0, 0, 0, 0, 0);
	MEASURE_CALL("probe", ROUNDS, , EID_BASE, 3, EID_HSM, 0, 0, 0);
	MEASURE_CALL("unknown_extension", ROUNDS, , 0x0badc0de, 0, 0, 0, 0, 0);
	timers();
	MEASURE_CALL("status_self", ROUNDS, , EID_HSM, 2, main_hart->id, 0, 0,
		     0);
	MEASURE_CALL("ipi_nobody", ROUNDS, , EID_IPI, 0, 0, 0, 0, 0);
	self_ipi();
	MEASURE_CALL("rfence_self", ROUNDS, , EID_RFENCE, 1, 1, main_hart->id,
		     0, 4096);
	suspends();
	console();
	device();
	memory();
	compute();
}
