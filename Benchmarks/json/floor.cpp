// The floor for the codec: the same ticker frame read with simdjson (ondemand, into a struct) and written with yyjson.
// Prints `name<TAB>best ns<TAB>median ns` a line, by processor time. Usage: floor FRAME.json [ROUNDS]
#include <simdjson.h>
#ifdef HAVE_YYJSON
#include "yyjson.h"
#endif
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <time.h>
#include <vector>

struct Body {
    std::string symbol, venue, bid, bidQuantity, ask, askQuantity, last;
    int64_t eventTime, receivedTime;
};
struct Numbers {
    std::string symbol, venue;
    double bid, bidQuantity, ask, askQuantity, last;
    int64_t eventTime, receivedTime;
};
struct Envelope {
    int64_t v, seq, at;
    std::string kind, source, session;
};
struct Message {
    Envelope envelope;
    Body body;
};
struct NumericMessage {
    Envelope envelope;
    Numbers body;
};

static uint64_t now() {
    timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static volatile uint64_t sink;

template <class F> static void measure(const char *name, int rounds, F body) {
    const int repetitions = 200000;
    for (int i = 0; i < repetitions / 4; i++) sink = body();
    std::vector<double> results;
    for (int r = 0; r < rounds; r++) {
        uint64_t start = now();
        for (int i = 0; i < repetitions; i++) sink = body();
        results.push_back(double(now() - start) / repetitions);
    }
    std::sort(results.begin(), results.end());
    printf("%s\t%f\t%f\n", name, results[0], results[rounds / 2]);
    fflush(stdout);
}

using std::string_view;
namespace ondemand = simdjson::ondemand;

static void readEnvelope(ondemand::object &o, Envelope &e) {
    e.v = o["v"];
    e.kind.assign(string_view(o["kind"]));
    e.source.assign(string_view(o["source"]));
    e.session.assign(string_view(o["session"]));
    e.seq = o["seq"];
    e.at = o["at"];
}

// Decimals stay text: nothing is parsed or checked.
static void readStrings(ondemand::parser &parser, const simdjson::padded_string &text, Message &m) {
    auto document = parser.iterate(text);
    ondemand::object o = document.get_object();
    readEnvelope(o, m.envelope);
    ondemand::object b = o["body"].get_object();
    m.body.symbol.assign(string_view(b["symbol"]));
    m.body.venue.assign(string_view(b["venue"]));
    m.body.bid.assign(string_view(b["bid"]));
    m.body.bidQuantity.assign(string_view(b["bidQuantity"]));
    m.body.ask.assign(string_view(b["ask"]));
    m.body.askQuantity.assign(string_view(b["askQuantity"]));
    m.body.last.assign(string_view(b["last"]));
    m.body.eventTime = b["eventTime"];
    m.body.receivedTime = b["receivedTime"];
}

static double number(ondemand::value value) { return value.get_double_in_string(); }

// Decimals become doubles: inexact, but parsed.
static void readNumbers(ondemand::parser &parser, const simdjson::padded_string &text, NumericMessage &m) {
    auto document = parser.iterate(text);
    ondemand::object o = document.get_object();
    readEnvelope(o, m.envelope);
    ondemand::object b = o["body"].get_object();
    m.body.symbol.assign(string_view(b["symbol"]));
    m.body.venue.assign(string_view(b["venue"]));
    m.body.bid = number(b["bid"]);
    m.body.bidQuantity = number(b["bidQuantity"]);
    m.body.ask = number(b["ask"]);
    m.body.askQuantity = number(b["askQuantity"]);
    m.body.last = number(b["last"]);
    m.body.eventTime = b["eventTime"];
    m.body.receivedTime = b["receivedTime"];
}

#ifdef HAVE_YYJSON
// Builds the document from the struct, decimals as ready text, and writes it: what a program does that has values.
static size_t build(const Message &m) {
    yyjson_mut_doc *d = yyjson_mut_doc_new(nullptr);
    yyjson_mut_val *o = yyjson_mut_obj(d), *b = yyjson_mut_obj(d);
    auto text = [&](yyjson_mut_val *to, const char *k, const std::string &s) {
        yyjson_mut_obj_add_strn(d, to, k, s.data(), s.size());
    };
    yyjson_mut_doc_set_root(d, o);
    yyjson_mut_obj_add_int(d, o, "v", m.envelope.v);
    text(o, "kind", m.envelope.kind);
    text(o, "source", m.envelope.source);
    text(o, "session", m.envelope.session);
    yyjson_mut_obj_add_int(d, o, "seq", m.envelope.seq);
    yyjson_mut_obj_add_int(d, o, "at", m.envelope.at);
    yyjson_mut_obj_add_val(d, o, "body", b);
    text(b, "symbol", m.body.symbol);
    text(b, "venue", m.body.venue);
    text(b, "bid", m.body.bid);
    text(b, "bidQuantity", m.body.bidQuantity);
    text(b, "ask", m.body.ask);
    text(b, "askQuantity", m.body.askQuantity);
    text(b, "last", m.body.last);
    yyjson_mut_obj_add_int(d, b, "eventTime", m.body.eventTime);
    yyjson_mut_obj_add_int(d, b, "receivedTime", m.body.receivedTime);
    size_t length;
    char *written = yyjson_mut_write(d, 0, &length);
    free(written);
    yyjson_mut_doc_free(d);
    return length;
}
#endif

// A plain append of keys and values with std::to_chars, no escaping: what remains where yyjson is not to be had.
static size_t append(const Message &m, std::string &out) {
    char digits[24];
    auto text = [&](const char *k, const std::string &s) { out.append(k).append("\"").append(s).append("\""); };
    auto integer = [&](const char *k, int64_t n) {
        out.append(k).append(digits, std::to_chars(digits, digits + 24, n).ptr - digits);
    };
    out.clear();
    integer("{\"v\":", m.envelope.v);
    text(",\"kind\":", m.envelope.kind);
    text(",\"source\":", m.envelope.source);
    text(",\"session\":", m.envelope.session);
    integer(",\"seq\":", m.envelope.seq);
    integer(",\"at\":", m.envelope.at);
    text(",\"body\":{\"symbol\":", m.body.symbol);
    text(",\"venue\":", m.body.venue);
    text(",\"bid\":", m.body.bid);
    text(",\"bidQuantity\":", m.body.bidQuantity);
    text(",\"ask\":", m.body.ask);
    text(",\"askQuantity\":", m.body.askQuantity);
    text(",\"last\":", m.body.last);
    integer(",\"eventTime\":", m.body.eventTime);
    integer(",\"receivedTime\":", m.body.receivedTime);
    out.append("}}");
    return out.size();
}

int main(int argc, char **argv) {
    if (argc < 2) return fprintf(stderr, "usage: floor FRAME.json [ROUNDS]\n"), 2;
    std::ifstream file(argv[1]);
    std::stringstream stream;
    stream << file.rdbuf();
    std::string frame = stream.str(), out;
    int rounds = argc > 2 ? atoi(argv[2]) : 9;
    simdjson::padded_string text(frame);
    ondemand::parser parser;
    Message message;
    NumericMessage numeric;
    readStrings(parser, text, message);
    if (append(message, out) != frame.size() || out != frame) return fprintf(stderr, "the frame did not come back\n"), 1;
    measure("simdjson.decode.strings", rounds, [&] { readStrings(parser, text, message); return message.body.bid.size(); });
    measure("simdjson.decode.doubles", rounds, [&] { readNumbers(parser, text, numeric); return uint64_t(numeric.body.bid); });
#ifdef HAVE_YYJSON
    if (build(message) != frame.size()) return fprintf(stderr, "yyjson wrote another length\n"), 1;
    yyjson_doc *document = yyjson_read(frame.data(), frame.size(), 0);
    measure("yyjson.encode.document", rounds, [&] { size_t n; free(yyjson_write(document, 0, &n)); return n; });
    measure("yyjson.encode.struct", rounds, [&] { return build(message); });
#endif
    measure("to_chars.encode.struct", rounds, [&] { return append(message, out); });
    return 0;
}
