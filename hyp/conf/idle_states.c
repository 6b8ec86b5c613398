/* SPDX-License-Identifier: MIT */
/*
 * idle_states.c - what a guest's kernel is told of HART_SUSPEND. Contracts are in guest_fdt.h.
 *
 * Optional room: idle-states, 40 lines. Needs guest-tree.
 */
#include "conf/guest_fdt.h"
#include "conf/tree_out.h"

/*
 * The states HART_SUSPEND offers, for kernels that choose by the time a sleep will take (binding
 * cpu/idle-states.yaml). Latencies in microseconds; measured, with a margin: waking costs a thread
 * switch, the non-retentive way also the guest's own resume code.
 */
static const struct idle_state {
	const char *node, *name;
	uint32_t param, phandle, entry, exit, residency;
} idle_states[] = {
	{ "cpu-ret", "ret", 0x00000000, 0x1000, 10, 10, 200 },
	{ "cpu-nonret", "nonret", 0x80000000, 0x1001, 20, 40, 2000 },
};

void guest_fdt_idle_states(struct tree_out *o)
{
	tree_node_begin(o, "idle-states");
	for (unsigned i = 0; i < ARRAY_SIZE(idle_states); i++) {
		const struct idle_state *s = &idle_states[i];

		tree_node_begin(o, s->node);
		tree_put_string(o, "compatible", "riscv,idle-state");
		tree_put_string(o, "idle-state-name", s->name);
		tree_put_u32(o, "riscv,sbi-suspend-param", s->param);
		tree_put_u32(o, "entry-latency-us", s->entry);
		tree_put_u32(o, "exit-latency-us", s->exit);
		tree_put_u32(o, "min-residency-us", s->residency);
		tree_put_u32(o, "phandle", s->phandle);
		tree_node_end(o);
	}
	tree_node_end(o);
}

void guest_fdt_cpu_idle(struct tree_out *o)
{
	tree_put_u64(o, "cpu-idle-states",
		     (uint64_t)idle_states[0].phandle << 32 | idle_states[1].phandle);
}
