# SPDX-License-Identifier: MIT
#
# Makefile - builds the hypervisor, its guests and its tests; `make help` lists what can be asked.
#
# Sources are found, not listed: every hyp/**/*.c and *.S is part of the hypervisor (exceptions below), every directory
# guest/X is one flat guest image X.bin, every hyp/**/X_test.c is one program for the build machine.

# What is set on the command line is one of the settings that `make help` names: first, before a
# name of this file's own can be replaced by mistake.
ifeq ($(MAKELEVEL),0)
.given := $(strip $(foreach .v,$(.VARIABLES),$(if $(findstring command,$(origin $(.v))),$(.v))))
.wrong := $(if $(.given),$(shell scripts/help.sh --wrong $(.given)))
ifneq ($(.wrong),)
$(error $(.wrong))
endif
endif

# RACE_POINTS=1: a diagnostic build that can replay a schedule and print a trace (hyp/sched/trace.h).
RACE_POINTS ?=
O ?= build$(if $(RACE_POINTS),-race)
LOCKING ?= mutex

# `make clean` removes $(O): one name, of a directory that neither holds the sources nor lies among them.
ifneq ($(words $(O)),1)
$(error O='$(O)': not one directory name without blanks)
endif
ifneq ($(shell top=$$(pwd -P); o=$$(realpath -m -- '$(O)') || echo no; case $$top/ in ("$${o%/}"/*) echo no;; esac; case $$o/ in \
	("$$top"/hyp/* | "$$top"/guest/* | "$$top"/platform/* | "$$top"/scripts/* | "$$top"/.git/* | "$$top"/Makefile/*) echo no;; esac),)
$(error O=$(O): cannot be a directory for what is built)
endif

# Downloads survive `make clean`; scripts/lib.sh has the same rule.
CACHE := $(or $(DORMOUSE_CACHE),$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/dormouse)
LIBFDT_DIR := $(or $(LIBFDT_SRC),$(CACHE)/libfdt)

ifneq ($(words $(LIBFDT_DIR)),1)
$(error '$(LIBFDT_DIR)' is where libfdt would be: not one name without blanks; DORMOUSE_CACHE=... or LIBFDT_SRC=... names another place)
endif

# These get by with any LOCKING.
needs_locking := $(filter-out help help-% clean doctor,$(or $(MAKECMDGOALS),all))

# A compiler for bare metal if there is one, else one for Linux: the image is the same kind of program.
CROSS_COMPILE ?= $(if $(shell command -v riscv64-unknown-elf-gcc),riscv64-unknown-elf-,$(if $(shell \
	command -v riscv64-linux-gnu-gcc),riscv64-linux-gnu-,riscv64-unknown-elf-))
CC := $(CROSS_COMPILE)gcc
# The same, where something is to be compiled.
the_CC = $(or $(and $(shell command -v $(CC)),$(CC)),$(error no $(CC) on this machine: make doctor says what is missing, \
	scripts/setup.sh installs it on Debian, CROSS_COMPILE=... names other tools))
OBJCOPY := $(CROSS_COMPILE)objcopy
AR := $(CROSS_COMPILE)ar
SIZE := $(CROSS_COMPILE)size
HOSTCC ?= gcc
HOSTCLANG ?= clang

Q := $(if $(V),,@)
say = @$(if $(V),:,printf '  %-7s %s\n' $(1) $(2))

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules
FORCE:

# --- flags ---------------------------------------------------------------------------------------------------------

WARN := -Wall -Wextra -Wshadow -Wmissing-prototypes -Wstrict-prototypes -Wvla -Wundef -Werror
# Left alone, the compiler puts each string at a multiple of 8: 1.6 KB of zeros between the hypervisor's messages.
ARCH := -march=rv64imac_zicsr_zifencei -mabi=lp64 -mcmodel=medany -msmall-data-limit=0 -malign-data=natural
FREESTANDING := -ffreestanding -fno-stack-protector -fno-common -fno-pic -fno-asynchronous-unwind-tables \
	-ffunction-sections -fdata-sections
# A compiler for Linux comes with headers for another ABI: only the compiler's own ones are of use.
CC_HEADERS := -nostdinc -isystem $(shell $(CC) -print-file-name=include 2>/dev/null)
TARGET := $(ARCH) $(FREESTANDING) -std=gnu11 -g -ffile-prefix-map='$(CURDIR)=.' '-Wa,--debug-prefix-map=$(CURDIR)=.'
LIBFDT_INC = -Ihyp/lib/libc $(CC_HEADERS) -isystem $(LIBFDT_DIR)

# What runs at every exit is made fast; all else is made small.
HYP_FAST := $(addprefix sbi/,sbi base time ipi hsm susp sta) mp/% lock/% \
	$(addprefix sched/,sched thread timer) $(addprefix vm/,exit vcpu life irq walk) dev/mmio riscv/hart riscv/fw riscv/gstage lib/string lib/blocks lib/seed
# A wrong variant replaces functions by name, over weak ones; link-time optimisation would have inlined those. Nor can it have functions
# that the compiler itself calls.
# For `make debug` every function has code of its own: no inlining, no clones, no link-time
# optimisation.
hyp_opt = $(if $(DEBUG),-Og -fno-inline -fno-ipa-cp -fno-ipa-sra,$(if $(filter \
	$(HYP_FAST),$(1)),-O2,-Os) $(if $(VARIANT)$(filter lib/string lib/blocks,$(1)),,-flto))
HYP_CFLAGS = $(TARGET) $(WARN) -Ihyp -I. -I$(O) $(LIBFDT_INC) \
	$(if $(RACE_POINTS),-DDORMOUSE_RACE_POINTS) $(if $(VARIANT),-DDORMOUSE_LAB) $(EXTRA_CFLAGS)
# Only this file has a wrong variant's name in it: two dozen variants share all other objects.
$(O)/hyp/main.o: HYP_CFLAGS += $(if $(VARIANT),'-DDORMOUSE_LOCKING="$(LOCKING)"')
$(O)/hyp/main.o: $(O)/variant.flags
GUEST_CFLAGS = $(TARGET) -O2 -fno-omit-frame-pointer $(WARN) -Iguest -Iguest/lib $(LIBFDT_INC) $(EXTRA_CFLAGS)
# The trees are of version 17, and nobody edits one in place: libfdt need not ask for either (0x3c). That the blocks
# lie inside the tree, tree_open() has seen, too: fdt.c need not ask again at each step (0x2). What fdt.c does is half of booting.
SUPPORT_CFLAGS = $(TARGET) $(LIBFDT_INC)
fdt_mask = -DFDT_ASSUME_MASK=$(if $(filter fdt,$(1)),0x3e,0x3c)
fdt_opt = $(call fdt_mask,$(1)) $(if $(filter fdt,$(1)),-O3,-Os) -flto -ffat-lto-objects
LDFLAGS = $(ARCH) -nostdlib -static -Wl,--gc-sections -Wl,--build-id=none -Wl,--fatal-warnings \
	-Wl,-z,max-page-size=4096

# --- what to build -------------------------------------------------------------------------------------------------

HYP_ALL := $(sort $(shell find hyp -name '*.[cS]'))
# The laboratory's wrong variants: each replaces a few steps of the protocol that it is linked beside. None of them: mutex.
VARIANTS := $(sort $(wildcard scripts/lab/variants/*.c))
VARIANT := $(filter scripts/lab/variants/$(LOCKING).c,$(VARIANTS))
# WITHOUT='fit stats': not linked are files that say "Optional room: fit"; fit_absent.c takes their place. The explorer
# means something else by it.
left_out := $(if $(needs_locking),$(if $(filter explore variants model litmus grade,$(MAKECMDGOALS)),,$(value WITHOUT)))
quoted = $(foreach word,$(1),'$(subst ','\'',$(word))')
ABSENT := $(if $(strip $(left_out)),$(shell scripts/check/rooms.py --link $(call quoted,$(left_out))))
ifneq ($(if $(strip $(left_out)),$(if $(ABSENT),,wrong)),)
$(error WITHOUT=$(left_out): scripts/check/rooms.py lists the rooms that can be taken out)
endif
ifneq ($(if $(strip $(left_out)),$(filter test test-% mutants coverage,$(MAKECMDGOALS))),)
$(error WITHOUT=$(left_out): tests are of the whole; scripts/test/cases/without.sh takes rooms out, one after the other)
endif
HYP_SRC := $(filter-out hyp/port/host%.c hyp/lib/builtins.c %_test.c %_absent.c hyp/riscv/asm_offsets.c $(patsubst \
	-%,%,$(filter -%,$(ABSENT))),$(HYP_ALL)) $(patsubst +%,%,$(filter +%,$(ABSENT))) \
	$(if $(RACE_POINTS),$(sort $(wildcard scripts/lab/replay/*.c))) $(VARIANT)
HYP_OBJ := $(addprefix $(O)/,$(addsuffix .o,$(basename $(HYP_SRC))))

guest_names := $(filter-out lib,$(sort $(foreach f,$(wildcard guest/*/*.[cS]),$(word 2,$(subst /, ,$(f))))))
GUEST_LIB := $(sort $(shell find guest/lib -name '*.[cS]' 2>/dev/null))
guest_src = $(sort $(shell find guest/$(1) -name '*.[cS]'))
guest_obj = $(addprefix $(O)/,$(addsuffix .o,$(basename $(call guest_src,$(1)) $(GUEST_LIB))))

FDT_SRC := fdt.c fdt_ro.c fdt_rw.c fdt_sw.c fdt_wip.c fdt_addresses.c fdt_strerror.c fdt_empty_tree.c fdt_check.c
FDT_FILES := $(addprefix $(LIBFDT_DIR)/,$(FDT_SRC) libfdt.h)

HOST_TESTS := $(sort $(shell find hyp -name '*_test.c'))

.PHONY: all guests
all: $(O)/dormouse.bin guests
	@echo "$(O)/dormouse.bin: the bootable image ($$(stat -c %s $(O)/dormouse.bin) bytes); make run boots it"
guests: $(guest_names:%=$(O)/guest/%.bin)

ifeq ($(if $(needs_locking),$(filter mutex,$(LOCKING))$(VARIANT),any),)
$(error LOCKING=$(LOCKING): there is mutex $(basename $(notdir $(VARIANTS))))
endif

# --- rebuild when the command changes, not only when a file does ------------------------------------------------------

# $(call stamp,name,text): a file that is touched only when the text differs from last time.
define stamp
$(O)/$(1).flags: FORCE
	@mkdir -p $$(@D)
	@printf '%s\n' '$$(subst ','\'',$(2))' | cmp -s - $$@ || printf '%s\n' '$$(subst ','\'',$(2))' >$$@
endef
$(eval $(call stamp,hyp,$$(the_CC) $$(HYP_CFLAGS) $$(HYP_FAST) $$(value hyp_opt)))
$(eval $(call stamp,variant,$$(VARIANT)))
$(eval $(call stamp,guest,$$(the_CC) $$(GUEST_CFLAGS)))
$(eval $(call stamp,support,$$(the_CC) $$(SUPPORT_CFLAGS) $$(value fdt_opt) $$(value fdt_mask)))
$(eval $(call stamp,link,$$(CC) $$(LDFLAGS) $$(HYP_OBJ)))

# --- libfdt and what the compiler calls: support.a --------------------------------------------------------------------

$(FDT_FILES) &:
	@scripts/fetch/libfdt.sh >/dev/null

$(O)/libfdt/%.o: $(LIBFDT_DIR)/%.c $(O)/support.flags
	$(call say,CC,libfdt/$*.c)
	@mkdir -p $(@D)
	$(Q)$(CC) $(SUPPORT_CFLAGS) $(call fdt_opt,$*) -w -c $< -o $@
$(O)/hyp/lib/builtins.o: hyp/lib/builtins.c $(O)/support.flags
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(SUPPORT_CFLAGS) -O1 -fno-builtin $(WARN) -c $< -o $@
$(O)/support.a: $(FDT_SRC:%.c=$(O)/libfdt/%.o) $(O)/hyp/lib/builtins.o
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcsD $@ $^

# --- the hypervisor --------------------------------------------------------------------------------------------------

$(O)/hyp/%.o: hyp/%.c $(O)/hyp.flags | $(LIBFDT_DIR)/libfdt.h
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(HYP_CFLAGS) $(call hyp_opt,$*) -MMD -MP -c $< -o $@
$(O)/hyp/%.o: hyp/%.S $(O)/hyp.flags $(O)/asm_offsets.h
	$(call say,AS,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(HYP_CFLAGS) -DDEMO_BIN='"$(O)/guest/demo.bin"' -MMD -MP -c $< -o $@
$(O)/scripts/%.o: scripts/%.c $(O)/hyp.flags
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(HYP_CFLAGS) -O2 -MMD -MP -c $< -o $@
$(O)/hyp/conf/embedded.o: $(O)/guest/demo.bin

# Offsets of C structures for assembly, made by the compiler: lines `->NAME value` of its output.
$(O)/asm_offsets.s: hyp/riscv/asm_offsets.c $(O)/hyp.flags
	@mkdir -p $(@D)
	$(Q)$(CC) $(HYP_CFLAGS) -MMD -MP -MT $@ -MF $(O)/asm_offsets.d -S $< -o $@
$(O)/asm_offsets.h: $(O)/asm_offsets.s
	$(call say,GEN,$@)
	$(Q)sed -n 's/^.*->\([A-Za-z_0-9]*\) [$$#]*\(-*[0-9][0-9a-fx]*\).*$$/#define \1 \2/p' $< >$@.new
	$(Q)mv $@.new $@

$(O)/dormouse.elf: $(HYP_OBJ) $(O)/support.a linker.ld $(O)/link.flags
	$(call say,LD,$@)
	$(Q)$(CC) $(LDFLAGS) -Wl,-T,linker.ld -Wl,-Map,$(O)/dormouse.map -O2 -flto -flto-partition=one -o $@ $(HYP_OBJ) $(O)/support.a
%.bin: %.elf
	$(call say,OBJCOPY,$@)
	$(Q)$(OBJCOPY) -O binary $< $@

# --- guests --------------------------------------------------------------------------------------------------------

$(O)/guest/%.o: guest/%.c $(O)/guest.flags | $(LIBFDT_DIR)/libfdt.h
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(GUEST_CFLAGS) -MMD -MP -c $< -o $@
$(O)/guest/%.o: guest/%.S $(O)/guest.flags
	$(call say,AS,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(GUEST_CFLAGS) -MMD -MP -c $< -o $@

define guest
$(call stamp,guest/$(1),$$(CC) $$(LDFLAGS) $(call guest_obj,$(1)))
$(O)/guest/$(1).elf: $(call guest_obj,$(1)) $(O)/support.a guest/guest.ld $(O)/guest/$(1).flags
	$$(call say,LD,$$@)
	$$(Q)$$(CC) $$(LDFLAGS) -Wl,-T,guest/guest.ld -o $$@ $(call guest_obj,$(1)) $(O)/support.a
endef
$(foreach g,$(guest_names),$(eval $(call guest,$(g))))

# --- tests on the build machine --------------------------------------------------------------------------------------

# hyp/**/X_test.c names the sources it needs: /* test-with: a.c b.c */; with /* tsan */ it also runs under ThreadSanitizer.
# With DORMOUSE_LAB, as some of them link a wrong variant.
HOST_CFLAGS = -std=gnu11 -g -O1 -fno-omit-frame-pointer $(WARN) -DDORMOUSE_LAB -Ihyp -I. -isystem $(LIBFDT_DIR) $(EXTRA_CFLAGS)
asan_CC = $(HOSTCC) $(HOST_CFLAGS) -fsanitize=address,undefined -fno-sanitize-recover=undefined
tsan_CC = $(HOSTCLANG) $(HOST_CFLAGS) -fsanitize=thread
# scripts/test/fuzz/X.c names its sources likewise: fuzz-with. What is not initialised is poison; common/fuzz.c counts the work.
fuzz_CC = $(HOSTCLANG) $(HOST_CFLAGS) -Wno-missing-prototypes -ftrivial-auto-var-init=pattern \
	-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined -fsanitize-coverage=trace-pc
fuzz_LDFLAGS = -fsanitize=fuzzer -Wl,--wrap=__sanitizer_cov_trace_pc
$(eval $(call stamp,host,$$(asan_CC) $$(tsan_CC) $$(fuzz_CC) $$(fuzz_LDFLAGS) $$(value fdt_mask)))

$(O)/host/asan/%.o: %.c $(O)/host.flags | $(LIBFDT_DIR)/libfdt.h
	$(call say,HOSTCC,$<)
	@mkdir -p $(@D)
	$(Q)$(asan_CC) -MMD -MP -c $< -o $@
$(O)/host/tsan/%.o: %.c $(O)/host.flags | $(LIBFDT_DIR)/libfdt.h
	$(call say,CLANG,$<)
	@mkdir -p $(@D)
	$(Q)$(tsan_CC) -MMD -MP -c $< -o $@
$(O)/host/fuzz/%.o: %.c $(O)/host.flags | $(LIBFDT_DIR)/libfdt.h
	$(call say,FUZZ,$<)
	@mkdir -p $(@D)
	$(Q)$(fuzz_CC) -MMD -MP -c $< -o $@
$(O)/host/asan/libfdt/%.o: $(LIBFDT_DIR)/%.c $(O)/host.flags
	@mkdir -p $(@D)
	$(Q)$(asan_CC) $(call fdt_mask,$*) -fno-sanitize=signed-integer-overflow -w -c $< -o $@
$(O)/host/tsan/libfdt/%.o: $(LIBFDT_DIR)/%.c $(O)/host.flags
	@mkdir -p $(@D)
	$(Q)$(tsan_CC) $(call fdt_mask,$*) -w -c $< -o $@
$(O)/host/fuzz/libfdt/%.o: $(LIBFDT_DIR)/%.c $(O)/host.flags
	@mkdir -p $(@D)
	$(Q)$(fuzz_CC) $(call fdt_mask,$*) -fno-sanitize=signed-integer-overflow -w -c $< -o $@
$(O)/host/asan/libfdt.a: $(FDT_SRC:%.c=$(O)/host/asan/libfdt/%.o)
	$(Q)rm -f $@ && ar rcsD $@ $^
$(O)/host/tsan/libfdt.a: $(FDT_SRC:%.c=$(O)/host/tsan/libfdt/%.o)
	$(Q)rm -f $@ && ar rcsD $@ $^
$(O)/host/fuzz/libfdt.a: $(FDT_SRC:%.c=$(O)/host/fuzz/libfdt/%.o)
	$(Q)rm -f $@ && ar rcsD $@ $^

# $(call host_program,file to make,asan|tsan|fuzz,sources)
define host_program
HOST_PROGRAMS += $(1)
$(1): $(3:%.c=$(O)/host/$(2)/%.o) $(O)/host/$(2)/libfdt.a $(O)/host.flags
	$$(call say,HOSTLD,$$@)
	@mkdir -p $$(@D)
	$$(Q)$$($(2)_CC) $$($(2)_LDFLAGS) -o $$@ $(3:%.c=$(O)/host/$(2)/%.o) $(O)/host/$(2)/libfdt.a -lpthread
endef
sources_of = $(1) $(shell sed -n '/$(2):/{:a;s,.*$(2):,,;/\*\//!{N;ba};s,\*/.*,,;s,\n *\*, ,g;p;q}' $(1))
define host_test
$(eval with := $(call sources_of,$(1),test-with))
$(eval $(call host_program,$(O)/host/$(notdir $(1:.c=)),asan,$(with)))
$(if $(shell grep -l '/\* tsan \*/' $(1)),$(eval $(call host_program,$(O)/host/$(notdir $(1:.c=)).tsan,tsan,$(with))))
endef
ifneq ($(filter host-programs,$(MAKECMDGOALS)),)
$(foreach t,$(HOST_TESTS),$(call host_test,$(t)))
endif
FUZZ_COMMON := $(wildcard scripts/test/fuzz/common/*.c)
fuzz_program = $(call host_program,$(O)/fuzz/bin/$(notdir $(1:.c=)),fuzz,$(call sources_of,$(1),fuzz-with) $(FUZZ_COMMON))
ifneq ($(filter fuzz-programs,$(MAKECMDGOALS)),)
$(foreach f,$(wildcard scripts/test/fuzz/*.c),$(eval $(call fuzz_program,$(f))))
endif
# What reads payloads in the hypervisor, for `make image`: it says the same before anything is made.
check_guests := scripts/board/check_guests.c
$(eval $(call host_program,$(O)/board/check_guests,asan,$(call sources_of,$(check_guests),built-with)))
.PHONY: host-programs fuzz-programs
host-programs fuzz-programs: $(HOST_PROGRAMS)

ifneq ($(needs_locking),)
-include $(shell find $(O) -name '*.d' 2>/dev/null)
endif

# --- run and test ----------------------------------------------------------------------------------------------------

# Set-up may install the very compiler this file looks for, so what follows it starts a fresh make; of several at once only one builds.
REMAKE = +@mkdir -p $(O) && exec scripts/progress.sh building \
	flock -F $(O)/build.lock $(MAKE) --no-print-directory
export O LOCKING RACE_POINTS CROSS_COMPILE LIBFDT_SRC OPENSBI_SRC GUEST INITRD APPEND VCPUS MEM HARTS HOSTMEM DISK NET BUS SNAPSHOT MODULES HYPARGS GUESTS OUT BOARD DEV FLASH_FILE QEMU BIOS QEMUFLAGS TIMEOUT LOG V LAB OPS WITHOUT MEMORY KERNEL BUSYBOX UBOOT \
	FUZZ SECONDS REPLAY EXITS SEED LATE USERLAND N FILES NR

.PHONY: run demo-rtc run-demo-rtc run-bare linux debian uboot run-linux run-debian run-uboot run-hyp run-on-firmware debug test test-host test-guest test-script lint setup-new size bench exit-path doctor help clean \
	race race-bare lesson pictures
run: run-hyp
	$(leave)
# The demo with the machine's clock, whose alarm ends the suspend.
demo-rtc: run-demo-rtc
	$(leave)
run-demo-rtc:
	@scripts/setup.sh run
	$(REMAKE) -s all
	@export HYPARGS="devices=rtc$${HYPARGS:+ $$HYPARGS}" APPEND="wake=rtc$${APPEND:+ $$APPEND}" GUEST=; \
		RUN_STATUS=$(RUN_STATUS) exec scripts/run/run.sh
run-bare: run-on-firmware
	$(leave)
run-hyp:
	@scripts/setup.sh run
	$(REMAKE) -s all
	@RUN_STATUS=$(RUN_STATUS) exec scripts/run/run.sh
linux: run-linux
	$(leave)
debian: run-debian
	$(leave)
uboot: run-uboot
	$(leave)
run-linux run-debian run-uboot: run-%:
	@scripts/setup.sh $(if $(findstring debian,$*),disk,run)
	$(REMAKE) -s all
	@RUN_STATUS=$(RUN_STATUS) exec scripts/run/$*.sh
run-on-firmware:
	@scripts/setup.sh run
	$(REMAKE) -s guests
	@RUN_STATUS=$(RUN_STATUS) exec scripts/run/run.sh --bare

# The run's status becomes make's own; scripts/run/make_exit.c says how and why. Expanded when the run is over.
leave = $(call leave-with,$(shell cat $(RUN_STATUS); rm -f $(RUN_STATUS)))
leave-with = $(exit-with $(1))@exit $(1)
RUN_STATUS = $(O)/run.status.$(shell echo $$PPID)
ifneq ($(filter run demo-rtc run-bare linux debian uboot,$(MAKECMDGOALS)),)
-load $(O)/make_exit.so
$(O)/make_exit.so: scripts/run/make_exit.c
	@scripts/setup.sh run
	@mkdir -p $(@D)
	@$(HOSTCC) -shared -fPIC -o $@.$$$$ $< 2>/dev/null && mv $@.$$$$ $@ || true
endif

# For boards: one file of the hypervisor and its guests (platform/README.md).
.PHONY: image firmware sdimg flash
image firmware sdimg:
	@scripts/setup.sh $(or $(filter firmware,$@),$(if $(filter sdimg,$@),card,run))
	$(REMAKE) -s all $(O)/board/check_guests >/dev/null
	@scripts/board/$@.sh
flash:
	@scripts/board/flash.py
debug:
	@scripts/setup.sh debug
	$(REMAKE) -s all O=$(O)/debug DEBUG=1
	@O=$(O)/debug scripts/run/run.sh --debug
test:
	@scripts/setup.sh test
	@scripts/test/test.py
test-host:
	@scripts/setup.sh test
	@scripts/test/test.py host
test-guest:
	@scripts/setup.sh test
	@scripts/test/test.py guest
test-script:
	@scripts/setup.sh test
	@scripts/test/test.py script
lint:
	@scripts/setup.sh test
	@scripts/test/test.py lint
setup-new:
	@scripts/fetch/qemu.sh
size: all
	$(if $(left_out),,@$(MAKE) -s --no-print-directory O=$(O)/core WITHOUT="$$(scripts/check/rooms.py --names | xargs)" $(O)/core/dormouse.elf)
	@scripts/bench/size.py
bench:
	@scripts/setup.sh run
	$(REMAKE) -s all
	@scripts/bench/bench.py
	@scripts/bench/linux.py || [ $$? = 77 ]
exit-path:
	@scripts/setup.sh run
	$(REMAKE) -s all
	@scripts/bench/exit_path.py
doctor:
	@scripts/doctor.sh
# Nets that run as long as they are told (scripts/README.md).
.PHONY: fuzz soak
fuzz:
	@scripts/setup.sh test
	@scripts/test/fuzz/fuzz.py
soak:
	@scripts/setup.sh run
	$(REMAKE) -s all >/dev/null
	@scripts/test/soak.py
# The laboratory (hyp/lock/README.md): scripts/lab/lab.py --help says more.
.PHONY: explore variants model litmus grade
explore variants model litmus grade:
	@scripts/setup.sh test
	@$(if $(filter model variants,$@),scripts/setup.sh model)
	@scripts/lab/lab.py $@
race:
	@scripts/setup.sh run
	@scripts/lab/race.py
race-bare:
	@scripts/setup.sh run
	$(REMAKE) -s guests
	@scripts/lab/race_bare.sh
# The page in which a student is the scheduler.
lesson:
	@scripts/setup.sh lesson
	@scripts/lab/lesson/lesson.py
pictures:
	@scripts/setup.sh run
	@scripts/check/pictures.sh
# How good the tests are: which lines they run, which changes of a line they notice.
.PHONY: coverage mutants
coverage mutants:
	@scripts/setup.sh test
	@scripts/test/$@.py
clean:
	rm -rf -- '$(O)' '$(O:%/=%)-race'
help:
	@scripts/help.sh
help-%: FORCE
	@scripts/help.sh $*
