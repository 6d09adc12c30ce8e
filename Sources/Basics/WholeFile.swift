extension File {
    /// What is read whole at most: a record of a million shards, or a vocabulary of the largest kind, has less.
    package static let largestWhole = 512 << 20

    /// Reads a file whole: a record, a definition, a vocabulary.
    ///
    /// - Parameters:
    ///   - most: bytes that it may have.
    ///   - remedy: what to do about a file that is missing or too large.
    /// - Throws: when there is none, when it is no regular file, and when it has more bytes.
    package static func whole(
        _ path: String, upTo most: Int = largestWhole, remedy: String = "restore the file"
    ) throws(Failure) -> [UInt8] {
        guard try status(at: path) != nil else {
            throw Failure("cannot open \(path): there is no such file; \(remedy)")
        }
        let file = try File(path, .read)
        let size = try file.status().size
        guard size <= most else {
            throw Failure("\(path): \(size) bytes long, and it may have \(most) at most; \(remedy)")
        }
        var result = Result<Int, Failure>.success(0)
        let bytes = [UInt8](unsafeUninitializedCapacity: Int(max(0, size))) { room, count in
            result = Result { () throws(Failure) in try file.read(at: 0, into: UnsafeMutableRawBufferPointer(room)) }
            count = (try? result.get()) ?? 0
        }
        _ = try result.get()
        return bytes
    }

    /// Reads a text that a person wrote. It is a regular file too: one that is piped in would have to be waited for.
    ///
    /// - Throws: a usage error when it cannot be read, or is not UTF-8.
    package static func definition(_ path: String) throws(Failure) -> String {
        let bytes: [UInt8]
        do throws(Failure) {
            bytes = try whole(path, upTo: 16 << 20, remedy: "give a file of YAML")
        } catch {
            throw .usage(error.message)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .usage("\(path): not UTF-8 text") }
        return text
    }
}

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

/// Copies a file that is small enough to be read whole, whole or not at all.
package func copyWhole(_ source: String, to target: String) throws(Failure) {
    let content = try File.whole(source)
    // The closure that lends the bytes cannot say what it throws.
    try writeWhole(target) { file throws(Failure) in
        try content.withUnsafeBytes { bytes in Result { () throws(Failure) in try file.write(bytes) } }.get()
    }
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
