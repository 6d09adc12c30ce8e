#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

// File names and ids are bytes: two names that Unicode calls equivalent (an é of one scalar or of two) name two files.
// `String` compares and hashes by equivalence, so file names are compared with these functions.
extension String {
    /// Whether both strings have the same UTF-8 bytes.
    package func equalsBytewise(_ other: String) -> Bool {
        utf8.elementsEqual(other.utf8)
    }

    /// Whether the UTF-8 bytes end with those of `suffix`.
    package func endsBytewise(in suffix: String) -> Bool {
        utf8.suffix(suffix.utf8.count).elementsEqual(suffix.utf8)
    }

    /// Whether the UTF-8 bytes sort before those of `other`.
    package func precedesBytewise(_ other: String) -> Bool {
        let fast = utf8.withContiguousStorageIfAvailable { a in
            other.utf8.withContiguousStorageIfAvailable { b in
                let common = Swift.min(a.count, b.count)
                let order = common == 0 ? 0 : memcmp(a.baseAddress!, b.baseAddress!, common)
                return order == 0 ? a.count < b.count : order < 0
            }
        }
        return (fast ?? nil) ?? utf8.lexicographicallyPrecedes(other.utf8)
    }
}

/// A name as a dictionary key: two names are equal if their UTF-8 bytes are.
package struct BytewiseName: Hashable, Comparable, Sendable {
    /// The name.
    package let string: String

    /// Creates the key of a name.
    package init(_ string: String) {
        self.string = string
    }

    package static func == (a: BytewiseName, b: BytewiseName) -> Bool { a.string.equalsBytewise(b.string) }

    package static func < (a: BytewiseName, b: BytewiseName) -> Bool { a.string.precedesBytewise(b.string) }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(string)
    }
}
