#!/bin/bash
# SPDX-License-Identifier: MIT
#
# checks.sh - what Debian's programs do in the guest, where linux_userland.py runs it: for each
# check_NAME one line PASS or FAIL.
#
# expected.sh, made by that program, has what the host computed of the same data. patience is a
# factor for limits of time.
cd "$(dirname "$0")" || exit 2
. ./expected.sh
export LC_ALL=C
readonly T=/tmp/checks
mkdir -p $T

# between VALUE LOW HIGH
between() {
	[ "$1" -ge "$2" ] && [ "$1" -le "$3" ] || { echo "$1 is not within $2..$3"; return 1; }
}

# same GOT WANTED
same() { [ "$1" = "$2" ] || { echo "'$1' instead of '$2'"; return 1; }; }

# --- bash

check_bash_time_builtin() { # the first program that read the clock, and died
	local said
	said=$({ time true; } 2>&1)
	[[ $said =~ real.*user.*sys ]] || { echo "$said"; return 1; }
}

check_bash_arithmetic() {
	local i a=0 b=1 c sum=0
	for ((i = 0; i < 90; i++)); do ((c = a + b, a = b, b = c)); done
	same $a 2880067194370816120
	for ((i = 1; i <= 3000; i++)); do ((sum = (sum * 31 + i) % 1000000007)); done
	same $sum "$HASH_OF_3000"
	same "$((-7 / 2)) $((-7 % 2)) $((1 << 62))" "-3 -1 4611686018427387904"
	same $((0x7fffffffffffffff + 1)) -9223372036854775808
	same "$(printf %.17g 0.1)" 0.1 # long double: 128 bits, by software
}

check_bash_epochrealtime() {
	local before
	before=${EPOCHREALTIME/./}
	sleep 0.3
	between $((${EPOCHREALTIME/./} - before)) 300000 $((3000000 * patience))
}

check_stop_and_continue() {
	sleep 100 &
	kill -STOP $!
	until [[ $(ps -o stat= -p $!) == T* ]]; do sleep 0.05; done
	kill -CONT $!
	until [[ $(ps -o stat= -p $!) == S* ]]; do sleep 0.05; done
	kill $!
	wait $! && s=0 || s=$?
	same $s 143
}

check_bash_signals() {
	local n=0 i
	trap 'n=$((n + 1))' USR1
	for ((i = 0; i < 100; i++)); do kill -USR1 $BASHPID; done
	same $n 100
}

check_bash_pipes() {
	same "$(seq 20000 | tee >(cat >/dev/null) | sort -rn | sed -n '1p;2p')" $'20000\n19999'
	coproc bc_like { while read -r a b; do echo $((a * b)); done; }
	echo 12345 6789 >&"${bc_like[1]}"
	read -r product <&"${bc_like[0]}"
	same "$product" 83810205
}

check_bash_many_children() {
	local i pids=()
	for ((i = 0; i < 30; i++)); do (exit $i) & pids+=($!); done
	for ((i = 0; i < 30; i++)); do wait "${pids[i]}" && s=0 || s=$?; same $s $i; done
}

# --- coreutils and other small ones

check_date() {
	local before after
	same "$(date -u -d @1000000000 +%FT%T)" 2001-09-09T01:46:40
	before=$(date +%s%N)
	after=$(date +%s%N)
	[ "$after" -gt "$before" ]
}

check_sums() {
	same "$(sha256sum <data | cut -d' ' -f1)" "$SHA256"
	same "$(sha512sum <data | cut -d' ' -f1)" "$SHA512"
	same "$(md5sum <data | cut -d' ' -f1)" "$MD5"
	same "$(b2sum <data | cut -d' ' -f1)" "$BLAKE2B"
	same "$(seq 100000 | sha256sum | cut -d' ' -f1)" "$SHA256_OF_SEQ"
	same "$(base64 -w 0 data | base64 -d | sha256sum | cut -d' ' -f1)" "$SHA256"
	same "$(gzip -9 <data | gunzip | sha256sum | cut -d' ' -f1)" "$SHA256"
}

check_sort() {
	same "$(sort --parallel=4 -S 64k lines | sha256sum | cut -d' ' -f1)" "$SHA256_SORTED"
	sort lines | sort -c
}

check_dd() {
	dd if=data of=$T/copy bs=1000 conv=notrunc 2>/dev/null
	cmp data $T/copy
	dd if=/dev/urandom of=$T/random bs=64k count=16 iflag=fullblock 2>/dev/null
	same "$(stat -c %s $T/random)" 1048576
	dd if=$T/random bs=4k skip=3 count=5 2>/dev/null |
		cmp - <(tail -c +12289 $T/random | head -c 20480)
}

check_stat() {
	install -m 4751 /dev/null $T/file
	truncate -s 123456789 $T/file
	touch -d @987654321 $T/file
	ln -f $T/file $T/other
	same "$(stat -c '%a %s %Y %h %F' $T/other)" "4751 123456789 987654321 2 regular file"
}

check_sleep() {
	local before after
	read -r before _ </proc/uptime
	sleep 1.5
	read -r after _ </proc/uptime
	between $((10#${after/./} - 10#${before/./})) 149 $((600 * patience))
}

check_timeout() {
	timeout 0.5 sleep 100 && s=0 || s=$?
	same $s 124
	timeout -s KILL 0.5 sh -c 'trap "" TERM; while :; do :; done' && s=0 || s=$?
	same $s 137
}

check_factor() { # 128 bits by 64 bit registers
	same "$(factor 18446744073709551557)" "18446744073709551557: 18446744073709551557"
	same "$(factor 1000000016000000063)" "1000000016000000063: 1000000007 1000000009"
	same "$(factor 340282366920938463463374607431768211507)" \
		"340282366920938463463374607431768211507: 340282366920938463463374607431768211507"
}

check_awk_floats_in_parallel() { # FP registers of four processes
	local i
	for i in 1 2 3 4; do
		awk -v n=$i 'BEGIN {
			for (x = 0.1 * n; i < 40000; i++)
				x = 3.99 * x * (1 - x)
			printf "%.17g\n", x
		}' >$T/awk$i &
	done
	wait
	same "$(cat $T/awk1 $T/awk2 $T/awk3 $T/awk4 | tr '\n' ' ')" "$LOGISTIC"
}

# --- the kernel's face

check_processes() {
	same "$(nproc) $(lscpu -p | grep -cv '^#')" "$CPUS $CPUS"
	sleep 77 &
	same "$(ps -o comm= -p $!) $(pgrep -fx 'sleep 77')" "sleep $!"
	pkill -fx 'sleep 77'
	wait $! && s=0 || s=$?
	same $s 143
	[[ $(uptime) == *"load average"* ]]
	vmstat | grep -q 'swpd'
}

check_taskset() {
	local cpu
	for ((cpu = 0; cpu < CPUS; cpu++)); do
		same "$(taskset -c $cpu sh -c 'cut -d" " -f39 /proc/self/stat')" $cpu
	done
}

check_flock() {
	local i
	echo 0 >$T/counter
	for i in 1 2 3 4; do
		(for i in 1 2 3 4; do
			(flock 9 && read -r n <$T/counter && echo $((n + 1)) >$T/counter) 9>$T/lock || echo lost
		done) &
	done
	wait
	same "$(cat $T/counter)" 16
}

check_namespaces() {
	local inside='mount -t tmpfs t /mnt && touch /mnt/x && echo $$ && ls /mnt'
	same "$(unshare -m -p -f --mount-proc sh -c "$inside" | tr '\n' ' ')" "1 x "
	[ -z "$(ls /mnt)" ]
}

check_ping() {
	ping -q -c 5 -i 0.2 127.0.0.1 | grep ' 5 received, 0% packet loss'
	ping -q -c 1 localhost | grep ' 1 received'
}

check_ip() {
	ip -br addr show lo | grep '127.0.0.1/8'
	ip link add veth-a type dummy 2>/dev/null && ip link del veth-a || true
	ip route get 127.0.0.1 | grep 'dev lo'
}

# --- programs under others' control

check_strace() {
	strace -f -o $T/strace -e trace=execve,clock_nanosleep,exit_group \
		sh -c 'sleep 0.2; exit 7' && s=0 || s=$?
	same $s 7
	grep -q 'clock_nanosleep(.*tv_nsec=20000000[0-9]}' $T/strace
	grep -q 'exit_group(7)' $T/strace
	strace -c -o $T/table ls / >/dev/null
	grep -q ' execve$' $T/table && grep -q 100.00 $T/table
}

check_strace_injects() { # ptrace writes the registers
	strace -o $T/strace -e trace=uname -e inject=uname:error=ENOSYS uname -r && s=0 || s=$?
	same $s 1
	grep -q 'ENOSYS.*INJECTED' $T/strace
}

# --- our own program

check_user_reads_time() {
	./registers time
}

check_user_reads_counters() { # each is told or refused; linux_userland.py shows what
	local s which
	for which in cycle instret; do
		./registers $which && s=0 || s=$?
		echo "note: $which $s" >>$T/notes
		[ $s = 0 ] || [ $s = 132 ] || { echo "$which: status $s"; return 1; }
	done
}

check_fp_registers_and_signals() {
	local i pids=()
	for i in 1 2 3 4; do ./registers fp & pids+=($!); done
	for i in "${pids[@]}"; do wait "$i"; done
}

# --- all of them

rm -f $T/notes
for name in $(compgen -A function check_); do
	name=${name#check_}
	[ $# = 0 ] || [[ " $* " == *" $name "* ]] || continue
	began=${EPOCHREALTIME/./}
	(set -e; "check_$name") >$T/out 2>&1
	status=$?
	if [ $status = 0 ]; then
		echo "PASS $name ($(((${EPOCHREALTIME/./} - began) / 1000)) ms)"
	else
		why=$(tail -n 3 $T/out)
		echo "FAIL $name: status $status: ${why//$'\n'/ }"
	fi
done
[ ! -f $T/notes ] || cat $T/notes
