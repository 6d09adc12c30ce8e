internal import Basics

/// One file of a corpus.
package struct Shard: Sendable, Hashable {
    /// Its identity, and its path below the output folder: the input's label, where it has one, and the path relative
    /// to the input.
    package let name: String
    /// The path to open.
    package let path: String
    /// Which of the inputs it belongs to.
    package let input: Int
    /// Bytes of the file.
    package let size: Int64
    /// When it was last modified: nanoseconds since 1970.
    package let modified: Int64

    package init(name: String, path: String, input: Int, size: Int64, modified: Int64) {
        self.name = name
        self.path = path
        self.input = input
        self.size = size
        self.modified = modified
    }

    // Names are bytes: `String` takes an é of one scalar and of two for the same.
    package static func == (a: Shard, b: Shard) -> Bool {
        a.name.equalsBytewise(b.name) && a.path.equalsBytewise(b.path) && a.input == b.input && a.size == b.size
            && a.modified == b.modified
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(name)
        hasher.combine(input)
    }
}
