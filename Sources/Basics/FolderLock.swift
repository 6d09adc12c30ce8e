#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Held while a process writes to a folder, or reads what no other may change meanwhile; let go of when it ends, however
/// it does.
package final class FolderLock: Sendable {
    package enum Kind: Sendable { case exclusive, shared }

    private let file: File

    /// - Parameters:
    ///   - path: of the lock's file, which holds the number of the process that writes.
    ///   - folder: what the error calls the folder.
    /// - Throws: when another process holds the lock.
    package init(_ path: String, _ kind: Kind = .exclusive, of folder: String) throws(Failure) {
        let file = try Self.open(path, kind, of: folder)
        // Not held yet: what is thrown here ends no lock, and leaves what its holder wrote.
        guard flock(file.descriptor, (kind == .exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB) == 0 else {
            if errno != EWOULDBLOCK { throw .system("cannot lock", path) }
            // Who else reads keeps only writers out.
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
        // Who only reads needs no right to write, and leaves no trace.
        if kind == .shared { return try File(File.status(at: path) == nil ? File.null : path, .read) }
        do throws(Failure) {
            return try File(path, .lock)
        } catch {
            // Whoever writes to the folder comes here first.
            throw Failure("cannot write to \(folder): \(error.message)", kind: error.kind)
        }
    }

    /// What the holder wrote; empty where it cannot be read.
    private static func holder(_ path: String) -> String {
        guard let file = try? File(path, .read) else { return "" }
        var text = [UInt8](repeating: 0, count: 32)
        let count = text.withUnsafeMutableBytes { pread(file.descriptor, $0.baseAddress, $0.count, 0) }
        return String(decoding: text.prefix(max(0, count)), as: UTF8.self)
    }

    deinit {
        // Who waits for the lock later learns nothing of a run that has ended.
        if fcntl(file.descriptor, F_GETFL) & O_ACCMODE != O_RDONLY { ftruncate(file.descriptor, 0) }
    }
}
