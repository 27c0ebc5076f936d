"""Sends posts at a rate, whatever becomes of them (open loop): `python -m benchmarks.paced FILE ...`.

A process of its own, so that measuring does not hold it up. Each post is stamped with the time at which it was due
(Poisson arrivals): if the sender falls behind, that counts as waiting, and is not omitted.
"""

import argparse
import json
import random
import sys
import time
from pathlib import Path

from kafka import KafkaProducer


def main() -> None:
    """Send every line of a file as one post, then print how late the latest was sent."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.paced")
    parser.add_argument("posts", type=Path)
    parser.add_argument("--bootstrap", required=True)
    parser.add_argument("--topic", required=True)
    parser.add_argument("--partitions", type=int, required=True)
    parser.add_argument("--rate", type=float, required=True, help="posts per second")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    values = options.posts.read_bytes().splitlines()
    producer = KafkaProducer(bootstrap_servers=options.bootstrap, acks="all", linger_ms=0)
    producer.partitions_for(options.topic)
    rng = random.Random(options.seed)
    due = time.time() + 0.2
    latest = 0.0
    for number, value in enumerate(values):
        due += rng.expovariate(options.rate)
        wait = due - time.time()
        if wait > 0:
            time.sleep(wait)
        producer.send(options.topic, value, partition=number % options.partitions, timestamp_ms=int(due * 1000))
        latest = max(latest, time.time() - due)
    producer.flush()
    producer.close()
    json.dump({"latest_ms": round(latest * 1000, 1)}, sys.stdout)


if __name__ == "__main__":
    main()
