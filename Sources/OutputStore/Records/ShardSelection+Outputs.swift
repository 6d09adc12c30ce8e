package import Basics
package import Corpus
internal import DuplicateIndex
internal import Foundation

extension ShardSelection {
    /// The shards of a folder by their names and, of an output of dedup, those that it says it holds.
    package static var standard: ShardSelection {
        var selection = ShardSelection()
        selection.shardsOfOutput = { folder in Result { () throws(Failure) in try OutputFolder.shards(in: folder) } }
        return selection
    }

    /// The same selection of an output that is being written, whose shards are known.
    package func naming(_ shards: [String]) -> ShardSelection {
        var selection = self
        selection.shardsOfOutput = { _ in .success(shards) }
        return selection
    }
}

extension OutputFolder {
    /// The names of the shards that an output or a filtered corpus holds; nil for any other folder.
    package static func shards(in folder: String) throws(Failure) -> [String]? {
        let path = folder.count > 1 && folder.hasSuffix("/") ? String(folder.dropLast()) : folder
        if try File.status(at: catalogPath(in: path)) != nil {
            return try FinishedOutput(path).record().shards.map(\.name)
        }
        return try FilteredFolder(path, option: "").files.record()?.shards.map(\.name)
    }
}

extension Shard {
    /// A shard of a folder by its name; nil when it is not there.
    package init?(named name: String, in folder: String) throws(Failure) {
        let path = folder + "/" + name
        guard let status = try File.status(at: path), status.isRegular else { return nil }
        self.init(name: name, path: path, input: 0, size: status.size, modified: status.modified)
    }
}
