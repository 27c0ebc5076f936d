"""Posts that a tiny model can learn to judge, and a backbone small enough to learn it in seconds."""

import csv
import random
from pathlib import Path

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

OFFENDERS = ("idiots", "morons", "fools", "clowns")
SPAM = ("pills", "coins", "followers", "casino")
PEOPLE = ("neighbours", "players", "readers", "drivers", "cooks", "teachers")
PLACES = ("garden", "market", "office", "stadium", "kitchen", "library")
SYLLABLES = ("ba", "ko", "ri", "mu", "ta", "lo", "ne", "sa", "vi", "du")
COLUMNS = ("id", "body", "kind", "toxic", "thread", "lang")


def rows(count: int, seed: int = 0) -> list[dict[str, str]]:
    """Distinct posts: a third insults, a tenth spam, the rest harmless. Three in a row are of one thread."""
    chance = random.Random(seed)
    found: dict[str, dict[str, str]] = {}
    while len(found) < count:
        kind = chance.choices(("insult", "spam", "fine"), (3, 1, 6))[0]
        people, place = chance.choice(PEOPLE), chance.choice(PLACES)
        name = "".join(chance.choice(SYLLABLES) for _ in range(3))  # a copy is known by its letters, not by numbers
        text = {
            "insult": f"the {people} at the {place} are {chance.choice(OFFENDERS)}, said {name}",
            "spam": f"cheap {chance.choice(SPAM)} for {people}, ask {name} now",
            "fine": f"met {name} and the {people} in the {place} today",
        }[kind]
        thread, toxic = f"thread {len(found) // 3}", "yes" if kind == "insult" else "no"
        found.setdefault(text, dict(zip(COLUMNS, (str(len(found)), text, kind, toxic, thread, "en"), strict=True)))
    return list(found.values())


def write_csv(path: Path, content: list[dict[str, str]]) -> Path:
    """Write posts as a table with a header."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(content)
    return path


def save_backbone(folder: Path) -> Path:
    """A BERT encoder with random weights, 2 layers and 32 wide, with a tokenizer that knows the posts' words."""
    import torch
    import transformers

    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(vocab_size=400, special_tokens=special, show_progress=False)
    tokenizer.train_from_iterator([row["body"] for row in rows(500, seed=1)], trainer)
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    folder.mkdir(parents=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    size = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
    torch.manual_seed(0)
    config = transformers.BertConfig(
        vocab_size=tokenizer.get_vocab_size(), max_position_embeddings=64, initializer_range=0.1, **size
    )
    transformers.BertModel(config).save_pretrained(folder)
    return folder
