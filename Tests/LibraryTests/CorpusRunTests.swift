import Dedup
import Foundation
import Synchronization
import TestSupport
import Testing

struct CorpusRunTests {
    /// Writes documents as two shards of the folder `in`.
    static func corpus(_ documents: [Document] = someDocuments(600, seed: 9)) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        let lines = try documents.map { String(decoding: try JSONEncoder().encode(["text": $0.text]), as: UTF8.self) }
        try folder.shard("in/a.jsonl.zst", Array(lines[..<(lines.count / 2)]))
        try folder.shard("in/b.jsonl.gz", Array(lines[(lines.count / 2)...]))
        return folder
    }

    @Test func `A run writes the bytes of the command and returns its report`() async throws {
        let folder = try Self.corpus()
        #expect(try dedup("run", "in", "--out", "command", in: folder.path).code == 0)
        let calls = Mutex<[CorpusRun.Progress]>([])
        let run = CorpusRun(inputs: [folder.url("in")], output: folder.url("library"))
        let report = try await run.run { progress in calls.withLock { $0.append(progress) } }
        for name in ["a.jsonl.zst", "b.jsonl.gz", ".dedup/removed/a.jsonl.zst.jsonl.zst"] {
            #expect(try folder.bytes("command/" + name) == folder.bytes("library/" + name))
        }
        let counts = report.counts
        #expect(counts.read == 600 && counts.kept + counts.removed == 600 && counts.removed > 50)
        #expect(report.shards.map(\.name) == ["a.jsonl.zst", "b.jsonl.gz"])
        #expect(report.shards.reduce(0) { $0 + $1.counts.removed } == counts.removed)
        #expect(report.run.outcome == "done" && report.run.shardsWritten == 2)
        let last = try #require(calls.withLock { $0.last })
        #expect(last.finishedShards == 2 && last.shards == 2 && last.documents == 600)
        #expect(last.removed == counts.removed && last.bytesRead == last.bytes)

        let read = try CorpusRun.Report(of: folder.url("library"))
        #expect(read.counts == counts && read.shards == report.shards && read.json == report.json)
    }

    @Test func `Decisions equal those of a deduplicator with the same parameters`() async throws {
        let documents = someDocuments(500, seed: 13)
        let folder = try Self.corpus(documents)
        var parameters = Parameters()
        parameters.bands = 20
        parameters.rows = 5
        parameters.match = .jaccard(above: 0.5)
        var run = CorpusRun(inputs: [folder.url("in")], output: folder.url("out"))
        run.parameters = parameters
        let report = try await run.run()
        #expect(report.parameters["threshold"] == "0.5" && report.parameters["bands"] == "20")
        let decisions = try await Deduplicator(parameters: parameters).add(contentsOf: documents)
        #expect(report.counts.kept == decisions.count(where: \.isKept))
    }

    @Test func `A run continues with new shards, and refuses other parameters`() async throws {
        let folder = try Self.corpus()
        var run = CorpusRun(inputs: [.init(folder.url("in"), label: "corpus")], output: folder.url("out"))
        _ = try await run.run()
        try folder.shard("in/c.jsonl", [#"{"text": "a new document that nothing else repeats"}"#, "not JSON"])
        let failed = await dedupError { [run] in _ = try await run.run() }
        #expect(failed?.kind == .data && failed?.message.contains("line 2") == true)
        run.badLines = .drop
        let report = try await run.run()
        #expect(report.run.shardsWritten == 1 && report.run.shardsDoneBefore == 2)
        #expect(report.shards.last?.name == "corpus/c.jsonl" && report.counts.bad == 1)
        run.parameters = Parameters()
        run.parameters?.shingleSize = 3
        let refused = await dedupError { [run] in _ = try await run.run() }
        #expect(refused?.kind == .parameter && refused?.message.contains("shingle-size") == true)
        run.replacesOutput = true
        #expect(try await run.run().run.shardsWritten == 3)
    }

    @Test func `The files of an input are chosen by format and patterns`() async throws {
        let folder = try TemporaryFolder()
        try folder.shard("in/part-0", [#"{"text": "the first text"}"#])
        try folder.shard("in/part-1", [#"{"text": "another text"}"#])
        var run = CorpusRun(inputs: [folder.url("in")], output: nil)
        run.isDryRun = true
        let failed = await dedupError { [run] in _ = try await run.run() }
        #expect(failed?.message.contains("no shards") == true, "\(String(describing: failed))")
        run.format = .jsonLines
        #expect(run.format == .jsonLines)
        #expect(try await run.run().counts.read == 2)
        run.includes = ["*-1"]
        #expect(try await run.run().shards.map(\.name) == ["part-1"])
    }

    @Test func `A cancelled run can be continued`() async throws {
        let folder = try Self.corpus()
        let run = CorpusRun(inputs: [folder.url("in")], output: folder.url("out"))
        let task = Task { () -> DedupError? in
            while !Task.isCancelled { await Task.yield() }
            return await dedupError { _ = try await run.run() }
        }
        task.cancel()
        #expect(await task.value?.kind == .cancelled)
        #expect(try await run.run().counts.read == 600)
    }

    @Test func `What is impossible is said`() async throws {
        let folder = try Self.corpus()
        func message(_ change: (inout CorpusRun) -> Void) async -> String {
            var run = CorpusRun(inputs: [folder.url("in")], output: folder.url("out"))
            change(&run)
            let error = await dedupError { [run] in _ = try await run.run() }
            #expect(error?.kind == .parameter)
            return error?.message ?? ""
        }
        #expect(await message { $0.pipeline = .named("nothing") }.contains("there are deberta"))
        #expect(await message { $0.threads = 0 }.contains("threads is a number from 1 to 1024"))
        #expect(await message { $0.memory = 1 }.contains("memory is at least"))
        #expect(await message { $0.inputs = [.init(folder.url("nowhere"))] }.contains("nowhere"))
        #expect(await message { $0.output = folder.url("in") }.contains("in"))
    }
}
