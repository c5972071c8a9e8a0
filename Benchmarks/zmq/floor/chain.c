/* chain DIRECTORY BYTES COUNT [GAP]: the way of an order with nothing but libzmq. Feed publishes; strategy asks risk; risk
   asks execution; the answers go back. Microseconds from feed's send to the arrival at execution, and to the answer at
   strategy. The next message leaves when strategy has its answer; with GAP, not before so many microseconds have passed
   since the last, as it is between two candles: both ends have gone to sleep by then. */
#include "floor.h"

static const int warm_up = 500;
static char feed[128], risk[128], execution[128], credit[128];

static void *open_socket(void *context, int type, const char *endpoint, int binds) {
    void *socket = zmq_socket(context, type);
    if (type == ZMQ_SUB) MUST(zmq_setsockopt(socket, ZMQ_SUBSCRIBE, "", 0));
    MUST(binds ? zmq_bind(socket, endpoint) : zmq_connect(socket, endpoint));
    return socket;
}

static uint64_t age(const char *bytes) {
    uint64_t sent;
    memcpy(&sent, bytes, sizeof sent);
    return nanos() - sent;
}

static void run_risk(int count) {
    void *context = zmq_ctx_new();
    void *server = open_socket(context, ZMQ_REP, risk, 1), *client = open_socket(context, ZMQ_REQ, execution, 0);
    char bytes[65536];
    for (int i = 0; i < count + warm_up; i++) {
        int size = zmq_recv(server, bytes, sizeof bytes, 0);
        MUST(size);
        MUST(zmq_send(client, bytes, size, 0));
        MUST(size = zmq_recv(client, bytes, sizeof bytes, 0));
        MUST(zmq_send(server, bytes, size, 0));
    }
    zmq_close(server);
    zmq_close(client);
    zmq_ctx_term(context);
}

static void run_execution(int count) {
    void *context = zmq_ctx_new(), *server = open_socket(context, ZMQ_REP, execution, 1);
    char bytes[65536];
    uint64_t *values = calloc(count, sizeof *values);
    for (int i = -warm_up; i < count; i++) {
        int size = zmq_recv(server, bytes, sizeof bytes, 0);
        MUST(size);
        if (i >= 0) values[i] = age(bytes);
        MUST(zmq_send(server, bytes, size, 0));
    }
    print_percentiles("chain-floor-order", values, count);
    zmq_close(server);
    zmq_ctx_term(context);
}

static void run_strategy(int count) {
    void *context = zmq_ctx_new();
    void *facts = open_socket(context, ZMQ_SUB, feed, 0), *client = open_socket(context, ZMQ_REQ, risk, 0);
    void *next = open_socket(context, ZMQ_PUSH, credit, 0);
    char bytes[65536];
    uint64_t *values = calloc(count, sizeof *values);
    for (int i = -warm_up; i < count; i++) {
        int size = zmq_recv(facts, bytes, sizeof bytes, 0);
        MUST(size);
        MUST(zmq_send(client, bytes, size, 0));
        MUST(zmq_recv(client, bytes, sizeof bytes, 0));
        if (i >= 0) values[i] = age(bytes);
        MUST(zmq_send(next, "", 0, 0));
    }
    print_percentiles("chain-floor-acknowledged", values, count);
    zmq_close(facts);
    zmq_close(client);
    zmq_close(next);
    zmq_ctx_term(context);
}

int main(int argc, char **argv) {
    if (argc != 4 && argc != 5) return 2;
    int size = atoi(argv[2]), count = atoi(argv[3]);
    uint64_t gap = argc > 4 ? strtoull(argv[4], NULL, 10) * 1000 : 0, due = 0;
    endpoint_in(feed, sizeof feed, argv[1], "c-feed");
    endpoint_in(risk, sizeof risk, argv[1], "c-risk");
    endpoint_in(execution, sizeof execution, argv[1], "c-exec");
    endpoint_in(credit, sizeof credit, argv[1], "c-next");
    void (*const parts[])(int) = {run_risk, run_execution, run_strategy};
    for (int i = 0; i < 3; i++) {
        if (fork() == 0) {
            parts[i](count);
            return 0;
        }
    }
    void *context = zmq_ctx_new();
    void *facts = open_socket(context, ZMQ_XPUB, feed, 1), *next = open_socket(context, ZMQ_PULL, credit, 1);
    char bytes[65536];
    memset(bytes, 'x', sizeof bytes);
    MUST(zmq_recv(facts, bytes, sizeof bytes, 0));
    usleep(300000);
    for (int i = 0; i < count + warm_up; i++) {
        uint64_t now = nanos();
        if (gap && now < due) {
            usleep((due - now) / 1000);
            now = nanos();
        }
        due = now + gap;
        memcpy(bytes, &now, sizeof now);
        MUST(zmq_send(facts, bytes, size, 0));
        MUST(zmq_recv(next, bytes + 8, 8, 0));
    }
    while (wait(NULL) > 0) {}
    zmq_close(facts);
    zmq_close(next);
    zmq_ctx_term(context);
    return 0;
}
