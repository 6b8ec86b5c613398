#!/bin/bash
# SPDX-License-Identifier: MIT
# devices.sh - devices of the machine for a VM: what is given, what is refused, and interrupts that
# are under way when the VM reboots. The clock of QEMU's virt stands for all that write no memory;
# linux_devices.py has disks and networks.
. "$(dirname "$0")/lib.sh"

refused() { # name, devices, pattern, settings
	local name=$1 devices=$2 pattern=$3
	shift 3
	boot HARTS=1 HYPARGS="devices=$devices" TIMEOUT=20 "$@"
	expect "$name" 1 "devices: $pattern"
}

refused unknown rtc,nix 'nix: there is no such device'
refused console serial 'serial@10000000: it is the console'
refused controller plic 'plic@c000000: the hypervisor or the firmware needs it'
refused bus soc 'soc: the hypervisor or the firmware needs it'
refused memory memory 'memory@80000000: the hypervisor or the firmware needs it'
refused exit_device test 'test@100000: the hypervisor or the firmware needs it'
refused configuration fw-cfg 'fw-cfg@10100000: the hypervisor or the firmware needs it'
refused flash flash 'flash@20000000: the hypervisor or the firmware needs it'
refused dma virtio_mmio 'virtio_mmio@1000[1-8]000: it may write to memory by itself.* ram=direct'
refused bridge pci 'pci@30000000: it may write to memory by itself.* ram=direct'
refused bridge_without_plic pci 'pci@30000000: this machine has no PLIC' QEMUFLAGS='-machine aia=aplic-imsic'
refused no_plic rtc 'rtc@101000: this machine has no PLIC' QEMUFLAGS='-machine aia=aplic-imsic'
refused two_owners rtc 'rtc@101000: both vm0 and vm1 want it' \
	GUEST="$O/guest/demo.bin $O/guest/demo.bin"
boot HARTS=1 HYPARGS='devices=' TIMEOUT=20
expect empty 2 "devices= must be all, or a comma list of devices"
boot HARTS=1 HYPARGS='ram=up' TIMEOUT=20
expect ram_is_one_of_two 2 'ram= must be moved\|direct'
boot HARTS=1 HYPARGS='ram=direct' GUEST="$O/guest/demo.bin" TIMEOUT=20
expect flat_image_in_direct_memory 1 'ram=direct: this image runs at 0x80200000 only'
boot HARTS=1 HYPARGS='devices=all' GUEST="$O/guest/test.bin" APPEND='test=rtc' TIMEOUT=60
expect all_but_what_writes_memory 0 'vm0: 1 device of the machine$'
expect among_them_the_clock 0 'VERDICT PASS passed=(9|10) failed=0'

# Without any, a VM has a clock of its own; two VMs have one each.
boot HARTS=1 VCPUS=2 GUEST="$O/guest/test.bin $O/guest/test.bin" MEM=16M \
	APPEND='test=rtc,virtio_slots slow=3' TIMEOUT=100
expect emulated_clock_of_one 0 '^\[vm0\] VERDICT PASS passed=11 failed=0'
expect emulated_clock_of_another 0 '^\[vm1\] VERDICT PASS passed=11 failed=0'
boot HARTS=1 GUEST="$O/guest/test.bin" APPEND='test=rtc_time' TIMEOUT=60 \
	QEMUFLAGS='-rtc base=2031-05-06'
expect emulated_clock_goes_by_the_machines 0 '^begin: 1935792[0-9]{3} s after 1970'

for harts in 1 2; do
	boot HARTS=$harts VCPUS=2 HYPARGS='devices=rtc' GUEST="$O/guest/test.bin" \
		APPEND='test=rtc_held' TIMEOUT=60
	expect "held_over_reboots_on_$harts" 0 'VERDICT PASS'
	expect "which_were_six_on_$harts" 0 'reboot \(number 6\)'
done

# The demo sleeps until the alarm: of the machine's clock (make demo-rtc), and of its own.
for given in 'devices=rtc' ''; do
	boot HARTS=2 HYPARGS="$given" GUEST= APPEND='wake=rtc race=100' TIMEOUT=60
	expect "demo_wakes_by_the_clock_${given:-emulated}" 0 '^DEMO PASS .*wrong=0 .*resumed=1 reboots=1'
done
expect demo_says_by_what 0 'wake up by the alarm of the clock'
boot HARTS=1 GUEST= APPEND='wake=hand race=100' TIMEOUT=60
expect demo_wakes_by_nothing_else 1 'wake= must be rtc'

# Of two VMs one has the clock. The other one enables and completes its interrupt, too.
cat >"$WORK/two.its" <<EOF
	/dts-v1/;
	/ { description = "two"; #address-cells = <1>;
		images { k { type = "kernel"; arch = "riscv"; compression = "none";
			load = <0>; entry = <0>; data = /incbin/("$(realpath "$O/guest/test.bin")"); }; };
		configurations { default = "owner";
			owner { kernel = "k"; dormouse,devices = "rtc"; dormouse,vcpus = <2>;
				dormouse,memory = "16M"; bootargs = "test=rtc slow=3"; };
			other { kernel = "k"; dormouse,vcpus = <2>;
				dormouse,memory = "16M"; bootargs = "test=plic slow=3"; }; }; };
EOF
dtc -q -I dts -O dtb -o "$WORK/two.itb" "$WORK/two.its"
boot HARTS=2 GUEST="$WORK/two.itb" TIMEOUT=100
expect one_of_two_has_it 0 '^\[owner\] VERDICT PASS .*failed=0'
expect the_other_has_it_not 0 '^\[other\] VERDICT PASS .*failed=0'

sed 's/dormouse,devices = "rtc"/dormouse,devices = "rtc", "nix"/' "$WORK/two.its" >"$WORK/odd.its"
dtc -q -I dts -O dtb -o "$WORK/odd.itb" "$WORK/odd.its"
boot HARTS=1 GUEST="$WORK/odd.itb" TIMEOUT=20
expect in_a_list 1 'devices: nix: there is no such device'
exit $failed
