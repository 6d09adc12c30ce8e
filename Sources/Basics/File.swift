#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// An open file, which is closed with its owner. Every failed call throws a `Failure` with the path and the system's
/// reason.
///
/// Only regular files can be opened; anything else is an error, because reading a pipe may block forever and reading a
/// device may never end. The exceptions are a folder, which can be opened to sync it, and `null`, which can be opened
/// to read it.
package struct File: ~Copyable, Sendable {
    /// The path with which the file was opened.
    package let path: String
    /// The file descriptor, which this value owns.
    package let descriptor: Int32

    /// The path of an empty file that always exists.
    package static let null = "/dev/null"

    /// What a file is opened for.
    package enum Mode: Sendable {
        /// To read an existing file.
        case read
        /// To sync a folder.
        case folder
        /// To write a new file; an existing file is truncated. A symbolic link is an error, so that the file behind it
        /// is not overwritten.
        case create
        /// To write and read a file that disappears when it is closed. It is created under a name that begins with the
        /// path, and this name is removed at once.
        case temporary
        /// To read and write a file, which is created if it does not exist.
        case update
        /// To lock a file, which is created if it does not exist. A symbolic link is an error.
        case lock
    }

    /// Opens a file.
    ///
    /// - Throws: if it cannot be opened, or is not a regular file (see `File`).
    package init(_ path: String, _ mode: Mode) throws(Failure) {
        self.path = path
        // Without O_NONBLOCK, opening a pipe would wait for its other end; regular files are not affected.
        let flags = O_CLOEXEC | O_NONBLOCK
        switch mode {
        case .read, .folder:
            descriptor = open(path, O_RDONLY | flags)
        case .create:
            descriptor =
                Disk.refuses(.create(path)) ? -1 : open(path, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | flags, 0o666)
        case .temporary:
            // mkstemp never opens an existing file, which may belong to another run that works in the same folder.
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
            throw Failure("\(what) \(path): it is \(status.isFolder ? "a folder" : "not a regular file")")
        }
    }

    deinit {
        close(descriptor)
    }

    /// The type of a file, and the values that show whether it has changed, without reading it.
    package struct Status: Sendable, Equatable {
        /// The size in bytes.
        package let size: Int64
        /// The time of modification in nanoseconds since 1970. Use it only for comparisons: for times before 1677 or
        /// after 2262 it holds the lower 64 bits of the number.
        package let modified: Int64
        /// The file's number on its file system.
        package let inode: UInt64
        /// The number of the file system.
        package let device: UInt64
        /// Whether it is a folder.
        package let isFolder: Bool
        /// Whether it is a regular file.
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

    /// The status of the open file.
    package func status() throws(Failure) -> Status {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw Failure.system("cannot get the status of", path) }
        return Status(status)
    }

    /// The status of the file or folder at `path`; links are followed. Nil if it does not exist.
    package static func status(at path: String) throws(Failure) -> Status? {
        var status = stat()
        if stat(path, &status) == 0 { return Status(status) }
        let isMissing = errno == ENOENT || errno == ENOTDIR
        guard isMissing, !lacksWorkingDirectory(path) else { throw Failure.system("cannot get the status of", path) }
        return nil
    }

    /// Whether a path is relative and the working directory was deleted, so that the path cannot exist. Keeps errno as
    /// it is.
    static func lacksWorkingDirectory(_ path: String) -> Bool {
        if path.utf8.first == UInt8(ascii: "/") { return false }
        let error = errno
        defer { errno = error }
        guard let folder = getcwd(nil, 0) else { return errno == ENOENT }
        free(folder)
        return false
    }

    /// Reads up to `room.count` bytes from the end of the last read. Returns the number of bytes read; 0 at the end of
    /// the file.
    package func read(into room: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
        while true {
            let n = Self.systemRead(descriptor, room.baseAddress, room.count)
            if n >= 0 { return n }
            if errno != EINTR { throw Failure.system("cannot read", path) }
        }
    }

    /// Reads `room.count` bytes at `offset`. Returns the number of bytes read, which is smaller only at the end of the
    /// file.
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

    /// Writes bytes after the end of the last write.
    package func write(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
        try write(bytes, announced: lseek(descriptor, 0, SEEK_CUR)) { Self.systemWrite(descriptor, $0, $1) }
    }

    /// Writes bytes at an offset.
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
            // Nothing was written, without an error: report a full disk, since trying again might never end.
            if n == 0 { errno = ENOSPC }
            if n <= 0 { throw Failure.system("cannot write", path) }
            done += n
        }
    }

    /// Cuts the file to a length in bytes; the next write begins there.
    package func truncate(to length: Int64) throws(Failure) {
        try Disk.announce(.truncate(path, to: length), "cannot cut", path)
        guard ftruncate(descriptor, off_t(length)) == 0, lseek(descriptor, off_t(length), SEEK_SET) >= 0 else {
            throw Failure.system("cannot cut", path)
        }
    }

    /// Waits until the content is durable on the disk.
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
    /// The error for a failed system call: what could not be done with which path, and the text for errno.
    package static func system(_ what: String, _ path: String) -> Failure {
        if errno == ENOENT && File.lacksWorkingDirectory(path) {
            return Failure(
                "\(what) \(path): the working directory was deleted; change to an existing folder", kind: .system)
        }
        return Failure("\(what) \(path): \(String(cString: strerror(errno)))", kind: .system)
    }
}
