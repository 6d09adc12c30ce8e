#!/usr/bin/env python3
"""Writes trained/: a small corpus, and the files of the tokenizer that Hugging Face's `tokenizers` trains on it.

    pip install tokenizers
    python3 Tests/TokenizersTests/Fixtures/generate_training.py

The corpus consists of the texts of generate.py (written for this project) and of words made from few letters, in which
ties and overlapping pairs are frequent.
"""
from __future__ import annotations

import json
import random

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, processors, trainers

from generate import HERE, TEXTS

VOCABULARY = 600
MIN_FREQUENCY = 2


def main() -> None:
    generator = random.Random(5)
    words = ["".join(generator.choices("абvw", k=generator.randint(1, 9))) for _ in range(80)]
    texts = TEXTS + [" ".join(generator.choices(words, k=20)) for _ in range(60)]
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(texts, trainers.BpeTrainer(
        vocab_size=VOCABULARY, min_frequency=MIN_FREQUENCY, show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        special_tokens=["<s>", "<pad>", "</s>", "<unk>", AddedToken("<mask>", lstrip=True)]))
    tokenizer.post_processor = processors.RobertaProcessing(
        ("</s>", 2), ("<s>", 0), trim_offsets=True, add_prefix_space=False)
    folder = HERE / "trained"
    folder.mkdir(exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    tokenizer.model.save(str(folder))
    corpus = dict(vocabulary=VOCABULARY, minFrequency=MIN_FREQUENCY, texts=texts)
    (folder / "corpus.json").write_text(json.dumps(corpus, ensure_ascii=True, indent=0) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
