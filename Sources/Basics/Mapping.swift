#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// A part of a file that is mapped into memory for reading. Its pages are in the system's page cache, so they take none
/// of the process's own memory.
package final class Mapping: @unchecked Sendable {
    /// The mapped bytes; valid as long as this object.
    package let bytes: UnsafeRawBufferPointer

    /// The mapped region, which consists of whole pages.
    private let pages: UnsafeMutableRawBufferPointer

    /// Maps `count` bytes, at least one, of a file.
    ///
    /// - Throws: if the system refuses to map them.
    package init(_ file: borrowing File, at offset: Int64, count: Int) throws(Failure) {
        let before = Int(offset) % sysconf(Int32(_SC_PAGESIZE))
        let length = count + before
        guard count > 0,
            let base = mmap(nil, length, PROT_READ, MAP_SHARED, file.descriptor, off_t(offset) - off_t(before)),
            base != MAP_FAILED
        else { throw .system("cannot map", file.path) }
        pages = UnsafeMutableRawBufferPointer(start: base, count: length)
        bytes = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(pages)[before...])
    }

    /// Tells the system that reads will be at scattered offsets, so that it does not read ahead.
    package func expectScatteredReads() {
        madvise(pages.baseAddress!, pages.count, MADV_RANDOM)
    }

    /// Releases the memory of the pages that lie completely in a range of `bytes`. If they are read later, the system
    /// loads them from the file again.
    package func letGo(_ range: Range<Int>) {
        let page = Int(sysconf(Int32(_SC_PAGESIZE)))
        let before = bytes.baseAddress! - UnsafeRawPointer(pages.baseAddress!)
        let first = (before + range.lowerBound + page - 1) / page * page
        let end = (before + range.upperBound) / page * page
        if first < end { madvise(pages.baseAddress! + first, end - first, MADV_DONTNEED) }
    }

    deinit {
        munmap(pages.baseAddress!, pages.count)
    }
}
