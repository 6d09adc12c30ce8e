package import Basics
internal import Corpus

/// The folder of a filtered corpus: its shards and, in `.dedup`, filter.json and the lists of removed documents.
package final class FilteredFolder: Sendable {
    /// The path of the folder.
    package let path: String
    /// The files and their record, filter.json.
    package let files: RecordedFolder<FilterRecord>
    private let own: OutputFolder
    /// The parameter that names the folder, for messages.
    package let parameter: Parameter

    package init(_ path: String, parameter: Parameter = .out) {
        self.path = path
        self.parameter = parameter
        own = OutputFolder(path)
        files = RecordedFolder(
            root: path, recordPath: path + "/.dedup/filter.json", temporary: own.temporary, prefix: "",
            remedy: "restore it, or filter to a new folder")
    }

    /// The path of a filtered shard.
    package func corpusPath(_ shard: String) -> String { DerivedFile.corpus.path(of: shard, in: path) }
    /// The path of the list of documents that were removed from a shard.
    package func removedPath(_ shard: String) -> String { DerivedFile.removed.path(of: shard, in: path) }

    /// Locks the folder. Throws if another run holds the lock.
    package func lock() throws(Failure) -> FolderLock { try own.lock() }

    /// Returns filter.json; nil if nothing was written yet.
    ///
    /// - Throws: a usage error if the folder holds something else.
    package func record() throws(Failure) -> FilterRecord? {
        if let record = try files.record() {
            guard record.leftovers?.allSatisfy(ShardName.isPossible) ?? true else {
                throw Failure("\(files.recordPath): damaged: it has a shard name that is not possible; restore it")
            }
            return record
        }
        switch try OutputFolder.content(at: path) {
        case .nothing: return nil
        case .output: throw .usage("\(parameter(path)) is an output of dedup run; give a new or empty folder")
        case .foreign(let what): throw .usage("\(parameter(path)) \(what); give a new or empty folder")
        }
    }

    /// Checks that the folder holds no files except filtered shards and hidden files.
    ///
    /// - Parameter shards: the names of the filtered shards.
    /// - Throws: a usage error that names another file.
    package func checkForeignFiles(known shards: [String]) throws(Failure) {
        if try File.status(at: path) == nil { return }
        let foreign = try own.foreignFiles(known: Set(shards.map(BytewiseName.init)))
        if let first = foreign.min() {
            throw .usage(
                "\(parameter(path)): \(foreign.count) files in it were not written by dedup score (\(first)"
                    + (foreign.count > 1 ? ", …" : "") + "); move them away, or give another folder")
        }
    }
}
