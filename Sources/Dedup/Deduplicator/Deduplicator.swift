internal import Basics
internal import Corpus
internal import DeBERTa
internal import Deduplication
internal import DuplicateIndex
public import Foundation
internal import OutputStore

/// Decides for each text that is added whether it is a near-duplicate of a text that was kept before.
///
/// ```swift
/// let deduplicator = try Deduplicator()
/// for text in texts where try await deduplicator.add(text).isKept { print(text) }
/// ```
///
/// A document is a duplicate if it shares a band key with a document that was kept before it and their exact Jaccard
/// similarity is above the threshold. It is reported with the earliest such document. Duplicates are not added to the
/// index, so a document is never removed only because it is similar to a removed document. A blank text is always kept.
///
/// Documents are decided in the order in which they are added, and decisions depend on that order alone: not on the
/// sizes of the batches, the number of cores or processes, or the memory. They equal those of ``CorpusRun`` for the
/// same documents in the same order.
///
/// An index in a folder (``init(folder:parameters:memory:)``) outlives the process; ``commit()`` says which documents
/// are durable.
public actor Deduplicator {
    /// The number of documents and bytes that one task sketches at a time.
    private static let partSize = (documents: 512, bytes: 1 << 20)

    private enum State {
        case open
        /// An operation failed half-way; every later call throws this error.
        case failed(DedupError)
        case closed
    }

    /// The documents of one task, with the sketches by which they are compared.
    private struct Part: Sendable {
        let documents: ArraySlice<Document>
        let sketches: Sketches
    }

    /// The parameters that the index was created with.
    public nonisolated let parameters: Parameters

    private let rule: Rule
    private let makers: Pool<SketchMaker>
    private let index: DuplicateIndex
    private let decider: RoundDecider
    private let workspace = DuplicateIndex.Workspace()
    /// Nil for an index in memory, and once this object is closed.
    private var folder: IndexFolder?
    private var state = State.open
    private var counts: DocumentCounts
    private var position: IndexState.Position

    /// The default for the memory of an index: 512 MiB.
    public static let standardMemory = 512 << 20

    /// Creates an index in memory. Data that does not fit is written to files in the temporary folder. Other processes
    /// do not see these files, and they disappear when the process ends.
    ///
    /// - Parameters:
    ///   - parameters: the parameters that decide whether two documents are duplicates.
    ///   - memory: the bytes that the index may take, approximately; at least 16 MiB.
    /// - Throws: a `DedupError` if a parameter is out of its range, or no temporary file can be made.
    public init(
        parameters: Parameters = .standard, memory: Int = Deduplicator.standardMemory
    ) throws(DedupError) {
        let rule = try Rule(parameters)
        let memory = try Self.checked(memory)
        let index = try translatingErrors {
            try DuplicateIndex(
                own: nil, scratch: FileManager.default.temporaryDirectory.path, memory: memory, match: rule.match,
                keys: bandKeys(rule.banding))
        }
        self.init(rule, index, folder: nil, DocumentCounts())
    }

    /// Opens the index in a folder, or creates one there, and locks the folder as long as this object lives.
    ///
    /// - Parameters:
    ///   - folder: a new or empty folder, or the folder of an index that no process uses any more. If the index was not
    ///     closed, for example because of a crash, it has the documents up to the last ``commit()``.
    ///   - parameters: the parameters that decide whether two documents are duplicates. They must be the same as when
    ///     the index was created.
    ///   - memory: the bytes that the index may take, approximately; at least 16 MiB. Data that does not fit is read
    ///     from the folder when it is needed.
    /// - Throws: a `DedupError` of the kind `parameter` if the folder holds other files or was made with other
    ///   parameters (the message names the parameter and both values), of the kind `data` if the index is damaged or in
    ///   use, of the kind `system` if it cannot be read or written.
    public init(
        folder: URL, parameters: Parameters = .standard, memory: Int = Deduplicator.standardMemory
    ) throws(DedupError) {
        let rule = try Rule(parameters)
        let memory = try Self.checked(memory)
        do {
            let opened = try IndexFolder(folder.localPath(), rule, memory: memory)
            self.init(rule, opened.index, folder: opened, opened.counts)
        } catch {
            throw DedupError(error)
        }
    }

    private init(_ rule: Rule, _ index: DuplicateIndex, folder: IndexFolder?, _ counts: DocumentCounts) {
        parameters = rule.parameters
        self.rule = rule
        self.index = index
        self.folder = folder
        self.counts = counts
        position = index.position
        decider = RoundDecider(match: rule.match)
        makers = Pool { SketchMaker(rule) }
    }

    private static func checked(_ memory: Int) throws(DedupError) -> Int {
        guard memory >= 16 << 20 else { throw .parameter("memory is at least \(16 << 20) bytes, not \(memory)") }
        return memory
    }

    // MARK: Adding

    /// The number of documents that were added so far, in this process and in earlier ones. It is the
    /// ``DocumentReference/position`` that the next document will have.
    ///
    /// When a folder has just been opened, this is the number of durable documents. The caller continues with the
    /// document at this position.
    public var count: Int { counts.read }

    /// The number of documents that were kept so far, in this process and in earlier ones.
    public var keptCount: Int { counts.kept }

    /// Adds a document and returns the decision about it.
    ///
    /// Many documents are added faster with ``add(contentsOf:)``.
    ///
    /// - Throws: a `DedupError` if the text is longer than 320 MiB, the task is cancelled, the index cannot be read or
    ///   written, or this object is closed. After an error of the index, every later call fails too.
    @discardableResult
    public nonisolated func add(_ text: String, id: String? = nil) async throws(DedupError) -> Decision {
        try await add(contentsOf: [Document(text, id: id)])[0]
    }

    /// Adds documents, in their order, and returns the decision about each. It uses all cores.
    ///
    /// Either all documents are added or, if an error is thrown before the first one is decided (a text is too long,
    /// the task is cancelled), none. Documents of calls that overlap are not mixed; which call comes first is not
    /// determined.
    ///
    /// - Throws: a `DedupError`, as ``add(_:id:)`` does.
    @discardableResult
    public nonisolated func add(contentsOf documents: [Document]) async throws(DedupError) -> [Decision] {
        try await Threads.run { [makers] in
            let parts = try await Threads.inParallel(Self.parts(of: documents)) { part in
                try makers.with { Part(documents: documents[part], sketches: try $0.sketches(of: documents[part])) }
            }
            return try await self.decide(parts)
        }
    }

    /// Divides documents into parts, each for one task.
    private static func parts(of documents: [Document]) -> [Range<Int>] {
        var parts: [Range<Int>] = []
        var start = 0
        var bytes = 0
        for (number, document) in documents.enumerated() {
            bytes += document.text.utf8.count
            if number + 1 - start >= partSize.documents || bytes >= partSize.bytes || number + 1 == documents.count {
                parts.append(start..<number + 1)
                start = number + 1
                bytes = 0
            }
        }
        return parts
    }

    /// Decides documents whose sketches are made. It never suspends, so documents of another call cannot come in
    /// between.
    private func decide(_ parts: [Part]) throws -> [Decision] {
        try checkOpen()
        try Task.checkCancellation()
        var decisions: [Decision] = []
        decisions.reserveCapacity(parts.reduce(0) { $0 + $1.documents.count })
        do {
            for part in parts { try decide(part.documents, part.sketches, &decisions) }
            position = index.position
        } catch {
            state = .failed(DedupError(error))
            throw error
        }
        return decisions
    }

    private func decide(
        _ documents: ArraySlice<Document>, _ sketches: Sketches, _ decisions: inout [Decision]
    ) throws(Failure) {
        let ids = DocumentIDs(documents)
        let before = counts.read
        for first in stride(from: 0, to: documents.count, by: RoundDecider.size) {
            let round = first..<min(documents.count, first + RoundDecider.size)
            workspace.candidates = 0
            let earlier = try RoundDecider.twins(of: round, sketches, in: index, workspace)
            var removed: [(document: Int, twin: DuplicateIndex.Twin)] = []
            let kept = decider.decide(
                round, sketches, earlier: earlier, isCompared: { _ in true }, place: { Place(position: before + $0) },
                id: { ids[$0] }, remove: { removed.append(($0, $1)) })
            try withExtendedLifetime(ids) { () throws(Failure) in try index.insert(kept) }
            counts.candidates += workspace.candidates + decider.takeCandidates()
            var next = 0
            for document in round {
                if next < removed.count, removed[next].document == document {
                    decisions.append(Decision(removed[next].twin))
                    next += 1
                } else {
                    decisions.append(.kept)
                }
            }
            counts.removed += removed.count
            counts.kept += round.count - removed.count
        }
        counts.read += documents.count
        counts.bytes += documents.reduce(0) { $0 + $1.text.utf8.count }
        counts.keptBytes = counts.bytes
    }

    private func checkOpen() throws {
        switch state {
        case .open: return
        case .failed(let error): throw error
        case .closed: throw DedupError.parameter("the Deduplicator is closed; open the folder again")
        }
    }

    // MARK: Durability

    /// Makes all documents that were added so far durable; returns when they are on the disk.
    ///
    /// A commit is atomic. Even after a crash or a power loss, the folder holds exactly the documents of one commit:
    /// the last one that returned, or one that was in progress. ``count`` gives their number. Documents that were added
    /// after that commit must be added again.
    ///
    /// A commit takes some milliseconds, so commit after thousands of documents rather than after each. For an index in
    /// memory this does nothing.
    ///
    /// - Throws: a `DedupError` if the folder cannot be written. Every later call then fails too. Open the folder again
    ///   to find out which documents are durable.
    public nonisolated func commit() async throws(DedupError) {
        try await Threads.run { try await self.commitNow(closing: false) }
    }

    /// Commits, and releases the folder for other processes. Afterwards every call except `close` throws an error.
    ///
    /// If an index is not closed, the documents added since the last commit are lost, and opening it again takes a
    /// little longer.
    ///
    /// - Throws: a `DedupError`, as ``commit()`` does.
    public nonisolated func close() async throws(DedupError) {
        try await Threads.run { try await self.commitNow(closing: true) }
    }

    private func commitNow(closing: Bool) throws {
        if closing, case .closed = state { return }
        try checkOpen()
        do throws(Failure) {
            if closing { try index.finish() }
            try folder?.commit(counts, position)
            if closing { try folder?.settle() }
        } catch {
            state = .failed(DedupError(error))
            throw error
        }
        if closing {
            state = .closed
            folder = nil
        }
    }
}

/// The ids of the documents of a part as bytes, valid as long as this object.
private final class DocumentIDs {
    private var bytes = Buffer<UInt8>()
    private var ends: [Int] = []
    private let hasID: [Bool]

    init(_ documents: ArraySlice<Document>) {
        hasID = documents.map { $0.id != nil }
        for document in documents {
            if let id = document.id { bytes.append(id) }
            ends.append(bytes.count)
        }
    }

    subscript(document: Int) -> DocumentIDBytes {
        DocumentIDBytes(
            kind: hasID[document] ? .string : .none,
            bytes: bytes.slice((document == 0 ? 0 : ends[document - 1])..<ends[document]))
    }
}

extension Place {
    /// The index records the position of a document as a shard number and a line number; here, these are the upper and
    /// the lower 32 bits of the position.
    fileprivate init(position: Int) { self.init(shard: position >> 32, line: position & 0xFFFF_FFFF) }

    fileprivate var position: Int { shard << 32 | line }
}

extension Decision {
    fileprivate init(_ twin: DuplicateIndex.Twin) {
        self = .duplicate(
            of: DocumentReference(position: twin.place.position, id: twin.id?.name),
            overlap: Overlap(
                intersection: twin.overlap.intersection, union: twin.overlap.union, bands: Array(twin.bands)))
    }
}
