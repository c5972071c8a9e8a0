"""What Python trading bots do with an answer: find the JSON, load it, validate it with pydantic.

strict: the fence's content, else the first value that decodes, by json; what is not valid JSON is refused.
tolerant: json_repair, which reads broken JSON and finds it in prose.

peer.py FILE ROUNDS strict|tolerant: prints `name <tab> nanoseconds`, the best round of each, processor time.
"""
import json, re, sys, time

import json_repair
from typing import Literal
from pydantic import BaseModel, Field, ValidationError

FENCE = re.compile(r"```(?:json)?\s*(.*?)```", re.S)
DECODER = json.JSONDecoder()


class Decision(BaseModel):
    action: Literal["OPEN_LONG", "OPEN_SHORT", "CLOSE", "HOLD"]
    symbol: str
    leverage: int = Field(ge=1, le=25)
    position_size_percent: float = Field(ge=1, le=25)
    stop_loss_percent: float = Field(ge=-5, le=-1)
    take_profit_percent: float = Field(ge=3, le=15)
    confidence: float = Field(ge=0, le=1)
    reasoning: str = ""


def extract(text):
    fence = FENCE.search(text)
    if fence:
        return json.loads(fence.group(1))
    for match in re.finditer(r"[\[{]", text):
        try:
            return DECODER.raw_decode(text, match.start())[0]
        except ValueError:
            continue
    raise ValueError("no JSON")


def repair(text):
    value = json_repair.loads(text)
    # Prose around the JSON comes back as texts of a list.
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else value


def parse(text):
    try:
        value = load(text)
        items = value if isinstance(value, list) else [value]
        return [Decision.model_validate(item) for item in items]
    except (ValueError, ValidationError):
        return None


def measure(text, rounds):
    repeats, best = 1, float("inf")
    for index in range(rounds + 3):
        start = time.thread_time_ns()
        for _ in range(repeats):
            parse(text)
        each = (time.thread_time_ns() - start) / repeats
        repeats = max(1, min(20000, int(3e6 / max(each, 1))))
        if index >= 3:
            best = min(best, each)
    return best


load = extract if sys.argv[3] == "strict" else repair
for line in open(sys.argv[1], encoding="utf-8"):
    sample = json.loads(line)
    print(f"{sample['name']}\t{measure(sample['raw_text'], int(sys.argv[2]))}")
