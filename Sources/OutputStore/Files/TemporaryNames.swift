package import Basics

/// The names of temporary files: a prefix and a number, such as `scores-12`.
package enum TemporaryNames {
    /// Returns the names of the temporary files in a folder. Other files there were not written by dedup, and no run
    /// deletes them.
    package static func files(in folder: String, prefix: String = "") throws(Failure) -> [String] {
        guard try File.status(at: folder) != nil else { return [] }
        var names: [String] = []
        for entry in try Folder.entries(of: folder) where entry.kind != .folder && isTemporary(entry.name, prefix) {
            names.append(entry.name)
        }
        return names
    }

    static func isTemporary(_ name: String, _ prefix: String = "") -> Bool {
        let digits = name.utf8.dropFirst(prefix.utf8.count)
        return name.utf8.starts(with: prefix.utf8) && !digits.isEmpty
            && digits.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
}
