package import Corpus
package import Foundation

/// How far a large shard is that is not done: what of it is read, decided and written for good.
package struct PartialShard: Sendable, Codable {
    package let ordinal: Int
    package let name: String
    /// The base name of its input.
    package let input: String
    /// Where reading goes on.
    package let read: ReadPoint
    package let counts: DocumentCounts
    /// What is written of it so far, by kind.
    package let files: [String: PartialFile]
    /// True for a shard that was done before it grew at its end; nil or false for any other.
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

    package struct PartialFile: Sendable, Codable {
        /// The file, under its temporary name; nil when nothing is written yet.
        package let temporaryName: String?
        /// Bytes of it that count: whole frames.
        package let bytes: Int64
        /// XXH3-128 of these bytes.
        package let digest: String
        /// Lines that wait for their frame.
        package let pending: Data

        package init(temporaryName: String?, bytes: Int64, digest: String, pending: Data) {
            self.temporaryName = temporaryName
            self.bytes = bytes
            self.digest = digest
            self.pending = pending
        }
    }
}
