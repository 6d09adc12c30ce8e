package import Basics
package import Corpus
internal import DuplicateIndex
internal import Foundation

extension ShardSelection {
    /// Selects the shards of a folder by their file names. For an output of dedup, the shards are those in its catalog.
    package static var standard: ShardSelection {
        var selection = ShardSelection()
        selection.shardsOfOutput = { folder in Result { () throws(Failure) in try OutputFolder.shards(in: folder) } }
        return selection
    }

    /// Returns this selection with the given shards instead of those in the catalog. Used for an output that a run is
    /// writing now.
    package func naming(_ shards: [String]) -> ShardSelection {
        var selection = self
        selection.shardsOfOutput = { _ in .success(shards) }
        return selection
    }
}

extension OutputFolder {
    /// Returns the names of the shards in an output or in a filtered corpus; nil for any other folder.
    package static func shards(in folder: String) throws(Failure) -> [String]? {
        let path = folder.count > 1 && folder.hasSuffix("/") ? String(folder.dropLast()) : folder
        if try File.status(at: catalogPath(in: path)) != nil {
            return try FinishedOutput(path).record().shards.map(\.name)
        }
        return try FilteredFolder(path).files.record()?.shards.map(\.name)
    }
}

extension Shard {
    /// Finds a shard in a folder by its name; nil if it does not exist.
    package init?(named name: String, in folder: String) throws(Failure) {
        let path = folder + "/" + name
        guard let status = try File.status(at: path), status.isRegular else { return nil }
        self.init(name: name, path: path, input: 0, size: status.size, modified: status.modified)
    }
}
