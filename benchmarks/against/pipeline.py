"""A kafka-python loop around `transformers.pipeline("text-classification")`: what most people write first.

PyTorch in fp32 with its default of a thread per core. The weights of our model are not in this repository as a torch
checkpoint: this is MiniLM (6 layers, 384 wide) with our tokenizer, six labels and weights fresh from the seed. The
architecture, and so the work, is the same; its scores mean nothing, its speed does not depend on them.

`--batch-size 1` is what the pipeline's documentation recommends on a CPU ("don't batch"); 8 is the size of its
examples. Outputs are flushed before offsets are committed: at least once, as we are.
"""

import json

import torch
from kafka import KafkaConsumer, KafkaProducer
from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast, pipeline

from benchmarks.against.contender import arguments
from models import manifest


def main() -> None:
    """Score until stopped."""
    given = arguments()
    spec = manifest.load(given.model)
    assert spec.tokenizer is not None
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_file=str(given.model / spec.tokenizer.file),
        pad_token="[PAD]",
        model_max_length=spec.tokenizer.max_length,
    )
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=384,
        num_hidden_layers=6,
        num_attention_heads=12,
        intermediate_size=1536,
        num_labels=len(spec.labels),
        problem_type="multi_label_classification",
    )
    model = BertForSequenceClassification(config).eval()
    classify = pipeline("text-classification", model=model, tokenizer=tokenizer, top_k=None)
    consumer = KafkaConsumer(
        given.source,
        bootstrap_servers=given.bootstrap,
        group_id=given.group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        max_poll_records=32,
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
