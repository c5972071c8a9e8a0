/* What a server's loop waits with; the Glibc module has neither. */
#ifndef QUARTET_CEPOLL_H
#define QUARTET_CEPOLL_H
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

/* accept4(2), non-blocking and closed on exec: a GNU extension that Swift's module does not show. */
int cepoll_accept(int listener, struct sockaddr *address, socklen_t *length);
#endif
