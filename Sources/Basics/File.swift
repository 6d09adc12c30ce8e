#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// An open file, closed with its owner. Every failed call is a `Failure` that names the path and the system's reason.
package struct File: ~Copyable, Sendable {
    package let path: String
    package let descriptor: Int32

    package enum Mode: Sendable {
        case read
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
        switch mode {
        case .read:
            descriptor = open(path, O_RDONLY | O_CLOEXEC)
        case .create:
            descriptor =
                Disk.refuses(.create(path))
                ? -1 : open(path, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0o666)
        case .temporary:
            // Never a file that is there: another run may be at work in the same folder.
            var name = Array((path + ".XXXXXX").utf8CString)
            descriptor = mkstemp(&name)
            if descriptor >= 0 {
                unlink(name)
                _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            }
        case .update:
            descriptor = Disk.refuses(.open(path)) ? -1 : open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
        case .lock:
            descriptor = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o666)
        }
        if descriptor < 0 { throw Failure.system(mode == .read ? "cannot open" : "cannot create", path) }
    }

    deinit {
        close(descriptor)
    }

    /// What identifies a file's content without reading it.
    package struct Status: Sendable, Equatable {
        package let size: Int64
        /// Nanoseconds since 1970.
        package let modified: Int64
        package let inode: UInt64
        /// The file system that it lies on.
        package let device: UInt64
        package let isFolder: Bool
        package let isRegular: Bool

        init(_ status: stat) {
            size = Int64(status.st_size)
            modified = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
            inode = UInt64(status.st_ino)
            device = UInt64(status.st_dev)
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
        if errno == ENOENT || errno == ENOTDIR { return nil }
        throw Failure.system("cannot look at", path)
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
            if n < 0 {
                if errno == EINTR { continue }
                throw Failure.system("cannot write", path)
            }
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
        Failure("\(what) \(path): \(String(cString: strerror(errno)))", kind: .system)
    }
}
