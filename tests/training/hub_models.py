"""Small classifiers with random weights in Hugging Face's format, as a hub would give them."""

from pathlib import Path
from typing import Any

import torch
import transformers
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

from models.training.serving_check import sample_texts

WORDS = 500
_SIZE = {"vocab_size": WORDS, "hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4}
_BERT = _SIZE | {"intermediate_size": 128, "max_position_embeddings": 128, "initializer_range": 0.1}
_ROBERTA = _BERT | {"max_position_embeddings": 130, "pad_token_id": 1}
_KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "bert": ("Bert", _BERT),
    "albert": ("Albert", _BERT | {"embedding_size": 32}),
    "distilbert": (
        "DistilBert",
        {"vocab_size": WORDS, "dim": 64, "n_layers": 2, "n_heads": 4, "hidden_dim": 128}
        | {"max_position_embeddings": 128, "initializer_range": 0.1},
    ),
    "roberta": ("Roberta", _ROBERTA),
    "xlm-roberta": ("XLMRoberta", _ROBERTA),
    "deberta-v2": (
        "DebertaV2",
        _BERT
        | {"relative_attention": True, "pos_att_type": ["p2c", "c2p"], "position_buckets": 32, "type_vocab_size": 0}
        | {"norm_rel_ebd": "layer_norm", "share_att_key": True, "position_biased_input": False},
    ),
}


def save(folder: Path, architecture: str, labels: list[str], problem: str | None) -> Path:
    """Write a classifier with its `tokenizer.json` into `folder`."""
    kind, options = _KINDS[architecture]
    names = dict(enumerate(labels))
    config = getattr(transformers, f"{kind}Config")(
        **options, id2label=names, label2id={name: index for index, name in names.items()}, problem_type=problem
    )
    torch.manual_seed(0)
    getattr(transformers, f"{kind}ForSequenceClassification")(config).save_pretrained(folder)
    tokenizer, special = _byte_pairs() if "roberta" in architecture else _word_pieces()
    transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, **special).save_pretrained(folder)
    return folder


def _word_pieces() -> tuple[Tokenizer, dict[str, str]]:
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.train_from_iterator(sample_texts(), trainers.WordPieceTrainer(vocab_size=WORDS, special_tokens=special))
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    return tokenizer, dict(zip(("pad_token", "unk_token", "cls_token", "sep_token"), special, strict=True))


def _byte_pairs() -> tuple[Tokenizer, dict[str, str]]:
    """As RoBERTa has them: padding is token 1, not 0."""
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.train_from_iterator(sample_texts(), trainers.BpeTrainer(vocab_size=WORDS, special_tokens=special))
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
    return tokenizer, dict(zip(("cls_token", "pad_token", "sep_token", "unk_token"), special, strict=True))
