package import Basics
internal import DuplicateIndex
package import OutputStore

/// `dedup verify` for an output: its catalog, its index, its shards and lists, and its reports.
package struct OutputVerifier {
    private let path: String
    private let folder: OutputFolder

    package init(_ path: String) {
        self.path = path
        folder = OutputFolder(path)
    }

    /// Verifies the catalog, and every file that the catalog mentions.
    package func verify(_ result: inout Verification) throws(Failure) {
        let catalog = OutputFolder.catalogPath(in: path)
        for file in [catalog, catalog + "-wal", CatalogCheck.checkPath(of: catalog)] { result.count(file) }
        let known: Known
        do throws(Failure) {
            let found = try Catalog.damage(of: catalog)
            let damaged = found.filter { !$0.mayBeTorn }
            for (place, damage) in damaged.enumerated() where damaged[..<place].allSatisfy({ $0.path != damage.path }) {
                // One message for each file, even if many of its pages are damaged.
                let more = damaged[place...].count { $0.path == damage.path } - 1
                result.addDamage(
                    "\(damage.path): damaged: \(damage.what)" + (more > 0 ? ", and \(more) more places" : ""))
            }
            // A damaged catalog cannot tell whether other files are damaged.
            if !result.damage.isEmpty { return }
            // An unfinished commit has no effect, and the next commit overwrites it.
            for damage in found { result.addStop("\(damage.path): a commit was cut off: \(damage.what)") }
            known = try Catalog.read(catalog) { catalog throws(Failure) in try self.known(catalog) }
        } catch {
            result.add(error)
            return
        }
        for stop in known.stops { result.addStop(stop) }
        let stored = DuplicateIndex.Stored(folder: folder.indexFolder, state: known.index, identity: known.identity)
        for file in DuplicateIndex.files(of: stored) { result.check(file.path, file.verify) }
        for file in known.files {
            result.check(file.path, digests: file.digests, size: file.size, first: file.bytes)
        }
        let kept = known.partial?.files.values.compactMap(\.temporaryName) ?? []
        if try TemporaryNames.files(in: folder.temporary).contains(where: { !kept.contains($0) }) {
            result.addStop("\(folder.temporary): files that a run was writing when it was stopped")
        }
    }

    /// The files that should exist according to the catalog.
    private struct Known {
        let index: IndexState
        let identity: UInt64
        let partial: PartialShard?
        var files: [KnownFile] = []
        var stops: [String] = []
    }

    /// A file, with what the catalog says about it.
    private struct KnownFile {
        let path: String
        /// The digests that the file may have.
        let digests: Set<String>
        /// The recorded size in bytes; nil if it is not recorded.
        var size: Int64?
        /// The number of bytes at the start of the file that the digest covers. A partial file may have more bytes,
        /// written before a crash; they are not checked.
        var bytes = Int64.max
    }

    private func known(_ catalog: Catalog) throws(Failure) -> Known {
        var known = Known(
            index: try catalog.indexState(), identity: try catalog.identity(), partial: try catalog.partialShard())
        for (shard, file) in try catalog.files() {
            guard let kind = OutputFile(rawValue: file.kind) else { continue }
            known.files.append(KnownFile(path: folder.finalPath(kind, shard), digests: [file.digest], size: file.size))
        }
        // An index without a corpus is always ready for more documents, so nothing in it counts as stopped.
        let isIndexOnly = try catalog.parameters()[Catalog.indexOnly.name] != nil
        if !isIndexOnly, try catalog.isRunUnfinished() {
            known.stops.append("\(path): the last run did not finish")
        }
        let intended = try catalog.intendedShards()
        if !intended.isEmpty {
            known.stops.append(
                "\(path): the run was stopped while it put the files of \(intended.count) shards in place")
        }
        for (name, digests) in try catalog.reports().sorted(by: { $0.key < $1.key }) {
            let path = path + "/.dedup/" + name
            let isThere = try File.status(at: path) != nil
            if isThere { known.files.append(KnownFile(path: path, digests: digests)) }
            if !isThere || digests.count > 1 {
                known.stops.append("\(path): the run was stopped before it had written its report")
            }
        }
        if let partial = known.partial {
            if !isIndexOnly { known.stops.append("\(path): a part of the shard \(partial.name) is done") }
            for (kind, part) in partial.files {
                guard let name = part.temporaryName else { continue }
                var path = folder.temporary + "/" + name
                // The run was stopped after the file was renamed and before the catalog recorded that.
                if let kind = OutputFile(rawValue: kind), intended.contains(where: partial.name.equalsBytewise),
                    try File.status(at: path) == nil
                {
                    path = folder.finalPath(kind, partial.name)
                }
                known.files.append(KnownFile(path: path, digests: [part.digest], bytes: part.bytes))
            }
        }
        return known
    }
}
