import Foundation
import TestSupport
import Testing

/// Read-only outputs, vectors and scores, such as snapshots, or files of other users, git-annex and DVC.
@Suite final class ReadOnlyTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try folder.writeScoringModel()
        try folder.shard("in/a.jsonl", documents("a", 20, seed: 1) + documents("twin", 20, seed: 1))
        expectSuccess(try dedup("run", "in", "--out", "clean", "--quiet", in: folder.path))
    }

    deinit { try? folder.makeWritable("") }

    /// Commands that only read, and a part of the output of each.
    private static let readers: [([String], String)] = [
        (["stats", "clean"], "pipeline deberta"), (["explain", "clean", "twin-3"], "a-3"),
        (["index", "stats", "clean"], "shingles"), (["verify", "clean"], ""), (["index", "verify", "clean"], ""),
        (["run", "in", "--out", "clean", "--dry-run", "--quiet"], ""),
    ]

    private func expectReadable(
        _ run: ([String]) throws -> Outcome, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        for (arguments, part) in Self.readers {
            let outcome = try run(arguments)
            #expect(outcome.code == 0, "\(arguments): \(outcome.error)", sourceLocation: sourceLocation)
            #expect(part.isEmpty || outcome.outputText.contains(part), "\(arguments)", sourceLocation: sourceLocation)
        }
    }

    @Test(.enabled(if: Nobody.isThere, "only root can become another user"))
    func readingCommandsNeedNoRightToWrite() throws {
        try folder.makeReadOnly("clean")
        let before = try folder.listing("clean")
        try expectReadable { try Nobody.dedup($0, in: folder) }
        // The user may write to another folder, and use the read-only one as input.
        chmod(folder / "", 0o777)
        let against = try Nobody.dedup("run", "in", "--out", "other", "--against", "clean", in: folder)
        expectSuccess(against)
        #expect(against.error.contains("0 kept"))
        expectSuccess(try Nobody.dedup("embed", "clean", "--out", "v", "--model", "model", in: folder))
        #expect(try folder.listing("clean") == before)
    }

    @Test(.enabled(if: Nobody.isThere, "only root can become another user"))
    func writingCommandsFailClearly() throws {
        try folder.makeReadOnly("clean")
        let before = try folder.listing("clean")
        for arguments in [
            ["run", "in", "--out", "clean"], ["run", "in", "--out", "clean", "--force"], ["index", "compact", "clean"],
            ["score", "clean", "--model", "model"],
        ] {
            expectFailure(try Nobody.dedup(arguments, in: folder), 1, naming: "cannot write to clean", "denied")
        }
        #expect(try folder.listing("clean") == before)
    }

    /// The log of a killed run is read too, although it cannot be merged into the read-only database.
    @Test(.enabled(if: Nobody.isThere, "only root can become another user"))
    func aLogIsReadAlongWithItsCatalog() throws {
        try folder.shard("in/b.jsonl", documents("b", 20, seed: 100))
        try folder.shard("in/c.jsonl", ["no document"])
        expectFailure(try dedup("run", "in", "--out", "killed", in: folder.path), 1, naming: "c.jsonl")
        let process = try RunningProcess(
            [DedupBinary.path, "run", "in", "--out", "killed", "--on-bad-line", "drop"], in: folder.path)
        _ = process.wait { folder.exists("killed/.dedup/removed/a.jsonl.jsonl.zst") }
        process.send(SIGKILL)
        _ = try process.wait()
        try folder.makeReadOnly("killed")
        let before = try folder.listing("killed")
        let verified = try Nobody.dedup("verify", "killed", in: folder)
        #expect([0, 3].contains(verified.code), "\(verified.error)")
        expectSuccess(try Nobody.dedup("index", "stats", "killed", in: folder))
        #expect(try folder.listing("killed") == before)
    }

    @Test(.enabled(if: Nobody.isThere, "only root can become another user"))
    func readOnlyVectorsAndScoresAreRead() throws {
        expectSuccess(try dedup("embed", "clean", "--out", "vectors", "--model", "model", in: folder.path))
        expectSuccess(try dedup("score", "clean", "--model", "model", in: folder.path))
        for name in ["clean", "vectors"] { try folder.makeReadOnly(name) }
        let before = try folder.listing("clean") + folder.listing("vectors")
        for arguments in [
            ["similar", "vectors", "a-1"], ["verify", "vectors"], ["verify", "clean"],
            ["explain-score", "clean", "a-1", "--embeddings", "vectors", "--model", "model"],
        ] {
            let outcome = try Nobody.dedup(arguments, in: folder)
            #expect(outcome.code == 0, "\(arguments): \(outcome.error)")
        }
        expectFailure(
            try Nobody.dedup("embed", "clean", "--out", "vectors", "--model", "model", in: folder), 1,
            naming: "cannot write to vectors")
        #expect(try folder.listing("clean") + folder.listing("vectors") == before)
    }

    /// A failure to read is not damage.
    @Test(.enabled(if: Nobody.isThere, "only root can become another user"))
    func unreadableFilesAreNotCalledDamaged() throws {
        for name in ["clean/a.jsonl", "clean/.dedup/index/documents", "clean/.dedup/catalog.sqlite"] {
            chmod(folder / name, 0)
            let outcome = try Nobody.dedup("verify", "clean", in: folder)
            #expect(outcome.code == 1)
            #expect(outcome.outputText.contains("cannot open \(name): Permission denied"), "\(outcome.outputText)")
            #expect(!outcome.outputText.contains("damaged") && outcome.error.contains("cannot be read"))
            #expect(!outcome.error.contains("--force"))
            chmod(folder / name, 0o644)
        }
    }

    /// If the temporary directory is read-only or full, a catalog is copied to another folder.
    @Test func readingCommandsDoWithoutATemporaryFolder() throws {
        // A dry run needs a temporary folder for its index, which may be large.
        for (arguments, part) in Self.readers where !arguments.contains("--dry-run") {
            let command = ["/usr/bin/env", "TMPDIR=/nowhere", DedupBinary.path] + arguments
            let outcome = try RunningProcess(command, in: folder.path).wait(limit: 60)
            #expect(outcome.code == 0 && (part.isEmpty || outcome.outputText.contains(part)), "\(outcome.error)")
        }
    }

    @Test func aReadOnlyMountIsRead() throws {
        try folder.folder("mount")
        guard DedupBinary.isRoot, try shell("mount --bind clean mount", in: folder.path).code == 0 else { return }
        defer { _ = try? shell("umount mount", in: folder.path) }
        guard try shell("mount -o remount,ro,bind mount", in: folder.path).code == 0 else { return }
        try expectReadable { arguments in
            try dedup(arguments.map { $0 == "clean" ? "mount" : $0 }, in: folder.path)
        }
        expectFailure(
            try dedup("run", "in", "--out", "mount", in: folder.path), 1, naming: "cannot write to mount", "Read-only")
    }
}
