/* SPDX-License-Identifier: MIT */
/* main.c - the explorer's command line. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/log.h"
#include "lock/rank.h"
#include "protocol.h"

static const char usage[] =
	"usage: explore [option...]\n"
	"  --vcpus=N        2 ... 4 (default 3)\n"
	"  --ops=N          each vCPU and the agent begin at most N operations (default: no limit)\n"
	"  --without=LIST   leave out: agent,srst,hsusp,ipi,status; refusals: do not check I5\n"
	"  --fine           switch at every access, also where it makes no difference\n"
	"  --mem=MB         memory to use (default 4096)\n"
	"  --time=S         stop after S seconds (default: never)\n"
	"  --states=N       stop after N states (default: never)\n"
	"  --quiet          no progress\n"
	"Exit status: 0 holds, 1 violated (the shortest way there is printed), 2 a limit was reached first.\n";

enum log_level log_level = LOG_NOTICE;

void log_write(const char *fmt UNUSED, ...)
{
}

static void leave_out(char *list)
{
	static const struct {
		const char *name;
		unsigned bit;
	} parts[] = { { "agent", WITH_AGENT }, { "srst", WITH_SRST }, { "hsusp", WITH_HSUSP }, { "ipi", WITH_IPI },
		      { "status", WITH_STATUS }, { "refusals", WITH_REFUSALS } };

	for (char *word = strtok(list, ","); word; word = strtok(NULL, ",")) {
		unsigned i = 0;

		while (i < ARRAY_SIZE(parts) && strcmp(word, parts[i].name) != 0)
			i++;
		if (i == ARRAY_SIZE(parts)) {
			fprintf(stderr, "explore: nothing called %s to leave out\n%s", word, usage);
			exit(2);
		}
		with &= ~parts[i].bit;
	}
}

int main(int argc, char **argv)
{
	struct options o = { .memory = 4096UL << 20 };

	opt_ordered = !strcmp(rank_name(RANK_VM), "vm");
	for (int i = 1; i < argc; i++) {
		const char *a = argv[i], *value = strchr(a, '=');
		size_t n = value ? (size_t)(value - a) : strlen(a);
		unsigned long number = value ? strtoul(value + 1, NULL, 10) : 0;

		if (!strncmp(a, "--vcpus", n) && number >= 2 && number <= 4)
			nr_vcpus = (unsigned)number;
		else if (!strncmp(a, "--ops", n) && number)
			max_ops = (unsigned)number;
		else if (!strncmp(a, "--without", n) && value)
			leave_out(argv[i] + n + 1);
		else if (!strcmp(a, "--fine"))
			opt_fine = true;
		else if (!strncmp(a, "--mem", n) && number)
			o.memory = number << 20;
		else if (!strncmp(a, "--time", n) && number)
			o.seconds = (unsigned)number;
		else if (!strncmp(a, "--states", n) && number)
			o.states = number;
		else if (!strcmp(a, "--quiet"))
			o.quiet = true;
		else {
			fprintf(stderr, "explore: cannot use %s\n%s", a, usage);
			return 2;
		}
	}
	return explore(EXPLORE_WORLD(), &o);
}
