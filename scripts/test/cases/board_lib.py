# SPDX-License-Identifier: MIT
"""board_lib - files for boards, made and started as a user would; for the tests board_*.py."""
import hashlib
import os
import random
import subprocess

from linux_lib import O, ROOT, RUNDIR, SLOW, Lost, Machine, check, debian, initramfs, newer_qemu, setting, skip

MIB = 1 << 20
SETTINGS = "GUESTS INITRD APPEND VCPUS MEM LOG HYPARGS OUT"
# With a ramdisk the kernel has to hold it twice for a while.
LINUX = {"VCPUS": "2", "HYPARGS": "exit=test warm-reboot=fail", "APPEND": "console=ttyS0 quiet panic=-1 reboot=panic_warm"}


def qemus():
    """{name: (QEMU, BIOS)} of the system's QEMU and the newer one, if there is another."""
    new = newer_qemu()
    system = os.environ.get("QEMU") or "qemu-system-riscv64"
    found = {"old": (system, os.environ.get("BIOS") or "default")}
    if new and new["QEMU"] != system:
        found["new"] = (new["QEMU"], new["BIOS"])
    return found


def make(script, limit=300, **settings):
    """Run scripts/board/@script. Returns (status, what it says)."""
    env = {k: v for k, v in os.environ.items() if k not in SETTINGS.split()}
    done = subprocess.run([f"scripts/board/{script}"], cwd=ROOT, env={**env, "O": O, **settings}, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=limit)
    return done.returncode, done.stdout


def made(name, script, **settings):
    """Run scripts/board/@script, which has to succeed; a check @name."""
    status, text = make(script, **settings)
    if not check(name, status == 0, f"status {status}: {text}"):
        raise SystemExit(1)
    return text


def ramdisk(found, size):
    """An initramfs with a file /big of @size MiB, and the file's md5; the same each time."""
    path = os.path.join(RUNDIR, "big")
    os.makedirs(RUNDIR, exist_ok=True)
    data = random.Random(size).randbytes(size * MIB)
    with open(path, "wb") as file:
        file.write(data)
    made_of = initramfs(found["BUSYBOX"], paths={"big": path})
    where = f"{path}-{size}.cpio"
    os.rename(made_of, where)
    return where, hashlib.md5(data).hexdigest()


def linux_image(found, size, **settings):
    """An image with Debian's kernel and a ramdisk with /big. Returns its name, and big's md5."""
    initrd, md5 = ramdisk(found, size)
    out = os.path.join(RUNDIR, f"linux-{size}.bin")
    made(f"image_of_linux_with_{size}_MiB", "image.sh", GUESTS=found["KERNEL"], INITRD=initrd, OUT=out,
         **{**LINUX, "MEM": f"{256 + 4 * size & ~1}M", **settings})
    os.unlink(initrd)
    return out, md5


def machine(name, qemu, *arguments, memory="2G", limit=300):
    """A run of @qemu, one of qemus(), on no script of ours."""
    program, bios = qemu
    if "-bios" not in arguments:
        arguments = ("-bios", bios, *arguments)
    return Machine(name, ["timeout", "-k", "5", str(limit * SLOW), program, "-M", "virt", "-cpu", "rv64", "-smp", "2", "-m", memory,
                          "-nographic", *arguments])


def sees_whole_ramdisk(m, name, md5):
    """Linux comes to its prompt, and /big is what it was."""
    m.expect(r"guest# ", 150)
    m.send("md5sum /big\n")
    seen = m.expect(r"^([0-9a-f]{32})  /big", 90)[1]
    check(f"{name}_has_its_ramdisk_whole", seen == md5, f"md5 {seen}, not {md5}")


def uboot():
    named = os.environ.get("UBOOT")
    return named or setting("uboot")["UBOOT"]


def prompt_of_uboot(m):
    m.expect("Hit any key", 60)
    m.send("\n")
    m.expect("^=> ")
