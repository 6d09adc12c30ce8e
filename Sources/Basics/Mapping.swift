#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// A part of a file that is read where the system keeps it: it takes no memory of the process's own.
package final class Mapping: @unchecked Sendable {
    package let bytes: UnsafeRawBufferPointer

    /// All that is mapped: whole pages of the system's.
    private let pages: UnsafeMutableRawBufferPointer

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

    /// Says that what lies beside a page that is read will not be wanted.
    package func expectScatteredReads() {
        madvise(pages.baseAddress!, pages.count, MADV_RANDOM)
    }

    /// Lets go of the memory that whole pages in a range of `bytes` take: when they are read again, they are fetched
    /// again.
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
