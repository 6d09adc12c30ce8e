import Basics
import Corpus
import Dedup
import Deduplication
import Foundation
import MinHashLSH
import Pipelines
import Reports

/// What a real run of the default pipeline on one thread cost, and the sizes of its corpus.
struct RealRun {
    /// The seconds of CPU time of a stage.
    struct Stage {
        let name: String
        var inOrder: Double
        var parallel: Double
    }

    /// The stages of the fastest run, in the order of the pipeline.
    private(set) var stages: [Stage] = []
    /// The least elapsed seconds of several runs.
    private(set) var wallSeconds = Double.infinity
    /// The least CPU seconds of several runs.
    private(set) var cpuSeconds = Double.infinity
    private(set) var counts = DocumentCounts()

    /// Runs the pipeline several times, and writes to `out`.
    init(_ bench: Bench, threads: Int, rounds: Int, out: String) async throws {
        for _ in 0...rounds {
            try Disk.removeTree(out)
            let options = RunOptions(
                inputs: bench.corpus.inputs.map(\.path), out: out, threads: threads, memory: MemoryPlan.standard)
            let run = try DedupRun(bench.corpus.settings.definition, options)
            var watch = Stopwatch()
            var stages: [Stage] = []
            try await watch.timeAsync {
                let report = try await run.run()
                counts = report.corpus.counts
                stages = report.run.stages.map { stage in
                    let inOrder = stage.cpuInOrder ?? 0
                    return Stage(name: stage.name, inOrder: inOrder, parallel: (stage.cpu ?? 0) - inOrder)
                }
            }
            wallSeconds = min(wallSeconds, watch.cost.wallSeconds)
            if watch.cost.seconds < cpuSeconds {
                cpuSeconds = watch.cost.seconds
                self.stages = stages
            }
        }
        try Disk.removeTree(out)
    }

    /// The stage with this name.
    func stage(_ name: String) throws(Failure) -> Stage {
        guard let stage = stages.first(where: { $0.name == name }) else { throw Failure("no stage is called \(name)") }
        return stage
    }
}

/// The sizes of a corpus, which the simulated runs have too.
struct CorpusSizes {
    struct Shard {
        var documents = 0
        var bytes = 0
    }

    let shards: [Shard]
    /// The number of band keys of a document.
    let bands: Int
    let documents: Int
    let bytes: Int
    /// The share of all bytes that is written.
    let kept: Double
    /// The size of the compressed output for each byte that is written: as in the input.
    let compressed: Double

    init(_ corpus: BenchCorpus, _ counts: DocumentCounts) {
        var shards = Array(repeating: Shard(), count: corpus.shards.count)
        var ordinals: [String: Int] = [:]
        for (ordinal, shard) in corpus.shards.enumerated() { ordinals[shard.path] = ordinal }
        for batch in corpus.documents {
            let ordinal = ordinals[batch.raw.shard.path]!
            shards[ordinal].documents += batch.count
            shards[ordinal].bytes += batch.raw.bytes.count
        }
        self.shards = shards
        bands = corpus.settings.banding.bands
        documents = corpus.documentCount
        bytes = corpus.bytes
        kept = Double(counts.keptBytes) / Double(max(1, counts.bytes))
        compressed = Double(corpus.shards.reduce(0) { $0 + $1.size }) / Double(corpus.bytes)
    }
}

/// The CPU time of the stages, in seconds for each document or byte. What jobs cost is not in it: the simulated
/// executor charges that.
struct StageCosts {
    /// Decoding, for each byte.
    var read: Double
    /// The stages that work on each batch by itself, in their order, for each byte.
    var transforms: [(name: String, perByte: Double)]
    /// The look-ups in the index, for each document.
    var lookUp: Double
    /// The ordered part of `deduplicate`, for each document.
    var decide: Double
    /// Insertion into the index, for each document.
    var insert: Double
    /// The ordered part of `assemble`, for each byte.
    var assemble: Double
    /// Copying a byte that is kept to a block.
    var copy: Double
    /// Compressing a byte that is kept.
    var compress: Double
    /// The ordered part of `commit`, for each byte that is kept.
    var commit: Double
    /// Writing a byte of the compressed output.
    var write: Double
    /// Taking an item from a channel and sending another one.
    var channel: Double

    /// The costs as a table in Markdown, in nanoseconds.
    var table: String {
        var rows = [("read: decoding", "byte", read)]
        rows += transforms.map { ($0.name, "byte", $0.perByte) }
        rows += [
            ("deduplicate: look-ups, in parallel", "document", lookUp), ("deduplicate: in order", "document", decide),
            ("deduplicate: insertion, in parallel", "document", insert), ("assemble: in order", "byte", assemble),
            ("assemble: copying, in parallel", "kept byte", copy), ("compress", "kept byte", compress),
            ("commit: in order", "kept byte", commit), ("commit: writing, in parallel", "written byte", write),
        ]
        var text = "| work | ns | for each |\n| --- | --- | --- |\n"
        for (work, unit, seconds) in rows {
            text += "| \(work) | \(String(format: "%.3f", seconds * 1e9)) | \(unit) |\n"
        }
        return text
    }

    /// No work: only what jobs and channels cost.
    init(transforms: [String], channel: Double) {
        self.transforms = transforms.map { ($0, 0) }
        (read, lookUp, decide, insert) = (0, 0, 0, 0)
        (assemble, copy, compress, commit, write) = (0, 0, 0, 0, 0)
        self.channel = channel
    }

    /// The names of the stages that work on each batch by itself.
    static func transforms(of run: RealRun) -> [String] {
        run.stages.map(\.name).filter {
            !["read", "deduplicate", "assemble", "compress", "commit", "report"].contains($0)
        }
    }

    /// Divides the CPU times of a real run among documents and bytes.
    ///
    /// - Parameters:
    ///   - overhead: what jobs and channels cost in a run on one thread, by the names of the stages.
    ///   - insertion: the seconds that the insertion of all documents into the index takes.
    init(
        _ run: RealRun, _ sizes: CorpusSizes, overhead: [String: RealRun.Stage], channel: Double,
        insertion: Double
    ) throws {
        self.init(transforms: Self.transforms(of: run), channel: channel)
        let (documents, bytes) = (Double(sizes.documents), Double(sizes.bytes))
        let kept = bytes * sizes.kept
        func work(_ name: String) throws -> RealRun.Stage {
            var stage = try run.stage(name)
            stage.inOrder = max(0, stage.inOrder - (overhead[name]?.inOrder ?? 0))
            stage.parallel = max(0, stage.parallel - (overhead[name]?.parallel ?? 0))
            return stage
        }
        read = try work("read").inOrder / bytes
        for index in transforms.indices {
            transforms[index].perByte = try work(transforms[index].name).parallel / bytes
        }
        let deduplicate = try work("deduplicate")
        decide = deduplicate.inOrder / documents
        // The insertion is measured alone, in another state of the caches. Some of the time is always for look-ups.
        let inserting = min(insertion, deduplicate.parallel * 0.9)
        insert = inserting / documents
        lookUp = (deduplicate.parallel - inserting) / documents
        let assembling = try work("assemble")
        assemble = assembling.inOrder / bytes
        copy = assembling.parallel / kept
        compress = try work("compress").parallel / kept
        let committing = try work("commit")
        commit = committing.inOrder / kept
        write = committing.parallel / (kept * sizes.compressed)
    }
}
