/* SPDX-License-Identifier: MIT */
/*
 * main.c - the order of boot, nothing else.
 *
 * One hart does all of it: look at the machine, lay out memory, start the other harts, create the
 * VMs. Then every hart becomes its idle thread and the scheduler takes over.
 */
#include "conf/appended.h"
#include "conf/assign.h"
#include "conf/tree.h"
#include "lib/fail.h"
#include "lib/log.h"
#include "riscv/caps.h"
#include "riscv/fw.h"
#include "riscv/imsic.h"
#include "riscv/layout.h"
#include "riscv/machine_stop.h"
#include "riscv/mmu.h"
#include "riscv/smp.h"
#include "riscv/unswitched.h"
#include "sbi/sbi.h"
#include "sched/trace.h"
#include "vm/entropy.h"
#include "vm/host.h"
#include "vm/keeper.h"
#include "vm/room.h"
#include "vm/vm.h"

#define VERSION "0.2"

/*
 * Bytes: the stacks and objects of 512 vCPUs and 64 harts take 6 MiB, the second-stage tables of 8
 * TiB 32.
 */
#define POOL_MAX (64 * MIB)

NORETURN void boot_main(uint64_t hartid, paddr_t fdt, paddr_t image);
NORETURN void call_on_stack(uint64_t top, void (*fn)(void));
extern char embedded_demo[], embedded_demo_end[]; /* conf/embedded.S */

static struct vm_config configs[MAX_VMS];
static const void *payload; /* NULL: the embedded demo */
static struct thread idle_threads[MAX_HARTS] NOINIT; /* each is set up by thread_init() */

/* Something the user has to put right: say so and stop cleanly. */
#define GIVE_UP(...) \
	do { \
		log_error(__VA_ARGS__); \
		machine_stop(1); \
	} while (0)

static void no_memory(const char *for_what)
{
	GIVE_UP("not enough host memory for %s (%lu MiB are free, %lu of them in one piece); give "
		"the machine more, or the VMs less",
		for_what, range_total(&host_machine.memory, LARGE_SIZE) / MIB,
		range_largest(&host_machine.memory, LARGE_SIZE) / MIB);
}

/* ---- The machine --------------------------------------------------------------- */

static void read_machine(paddr_t fdt_pa)
{
	struct machine *m = &host_machine;
	const struct image_place image = { (const uint64_t *)VA_IMAGE, image_pa, image_size() };
	bool readable, understood;
	/* For good: strings of host_machine point into it. */
	const void *fdt = mmu_map_region(VA_FDT, fdt_pa, MACHINE_FDT_MAX);

	if (!fdt)
		GIVE_UP("device tree at 0x%lx (a1): it cannot be mapped", fdt_pa);
	readable = machine_read(fdt, MACHINE_FDT_MAX, m);
	readable = appended_take(m, &image, fdt_pa) && readable;
	if (readable && m->has_initrd)
		payload = mmu_map_region(VA_PAYLOAD, m->initrd.base, m->initrd.size);
	if (!readable)
		log_error("device tree at 0x%lx (a1): %s", fdt_pa, fail_text);
	/* Even of a broken tree the options are known, and with them how to end. */
	understood = options_parse(appended_options(m, payload), &host_options);
	if (!understood)
		log_error("options: %s", fail_text);
	if (host_options.exit_test && m->has_test_dev)
		stop_use_test_device(m->test_dev);
	if (!readable || !understood)
		machine_stop(understood ? 1 : 2);
	timebase = m->timebase;
	log_level = (enum log_level)host_options.log;
	fw_init(host_options.fake_absent & FAKE_DBCN);
	if (!range_remove(&m->memory, image_pa, image_size()) ||
	    !range_remove(&m->memory, fdt_pa, tree_size(fdt)) ||
	    (m->has_initrd && !range_remove(&m->memory, m->initrd.base, m->initrd.size)))
		GIVE_UP("device tree: memory in more than %d pieces", RANGE_MAX);
}

static void describe(void)
{
	log_notice("Dormouse %s on %s", VERSION, host_machine.model);
#ifdef DORMOUSE_LOCKING
	log_notice("protocol: LOCKING=%s, WRONG on purpose", DORMOUSE_LOCKING);
#endif
	fw_describe();
	for (unsigned i = 0; i < host_machine.hart_count; i++)
		if (host_machine.hart[i].skip)
			log_notice("hart %lu is left alone: %s", host_machine.hart[i].id,
				   host_machine.hart[i].skip);
	if (host_machine.harts_over || host_machine.banks_over)
		log_notice("left unused, beyond the limits of this build: %u harts, %u banks of "
			   "memory",
			   host_machine.harts_over, host_machine.banks_over);
}

/*
 * The boot hart may be one that cannot run guests. Then start one that can, from the very
 * beginning, and step aside.
 */
static void check_boot_hart(uint64_t hartid, paddr_t fdt_pa)
{
	int at = machine_hart_index(&host_machine, hartid);

	if (at >= 0 && !host_machine.hart[at].skip) {
		harts[0].imsic = imsic_map((unsigned)at, host_machine.hart[at].imsic);
		caps_probe(&harts[0].caps, host_machine.hart[at].isa, host_options.fake_absent);
		if (harts[0].caps.h)
			return;
		GIVE_UP("hart %lu has no H extension, whatever the device tree says; in QEMU use "
			"-cpu rv64,h=true",
			hartid);
	}
	smp_hand_over(&host_machine, hartid, fdt_pa);
	GIVE_UP("no hart can run guests: none has the H extension; in QEMU use -cpu rv64,h=true");
}

/* ---- Memory and payload ----------------------------------------------------------- */

static void no_memory_for(const struct vm_config *c)
{
	fail("mem=%luM of %s%s", c->mem / MIB, c->name, c->direct ? " with ram=direct" : "");
	no_memory(fail_text);
}

/* As devices see it, too: in one piece. */
static void take_direct(struct vm *vm, struct vm_config *c)
{
	vm->ram[0].size = c->mem;
	if (!range_alloc(&host_machine.memory, c->mem, LARGE_SIZE, &vm->ram[0].base))
		no_memory_for(c);
	c->direct_at = vm->ram[0].base;
}

static void take_pieces(struct vm *vm, const struct vm_config *c)
{
	if (range_total(&host_machine.memory, LARGE_SIZE) < c->mem ||
	    !range_alloc_pieces(&host_machine.memory, c->mem, LARGE_SIZE, vm->ram))
		no_memory_for(c);
}

static void read_payload(void)
{
	const struct range *r = &host_machine.initrd;
	size_t size = r->size;

	if (!host_machine.has_initrd) {
		payload = embedded_demo;
		size = (size_t)(embedded_demo_end - embedded_demo);
		log_info("no payload: running the embedded demo");
	}
	if (!payload)
		GIVE_UP("the payload is too large to map: %lu MiB", r->size / MIB);
	nr_vms = payload_inspect(payload, size, &host_options, configs);
	if (!nr_vms)
		GIVE_UP("payload: %s", fail_text);
	if (!assign_devices(&host_machine, configs, nr_vms))
		GIVE_UP("devices: %s", fail_text);
	for (unsigned i = 0; i < nr_vms; i++) {
		if (configs[i].direct)
			take_direct(&vms[i], &configs[i]);
		if (!image_check(&configs[i]))
			GIVE_UP("%s: %s", configs[i].name, fail_text);
	}
}

/*
 * VMs get what they ask for. Nobody else wants what is left then: of that we take as much as we
 * could ever need.
 */
static void share_out_memory(void)
{
	struct range_list *memory = &host_machine.memory;
	uint64_t size = POOL_MAX;
	paddr_t pa;

	for (unsigned i = 0; i < nr_vms; i++) {
		if (!configs[i].direct)
			take_pieces(&vms[i], &configs[i]);
		for (const struct range *r = vms[i].ram; r < vms[i].ram + RANGE_PIECES; r++)
			if (r->size)
				log_debug("%s: %lu MiB of memory at 0x%lx", configs[i].name,
					  r->size / MIB, r->base);
	}
	while (size && !range_alloc(memory, size, LARGE_SIZE, &pa))
		size -= LARGE_SIZE;
	if (!size || !pool_init(pa, size))
		no_memory("the hypervisor itself");
}

/* ---- Harts and VMs -------------------------------------------------------------------- */

static void make_idle(struct hart *h)
{
	struct thread *t = &idle_threads[h->index];

	if (!thread_init(t, NULL, "idle"))
		no_memory("the harts");
	t->state = THREAD_RUNNING;
	t->on_hart = h;
	h->idle = h->current = t;
}

static void start_harts(void)
{
	unsigned limit = host_options.harts ? MIN(host_options.harts, MAX_HARTS) : MAX_HARTS;

	for (unsigned i = 0; i < host_machine.hart_count && nr_harts < limit; i++) {
		const struct machine_hart *mh = &host_machine.hart[i];
		struct hart *h = &harts[nr_harts];
		const char *why;

		if (mh->skip || mh->id == harts[0].id)
			continue;
		if (!hart_init(nr_harts, mh->id))
			no_memory("the harts");
		make_idle(h);
		h->imsic = imsic_map(i, mh->imsic);
		why = smp_start(nr_harts, h->idle->stack_top, mh->isa, host_options.fake_absent);
		if (why)
			log_notice("hart %lu is left alone: %s", mh->id, why);
		else
			nr_harts++;
	}
	if (host_options.harts > nr_harts)
		log_notice("harts=%u: there are %u harts", host_options.harts, nr_harts);
	caps_find_common();
	if (!common_caps.sv39x4)
		GIVE_UP("no Sv39x4 second-stage translation on every hart: guests cannot run here");
}

static void create_vms(void)
{
	/* To itself a VM may leave what it likes. */
	if (nr_vms > 1 && !unswitched_prepare(nr_harts))
		no_memory("the harts");
	entropy_gather();
	for (unsigned i = 0; i < nr_vms; i++) {
		const struct vm_config *c = &configs[i];

		if (!vm_create(i, c))
			no_memory("the VMs");
		if (!vm_describe(&vms[i]))
			log_error("%s: device tree: %s", c->name, fail_text); /* the others run */
		log_notice("%s: %u vCPU%s, %lu MiB, %s of %lu KiB", c->name, c->vcpus,
			   c->vcpus == 1 ? "" : "s", c->mem / MIB,
			   c->layout.linux_image ? "Linux image" : "image",
			   c->kernel.size / KIB + 1);
	}
	each_row(watcher, w)
		if ((*w)->vms_made)
			(*w)->vms_made();
}

static NORETURN void go_idle(void)
{
	timer_init_hart();
	sched_idle();
}

void secondary_go(void)
{
	caps_apply(host_options.host_counters);
	go_idle();
}

void boot_main(uint64_t hartid, paddr_t fdt, paddr_t image)
{
	log_begin();
	hart_init(0, hartid);
	harts[0].online = 1;
	mmu_init(image);
	fw_init(false);
	read_machine(fdt);
	describe();
	check_boot_hart(hartid, fdt);
	read_payload();
	share_out_memory();
	make_idle(&harts[0]);
	start_harts();
	sched_init(ms_to_ticks(host_options.slice_ms));
	sbi_init();
	create_vms();
	if (!replay_init())
		GIVE_UP("%s", fail_text);
	/* The last that an idle thread may log: once others run, the console may be taken. */
	caps_apply(host_options.host_counters);
	for (unsigned i = 0; i < nr_harts; i++)
		rank_forbid_mutexes(&harts[i].idle->mutexes);
	smp_go();
	for (unsigned i = 0; i < nr_vms; i++)
		keeper_start(&vms[i]);
	call_on_stack(harts[0].idle->stack_top, go_idle);
}
