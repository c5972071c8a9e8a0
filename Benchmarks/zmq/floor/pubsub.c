/* pubsub DIRECTORY PARTS TOPIC_BYTES FRAME_BYTES COUNT: PUB (that waits instead of dropping) and SUB over ipc between two
   processes, messages a second. One part is topic and frame together, two parts are what the bus sends. */
#include "floor.h"

static void publish(const char *endpoint, int parts, int topic_bytes, int frame_bytes, int count) {
    void *context = zmq_ctx_new(), *socket = zmq_socket(context, ZMQ_XPUB);
    int one = 1;
    char bytes[65536], subscription[16];
    memset(bytes, 'x', sizeof bytes);
    MUST(zmq_setsockopt(socket, ZMQ_XPUB_NODROP, &one, sizeof one));
    MUST(zmq_bind(socket, endpoint));
    MUST(zmq_recv(socket, subscription, sizeof subscription, 0));
    for (int i = 0; i < count; i++) {
        if (parts == 2) {
            MUST(zmq_send(socket, bytes, topic_bytes, ZMQ_SNDMORE));
            MUST(zmq_send(socket, bytes, frame_bytes, 0));
        } else {
            MUST(zmq_send(socket, bytes, topic_bytes + frame_bytes, 0));
        }
    }
    zmq_close(socket);
    zmq_ctx_term(context);
}

int main(int argc, char **argv) {
    if (argc != 6) return 2;
    int parts = atoi(argv[2]), topic_bytes = atoi(argv[3]), frame_bytes = atoi(argv[4]), count = atoi(argv[5]);
    char endpoint[128], name[32];
    endpoint_in(endpoint, sizeof endpoint, argv[1], "floor.pub");
    if (fork() == 0) {
        publish(endpoint, parts, topic_bytes, frame_bytes, count);
        return 0;
    }
    void *context = zmq_ctx_new(), *socket = zmq_socket(context, ZMQ_SUB);
    char buffer[65536];
    uint64_t start = 0;
    MUST(zmq_setsockopt(socket, ZMQ_SUBSCRIBE, "", 0));
    MUST(zmq_connect(socket, endpoint));
    for (int i = 0; i < count; i++) {
        for (int part = 0; part < parts; part++) MUST(zmq_recv(socket, buffer, sizeof buffer, 0));
        if (i == 0) start = nanos();
    }
    double seconds = (nanos() - start) / 1e9;
    wait(NULL);
    double cpu = cpu_seconds(RUSAGE_SELF) + cpu_seconds(RUSAGE_CHILDREN);
    snprintf(name, sizeof name, "pubsub-floor-%d", parts);
    printf("%s rate=%.0f cpu=%.0f\n", name, count / seconds, cpu / count * 1e9);
    zmq_close(socket);
    zmq_ctx_term(context);
    return 0;
}
