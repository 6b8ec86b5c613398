/* SPDX-License-Identifier: MIT */
/*
 * host.c - port.h on host threads, for tests under ASan, UBSan and TSan.
 *
 * Uses nothing of lock/ but the layout of struct held_locks, so that the locks under test are not
 * part of the machine.
 */
#include "port/host.h"

#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/atomic.h"
#include "lock/rank.h"

struct thread {
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool token; /* guarded by lock: unparked since the last park */
	struct held_locks mutexes, spinlocks; /* touched by the thread itself only */
	const char *name;
	uint64_t random;
};

/* Never reused: a late unpark of a thread that has ended hits nothing else. */
static struct thread pool[512];
static uint32_t nr_threads; /* atomic */
static __thread struct thread *self;

void (*host_race_hook)(const char *point);
void (*host_panic_hook)(const char *message);

struct thread *port_self(void)
{
	if (!self) {
		/* pairs with nothing: each gets its own */
		uint32_t i = atomic_fetch_add_relaxed(&nr_threads, 1U);

		if (i >= ARRAY_SIZE(pool))
			abort();
		self = &pool[i];
		pthread_mutex_init(&self->lock, NULL);
		pthread_cond_init(&self->wake, NULL);
		self->name = "host";
		self->random = 0x9e3779b97f4a7c15UL * (i + 1);
	}
	return self;
}

struct held_locks *port_held_by_hart(void)
{
	return &port_self()->spinlocks;
}

struct held_locks *port_held_by_thread(void)
{
	return &port_self()->mutexes;
}

void port_park(void)
{
	struct thread *t = port_self();

	if (t->spinlocks.n)
		port_panic("host: park with a spinlock held");
	pthread_mutex_lock(&t->lock);
	while (!t->token)
		pthread_cond_wait(&t->wake, &t->lock);
	t->token = false;
	pthread_mutex_unlock(&t->lock);
}

void port_unpark(struct thread *t)
{
	pthread_mutex_lock(&t->lock);
	t->token = true;
	pthread_cond_signal(&t->wake);
	pthread_mutex_unlock(&t->lock);
}

void port_relax(struct port_wait *w UNUSED)
{
	sched_yield();
}

void port_context(char *buf, size_t size)
{
	snprintf(buf, size, "%s", port_self()->name);
}

void port_console_write(const char *s, size_t n)
{
	if (write(STDOUT_FILENO, s, n) < 0)
		abort();
}

void port_panic(const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (host_panic_hook)
		host_panic_hook(text);
	dprintf(STDERR_FILENO, "panic: [%s] %s\n", port_self()->name, text);
	abort();
}

void port_race_point(const char *name)
{
	if (host_race_hook)
		host_race_hook(name);
}

void host_name(const char *name)
{
	port_self()->name = name;
}

unsigned host_random(unsigned n)
{
	uint64_t x = port_self()->random;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	self->random = x;
	return (unsigned)((x >> 20) % n);
}

void host_jitter(const char *point)
{
	(void)point;
	switch (host_random(16)) {
	case 0:
		usleep(1 + host_random(60));
		break;
	case 1 ... 6:
		sched_yield();
		break;
	default:
		break;
	}
}
