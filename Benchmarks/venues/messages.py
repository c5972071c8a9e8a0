"""Takes the messages of some streams out of a recording, one a line.

messages.py RECORDING CONNECTION|- STREAM > FILE      STREAM: bookTicker, depth, aggTrade, orderbook, tickers, all
"""
import gzip
import json
import sys

path, connection, stream = sys.argv[1:4]
lines = []
for text in gzip.open(path, "rt"):
    line = json.loads(text)
    if line["t"] != "recv" or (connection != "-" and not line["conn"].endswith(connection)):
        continue
    message = json.loads(line["data"])
    name = message.get("stream", message.get("topic", ""))
    if name and (stream == "all" or stream in name):
        lines.append(line["data"].strip())
if not lines:
    sys.exit(f"{path} has no messages of {stream}")
print("\n".join(lines))
