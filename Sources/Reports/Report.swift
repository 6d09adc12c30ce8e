internal import Foundation

/// report.json: what an output holds, and how the last run went.
///
/// `corpus` is cumulative, and the same for any number of threads, any memory, any split into runs. `run` is about the
/// last run alone.
package struct Report: Codable, Sendable {
    /// The version of this format; it changes when a field changes its meaning or goes. Up to version 2, `documents`
    /// counted bad lines too, and there was no `read`.
    package static let version = 3
    /// The earliest version that can be read.
    package static let earliestVersion = 2

    package var version = Report.version
    package var dedup: String
    package var pipeline: String
    package var parameters: [String: String]
    package var detection: Detection?
    package var corpus: Corpus
    package var run: Run

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

    /// What became of lines: documents = kept + removed + dropped, and read = documents + bad.
    package struct Counts: Codable, Sendable, Equatable {
        /// Lines that are not blank.
        package var read = 0
        /// Lines that are documents.
        package var documents = 0
        package var kept = 0
        package var removed = 0
        package var dropped = 0
        package var bad = 0
        package var blankLines = 0
        /// Bytes of the decoded shards, read and written.
        package var bytes = 0
        package var keptBytes = 0
        /// Pairs of a document and one kept before it, as far as its twin, that share a band: once for each band that
        /// they share, a twin once.
        package var candidates = 0

        package init() {}

        package static func += (sum: inout Counts, more: Counts) {
            sum.read += more.read
            sum.documents += more.documents
            sum.kept += more.kept
            sum.removed += more.removed
            sum.dropped += more.dropped
            sum.bad += more.bad
            sum.blankLines += more.blankLines
            sum.bytes += more.bytes
            sum.keptBytes += more.keptBytes
            sum.candidates += more.candidates
        }
    }

    package struct Corpus: Codable, Sendable {
        /// The sum over all shards; its fields stand beside `inputs` and `shards`.
        package var counts: Counts
        package var inputs: [Input]
        package var shards: [Shard]
        /// Shards that sort before one that an earlier run had taken in.
        package var shardsOutOfOrder: Int

        package init(inputs: [Input], shards: [Shard], shardsOutOfOrder: Int) {
            var sum = Counts()
            for shard in shards { sum += shard.counts }
            counts = sum
            self.inputs = inputs
            self.shards = shards
            self.shardsOutOfOrder = shardsOutOfOrder
        }
    }

    package struct Input: Codable, Sendable {
        package var name: String
        package var label: String?
        package var shards: Int
        package var counts: Counts

        package init(name: String, label: String?, shards: Int, counts: Counts) {
            self.name = name
            self.label = label
            self.shards = shards
            self.counts = counts
        }
    }

    package struct Shard: Codable, Sendable {
        package var name: String
        package var input: String
        /// Whether every byte was kept, so that the output is a copy of the file.
        package var copied: Bool
        package var counts: Counts

        package init(name: String, input: String, copied: Bool, counts: Counts) {
            self.name = name
            self.input = input
            self.copied = copied
            self.counts = counts
        }
    }

    /// What the banding finds: the probability that two documents of a similarity become candidates.
    package struct Detection: Codable, Sendable {
        package var bands: Int
        package var rows: Int
        package var curve: [Point]

        package struct Point: Codable, Sendable {
            package var jaccard: Double
            package var probability: Double

            package init(jaccard: Double, probability: Double) {
                self.jaccard = jaccard
                self.probability = probability
            }
        }

        package init(bands: Int, rows: Int, curve: [Point]) {
            self.bands = bands
            self.rows = rows
            self.curve = curve
        }
    }

    package struct Run: Codable, Sendable {
        /// `done`, `dry-run`, `failed` or `interrupted`.
        package var outcome = "done"
        package var error: String?
        package var started = ""
        package var seconds = 0.0
        package var cpuSeconds = 0.0
        /// The most memory that the process had in use, in bytes.
        package var peakMemory = 0
        package var threads = 0
        package var memory = 0
        package var instructionSet = ""
        package var out = ""
        /// The inputs as they were given, and the folder from which.
        package var inputs: [String] = []
        package var folder = ""
        /// Files in the inputs that are no shards.
        package var ignoredFiles: [String] = []
        package var ignoredFilesCount = 0
        /// How many of them there are of each kind: a suffix, or what else they are.
        package var ignoredKinds: [String: Int]?
        /// Those of them that are links to folders.
        package var linkedFolders: [String]?
        /// Files and folders that `--glob` and `--exclude` left out.
        package var leftOutCount: Int?
        /// Shards that earlier runs took in and that are gone from the inputs.
        package var missingShards: [String]?
        package var missingShardsCount: Int?
        /// Damaged shards that were left out; the next run tries them again.
        package var skippedShards: [SkippedShard]?
        /// New shards that are most likely shards that are gone, under other names.
        package var renamedShards: [RenamedShard]?
        package var renamedShardsCount: Int?
        /// Other outputs whose documents were compared with, as they were given.
        package var against: [String]?
        /// Shards that this run wrote, and those that were done before.
        package var shardsWritten = 0
        package var shardsDoneBefore = 0
        package var index: Index?
        package var stages: [Stage] = []

        package init() {}
    }

    /// A damaged shard that a run left out.
    package struct SkippedShard: Codable, Sendable, Equatable {
        package var shard: String
        /// How its bytes are damaged, and where.
        package var reason: String

        package init(shard: String, reason: String) {
            self.shard = shard
            self.reason = reason
        }
    }

    /// A new shard that repeats one that an earlier run took in and that no input has any more.
    package struct RenamedShard: Codable, Sendable {
        package var name: String
        /// The name of the shard that is gone.
        package var repeats: String
        package var documents: Int
        /// Documents that are duplicates of documents of the shard that is gone.
        package var repeated: Int
        /// What the user can do.
        package var advice: String

        package init(name: String, repeats: String, documents: Int, repeated: Int, advice: String) {
            self.name = name
            self.repeats = repeats
            self.documents = documents
            self.repeated = repeated
            self.advice = advice
        }

        /// What was noticed, in one sentence.
        package var sentence: String {
            "\(name) looks like \(repeats) under another name: \(repeated.grouped) of "
                + "\(documents.counted("document")) \(repeated == 1 ? "repeats" : "repeat") that shard, which no input "
                + "of this run has"
        }
    }

    /// What the index held at the end of the run.
    package struct Index: Codable, Sendable {
        package var documents: Int
        package var bandKeys: Int
        package var bandKeysOnDisk: Int
        /// Sorted segments that they lie in.
        package var segments: Int
        package var logBytes: Int
        package var segmentBytes: Int
        /// Band keys that were looked up, and pages of segments that were read for it.
        package var lookups: Int
        package var pagesRead: Int

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

        /// nil when nothing was looked up.
        var pagesPerLookup: Double? { lookups > 0 ? Double(pagesRead) / Double(lookups) : nil }
    }

    /// What a stage did. A stage that is busy most of the time bounds the run; one that waits for input or output is
    /// bound by its neighbours.
    package struct Stage: Codable, Sendable {
        package var name: String
        package var workers: Int
        package var documents: Int
        package var bytes: Int
        /// Seconds of work, over all workers.
        package var busy: Double
        package var waitingForInput: Double
        package var waitingForOutput: Double

        package init(
            name: String, workers: Int, documents: Int, bytes: Int, busy: Double, waitingForInput: Double,
            waitingForOutput: Double
        ) {
            self.name = name
            self.workers = workers
            self.documents = documents
            self.bytes = bytes
            self.busy = busy
            self.waitingForInput = waitingForInput
            self.waitingForOutput = waitingForOutput
        }

        /// Adds what the same stage did at another time.
        package static func += (stage: inout Stage, other: Stage) {
            stage.documents += other.documents
            stage.bytes += other.bytes
            stage.busy += other.busy
            stage.waitingForInput += other.waitingForInput
            stage.waitingForOutput += other.waitingForOutput
        }
    }

    /// JSON with sorted keys, a newline at the end.
    package func json() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return try Array(encoder.encode(self)) + [UInt8(ascii: "\n")]
    }

    package init(json: [UInt8]) throws {
        self = try JSONDecoder().decode(Report.self, from: Data(json))
    }
}

extension Report.Counts {
    private enum Keys: String, CodingKey {
        case read, documents, kept, removed, dropped, bad, blankLines, bytes, keptBytes, candidates
    }

    /// Reads counts of version 2 too, whose `documents` are the lines that were read.
    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: Keys.self)
        documents = try values.decode(Int.self, forKey: .documents)
        kept = try values.decode(Int.self, forKey: .kept)
        removed = try values.decode(Int.self, forKey: .removed)
        dropped = try values.decode(Int.self, forKey: .dropped)
        bad = try values.decode(Int.self, forKey: .bad)
        blankLines = try values.decode(Int.self, forKey: .blankLines)
        bytes = try values.decode(Int.self, forKey: .bytes)
        keptBytes = try values.decode(Int.self, forKey: .keptBytes)
        candidates = try values.decode(Int.self, forKey: .candidates)
        if let read = try values.decodeIfPresent(Int.self, forKey: .read) {
            self.read = read
        } else {
            read = documents
            documents = documents.subtractingReportingOverflow(bad).partialValue
        }
    }
}

// The counts of the corpus, of an input and of a shard stand beside their other fields, not in an object of their own.

extension Report.Corpus {
    private enum Keys: String, CodingKey { case inputs, shards, shardsOutOfOrder }

    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: Keys.self)
        counts = try Report.Counts(from: decoder)
        inputs = try values.decode([Report.Input].self, forKey: .inputs)
        shards = try values.decode([Report.Shard].self, forKey: .shards)
        shardsOutOfOrder = try values.decode(Int.self, forKey: .shardsOutOfOrder)
    }

    package func encode(to encoder: any Encoder) throws {
        try counts.encode(to: encoder)
        var values = encoder.container(keyedBy: Keys.self)
        try values.encode(inputs, forKey: .inputs)
        try values.encode(shards, forKey: .shards)
        try values.encode(shardsOutOfOrder, forKey: .shardsOutOfOrder)
    }
}

extension Report.Input {
    private enum Keys: String, CodingKey { case name, label, shardCount }

    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: Keys.self)
        name = try values.decode(String.self, forKey: .name)
        label = try values.decodeIfPresent(String.self, forKey: .label)
        shards = try values.decode(Int.self, forKey: .shardCount)
        counts = try Report.Counts(from: decoder)
    }

    package func encode(to encoder: any Encoder) throws {
        try counts.encode(to: encoder)
        var values = encoder.container(keyedBy: Keys.self)
        try values.encode(name, forKey: .name)
        try values.encode(label, forKey: .label)
        try values.encode(shards, forKey: .shardCount)
    }
}

extension Report.Shard {
    private enum Keys: String, CodingKey { case name, input, copied }

    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: Keys.self)
        name = try values.decode(String.self, forKey: .name)
        input = try values.decode(String.self, forKey: .input)
        copied = try values.decode(Bool.self, forKey: .copied)
        counts = try Report.Counts(from: decoder)
    }

    package func encode(to encoder: any Encoder) throws {
        try counts.encode(to: encoder)
        var values = encoder.container(keyedBy: Keys.self)
        try values.encode(name, forKey: .name)
        try values.encode(input, forKey: .input)
        try values.encode(copied, forKey: .copied)
    }
}
