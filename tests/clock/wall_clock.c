/* Preloaded: the wall clock of one process is set by a file of eight bytes (nanoseconds ahead of the machine's), and a step
 * does to it what a step of the machine's clock does. A timed wait that ends by the wall clock (C11's cnd_timedwait, as
 * librdkafka's are, and pthread_cond_timedwait without CLOCK_MONOTONIC) and is under way ends earlier or later by as much;
 * libfaketime leaves the first to the machine's clock, and computes the end of the second once. Monotonic time, and times of
 * files, stay as they are.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000000LL
#define SLICE (SECOND / 50)
#define ON_MONOTONIC 2 /* glibc's own flag of a condition variable, in __wrefs */

static _Atomic int64_t none, *ahead = &none;
static int (*kernel_time)(clockid_t, struct timespec *);

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("WALL_CLOCK_FILE");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    void *mapped = file < 0 ? MAP_FAILED : mmap(NULL, sizeof *ahead, PROT_READ, MAP_SHARED, file, 0);
    if (mapped == MAP_FAILED) {
        abort();
    }
    close(file);
    ahead = mapped;
}

static int64_t nanoseconds(const struct timespec *when) { return when->tv_sec * SECOND + when->tv_nsec; }

static struct timespec timespec_of(int64_t nanoseconds) {
    return (struct timespec){.tv_sec = nanoseconds / SECOND, .tv_nsec = nanoseconds % SECOND};
}

int clock_gettime(clockid_t clock, struct timespec *when) {
    if (!kernel_time) {
        kernel_time = dlsym(RTLD_NEXT, "clock_gettime");
    }
    int failed = kernel_time(clock, when);
    if (!failed && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
        *when = timespec_of(nanoseconds(when) + atomic_load(ahead));
    }
    return failed;
}

static int64_t now(clockid_t clock) {
    struct timespec when;
    clock_gettime(clock, &when);
    return nanoseconds(&when);
}

int gettimeofday(struct timeval *when, void *zone) {
    (void)zone;
    int64_t microseconds = now(CLOCK_REALTIME) / 1000;
    *when = (struct timeval){.tv_sec = microseconds / 1000000, .tv_usec = microseconds % 1000000};
    return 0;
}

time_t time(time_t *when) {
    time_t seconds = now(CLOCK_REALTIME) / SECOND;
    if (when) {
        *when = seconds;
    }
    return seconds;
}

int pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex, const struct timespec *until) {
    if (cond->__data.__wrefs & ON_MONOTONIC) {
        return pthread_cond_clockwait(cond, mutex, CLOCK_MONOTONIC, until);
    }
    for (;;) {
        int64_t left = nanoseconds(until) - now(CLOCK_REALTIME);
        if (left <= 0) {
            return ETIMEDOUT;
        }
        struct timespec slice = timespec_of(now(CLOCK_MONOTONIC) + (left < SLICE ? left : SLICE));
        int woken = pthread_cond_clockwait(cond, mutex, CLOCK_MONOTONIC, &slice);
        if (woken != ETIMEDOUT) {
            return woken;
        }
    }
}

int cnd_timedwait(cnd_t *cond, mtx_t *mutex, const struct timespec *until) {
    int woken = pthread_cond_timedwait((pthread_cond_t *)cond, (pthread_mutex_t *)mutex, until); /* the same in glibc */
    return woken == 0 ? thrd_success : woken == ETIMEDOUT ? thrd_timedout : thrd_error;
}
