"""Reads corpora as dedup reads them: inputs, shards, lines and documents."""

import gzip
import json
import pathlib
import re
import shutil
import subprocess
from dataclasses import dataclass
from typing import Any

SHARD_NAME = re.compile(r"\.(jsonl|jl|jsonlines|json|ndjson)(\.zst|\.gz)?$", re.IGNORECASE)
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
LONE_SURROGATE = re.compile("[\ud800-\udfff]")


class CorpusError(Exception):
    """A corpus that cannot be read. The text says which file, and why."""


# Shards


@dataclass(frozen=True)
class Shard:
    """A file of a corpus."""

    name: str  # its identity, and its path below the output folder
    path: pathlib.Path
    input_name: str


def shards(arguments: list[str], first_is_unlabelled: bool = False) -> list[Shard]:
    """Returns the shards of several inputs, in corpus order.

    An argument is a folder or a file, or LABEL=PATH. The names of the shards of a single input have no label. Of
    several inputs, each has the label that is given, or else its base name. `first_is_unlabelled` makes the first one
    an exception: it was the only input of an earlier run.
    """
    found: list[Shard] = []
    for place, argument in enumerate(arguments):
        label, path = _split(argument)
        name = label or path.resolve().name
        if label is None and len(arguments) > 1 and not (first_is_unlabelled and place == 0):
            label = name
        prefix = f"{label}/" if label else ""
        if path.is_file():
            found.append(Shard(prefix + path.name, path, name))
        elif path.is_dir():
            relative = [file.relative_to(path) for file in path.rglob("*") if file.is_file() and _is_shard(file, path)]
            relative.sort(key=lambda file: str(file).encode())
            found += [Shard(prefix + str(file), path / file, name) for file in relative]
        else:
            raise CorpusError(f"{path}: no file or folder")
    return found


def _split(argument: str) -> tuple[str | None, pathlib.Path]:
    label, equals, path = argument.partition("=")
    if equals and "/" not in label and not pathlib.Path(argument).exists():
        return label, pathlib.Path(path)
    return None, pathlib.Path(argument)


def _is_shard(file: pathlib.Path, folder: pathlib.Path) -> bool:
    is_hidden = any(part.startswith(".") for part in file.relative_to(folder).parts)
    return SHARD_NAME.search(file.name) is not None and not is_hidden


def compression(data: bytes) -> str:
    """Returns how a file is compressed, by its first bytes: zstd, gzip or none."""
    if data[:4] == b"\x28\xb5\x2f\xfd":
        return "zstd"
    return "gzip" if data[:2] == b"\x1f\x8b" else "none"


def decoded(path: pathlib.Path) -> bytes:
    """Returns the bytes of a file, decompressed."""
    try:
        data = path.read_bytes()
        kind = compression(data)
        if kind == "zstd":
            return _from_zstd(path)
        return gzip.decompress(data) if kind == "gzip" else data
    except (OSError, EOFError, subprocess.CalledProcessError) as error:
        reason = getattr(error, "stderr", None) or str(error)
        raise CorpusError(f"{path}: cannot be read ({str(reason).strip()})") from error


def _from_zstd(path: pathlib.Path) -> bytes:
    if shutil.which("zstd"):
        command = ["zstd", "--decompress", "--stdout", "--quiet", "--long=31", str(path)]
        return subprocess.run(command, check=True, capture_output=True).stdout
    try:
        import zstandard
    except ImportError:
        raise CorpusError(f"{path}: install the program zstd, or the Python package zstandard") from None
    with path.open("rb") as file:
        return zstandard.ZstdDecompressor(max_window_size=1 << 31).stream_reader(file, read_across_frames=True).read()


# Lines


@dataclass(frozen=True)
class Line:
    """A line of a shard that is not blank."""

    number: int  # from 1; blank lines count
    byte: int  # where it begins in the decoded shard
    content: bytes  # without its newline


@dataclass(frozen=True)
class ShardLines:
    """The lines of a shard."""

    lines: list[Line]
    blank_lines: int
    byte_count: int  # of the decoded shard


def read_lines(path: pathlib.Path) -> ShardLines:
    """Returns the lines of a shard. A line of white space is counted and left out; so is a byte-order mark."""
    data = decoded(path)
    start = len(BYTE_ORDER_MARK) if data.startswith(BYTE_ORDER_MARK) else 0
    lines, blank_lines = [], 0
    for number, content in enumerate(data[start:].split(b"\n"), 1):
        if content.strip(b" \t\r"):
            lines.append(Line(number, start, content))
        elif start < len(data):
            blank_lines += 1
        start += len(content) + 1
    return ShardLines(lines, blank_lines, len(data))


# Documents


class BadLine(Exception):
    """A line that is not a document. The text says why."""


@dataclass(frozen=True, eq=False)
class Number:
    """A JSON number of any size, as it is spelled.

    Whole numbers are equal if all digits are. Other numbers are equal if they are as 64-bit floating-point numbers,
    since dedup writes them in their shortest form.
    """

    spelling: str

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Number):
            return NotImplemented
        whole = [re.fullmatch(r"-?[0-9]+", number.spelling) is not None for number in (self, other)]
        if all(whole) and float(self.spelling) != 0:
            return self.spelling == other.spelling
        return float(self.spelling) == float(other.spelling)

    def __str__(self) -> str:
        return self.spelling


def id_text(id: str | Number | None) -> str | None:
    """Returns the text of an id that dedup hashes for a sample: the string, or all digits of a whole number.

    dedup hashes other numbers in their shortest form, which is not defined here.
    """
    if not isinstance(id, Number):
        return id
    if not re.fullmatch(r"-?[0-9]+", id.spelling):
        raise CorpusError(f"the id {id.spelling} is not a whole number: a sample of such ids cannot be checked")
    return "0" if id.spelling == "-0" else id.spelling


def parse_json(text: str | bytes, **hooks: Any) -> Any:
    """Reads JSON; every number becomes a `Number`."""
    return json.loads(text, parse_int=Number, parse_float=Number, **hooks)


@dataclass(frozen=True)
class Document:
    """What is read of a line."""

    text: str
    id: str | Number | None


class Fields:
    """The fields that a text and an id are read from, as the options --text-field and --id-field name them."""

    def __init__(self, texts: list[str], id: str, allow_nan: bool = False):
        self.texts = [parse_alternatives(text) for text in texts]
        self.id = parse_alternatives(id)
        self.allow_nan = allow_nan

    def document(self, line: bytes) -> Document:
        """Reads a line. Raises `BadLine` when it is not a document."""
        record = self._record(line)
        parts: list[str] = []
        is_found = False
        for alternatives in self.texts:
            value = first_value(record, alternatives)
            if value is None:
                continue
            is_found = True
            values = [part for part in value if part is not None] if isinstance(value, list) else [value]
            if not all(isinstance(part, str) for part in values):
                raise BadLine("the text is neither a string nor a list of strings")
            parts += values
        if not is_found:
            raise BadLine("no text")
        id = first_value(record, self.id)
        if isinstance(id, str):
            id = _scalars(id)
        elif not isinstance(id, Number):
            id = None
        return Document(_scalars("\n".join(parts)), id)

    def _record(self, line: bytes) -> dict[str, Any]:
        try:
            record = parse_json(line.decode(), parse_constant=self._not_a_number)
        except UnicodeDecodeError as error:
            raise BadLine("not UTF-8") from error
        except ValueError as error:
            raise BadLine(f"not JSON: {error}") from error
        except RecursionError as error:
            raise CorpusError("a line is nested too deeply for Python's JSON module") from error
        if not isinstance(record, dict):
            raise BadLine("not an object")
        return record

    def _not_a_number(self, name: str) -> bool:
        if not self.allow_nan:
            raise BadLine(f"not JSON: {name}")
        return False  # a value that is neither a text nor an id


def parse_alternatives(spelling: str) -> list[list[str]]:
    """Reads fields as options name them: a comma stands before an alternative, a dot before a key of an inner object.

    A backslash makes a dot, a comma or a backslash a part of a key.
    """
    tokens = re.findall(r"\\[.,\\]|.", spelling, re.DOTALL)
    paths: list[list[str]] = [[""]]
    for token in tokens:
        if token == ",":
            paths.append([""])
        elif token == ".":
            paths[-1].append("")
        else:
            paths[-1][-1] += token[1:] if len(token) == 2 else token
    if any(key == "" for path in paths for key in path):
        raise CorpusError(f"'{spelling}' is not a field: a key is empty")
    return paths


def first_value(record: dict[str, Any], alternatives: list[list[str]]) -> Any:
    """Returns the value of the first path that a record has and that is not null, or None."""
    for path in alternatives:
        value: Any = record
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        if value is not None:
            return value
    return None


def _scalars(text: str) -> str:
    """Replaces halves of surrogate pairs, which an escape may name alone."""
    return LONE_SURROGATE.sub("\ufffd", text)
