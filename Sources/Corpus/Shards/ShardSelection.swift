package import Basics

/// The rules that decide which files of the inputs are shards. The rules may change from run to run: a processed shard
/// that the rules now leave out does not count as missing.
package struct ShardSelection: Sendable {
    /// The format of a shard's content.
    package enum Format: String, Sendable, CaseIterable {
        /// JSON Lines.
        case jsonl
    }

    /// If set, every file has this format, whatever its name is. If nil, the names of a folder's files decide
    /// (`ShardName.isShard`).
    package var format: Format?
    /// In folders, only files whose relative path matches one of these are read; empty for all files.
    package var globs: [PathPattern] = []
    /// Files and folders whose relative path matches one of these are left out, folders with everything in them.
    package var exclusions: [PathPattern] = []
    /// Whether links to folders are followed.
    package var followsLinks = false
    /// Returns the names of the shards in an output folder of dedup, which are read whatever they are called; nil if
    /// the folder is not such an output. Called only for folders that contain a folder `.dedup`.
    package var shardsOfOutput: @Sendable (_ folder: String) -> Result<[String]?, Failure> = { _ in .success(nil) }

    /// Creates the default selection, which accepts all files that are named like shards.
    package init() {}

    func excludes(_ relative: String) -> Bool { exclusions.contains { $0.matches(relative) } }

    /// Whether the patterns leave out the file with this relative path, or a folder that contains it.
    func leavesOut(_ relative: String) -> Bool {
        let folders = relative.utf8.indices.filter { relative.utf8[$0] == UInt8(ascii: "/") }
        return excludes(relative) || folders.contains { excludes(String(relative[..<$0])) } || !globsMatch(relative)
    }

    /// Whether `globs` accept the file with this relative path.
    func globsMatch(_ relative: String) -> Bool { globs.isEmpty || globs.contains { $0.matches(relative) } }
}
