import Basics
import Corpus

extension Bench {
    /// Measures decoding shards to batches of lines, and parsing the documents in the lines.
    func measureReading() async throws {
        let format = JSONLines()
        // The files are in the system's page cache.
        try await measure("decode") { watch in
            for (ordinal, shard) in corpus.shards.enumerated() {
                try watch.time {
                    let source = try format.source(of: shard, ordinal: ordinal, from: nil, limits: BenchCorpus.limits)
                    while let raw = source.next() { found &+= UInt64(raw.lineCount) }
                }
            }
        }
        let parser = try format.parser(corpus.settings.fields())
        try await measure("JSON") { watch in
            for batch in corpus.documents {
                watch.time { found &+= UInt64(parser.parse(batch.raw).count) }
            }
        }
    }
}
