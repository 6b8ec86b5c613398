/* SPDX-License-Identifier: MIT */
/* devices_absent.c - without the room devices: where a guest has no memory, there is nothing. */
#include "conf/guest_fdt.h"
#include "dev/mmio.h"
#include "riscv/csr.h"
#include "vm/exit.h"
#include "vm/stuck.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

void guest_page_fault(struct guest_frame *f, uint64_t cause, struct live_regs *live UNUSED)
{
	static const uint8_t access[] = { EXC_FETCH_ACCESS, EXC_LOAD_ACCESS, 0, EXC_STORE_ACCESS };
	uint64_t pc = f->sepc;

	f->vcpu->exits[EXIT_MMIO]++;
	inject_exception(f->vcpu, access[cause - EXC_FETCH_GUEST_PAGE], csr_read(stval));
	if (f->sepc == pc)
		stuck_check(f->vcpu);
}

void device_reset(struct vm *vm UNUSED)
{
}

bool device_watch(struct vm *vm UNUSED)
{
	return false;
}

void device_nodes(struct tree_out *o UNUSED, const struct vm_config *vm UNUSED)
{
}

const char *device_stdout(void)
{
	return NULL;
}
