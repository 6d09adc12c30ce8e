import Basics
import Corpus
import Dedup
import Foundation
import Reports
import TestSupport
import Testing

@testable import Deduplication
@testable import Pipelines

/// With many threads, several shards are read at once. Nothing that a run writes or says may show it.
@Suite(.timeLimit(.minutes(10))) struct ReadAheadTests {
    /// Numbers of threads with which shards are read ahead.
    private static let threads = [4, 9, 40]

    private func runOptions(_ folder: TemporaryFolder, _ threads: Int, memory: Int = 256 << 20) -> RunOptions {
        RunOptions(inputs: [folder / "in"], out: folder / "out\(threads)-\(memory)", threads: threads, memory: memory)
    }

    /// Writes a shard of documents with ids from `first` on, some of them copies of documents of other shards.
    private func write(
        _ name: String, _ folder: TemporaryFolder, from first: Int, count: Int, extra: String? = nil
    ) throws {
        var text = ""
        for number in first..<first + count {
            let seed = number % 5 == 0 ? number / 3 : number
            text += "{\"id\":\(number),\"text\":\"\(seed) a \(seed * 7) c d\(seed % 97) e f\(seed * 3) g h\"}\n"
            if number == first + count / 2, let extra { text += extra + "\n" }
        }
        var bytes = Array(text.utf8)
        if name.hasSuffix(".gz") { bytes = try gzipped(bytes) }
        // A window that is too large for reading ahead.
        if name.hasSuffix(".zst") { bytes = zstdFrame(bytes, windowLog: 25, isSized: false) }
        try Data(bytes).write(to: URL(fileURLWithPath: folder / "in/" + name))
    }

    private func folder() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: folder / "in", withIntermediateDirectories: true)
        return folder
    }

    @Test(arguments: [256 << 20, 300 << 20, 2 << 30])
    func theOutputIsTheSame(memory: Int) async throws {
        let folder = try folder()
        // Shards of many batches and of one; the long line does not fit into a batch.
        let long = "{\"id\":-1,\"text\":\"" + String(repeating: "long line ", count: 300_000) + "\"}"
        for (number, count) in [30_000, 3, 20_000, 1, 40_000, 10_000, 0, 25_000].enumerated() {
            try write(
                "\(number).jsonl" + ["", ".gz", ".zst"][number % 3], folder, from: number * 40_000, count: count,
                extra: number == 4 ? long : nil)
        }
        try await expectTheSameOutput(folder, memory)
    }

    /// Runs over the shards with 1 and with more threads, and expects the same output; with enough memory, also that
    /// decoding is done ahead.
    private func expectTheSameOutput(_ folder: TemporaryFolder, _ memory: Int) async throws {
        let definition = try PipelineParser.standard.load("deberta")
        try await run(definition, runOptions(folder, 1, memory: memory))
        let expected = try fingerprint(of: folder / "out1-\(memory)")
        for threads in Self.threads {
            let report = try await run(definition, runOptions(folder, threads, memory: memory))
            #expect(try fingerprint(of: folder / "out\(threads)-\(memory)") == expected, "\(threads) threads")
            if memory < 2 << 30 { continue }
            // Decoding that is not done in order is done ahead.
            let read = try #require(report.run.stages.first { $0.name == "read" })
            #expect(read.cpu ?? 0 > read.cpuInOrder ?? 0, "\(threads) threads")
        }
    }

    /// The first failure in the order of the corpus ends the run, after all shards before it were committed.
    @Test(arguments: ["bad line", "damage", "empty file"])
    func theFirstFailureCounts(kind: String) async throws {
        let folder = try folder()
        for number in 0..<6 {
            let name = "\(number).jsonl" + (number == 3 ? ".gz" : "")
            let isBad = kind == "bad line" && number >= 3
            try write(name, folder, from: number * 9_000, count: 9_000, extra: isBad ? "{\"no text\":\(number)}" : nil)
        }
        let path = folder / "in/3.jsonl.gz"
        if kind == "damage" {
            var bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
            bytes[bytes.count / 2] ^= 0xFF
            try Data(bytes).write(to: URL(fileURLWithPath: path))
        }
        if kind == "empty file" { try Data().write(to: URL(fileURLWithPath: path)) }
        let definition = try PipelineParser.standard.load("deberta")
        var messages: [String] = []
        var outputs: [[String: Data]] = []
        for threads in [1] + Self.threads {
            let options = runOptions(folder, threads)
            let error = await #expect(throws: Failure.self) { try await run(definition, options) }
            messages.append(error?.message ?? "")
            outputs.append(try finalFiles(of: options.out!))
        }
        #expect(Set(messages).count == 1 && messages[0].contains("3.jsonl.gz"), "\(messages)")
        for output in outputs { #expect(output == outputs[0] && output.keys.contains("2.jsonl")) }
    }

    /// Writes the documents as a shard of many frames.
    ///
    /// - Parameter isSized: whether the frames state the sizes of their contents; those of pzstd do not.
    private func writeFrames(_ name: String, _ folder: TemporaryFolder, count: Int, isSized: Bool) throws {
        try write("text", folder, from: 0, count: count)
        let path = folder / "in/text"
        let text = try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
        try FileManager.default.removeItem(atPath: path)
        var file: [UInt8] = []
        for start in stride(from: 0, to: text.count, by: 200_000) {
            file += zstdFrame(Array(text[start..<min(text.count, start + 200_000)]), isSized: isSized)
        }
        try Data(file).write(to: URL(fileURLWithPath: folder / "in/" + name))
    }

    /// The frames of the shard whose turn it is are decoded by several threads.
    @Test(arguments: [true, false], [300 << 20, 2 << 30])
    func framesOfOneShardAreDecodedAtOnce(isSized: Bool, memory: Int) async throws {
        let folder = try folder()
        try writeFrames("0.jsonl.zst", folder, count: 60_000, isSized: isSized)
        // No shard is read ahead, so frames are.
        try await expectTheSameOutput(folder, memory)
    }

    /// A damaged frame is named, and the documents before it count, for any number of threads.
    @Test func aDamagedFrameIsNamed() async throws {
        let folder = try folder()
        try writeFrames("0.jsonl.zst", folder, count: 60_000, isSized: true)
        let path = folder / "in/0.jsonl.zst"
        var bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
        bytes[bytes.count / 3 * 2] ^= 0xFF
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        let definition = try PipelineParser.standard.load("deberta")
        var messages: Set<String> = []
        for threads in [1] + Self.threads {
            let options = runOptions(folder, threads, memory: 2 << 30)
            let error = await #expect(throws: Failure.self) { try await run(definition, options) }
            messages.insert(error?.message ?? "")
        }
        #expect(messages.count == 1 && messages.first?.contains("zstd frame") == true, "\(messages)")
    }
}
