/* SPDX-License-Identifier: MIT */
/* pass-through_absent.c - without the room pass-through: no VM gets a device of the host. */
#include "conf/assign.h"
#include "lib/fail.h"

bool assign_devices(const struct machine *m UNUSED, struct vm_config *configs, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (configs[i].devices.data || configs[i].says_ram)
			return fail("%s: this build gives VMs no devices", configs[i].name);
	return true;
}
