import Foundation
import TestSupport
import Testing

/// Shards with damaged bytes, for `--on-bad-shard` and `dedup check`.
@Suite struct DamagedShardTests {
    let folder: TemporaryFolder
    private static let names = ["a.jsonl.zst", "b.jsonl.gz", "c.jsonl", "d.jsonl.gz", "e.jsonl.zst", "f.jsonl"]

    init() throws {
        folder = try TemporaryFolder()
        for (number, name) in Self.names.enumerated() {
            // Later shards repeat documents of earlier ones. If the earlier shard is skipped, the later one must keep
            // them.
            let repeated = number > 0 ? documents("r\(number)", 20, seed: (number - 1) * 1000) : []
            try folder.shard("whole/" + name, documents(name, 60, seed: number * 1000) + repeated)
        }
        try copy("whole", "in")
    }

    private func copy(_ from: String, _ to: String) throws {
        try FileManager.default.copyItem(atPath: folder / from, toPath: folder / to)
    }

    private enum Damage: CaseIterable { case truncated, flipped, emptied, foreign }

    private func damage(_ name: String, _ how: Damage) throws {
        var bytes = try folder.bytes(name)
        switch how {
        case .truncated: bytes.removeLast(bytes.count / 2)
        case .flipped: bytes[bytes.count / 2] ^= 0x10
        case .emptied: bytes = []
        case .foreign: bytes = Array("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12\n".utf8)
        }
        try folder.write(bytes, to: name)
    }

    private func run(_ arguments: String...) throws -> Outcome {
        try dedup(["run", "in", "--out", "out"] + arguments, in: folder.path)
    }

    /// Expects that the output is what a run makes of the input without some shards.
    private func expectAsWithout(_ names: [String], sourceLocation: SourceLocation = #_sourceLocation) throws {
        try folder.remove("other")
        try copy("in", "other/in")
        for name in names { try folder.remove("other/in/" + name) }
        expectSuccess(try dedup("run", "in", "--out", "out", in: folder / "other"), sourceLocation: sourceLocation)
        #expect(try folder.results() == folder.results("other/out"), sourceLocation: sourceLocation)
        #expect(try folder.corpusOfReport() == folder.corpusOfReport("other/out"), sourceLocation: sourceLocation)
        expectNoTemporaryFiles(folder, "out", sourceLocation: sourceLocation)
    }

    @Test(arguments: ["1", "4"]) func aSkippedShardIsAsIfItWereNotThere(threads: String) throws {
        try damage("in/b.jsonl.gz", .truncated)
        try damage("in/d.jsonl.gz", .flipped)
        try damage("in/e.jsonl.zst", .emptied)
        let skipped = ["b.jsonl.gz", "d.jsonl.gz", "e.jsonl.zst"]

        let stopped = try run("--threads", threads)
        expectFailure(stopped, 1, naming: "b.jsonl.gz: a truncated gzip member")

        let outcome = try run("--on-bad-shard", "skip", "--threads", threads, "--quiet")
        expectSuccess(outcome)
        for name in skipped { #expect(outcome.error.contains("damaged shard left out: \(name): "), "\(outcome.error)") }
        try expectAsWithout(skipped)
        let listed = try folder.report().run.skippedShards
        #expect(listed?.map(\.shard) == skipped)
        #expect(listed?.allSatisfy { $0.reason.contains("at byte") } == true)
        expectSuccess(try dedup("verify", "out", in: folder.path))

        let dry = try dedup(["run", "in", "--dry-run", "--on-bad-shard", "skip", "--quiet"], in: folder.path)
        expectSuccess(dry)
        let counted = try Report(dry.output)
        #expect(try counted.corpus.documents == folder.report().corpus.documents)
        #expect(counted.run.skippedShards == listed)
    }

    @Test func aSkippedShardIsTriedAgainAndComesInLater() throws {
        try damage("in/b.jsonl.gz", .truncated)
        expectSuccess(try run("--on-bad-shard", "skip"))
        // The shard is still damaged. Without the option, it stops the run.
        expectFailure(try run(), 1, naming: "b.jsonl.gz")
        #expect(try run("--on-bad-shard", "skip").error.contains("b.jsonl.gz"))

        try folder.write(folder.bytes("whole/b.jsonl.gz"), to: "in/b.jsonl.gz")
        expectFailure(try run("--strict-order"), 2, naming: "b.jsonl.gz")
        expectSuccess(try run())
        let report = try folder.report()
        #expect(report.corpus.shards.last?.name == "b.jsonl.gz")
        #expect(report.corpus.shardsOutOfOrder == 1)
        #expect(report.run.skippedShards == nil)
    }

    /// `--on-bad-shard skip` skips only damaged shards: bad lines and failures of the machine still stop the run.
    @Test func otherFailuresStillStopTheRun() throws {
        try folder.shard("in/b.jsonl.gz", documents("b", 5, seed: 1) + ["nonsense"])
        expectFailure(try run("--on-bad-shard", "skip"), 1, naming: "b.jsonl.gz, line 6")
        try folder.write(folder.bytes("whole/b.jsonl.gz"), to: "in/b.jsonl.gz")
        try FileManager.default.removeItem(atPath: folder / "in/e.jsonl.zst")
        try FileManager.default.createSymbolicLink(
            atPath: folder / "in/e.jsonl.zst", withDestinationPath: "/nowhere/at/all")
        #expect(try run("--on-bad-shard", "skip").code != 0)
    }

    /// A flipped byte of a gzip member can give lines that are not JSON, long before the checksum at its end.
    @Test func badLinesOfADamagedShardDoNotHideTheDamage() throws {
        var content = try folder.decoded("whole/b.jsonl.gz")
        content.insert(contentsOf: Array("nonsense\n".utf8), at: 0)
        var bytes = encoded(content, for: "b.jsonl.gz")
        bytes[bytes.count - 8] ^= 1  // the checksum
        try folder.write(bytes, to: "in/b.jsonl.gz")
        expectSuccess(try run("--on-bad-shard", "skip"))
        try expectAsWithout(["b.jsonl.gz"])
        expectSuccess(try dedup("run", "in", "--out", "out2", "--on-bad-shard", "skip", in: folder.path))
    }

    @Test func noVectorsOfASkippedShardRemain() throws {
        try TinyModel().write(to: folder / "model")
        expectSuccess(try embed(folder))
        try damage("in/b.jsonl.gz", .truncated)
        try damage("in/e.jsonl.zst", .flipped)
        expectFailure(try embed(folder), 1, naming: "b.jsonl.gz")
        let outcome = try embed(folder, "--on-bad-shard", "skip")
        expectSuccess(outcome)
        #expect(outcome.error.contains("damaged shard left out: b.jsonl.gz"), "\(outcome.error)")
        #expect(outcome.error.contains("damaged shard left out: e.jsonl.zst"), "\(outcome.error)")
        #expect(try folder.record().shards.map(\.name) == ["a.jsonl.zst", "c.jsonl", "d.jsonl.gz", "f.jsonl"])
        #expect(folder.files(below: "vectors").filter { $0.hasPrefix("b.") || $0.hasPrefix("e.") } == [])
        try folder.remove("in/b.jsonl.gz")
        try folder.remove("in/e.jsonl.zst")
        expectSuccess(try embed(folder, "--out", "fresh"))
        #expect(try folder.embedded() == folder.embedded("fresh"))
        expectSuccess(try dedup("verify", "vectors", in: folder.path))
    }

    @Test func noScoresOfASkippedShardRemain() throws {
        try folder.writeScoringModel()
        let filter = ["--min-quality", "0.01", "--out", "good"]
        func scoring(_ more: [String] = []) throws -> Outcome {
            try dedup(["score", "in", "--model", "model"] + filter + more, in: folder.path)
        }
        expectSuccess(try scoring())
        try damage("in/b.jsonl.gz", .truncated)
        expectFailure(try scoring(), 1, naming: "b.jsonl.gz")
        let outcome = try scoring(["--on-bad-shard", "skip"])
        expectSuccess(outcome)
        #expect(outcome.error.contains("damaged shard left out: b.jsonl.gz"), "\(outcome.error)")
        #expect(!folder.exists("in/.dedup/scores/b.jsonl.gz.jsonl.zst"))
        #expect(!folder.exists("good/b.jsonl.gz"))
        #expect(folder.exists("good/c.jsonl"))
        expectSuccess(try dedup("verify", "good", in: folder.path))
        // After the shard has been repaired, it is scored.
        try folder.write(folder.bytes("whole/b.jsonl.gz"), to: "in/b.jsonl.gz")
        expectSuccess(try scoring())
        #expect(folder.exists("good/b.jsonl.gz"))
    }

    @Test func onePassLeavesNothingOfASkippedShard() throws {
        try folder.writeScoringModel()
        try damage("in/b.jsonl.gz", .truncated)
        try damage("in/d.jsonl.gz", .flipped)
        let command = [
            "run", "in", "--out", "clean", "--pipeline", "deberta-quality", "--model", "model", "--embeddings",
            "vectors", "--min-quality", "0.01", "--filtered", "good",
        ]
        let outcome = try dedup(command + ["--on-bad-shard", "skip"], in: folder.path)
        expectSuccess(outcome)
        let names = ["a.jsonl.zst", "c.jsonl", "e.jsonl.zst", "f.jsonl"]
        #expect(folder.shards("clean") == names && folder.shards("good") == names)
        #expect(try folder.record().shards.map(\.name) == names)
        for out in ["clean", "vectors", "good"] { expectSuccess(try dedup("verify", out, in: folder.path)) }
    }

    @Test func tokenizeWritesNothingOfASkippedShard() throws {
        try TinyModel().write(to: folder / "model")
        try damage("in/b.jsonl.gz", .truncated)
        let outcome = try dedup(
            "tokenize", "in", "--model", "model", "--output", "counts", "--on-bad-shard", "skip", in: folder.path)
        expectSuccess(outcome)
        let text = String(decoding: outcome.output, as: UTF8.self)
        #expect(!text.contains("b.jsonl.gz") && text.contains("f.jsonl"))
        #expect(outcome.error.contains("damaged shard left out: b.jsonl.gz"), "\(outcome.error)")
    }

    @Test func checkListsEverything() throws {
        expectSuccess(try dedup("check", "in", in: folder.path))
        try damage("in/b.jsonl.gz", .truncated)
        try damage("in/e.jsonl.zst", .emptied)
        try folder.shard("in/c.jsonl", documents("c", 2, seed: 1) + ["", "{\"text\":1}", "nonsense"])
        let outcome = try dedup("check", "in", in: folder.path)
        #expect(outcome.code == 1)
        let lines = String(decoding: outcome.output, as: UTF8.self).split(separator: "\n")
        #expect(lines.count == 4, "\(lines)")
        #expect(lines[0].hasPrefix("b.jsonl.gz: a truncated gzip member at byte 0"))
        #expect(lines[1].hasPrefix("c.jsonl, line 4, byte "))
        #expect(lines[2].hasPrefix("c.jsonl, line 5, byte "))
        #expect(lines[3].hasPrefix("e.jsonl.zst: "))
        #expect(outcome.error.contains("2 bad lines, 2 damaged shards"), "\(outcome.error)")

        struct Finding: Decodable {
            var shard, kind, reason: String
            var line, byte: Int?
        }
        let json = try dedup("check", "in", "--json", "--quiet", in: folder.path)
        let findings = try json.output.split(separator: 0x0A).map {
            try JSONDecoder().decode(Finding.self, from: Data($0))
        }
        #expect(findings.map(\.kind) == ["damaged-shard", "bad-line", "bad-line", "damaged-shard"])
        #expect(findings.map(\.line) == [nil, 4, 5, nil])
    }
}
