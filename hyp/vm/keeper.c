/* SPDX-License-Identifier: MIT */
/*
 * keeper.c - one thread per VM that is not a vCPU: it boots the VM, reboots it, notices that it
 * halted, and wakes it from a system suspend by key or by time.
 *
 * It is an agent outside the VM: whatever it does to vCPUs goes through mp/ and its mutex, like
 * every vCPU's own calls.
 */
#include "vm/keeper.h"

#include "lib/atomic.h"
#include "lib/log.h"
#include "port/port.h"
#include "riscv/csr.h"
#include "vm/host.h"
#include "vm/life.h"
#include "vm/room.h"
#include "vm/vm.h"

/* The console has no interrupt: how often a suspended VM's keys are looked for. */
#define KEY_POLL_MS 50

void keeper_notify(struct vm *vm)
{
	atomic_store_release(&vm->keeper_asked, 1U); /* pairs with the swap in keeper_main */
	port_unpark(&vm->keeper);
}

/*
 * What comes from outside: for devices whose drivers wait for it, and for Ctrl-]. With several VMs
 * the first one's keeper looks for that, as it must work when no guest reads its keys. A lone VM is
 * not disturbed for that: its own reading has to do.
 */
static void watch_outside(struct vm *vm)
{
	bool watch = device_watch(vm);

	if (nr_vms > 1 && !vm->index) {
		console_poll();
		watch = true;
	}
	timer_arm(&vm->keeper_timer, watch ? time_now() + ms_to_ticks(KEY_POLL_MS) : TIME_NEVER);
}

static void end(struct vm *vm, bool failed)
{
	mp_kill(&vm->mp);
	each_row(watcher, w)
		if ((*w)->vm_ended)
			(*w)->vm_ended(vm);
	console_vm_ended(vm);
	host_vm_ended(failed);
}

static void boot(struct vm *vm)
{
	if (vm_load(vm))
		vcpu_act(NULL, mp_boot(&vm->mp, vm->config->layout.entry, vm->config->layout.fdt));
	else
		end(vm, true);
}

/* All vCPUs have stopped for SRST. */
static void reset(struct vm *vm)
{
	uint32_t type = vm->mp.reset_type, reason = vm->mp.reset_reason;

	if (type == SRST_SHUTDOWN) {
		log_notice("%s: shut down%s", vm->name, reason ? ", reason: system failure" : "");
		end(vm, reason != SRST_NO_REASON);
	} else if (type == SRST_WARM_REBOOT && host_options.warm_fails) {
		log_error("%s: warm reboot, which warm-reboot=fail makes a failure", vm->name);
		end(vm, true);
	} else {
		log_notice("%s: %s reboot (number %lu)%s", vm->name,
			   type == SRST_COLD_REBOOT ? "cold" : "warm", vm->boots,
			   reason ? ", reason: system failure" : "");
		boot(vm);
	}
}

/* Look after a suspended VM: now, and again after a while. */
static void watch_suspended(struct vm *vm)
{
	uint64_t since = atomic_load_relaxed(&vm->suspended_at), now = time_now(),
		 next = now + ms_to_ticks(KEY_POLL_MS);
	bool timed = vm->wake_after && (int64_t)(now - since) >= (int64_t)vm->wake_after;

	if (timed || console_key_waiting(vm)) {
		log_info("%s: woken by %s", vm->name, timed ? "wake-after" : "a key");
		vcpu_act(NULL, mp_system_wake(&vm->mp));
	} else if (vm->wake_after) {
		next = MIN(next, since + vm->wake_after);
	}
	timer_arm(&vm->keeper_timer, next);
}

static void keeper_main(void *arg)
{
	struct vm *vm = arg;

	boot(vm);
	for (;;) {
		/* before the look: what is asked from now on is looked at again */
		atomic_swap(&vm->keeper_asked, 0U);
		switch (mp_settle(&vm->mp)) {
		case MP_ASLEEP:
			watch_suspended(vm);
			break;
		case MP_HALTED:
			log_error("%s: every hart has stopped and none is left to start another; "
				  "giving it up",
				  vm->name);
			end(vm, true);
			continue;
		case MP_RESET:
			reset(vm);
			continue;
		case MP_STILL_RUNNING:
			watch_outside(vm);
		}
		/*
		 * Asked since we looked? Printing may have slept, and used up the token. The timer
		 * is armed after that.
		 */
		if (!atomic_load_acquire(&vm->keeper_asked))
			port_park();
	}
}

void keeper_start(struct vm *vm)
{
	sched_launch(&vm->keeper, keeper_main, vm, 0);
}
