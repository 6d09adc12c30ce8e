internal import Basics
internal import Corpus
internal import Deduplication
internal import DuplicateIndex
internal import Foundation
internal import OutputStore

/// The folder of a `Deduplicator`: an output folder as a corpus run has it, without a corpus.
///
/// All documents are of one shard that is never finished. Each commit records, in one transaction, how many documents
/// it has and how far the index goes, as a corpus run does for a large shard of which a part is done.
final class IndexFolder: Sendable {
    /// The name of the shard in the catalog, and of the input that it is recorded under.
    private static let shard = "documents"

    private let folder: OutputFolder
    private let catalog: Catalog
    private let lock: FolderLock
    /// The kept documents and how many documents were added up to the last commit.
    let index: DuplicateIndex
    let counts: DocumentCounts

    /// Opens the folder and takes its lock, or makes a new one.
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
            // A copy: a folder that is refused stays as it is.
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
        // Nothing was recorded in the folder yet, so nothing binds.
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
    /// - Throws: if a file or the catalog cannot be written. Only opening the folder again can tell then what is durable.
    func commit(_ counts: DocumentCounts, _ position: IndexState.Position) throws(Failure) {
        let read = ReadPoint(
            line: counts.read + 1, byte: counts.bytes, fileBytes: Int64(counts.bytes), digest: "",
            size: Int64(counts.bytes), modified: 0)
        let part = PartialShard(
            ordinal: 0, name: Self.shard, input: Self.shard, read: read, counts: counts, files: [:])
        try folder.commit(part: part, [:], catalog, index, position)
    }

    /// Ends the use of the folder after the last commit: the checksums of the catalog cover everything then.
    func settle() throws(Failure) {
        try catalog.end()
        try catalog.settle()
    }
}
