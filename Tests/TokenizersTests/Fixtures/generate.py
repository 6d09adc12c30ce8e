#!/usr/bin/env python3
"""Trains the small tokenizers beside this script, and writes what Hugging Face's `tokenizers` computes for some texts.

    pip install tokenizers
    python3 Tests/TokenizersTests/Fixtures/generate.py

roberta   a tokenizer like RoBERTa's, with all of its files
template  a tokenizer with features that RoBERTa's does not have: ids in another order than the merges and with a gap,
          merges written as strings, `ignore_merges`, a prefix space, a template with token types, added tokens of
          every kind

The training texts are those of SampleCorpus.
"""
from __future__ import annotations

import json
import pathlib
import random
import subprocess

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, processors, trainers

HERE = pathlib.Path(__file__).parent
SAMPLES = HERE.parents[2] / "SampleCorpus"
SPECIALS = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]

TEXTS = [
    "", " ", "  ", "a", "\n", "\n\n", " a", "a ", "a  b", "a   \n\n  b\t\tc \n", "\u3000\u2003a\u00a0 b", "\r\n\r\nx\u2028y",
    "Съешь ещё этих мягких французских булок, да выпей чаю.", "ЁЛКА и ёлка — «кавычки» №5…",
    "The quick brown fox doesn't jump; it's over-the-top, we'll see, I'd say they've won, I'm 'right'.",
    "IT'S 'S 's ''s 'l 'll 'lll 're' 'v 've 'd", "word'word 'tis don’t",
    "1234567890 3.14159 ½ ² Ⅷ ٣٤٥ x1y2", "😀😀 👍🏽 👨‍👩‍👧 ❤️ 🇷🇺", "e\u0301a\u0308 й й नमस्ते", "漢字かな交じり文 한국어",
    "\x00\x01\x1f\x7f\x85\u200b\ufeff\u180e\U0001d49c\U0010ffff", "<s> a</s></s><mask>  <mask> b   <mask>\n<pad><unk",
    "x<s>y </s >< /s>< s>", "_foo_ foo, foofoo foo", "a\t\tb \t [tag]\tx\t", "[tag][tag] x [tag]  y\u3000[tag]\n z", "norm NORM normal no rm",
    "  strip   strip strip", "def f(x):\n    return x  # {'a': [1, 2]}\n\n\n", "a" * 70, "ab" * 100, "ы" * 90, "-=" * 60,
    " " * 50, "\n" * 40 + "x", "новости новостей новость", "Новости: комментарий, книга.",
]
PAIRS = [("", ""), ("a", ""), ("", "b c"), (TEXTS[12], TEXTS[14]), (TEXTS[14], "да"), ("x", TEXTS[12])]
LIMITS = [None, 5, 6, 7, 12, 31]


def samples() -> list[str]:
    found = []
    for shard in sorted(SAMPLES.rglob("*.jsonl*")):
        command = {".zst": ["zstd", "-dc"], ".gz": ["gzip", "-dc"]}.get(shard.suffix, ["cat"])
        lines = subprocess.run([*command, str(shard)], check=True, capture_output=True).stdout.splitlines()
        found += [json.loads(line)["text"] for line in lines if line.strip()]
    # Some texts contain escaped lone surrogates; they become U+FFFD.
    return [text.encode("utf-16", "surrogatepass").decode("utf-16", "replace") for text in found]


def trained(texts: list[str], specials: list[str], size: int) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(texts, trainers.BpeTrainer(
        vocab_size=size, special_tokens=specials, show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    return tokenizer


def roberta(texts: list[str], folder: pathlib.Path) -> Tokenizer:
    tokenizer = trained(texts, SPECIALS, 600)
    tokenizer.add_special_tokens([AddedToken("<mask>", lstrip=True, special=True)])
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=False)
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    tokenizer.model.save(str(folder))
    mask = {"content": "<mask>", "lstrip": True, "normalized": False, "rstrip": False, "single_word": False}
    names = dict(bos_token="<s>", cls_token="<s>", eos_token="</s>", sep_token="</s>", pad_token="<pad>",
                 unk_token="<unk>", mask_token=mask)
    write(folder / "special_tokens_map.json", names)
    write(folder / "tokenizer_config.json", dict(
        tokenizer_class="RobertaTokenizer", add_prefix_space=False, model_max_length=64))
    return Tokenizer.from_file(str(folder / "tokenizer.json"))


def template(texts: list[str], folder: pathlib.Path) -> Tokenizer:
    settings = json.loads(trained(texts, ["[CLS]", "[SEP]"], 500).to_str())
    model = settings["model"]
    # The ids are in another order than the ranks, and 300 is not used.
    ids = [id for id in range(len(model["vocab"]) + 1) if id != 300]
    random.Random(4).shuffle(ids)
    model["vocab"] = dict(zip(model["vocab"], ids))
    model["merges"] = [" ".join(merge) for merge in model["merges"]]
    model["ignore_merges"] = True
    # This token is not made by any merge.
    model["vocab"]["Ġcomment"] = 900
    # The ids of new added tokens continue from the number of tokens, whatever ids the tokens have.
    following = len(ids) + 1
    added = [
        AddedToken("[CLS]", special=True), AddedToken("[SEP]", special=True, rstrip=True),
        AddedToken("foo", single_word=True), AddedToken("[tag]", lstrip=True, rstrip=True, normalized=False),
        AddedToken("[ta", normalized=False), AddedToken("norm", normalized=True), AddedToken("normal", normalized=True),
        AddedToken("strip", lstrip=True, single_word=True, normalized=True), AddedToken("é ", special=True),
        AddedToken("\t", lstrip=True, normalized=False),
    ]
    settings["added_tokens"] = []
    for token in added:
        known = model["vocab"].get(token.content)
        settings["added_tokens"].append(dict(
            id=following if known is None else known, content=token.content, single_word=token.single_word,
            lstrip=token.lstrip, rstrip=token.rstrip, normalized=token.normalized, special=token.special))
        following += known is None
    settings["pre_tokenizer"]["add_prefix_space"] = True
    start, separator = (model["vocab"][name] for name in ("[CLS]", "[SEP]"))
    settings["post_processor"] = {"type": "Sequence", "processors": [
        {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
        json.loads(processors.TemplateProcessing(
            single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1 [CLS]:2",
            special_tokens=[("[CLS]", start), ("[SEP]", separator)]).__getstate__())]}
    write(folder / "tokenizer.json", settings)
    return Tokenizer.from_file(str(folder / "tokenizer.json"))


def write(path: pathlib.Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")


def encoded(tokenizer: Tokenizer, first: str, second: str | None, limit: int | None, adds: bool) -> dict:
    tokenizer.no_truncation()
    if limit:
        tokenizer.enable_truncation(limit, strategy="longest_first")
    encoding = tokenizer.encode(first, second, add_special_tokens=adds)
    return dict(first=first, second=second, limit=limit, adds=adds, ids=encoding.ids, types=encoding.type_ids)


def expected(tokenizer: Tokenizer) -> dict:
    settings = json.loads(tokenizer.to_str())
    settings["post_processor"] = None
    plain = Tokenizer.from_str(json.dumps(settings))
    plain.encode_special_tokens = True
    texts = []
    for text in TEXTS:
        split = tokenizer.encode(text, add_special_tokens=False).ids
        texts.append(dict(
            text=text, split=split, plain=plain.encode(text).ids,
            tokens=[tokenizer.id_to_token(id) for id in split],
            decoded=tokenizer.decode(split, skip_special_tokens=False), skipped=tokenizer.decode(split)))
    whole = [encoded(tokenizer, text, None, limit, True) for text in TEXTS for limit in (None, 5, 31)]
    pairs = [encoded(tokenizer, *pair, limit, adds) for pair in PAIRS for limit in LIMITS for adds in (True, False)]
    return dict(texts=texts, encodings=whole + pairs)


def main() -> None:
    texts = samples()
    for make in (roberta, template):
        folder = HERE / make.__name__
        folder.mkdir(exist_ok=True)
        write(folder / "expected.json", expected(make(texts, folder)))


if __name__ == "__main__":
    main()
