package import Basics

/// The files of a model: `config.json` and the tensors, mapped.
package final class Checkpoint: Sendable {
    package let configuration: Configuration

    package init(folder: String) throws(Failure) {
        configuration = Configuration()
    }

    /// A tensor of the encoder, by its name without the prefix `deberta.`: it is there, and has its shape.
    package func tensor(_ name: String) -> Tensor { Tensor() }

    /// Reads all of the files once: their checksum, and whether every number of the encoder is one.
    package func checksum() throws(Failure) -> Hash128 { RunningHash().value }
}

/// A tensor as it lies in the file, row by row.
package struct Tensor: Sendable {
    package let shape: [Int] = []
    package var count: Int { shape.reduce(1, *) }

    /// Converts the elements of a range.
    package func read(_ range: Range<Int>, into room: UnsafeMutablePointer<Float>) {}

    /// Lets go of the memory that the file's pages take; they can be read again.
    package func letGo() {}
}
