#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// An open file, closed with its owner. Every failed call is a `Failure` that names the path and the system's reason.
///
/// It is a regular file. What else can have a path may be waited for for ever (a FIFO that nobody writes to) or never
/// end (a device), so that opening it is an error; only a folder may be opened to be synced, and `null` to be read.
package struct File: ~Copyable, Sendable {
    package let path: String
    package let descriptor: Int32

    /// A file in which nothing is.
    package static let null = "/dev/null"

    package enum Mode: Sendable {
        case read
        /// A folder, to be synced.
        case folder
        /// A new file; an existing one is cut to nothing. A link is an error: what it leads to is not to be changed.
        case create
        /// A new file that is gone when it is closed; for a moment it has a name that begins with the path.
        case temporary
        /// An existing file, or a new one, to be read and written.
        case update
        /// An existing file or a new one, and no link, to be locked.
        case lock
    }

    package init(_ path: String, _ mode: Mode) throws(Failure) {
        self.path = path
        // Without O_NONBLOCK, opening a FIFO waits for its other end; to a regular file it makes no difference.
        let flags = O_CLOEXEC | O_NONBLOCK
        switch mode {
        case .read, .folder:
            descriptor = open(path, O_RDONLY | flags)
        case .create:
            descriptor =
                Disk.refuses(.create(path)) ? -1 : open(path, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | flags, 0o666)
        case .temporary:
            // Never a file that is there: another run may be at work in the same folder.
            var name = Array((path + ".XXXXXX").utf8CString)
            descriptor = mkstemp(&name)
            if descriptor >= 0 {
                unlink(name)
                _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            }
        case .update:
            descriptor = Disk.refuses(.open(path)) ? -1 : open(path, O_RDWR | O_CREAT | flags, 0o666)
        case .lock:
            descriptor = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | flags, 0o666)
        }
        let what = mode == .read || mode == .folder ? "cannot open" : "cannot create"
        if descriptor < 0 { throw Failure.system(what, path) }
        let status = try status()
        guard mode == .folder ? status.isFolder : status.isRegular || mode == .read && path == Self.null else {
            throw Failure("\(what) \(path): it is \(status.isFolder ? "a folder" : "no regular file")")
        }
    }

    deinit {
        close(descriptor)
    }

    /// What identifies a file's content without reading it.
    package struct Status: Sendable, Equatable {
        package let size: Int64
        /// Nanoseconds since 1970, to be compared and not to be reckoned with: a time that 64 bits do not hold, before
        /// 1677 or after 2262, has the lower 64 bits of its nanoseconds.
        package let modified: Int64
        package let inode: UInt64
        /// The file system that it lies on.
        package let device: UInt64
        package let isFolder: Bool
        package let isRegular: Bool

        init(_ status: stat) {
            size = Int64(status.st_size)
            modified = Int64(status.st_mtim.tv_sec) &* 1_000_000_000 &+ Int64(status.st_mtim.tv_nsec)
            inode = UInt64(status.st_ino)
            device = UInt64(truncatingIfNeeded: status.st_dev)
            isFolder = status.st_mode & S_IFMT == S_IFDIR
            isRegular = status.st_mode & S_IFMT == S_IFREG
        }
    }

    package func status() throws(Failure) -> Status {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw Failure.system("cannot look at", path) }
        return Status(status)
    }

    /// The status of what `path` leads to; nil when nothing is there.
    package static func status(at path: String) throws(Failure) -> Status? {
        var status = stat()
        if stat(path, &status) == 0 { return Status(status) }
        let isMissing = errno == ENOENT || errno == ENOTDIR
        guard isMissing, !lacksWorkingDirectory(path) else { throw Failure.system("cannot look at", path) }
        return nil
    }

    /// Whether a path begins in the working directory, and that is gone: then nothing is there, nor can be. Leaves errno
    /// as it was.
    static func lacksWorkingDirectory(_ path: String) -> Bool {
        if path.utf8.first == UInt8(ascii: "/") { return false }
        let error = errno
        defer { errno = error }
        guard let folder = getcwd(nil, 0) else { return errno == ENOENT }
        free(folder)
        return false
    }

    /// Reads up to `room.count` bytes from where the last read ended; 0 at the end of the file.
    package func read(into room: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
        while true {
            let n = Self.systemRead(descriptor, room.baseAddress, room.count)
            if n >= 0 { return n }
            if errno != EINTR { throw Failure.system("cannot read", path) }
        }
    }

    /// Reads `room.count` bytes at `offset`; fewer at the end of the file.
    package func read(at offset: Int64, into room: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
        var done = 0
        while done < room.count {
            let n = pread(descriptor, room.baseAddress! + done, room.count - done, off_t(offset) + off_t(done))
            if n == 0 { break }
            if n < 0 {
                if errno == EINTR { continue }
                throw Failure.system("cannot read", path)
            }
            done += n
        }
        return done
    }

    /// Writes where the last write ended.
    package func write(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
        try write(bytes, announced: lseek(descriptor, 0, SEEK_CUR)) { Self.systemWrite(descriptor, $0, $1) }
    }

    package func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws(Failure) {
        var position = off_t(offset)
        try write(bytes, announced: position) { base, count in
            let n = pwrite(descriptor, base, count, position)
            position += off_t(max(0, n))
            return n
        }
    }

    private func write(
        _ bytes: UnsafeRawBufferPointer, announced offset: @autoclosure () -> off_t,
        _ call: (UnsafeRawPointer, Int) -> Int
    ) throws(Failure) {
        try Disk.announce(.write(path, at: Int64(offset()), Array(bytes)), "cannot write", path)
        var done = 0
        while done < bytes.count {
            let n = call(bytes.baseAddress! + done, bytes.count - done)
            if n < 0 && errno == EINTR { continue }
            // Nothing written, and no reason why: to go on would be to go on for ever.
            if n == 0 { errno = ENOSPC }
            if n <= 0 { throw Failure.system("cannot write", path) }
            done += n
        }
    }

    /// Cuts the file to a length, and has the next write begin there.
    package func truncate(to length: Int64) throws(Failure) {
        try Disk.announce(.truncate(path, to: length), "cannot cut", path)
        guard ftruncate(descriptor, off_t(length)) == 0, lseek(descriptor, off_t(length), SEEK_SET) >= 0 else {
            throw Failure.system("cannot cut", path)
        }
    }

    /// Returns when the content is on the disk.
    package func sync() throws(Failure) {
        try Disk.announce(.sync(path), "cannot sync", path)
        guard fsync(descriptor) == 0 else { throw Failure.system("cannot sync", path) }
    }

    private static func systemRead(_ fd: Int32, _ at: UnsafeMutableRawPointer?, _ n: Int) -> Int {
        #if canImport(Glibc)
            Glibc.read(fd, at, n)
        #elseif canImport(Musl)
            Musl.read(fd, at, n)
        #else
            Darwin.read(fd, at, n)
        #endif
    }

    private static func systemWrite(_ fd: Int32, _ at: UnsafeRawPointer?, _ n: Int) -> Int {
        #if canImport(Glibc)
            Glibc.write(fd, at, n)
        #elseif canImport(Musl)
            Musl.write(fd, at, n)
        #else
            Darwin.write(fd, at, n)
        #endif
    }
}

extension Failure {
    /// A failed system call: what could not be done with which path, and errno's words for it.
    package static func system(_ what: String, _ path: String) -> Failure {
        if errno == ENOENT && File.lacksWorkingDirectory(path) {
            return Failure(
                "\(what) \(path): the working directory is gone; change to a folder that is there", kind: .system)
        }
        return Failure("\(what) \(path): \(String(cString: strerror(errno)))", kind: .system)
    }
}
