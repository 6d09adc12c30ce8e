import Foundation
import TestSupport
import Testing

/// Inputs and their labels.
@Suite struct InputTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func run(_ arguments: String...) throws -> Outcome {
        try dedup(["run"] + arguments, in: folder.path)
    }

    // MARK: Nothing to read

    @Test func noInputIsAUsageError() throws {
        let outcome = try run("--out", "out")
        #expect(outcome.code == 2)
        #expect(outcome.errorLines.first?.contains("input") == true, "\(outcome.error)")
        #expect(outcome.output.isEmpty)
        #expect(!folder.exists("out"))
    }

    @Test func aMissingInputIsAUsageError() throws {
        try folder.shard("in/a.jsonl", documents("a", 2, seed: 1))
        expectFailure(try run("in", "gone", "--out", "out"), 2, naming: "gone", "no such file or folder")
        expectFailure(try run("label=gone", "--out", "out"), 2, naming: "gone", "no such file or folder")
        expectFailure(try run("", "--out", "out"), 2)
        #expect(!folder.exists("out"))
    }

    @Test func anEmptyFolderIsAUsageError() throws {
        try folder.folder("in")
        expectFailure(try run("in", "--out", "out"), 2, naming: "in", "no shards", ".jsonl")
        #expect(!folder.exists("out"))
    }

    @Test func aFolderWithoutShardsIsAUsageError() throws {
        try folder.write("a", to: "in/readme.txt")
        try folder.write("a", to: "in/.hidden.jsonl")
        expectFailure(try run("in", "--out", "out"), 2, naming: "in", "no shards", "1 other file")
        #expect(!folder.exists("out"))
    }

    @Test(arguments: ["notes.txt", "a.jsonl.bz2", "a.JSONL", "wiki_00"])
    func aFileOfAnyNameMayBeAnInput(_ name: String) throws {
        try folder.shard(name, documents("a", 3, seed: 1))
        expectSuccess(try run(name, "--out", "out"))
        #expect(folder.shards() == [name])
    }

    @Test func aHiddenFileIsRefused() throws {
        try folder.write("{}", to: ".a.jsonl")
        expectFailure(try run(".a.jsonl", "--out", "out"), 2, naming: ".a.jsonl")
        expectFailure(try run("x=.a.jsonl", "--out", "out"), 2, naming: ".a.jsonl", "hidden")
        #expect(!folder.exists("out"))
    }

    @Test func aPipeIsRefused() throws {
        mkfifo(folder / "a.jsonl", 0o600)
        expectFailure(try run("a.jsonl", "--out", "out"), 1, naming: "a.jsonl")
        #expect(!folder.exists("out"))
        // In a folder, a pipe is ignored, because it is not a shard.
        try folder.folder("in")
        mkfifo(folder / "in/pipe.jsonl", 0o600)
        try folder.shard("in/b.jsonl", documents("b", 2, seed: 1))
        expectSuccess(try run("in", "--out", "out"))
        #expect(try folder.report().run.ignoredFiles == ["pipe.jsonl"])
    }

    // MARK: Unreadable inputs

    /// Runs the binary as a user without special rights; root changes to another user for that.
    private func runWithoutRights(_ arguments: String) throws -> Outcome {
        let drop = DedupBinary.isRoot ? "setpriv --reuid=65534 --regid=65534 --clear-groups " : ""
        try folder.folder("writable")
        chmod(folder.path, 0o755)
        chmod(folder / "writable", 0o777)
        // Other users may have no access to the folder of the binary, so it is copied.
        let binary = folder / "dedup"
        if !folder.exists("dedup") { expectSuccess(try shell("cp \"$DEDUP\" '\(binary)'")) }
        return try shell("\(drop)'\(binary)' \(arguments)", in: folder.path)
    }

    private static let canDropRights = !DedupBinary.isRoot || FileManager.default.fileExists(atPath: "/usr/bin/setpriv")

    @Test(.enabled(if: canDropRights, "root reads everything, and setpriv is missing"))
    func anUnreadableFileStopsTheRun() throws {
        try folder.shard("in/a.jsonl", documents("a", 3, seed: 1))
        try folder.shard("in/b.jsonl", documents("b", 3, seed: 10))
        chmod(folder / "in/b.jsonl", 0)
        let outcome = try runWithoutRights("run in --out writable/out")
        expectFailure(outcome, 1, naming: "b.jsonl", "Permission denied")
        try expectCommitted(["a.jsonl"], folder, "writable/out")
    }

    @Test(.enabled(if: canDropRights, "root reads everything, and setpriv is missing"))
    func anUnreadableFolderStopsTheRun() throws {
        try folder.shard("in/a.jsonl", documents("a", 3, seed: 1))
        try folder.shard("in/closed/b.jsonl", documents("b", 3, seed: 10))
        chmod(folder / "in/closed", 0)
        defer { chmod(folder / "in/closed", 0o700) }
        let outcome = try runWithoutRights("run in --out writable/out")
        expectFailure(outcome, 1, naming: "in/closed", "Permission denied")
        #expect(folder.shards("writable/out") == [])
    }

    @Test(.enabled(if: canDropRights, "root writes everywhere, and setpriv is missing"))
    func anOutputThatMayNotBeWrittenStopsTheRun() throws {
        try folder.shard("in/a.jsonl", documents("a", 3, seed: 1))
        try folder.folder("closed")
        chmod(folder / "closed", 0o555)
        expectFailure(try runWithoutRights("run in --out closed/out"), 1, naming: "closed/out", "Permission denied")
        expectFailure(try runWithoutRights("run in --out closed"), 1, naming: "closed", "Permission denied")
        #expect(folder.files(below: "closed") == [])
    }

    // MARK: Names of inputs

    @Test func allNamesOfAFolderGiveTheSameOutput() throws {
        try folder.shard("in/sub/a.jsonl.zst", documents("a", 6, seed: 1))
        try folder.shard("in/b.jsonl.gz", documents("b", 6, seed: 20))
        expectSuccess(try run("in", "--out", "out"))
        let expected = try folder.results()
        #expect(folder.shards() == ["b.jsonl.gz", "sub/a.jsonl.zst"])
        for (number, input) in [".", "./", "\(folder / "in")/", "../in", "sub/..", "\(folder / "in")//."].enumerated() {
            let out = "../out\(number)"
            expectSuccess(try dedup(["run", input, "--out", out], in: folder / "in"))
            #expect(try folder.results("out\(number)") == expected, "\(input)")
        }
        expectSuccess(try dedup(["run", "..", "--out", "../../outparent"], in: folder / "in/sub"))
        #expect(try folder.results("outparent") == expected)
    }

    @Test func aRunGoesOnUnderAnotherNameOfTheInput() throws {
        try folder.shard("in/a.jsonl", documents("a", 6, seed: 1))
        expectSuccess(try run("in", "--out", "out"))
        try folder.shard("in/b.jsonl", documents("b", 6, seed: 20))
        expectSuccess(try dedup(["run", ".", "--out", "../out"], in: folder / "in"))
        #expect(folder.shards() == ["a.jsonl", "b.jsonl"])
        expectSuccess(try run("\(folder / "in")/", "--out", "out"))
        #expect(folder.shards() == ["a.jsonl", "b.jsonl"])
    }

    @Test func severalInputsAreLabelled() throws {
        try folder.shard("x/books/a.jsonl", documents("a", 6, seed: 1))
        try folder.shard("y/crawl/a.jsonl", documents("b", 6, seed: 1))
        expectSuccess(try run("x/books/", "web=y/crawl", "--out", "out"))
        #expect(folder.shards() == ["books/a.jsonl", "web/a.jsonl"])
        // Documents of the input that is given first are kept.
        #expect(try folder.decoded("out/web/a.jsonl").isEmpty)
        #expect(try folder.removedLines("web/a.jsonl").allSatisfy { $0.twin.shard == "books/a.jsonl" })
        expectSuccess(try run("web=y/crawl", "x/books", "--out", "other"))
        #expect(try folder.decoded("other/books/a.jsonl").isEmpty)
    }

    @Test func aSingleInputMayHaveALabel() throws {
        try folder.shard("in/a.jsonl", documents("a", 2, seed: 1))
        expectSuccess(try run("web=in", "--out", "out"))
        #expect(folder.shards() == ["web/a.jsonl"])
    }

    @Test(arguments: ["=in", ".x=in", "..=in", "web="])
    func impossibleLabelsAreRefused(_ input: String) throws {
        try folder.shard("in/a.jsonl", documents("a", 2, seed: 1))
        expectFailure(try run(input, "--out", "out"), 2, naming: input)
        #expect(!folder.exists("out"))
    }

    @Test func twoInputsOfOneNameNeedALabel() throws {
        try folder.shard("x/part/a.jsonl", documents("a", 2, seed: 1))
        try folder.shard("y/part/b.jsonl", documents("b", 2, seed: 10))
        expectFailure(try run("x/part", "y/part", "--out", "out"), 2, naming: "x/part", "y/part", "LABEL=PATH")
        expectFailure(try run("x/part", "x/part", "--out", "out"), 2, naming: "x/part", "LABEL=PATH")
        #expect(!folder.exists("out"))
        expectSuccess(try run("x/part", "other=y/part", "--out", "out"))
        #expect(folder.shards() == ["other/b.jsonl", "part/a.jsonl"])
    }

    @Test func twoShardsOfOneNameAreRefused() throws {
        try folder.shard("x/a.jsonl", documents("a", 2, seed: 1))
        try folder.shard("y/a.jsonl", documents("b", 2, seed: 10))
        let outcome = try run("same=x", "same=y", "--out", "out")
        expectFailure(outcome, 2, naming: "x", "y", "LABEL=PATH")
        #expect(!folder.exists("out"))
        // The label equals the name of a folder in an input without a label, so two shards would have the same path.
        try folder.shard("first/web/a.jsonl", documents("c", 2, seed: 20))
        expectSuccess(try run("first", "--out", "out"))
        expectFailure(try run("first", "web=y", "--out", "out"), 2, naming: "web/a.jsonl", "LABEL=PATH")
        #expect(folder.shards() == ["web/a.jsonl"])
    }

    // MARK: Files in a folder

    @Test func linksToFilesAreFollowedAndToFoldersNot() throws {
        try folder.shard("elsewhere/real.jsonl", documents("r", 4, seed: 1))
        try folder.shard("in/b.jsonl", documents("b", 4, seed: 10))
        try folder.link("in/a.jsonl", to: "../elsewhere/real.jsonl")
        try folder.link("in/linked", to: "../elsewhere")
        try folder.link("in/folder.jsonl", to: "../elsewhere")
        expectSuccess(try run("in", "--out", "out"))
        #expect(folder.shards() == ["a.jsonl", "b.jsonl"])
        #expect(try folder.bytes("out/a.jsonl") == folder.decoded("out/a.jsonl"))
        #expect((try? FileManager.default.destinationOfSymbolicLink(atPath: folder / "out/a.jsonl")) == nil)
        #expect(try folder.report().run.ignoredFiles == ["folder.jsonl/", "linked/"])
    }

    @Test func anInputMayBeALink() throws {
        try folder.shard("real/a.jsonl", documents("r", 4, seed: 1))
        try folder.link("in", to: "real")
        try folder.link("one.jsonl", to: "real/a.jsonl")
        expectSuccess(try run("in", "--out", "out"))
        #expect(folder.shards() == ["a.jsonl"])
        expectSuccess(try run("one.jsonl", "--out", "out2"))
        #expect(folder.shards("out2") == ["one.jsonl"])
    }

    @Test func aBrokenLinkInPlaceOfAShardStopsTheRun() throws {
        try folder.shard("in/b.jsonl", documents("b", 4, seed: 10))
        try folder.link("in/notes.txt", to: "gone.txt")
        expectSuccess(try run("in", "--out", "out"))
        try folder.link("in/c.jsonl", to: "gone.jsonl")
        expectFailure(try run("in", "--out", "out2"), 1, naming: "c.jsonl", "gone.jsonl")
        #expect(!folder.exists("out2"))
        try folder.link("loop.jsonl", to: "loop.jsonl")
        expectFailure(try run("loop.jsonl", "--out", "out2"), 1, naming: "loop.jsonl")
    }

    @Test func hiddenFilesAreLeftOutAndOthersNamedAndCounted() throws {
        try folder.shard("in/a.jsonl", documents("a", 2, seed: 1))
        try folder.shard("in/.b.jsonl", ["not JSON"])
        try folder.shard("in/.git/c.jsonl", ["not JSON"])
        try folder.write("x", to: "in/readme.md")
        try folder.write("x", to: "in/sub/data.parquet")
        let outcome = try run("in", "--out", "out")
        expectSuccess(outcome)
        #expect(outcome.error.contains("2 other files"), "\(outcome.error)")
        #expect(outcome.error.contains("readme.md"), "\(outcome.error)")
        #expect(folder.shards() == ["a.jsonl"])
        let report = try folder.report()
        #expect(report.run.ignoredFiles == ["readme.md", "sub/data.parquet"])
        #expect(report.run.ignoredFilesCount == 2)
    }

    @Test func namesMayHoldAnyCharacter() throws {
        let names = ["с пробелом.jsonl", "quote\"back\\slash.jsonl.zst", "new\nline.ndjson", "é.json", "e\u{301}.json"]
        for (number, name) in names.enumerated() {
            try folder.shard("in/" + name, documents("d", 3, seed: number < 3 ? 1 : 100 * number))
        }
        expectSuccess(try run("in", "--out", "out"))
        #expect(Set(folder.shards().map { Array($0.utf8) }) == Set(names.map { Array($0.utf8) }))
        // The first shard in bytewise order keeps its documents, and the lists give its name unchanged.
        let twins = try names.flatMap { try folder.removedLines($0) }.map(\.twin.shard)
        #expect(Set(twins) == ["new\nline.ndjson"])
        #expect(try folder.report().corpus.shards.count == names.count)
    }

    @Test func aNameThatIsNotUTF8IsRefused() throws {
        try folder.shard("in/a.jsonl", documents("a", 2, seed: 1))
        let outcome = try shell(
            "printf '' > \"$(printf 'in/b\\377.jsonl')\"; \"$DEDUP\" run in --out out", in: folder.path)
        expectFailure(outcome, 1, naming: "UTF-8", "rename")
    }

    @Test func anInputNeedNotBeNamedAgain() throws {
        try folder.shard("x/a.jsonl", documents("a", 6, seed: 1))
        try folder.shard("y/b.jsonl", documents("b", 6, seed: 1))
        expectSuccess(try run("x", "y", "--out", "out"))
        let before = try folder.results()
        expectSuccess(try run("y", "--out", "out"))
        #expect(try folder.results() == before)
        // The input may even be deleted; its kept documents still count.
        try folder.remove("x")
        try folder.shard("y/c.jsonl", documents("c", 6, seed: 1))
        let outcome = try run("y", "--out", "out", "--strict-inputs")
        expectSuccess(outcome)
        #expect(!outcome.error.contains("gone"))
        #expect(try folder.report().run.missingShardsCount == 0)
        #expect(folder.shards() == ["x/a.jsonl", "y/b.jsonl", "y/c.jsonl"])
        #expect(try folder.decoded("out/y/c.jsonl").isEmpty)
        #expect(try folder.removedLines("y/c.jsonl").allSatisfy { $0.twin.shard == "x/a.jsonl" })
    }
}
