#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// The system calls that change files and folders; `File` announces its calls here too. Tests can watch each call and
/// make it fail.
package enum Disk {
    /// A call that is about to be made, with the path or paths that it changes.
    package enum Call: Sendable {
        /// Creates a file, or truncates one to length 0.
        case create(String)
        /// Opens an existing file for writing without changing it, or creates one.
        case open(String)
        /// Writes bytes at an offset.
        case write(String, at: Int64, [UInt8])
        /// Makes the written content of a file, or the changed names in a folder, durable.
        case sync(String)
        /// Cuts a file to a length in bytes.
        case truncate(String, to: Int64)
        /// Renames a file or folder.
        case rename(String, to: String)
        /// Creates one folder.
        case makeFolder(String)
        /// Removes one file or link.
        case remove(String)
    }

    private static let watcher = Locked<(@Sendable (Call) -> Int32?)?>(nil)

    /// Calls `body` before each call; nil ends this. If `body` returns an error number, the call fails with it instead
    /// of being made. For tests.
    package static func watch(_ body: (@Sendable (Call) -> Int32?)?) {
        watcher.withLock { $0 = body }
    }

    /// Whether a watching test makes this call fail. If so, errno is set to the test's error number.
    static func refuses(_ call: @autoclosure () -> Call) -> Bool {
        guard let watch = watcher.withLock({ $0 }), let error = watch(call()) else { return false }
        errno = error
        return true
    }

    /// Tells a watching test that a call is about to be made. Does nothing if no test is watching.
    ///
    /// - Throws: an error if the test makes the call fail; `what` and `path` begin its message.
    static func announce(_ call: @autoclosure () -> Call, _ what: String, _ path: String) throws(Failure) {
        if refuses(call()) { throw .system(what, path) }
    }

    /// Creates a folder, and the folders above it that are missing. Each new folder is durable: the folder that
    /// contains it is synced.
    package static func makeFolder(_ path: String) throws(Failure) {
        if let status = try File.status(at: path) {
            if status.isFolder { return }
            throw Failure("cannot make the folder \(path): a file of that name is there")
        }
        let above = folder(of: path)
        if above != path { try makeFolder(above) }
        let what = "cannot make the folder"
        try announce(.makeFolder(path), what, path)
        guard mkdir(path, 0o777) == 0 || errno == EEXIST else { throw .system(what, path) }
        try sync(folder: above)
    }

    /// Removes a file or link; does nothing if none is there. A folder is an error, because it cannot be the file that
    /// was meant.
    package static func remove(_ path: String) throws(Failure) {
        guard let kind = Folder.kind(of: path) else { return }
        if kind == .folder {
            throw Failure("cannot remove \(path): it is a folder, and a file was expected; move it away")
        }
        try announce(.remove(path), "cannot remove", path)
        guard unlink(path) == 0 || errno == ENOENT else { throw .system("cannot remove", path) }
    }

    /// Removes a file, a link, or a folder with everything in it. Links are not followed. A mount point is an error, so
    /// that nothing on another file system is removed.
    package static func removeTree(_ path: String) throws(Failure) {
        guard Folder.kind(of: path) == .folder else { return try remove(path) }
        let device = try File.status(at: path)?.device
        if device != (try File.status(at: folder(of: path))?.device) {
            throw Failure("cannot remove \(path): a mount point; unmount it first")
        }
        for entry in try Folder.entries(of: path) { try removeTree(path + "/" + entry.name) }
        guard rmdir(path) == 0 else { throw .system("cannot remove", path) }
    }

    /// Renames a file or folder; an existing file of the new name is replaced.
    package static func rename(_ from: String, _ to: String) throws(Failure) {
        let what = "cannot rename the finished file to"
        try announce(.rename(from, to: to), what, to)
        guard systemRename(from, to) == 0 else { throw .system(what, to) }
    }

    /// Waits until the names in a folder are durable.
    package static func sync(folder: String) throws(Failure) {
        try File(folder, .folder).sync()
    }

    /// The folder that contains the last component of a path.
    package static func folder(of path: String) -> String {
        let bytes = path.utf8
        guard let end = bytes.lastIndex(where: { $0 != slash }), let cut = bytes[...end].lastIndex(of: slash) else {
            return bytes.first == slash ? "/" : "."
        }
        let above = bytes[..<cut]
        guard let last = above.lastIndex(where: { $0 != slash }) else { return "/" }
        return String(path[...last])
    }

    private static var slash: UInt8 { UInt8(ascii: "/") }

    private static func systemRename(_ from: String, _ to: String) -> Int32 {
        #if canImport(Glibc)
            Glibc.rename(from, to)
        #elseif canImport(Musl)
            Musl.rename(from, to)
        #else
            Darwin.rename(from, to)
        #endif
    }
}
