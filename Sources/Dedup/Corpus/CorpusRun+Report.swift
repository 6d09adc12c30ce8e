internal import Basics
internal import Corpus
public import Foundation
internal import OutputStore
internal import Reports

extension CorpusRun {
    /// The content of an output after all its runs, and the result of the last run.
    public struct Report: Sendable {
        /// The numbers of lines by their outcome: `documents = kept + removed + dropped` and `read = documents + bad`.
        public struct Counts: Sendable, Hashable {
            let counts: DocumentCounts

            /// The number of lines that are not blank.
            public var read: Int { counts.read }
            /// The number of lines that are documents.
            public var documents: Int { counts.documents }
            /// The number of documents that are in the output.
            public var kept: Int { counts.kept }
            /// The number of documents that were removed as duplicates.
            public var removed: Int { counts.removed }
            /// The number of documents that were left out by filters.
            public var dropped: Int { counts.dropped }
            /// The number of lines that are neither blank nor documents.
            public var bad: Int { counts.bad }
            /// The number of blank lines.
            public var blankLines: Int { counts.blankLines }
            /// The size of the input shards in bytes, decompressed.
            public var bytes: Int { counts.bytes }
            /// The size of the output shards in bytes, decompressed.
            public var keptBytes: Int { counts.keptBytes }

            /// All counters by their names in report.json, also those without a property here.
            public var byName: [String: Int] {
                Dictionary(
                    uniqueKeysWithValues: DocumentCounts.counters.map { ($0.jsonName, counts[keyPath: $0.path]) })
            }
        }

        /// A shard of the corpus.
        public struct Shard: Sendable, Hashable {
            /// The name: the path relative to its input, behind the input's label if it has one.
            public let name: String
            /// The name of its input.
            public let input: String
            /// The counts of its lines.
            public let counts: Counts
        }

        /// A damaged shard that the last run left out.
        public struct SkippedShard: Sendable, Hashable {
            /// The name of the shard.
            public let name: String
            /// The damage and its place in the file.
            public let reason: String
        }

        /// The last run.
        public struct Run: Sendable, Hashable {
            /// `done`, `failed` or `interrupted`.
            public let outcome: String
            /// The duration in seconds.
            public let seconds: Double
            /// The processor time in seconds, over all threads of the process.
            public let cpuSeconds: Double
            /// The most memory in bytes that the process used at any time.
            public let peakMemory: Int
            /// The number of shards that this run wrote.
            public let shardsWritten: Int
            /// The number of shards that earlier runs wrote.
            public let shardsDoneBefore: Int
            /// The damaged shards that this run left out. The next run tries them again.
            public let skippedShards: [SkippedShard]
            /// The number of files in the inputs that are not shards and were not read.
            public let otherFiles: Int
        }

        /// The name of the pipeline.
        public let pipeline: String
        /// The parameters that determine the output, by name.
        public let parameters: [String: String]
        /// The counts of all shards together.
        public let counts: Counts
        /// The shards, in the order in which they were processed.
        public let shards: [Shard]
        /// The last run.
        public let run: Run
        /// The whole report as JSON, as it is in the output's `.dedup/report.json`.
        public let json: Data

        /// Reads the report of an output.
        ///
        /// - Throws: a `DedupError` if there is no report that this version can read.
        public init(of output: URL) throws(DedupError) {
            self = try translatingErrors { Self(try FinishedOutput(try output.localPath()).report()) }
        }
    }
}

extension CorpusRun.Report {
    init(_ report: Reports.Report) {
        pipeline = report.pipeline
        parameters = report.parameters
        counts = Counts(counts: report.corpus.counts)
        shards = report.corpus.shards.map { Shard(name: $0.name, input: $0.input, counts: Counts(counts: $0.counts)) }
        run = Run(
            outcome: report.run.outcome, seconds: report.run.seconds, cpuSeconds: report.run.cpuSeconds,
            peakMemory: report.run.peakMemory, shardsWritten: report.run.shardsWritten,
            shardsDoneBefore: report.run.shardsDoneBefore,
            skippedShards: (report.run.skippedShards ?? []).map { SkippedShard(name: $0.shard, reason: $0.reason) },
            otherFiles: report.run.ignoredFilesCount)
        // Encoding fails only for numbers that are not finite, and no report has such numbers.
        json = Data((try? report.json()) ?? [])
    }
}
