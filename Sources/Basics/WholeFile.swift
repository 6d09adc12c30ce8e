extension File {
    /// The size in bytes of the largest file that `whole` reads by default. Records of a million shards and the largest
    /// vocabularies are smaller.
    package static let largestWhole = 512 << 20

    /// Reads a whole file, such as a record, a definition or a vocabulary.
    ///
    /// - Parameters:
    ///   - most: the largest accepted size in bytes.
    ///   - remedy: the advice in the message if the file is missing or too large.
    /// - Throws: if the file is missing, is not a regular file, or is too large.
    package static func whole(
        _ path: String, upTo most: Int = largestWhole, remedy: String = "restore the file"
    ) throws(Failure) -> [UInt8] {
        guard try status(at: path) != nil else {
            throw Failure("cannot open \(path): there is no such file; \(remedy)")
        }
        let file = try File(path, .read)
        let size = try file.status().size
        guard size <= most else {
            throw Failure("\(path): \(size) bytes long; the limit is \(most) bytes; \(remedy)")
        }
        var result = Result<Int, Failure>.success(0)
        let bytes = [UInt8](unsafeUninitializedCapacity: Int(max(0, size))) { room, count in
            result = Result { () throws(Failure) in try file.read(at: 0, into: UnsafeMutableRawBufferPointer(room)) }
            count = (try? result.get()) ?? 0
        }
        _ = try result.get()
        return bytes
    }

    /// Reads a text file that a person wrote, such as a pipeline definition. Like `File`, it reads only regular files,
    /// so a pipe is an error.
    ///
    /// - Throws: a usage error if the file cannot be read, or is not UTF-8.
    package static func definition(_ path: String) throws(Failure) -> String {
        let bytes: [UInt8]
        do throws(Failure) {
            bytes = try whole(path, upTo: 16 << 20, remedy: "give a YAML file")
        } catch {
            throw .usage(error.message)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .usage("\(path): not UTF-8 text") }
        return text
    }
}

/// Writes a file under a temporary name, syncs it and renames it, so that it exists completely or not at all.
///
/// - Throws: if any step fails; the temporary file is removed then.
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

/// Copies a file of at most `largestWhole` bytes; the copy exists completely or not at all.
package func copyWhole(_ source: String, to target: String) throws(Failure) {
    let content = try File.whole(source)
    // The closure of `withUnsafeBytes` cannot use typed throws.
    try writeWhole(target) { file throws(Failure) in
        try content.withUnsafeBytes { bytes in Result { () throws(Failure) in try file.write(bytes) } }.get()
    }
}

/// Writes a text to a file, which then exists completely or not at all.
package func writeWhole(_ path: String, _ text: String) throws(Failure) {
    try writeWhole(path) { file throws(Failure) in try file.write(text) }
}

extension File {
    /// Writes a text after the end of the last write.
    package func write(_ text: String) throws(Failure) {
        let bytes = Array(text.utf8)
        let result = bytes.withUnsafeBytes { bytes in Result { () throws(Failure) in try write(bytes) } }
        try result.get()
    }
}
