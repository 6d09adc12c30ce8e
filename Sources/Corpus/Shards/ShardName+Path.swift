internal import Basics

extension ShardName {
    /// Whether a shard can have this name: a relative path that stays below the folder that it is resolved in, and out
    /// of dedup's own folder there.
    ///
    /// Names that are read back from a catalog or a record are checked: files are written and deleted by these names,
    /// and what was altered must not lead out of the output.
    package static func isPossible(_ name: String) -> Bool {
        let parts = name.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        for part in parts where part.isEmpty || part.elementsEqual(".".utf8) || part.elementsEqual("..".utf8) {
            return false
        }
        return !parts[0].elementsEqual(".dedup".utf8) && !name.utf8.contains(0)
    }
}
