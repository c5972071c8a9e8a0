/* What the floors share: clock, percentiles, a fork with its parent's endpoint, and failing loudly. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

#define MUST(call)                                                                                  \
    do {                                                                                            \
        if ((call) < 0) {                                                                           \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, zmq_strerror(errno));                \
            exit(1);                                                                                \
        }                                                                                           \
    } while (0)

static inline uint64_t nanos(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static inline int by_value(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static inline void print_percentiles(const char *name, uint64_t *values, int count) {
    qsort(values, count, sizeof *values, by_value);
    printf("%s p50=%.1f p99=%.1f\n", name, values[count / 2] / 1e3, values[(int)(count * 0.99)] / 1e3);
}

static inline double cpu_seconds(int who) {
    struct rusage r;
    getrusage(who, &r);
    return r.ru_utime.tv_sec + r.ru_utime.tv_usec / 1e6 + r.ru_stime.tv_sec + r.ru_stime.tv_usec / 1e6;
}

static inline void endpoint_in(char *buffer, size_t size, const char *directory, const char *name) {
    snprintf(buffer, size, "ipc://%s/%s", directory, name);
}
