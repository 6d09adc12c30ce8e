package import Basics

/// The names of files that are being written: a number, behind a prefix.
package enum TemporaryNames {
    /// The files of such names in a folder. Anything else in it is not dedup's, and no run deletes it.
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
