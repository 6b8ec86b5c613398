#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""initramfs.py - make an initramfs that boots to a shell:

    scripts/run/initramfs.py BASE OUTPUT [NAME=FILE...]

BASE is a static busybox, or an archive of Debian packages that was made here by

    scripts/run/initramfs.py --packages OUTPUT DEB...

NAME=FILE adds a file, executable. poweroff, reboot and halt work as usual.

The result is a cpio archive in the format newc: see buffer-format.rst in the kernel's
Documentation/driver-api/early-userspace. The archive is not compressed: QEMU loads 100 MB at once,
while the guest would have to decompress them.
"""
import io
import os
import shutil
import subprocess
import sys
import tarfile

# busybox's init runs both.
INITTAB = """::sysinit:/etc/rc
::respawn:/bin/busybox cttyhack {shell} -l
::ctrlaltdel:/bin/busybox reboot
"""
# A boot argument NAME=value that the kernel does not know is in init's environment:
# scripts/run/linux.sh says the size of the terminal so.
RC = """#!/bin/sh
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev 2>/dev/null
mount -t tmpfs tmp /tmp
mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
mount -t tmpfs shm /dev/shm
for link in fd stdin=fd/0 stdout=fd/1 stderr=fd/2; do
	ln -s /proc/self/${link#*=} /dev/${link%=*}
done
hostname guest
ip link set lo up
[ -z "$LINES$COLUMNS" ] || stty rows "${LINES:-24}" cols "${COLUMNS:-80}" </dev/console
for m in /lib/modules/*.ko; do [ ! -f "$m" ] || insmod "$m"; done
if [ "$NET" = user ] && [ -e /sys/class/net/eth0 ]; then
	ip link set eth0 up
	ip address add 10.0.2.15/24 dev eth0
	ip route add default via 10.0.2.2
	echo nameserver 10.0.2.3 >/etc/resolv.conf
fi
[ ! -x /etc/rc.local ] || /etc/rc.local
"""
INIT = """#!/bin/busybox sh
{prepare}
exec /bin/busybox init
"""
PROFILE = """export PATH={path} PS1='guest# ' HOME=/root
cd /root
"""
HOSTS = "127.0.0.1 localhost guest\n::1 localhost\n"
PASSWD, GROUP = "root:x:0:0:root:/root:/bin/sh\n", "root:x:0:\n"
MOUNT_POINTS = ("dev", "proc", "root", "run", "sys", "tmp")

# What nobody needs in a guest. A directory ends in a slash.
LEFT_OUT = (
    "var/", "usr/sbin/ldconfig", "usr/lib/riscv64-linux-gnu/gconv/",
    *("usr/share/" + d for d in (
        "bash-completion/", "bug/", "doc/", "doc-base/", "gcc/", "info/",
        "lintian/", "locale/", "man/", "menu/", "pixmaps/", "source-highlight/", "tabset/",
        "zsh/")),
    *("usr/lib/python3.13/" + d for d in (
        "curses/", "ensurepip/", "idlelib/", "pydoc_data/", "tkinter/", "turtledemo/", "sqlite3/",
        "config-3.13-")))
# Of Python's own tests these are kept.
PYTHON_TESTS = "usr/lib/python3.13/test/"
KEPT_TESTS = (
    "__init__.py", "support/", "fork_wait.py", "mathdata/", "test_float.py", "test_fork1.py",
    "test_wait4.py")
# Files that the packages' own scripts would make, {name: of which}.
INSTALLED = {
    "etc/passwd": "usr/share/base-passwd/passwd.master",
    "etc/group": "usr/share/base-passwd/group.master",
    "etc/nsswitch.conf": "usr/share/libc-bin/nsswitch.conf",
}
# What Debian's packages here do not have.
BUSYBOX_IN_DEBIAN = ("halt", "ifconfig", "insmod", "less", "poweroff", "reboot", "vi")
DIRECTORY, FILE, DEVICE, LINK = 0o040755, 0o100644, 0o020600, 0o120777


class Archive:
    """Appends entries to a newc archive."""

    def __init__(self, out):
        self.out, self.inode = out, 0

    def add(self, name, mode, data=b"", device=(0, 0), owner=(0, 0)):
        self.inode += 1
        path = name.encode() + b"\0"
        data = data.encode() if isinstance(data, str) else data
        # magic; inode, mode, uid, gid, links, mtime, size, the file's device (2), device that it
        # is (2), size of the name, checksum
        numbers = (self.inode, mode, *owner, 1, 0, len(data), 0, 0, *device, len(path), 0)
        self.put(b"070701" + b"".join(b"%08x" % n for n in numbers) + path)
        self.put(data)

    def put(self, data):
        self.out.write(data + b"\0" * (-len(data) % 4))

    def end(self):
        self.add("TRAILER!!!", 0)


def start_up(archive, shell, path, prepare):
    """What makes a shell on the console of the programs that are there."""
    for d in ("etc", "lib/modules", *MOUNT_POINTS):
        archive.add(d, DIRECTORY | (0o1777 if d == "tmp" else 0))
    archive.add("dev/console", DEVICE, device=(5, 1))
    archive.add("init", FILE | 0o111, INIT.format(prepare=prepare))
    archive.add("etc/inittab", FILE, INITTAB.format(shell=shell))
    archive.add("etc/rc", FILE | 0o111, RC)
    archive.add("etc/profile", FILE, PROFILE.format(path=path))
    archive.add("etc/hosts", FILE, HOSTS)


def busybox_root(archive, busybox):
    for d in ("bin", "etc", "lib"):
        archive.add(d, DIRECTORY)
    archive.add("bin/busybox", FILE | 0o111, busybox)
    archive.add("bin/sh", LINK, b"busybox")
    archive.add("etc/passwd", FILE, PASSWD)
    archive.add("etc/group", FILE, GROUP)
    start_up(archive, "/bin/sh", "/bin", "/bin/busybox --install -s /bin")


def debian_root(archive):
    """On top of what --packages made: the kernel lets a later file replace an earlier one."""
    path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin"
    start_up(archive, "/bin/bash", f"{path} LANG=C.UTF-8", f"export PATH={path}")
    for d in ("mnt", "var", "var/log", "var/tmp"):
        archive.add(d, DIRECTORY | (0o1777 if d == "var/tmp" else 0))
    # Who reads the console may not know bracketed paste.
    archive.add("etc/inputrc", FILE, "set enable-bracketed-paste off\n")
    for name in BUSYBOX_IN_DEBIAN:
        archive.add(f"usr/sbin/{name}", LINK, b"../bin/busybox")


def usr_merged(name):
    """/bin, /lib and /sbin are links into /usr."""
    return "usr/" + name if name.startswith(("bin/", "lib/", "sbin/")) else name


def wanted(name):
    if name.startswith(PYTHON_TESTS) and name != PYTHON_TESTS:
        return name[len(PYTHON_TESTS):].startswith(KEPT_TESTS)
    return not name.startswith(LEFT_OUT)


def contents(deb):
    """(tar archive, member, its name in the root) for each file of a package."""
    command = ["dpkg-deb", "--fsys-tarfile", deb]
    data = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        for member in tar:
            yield tar, member, usr_merged(os.path.normpath(member.name))


def packages(output, debs):
    """One archive with the files of @debs, owners included, without unpacking them."""
    files, seen = {}, {"."}
    # base-files first: it has the links of usr_merged().
    debs = sorted(debs, key=lambda deb: not os.path.basename(deb).startswith("base-files_"))
    with open(output, "wb") as out:
        archive = Archive(out)
        for tar, member, name in (entry for deb in debs for entry in contents(deb)):
            owner = member.uid, member.gid
            if name in INSTALLED.values():
                files[name] = tar.extractfile(member).read()
            if name in seen or not wanted(name + "/" * member.isdir()):
                continue
            seen.add(name)
            if member.isdir():
                archive.add(name, 0o040000 | member.mode, owner=owner)
            elif member.issym():
                archive.add(name, LINK, member.linkname)
            elif member.isfile() or member.islnk():
                data = tar.extractfile(member).read()
                archive.add(name, 0o100000 | member.mode, data, owner=owner)
        for new, old in INSTALLED.items():
            archive.add(new, FILE, files[old])
        archive.add("usr/bin/awk", LINK, "mawk")
        archive.end()


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__.splitlines()[0])
    if sys.argv[1] == "--packages":
        packages(sys.argv[2], sys.argv[3:])
        return
    with open(sys.argv[1], "rb") as base, open(sys.argv[2], "wb") as out:
        archive = Archive(out)
        is_archive = base.read(6) == b"070701"
        base.seek(0)
        if is_archive:
            # The kernel unpacks one archive after the other.
            shutil.copyfileobj(base, out)
            debian_root(archive)
        else:
            busybox_root(archive, base.read())
        for extra in sys.argv[3:]:
            name, path = extra.split("=", 1)
            with open(path, "rb") as f:
                archive.add(name, FILE | 0o111, f.read())
        archive.end()


main()
