#!/usr/bin/env python3
"""Checks the structure of Sources: imports between modules, uses between folders, and the length of files.

It asks `swift package dump-package` for the folder and the dependencies of each target, and reads every Swift file in
these folders. It fails on

- a module in Sources that `LAYERS` does not contain,
- an import of a module of a higher layer, in a Swift file or among the dependencies in Package.swift,
- folders of one module that use each other in a circle,
- the name of an option (`--name`) in a string literal, or in backticks in a comment, of a module below `CommandLine`,
- a file of more than `MOST_LINES` lines, except the generated ones; the tests are looked at, too.

Modules of the same layer may import each other; the compiler rules out circles between modules.

A folder is a direct subfolder of a module with all that is below it; the files beside these folders count as one more
folder, called ".". Folder A uses folder B if a file in A contains, outside of comments and string literals, the name
of a type, protocol, function, constant or variable that is declared at the top level of a file in B. A name after a
dot, or in lower case before a colon (a label), does not count. Neither does a name that several folders declare, or
that is also a type, nested or not, or a generic parameter in A. A static member that a file in B adds to a type in an
extension counts when a file in A uses it as `Type.member`.

It therefore does not see the use of other members: methods and properties of instances, and nested types. And it
counts a local name that happens to equal a top-level name of another folder.
"""

import json
import pathlib
import re
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass, field

ROOT = pathlib.Path(__file__).resolve().parents[1]

# The modules by layers, from the lowest up. Modules below Sources/C wrap C libraries and belong to layer 0.
LAYERS = [
    ["Basics", "JSON", "PipelineGraph"],
    ["Corpus", "Shingling", "MinHashLSH", "Tokenizers", "DeBERTa", "QualityScoring"],
    ["DuplicateIndex", "Reports"],
    ["OutputStore"],
    ["Pipelines"],
    ["Deduplication", "Embedding", "Scoring", "Training"],
    ["Dedup"],
    ["dedup", "DedupC"],
]
LAYER = {module: number for number, modules in enumerate(LAYERS, 1) for module in modules}

MOST_LINES = 420
SOURCE_SUFFIXES = {".swift", ".c", ".cc", ".cpp", ".h", ".hpp", ".inc", ".py"}
GENERATED = {"Sources/C/CUnicodeTables/UnicodeTables.c"}

IMPORT = re.compile(
    r"\bimport\s+(?:(?:struct|class|enum|actor|protocol|typealias|func|let|var)\s+)?(\w+)"
)
DECLARATION = re.compile(
    r"^(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|package|internal|final|indirect|nonisolated(?:\(unsafe\))?)\s+)*"
    r"(?:struct|class|enum|actor|protocol|typealias|func|let|var)\s+(\w+)"
)
OPTION = re.compile(r"--[a-z][a-z-]*")
QUOTED_OPTION = re.compile(r"`(--[a-z][a-z-]*)")
# An option of another program, and the example in the comment that explains parameters.
OTHER_OPTIONS = {
    ("Sources/Corpus/Compression/ZstdDecoder.swift", "--long"),
    ("Sources/Basics/Parameter.swift", "--memory"),
}
EXTENSION = re.compile(r"\bextension\s+(\w+)[^{]*\{")
STATIC = re.compile(r"\bstatic\s+(?:let|var|func)\s+`?(\w+)")
MEMBER = re.compile(r"(?<![\w.])([A-Z]\w*)\.(\w+)")
# A name that is neither a member (after a dot) nor a label (in lower case, before a colon).
NAME = re.compile(r"(?<![\w.`])([A-Z]\w*|[a-z_]\w*(?!\w|:\s))")


@dataclass(eq=False)
class Source:
    """A Swift file.

    `code` is the text in which comments and string literals are blank, but not what is interpolated into them;
    `strings` has the literals with the numbers of their lines.
    """

    path: pathlib.Path
    text: str
    code: str = ""
    strings: list[tuple[int, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Splits the text."""
        self.code, self.strings = split(self.text)

    @property
    def name(self) -> str:
        """The path as messages show it."""
        return self.path.relative_to(ROOT).as_posix()


def split(text: str) -> tuple[str, list[tuple[int, str]]]:
    """Returns the code of a Swift file without comments and string literals, and the literals."""
    code = list(text)
    strings: list[tuple[int, str]] = []
    # Open literals: the pounds and quotes that end them, where they began, and the parentheses open in a code part.
    open_literals: list[list] = []
    depth = 0  # Parentheses open in the code that is interpolated.
    place = 0

    def blank(start: int, end: int) -> None:
        for at in range(start, end):
            if code[at] != "\n":
                code[at] = " "

    def literal(start: int) -> int:
        """Reads on in the innermost literal; returns where its code or the code after it begins."""
        nonlocal depth
        pounds, quotes, _ = open_literals[-1]
        at = start
        while at < len(text):
            if text.startswith("\\" + pounds, at):
                after = at + 1 + len(pounds)
                if text.startswith("(", after):
                    strings.append((text.count("\n", 0, start) + 1, text[start:at]))
                    blank(start, after + 1)
                    open_literals[-1][2] = depth
                    open_literals.append(["(", "", 0])
                    depth = 0
                    return after + 1
                at = after + 1
            elif text.startswith(quotes + pounds, at):
                strings.append((text.count("\n", 0, start) + 1, text[start:at]))
                end = at + len(quotes) + len(pounds)
                blank(start, end)
                open_literals.pop()
                return end
            else:
                at += 1
        return at

    opening = re.compile(r'(#*)("""|")')
    while place < len(text):
        if text.startswith("//", place):
            end = text.find("\n", place)
            end = len(text) if end < 0 else end
            blank(place, end)
            place = end
        elif text.startswith("/*", place):
            end, level = place + 2, 1
            while end < len(text) and level:
                level += text.startswith("/*", end) - text.startswith("*/", end)
                end += 2 if text.startswith(("/*", "*/"), end) else 1
            blank(place, end)
            place = end
        elif match := opening.match(text, place):
            blank(place, match.end())
            open_literals.append([match[1], match[2], 0])
            place = literal(match.end())
        elif open_literals and text[place] == ")" and depth == 0:
            blank(place, place + 1)
            open_literals.pop()
            depth = open_literals[-1][2]
            place = literal(place + 1)
        else:
            if open_literals:
                depth += (text[place] == "(") - (text[place] == ")")
            place += 1
    return "".join(code), strings


def targets() -> dict[str, tuple[pathlib.Path, int, list[tuple[int, str]]]]:
    """Returns, for each target in Sources, its folder, its line in Package.swift, and its dependencies with theirs."""
    text = (ROOT / "Package.swift").read_text()
    # A scratch folder of its own, so that a build in progress does not block it.
    command = ["swift", "package", "--scratch-path", ".build/layers", "dump-package"]
    dump = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
    found = {}
    for target in json.loads(dump)["targets"]:
        folder = ROOT / (target.get("path") or f"Sources/{target['name']}")
        if target["type"] == "test" or ROOT / "Sources" not in folder.parents:
            continue
        at = text.find(f'"{target["name"]}"')
        names = [next(iter(one.values()))[0] for one in target["dependencies"]]
        lines = [text.count("\n", 0, max(at, text.find(f'"{name}"', at))) + 1 for name in names]
        found[target["name"]] = (folder, text.count("\n", 0, at) + 1, list(zip(lines, names)))
    return found


def line_of(source: Source, place: int) -> int:
    """Returns the number of the line at a place in a file."""
    return source.text.count("\n", 0, place) + 1


def wrong_imports(modules: dict, sources: dict[str, list[Source]]) -> list[str]:
    """Returns the imports of higher layers."""

    def layer(module: str) -> int:
        return 0 if ROOT / "Sources/C" in modules[module][0].parents else LAYER.get(module, 0)

    faults = []
    for module, (_, line, dependencies) in modules.items():
        if layer(module) == 0 and ROOT / "Sources/C" not in modules[module][0].parents:
            faults.append(f"Package.swift:{line}: the module {module} is in no layer; add it to LAYERS in this script")
            continue
        imports = [("Package.swift", number, name) for number, name in dependencies]
        for source in sources[module]:
            for match in IMPORT.finditer(source.code):
                imports.append((source.name, line_of(source, match.start()), match[1]))
        faults += [
            f"{name}:{number}: {module} (layer {layer(module)}) imports {other} (layer {layer(other)})"
            for name, number, other in imports
            if other in modules and layer(other) > layer(module)
        ]
    return faults


def top_level_names(source: Source) -> set[str]:
    """Returns the names that a file declares at its top level, except those that only the file itself sees."""
    names, depth = set(), 0
    for line in source.code.splitlines():
        if depth == 0 and (match := DECLARATION.match(line)):
            names.add(match[1])
        depth += sum({"{": 1, "}": -1, "(": 1, ")": -1, "[": 1, "]": -1}.get(sign, 0) for sign in line)
    return names


def static_members(source: Source) -> set[tuple[str, str]]:
    """Returns the static members that the extensions of a file add, with the names of their types."""
    members = set()
    for match in EXTENSION.finditer(source.code):
        end, depth = match.end(), 1
        while depth and end < len(source.code):
            depth += {"{": 1, "}": -1}.get(source.code[end], 0)
            end += 1
        members |= {(match[1], one[1]) for one in STATIC.finditer(source.code, match.end(), end)}
    return members


def nested_types(source: Source) -> set[str]:
    """Returns the names of the types that a file declares at any depth, generic parameters included."""
    types = re.findall(r"\b(?:struct|class|enum|actor|protocol|typealias|associatedtype)\s+(\w+)", source.code)
    parameters = re.findall(r"\w<([^<>()]*)>\s*[:({]", source.code)
    return {*types, *(match for text in parameters for match in re.findall(r"(?:^|, )(\w+)(?=:|,|$)", text))}


def circles(edges: dict[str, dict[str, str]]) -> list[list[str]]:
    """Returns the sets of folders of which each leads to each, of two folders or more."""

    def reached(start: str) -> set[str]:
        seen, waiting = set(), [start]
        while waiting:
            for other in edges.get(waiting.pop(), {}):
                if other not in seen:
                    seen.add(other)
                    waiting.append(other)
        return seen

    reach = {folder: reached(folder) for folder in edges}
    groups = {tuple(sorted(b for b in reach[a] if a in reach.get(b, ()))) for a in edges if a in reach[a]}
    return [list(group) for group in sorted(groups)]


def folder_circles(module: str, folder: pathlib.Path, sources: list[Source]) -> list[str]:
    """Returns the circles between the folders of a module, with an example of each use."""

    def part(source: Source) -> str:
        parts = source.path.relative_to(folder).parts
        return parts[0] if len(parts) > 1 else "."

    owners = defaultdict(set)
    for source in sources:
        for name in top_level_names(source):
            owners[name].add(part(source))
        for member in static_members(source):
            owners[member].add(part(source))
    own_names = defaultdict(set)
    for source in sources:
        own_names[part(source)] |= nested_types(source)
    uses: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for source in sources:
        own = part(source)
        for match in NAME.finditer(source.code):
            if len(owners.get(match[1], ())) == 1:
                (owner,) = owners[match[1]]
                if owner != own and match[1] not in own_names[own]:
                    uses[own][owner].append(f"{source.name}:{line_of(source, match.start())}: {match[1]}")
        for match in MEMBER.finditer(source.code):
            if len(owners.get(match.groups(), ())) == 1:
                (owner,) = owners[match.groups()]
                if owner != own:
                    uses[own][owner].append(f"{source.name}:{line_of(source, match.start())}: {match[0]}")
    faults = []
    for circle in circles(uses):
        faults.append(f"{folder.relative_to(ROOT).as_posix()}: the folders {', '.join(circle)} use each other:")
        for one in circle:
            for other in circle:
                if found := uses[one].get(other):
                    more = f", and {len(found) - 3} more" if len(found) > 3 else ""
                    faults.append(f"  {one} uses {other}: " + "; ".join(found[:3]) + more)
    return faults


def option_names(sources: dict[str, list[Source]]) -> list[str]:
    """Returns the string literals and comments with the name of an option in modules below the command."""
    faults = []
    for module, files in sources.items():
        if module in LAYERS[-1]:
            continue
        for source in files:
            found = [
                (line + text.count("\n", 0, match.start()), "a layer", match[0])
                for line, text in source.strings
                for match in OPTION.finditer(text)
            ]
            for line, text in enumerate(source.text.splitlines(), 1):
                found += [(line, "a comment", match[1]) for match in QUOTED_OPTION.finditer(text)]
            faults += [
                f"{source.name}:{line}: {where} names the option {option}; use Parameter, which CommandLine spells"
                for line, where, option in sorted(found)
                if (source.name, option) not in OTHER_OPTIONS
            ]
    return faults


def long_files() -> list[str]:
    """Returns the files of Sources and Tests that are too long."""
    faults = []
    for path in sorted([*(ROOT / "Sources").rglob("*"), *(ROOT / "Tests").rglob("*")]):
        name = path.relative_to(ROOT).as_posix()
        if path.suffix in SOURCE_SUFFIXES and name not in GENERATED:
            count = len(path.read_text().splitlines())
            if count > MOST_LINES:
                faults.append(f"{name}:{MOST_LINES + 1}: a file of {count} lines; at most {MOST_LINES} are allowed")
    return faults


def main() -> int:
    """Runs the checks."""
    modules = targets()
    sources = {
        module: [Source(path, path.read_text()) for path in sorted(folder.rglob("*.swift"))]
        for module, (folder, _, _) in modules.items()
    }
    faults = wrong_imports(modules, sources)
    for module, (folder, _, _) in modules.items():
        faults += folder_circles(module, folder, sources[module])
    faults += option_names(sources)
    faults += long_files()
    count = sum(len(files) for files in sources.values())
    print("\n".join([*faults, f"{len(modules)} modules, {count} Swift files: " + ("wrong" if faults else "in order")]))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
