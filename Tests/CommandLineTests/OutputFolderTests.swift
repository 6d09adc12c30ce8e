import Foundation
import TestSupport
import Testing

/// The output folder: where it may be, which files it may hold, and when it is replaced.
@Suite struct OutputFolderTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try folder.shard("in/a.jsonl", documents("a", 6, seed: 1))
        try folder.shard("in/b.jsonl.zst", documents("b", 6, seed: 4))
    }

    private func run(_ arguments: String...) throws -> Outcome {
        try dedup(["run"] + arguments, in: folder.path)
    }

    @Test func aMissingOutIsAUsageError() throws {
        expectFailure(try run("in"), 2, naming: "--out")
    }

    // MARK: Apart from the inputs

    @Test(arguments: ["in", "in/", "./in/.", "in/out", "in/new/deep/out", "in/sub/..", "linked", "linked/out"])
    func anOutputInsideAnInputIsRefused(_ out: String) throws {
        try folder.folder("in/sub")
        try folder.link("linked", to: "in")
        let before = try folder.listing("in")
        expectFailure(try run("in", "--out", out), 2, naming: "--out \(out)", "input in", "apart")
        #expect(try folder.listing("in") == before)
    }

    @Test func anOutputThatHoldsAnInputIsRefused() throws {
        let before = try folder.listing(".")
        expectFailure(try run("in", "--out", "."), 2, naming: "--out .", "input in")
        expectFailure(try run("in/a.jsonl", "--out", "in"), 2, naming: "--out in", "in/a.jsonl")
        expectFailure(try dedup("run", ".", "--out", "..", in: folder / "in"), 2, naming: "--out ..", "input .")
        #expect(try folder.listing(".") == before)
    }

    // MARK: Existing files

    @Test(arguments: ["notes.txt", ".hidden", "a.jsonl", "sub/x.txt"])
    func foreignFilesInAFreshFolderAreNamed(_ name: String) throws {
        try folder.write("mine", to: "out/" + name)
        let before = try folder.listing("out")
        expectFailure(
            try run("in", "--out", "out"), 2, naming: "--out out", String(name.split(separator: "/")[0]), "empty folder"
        )
        expectFailure(try run("in", "--out", "out", "--force"), 2, naming: "--out out")
        expectFailure(try run("in", "--out", "out", "--dry-run"), 2, naming: "--out out")
        #expect(try folder.listing("out") == before)
    }

    @Test func aForeignFileBesideAnEmptyDotDedupIsNamed() throws {
        try folder.folder("out/.dedup")
        try folder.write("mine", to: "out/notes.txt")
        expectFailure(try run("in", "--out", "out"), 2, naming: "(notes.txt)")
    }

    @Test func aFileIsNoOutput() throws {
        try folder.write("mine", to: "out")
        expectFailure(try run("in", "--out", "out"), 2, naming: "--out out", "is a file")
        expectFailure(try run("in", "--out", "out/below"), 1, naming: "the folder out", "a file of that name")
        #expect(try folder.bytes("out") == Array("mine".utf8))
    }

    @Test(arguments: ["notes.txt", "c.jsonl", "sub/x.txt"])
    func foreignFilesInAnOutputAreNamed(_ name: String) throws {
        expectSuccess(try run("in", "--out", "out"))
        try folder.write("mine", to: "out/" + name)
        try folder.shard("in/c.jsonl", documents("c", 6, seed: 50))
        let results = try folder.results()
        expectFailure(try run("in", "--out", "out"), 2, naming: "--out out", name, "move")
        expectFailure(try run("in", "--out", "out", "--force", "--threshold", "0.9"), 2, naming: "--out out", name)
        #expect(try folder.results() == results)
        try folder.remove("out/" + name)
        expectSuccess(try run("in", "--out", "out"))
        #expect(folder.shards() == ["a.jsonl", "b.jsonl.zst", "c.jsonl"])
    }

    @Test func hiddenFilesInAnOutputAreLeftAlone() throws {
        expectSuccess(try run("in", "--out", "out"))
        try folder.write("mine", to: "out/.gitignore")
        try folder.shard("in/c.jsonl", documents("c", 6, seed: 50))
        expectSuccess(try run("in", "--out", "out"))
        #expect(try folder.bytes("out/.gitignore") == Array("mine".utf8))
    }

    @Test func emptyAndMissingFoldersAreTaken() throws {
        try folder.folder("empty")
        expectSuccess(try run("in", "--out", "empty"))
        expectSuccess(try run("in", "--out", "new/deep/out/"))
        try folder.link("link", to: "elsewhere")
        try folder.folder("elsewhere")
        expectSuccess(try run("in", "--out", "link"))
        let expected = try folder.results("empty")
        #expect(try folder.results("new/deep/out") == expected)
        #expect(try folder.results("elsewhere") == expected)
        expectNoTemporaryFiles(folder, "empty")
    }

    // MARK: Other parameters

    @Test(arguments: [
        (["--threshold", "0.85"], "threshold", "0.7", "0.85"), (["--bands", "20", "--rows", "5"], "bands", "10", "20"),
        (["--rows", "5"], "rows", "10", "5"), (["--seeds", "200"], "seeds", "100", "200"),
        (["--shingle-size", "3"], "shingle-size", "5", "3"),
        (["--shingle-unit", "char"], "shingle-unit", "word", "char"),
        (["--normalization", "nfkc"], "normalization", "nfc", "nfkc"),
        (["--min-words", "3"], "min-words", "not set", "3"),
        (["--level", "9"], "level", "3", "9"), (["--text-field", "body"], "text-field", "text", "body"),
        (["--id-field", "key"], "id-field", "id", "key"), (["--match", "exact"], "", "jaccard", "exact"),
        (["--pipeline", "short-texts"], "normalization", "nfc", "nfkc"),
    ])
    func otherParametersAreRefused(_ arguments: [String], _ name: String, _ old: String, _ new: String) throws {
        expectSuccess(try run("in", "--out", "out"))
        let results = try folder.results()
        let outcome = try dedup(["run", "in", "--out", "out"] + arguments, in: folder.path)
        if arguments[0] == "--match" {
            expectFailure(outcome, 2, naming: "--out out", "--force")
        } else {
            expectFailure(outcome, 2, naming: "--out out", "\(name) \(old)", "has \(new)", "--force")
        }
        #expect(try folder.results() == results)
    }

    @Test(arguments: [
        ["--threads", "3"], ["--memory", "256M"], ["--on-bad-line", "drop"], ["--quiet"], ["--json"],
        ["--pipeline", "deberta"],
        ["--min-words", "0"], ["--threshold", "0.700"], ["--match", "jaccard"],
    ])
    func parametersThatDoNotBindMayDiffer(_ arguments: [String]) throws {
        expectSuccess(try run("in", "--out", "out"))
        try folder.shard("in/c.jsonl", documents("c", 6, seed: 50))
        expectSuccess(try dedup(["run", "in", "--out", "out"] + arguments, in: folder.path))
        #expect(folder.shards() == ["a.jsonl", "b.jsonl.zst", "c.jsonl"])
        let report = try folder.report()
        #expect(report.run.shardsWritten == 1)
        #expect(report.run.shardsDoneBefore == 2)
    }

    // MARK: --force

    @Test func forceReplaces() throws {
        expectSuccess(try run("in", "--out", "out"))
        expectSuccess(try run("in", "--out", "out", "--force", "--match", "exact"))
        expectSuccess(try run("in", "--out", "fresh", "--match", "exact"))
        #expect(try folder.results("fresh").isEmpty == false)
        #expect(try folder.corpusOfReport() == folder.corpusOfReport("fresh"))
        #expect(folder.shards() == folder.shards("fresh"))
        #expect(try names(folder.path).filter { $0.contains("dedup-new") } == [])
        // The next run can continue with the new output.
        expectSuccess(try run("in", "--out", "out", "--match", "exact"))
    }

    @Test(arguments: [".", "../link", "../link/", "../out/", "../out/../out"])
    func forceWorksUnderAnyNameOfTheOutput(_ out: String) throws {
        try folder.link("link", to: "out")
        expectSuccess(try run("in", "--out", "out"))
        let outcome = try dedup(
            ["run", "../in", "--out", out, "--force", "--level", "9", "--match", "exact"], in: folder / "out")
        expectSuccess(outcome)
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder / "link") == "out")
        #expect(try names(folder.path).sorted() == ["in", "link", "out"])
        expectSuccess(try run("in", "--out", "out", "--level", "9", "--match", "exact"))
    }

    @Test func aFolderInPlaceOfAShardIsRefused() throws {
        try folder.shard("one/web.jsonl", documents("w", 2, seed: 1))
        try folder.shard("two/b.jsonl", documents("b", 2, seed: 20))
        expectSuccess(try run("one", "--out", "out"))
        expectFailure(
            try run("one", "web.jsonl=two", "--out", "out"), 2, naming: "web.jsonl/b.jsonl", "rename one of them")
        #expect(folder.shards() == ["web.jsonl"])
    }

    @Test func forceWorksOnAFreshFolder() throws {
        expectSuccess(try run("in", "--out", "out", "--force"))
        #expect(folder.shards() == ["a.jsonl", "b.jsonl.zst"])
    }

    @Test func forceTakesShardsThatChanged() throws {
        expectSuccess(try run("in", "--out", "out"))
        try folder.shard("in/a.jsonl", documents("x", 6, seed: 300))
        expectFailure(try run("in", "--out", "out"), 1, naming: "a.jsonl", "--force")
        expectSuccess(try run("in", "--out", "out", "--force"))
        #expect(try folder.decodedText("out/a.jsonl").contains("x-0"))
    }

    @Test func forceThatFailsLeavesTheOldOutput() throws {
        expectSuccess(try run("in", "--out", "out"))
        try folder.shard("in/c.jsonl", ["no JSON"])
        let results = try folder.results()
        let report = try folder.bytes("out/.dedup/report.json")
        expectFailure(try run("in", "--out", "out", "--force", "--rows", "5"), 1, naming: "c.jsonl, line 1")
        #expect(try folder.results() == results)
        #expect(try folder.bytes("out/.dedup/report.json") == report)
        #expect(try names(folder.path).sorted() == ["in", "out"])
    }

    private func names(_ path: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path)
    }

    // MARK: Changed and damaged files

    @Test func aShardThatChangedSinceIsNamed() throws {
        expectSuccess(try run("in", "--out", "out"))
        let results = try folder.results()
        try folder.shard("in/b.jsonl.zst", documents("x", 6, seed: 300))
        try folder.shard("in/c.jsonl", documents("c", 6, seed: 50))
        expectFailure(try run("in", "--out", "out"), 1, naming: "b.jsonl.zst", "--force")
        #expect(try folder.results() == results)
    }

    @Test func aDamagedCatalogIsNamed() throws {
        expectSuccess(try run("in", "--out", "out"))
        let results = try folder.results()
        try folder.write([UInt8](repeating: 7, count: 5000), to: "out/.dedup/catalog.sqlite")
        expectFailure(try run("in", "--out", "out"), 1, naming: "catalog.sqlite")
        #expect(try folder.results() == results)
    }

    @Test func runningAgainChangesNothing() throws {
        expectSuccess(try run("in", "--out", "out"))
        let results = try folder.results()
        let corpus = try folder.corpusOfReport()
        let outcome = try run("in", "--out", "out")
        expectSuccess(outcome)
        #expect(try folder.results() == results)
        #expect(try folder.corpusOfReport() == corpus)
        #expect(try folder.report().run.shardsWritten == 0)
    }
}
