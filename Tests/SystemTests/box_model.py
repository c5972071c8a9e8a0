"""The scripted model of quartet-simulator over a real line, and ordered to do everything it can: `box_model.py`."""
import gzip

from box import *

PROMPT = """=== MARKET DATA BTC/USDT ===
last price: 50000
=== TECHNICAL INDICATORS BTC/USDT (2 timeframes) ===
1h: RSI(14)=58, EMA(12)=50100, EMA(26)=49800, MACD histogram=4, ATR(14)=200
4h: RSI(14)=57, EMA(12)=50050, EMA(26)=49700, MACD histogram=9, ATR(14)=400
"""


def body(stream):
    return json.dumps({"model": "deepseek/deepseek-chat", "stream": stream, "messages": [{"role": "user", "content": PROMPT}]})


def ask(box, stream=False, patience=PATIENCE):
    """Status, headers and bytes, as far as they came; None where nothing came for so many seconds."""
    connection = http.client.HTTPConnection("127.0.0.1", box.port, timeout=patience)
    try:
        connection.request("POST", "/v1/chat/completions", body(stream), {"Content-Type": "application/json"})
        response = connection.getresponse()
        try:
            return response.status, dict(response.getheaders()), response.read()
        except (http.client.IncompleteRead, ConnectionError) as error:
            return response.status, dict(response.getheaders()), getattr(error, "partial", b"") + b"(broken)"
    except (TimeoutError, ConnectionError):
        return None
    finally:
        connection.close()


def order(box, **words):
    status, _, text = box.request("POST", "/v1/simulated", json.dumps(words))
    check(status == 200, f"the order {words} was refused: {text}")


def main():
    box = Box("--speed", "0")
    try:
        status, _, text = box.request("GET", "/v1/models")
        check(status == 200 and "simulated model" in text, f"models: {text}")
        first, second = ask(box), ask(box)
        check(first[0] == 200 and first[2] == second[2], "the same question has two answers")
        answer = json.loads(first[2])
        check(answer["provider"] == "simulated model" and "simulated/scripted" in answer["model"], "it is not labelled")
        decision = json.loads(answer["choices"][0]["message"]["content"])
        check(decision["action"] == "OPEN_LONG" and decision["symbol"] == "BTC/USDT", f"decided {decision}")
        stream = ask(box, stream=True)
        check(stream[2].startswith(b": OPENROUTER PROCESSING") and stream[2].endswith(b"data: [DONE]\n\n"), "no whole stream")
        pieces = [json.loads(line[6:]) for line in stream[2].decode().splitlines() if line.startswith("data: {")]
        joined = "".join(p["choices"][0]["delta"].get("content", "") for p in pieces if p["choices"])
        check(json.loads(joined) == decision, "the stream says something else")
        for behaviour, expected in [("402", 402), ("429", 429), ("502", 502), ("huge", 200), ("wrong_type", 200), ("gzip", 200)]:
            order(box, script=[behaviour])
            reply = ask(box)
            check(reply and reply[0] == expected, f"{behaviour}: {reply and reply[0]}")
            if behaviour == "429":
                check("Retry-After" in reply[1], "429 without Retry-After")
            if behaviour == "huge":
                check(len(reply[2]) > 10_000_000, f"huge has {len(reply[2])} bytes")
            if behaviour == "gzip":
                check(json.loads(gzip.decompress(reply[2]))["provider"] == "simulated model", "gzip is not what was packed")
        order(box, script=["hang", "drop", "drop"])
        check(ask(box, patience=2) is None, "hang answered")
        for stream in (False, True):
            reply = ask(box, stream)
            check(reply is None or (b"(broken)" in reply[2] and b"[DONE]" not in reply[2]), f"drop came whole: {reply}")
        status, _, text = box.request("POST", "/v1/simulated", '{"usual": "nice"}')
        check(status == 400 and "no behaviour" in text, f"a wrong order: {status} {text}")
        print("the scripted model: whole, streamed, and wrong in every way it was told")
    finally:
        box.stop()


main()
