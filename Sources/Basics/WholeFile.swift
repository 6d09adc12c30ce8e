/// Writes a file under a temporary name, and gives it its name when it is on the disk.
package func writeWhole(
    _ path: String, _ body: (borrowing File) throws(Failure) -> Void
) throws(Failure) {
    let temporary = path + ".part"
    do throws(Failure) {
        let file = try File(temporary, .create)
        try body(file)
        try file.sync()
        try Disk.rename(temporary, path)
    } catch {
        try? Disk.remove(temporary)
        throw error
    }
    try Disk.sync(folder: Disk.folder(of: path))
}

/// Writes a text as a file, whole or not at all.
package func writeWhole(_ path: String, _ text: String) throws(Failure) {
    try writeWhole(path) { file throws(Failure) in try file.write(text) }
}

extension File {
    /// Writes a text where the last write ended.
    package func write(_ text: String) throws(Failure) {
        let bytes = Array(text.utf8)
        let result = bytes.withUnsafeBytes { bytes in Result { () throws(Failure) in try write(bytes) } }
        try result.get()
    }
}
