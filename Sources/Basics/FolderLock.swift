#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// A lock on a folder. A process that writes to the folder holds it exclusively. A process that reads files which must
/// not change meanwhile shares it with other readers. The system releases the lock when the process ends, even by a
/// crash.
package final class FolderLock: Sendable {
    /// Exclusive to write, shared to read.
    package enum Kind: Sendable { case exclusive, shared }

    private let file: File

    /// Takes the lock, without waiting.
    ///
    /// - Parameters:
    ///   - path: the lock file; it contains the id of the process that writes.
    ///   - folder: the folder as the error message names it.
    /// - Throws: if another process holds the lock.
    package init(_ path: String, _ kind: Kind = .exclusive, of folder: String) throws(Failure) {
        let file = try Self.open(path, kind, of: folder)
        // `self.file` is not set yet, so an error here does not run `deinit`, which would empty the holder's file.
        guard flock(file.descriptor, (kind == .exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB) == 0 else {
            if errno != EWOULDBLOCK { throw .system("cannot lock", path) }
            // If a shared lock is possible, the holder only reads.
            let isRead = kind == .exclusive && flock(file.descriptor, LOCK_SH | LOCK_NB) == 0
            let holder = isRead ? "" : Self.holder(path)
            throw Failure(
                "another run is \(isRead ? "reading from" : "writing to") \(folder)"
                    + (holder.isEmpty ? "" : " (process \(holder))") + "; try again when it has ended")
        }
        self.file = file
        if kind == .shared { return }
        ftruncate(self.file.descriptor, 0)
        var process = Array(String(getpid()).utf8)
        process.withUnsafeMutableBytes { _ = pwrite(self.file.descriptor, $0.baseAddress, $0.count, 0) }
    }

    private static func open(_ path: String, _ kind: Kind, of folder: String) throws(Failure) -> File {
        // A reader needs no permission to write, and creates no file.
        if kind == .shared { return try File(File.status(at: path) == nil ? File.null : path, .read) }
        do throws(Failure) {
            return try File(path, .lock)
        } catch {
            // Taking the lock is the first step of every writer, so this error is about the whole folder.
            throw Failure("cannot write to \(folder): \(error.message)", kind: error.kind)
        }
    }

    /// The process id that the holder wrote; empty if it cannot be read.
    private static func holder(_ path: String) -> String {
        guard let file = try? File(path, .read) else { return "" }
        var text = [UInt8](repeating: 0, count: 32)
        let count = text.withUnsafeMutableBytes { pread(file.descriptor, $0.baseAddress, $0.count, 0) }
        return String(decoding: text.prefix(max(0, count)), as: UTF8.self)
    }

    deinit {
        // Empty the file, so that a later error message does not name a process that has ended.
        if fcntl(file.descriptor, F_GETFL) & O_ACCMODE != O_RDONLY { ftruncate(file.descriptor, 0) }
    }
}
