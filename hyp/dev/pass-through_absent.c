/* SPDX-License-Identifier: MIT */
/* pass-through_absent.c - without the room pass-through: no interrupt comes from a device. */
#include "dev/pass.h"
#include "riscv/hart.h"

void host_interrupt(void)
{
}

bool pass_is_host(const struct vm *vm UNUSED, unsigned source UNUSED)
{
	return false;
}

void pass_wanted(struct vcpu *v UNUSED, unsigned word UNUSED, uint32_t bits UNUSED)
{
}

void pass_completed(unsigned source UNUSED)
{
}

bool pass_stands_in(const struct vm_config *vm UNUSED, gpaddr_t base UNUSED, unsigned source UNUSED)
{
	return false;
}
