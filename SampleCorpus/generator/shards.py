"""Documents as JSON lines, and lines as shards."""

import gzip
import json
import re
import subprocess


class Shard:
    """How one file is written: escaped or raw, line ends, byte-order mark, blank lines, last newline, frames."""

    def __init__(self, path, weight, escaped=False, newline=b"\n", bom=False, blank_lines=0, final_newline=True, frames=1):
        self.path, self.weight, self.escaped, self.newline, self.bom = path, weight, escaped, newline, bom
        self.blank_lines, self.final_newline, self.frames = blank_lines, final_newline, frames
        self.lines = []  # (document or None, bytes)


def fields(rng, document, number):
    """The fields of a record, in the order they are written."""
    day = f"20{rng.randint(19, 24)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"
    record = {"id": f"{document.folder[0]}-{number:05}", "text": document.text}
    if "numeric-id" in document.special:
        record["id"] = 7_000_000_000 + number if number % 2 else number
    if document.folder == "books":
        source = {"scan": rng.random() < 0.5, "pages": [number, number + 3]}
        record |= {"lang": document.lang, "meta": {"part": rng.randint(1, 40), "year": rng.randint(1890, 2020), "source": source}}
    elif document.folder == "news":
        record |= {"url": f"https://news.example/{day.replace('-', '/')}/{number}", "date": day, "lang": document.lang}
        if rng.random() < 0.3:
            tags = rng.sample(["город", "погода", "спорт", "экономика", "наука"], 2)
            record["meta"] = {"text": "не то поле", "tags": tags}
    else:
        reply = None if rng.random() < 0.6 else f"c-{rng.randint(1, number):05}"
        record |= {"user": f"user{rng.randint(1, 400)}", "likes": rng.randint(0, 120), "reply_to": reply}
        if rng.random() < 0.4:
            record["score"] = rng.choice([0.5, -1, 1e-3, 12.25])
    if "no-id" in document.special:
        del record["id"]
    names = list(record)
    if rng.random() < 0.35:
        rng.shuffle(names)
    return {name: record[name] for name in names}


def escape_surrogates(line):
    return re.sub("[\ud800-\udfff]", lambda m: f"\\u{ord(m[0]):04x}", line)


def encode(rng, document, number, escaped):
    """One line, as bytes."""
    record = fields(rng, document, number)
    special = document.special
    separators = (", ", ": ") if rng.random() < 0.5 else (",", ":")
    if "spaced-json" in special:
        separators = (" ,\t", " : ")
    line = json.dumps(record, ensure_ascii=escaped, separators=separators)
    if rng.random() < 0.05:
        line = line.replace("/", "\\/")
    if "text-twice" in special:
        line = '{"text": "Черновик, который не считается", ' + line[1:]
    if "escaped-key" in special:
        line = line.replace('"text"', '"te\\u0078t"', 1)
    if "spaced-json" in special:
        line = "  " + line[:-1] + " } \t"
    return escape_surrogates(line).encode()


def zstd(data, sized):
    """One frame, with or without the size of its content in the header."""
    size = [f"--stream-size={len(data)}"] if sized else []
    return subprocess.run(["zstd", "-q", "-c", "-19", *size], input=data, capture_output=True, check=True).stdout


def write(shard, root):
    lines = [line for _, line in shard.lines]
    data = shard.newline.join(lines) + (shard.newline if shard.final_newline else b"")
    if shard.bom:
        data = b"\xef\xbb\xbf" + data
    path = root / shard.path
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(data, 9, mtime=0))
    elif path.suffix == ".zst":
        step = -(-len(data) // shard.frames)
        path.write_bytes(b"".join(zstd(data[i : i + step], shard.frames == 1) for i in range(0, len(data), step)))
    else:
        path.write_bytes(data)


def with_blank_lines(rng, shard):
    for _ in range(shard.blank_lines):
        shard.lines.insert(rng.randint(1, len(shard.lines)), (None, rng.choice([b"", b"", b"  ", b"\t"])))
    if not shard.final_newline:
        while shard.lines[-1][0] is None:
            shard.lines.pop()


def distribute(rng, units, shards):
    """Units to the shards of their folders, in a random order, by weight; a document with a shard of its own goes there."""
    placed = {shard.path: [] for shard in shards}
    rng.shuffle(units)
    for unit in units:
        folder = unit[0].folder
        choice = [s for s in shards if s.path.startswith(folder + "/")]
        path = unit[0].shard or rng.choices(choice, [s.weight for s in choice])[0].path
        placed[path].extend(unit)
    return placed
