#include <zmq.h>
/* What the loop around the sockets waits with; the Glibc module does not have them. */
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
