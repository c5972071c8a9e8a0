/* Counts allocations of the process it is preloaded into. */
#include <stddef.h>
#include <stdatomic.h>
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
static atomic_long calls;
long allocation_calls(void) { return atomic_load_explicit(&calls, memory_order_relaxed); }
static void note(void) { atomic_fetch_add_explicit(&calls, 1, memory_order_relaxed); }
void *malloc(size_t n) { note(); return __libc_malloc(n); }
void *calloc(size_t n, size_t s) { note(); return __libc_calloc(n, s); }
void *realloc(void *p, size_t n) { note(); return __libc_realloc(p, n); }
int posix_memalign(void **p, size_t a, size_t n) { note(); *p = __libc_memalign(a, n); return *p ? 0 : 12; }
