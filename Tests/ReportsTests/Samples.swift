import Corpus
import Reports

extension DocumentCounts {
    /// Counts that add up.
    init(kept: Int, removed: Int = 0, dropped: Int = 0, bad: Int = 0) {
        self.init()
        self.kept = kept
        self.removed = removed
        self.dropped = dropped
        self.bad = bad
        read = documents + bad
        bytes = read * 1000
        keptBytes = kept * 1000
        candidates = removed * 2
    }
}

/// Sample reports.
enum Samples {
    static let detection = Report.Detection(bands: 10, rows: 10, curve: [.init(jaccard: 1, probability: 1)])

    /// - Parameter hostile: a text that replaces every name that comes from outside.
    static func report(_ shards: [(String, DocumentCounts)], hostile: String = "", run: Report.Run = run()) -> Report {
        let rows = shards.map { Report.Shard(name: $0.0, input: "web", copied: $0.1.removed == 0, counts: $0.1) }
        var sum = DocumentCounts()
        for row in rows { sum += row.counts }
        let input = Report.Input(name: "web" + hostile, label: nil, shards: rows.count, counts: sum)
        return Report(
            dedup: "1.0", pipeline: "deberta" + hostile,
            parameters: ["threshold": "0.7", "text-field": "text" + hostile],
            detection: detection, corpus: .init(inputs: [input], shards: rows, shardsOutOfOrder: 0), run: run)
    }

    static func run(seconds: Double = 10, threads: Int = 2, busy: [(String, Double)] = []) -> Report.Run {
        var run = Report.Run()
        run.seconds = seconds
        run.threads = threads
        run.memory = 2 << 30
        run.stages = busy.map {
            Report.Stage(
                name: $0.0, workers: 1, documents: 10, bytes: 5_000_000, busy: $0.1, cpu: $0.1, cpuInOrder: $0.1 / 2,
                waitingForInput: 1, waitingForOutput: 2)
        }
        return run
    }

    /// A run over an existing index, with missing shards.
    static var persistent: Report.Run {
        var run = run()
        run.missingShards = ["s1.jsonl", "s2.jsonl"]
        run.missingShardsCount = 12
        run.against = ["old", "../crawl"]
        run.index = Report.Index(
            documents: 1000, bandKeys: 10_000, bandKeysOnDisk: 9000, segments: 3, logBytes: 2_000_000,
            segmentBytes: 4_500_000, lookups: 400, pagesRead: 100)
        return run
    }

    static let small = report([
        ("a/1.jsonl.zst", .init(kept: 60, removed: 30, dropped: 7, bad: 3)), ("a/2.jsonl", .init(kept: 1234)),
        ("b.json.gz", .init(kept: 0, removed: 1)),
    ])
}
