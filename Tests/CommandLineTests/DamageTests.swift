import Foundation
import TestSupport
import Testing

/// Flipped bytes in the files of earlier runs: a run that needs such a file names it, and uses no damaged data.
@Suite struct DamageTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func run(_ arguments: String...) throws -> Outcome {
        try dedup(["run"] + arguments, in: folder.path)
    }

    /// Flips a bit of a byte and keeps the file's modification time, as a failing disk does.
    private func flip(_ name: String, at offset: Int) throws {
        let time = folder.modified(name)
        var content = try folder.bytes(name)
        content[offset] ^= 0x10
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: folder / name))
        try file.seek(toOffset: UInt64(offset))
        try file.write(contentsOf: content[offset...offset])
        try file.close()
        folder.setModified(name, time)
    }

    /// Flips bytes of a file one at a time, and restores each. Expects every run to fail with one line that names the
    /// file, and to change nothing.
    private func expectFound(_ name: String, of out: String, _ arguments: [String], at offsets: [Int]) throws {
        let results = try folder.results()
        for offset in offsets {
            try flip("\(out)/.dedup/\(name)", at: offset)
            let outcome = try dedup(["run"] + arguments, in: folder.path)
            expectFailure(outcome, 1, naming: "\(out)/.dedup/\(name)", "damaged")
            #expect(try folder.results() == results, "\(name), byte \(offset)")
            try flip("\(out)/.dedup/\(name)", at: offset)
        }
    }

    /// Offsets all over a file.
    private func offsets(_ name: String, _ count: Int) throws -> [Int] {
        let size = try folder.bytes(name).count
        return (0..<count).map { $0 * (size - 1) / (count - 1) }
    }

    @Test(arguments: ["index/documents", "catalog.sqlite", "catalog.sqlite.check"], [[], ["--dry-run"]])
    func damageIsNamed(_ name: String, _ arguments: [String]) throws {
        try folder.shard("in/a.jsonl", documents("a", 40, seed: 1))
        expectSuccess(try run("in", "--out", "out"))
        try folder.shard("in/b.jsonl", documents("b", 40, seed: 20))
        expectSuccess(try run("in", "--out", "calm"))
        try expectFound(
            name, of: "out", ["in", "--out", "out"] + arguments, at: try offsets("out/.dedup/" + name, 7))
        expectSuccess(try run("in", "--out", "out"))
        #expect(try folder.results() == folder.results("calm"))
        #expect(try folder.corpusOfReport() == folder.corpusOfReport("calm"))
    }

    @Test(arguments: ["index/documents", "catalog.sqlite", "catalog.sqlite.check"])
    func damageInAnotherOutputIsNamed(_ name: String) throws {
        try folder.shard("books/a.jsonl", documents("a", 40, seed: 1))
        expectSuccess(try run("books", "--out", "old"))
        try folder.shard("in/b.jsonl", documents("b", 40, seed: 20))
        let arguments = ["in", "--out", "out", "--against", "old"]
        try expectFound(name, of: "old", arguments, at: try offsets("old/.dedup/" + name, 7))
        expectSuccess(try dedup(["run"] + arguments, in: folder.path))
    }

    @Test func damagedSegmentsAreNamed() throws {
        let texts = (0..<300).map { line("n\($0)", text($0, words: 3)) }
        try folder.shard("in/a.jsonl", texts)
        expectSuccess(try run("in", "--out", "out"))
        expectSuccess(try dedup(["index", "compact", "out"], in: folder.path))
        let segment = try #require(folder.files(below: "out/.dedup/index").first { $0.hasPrefix("bands-") })
        let name = "out/.dedup/index/" + segment
        try folder.shard("in/b.jsonl", texts)
        // The header, the directory, the filters, and the padding between them.
        let entries = 300 * 10 * 16
        let searched = try folder.bytes(name).count - entries
        try expectFound(
            "index/" + segment, of: "out", ["in", "--out", "out"],
            at: [0, 40, 4000] + (1...6).map { searched * $0 / 6 - 1 })
        // The run reads only the pages of entries that it looks up. Damage in other pages has no effect; at least the
        // page with the first document's keys is read.
        let results = try folder.results()
        var found = 0
        for offset in stride(from: searched, to: searched + entries, by: 4096) {
            try flip(name, at: offset)
            let outcome = try run("in", "--out", "out", "--dry-run")
            if outcome.code != 0 {
                expectFailure(outcome, 1, naming: name, "damaged")
                found += 1
            }
            #expect(try folder.results() == results)
            try flip(name, at: offset)
        }
        #expect(found > 0)
        // A missing segment is an error too.
        #expect(rename(folder / name, folder / "aside") == 0)
        expectFailure(try run("in", "--out", "out"), 1, naming: segment)
        #expect(rename(folder / "aside", folder / name) == 0)
        expectSuccess(try run("in", "--out", "out"))
        #expect(try folder.decoded("out/b.jsonl").isEmpty)
        #expect(try folder.report().corpus.removed == 300)
    }

    @Test(arguments: ["index/documents", "catalog.sqlite.check"])
    func aFileThatIsCutOffOrMissingIsNamed(_ name: String) throws {
        try folder.shard("in/a.jsonl", documents("a", 40, seed: 1))
        expectSuccess(try run("in", "--out", "out"))
        try folder.shard("in/b.jsonl", documents("b", 40, seed: 20))
        let path = "out/.dedup/" + name
        let content = try folder.bytes(path)
        let results = try folder.results()
        for size in [content.count - 1, 8, 0, -1] {
            if size >= 0 { try folder.write(Array(content[..<size]), to: path) } else { try folder.remove(path) }
            expectFailure(try run("in", "--out", "out"), 1, naming: path, "damaged")
            #expect(try folder.results() == results)
        }
        try folder.write(content, to: path)
        expectSuccess(try run("in", "--out", "out"))
        #expect(folder.shards() == ["a.jsonl", "b.jsonl"])
    }

    @Test func aDamagedCatalogCanBeReplaced() throws {
        try folder.shard("in/a.jsonl", documents("a", 40, seed: 1))
        expectSuccess(try run("in", "--out", "out"))
        let results = try folder.results()
        for offset in try offsets("out/.dedup/catalog.sqlite", 9).dropFirst() {
            try flip("out/.dedup/catalog.sqlite", at: offset)
            expectFailure(try run("in", "--out", "out"), 1, naming: "catalog.sqlite", "--force")
            expectSuccess(try run("in", "--out", "out", "--force"))
            #expect(try folder.results() == results)
        }
    }

    /// The document log of another output is undamaged, but its records do not belong to this output.
    @Test func theDocumentLogOfAnotherOutputIsDamage() throws {
        for name in ["p", "q"] {
            try folder.shard("\(name)/a.jsonl", documents(name, 40, seed: name == "p" ? 1 : 500))
            expectSuccess(try run(name, "--out", "o\(name)"))
        }
        let log = ".dedup/index/documents"
        try folder.write(try folder.bytes("oq/" + log), to: "op/" + log)
        let verified = try dedup(["index", "verify", "op"], in: folder.path)
        #expect(verified.code == 1)
        #expect(String(decoding: verified.output, as: UTF8.self).contains("op/" + log))
        try folder.shard("p/b.jsonl", documents("b", 40, seed: 500))
        let outcome = try run("p", "--out", "op")
        expectFailure(outcome, 1, naming: "op/" + log, "damaged")
    }

    /// An older catalog does not list later files; a run must not delete these.
    @Test(arguments: [["run", "in", "--out", "out"], ["index", "compact", "out"]])
    func anOlderCatalogDeletesNothing(_ arguments: [String]) throws {
        try folder.shard("in/a.jsonl", documents("a", 40, seed: 1))
        expectSuccess(try run("in", "--out", "out"))
        let catalog = ["catalog.sqlite", "catalog.sqlite.check"].map { "out/.dedup/" + $0 }
        let old = try catalog.map { try folder.bytes($0) }
        try folder.shard("in/b.jsonl", documents("b", 40, seed: 20))
        expectSuccess(try run("in", "--out", "out"))
        expectSuccess(try dedup(["index", "compact", "out"], in: folder.path))
        let new = try catalog.map { try folder.bytes($0) }
        let index = try folder.files(below: "out/.dedup/index").map { try folder.bytes("out/.dedup/index/" + $0) }
        for (path, content) in zip(catalog, old) { try folder.write(content, to: path) }
        #expect(try dedup(arguments, in: folder.path).code != 0)
        #expect(try folder.files(below: "out/.dedup/index").map { try folder.bytes("out/.dedup/index/" + $0) } == index)
        for (path, content) in zip(catalog, new) { try folder.write(content, to: path) }
        expectSuccess(try run("in", "--out", "out"))
        expectSuccess(try dedup(["index", "verify", "out"], in: folder.path))
    }

    /// A run was killed while it deleted the output that it had replaced.
    @Test func whatIsLeftOfAReplacedOutputIsDeleted() throws {
        try folder.shard("in/a.jsonl", documents("a", 40, seed: 1))
        expectSuccess(try run("in", "--out", "out"))
        expectSuccess(try run("in", "--out", ".out.dedup-new"))
        try folder.remove(".out.dedup-new/a.jsonl")
        try folder.remove(".out.dedup-new/.dedup/index/documents")
        expectSuccess(try run("in", "--out", "out", "--force"))
        #expect(!FileManager.default.fileExists(atPath: folder / ".out.dedup-new"))
    }

    /// A run reads a file of its output again if its modification time differs from the recorded one.
    @Test(arguments: ["a.jsonl", ".dedup/removed/a.jsonl.jsonl.zst"])
    func otherContentOfAnOutputIsNamed(_ name: String) throws {
        try folder.shard("in/a.jsonl", documents("a", 40, seed: 1) + documents("b", 5, seed: 1))
        expectSuccess(try run("in", "--out", "out"))
        let whole = try folder.bytes("out/" + name)
        var flipped = whole
        flipped[flipped.count / 2] ^= 1
        try folder.write(flipped, to: "out/" + name)
        expectFailure(try run("in", "--out", "out"), 1, naming: "out/\(name): damaged: its content")
        try folder.write(whole, to: "out/" + name)
        expectSuccess(try run("in", "--out", "out"))
    }

    /// A run does not read its output again, but compares the sizes of the files.
    @Test(arguments: ["a.jsonl", ".dedup/removed/a.jsonl.jsonl.zst"])
    func anotherSizeOfAnOutputIsNamed(_ name: String) throws {
        try folder.shard("in/a.jsonl", documents("a", 40, seed: 1) + documents("b", 5, seed: 1))
        expectSuccess(try run("in", "--out", "out"))
        let whole = try folder.bytes("out/" + name)
        try folder.write(Array(whole.dropLast()), to: "out/" + name)
        expectFailure(try run("in", "--out", "out"), 1, naming: "out/\(name): damaged: \(whole.count - 1) bytes long")
        expectFailure(try dedup("index", "compact", "out", in: folder.path), 1, naming: name)
        try folder.write(whole, to: "out/" + name)
        expectSuccess(try run("in", "--out", "out"))
    }
}
