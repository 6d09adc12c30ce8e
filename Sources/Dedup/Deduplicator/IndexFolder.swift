internal import Basics
internal import Corpus
internal import Deduplication
internal import DuplicateIndex
internal import Foundation
internal import OutputStore

/// The folder of a `Deduplicator`. It is built like the output folder of a corpus run, but contains no shards.
///
/// The catalog records all documents as part of one shard that is never finished. Each commit records, in one
/// transaction, the number of documents and the end of the index. A corpus run does the same for a large shard that is
/// partly done.
final class IndexFolder: Sendable {
    /// The name of the shard in the catalog, and of the input that it is recorded under.
    private static let shard = "documents"

    private let folder: OutputFolder
    private let catalog: Catalog
    private let lock: FolderLock
    /// The kept documents, and the counters of all added documents, as of the last commit.
    let index: DuplicateIndex
    let counts: DocumentCounts

    /// Opens or creates the folder, and locks it.
    ///
    /// - Throws: if the folder holds anything else, was made with other parameters, is damaged, or is in use.
    init(_ path: String, _ rule: Rule, memory: Int) throws(Failure) {
        try LocalPath.check(path)
        try OutputFolder.checkLength(of: path)
        if case .foreign(let what) = try OutputFolder.content(at: path) {
            throw .usage("\(path) \(what); give a new or empty folder")
        }
        folder = OutputFolder(path)
        try folder.make()
        lock = try folder.lock()
        let catalogPath = OutputFolder.catalogPath(in: path)
        let bound = rule.bound.merging([Catalog.indexOnly.name: Catalog.indexOnly.value]) { $1 }
        if case .output = try OutputFolder.content(at: path) {
            // The catalog is read from a copy, so that a refused folder is not changed.
            try Catalog.read(catalogPath) { catalog throws(Failure) in try Self.check(catalog, bound, path) }
        }
        catalog = try Catalog(path: catalogPath)
        let state = try catalog.indexState()
        counts = try catalog.partialShard()?.counts ?? DocumentCounts()
        try DuplicateIndex.removeStrayFiles(in: folder.indexFolder, state)
        try folder.clearTemporary(keeping: nil)
        try catalog.begin(bound, [Catalog.Input(name: Self.shard, label: nil)])
        index = try DuplicateIndex(
            own: DuplicateIndex.Stored(folder: folder.indexFolder, state: state, identity: try catalog.identity()),
            scratch: folder.indexFolder, memory: memory, match: rule.match, keys: bandKeys(rule.banding))
    }

    /// - Throws: a usage error if the folder was made with other parameters or by a corpus run.
    private static func check(_ catalog: Catalog, _ bound: [String: String], _ path: String) throws(Failure) {
        // No document was recorded in the folder yet, so any parameters are allowed.
        let isEmpty = try catalog.doneShards().isEmpty
        if try catalog.partialShard() == nil, isEmpty { return }
        let recorded = try catalog.parameters()
        guard recorded[Catalog.indexOnly.name] == Catalog.indexOnly.value else {
            throw .usage("\(path) is the output of a corpus run; give the folder of a Deduplicator, or a new one")
        }
        for name in Set(recorded.keys).union(bound.keys).sorted() where recorded[name] != bound[name] {
            throw .usage(
                "\(path) was made with \(name) \(recorded[name] ?? "not set"), and these parameters have "
                    + "\(bound[name] ?? "not set"); give another folder, or the parameters that it was made with")
        }
    }

    /// Makes all documents up to `position` durable.
    ///
    /// - Throws: if a file or the catalog cannot be written. Then the folder must be opened again to find out which
    ///   documents are durable.
    func commit(_ counts: DocumentCounts, _ position: IndexState.Position) throws(Failure) {
        let read = ReadPoint(
            line: counts.read + 1, byte: counts.bytes, fileBytes: Int64(counts.bytes), digest: "",
            size: Int64(counts.bytes), modified: 0)
        let part = PartialShard(
            ordinal: 0, name: Self.shard, input: Self.shard, read: read, counts: counts, files: [:])
        try folder.commit(part: part, [:], catalog, index, position)
    }

    /// Called once, after the last commit: records that the use of the folder has ended, and brings the catalog's
    /// checksums up to date.
    func settle() throws(Failure) {
        try catalog.end()
        try catalog.settle()
    }
}
