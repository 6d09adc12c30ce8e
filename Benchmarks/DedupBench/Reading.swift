import Basics
import Corpus

extension Bench {
    /// Decoding shards to batches of lines, and reading the documents in them.
    func measureReading() async throws {
        // The files are in the system's memory.
        try await measure("decode") { watch in
            for (ordinal, shard) in corpus.shards.enumerated() {
                try watch.time {
                    var reader = try LineReader(shard: shard, ordinal: ordinal, limits: BenchCorpus.limits)
                    while let lines = reader.next() { found &+= UInt64(lines.lineCount) }
                }
            }
        }
        let parser = try corpus.settings.parser()
        try await measure("JSON") { watch in
            for batch in corpus.documents {
                watch.time { found &+= UInt64(parser.parse(batch.lines, onBadLine: .stop).count) }
            }
        }
    }
}
