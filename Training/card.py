#!/usr/bin/env python3
"""Writes the card of the bundled model from its files and from the results of its training and evaluation.

    pip install -r Training/requirements.txt
    python3 Training/card.py MODEL BUILD > MODEL_CARD.md

MODEL is the folder of the published model, BUILD the output folder of build-model.sh. If a result is missing, the card
says so.
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
# For each stage of the training: what it learns from, and the file with its settings.
STAGES = {
    "teacher": ("masked tokens", "train-mlm-small.yaml"),
    "student": ("half masked tokens, half the teacher's distributions", "train-distill-small.yaml"),
    "contrastive": ("two pieces of one document among those of others", "train-contrastive-small.yaml"),
}
# The origin and licence of each source, by a prefix of its name. The longest matching prefix counts.
SOURCES = {
    "doc-debian-install-ru": ("Debian installation guide", "GPL-2"),
    "doc-doublecmd-ru": ("Double Commander's help, Debian doublecmd-help-ru", "GPL-2+"),
    "doc-gimp-ru": ("GIMP's help, Debian gimp-help-ru", "GFDL-1.2+"),
    "doc-gnome-ru": ("GNOME's help, Debian gnome-user-docs", "CC BY-SA 3.0"),
    "doc-ms-winserver-ru": ("MicrosoftDocs/windowsserverdocs.ru-ru", "CC BY 4.0"),
    "doc-php-ru": ("php/doc-ru", "CC BY 3.0"),
    "doc-tldr": ("tldr-pages/tldr", "CC BY 4.0"),
    "en-ats-sermons": ("sermons of the 19th century, ropensci/textreuse", "public domain"),
    "en-nltk": ("nltk/nltk_data", "public domain"),
    "fortunes-en": ("Debian fortunes", "BSD"),
    "fortunes-ru": ("Debian fortunes-ru", "GPL-2+"),
    "fortunes-zh": ("Debian fortunes-zh", "GPL-3+"),
    "jokes-ru": ("Koziev/NLP_Datasets", "CC0"),
    "lit-novels": ("JoannaBy/RussianNovels", "texts in the public domain; repository without licence"),
    "lit-plays": ("dracor-org/rusdracor", "CC0"),
    "lit-ruslit": ("d0rj/RusLit", "public domain"),
    "man-en": ("Debian manpages", "various free ones"),
    "man-": ("Debian manpages-de, -ru, -uk (manpages-l10n)", "GPL-3+"),
    "mul-bible": ("christos-c/bible-corpus", "CC0"),
    "mul-udhr": ("eric-muller/udhr, the Universal Declaration of Human Rights", "text of the UN, taken for public domain"),
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
    heldout = read_json(build / "evaluation" / "heldout.json")
    split = read_json(build / "split" / "split.json")
    if heldout:
        total = [sum(found[key] for found in heldout["sources"].values()) for key in ("documents", "bytes", "tokens")]
        rows = [[name, *origin(name), *(f"{found[key]:,}" for key in ("documents", "bytes", "tokens"))]
                for name, found in heldout["sources"].items()]
        text = table(["source", "from", "licence", "documents", "bytes", "tokens"],
                     rows + [["all", "", "", *(f"{number:,}" for number in total)]])
    elif split:
        text = table(["source", "from", "licence", "documents"],
                     ([name, *origin(name), f"{count:,}"] for name, count in split["train"]["by_source"].items()))
    else:
        return missing(build / "split" / "split.json", build, "the data")
    if split:
        text += "\nKept out of " + f"{split['documents']:,} documents (Training/split.py):\n\n" + "".join(
            f"- {reason}: {found['documents']:,}\n" for reason, found in split["kept_out"].items())
    text += "\nThe heads are trained on these too, beside documents of the above:\n\n"
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


def of_training(build: pathlib.Path) -> str:
    heldout, took = read_json(build / "evaluation" / "heldout.json"), seconds(build)
    mean = None
    if heldout:
        training = heldout["training"]
        mean = training["tokens"] / training["windows"] + 2
    rows, curves, last = [], "", {}
    for name, (what, file) in STAGES.items():
        path = build / name / "training.jsonl"
        if not path.exists():
            curves += f"\n{missing(path, build, f'how the stage {name} went')}"
            continue
        settings = yaml.safe_load((ROOT / "Pipelines" / file).read_text())["training"]
        records = log(path)
        steps = max(record["step"] for record in records)
        sequences = steps * settings["batch"] * (2 if name == "contrastive" else 1)
        rates = sorted(record["tokens_per_second"] for record in records if "tokens_per_second" in record)
        # Pieces for contrastive training have random lengths, so their tokens are not counted.
        tokens = f"{sequences * mean / 1e6:.1f} M" if mean and name != "contrastive" else ""
        rows.append([
            name, what, f"{steps:,}", f"{sequences:,}", tokens, f"{rates[len(rates) // 2]:,}" if rates else "",
            f"{took[name] / 60:.0f} min" if name in took else "not logged"])
        curve = [{key: value for key, value in record.items() if key == "step" or key.startswith("held_out_")}
                 for record in records if any(key.startswith("held_out_") for key in record)]
        for record in records:
            last.setdefault(name, {}).update(
                {key: value for key, value in record.items() if "held_out_" in key})
        keys = list(dict.fromkeys(key for record in curve for key in record))
        stride = max(1, len(curve) // 12)
        shown = curve[::-1][::stride][::-1]
        curves += f"\nHeld out, {name}:\n\n" + table(
            [key.removeprefix("held_out_").replace("_", " ") for key in keys],
            ([f"{record[key]:,}" if key == "step" else f"{record[key]:.3f}" if key in record else "" for key in keys]
             for record in shown))
    text = table(["stage", "learns from", "steps", "sequences", "tokens", "tokens/s (median)", "took"], rows) if rows else ""
    if heldout:
        frequent = heldout["most_frequent"]
        text += (
            f"\nThe held-out windows that are looked at have {heldout['held_out']['tokens_looked_at']:,} tokens, of a unigram "
            f"entropy of {heldout['unigram_entropy']:.3f} nats ({heldout['unigram_loss']:.3f} by the frequencies of the "
            f"training text); always the most frequent token (`{frequent['token']}`) is right {frequent['accuracy']:.1%} "
            "of the time.\n")
        for name, found in last.items():
            if "held_out_loss" in found:
                text += (
                    f"\n- {name}: {found['held_out_loss']:.3f} nats, {heldout['unigram_entropy'] - found['held_out_loss']:.2f} "
                    f"below the unigram entropy; {found['held_out_accuracy']:.1%} right")
        text += "\n"
    else:
        text += "\n" + missing(build / "evaluation" / "heldout.json", build, "the unigram entropy of what is held out")
    if all("held_out_loss" in last.get(name, {}) for name in ("teacher", "student")):
        text += (f"\nThe student is {last['student']['held_out_loss'] - last['teacher']['held_out_loss']:.3f} nats above the "
                 "teacher.\n")
    return text + curves


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
- Small: made in hours on two cores from 120 MB of text, mostly Russian and English, mostly documentation, man pages and
  books of the 19th and early 20th centuries. It knows little of news, of speech and of the present.
- Languages beside Russian and English have few documents each; of many there is the Universal Declaration alone.
- `intact` knows sixteen kinds of damage, `not_spam` Telegram, SMS and their like. Quality is the product of both, and
  nothing beyond: it does not tell whether a text is true, useful or well written. Where a text is out of domain, that is
  said, and its score means little.
- The spam sets have labels of their own time and place; what is new is not in them.
- Statistics that count words of a field (prices, links, offers) have lists that were written with the spam sets at hand,
  their test folds included: the figures of those sets are favourable by what that is worth. Without these lists
  statistics alone had 0.965 in place of 0.988 on spam-telegram-ru and 0.990 in place of 0.995 on spam-sms-en.
- The contrastive stage does not tell masked tokens: held-out losses are those of teacher and student before it.
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
    print("".join(of_evaluation(options.build)))
    print("## Commands\n\nAs Training/build-model.sh runs them, in this order:\n\n```")
    script = (ROOT / "Training" / "build-model.sh").read_text()
    # The commands are the bodies of the run_ functions, without indentation.
    for body in re.findall(r"^run_\w+\(\) \{(.*?)\}$", script, re.M | re.S):
        print("\n".join(line.removeprefix("    ") for line in body.strip().strip(";").splitlines()))
    print(f"```\n\n## Limits\n{LIMITS}", end="")


if __name__ == "__main__":
    main()
