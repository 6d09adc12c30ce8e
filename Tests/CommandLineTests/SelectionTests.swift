import Foundation
import TestSupport
import Testing

/// Which files of the inputs are shards: names, patterns, links, and inputs that are refused.
@Suite struct SelectionTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func run(_ arguments: String...) throws -> Outcome {
        try dedup(["run"] + arguments + ["--out", "out"], in: folder.path)
    }

    private func makeTree() throws {
        for (number, name) in ["a.jsonl", "b.JL", "c.JSONLINES.GZ", "d/e.ndjson.Zst", "d/f/wiki_00", "d/g.txt"]
            .enumerated()
        {
            let lines = documents("x\(number)", 3, seed: 100 * number)
            try folder.write(
                encoded(Array(lines.map { $0 + "\n" }.joined().utf8), for: name.lowercased()), to: "in/" + name)
        }
    }

    // MARK: Names and patterns

    @Test func suffixesMayHaveAnyCase() throws {
        try makeTree()
        let outcome = try run("in")
        expectSuccess(outcome)
        #expect(folder.shards() == ["a.jsonl", "b.JL", "c.JSONLINES.GZ", "d/e.ndjson.Zst"])
        #expect(outcome.error.contains("2 other files in the inputs were not read: 1 .txt, 1 without a suffix"))
        // The compression is that of the input's bytes, whatever the name says.
        #expect(try folder.bytes("out/c.JSONLINES.GZ").starts(with: [0x1F, 0x8B]))
        #expect(try folder.bytes("out/d/e.ndjson.Zst").starts(with: [0x28, 0xB5]))
    }

    @Test func withAFormatEveryNameIsAShard() throws {
        try makeTree()
        expectSuccess(try run("in", "--format", "jsonl", "--exclude", "*.txt"))
        #expect(
            folder.shards() == ["a.jsonl", "b.JL", "c.JSONLINES.GZ", "d/e.ndjson.Zst", "d/f/wiki_00"])
        expectFailure(try run("in", "--format", "csv"), 2, naming: "--format", "jsonl")
    }

    @Test(arguments: [
        (["--glob", "*.jsonl"], ["a.jsonl"]), (["--glob", "d/**"], ["d/e.ndjson.Zst"]),
        (["--glob", "{a,b}.*"], ["a.jsonl", "b.JL"]), (["--exclude", "d"], ["a.jsonl", "b.JL", "c.JSONLINES.GZ"]),
        (["--exclude", "?.J*", "--exclude", "/a.jsonl"], ["d/e.ndjson.Zst"]),
        (["--glob", "wiki_*", "--format", "jsonl"], ["d/f/wiki_00"]),
    ])
    func patternsChooseShards(_ arguments: [String], _ shards: [String]) throws {
        try makeTree()
        let outcome = try dedup(["run", "in", "--out", "out"] + arguments, in: folder.path)
        expectSuccess(outcome)
        #expect(folder.shards() == shards)
        #expect(outcome.error.contains("left out by --glob or --exclude"), "\(outcome.error)")
    }

    @Test func patternsThatLeaveNothingAreRefused() throws {
        try makeTree()
        expectFailure(try run("in", "--glob", "wiki_*"), 2, naming: "no shards", "--format jsonl")
        expectFailure(try run("in", "--exclude", "*"), 2, naming: "no shards", "--exclude")
        expectFailure(try run("in", "--exclude", "[a"), 2, naming: "--exclude '[a'")
        #expect(!folder.exists("out"))
    }

    @Test func shardsLeftOutLaterAreNotMissing() throws {
        try makeTree()
        expectSuccess(try run("in", "--format", "jsonl", "--follow-links"))
        let before = try folder.results()
        for arguments in [["--exclude", "d"], ["--glob", "a.*"], ["--exclude", "d/f/wiki_00"], []] {
            let outcome = try dedup(["run", "in", "--out", "out", "--strict-inputs"] + arguments, in: folder.path)
            expectSuccess(outcome)
            #expect(!outcome.error.contains("gone"), "\(outcome.error)")
        }
        #expect(try folder.results() == before)
        // A shard that is really gone is still reported as missing.
        try folder.remove("in/a.jsonl")
        expectFailure(
            try run("in", "--exclude", "d", "--strict-inputs"), 1, naming: "a.jsonl", "no longer in its input")
    }

    @Test func listedFilesMayBeLeftOut() throws {
        try makeTree()
        expectSuccess(try run("in/a.jsonl", "in/b.JL", "--exclude", "b.JL"))
        #expect(folder.shards() == ["a.jsonl/a.jsonl"])
        expectFailure(try run("in/b.JL", "--exclude", "b.JL"), 2, naming: "no shards")
    }

    @Test func aFileInPlaceOfAFolderIsRefused() throws {
        try makeTree()
        expectSuccess(try run("in"))
        let before = try folder.results()
        expectFailure(try run("in/a.jsonl"), 2, naming: "a.jsonl", "a.jsonl/a.jsonl", "LABEL=PATH")
        #expect(try folder.results() == before)
    }

    @Test func otherFilesAreNamedByKind() throws {
        try folder.shard("in/a.jsonl", documents("a", 3, seed: 1))
        for name in ["b.parquet", "c.MD", "d.md", "e.jsonl.bz2", "f.tar.gz", "README"] {
            try folder.write("x", to: "in/" + name)
        }
        let outcome = try run("in")
        expectSuccess(outcome)
        let line = try #require(outcome.errorLines.first { $0.contains("other files") })
        #expect(line.contains("6 other files in the inputs were not read: 2 .md, "), "\(line)")
        #expect(line.contains("1 .jsonl.bz2 (compress it as .zst or .gz)"), "\(line)")
        #expect(line.contains("1 .parquet (convert it to JSON Lines)") && line.contains("1 .tar.gz"), "\(line)")
        #expect(line.contains("1 without a suffix (README, b.parquet, c.MD, …)"), "\(line)")
    }

    // MARK: Links to folders

    @Test func linksToFoldersAreFollowedOnRequest() throws {
        try folder.shard("in/a.jsonl", documents("a", 3, seed: 1))
        try folder.shard("elsewhere/b.jsonl", documents("b", 3, seed: 50))
        try folder.link("in/sub", to: "../elsewhere")
        let without = try run("in")
        expectSuccess(without)
        #expect(
            without.error.contains("1 link to a folder was not followed (sub); --follow-links follows it"),
            "\(without.error)")
        let with = try run("in", "--follow-links")
        expectSuccess(with)
        #expect(folder.shards() == ["a.jsonl", "sub/b.jsonl"])
        #expect(!with.error.contains("link"), "\(with.error)")
        // Without the option, the linked shard is not selected, but it is not missing either.
        expectSuccess(try run("in", "--strict-inputs"))
    }

    @Test(arguments: [".", "..", "../../in", "../../in/x"])
    func circlesOfLinksEnd(_ target: String) throws {
        try folder.shard("in/x/a.jsonl", documents("a", 3, seed: 1))
        try folder.link("in/x/loop", to: target)
        expectSuccess(try run("in"))
        expectFailure(
            try dedup("run", "in", "--out", "out2", "--follow-links", in: folder.path), 1, naming: "in/x/loop",
            "a link to \(target)", "--exclude")
        #expect(!folder.exists("out2"))
        expectSuccess(
            try dedup("run", "in", "--out", "out2", "--follow-links", "--exclude", "loop", in: folder.path))
    }

    @Test func aLinkIntoTheOutputIsRefused() throws {
        try folder.shard("in/a.jsonl", documents("a", 3, seed: 1))
        try folder.folder("out")
        try folder.link("in/sub", to: "../out")
        expectFailure(try run("in", "--follow-links"), 2, naming: "--out", "in/sub")
        #expect(folder.files(below: "out") == [])
    }

    // MARK: Arguments that are not inputs

    @Test func inputsThatCannotBeReadTwiceAreRefused() throws {
        let input = try folder.shard("in/a.jsonl", documents("a", 3, seed: 1))
        for name in ["-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0", "x=-"] {
            expectFailure(try run(name), 2, naming: "read more than once", "file")
        }
        let substitution = try shell("bash -c '\"$DEDUP\" run <(cat \"\(input)\") --out out'", in: folder.path)
        expectFailure(substitution, 2, naming: "/dev/fd/", "read more than once")
        mkfifo(folder / "pipe", 0o600)
        expectFailure(try run("pipe"), 1, naming: "pipe", "read more than once")
        expectFailure(try run("in/*.jsonl"), 2, naming: "in/*.jsonl", "--glob")
        #expect(!folder.exists("out"))
        // A file named `-` can be given by another path.
        try folder.shard("-", documents("a", 3, seed: 1))
        expectSuccess(try run("./-"))
    }

    static let addresses: [[String]] = [
        ["run", "s3://b/raw", "--out", "o"], ["run", "in", "--out", "s3://b/clean"], ["run", "x=gs://b", "--out", "o"],
        ["run", "in", "--out", "o", "--against", "https://h/clean"], ["run", "in", "--out=hdfs://h/x"],
        ["run", "file:///in", "--out", "o"], ["run", "in", "--out", "o", "--pipeline", "https://h/p.yaml"],
        ["run", "in", "--out", "o", "--pipeline", "embed", "--model", "hf://x/y", "--embeddings", "v"],
        ["run", "in", "--out", "o", "--pipeline", "embed", "--embeddings", "s3://v"],
        ["run", "in", "--out", "o", "--pipeline", "deberta-quality", "--filtered", "s3://v"],
        ["embed", "s3://b", "--out", "o"], ["embed", "in", "--out", "S3://b"],
        ["embed", "in", "--out", "o", "--model", "s3://m"],
        ["score", "s3://b"], ["score", "in", "--out", "s3://b"], ["score", "in", "--embeddings", "s3://b"],
        ["score", "in", "--head", "https://h/head.json"], ["tokenize", "s3://b"],
        ["tokenize", "in", "--model", "s3://m"],
        ["tokenizer", "train", "in", "--vocab", "300", "--out", "s3://b"], ["explain", "s3://b", "1"],
        ["explain", "out", "1", "--input", "s3://b"], ["stats", "s3://b"], ["index", "verify", "s3://b"],
        ["similar", "s3://b", "1"], ["train", "mlm", "in", "--config", "c", "--out", "s3://b", "--tokenizer", "t"],
        ["train", "distill", "in", "--config", "c", "--out", "o", "--teacher", "s3://b"],
        ["train", "whitening", "in", "--model", "s3://b"], ["train", "export", "--out", "s3://b"],
    ]

    @Test(arguments: addresses.indices)
    func addressesAreNotPaths(_ number: Int) throws {
        try folder.shard("in/a.jsonl", documents("a", 3, seed: 1))
        let before = folder.files(below: ".")
        expectFailure(try dedup(Self.addresses[number], in: folder.path), 2, naming: "://", "local files")
        #expect(folder.files(below: ".") == before)
    }

    @Test func addressesAreIdsAndTexts() throws {
        try folder.shard("in/a.jsonl", [line("https://h/1", text(1)), line("https://h/2", text(1))])
        expectSuccess(try run("in"))
        let outcome = try dedup("explain", "out", "https://h/2", in: folder.path)
        expectSuccess(outcome)
        #expect(outcome.outputText.contains("https://h/1"))
    }

    @Test func addressesInDefinitionsAndTheEnvironmentAreRefused() throws {
        try folder.shard("in/a.jsonl", documents("a", 3, seed: 1))
        let stages = "stages:\n  - read\n  - write\n  - embed: {model: \"s3://m\"}\n"
        try folder.write(stages, to: "p.yaml")
        expectFailure(try run("in", "--pipeline", "p.yaml", "--embeddings", "v"), 2, naming: "s3://m", "local files")
        let outcome = try dedup(
            ["embed", "in", "--out", "v"], in: folder.path, environment: ["DEDUP_MODEL": "s3://m"])
        expectFailure(outcome, 2, naming: "s3://m", "local files")
    }
}
