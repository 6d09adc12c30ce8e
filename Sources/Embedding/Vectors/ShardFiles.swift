internal import Basics
internal import Corpus
internal import DeBERTa
internal import OutputStore
internal import Pipelines

/// The two files of a shard, while they are written under temporary names.
package final class ShardFiles {
    /// The number of bytes that are collected before they are written.
    private static let block = 1 << 20

    let name: String
    let vectorsPath: String
    let idsPath: String
    private let dimensions: Int
    private let type: VectorType
    private let vectors: File
    private let ids: File
    private var vectorBytes = Buffer<UInt8>()
    private var idBytes = Buffer<UInt8>()
    private var idHash = RunningHash()
    private var idSize: Int64 = 0
    private(set) var rows = 0
    private(set) var tokens = 0
    private(set) var truncated = 0
    private(set) var bad = 0

    init(shard name: String, in folder: EmbeddingsFolder, dimensions: Int, _ type: VectorType) throws(Failure) {
        self.name = name
        self.dimensions = dimensions
        self.type = type
        vectorsPath = folder.temporaryPath()
        idsPath = folder.temporaryPath()
        vectors = try File(vectorsPath, .create)
        ids = try File(idsPath, .create)
        // The number of rows is not known yet; `finish` writes the header again.
        NPY.header(rows: 0, dimensions: dimensions, type).withUnsafeBufferPointer {
            vectorBytes.append(contentsOf: $0)
        }
    }

    /// The content of a line of the ids file.
    struct Row {
        let line: Int
        let id: DocumentID?
        let tokens: Int
        let isTruncated: Bool
        let isBad: Bool
    }

    /// Adds a row.
    ///
    /// - Throws: if a number of the vector is NaN or infinite, or too large for the number format.
    func append(_ row: Row, _ vector: UnsafeBufferPointer<Float>) throws(Failure) {
        precondition(vector.count == dimensions)
        switch type {
        case .float32:
            var lacksNumber = false
            for value in vector where !value.isFinite { lacksNumber = true }
            if lacksNumber { throw noNumber(row) }
            // The bytes are little-endian, as on all supported machines.
            UnsafeRawBufferPointer(vector).withMemoryRebound(to: UInt8.self) { vectorBytes.append(contentsOf: $0) }
        case .float16:
            let start = UnsafeMutableRawPointer(vectorBytes.reserve(dimensions * 2))
            for (place, value) in vector.enumerated() {
                if !value.isFinite { throw noNumber(row) }
                let bits = Half.bits(value)
                guard bits & 0x7C00 != 0x7C00 else {
                    throw Failure(
                        "\(name), line \(row.line): the vector has the number \(value), and the largest float16 is "
                            + "65504; use \(Parameter.dtype("float32")) or \(Parameter.normalize)")
                }
                start.storeBytes(of: bits.littleEndian, toByteOffset: place * 2, as: UInt16.self)
            }
            vectorBytes.advance(dimensions * 2)
        }
        describe(row)
        rows += 1
        tokens += row.tokens
        truncated += row.isTruncated ? 1 : 0
        bad += row.isBad ? 1 : 0
        if vectorBytes.count >= Self.block { try flushVectors() }
        if idBytes.count >= Self.block { try flushIDs() }
    }

    private func noNumber(_ row: Row) -> Failure {
        Failure(
            "\(name), line \(row.line): the encoder gave a vector with NaN or infinity; try "
                + Parameter.precision("f32"))
    }

    private func describe(_ row: Row) {
        idBytes.append("{\"line\":\(row.line),\"id\":")
        idBytes.append(json: row.id)
        idBytes.append(",\"tokens\":\(row.tokens),\"truncated\":\(row.isTruncated)}\n")
    }

    private func flushVectors() throws(Failure) {
        try vectors.write(vectorBytes.bytes)
        vectorBytes.removeAll()
    }

    private func flushIDs() throws(Failure) {
        if idBytes.isEmpty { return }
        try ids.write(idBytes.bytes)
        idHash.update(idBytes.bytes)
        idSize += Int64(idBytes.count)
        idBytes.removeAll()
    }

    /// Writes the remaining rows and the final header.
    ///
    /// - Returns: the sizes and digests of the two files.
    func finish() throws(Failure) -> (vectors: WrittenFile, ids: WrittenFile) {
        if !vectorBytes.isEmpty { try flushVectors() }
        try flushIDs()
        vectorBytes = Buffer()
        idBytes = Buffer()
        try vectors.write(NPY.header(rows: rows, dimensions: dimensions, type), at: 0)
        // The header was written last but comes first, so the digest is computed from the file.
        let digest = try File.digest(of: vectorsPath).description
        return (
            .init(bytes: NPY.size(rows: rows, dimensions: dimensions, type), digest: digest),
            .init(bytes: idSize, digest: idHash.value.description)
        )
    }

    func sync() throws(Failure) {
        try vectors.sync()
        try ids.sync()
    }

    /// Deletes both files.
    func discard() throws(Failure) {
        try Disk.remove(vectorsPath)
        try Disk.remove(idsPath)
    }
}
