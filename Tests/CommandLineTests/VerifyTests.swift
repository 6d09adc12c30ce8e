import Foundation
import TestSupport
import Testing

/// `dedup verify`: damaged files, unreadable files, and the files that a stopped run left.
@Suite struct VerifyTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try folder.shard("in/a.jsonl", documents("a", 12, seed: 1))
        try folder.shard("in/b/c.jsonl.zst", documents("c", 9, seed: 40))
    }

    private func verify(_ name: String) throws -> Outcome { try dedup("verify", name, in: folder.path) }

    private func expectDamage(_ name: String, in root: String, sourceLocation: SourceLocation = #_sourceLocation) throws
    {
        for command in [["verify"], ["index", "verify"]] {
            let outcome = try dedup(command + [root], in: folder.path)
            #expect(outcome.code == 1, "\(name): \(outcome.error)", sourceLocation: sourceLocation)
            #expect(outcome.outputText.contains("\(root)/\(name)"), "\(name)", sourceLocation: sourceLocation)
        }
    }

    /// An output with scores, its vectors, and a filtered corpus of it.
    private func makeAll() throws {
        try folder.writeScoringModel()
        expectSuccess(try dedup("run", "in", "--out", "clean", "--quiet", in: folder.path))
        expectSuccess(try embed(folder, "clean"))
        try filter()
    }

    private func filter() throws {
        let outcome = try score(
            folder, "clean", "--embeddings", "vectors", "--head", "model/head.json", "--min-quality", "0.4", "--out",
            "good")
        expectSuccess(outcome)
    }

    private func score(_ folder: TemporaryFolder, _ arguments: String...) throws -> Outcome {
        try dedup(["score"] + arguments, in: folder.path)
    }

    // MARK: Every byte

    @Test func everyFileIsRead() throws {
        try makeAll()
        for root in ["clean", "vectors", "good"] {
            let outcome = try verify(root)
            #expect(outcome.code == 0 && outcome.output.isEmpty, "\(outcome.error)")
            for name in folder.files(below: root) where name != ".dedup/lock" {
                let whole = try folder.bytes("\(root)/\(name)")
                if whole.isEmpty { continue }
                try folder.rot("\(root)/\(name)")
                try expectDamage(name, in: root)
                try folder.write(whole, to: "\(root)/\(name)")
            }
            #expect(try verify(root).code == 0)
            // Files that dedup did not write are not read.
            try folder.write("mine", to: root + "/.notes")
            #expect(try verify(root).code == 0)
        }
    }

    @Test func aFolderOfOthersIsRefused() throws {
        expectFailure(try verify("in"), 2, naming: "in", "nothing that dedup wrote")
        expectFailure(try verify("none"), 2, naming: "no such folder")
        expectFailure(try verify("in/a.jsonl"), 2, naming: "a file")
    }

    // MARK: Damage that other commands notice

    @Test func rotIsNoticedWhereVectorsAreUsed() throws {
        try makeAll()
        for name in ["vectors/a.jsonl.npy", "vectors/b/c.jsonl.zst.npy"] {
            let whole = try folder.bytes(name)
            let time = folder.modified(name)
            try folder.rot(name)
            expectFailure(
                try dedup("similar", "vectors", "a-1", in: folder.path), 1, naming: name, "damaged",
                "run 'dedup embed' again"
            )
            let shard = name.dropFirst("vectors/".count).dropLast(".npy".count)
            let explained = try dedup(
                "explain-score", "clean", "\(shard):1", "--embeddings", "vectors", "--head", "model/head.json",
                in: folder.path)
            expectFailure(explained, 1, naming: name, "damaged")
            try folder.remove("clean/.dedup/scores")
            expectFailure(
                try score(folder, "clean", "--embeddings", "vectors", "--head", "model/head.json"), 1, naming: name,
                "damaged")
            try folder.write(whole, to: name)
            folder.setModified(name, time)
            try filter()
        }
        try folder.rot("vectors/a.jsonl.ids.jsonl")
        expectFailure(
            try dedup("similar", "vectors", "a-1", in: folder.path), 1, naming: "vectors/a.jsonl.ids.jsonl", "damaged")
    }

    // MARK: Commands that resume

    @Test func changedFilesAreMadeAnew() throws {
        try makeAll()
        let roots = ["vectors", "clean", "good"]
        let expected = try roots.map { try folder.results($0) } + [folder.scoreFiles(in: "clean")]
        for name in [
            "vectors/a.jsonl.npy", "vectors/b/c.jsonl.zst.ids.jsonl", "clean/.dedup/scores/a.jsonl.jsonl.zst",
            "good/b/c.jsonl.zst", "good/a.jsonl",
        ] {
            var content = try folder.bytes(name)
            content[content.count / 2] ^= 1
            try folder.write(content, to: name)
        }
        expectSuccess(try embed(folder, "clean"))
        try filter()
        let found = try roots.map { try folder.results($0) } + [folder.scoreFiles(in: "clean")]
        for (found, expected) in zip(found, expected) {
            for name in expected.keys where name != "embeddings.json" {
                #expect(found[name] == expected[name], "\(name)")
            }
        }
        for root in roots { #expect(try verify(root).code == 0) }
    }

    /// In a copy, files have other modification times. Every file is read once, and none is written again.
    @Test func aCopyIsReadAndTrusted() throws {
        try makeAll()
        let roots = ["vectors", "good", "clean/.dedup/scores"]
        for root in roots { folder.touchAll(root) }
        let before = try roots.map { try folder.listing($0).filter { !$0.hasPrefix(".dedup") && !$0.hasPrefix(" ") } }
        let embedded = try embed(folder, "clean")
        #expect(embedded.error.contains("nothing new"), "\(embedded.error)")
        try filter()
        let after = try roots.map { try folder.listing($0).filter { !$0.hasPrefix(".dedup") && !$0.hasPrefix(" ") } }
        #expect(before == after)
        // Afterwards the new times are trusted: damage that changes no time is found only by `dedup verify`.
        try folder.rot("vectors/a.jsonl.npy")
        #expect(try embed(folder, "clean").error.contains("nothing new"))
        try expectDamage("a.jsonl.npy", in: "vectors")
    }

    /// Outputs of dedup 0.1.0 have no recorded times: their files are read once.
    @Test func filesWithoutRecordedTimesAreRead() throws {
        try makeAll()
        try folder.remove("vectors/.dedup/embeddings.written")
        try folder.rot("vectors/a.jsonl.npy")
        let outcome = try embed(folder, "clean")
        #expect(outcome.error.contains("in 1 shard"), "\(outcome.error)")
        #expect(folder.exists("vectors/.dedup/embeddings.written"))
        #expect(try verify("vectors").code == 0)
    }

    // MARK: Stopped runs

    private func expectStop(_ root: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let outcome = try verify(root)
        #expect(outcome.code == 3, "\(outcome.error)", sourceLocation: sourceLocation)
        #expect(
            outcome.error.contains("nothing is damaged, but the last run was stopped"), sourceLocation: sourceLocation)
        #expect(!outcome.outputText.isEmpty && !outcome.outputText.contains("--force"), sourceLocation: sourceLocation)
    }

    @Test func aRunThatFailedCanGoOn() throws {
        try folder.shard("in/d.jsonl", ["no document"])
        expectFailure(try dedup("run", "in", "--out", "out", in: folder.path), 1, naming: "d.jsonl")
        try expectStop("out")
        // Damage is reported even if the run was also stopped.
        let whole = try folder.bytes("out/a.jsonl")
        try folder.garble("out/a.jsonl")
        try expectDamage("a.jsonl", in: "out")
        try folder.write(whole, to: "out/a.jsonl")
        expectSuccess(try dedup("run", "in", "--out", "out", "--on-bad-line", "drop", in: folder.path))
        #expect(try verify("out").code == 0)
    }

    @Test func aRunKilledAtAnyMomentLeavesNoDamage() throws {
        for number in 0..<60 { try folder.shard("in/m\(number).jsonl", documents("m\(number)", 40, seed: number * 50)) }
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<12 {
            let process = try RunningProcess([DedupBinary.path, "run", "in", "--out", "out"], in: folder.path)
            _ = process.wait { folder.exists("out/.dedup") }
            usleep(UInt32.random(in: 0...150_000, using: &generator))
            process.send(SIGKILL)
            let outcome = try process.wait()
            let verified = try verify("out")
            #expect(
                verified.code == (outcome.code == 0 ? 0 : 3), "\(outcome.code): \(verified.outputText)\(verified.error)"
            )
            if outcome.code == 0 { break }
        }
        expectSuccess(try dedup("run", "in", "--out", "out", in: folder.path))
        #expect(try verify("out").code == 0)
    }

    @Test func vectorsOfARunThatFailedCanGoOn() throws {
        try folder.writeScoringModel()
        try folder.shard("in/d.jsonl", documents("d", 50, seed: 70))
        expectSuccess(try embed(folder))
        try folder.write("half", to: "vectors/.dedup/tmp/3")
        try expectStop("vectors")
        try folder.write(Array("d.jsonl\0".utf8), to: "vectors/.dedup/intent")
        try folder.garble("vectors/d.jsonl.npy")
        try expectStop("vectors")
        expectSuccess(try embed(folder))
        #expect(try verify("vectors").code == 0)
    }

    @Test func anOutputOfNothingCanGoOn() throws {
        try folder.folder("out/.dedup/tmp")
        try expectStop("out")
        try folder.write("", to: "out/.dedup/catalog.sqlite")
        try expectStop("out")
        expectSuccess(try dedup("run", "in", "--out", "out", in: folder.path))
        #expect(try verify("out").code == 0)
    }
}
