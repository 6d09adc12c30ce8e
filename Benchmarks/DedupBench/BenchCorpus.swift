import Basics
import Corpus
import Pipelines
import Shingling

/// The documents that all steps process, in batches as in a run.
final class BenchCorpus {
    /// The given corpus and, if it is too small, the folder of its copies.
    let inputs: [CorpusInput]
    let shards: [Shard]
    let documents: [Documents]
    /// The settings of the stages.
    let settings: Settings
    /// The number of batches that belong to the given corpus.
    let given: Int
    /// A description of the corpus, for the header of the table.
    let summary: String

    /// Reads the corpus at `path`.
    ///
    /// - Parameters:
    ///   - megabytes: the wanted amount of decoded bytes. If the corpus has less, copies are added.
    ///   - folder: the folder where copies are written.
    init(_ path: String, megabytes: Int, copies folder: String) throws {
        settings = try Settings()
        let original = CorpusInput(path: path)
        var shards = try ShardListing(of: [original]).shards
        let fields = try settings.fields()
        var documents = try Self.read(shards, fields)
        given = documents.count
        var copies = 0
        var missing = megabytes * 1_000_000 - Self.bytes(of: documents)
        while missing > 0 && copies < ShiftedCopy.most {
            copies += 1
            try Disk.makeFolder(folder)
            missing -= try ShiftedCopy(copies).write(documents, to: folder)
        }
        if copies == 0 {
            inputs = [original]
            summary = path
        } else {
            let more = CorpusInput(path: folder)
            inputs = [original, more]
            let listing = try ShardListing(of: [more])
            shards += listing.shards
            documents += try Self.read(listing.shards, fields)
            summary = "\(path) and \(copies) \(copies == 1 ? "copy" : "copies") of it with other letters"
        }
        self.shards = shards
        self.documents = documents
        documentCount = documents.reduce(0) { $0 + $1.count }
        self.bytes = Self.bytes(of: documents)
        if documentCount == 0 { throw Failure("\(path): no documents in it") }
    }

    let documentCount: Int
    /// The number of bytes of all lines.
    let bytes: Int

    private static func bytes(of documents: [Documents]) -> Int {
        documents.reduce(0) { $0 + $1.raw.bytes.count }
    }

    /// The limits of a run with the default memory setting: batches of 1 MiB.
    static let limits = ReadLimits.fixed(line: 320 << 20)

    private static func read(_ shards: [Shard], _ fields: DocumentFields) throws -> [Documents] {
        let reader = DocumentReader(fields, limits: limits)
        var all: [Documents] = []
        for (ordinal, shard) in shards.enumerated() {
            try reader.read(shard, ordinal: ordinal) { documents in
                all.append(documents)
                return true
            }
        }
        return all
    }

    // MARK: Results of steps, which are the input of later steps

    /// Computed when a step first needs it, and kept.
    private(set) lazy var words: [Boxed<WordList>] = {
        var sketching = Sketching(settings)
        return documents.map { Boxed(sketching.words(of: $0)) }
    }()

    private(set) lazy var shingles: [Boxed<ShingleSets>] = {
        var sketching = Sketching(settings)
        return words.map { Boxed(sketching.shingles(of: $0.value)) }
    }()

    private(set) lazy var keys: [Boxed<Buffer<UInt64>>] = {
        let sketching = Sketching(settings)
        return shingles.map { Boxed(sketching.keys(of: $0.value)) }
    }()
}

/// A reference to a noncopyable value, so that it can be in a list.
final class Boxed<Value: ~Copyable> {
    let value: Value
    init(_ value: consuming Value) { self.value = value }
}
