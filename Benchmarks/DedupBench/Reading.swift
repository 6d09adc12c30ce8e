import Basics
import Corpus

extension Bench {
    /// Measures decoding shards to batches of lines, and parsing the documents in the lines.
    func measureReading() async throws {
        // The files are in the system's page cache.
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
