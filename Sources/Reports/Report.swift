package import Corpus
internal import Foundation

/// The content of report.json: what an output contains, and how the last run went.
///
/// `corpus` covers all runs. It does not depend on the number of threads, the memory, or how the shards were divided
/// among runs. `run` describes the last run only.
package struct Report: Codable, Sendable {
    /// The version of the format. It increases when the meaning of a field changes or a field is removed. In version 2,
    /// `documents` included bad lines and `read` did not exist.
    package static let version = 3
    /// The earliest version that can be read.
    package static let earliestVersion = 2

    /// The version of this report's format.
    package var version = Report.version
    /// The version of the program that wrote the report.
    package var dedup: String
    /// The name of the pipeline.
    package var pipeline: String
    /// The parameters that determine the output, by their names.
    package var parameters: [String: String]
    /// The probability of finding duplicates; nil if the pipeline uses no bands.
    package var detection: Detection?
    /// What the output contains.
    package var corpus: Corpus
    /// The last run.
    package var run: Run

    /// Creates a report of the current version; the properties explain the parameters.
    package init(
        dedup: String, pipeline: String, parameters: [String: String], detection: Detection?, corpus: Corpus, run: Run
    ) {
        self.dedup = dedup
        self.pipeline = pipeline
        self.parameters = parameters
        self.detection = detection
        self.corpus = corpus
        self.run = run
    }

    /// What the output contains, over all runs.
    package struct Corpus: Codable, Sendable {
        /// The sum over all shards. In JSON its fields are beside `inputs` and `shards`, not in an object of their own.
        package var counts: DocumentCounts
        /// The inputs of all runs.
        package var inputs: [Input]
        /// The shards in the order in which they were processed.
        package var shards: [Shard]
        /// The number of shards that sort before a shard that an earlier run had processed already.
        package var shardsOutOfOrder: Int

        /// Creates a corpus; the counts are the sum over `shards`.
        package init(inputs: [Input], shards: [Shard], shardsOutOfOrder: Int) {
            var sum = DocumentCounts()
            for shard in shards { sum += shard.counts }
            counts = sum
            self.inputs = inputs
            self.shards = shards
            self.shardsOutOfOrder = shardsOutOfOrder
        }
    }

    /// An input of the corpus.
    package struct Input: Codable, Sendable {
        /// The input's name.
        package var name: String
        /// The first component of its shards' names; nil if they have no label.
        package var label: String?
        /// The number of its shards.
        package var shards: Int
        /// The counts of its shards, added up.
        package var counts: DocumentCounts

        /// Creates an input; the properties explain the parameters.
        package init(name: String, label: String?, shards: Int, counts: DocumentCounts) {
            self.name = name
            self.label = label
            self.shards = shards
            self.counts = counts
        }
    }

    /// A shard of the corpus.
    package struct Shard: Codable, Sendable {
        /// The shard's name.
        package var name: String
        /// The name of its input.
        package var input: String
        /// Whether all lines were kept, so that the output is a copy of the file.
        package var copied: Bool
        /// The counts of its lines.
        package var counts: DocumentCounts

        /// Creates a shard; the properties explain the parameters.
        package init(name: String, input: String, copied: Bool, counts: DocumentCounts) {
            self.name = name
            self.input = input
            self.copied = copied
            self.counts = counts
        }
    }

    /// The probability that the banding makes two documents candidates, by their Jaccard similarity.
    package struct Detection: Codable, Sendable {
        /// The number of bands.
        package var bands: Int
        /// The number of rows in each band.
        package var rows: Int
        /// Points of the probability curve, in ascending order of similarity.
        package var curve: [Point]

        /// A point of the probability curve.
        package struct Point: Codable, Sendable {
            /// The Jaccard similarity of two documents.
            package var jaccard: Double
            /// The probability that they become candidates.
            package var probability: Double

            /// Creates a point.
            package init(jaccard: Double, probability: Double) {
                self.jaccard = jaccard
                self.probability = probability
            }
        }

        /// Creates a detection; the properties explain the parameters.
        package init(bands: Int, rows: Int, curve: [Point]) {
            self.bands = bands
            self.rows = rows
            self.curve = curve
        }
    }

    /// One run of the pipeline.
    package struct Run: Codable, Sendable {
        /// The outcome: `done`, `dry-run`, `failed` or `interrupted`.
        package var outcome = "done"
        /// The message of the error that ended the run.
        package var error: String?
        /// The time at which the run started.
        package var started = ""
        /// The duration of the run in seconds.
        package var seconds = 0.0
        /// The processor time of the run in seconds, over all threads.
        package var cpuSeconds = 0.0
        /// The most memory in bytes that the process used at any time.
        package var peakMemory = 0
        /// The number of threads.
        package var threads = 0
        /// The number of cores that the process could use; nil in reports of version 0.1.
        package var cores: Int?
        /// The memory setting in bytes.
        package var memory = 0
        /// The instruction set that the kernels used.
        package var instructionSet = ""
        /// The output folder as the user gave it.
        package var out = ""
        /// The inputs as the user gave them.
        package var inputs: [String] = []
        /// The working directory of the run, to which relative paths refer.
        package var folder = ""
        /// The names of the first files in the inputs that are not shards.
        package var ignoredFiles: [String] = []
        /// The number of all files in the inputs that are not shards.
        package var ignoredFilesCount = 0
        /// The number of these files of each kind. A kind is a suffix of names, or a description such as `pipe or
        /// device`.
        package var ignoredKinds: [String: Int]?
        /// The links to folders among these files.
        package var linkedFolders: [String]?
        /// The number of files and folders that patterns left out.
        package var leftOutCount: Int?
        /// The names of the first shards that earlier runs processed and that the inputs no longer contain.
        package var missingShards: [String]?
        /// The number of all missing shards, not only the first ones.
        package var missingShardsCount: Int?
        /// Damaged shards that were skipped; the next run tries them again.
        package var skippedShards: [SkippedShard]?
        /// New shards that are probably missing shards under new names; only the first ones.
        package var renamedShards: [RenamedShard]?
        /// The number of all renamed shards, not only the first ones.
        package var renamedShardsCount: Int?
        /// The other outputs that documents were compared with, as the user gave them.
        package var against: [String]?
        /// The number of shards that this run wrote.
        package var shardsWritten = 0
        /// The number of shards that earlier runs wrote.
        package var shardsDoneBefore = 0
        /// The index at the end of the run; nil if the pipeline has none.
        package var index: Index?
        /// The counters of the stages, in the order of the pipeline.
        package var stages: [Stage] = []

        /// Creates a run whose properties have their defaults.
        package init() {}
    }

    /// A damaged shard that a run skipped.
    package struct SkippedShard: Codable, Sendable, Equatable {
        /// The shard's name.
        package var shard: String
        /// The damage, and its position in the file.
        package var reason: String

        /// Creates a skipped shard.
        package init(shard: String, reason: String) {
            self.shard = shard
            self.reason = reason
        }
    }

    /// A new shard whose documents are in a processed shard that no input contains any more. It is probably the same
    /// file with another name.
    package struct RenamedShard: Codable, Sendable {
        /// The name of the new shard.
        package var name: String
        /// The name of the missing shard.
        package var repeats: String
        /// The number of documents in the new shard.
        package var documents: Int
        /// The number of these that are duplicates of documents of the missing shard.
        package var repeated: Int
        /// What the user can do, as the end of a sentence.
        package var advice: String

        /// Creates a renamed shard; the properties explain the parameters.
        package init(name: String, repeats: String, documents: Int, repeated: Int, advice: String) {
            self.name = name
            self.repeats = repeats
            self.documents = documents
            self.repeated = repeated
            self.advice = advice
        }

        /// The observation in one sentence.
        package var sentence: String {
            "\(name) looks like \(repeats) under another name: \(repeated.grouped) of "
                + "\(documents.counted("document")) \(repeated == 1 ? "repeats" : "repeat") that shard, which no input "
                + "of this run has"
        }
    }

    /// The size and the use of the index at the end of the run.
    package struct Index: Codable, Sendable {
        /// The number of kept documents in the index.
        package var documents: Int
        /// The number of band keys: one for each band of each kept document.
        package var bandKeys: Int
        /// The number of these that are in segments on the disk.
        package var bandKeysOnDisk: Int
        /// The number of segments.
        package var segments: Int
        /// The size of the document log in bytes.
        package var logBytes: Int
        /// The size of all segments in bytes.
        package var segmentBytes: Int
        /// The number of band keys that were looked up.
        package var lookups: Int
        /// The number of segment pages that were read to look up keys.
        package var pagesRead: Int

        /// Creates an index; the properties explain the parameters.
        package init(
            documents: Int, bandKeys: Int, bandKeysOnDisk: Int, segments: Int, logBytes: Int, segmentBytes: Int,
            lookups: Int, pagesRead: Int
        ) {
            self.documents = documents
            self.bandKeys = bandKeys
            self.bandKeysOnDisk = bandKeysOnDisk
            self.segments = segments
            self.logBytes = logBytes
            self.segmentBytes = segmentBytes
            self.lookups = lookups
            self.pagesRead = pagesRead
        }

        /// The pages read per key looked up; nil if nothing was looked up.
        var pagesPerLookup: Double? { lookups > 0 ? Double(pagesRead) / Double(lookups) : nil }
    }

    /// The counters of a stage. A stage that is busy most of the time limits the speed of the run; a stage that waits
    /// for input or output is limited by the stage before or after it.
    package struct Stage: Codable, Sendable {
        /// The stage's name.
        package var name: String
        /// The number of items that the stage works on at once.
        package var workers: Int
        /// The number of documents that the stage received.
        package var documents: Int
        /// The number of bytes that the stage received.
        package var bytes: Int
        /// Seconds of work, summed over all workers.
        package var busy: Double
        /// Seconds of CPU time; nil in reports of version 0.1.
        package var cpu: Double?
        /// The part of `cpu` that no second thread can share, because the stage takes its items in order.
        package var cpuInOrder: Double?
        /// Seconds that the stage waited for the stage before it.
        package var waitingForInput: Double
        /// Seconds that the stage waited for the stage after it, or for memory.
        package var waitingForOutput: Double

        /// Creates the counters; the properties explain the parameters.
        package init(
            name: String, workers: Int, documents: Int, bytes: Int, busy: Double, cpu: Double?, cpuInOrder: Double?,
            waitingForInput: Double, waitingForOutput: Double
        ) {
            self.name = name
            self.workers = workers
            self.documents = documents
            self.bytes = bytes
            self.busy = busy
            self.cpu = cpu
            self.cpuInOrder = cpuInOrder
            self.waitingForInput = waitingForInput
            self.waitingForOutput = waitingForOutput
        }

        /// Adds the counters of the same stage in another part of the run.
        package static func += (stage: inout Stage, other: Stage) {
            stage.documents += other.documents
            stage.bytes += other.bytes
            stage.busy += other.busy
            stage.cpu = sum(stage.cpu, other.cpu)
            stage.cpuInOrder = sum(stage.cpuInOrder, other.cpuInOrder)
            stage.waitingForInput += other.waitingForInput
            stage.waitingForOutput += other.waitingForOutput
        }

        /// Nil if one of them is not known.
        private static func sum(_ a: Double?, _ b: Double?) -> Double? { a.flatMap { a in b.map { a + $0 } } }
    }

    /// The report as JSON with sorted keys and a newline at the end.
    package func json() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return try Array(encoder.encode(self)) + [UInt8(ascii: "\n")]
    }

    /// Decodes a report without checking its version; see `init(json:path:)`.
    package init(json: [UInt8]) throws {
        self = try JSONDecoder().decode(Report.self, from: Data(json))
    }
}
