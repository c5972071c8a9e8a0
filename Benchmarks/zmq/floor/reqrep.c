/* reqrep DIRECTORY REQUEST_BYTES REPLY_BYTES COUNT: REQ and REP over ipc between two processes, microseconds a round trip. */
#include "floor.h"

static const int warm_up = 2000;

static void serve(const char *endpoint, int reply_bytes, int count) {
    void *context = zmq_ctx_new(), *socket = zmq_socket(context, ZMQ_REP);
    char in[65536], out[65536];
    memset(out, 'y', sizeof out);
    MUST(zmq_bind(socket, endpoint));
    for (int i = 0; i < count + warm_up; i++) {
        MUST(zmq_recv(socket, in, sizeof in, 0));
        MUST(zmq_send(socket, out, reply_bytes, 0));
    }
    zmq_close(socket);
    zmq_ctx_term(context);
}

int main(int argc, char **argv) {
    if (argc != 5) return 2;
    int request_bytes = atoi(argv[2]), reply_bytes = atoi(argv[3]), count = atoi(argv[4]);
    char endpoint[128];
    endpoint_in(endpoint, sizeof endpoint, argv[1], "floor.rep");
    if (fork() == 0) {
        serve(endpoint, reply_bytes, count);
        return 0;
    }
    void *context = zmq_ctx_new(), *socket = zmq_socket(context, ZMQ_REQ);
    char buffer[65536];
    uint64_t *values = calloc(count, sizeof *values);
    memset(buffer, 'x', sizeof buffer);
    MUST(zmq_connect(socket, endpoint));
    for (int i = -warm_up; i < count; i++) {
        uint64_t start = nanos();
        MUST(zmq_send(socket, buffer, request_bytes, 0));
        MUST(zmq_recv(socket, buffer, sizeof buffer, 0));
        if (i >= 0) values[i] = nanos() - start;
    }
    wait(NULL);
    print_percentiles("reqrep-floor", values, count);
    zmq_close(socket);
    zmq_ctx_term(context);
    return 0;
}
