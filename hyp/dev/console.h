/* SPDX-License-Identifier: MIT */
/*
 * console.h - the host's one console, shared by the hypervisor and its VMs.
 *
 * With one VM its bytes pass unchanged; with several each line carries its VM's name, and control
 * characters only edit the VM's own unfinished line (line.h). Lines of the hypervisor begin on a
 * line of their own. Keys go to one VM, the one that has the focus: at first number 0, then the one
 * that Ctrl-] and a digit name. Ctrl-] s prints the statistics. Without the room console all bytes
 * pass unchanged, and the keys are always those of VM 0.
 */
#ifndef DEV_CONSOLE_H
#define DEV_CONSOLE_H

#include "lib/types.h"
#include "vm/keeper.h" /* also defined in console.c: what the keeper asks of it */

struct vm;

/*
 * Write up to @n bytes of @vm's output, which are in its RAM at @from (vm_ram_contains); returns
 * how many, at least one unless @n is 0: no guest keeps the console for longer than it takes to put
 * out some 256 bytes and a line. With several VMs an unfinished line is kept until it is finished,
 * or the VM quiet. Sleeps until the bytes are out, however long that takes; takes the console lock.
 */
size_t console_guest_write(struct vm *vm, gpaddr_t from, size_t n);

/*
 * The same for one byte. Not @now, for a device that gets them one by one: an unfinished line is
 * kept with one VM, too.
 */
void console_guest_put(struct vm *vm, char c, bool now);

/* Up to @n bytes typed for @vm; 0 if there are none. Never blocks. */
size_t console_guest_read(struct vm *vm, char *buf, size_t n);

#endif
