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
	"  --ops=N          each vCPU and the agent begin at most N operations\n"
	"                   (default: no limit)\n"
	"  --without=LIST   leave out: agent,srst,hsusp,ipi,status,console; refusals:\n"
	"                   do not check I5\n"
	"  --reduce=LIST    only these reductions: posts,tokens,keeper,resume,count,\n"
	"                   or all, or none (default: all but count)\n"
	"  --waiters=N      let only N operations wait for vm->lock at a time; others\n"
	"                   begin later (default: no limit)\n"
	"  --abstract       count the states that an observer can tell apart (one job)\n"
	"  --jobs=N         processes to work with, at most 16 (default 1)\n"
	"  --fine           switch at every access, also where it makes no difference;\n"
	"                   reduces nothing\n"
	"  --mem=MB         memory to use (default 4096)\n"
	"  --time=S         stop after S seconds (default: never)\n"
	"  --states=N       stop after N states (default: never)\n"
	"  --quiet          no progress\n"
	"  --play=MOVES     make these moves and no others: 0.8,2.1,...; the line\n"
	"                   moves= of a violation has some\n"
	"Exit status: 0 holds, 1 violated (the shortest way there is printed), 2 a\n"
	"limit was reached first, or the moves cannot be made.\n";

enum log_level log_level = LOG_NOTICE;

struct word {
	const char *name;
	unsigned bit;
};

static const struct word parts[] = {
	{ "agent", WITH_AGENT }, { "srst", WITH_SRST }, { "hsusp", WITH_HSUSP },
	{ "ipi", WITH_IPI }, { "status", WITH_STATUS }, { "refusals", WITH_REFUSALS },
	{ "console", WITH_CONSOLE },
};
static const struct word reductions[] = {
	{ "posts", REDUCE_POSTS }, { "tokens", REDUCE_TOKENS }, { "keeper", REDUCE_KEEPER },
	{ "resume", REDUCE_RESUME }, { "count", REDUCE_COUNT }, { "all", REDUCE_ALL },
	{ "none", 0 },
};

/* The bits of the words in @list. */
static unsigned set_of(char *list, const struct word *words, size_t n)
{
	unsigned set = 0;

	for (char *word = strtok(list, ","); word; word = strtok(NULL, ",")) {
		size_t i = 0;

		while (i < n && strcmp(word, words[i].name) != 0)
			i++;
		if (i == n) {
			fprintf(stderr, "explore: there is nothing called %s\n%s", word, usage);
			exit(2);
		}
		set |= words[i].bit;
	}
	return set;
}

int main(int argc, char **argv)
{
	struct limits o = { .memory = 4096UL << 20, .jobs = 1 };
	const char *moves = NULL;

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
			with &= ~set_of(argv[i] + n + 1, parts, ARRAY_SIZE(parts));
		else if (!strncmp(a, "--waiters", n) && value)
			max_waiters = (unsigned)number;
		else if (!strncmp(a, "--reduce", n) && value)
			reduced = set_of(argv[i] + n + 1, reductions, ARRAY_SIZE(reductions));
		else if (!strcmp(a, "--fine"))
			opt_fine = true;
		else if (!strncmp(a, "--mem", n) && number)
			o.memory = number << 20;
		else if (!strncmp(a, "--time", n) && number)
			o.seconds = (unsigned)number;
		else if (!strncmp(a, "--jobs", n) && number && number <= MAX_JOBS)
			o.jobs = (unsigned)number;
		else if (!strcmp(a, "--abstract"))
			o.abstract = true;
		else if (!strncmp(a, "--states", n) && number)
			o.states = number;
		else if (!strncmp(a, "--play", n) && value)
			moves = value + 1;
		else if (!strcmp(a, "--quiet"))
			o.quiet = true;
		else {
			fprintf(stderr, "explore: cannot use %s\n%s", a, usage);
			return 2;
		}
	}
	if (opt_fine)
		reduced = 0;
	return moves ? play(EXPLORE_WORLD(), moves) : explore(EXPLORE_WORLD(), &o);
}
