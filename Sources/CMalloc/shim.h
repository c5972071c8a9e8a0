/* How the C library's heap behaves; the Glibc module does not have it. */
#include <malloc.h>
