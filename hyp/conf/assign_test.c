/* SPDX-License-Identifier: MIT */
/*
 * test-with: hyp/conf/assign.c hyp/conf/host_tree.c hyp/conf/tree.c hyp/conf/tree_out.c
 * hyp/conf/options.c hyp/lib/range.c hyp/lib/fail.c
 */
/*
 * assign_test.c - which device of a machine gets whose, and what is refused. The machine is like
 * QEMU's virt, and a few things that board makers do.
 */
#include "conf/assign.h"
#include "conf/guest_fdt.h"
#include "conf/option.h"
#include "conf/test_tree.h"
#include "conf/tree_out.h"
#include "lib/fail.h"

static _Alignas(8) uint8_t host[16384], out[16384];
static struct machine m;
static struct vm_config vms[2];

/* Where VMs have devices of their own. */
bool device_in(gpaddr_t base, uint64_t size)
{
	return base < 0x10000100 && 0x10000000 < base + size;
}

bool device_has_source(unsigned source)
{
	return source == 10;
}

static void begin(const char *name, const char *compatible)
{
	MUST(fdt_begin_node(host, name));
	if (compatible)
		put_list(host, "compatible", compatible);
}

static void end(void)
{
	MUST(fdt_end_node(host));
}

static void number(const char *name, uint32_t value)
{
	MUST(fdt_property_u32(host, name, value));
}

static void cells(const char *name, unsigned n, const uint32_t *values)
{
	fdt32_t p[16];

	for (unsigned i = 0; i < n; i++)
		p[i] = cpu_to_fdt32(values[i]);
	MUST(fdt_property(host, name, p, (int)n * 4));
}
#define CELLS(name, ...) \
	cells(name, sizeof((uint32_t[]){ __VA_ARGS__ }) / 4, (const uint32_t[]){ __VA_ARGS__ })

static void device(const char *name, const char *compatible, uint32_t at, uint32_t size,
		   uint32_t source)
{
	begin(name, compatible);
	CELLS("reg", 0, at, 0, size);
	if (source)
		number("interrupts", source);
	number("phandle", at);
}

static void cpu(const char *name, uint32_t id, uint32_t phandle)
{
	begin(name, "riscv");
	number("reg", id);
	begin("interrupt-controller", "riscv,cpu-intc");
	number("phandle", phandle);
	end();
	end();
}

/* What cannot be given, for one reason each. */
static void odd_devices(void)
{
	device("pwm@13000000", "sifive,pwm0", 0x13000000, 0x1000, 0);
	number("clocks", 1);
	end();
	device("gpio@14000000", "sifive,gpio0", 0x14000000, 0x1000, 96);
	end();
	device("gpio@15000000", "sifive,gpio0", 0x15000000, 0x1000, 15);
	number("interrupt-parent", 77);
	end();
	device("gpio@16000000", "sifive,gpio0", 0x16000000, 0x1000, 16);
	MUST(fdt_property_string(host, "status", "disabled"));
	end();
	device("gpio@90000000", "sifive,gpio0", 0x90000000, 0x1000, 17);
	end();
	device("gpio@17000000", "sifive,gpio0", 0x17000000, 0x1000, 10);
	end();
	device("gpio@18000000", "sifive,gpio0", 0x18000000, 0x1000, 11);
	end();
	begin("gpio@19000000", "sifive,gpio0");
	CELLS("reg", 0, 0x19000000, 0, 0x100, 0, 0x19000800, 0, 0x100);
	end();
	begin("gpio@1a000000", "sifive,gpio0");
	CELLS("reg", 0, 0x1a000000, 0, 0x100, 0, 0, 0, 0);
	end();
	device("gpio@1b000000", "sifive,gpio0", 0x1b000000, 0x1000, 21);
	number("vdd-supply", 3);
	end();
	device("gpio@84000000", "sifive,gpio0", 0x84000000, 0x1000, 22);
	end();
	device("serial@10000080", "ns16550a", 0x10000080, 0x10, 20);
	end();
	begin("bus", "simple-bus");
	number("#address-cells", 2);
	number("#size-cells", 2);
	CELLS("ranges", 0, 0, 0, 0x20000000, 0, 0x1000000);
	device("gpio@0", "sifive,gpio0", 0, 0x1000, 19);
	end();
	end();
	begin("nothing", "acme,empty");
	end();
}

static void soc(bool plic)
{
	begin("soc", "simple-bus");
	number("#address-cells", 2);
	number("#size-cells", 2);
	MUST(fdt_property(host, "ranges", "", 0));
	number("interrupt-parent", 9);
	if (plic) {
		begin("plic@c000000", "sifive,plic-1.0.0 riscv,plic0");
		CELLS("reg", 0, 0xc000000, 0, 0x600000);
		CELLS("interrupts-extended", 21, 11, 21, 9, 22, 11, 22, 9);
		number("#interrupt-cells", 1);
		number("phandle", 9);
		end();
	}
	device("rtc@101000", "google,goldfish-rtc", 0x101000, 0x1000, 11);
	MUST(fdt_property_string(host, "a-word", "kept"));
	end();
	device("virtio@10001000", "virtio,mmio", 0x10001000, 0x1000, 1);
	end();
	device("virtio@10002000", "virtio,mmio", 0x10002000, 0x1000, 0);
	CELLS("interrupts", 2, 2, 3);
	end();
	device("serial@11000000", "ns16550a", 0x11000000, 0x100, 12);
	end();
	device("i2c@12000000", "sifive,i2c0", 0x12000000, 0x100, 13);
	end();
	device("gpio@12000200", "sifive,gpio0", 0x12000200, 0x100, 14);
	end();
	odd_devices();
	end();
}
static void build(bool plic)
{
	MUST(fdt_create(host, sizeof(host)));
	MUST(fdt_finish_reservemap(host));
	begin("", NULL);
	number("#address-cells", 2);
	number("#size-cells", 2);
	begin("aliases", NULL);
	MUST(fdt_property_string(host, "rtc0", "/soc/rtc@101000"));
	MUST(fdt_property_string(host, "serial0", "/soc/serial@11000000"));
	end();
	begin("chosen", NULL);
	MUST(fdt_property_string(host, "stdout-path", "serial0:115200n8"));
	end();
	begin("memory@80000000", NULL);
	MUST(fdt_property_string(host, "device_type", "memory"));
	CELLS("reg", 0, 0, 0, 0, 0, 0x80000000, 0, 0x8000000); /* the first bank is empty */
	end();
	begin("cpus", NULL);
	number("#address-cells", 1);
	number("#size-cells", 0);
	cpu("cpu@0", 0, 21);
	cpu("cpu@5", 5, 22);
	end();
	soc(plic);
	end();
	MUST(fdt_finish(host));
	m.fdt = host;
}

/* Both VMs ask; @first by a configuration, in a list with zeros, if it begins with one. */
static bool ask(const char *options, const char *second, bool direct)
{
	struct options o;
	char line[200];

	snprintf(line, sizeof(line), "devices=%s", options);
	fail_text[0] = '\0';
	if (!options_parse(options[0] ? line : "", &o))
		return false;
	for (unsigned i = 0; i < 2; i++)
		vms[i] = (struct vm_config){ .name = i ? "b" : "a",
					     .mem = 512 * MIB,
					     .says_ram = true,
					     .direct = direct,
					     .direct_at = 0x82000000 };
	vms[1].devices = (struct blob){ .data = second, .size = strlen(second) + 1 };
	return assign_devices(&m, vms, 2);
}

static void good(const char *name, const char *asked, unsigned count)
{
	bool ok = ask(asked, "", true);

	CHECK(ok && assignment.count == count, name, "%s, %u devices", fail_text, assignment.count);
}

static void bad(const char *name, const char *asked, const char *why)
{
	bool ok = ask(asked, "", false);

	CHECK(!ok && strstr(fail_text, why) != NULL, name, "%s", ok ? "allowed" : fail_text);
}

static const char *property(const char *node, const char *name, int *len)
{
	return fdt_getprop(out, fdt_path_offset(out, node), name, len);
}

static void nodes(void)
{
	struct tree_out o;
	int len;
	const fdt32_t *p;

	ask("rtc,virtio@10002000", "", true);
	tree_begin(&o, out, sizeof(out), NULL);
	tree_node_begin(&o, "");
	assign_nodes(&o, &vms[0]);
	tree_node_end(&o);
	CHECK(tree_finish(&o) != 0 && fdt_check_header(out) == 0, "tree_is_sound", "no");
	p = (const fdt32_t *)property("/rtc@101000", "reg", &len);
	CHECK(p && len == 16 && fdt32_to_cpu(p[1]) == 0x101000 && fdt32_to_cpu(p[3]) == 0x1000,
	      "registers_are_where_they_were", "%d bytes", len);
	p = (const fdt32_t *)property("/rtc@101000", "interrupts", &len);
	CHECK(p && len == 4 && fdt32_to_cpu(p[0]) == 11, "source_is_the_same", "%d bytes", len);
	p = (const fdt32_t *)property("/rtc@101000", "interrupt-parent", &len);
	CHECK(p && fdt32_to_cpu(p[0]) == GUEST_FDT_PLIC, "parent_is_the_guests", "no");
	CHECK(property("/rtc@101000", "a-word", &len) != NULL, "properties_are_kept", "no");
	CHECK(property("/rtc@101000", "phandle", &len) == NULL, "phandles_are_not", "kept");
	CHECK(property("/virtio@10002000", "compatible", &len) != NULL, "second_node", "none");
	p = (const fdt32_t *)property("/virtio@10002000", "interrupts", &len);
	CHECK(p && len == 12 && fdt32_to_cpu(p[1]) == 2 && fdt32_to_cpu(p[2]) == 3,
	      "what_is_named_twice_stays_so", "%d bytes", len);
	tree_begin(&o, out, sizeof(out), NULL);
	tree_node_begin(&o, "");
	assign_nodes(&o, &vms[1]);
	tree_node_end(&o);
	tree_finish(&o);
	CHECK(fdt_first_subnode(out, 0) < 0, "others_get_nothing", "a node");
}

static void allowed(void)
{
	good("nothing_asked", "", 0);
	good("by_name", "rtc", 1);
	good("by_name_with_address", "rtc@101000", 1);
	good("by_alias", "rtc0", 1);
	good("by_path", "/soc/rtc@101000", 1);
	good("by_path_without_addresses", "/soc/rtc", 1);
	good("all_of_a_name", "virtio", 2);
	good("several", "rtc,virtio@10001000,rtc", 2);
	good("commas_without_names", ",rtc,,", 1);
	CHECK(assignment.plic.base == 0xc000000 && assignment.plic.size == 0x600000,
	      "plic_is_found", "0x%lx", (unsigned long)assignment.plic.base);
	CHECK(assign_context(0) == 1 && assign_context(5) == 3 && assign_context(1) == -1,
	      "contexts_of_harts", "%d %d %d", assign_context(0), assign_context(5),
	      assign_context(1));
	CHECK(ask("rtc", "virtio\0serial@nix", true) && assignment.count == 3 &&
		      assignment.device[1].vm == &vms[1],
	      "each_vm_its_own", "%s", fail_text);
}

static void refused(void)
{
	struct options o;

	bad("unknown", "rtcc", "rtcc: there is no such device");
	bad("prefix_of_a_name", "rt", "rt: there is no such device");
	bad("longer_than_the_name", "rtc@1010001", "no such device");
	bad("path_too_long", "/soc/rtc@101000/x", "no such device");
	bad("root", "/", "no such device");
	bad("console", "serial@11000000", "it is the console");
	bad("plic", "plic", "needs it");
	bad("bus", "soc", "needs it");
	bad("memory", "memory", "needs it");
	bad("dma", "virtio@10001000", "ram=direct");
	bad("same_page", "i2c", "gpio@12000200 has registers");
	bad("clocks", "pwm", "it needs others");
	bad("source_too_large", "gpio@14000000", "interrupt 96");
	bad("interrupts_elsewhere", "gpio@15000000", "do not go to the PLIC");
	bad("disabled", "gpio@16000000", "disabled");
	bad("in_guest_memory", "gpio@90000000", "has its memory");
	bad("translated", "/soc/bus/gpio@0", "translates");
	CHECK(!ask("nothing", "", true) && strstr(fail_text, "not 1 to"), "no_registers", "%s",
	      fail_text);
	bad("emulated_there", "serial@10000080", "a device of their own");
	bad("two_ranges_in_one_page", "gpio@19000000", "two ranges of its registers");
	bad("range_of_no_size", "gpio@1a000000", "not 1 to");
	bad("supply", "gpio@1b000000", "it needs others");
	CHECK(!ask("gpio@84000000", "", true) && strstr(fail_text, "memory@80000000 has"),
	      "in_the_hosts_memory", "%s", fail_text);
	CHECK(!ask("all", "all", true) && strstr(fail_text, "both a and b"), "all_for_two", "%s",
	      fail_text);
	CHECK(ask("all", "rtc", true) && assignment.device[0].vm == &vms[1] &&
		      assignment.count == 4, /* one shares the interrupt of rtc */
	      "names_before_all", "%s, %u", fail_text, assignment.count);
	bad("emulated_source", "gpio@17000000", "interrupt 10 is that of");
	CHECK(!ask("rtc", "gpio@18000000", false) && strstr(fail_text, "shares interrupt 11"),
	      "source_of_another_vm", "%s", fail_text);
	good("source_shared_in_one_vm", "rtc,gpio@18000000", 2);
	/* rtc, 2 virtio, gpio@18000000, gpio@90000000: it is all that nothing is wrong with. */
	good("all", "all", 5);
	CHECK(ask("all", "", false) && assignment.count == 2, "all_without_dma", "%u",
	      assignment.count);
	CHECK(!ask("rtc", "rtc", false) && strstr(fail_text, "both a and b want it"), "two_owners",
	      "%s", fail_text);
	CHECK(!options_parse("devices=", &o) && strstr(fail_text, "devices= must be"),
	      "empty_option", "%s", fail_text);
	CHECK(!options_parse("ram=up", &o) && strstr(fail_text, "moved|direct"), "ram_option", "%s",
	      fail_text);
}

int main(void)
{
	build(true);
	allowed();
	refused();
	nodes();
	build(false);
	bad("no_plic", "rtc", "has no PLIC");
	return failures != 0;
}
