package import Corpus
package import Foundation

/// A large shard that is not done: how much of it is read, decided, written and durable.
package struct PartialShard: Sendable, Codable {
    /// The shard's position in the corpus, from 0.
    package let ordinal: Int
    /// The shard's name: its path within the inputs, with the input's label in front.
    package let name: String
    /// The base name of its input.
    package let input: String
    /// The position where reading resumes.
    package let read: ReadPoint
    /// The counters of the lines before that position.
    package let counts: DocumentCounts
    /// The shard's output files so far, by `OutputFile.rawValue`.
    package let files: [String: PartialFile]
    /// True for a shard that was done before lines were appended to it; nil or false for any other shard.
    package let wasDone: Bool?

    package init(
        ordinal: Int, name: String, input: String, read: ReadPoint, counts: DocumentCounts,
        files: [String: PartialFile],
        wasDone: Bool? = nil
    ) {
        self.ordinal = ordinal
        self.name = name
        self.input = input
        self.read = read
        self.counts = counts
        self.files = files
        self.wasDone = wasDone
    }

    /// One output file of an unfinished shard.
    package struct PartialFile: Sendable, Codable {
        /// The file's temporary name; nil if nothing is written yet.
        package let temporaryName: String?
        /// The number of bytes of the file that are valid; they are complete frames. A crash may have left more bytes.
        package let bytes: Int64
        /// XXH3-128 of these bytes, in hexadecimal.
        package let digest: String
        /// Lines that follow the last frame and do not fill a frame yet.
        package let pending: Data

        package init(temporaryName: String?, bytes: Int64, digest: String, pending: Data) {
            self.temporaryName = temporaryName
            self.bytes = bytes
            self.digest = digest
            self.pending = pending
        }
    }
}
