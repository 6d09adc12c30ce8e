package import Basics
internal import Foundation

/// A NumPy file with a matrix of vectors, which any program may have written. It is mapped into memory.
///
/// The numbers are little-endian float16 or float32, and the rows lie one after the other (C order). Versions 1 to 3 of
/// the format differ only in the length of the header.
package final class NPYFile: Sendable {
    package let path: String
    /// The number of vectors.
    package let rows: Int
    /// The number of numbers in a vector.
    package let dimensions: Int
    private let type: VectorType
    /// The offset of the first vector in the file.
    private let start: Int
    private let mapping: Mapping

    /// - Throws: if the file cannot be read, is no such matrix, or has another size than its header says.
    package init(_ path: String) throws(Failure) {
        self.path = path
        let file = try File(path, .read)
        let size = try file.status().size
        func fault(_ what: String) -> Failure {
            Failure(
                "\(path): \(what); expected a NumPy file of float16 or float32, [documents, dimensions], in C order")
        }
        // The shortest header has 128 bytes with NumPy, but other programs may pad less.
        guard size >= 12 else { throw fault("no NumPy file") }
        mapping = try Mapping(file, at: 0, count: Int(size))
        let bytes = mapping.bytes
        guard bytes.starts(with: [0x93] + Array("NUMPY".utf8)), (1...3).contains(bytes[6]) else {
            throw fault("no NumPy file")
        }
        let prefix = bytes[6] == 1 ? 10 : 12
        let length =
            bytes[6] == 1
            ? Int(UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt16.self)))
            : Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self)))
        guard prefix + length <= bytes.count else { throw fault("damaged: its header is cut off") }
        start = prefix + length
        let header = String(decoding: bytes[prefix..<start], as: UTF8.self)
        switch header.firstMatch(of: /'descr': *'([^']*)'/)?.1 {
        case "<f4": type = .float32
        case "<f2": type = .float16
        case let other: throw fault("its numbers are '\(other ?? "?")'")
        }
        guard header.contains(/'fortran_order': *False/) else { throw fault("it is in Fortran order") }
        guard let shape = header.firstMatch(of: /'shape': *\(([0-9]{1,12}), *([0-9]{1,7}),?\)/),
            let rows = Int(shape.1), let dimensions = Int(shape.2)
        else { throw fault("it has not two dimensions") }
        self.rows = rows
        self.dimensions = dimensions
        guard start % type.size == 0, bytes.count == start + rows * dimensions * type.size else {
            throw fault("damaged: its size, \(size) bytes, is not that of \(rows) x \(dimensions) numbers")
        }
    }

    /// Reads a vector.
    ///
    /// - Parameter vector: a buffer for `dimensions` numbers.
    package func read(row: Int, into vector: UnsafeMutablePointer<Float>) {
        precondition(row >= 0 && row < rows)
        NPY.read(
            mapping.bytes, at: start + row * dimensions * type.size, count: dimensions, type, into: vector)
    }

    /// The digest of the whole file.
    package var digest: Hash128 { Hash128(mapping.bytes) }
}
