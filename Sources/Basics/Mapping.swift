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

    /// - Parameter offset: a multiple of the system's page size.
    package init(_ file: borrowing File, at offset: Int64, count: Int) throws(Failure) {
        guard count > 0, let base = mmap(nil, count, PROT_READ, MAP_SHARED, file.descriptor, off_t(offset)),
            base != MAP_FAILED
        else { throw .system("cannot map", file.path) }
        bytes = UnsafeRawBufferPointer(start: base, count: count)
    }

    /// Says that what lies beside a page that is read will not be wanted.
    package func expectScatteredReads() {
        madvise(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count, MADV_RANDOM)
    }

    deinit {
        munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count)
    }
}
