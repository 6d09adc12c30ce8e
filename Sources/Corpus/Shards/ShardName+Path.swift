internal import Basics

extension ShardName {
    /// Whether `name` can be the name of a shard: a relative path that stays below its folder and outside of the folder
    /// `.dedup` there.
    ///
    /// Names that are read back from a catalog or another record must be checked with this: files are written and
    /// deleted by these names, and an altered record must not reach files outside of the output.
    package static func isPossible(_ name: String) -> Bool {
        let parts = name.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        for part in parts where part.isEmpty || part.elementsEqual(".".utf8) || part.elementsEqual("..".utf8) {
            return false
        }
        return !parts[0].elementsEqual(".dedup".utf8) && !name.utf8.contains(0)
    }
}
