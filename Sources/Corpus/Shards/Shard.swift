internal import Basics

/// One input file of a corpus.
package struct Shard: Sendable, Hashable {
    /// The shard's name, which identifies it and is its path below the output folder: the label of its input, if it has
    /// one, and its path relative to the input.
    package let name: String
    /// The path to open.
    package let path: String
    /// The index of its input.
    package let input: Int
    /// The size of the file in bytes.
    package let size: Int64
    /// The file's time of modification in nanoseconds since 1970.
    package let modified: Int64

    /// Creates a shard; the properties explain the parameters.
    package init(name: String, path: String, input: Int, size: Int64, modified: Int64) {
        self.name = name
        self.path = path
        self.input = input
        self.size = size
        self.modified = modified
    }

    // Names are compared as bytes: `String` treats an é of one scalar and an é of two as equal.
    package static func == (a: Shard, b: Shard) -> Bool {
        a.name.equalsBytewise(b.name) && a.path.equalsBytewise(b.path) && a.input == b.input && a.size == b.size
            && a.modified == b.modified
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(name)
        hasher.combine(input)
    }
}
