package import Basics

/// Which files of the inputs are shards. Nothing of it binds an output: a shard that was taken in and is left out now is
/// not missing.
package struct ShardSelection: Sendable {
    /// What a shard holds.
    package enum Format: String, Sendable, CaseIterable {
        case jsonl
    }

    /// What all files hold, whatever they are called; nil: the files of a folder are shards by their names.
    package var format: Format?
    /// In a folder, only files are read whose relative path matches one of these patterns; empty for all files.
    package var globs: [PathPattern] = []
    /// Files whose relative path one of these matches are left out, and all files below such a folder.
    package var exclusions: [PathPattern] = []
    /// Whether links to folders are followed.
    package var followsLinks = false
    /// The names of the shards of the output of dedup that a folder is, which are its shards whatever they are called; nil
    /// for any other folder. Asked only about folders that have a folder `.dedup`.
    package var shardsOfOutput: @Sendable (_ folder: String) -> Result<[String]?, Failure> = { _ in .success(nil) }

    package init() {}

    func excludes(_ relative: String) -> Bool { exclusions.contains { $0.matches(relative) } }

    /// Whether the patterns leave a shard of a folder out.
    func leavesOut(_ relative: String) -> Bool {
        let folders = relative.utf8.indices.filter { relative.utf8[$0] == UInt8(ascii: "/") }
        return excludes(relative) || folders.contains { excludes(String(relative[..<$0])) } || !globsMatch(relative)
    }

    /// Whether a file of a folder is asked for.
    func globsMatch(_ relative: String) -> Bool { globs.isEmpty || globs.contains { $0.matches(relative) } }
}
