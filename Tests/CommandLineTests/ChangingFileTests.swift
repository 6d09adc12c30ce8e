import Foundation
import TestSupport
import Testing

/// Shards that change while they are read.
@Suite struct ChangingFileTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try folder.shard("in/a.jsonl", documents("a", 3, seed: 1))
        try folder.shard("in/z.jsonl", documents("z", 3, seed: 10))
    }

    /// A shard that is larger than a run's read-ahead; its last line is a copy of its first on request.
    private func largeShard(_ name: String, hasDuplicate: Bool = false) throws -> String {
        let filler = String(repeating: "слово ", count: 40_000)
        var lines: [String] = []
        for number in 0..<48 { lines.append(line("n\(number)", text(number * 100) + "\",\"more\":\"\(filler)")) }
        if hasDuplicate { lines.append(lines[0]) }
        // A zstd shard is made of raw blocks, so that the file is as large as the text.
        let content = Array(lines.map { $0 + "\n" }.joined().utf8)
        let isPlain = name.hasSuffix(".jsonl")
        let blocks = stride(from: 0, to: content.count, by: 120_000).map {
            content[$0..<min(content.count, $0 + 120_000)]
        }
        return try folder.write(
            isPlain ? content : blocks.flatMap { zstdRawFrame(Array($0), windowLog: 17) }, to: "in/" + name)
    }

    /// Starts a run, pauses it while it reads the large shard, makes a change, and resumes it.
    private func run(
        whileReading name: String, hasDuplicate: Bool = false, _ change: (_ path: String) throws -> Void
    ) throws -> Outcome {
        let path = try largeShard(name, hasDuplicate: hasDuplicate)
        let size = try #require(try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int)
        // On a busy machine, the run may finish before it is paused.
        for _ in 0..<10 {
            try folder.remove("out")
            let process = try RunningProcess(
                [DedupBinary.path, "run", "in", "--out", "out", "--threads", "1", "--memory", "256M"], in: folder.path)
            guard process.wait(until: { process.hasOpen(path) }) else { continue }
            process.send(SIGSTOP)
            guard let place = process.position(in: path), place < size else { continue }
            try change(path)
            process.send(SIGCONT)
            return try process.wait()
        }
        throw TooFast()
    }

    private struct TooFast: Error {}

    @Test(arguments: ["m.jsonl", "m.jsonl.zst"])
    func aShardThatGrowsStopsTheRun(_ name: String) throws {
        let outcome = try run(whileReading: name) { path in
            let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
            try file.seekToEnd()
            try file.write(contentsOf: encoded(Array((line("new", text(1)) + "\n").utf8), for: name))
            try file.close()
        }
        expectFailure(outcome, 1, naming: name, "changed while it was read", "run again")
        try expectCommitted(["a.jsonl"], folder)
        // The same command succeeds when nothing writes to the shard.
        expectSuccess(try dedup("run", "in", "--out", "out", in: folder.path))
        #expect(folder.shards() == ["a.jsonl", name, "z.jsonl"])
    }

    @Test(arguments: ["m.jsonl", "m.jsonl.zst"], [0, 1 << 20])
    func aShardThatShrinksStopsTheRun(_ name: String, _ size: Int) throws {
        let outcome = try run(whileReading: name) { path in truncate(path, size) }
        if outcome.error.contains("the file is empty") {
            // On a slow machine, the file is truncated before the run opens it.
            #expect(size == 0)
            expectFailure(outcome, 1, naming: name)
        } else {
            expectFailure(outcome, 1, naming: name, "changed while it was read", "run again")
        }
        try expectCommitted(["a.jsonl"], folder)
    }

    @Test func aShardThatIsWrittenInPlaceStopsTheRun() throws {
        let outcome = try run(whileReading: "m.jsonl") { path in
            let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
            // The file is overwritten with the same bytes, so only its modification time changes.
            try file.write(contentsOf: Array("{".utf8))
            try file.close()
        }
        expectFailure(outcome, 1, naming: "m.jsonl", "changed while it was read", "written to", "run again")
        try expectCommitted(["a.jsonl"], folder)
    }

    @Test func aShardThatIsDeletedBeforeItIsCopiedStopsTheRun() throws {
        // The run can still read the open file, but the shard is to be copied, and the copy would open it again.
        let outcome = try run(whileReading: "m.jsonl") { path in unlink(path) }
        expectFailure(outcome, 1, naming: "m.jsonl", "No such file")
        try expectCommitted(["a.jsonl"], folder)
    }

    @Test func aShardThatIsDeletedAfterItWasReadIsFine() throws {
        var content: [UInt8] = []
        let outcome = try run(whileReading: "m.jsonl", hasDuplicate: true) { path in
            content = try folder.bytes("in/m.jsonl")
            unlink(path)
        }
        expectSuccess(outcome)
        let kept = try folder.bytes("out/m.jsonl")
        #expect(content.starts(with: kept) && kept.count < content.count)
    }

    @Test func aShardThatIsReplacedStopsTheRun() throws {
        // The file is replaced by a rename. The run still reads the old file, and the copy would be made of the new
        // one.
        let outcome = try run(whileReading: "m.jsonl") { path in
            try folder.shard("new", documents("new", 3, seed: 70))
            rename(folder / "new", path)
        }
        expectFailure(outcome, 1, naming: "m.jsonl", "changed", "run again")
        try expectCommitted(["a.jsonl"], folder)
        expectSuccess(try dedup("run", "in", "--out", "out", in: folder.path))
        #expect(try folder.bytes("out/m.jsonl") == folder.bytes("in/m.jsonl"))
    }

    @Test func aShardThatIsDeletedBeforeItIsReadStopsTheRun() throws {
        let outcome = try run(whileReading: "m.jsonl") { _ in unlink(folder / "in/z.jsonl") }
        expectFailure(outcome, 1, naming: "z.jsonl", "No such file")
        try expectCommitted(["a.jsonl", "m.jsonl"], folder)
    }
}
