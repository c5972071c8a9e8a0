/* From an approved order to its bytes on the exchange's wire, and the floor of it: one SQLite commit (WAL, FULL) and one HTTP
 * request over an open connection.
 *
 * wire floor FILE ROUNDS            commit and request, both here
 * wire relay PORT                   stands before the exchange, prints its own port, forwards, notes when an order arrives;
 *                                   then for each line "ENDPOINT COUNT FRAMES" of stdin: sends COUNT length-prefixed
 *                                   requests of the file FRAMES over ZeroMQ, one after the other, and prints a line
 *                                   "MICROSECONDS-TO-WIRE MICROSECONDS-TO-ANSWER" each
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

static const char ORDER[] = "POST /fapi/v1/order";
static _Atomic int64_t arrived;
static int exchange_port;

static int64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void die(const char *what) {
    perror(what);
    exit(1);
}

static int dial(int port) {
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int one = 1, s = socket(AF_INET, SOCK_STREAM, 0);
    if (s < 0 || connect(s, (struct sockaddr *)&a, sizeof a)) die("connect");
    setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return s;
}

static int serve(int *port) {
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof a;
    int s = socket(AF_INET, SOCK_STREAM, 0);
    if (s < 0 || bind(s, (struct sockaddr *)&a, sizeof a) || listen(s, 64) || getsockname(s, (struct sockaddr *)&a, &size))
        die("listen");
    *port = ntohs(a.sin_port);
    return s;
}

struct pair { int from, to, is_client; };

/* Copies one direction; the moment is noted before anything is passed on. */
static void *copy(void *argument) {
    struct pair p = *(struct pair *)argument;
    char buffer[65536];
    ssize_t n;
    free(argument);
    while ((n = read(p.from, buffer, sizeof buffer)) > 0) {
        if (p.is_client && n >= (ssize_t)sizeof ORDER - 1 && !memcmp(buffer, ORDER, sizeof ORDER - 1) && buffer[sizeof ORDER - 1] != 'L')
            atomic_store(&arrived, now());
        for (ssize_t done = 0; done < n;) {
            ssize_t m = write(p.to, buffer + done, n - done);
            if (m <= 0) goto end;
            done += m;
        }
    }
end:
    shutdown(p.from, SHUT_RDWR);
    shutdown(p.to, SHUT_RDWR);
    return NULL;
}

static void start(int from, int to, int is_client) {
    struct pair *p = malloc(sizeof *p);
    pthread_t t;
    *p = (struct pair){from, to, is_client};
    if (pthread_create(&t, NULL, copy, p)) die("thread");
    pthread_detach(t);
}

static void *relay(void *argument) {
    int s = *(int *)argument, one = 1;
    for (;;) {
        int c = accept(s, NULL, NULL);
        if (c < 0) return NULL;
        setsockopt(c, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        int e = dial(exchange_port);
        start(c, e, 1);
        start(e, c, 0);
    }
}

static void ask(void *context, const char *endpoint, int count, const char *path) {
    void *socket = zmq_socket(context, ZMQ_REQ);
    static unsigned char frame[1 << 20], answer[1 << 20];
    FILE *file = fopen(path, "rb");
    if (!file || zmq_connect(socket, endpoint)) die(path);
    for (int i = 0; i < count; i++) {
        uint32_t length;
        if (fread(&length, 4, 1, file) != 1) die("frames");
        uint32_t size = ntohl(length);
        memcpy(frame, &length, 4);
        if (size + 4 > sizeof frame || fread(frame + 4, 1, size, file) != size) die("frames");
        atomic_store(&arrived, 0);
        int64_t begin = now();
        if (zmq_send(socket, frame, size + 4, 0) < 0 || zmq_recv(socket, answer, sizeof answer, 0) < 0) die("request");
        int64_t end = now(), at = atomic_load(&arrived);
        printf("%.1f %.1f\n", at ? (at - begin) / 1e3 : -1.0, (end - begin) / 1e3);
        /* The exchange allows so many orders in ten seconds: its limit is not what is measured. */
        struct timespec pause = {0, 80000000};
        nanosleep(&pause, NULL);
    }
    fclose(file);
    zmq_close(socket);
    printf("end\n");
    fflush(stdout);
}

static void *sink(void *argument) {
    int s = *(int *)argument;
    char buffer[65536];
    int c = accept(s, NULL, NULL);
    static const char reply[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
    while (c >= 0 && read(c, buffer, sizeof buffer) > 0) {
        atomic_store(&arrived, now());
        if (write(c, reply, sizeof reply - 1) < 0) break;
    }
    return NULL;
}

static int floor_of(const char *path, int rounds) {
    sqlite3 *db;
    sqlite3_stmt *insert;
    char row[1024], request[900], buffer[1024];
    pthread_t t;
    int port, s = serve(&port);
    if (pthread_create(&t, NULL, sink, &s)) die("thread");
    int c = dial(port);
    memset(row, 'o', sizeof row - 1);
    row[sizeof row - 1] = 0;
    if (sqlite3_open(path, &db) || sqlite3_exec(db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE o (id INTEGER PRIMARY KEY, t TEXT)", 0, 0, 0)
        || sqlite3_prepare_v2(db, "INSERT INTO o (t) VALUES (?1)", -1, &insert, 0)) die(sqlite3_errmsg(db));
    int length = snprintf(request, sizeof request, "%s HTTP/1.1\r\nHost: 127.0.0.1\r\nX-MBX-APIKEY: %064d\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 300\r\n\r\n%0300d", ORDER, 0, 0);
    for (int i = 0; i < rounds; i++) {
        int64_t begin = now();
        sqlite3_bind_text(insert, 1, row, -1, SQLITE_STATIC);
        if (sqlite3_step(insert) != SQLITE_DONE) die(sqlite3_errmsg(db));
        sqlite3_reset(insert);
        if (write(c, request, length) != length || read(c, buffer, sizeof buffer) <= 0) die("request");
        int64_t end = now();
        printf("%.1f %.1f\n", (atomic_load(&arrived) - begin) / 1e3, (end - begin) / 1e3);
        struct timespec pause = {0, 80000000};
        nanosleep(&pause, NULL);
    }
    return 0;
}

int main(int count, char **words) {
    if (count == 4 && !strcmp(words[1], "floor")) return floor_of(words[2], atoi(words[3]));
    if (count != 3 || strcmp(words[1], "relay")) {
        fprintf(stderr, "usage: wire floor FILE ROUNDS | wire relay PORT\n");
        return 2;
    }
    exchange_port = atoi(words[2]);
    int port, s = serve(&port);
    pthread_t t;
    if (pthread_create(&t, NULL, relay, &s)) die("thread");
    printf("%d\n", port);
    fflush(stdout);
    char endpoint[512], path[512];
    int n;
    void *context = zmq_ctx_new();
    while (scanf("%511s %d %511s", endpoint, &n, path) == 3) ask(context, endpoint, n, path);
    return 0;
}
