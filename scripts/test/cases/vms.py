#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""vms - one VM floods the console, or its device tree contradicts it: the other's lines stay whole, and it ends well."""
import os
import re
import subprocess

from linux_lib import ROOT, RUNDIR, Lost, Machine, check, finish

CROSS = os.environ.get("CROSS_COMPILE") or "riscv64-unknown-elf-"
if subprocess.run(["sh", "-c", f"command -v {CROSS}gcc"], capture_output=True).returncode:
    CROSS = "riscv64-linux-gnu-"
LINES = 120

SHUT_DOWN = "li a7, 0x53525354\n li a6, 0\n li a0, 0\n li a1, 0\n ecall\n"
# Prints byte by byte, so that its lines are put together among the flood.
QUIET = f"""
	li s0, {LINES}
1:	la s1, digits
	li t0, 100
	divu t1, s0, t0
	remu t2, s0, t0
	addi t1, t1, '0'
	sb t1, 0(s1)
	li t0, 10
	divu t1, t2, t0
	remu t2, t2, t0
	addi t1, t1, '0'
	sb t1, 1(s1)
	addi t2, t2, '0'
	sb t2, 2(s1)
	la s2, text
2:	lbu a0, 0(s2)
	beqz a0, 3f
	li a7, 1		# console_putchar
	ecall
	addi s2, s2, 1
	j 2b
3:	addi s0, s0, -1
	bnez s0, 1b
	{SHUT_DOWN}
text:	.ascii "line "
digits:	.asciz "000 of the quiet one\\n"
"""


def by_dbcn(text):
    """Writes @text for ever, until a key comes."""
    return f"""
1:	li a7, 0x4442434e	# console_write
	li a6, 0
	la a1, text
	la a0, end
	sub a0, a0, a1
	li a2, 0
	ecall
	li a7, 2		# console_getchar
	ecall
	bltz a0, 1b
	{SHUT_DOWN}
text:	{text}
end:
"""


BY_UART = f"""
	li s0, 0x10000000
	li s1, 'f'
	li s2, '\\n'
1:	li t0, 50
2:	sb s1, 0(s0)
	addi t0, t0, -1
	bnez t0, 2b
	sb s2, 0(s0)
	lbu t0, 5(s0)		# LSR
	andi t0, t0, 1
	beqz t0, 1b
	{SHUT_DOWN}
"""

FLOODS = {
    "lines": by_dbcn('.rept 100\n .ascii "a flood of lines on the console\\n"\n .endr'),
    "one_line_without_end": by_dbcn('.rept 500\n .ascii "flood flood flood "\n .endr'),
    "bytes_of_the_serial_port": BY_UART,
}


def assemble(name, text):
    path = os.path.join(RUNDIR, name)
    subprocess.run([CROSS + "gcc", "-x", "assembler", "-march=rv64imac_zicsr", "-mabi=lp64", "-mno-relax", "-nostdlib", "-static",
                    "-Wl,-Ttext=0x80200000,--build-id=none,-e,0x80200000", "-o", path + ".elf", "-"], input=text.encode(), check=True)
    subprocess.run([CROSS + "objcopy", "-O", "binary", path + ".elf", path], check=True)
    return os.path.realpath(path)


def compile_tree(name, source):
    path = os.path.join(RUNDIR, name + ".dtb")
    subprocess.run(["dtc", "-q", "-I", "dts", "-O", "dtb", "-o", path, "-"], input=source.encode(), check=True)
    return os.path.realpath(path)


def fit(name, images, configurations):
    """@images: {name: (type, file)}; @configurations: {name: properties}. Their order is that of the VMs."""
    parts = "".join(f'{n} {{ type = "{t}"; arch = "riscv"; compression = "none"; load = <0>; entry = <0>; data = /incbin/("{f}"); }};\n'
                    for n, (t, f) in images.items())
    configs = "".join(f"{n} {{ {text} }};\n" for n, text in configurations.items())
    return compile_tree(name, f'/dts-v1/; / {{ description = "vms"; #address-cells = <1>;\n images {{ {parts} }};\n'
                              f'configurations {{ default = "{next(iter(configurations))}";\n{configs} }}; }};')


def flood(kind, guest):
    """The quiet one ends in the middle of the flood, which only a key ends."""
    image = fit(f"flood-{kind}", {"f": ("kernel", assemble(kind, guest)), "q": ("kernel", assemble("quiet", QUIET))},
                {"flood": 'kernel = "f";', "quiet": 'kernel = "q";'})
    with Machine(f"flood-{kind}", ["scripts/run/run.sh"], limit=100, guest=image, harts=2, vcpus=1, mem="16M") as g:
        g.expect("flood", 30)
        g.expect("quiet: shut down", 90)
        end = len(g.text)
        g.expect(r"^\[flood\]", 30)
        check(f"flood_of_{kind}_goes_on", True)
        g.send("q")
        g.expect("flood: shut down", 30)
        status = g.status()
        check(f"flood_of_{kind}_ends_with_0", status == 0, f"status {status}")
        seen = re.findall(r"^\[quiet\] line (\d{3}) of the quiet one$", g.text[:end], re.M)
        wanted = [f"{n:03}" for n in range(LINES, 0, -1)]
        check(f"flood_of_{kind}_leaves_the_others_lines_whole", seen == wanted, f"{len(seen)} of {LINES} lines are there, whole and in order")


# What the VM itself has, and one thing that contradicts it: {name: (tree, what is said)}.
def tree(clock=10000000, cpus="cpu@0 { device_type = \"cpu\"; reg = <0>; };"):
    return (f'/dts-v1/; / {{ #address-cells = <2>; #size-cells = <2>; cpus {{ #address-cells = <1>; #size-cells = <0>; '
            f'timebase-frequency = <{clock}>; {cpus} }}; }};')


TREES = {
    "clock": (tree(clock=12345), "timebase-frequency is not the machine's"),
    "foreign": (tree(cpus='cpu@0 { device_type = "cpu"; reg = <0>; }; cpu@9 { device_type = "cpu"; reg = <9>; };'), "no vCPU of this VM"),
    "headless": (tree(cpus='cpu@1 { device_type = "cpu"; reg = <1>; };'), "no cpu 0"),
    "empty": ("/dts-v1/; / { };", "no /cpus"),
}


def contradictions():
    """Four VMs with a tree of their own that cannot be true, and one with one that can."""
    image = assemble("quiet", QUIET)
    images, configs = {"q": ("kernel", image), "own": ("flat_dt", compile_tree("own", tree()))}, {}
    for name, (source, _) in TREES.items():
        images["t-" + name] = ("flat_dt", compile_tree(name, source))
        configs[name] = f'kernel = "q"; fdt = "t-{name}";'
    configs["good"] = 'kernel = "q"; fdt = "own";'
    with Machine("trees", ["scripts/run/run.sh"], limit=60, guest=fit("trees", images, configs), harts=2, vcpus=2, mem="16M") as g:
        g.expect("all VMs have ended, not all well", 50)
        for name, (_, says) in TREES.items():
            check(f"contradictory_tree_{name}", re.search(rf"{name}: .*does not fit: .*{says}", g.text) is not None, "not refused, or not why")
            check(f"contradictory_tree_{name}_is_not_run", f"[{name}] line" not in g.text, "it runs")
        check("the_other_vm_runs_on", g.text.count("of the quiet one\n") == LINES and "good: shut down" in g.text, "it does not")
        status = g.status()
        check("contradictory_trees_make_status_1", status == 1, f"status {status}")


def main():
    os.chdir(ROOT)
    os.makedirs(RUNDIR, exist_ok=True)
    for kind, guest in FLOODS.items():
        try:
            flood(kind, guest)
        except Lost:
            pass
    try:
        contradictions()
    except Lost:
        pass
    finish()


if __name__ == "__main__":
    main()
