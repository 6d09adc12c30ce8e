import Foundation
import TestSupport
import Testing

/// The parts of embeddings.json that tests look at.
struct EmbeddingsRecord: Decodable {
    struct Shard: Decodable {
        var name: String
        var documents, tokens, truncated, bad: Int
        var modified: Int
    }
    var schema, documents, tokens, truncated, bad, dimensions: Int
    var precision, pooling, dtype, long: String
    var maxTokens: Int
    var model, modelChecksum, instructionSet: String
    var encodeSeconds: Double
    var shards: [Shard]
}

/// A line of ids.jsonl.
struct VectorRow: Decodable, Equatable {
    var line: Int
    var id: String?
    var tokens: Int
    var truncated: Bool
}

/// A .npy file of NumPy, parsed without dedup's code.
struct Vectors: Equatable {
    struct Damaged: Error { let what: String }

    let type: String
    let rows: Int
    let columns: Int
    /// The bytes of each row.
    let bytes: [[UInt8]]

    init(_ file: [UInt8]) throws {
        guard file.starts(with: [0x93] + Array("NUMPY".utf8) + [1, 0]), file.count >= 10 else {
            throw Damaged(what: "no NPY 1.0")
        }
        let length = Int(file[8]) | Int(file[9]) << 8
        guard (10 + length) % 64 == 0, file.count >= 10 + length, file[9 + length] == UInt8(ascii: "\n") else {
            throw Damaged(what: "its header ends nowhere")
        }
        let header = String(decoding: file[10..<10 + length], as: UTF8.self)
        let form = /\{'descr': '(<f[24])', 'fortran_order': False, 'shape': \(([0-9]+), ([0-9]+)\), \} *\n/
        guard let match = header.wholeMatch(of: form) else { throw Damaged(what: header) }
        type = String(match.1)
        rows = Int(match.2)!
        columns = Int(match.3)!
        let width = columns * (type == "<f4" ? 4 : 2)
        guard file.count == 10 + length + rows * width else { throw Damaged(what: "\(file.count) bytes") }
        bytes = (0..<rows).map { Array(file[10 + length + $0 * width..<10 + length + ($0 + 1) * width]) }
    }

    func row(_ row: Int) -> [Float] {
        (0..<columns).map { column in
            bytes[row].withUnsafeBytes { bytes in
                type == "<f4"
                    ? bytes.loadUnaligned(fromByteOffset: column * 4, as: Float.self)
                    : Float(bytes.loadUnaligned(fromByteOffset: column * 2, as: Float16.self))
            }
        }
    }
}

extension TemporaryFolder {
    func record(_ out: String = "vectors") throws -> EmbeddingsRecord {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(EmbeddingsRecord.self, from: Data(bytes(out + "/embeddings.json")))
    }

    func vectors(_ shard: String, _ out: String = "vectors") throws -> Vectors {
        try Vectors(bytes("\(out)/\(shard).npy"))
    }

    func vectorRows(_ shard: String, _ out: String = "vectors") throws -> [VectorRow] {
        try bytes("\(out)/\(shard).ids.jsonl").split(separator: 0x0A).map {
            try JSONDecoder().decode(VectorRow.self, from: Data($0))
        }
    }

    /// The files that an embedding wrote, without the time that it took.
    func embedded(_ out: String = "vectors") throws -> [String: [UInt8]] {
        var found: [String: [UInt8]] = [:]
        for name in files(below: out) where !name.hasPrefix(".dedup") { found[name] = try bytes(out + "/" + name) }
        if let record = found["embeddings.json"] {
            let text = String(decoding: record, as: UTF8.self)
            found["embeddings.json"] = Array(text.replacing(/"encode_seconds" : [-0-9.e]+/, with: "").utf8)
        }
        return found
    }

    /// The bytes of every document's vector, by its id.
    func vectorsByID(_ out: String = "vectors") throws -> [String: [UInt8]] {
        var found: [String: [UInt8]] = [:]
        for shard in try record(out).shards {
            let vectors = try vectors(shard.name, out)
            for (row, entry) in try vectorRows(shard.name, out).enumerated() {
                found[try #require(entry.id)] = vectors.bytes[row]
            }
        }
        return found
    }
}

/// Embeds `in` to `vectors` with the model in `model`; arguments replace these defaults.
func embed(_ folder: TemporaryFolder, _ arguments: String...) throws -> Outcome {
    try embed(folder, arguments)
}

func embed(_ folder: TemporaryFolder, _ arguments: [String]) throws -> Outcome {
    var all = ["embed"] + arguments
    if arguments.first?.hasPrefix("-") != false { all.insert("in", at: 1) }
    if !arguments.contains("--out") { all += ["--out", "vectors"] }
    if !arguments.contains("--model") { all += ["--model", "model"] }
    if !arguments.contains("--precision") { all += ["--precision", "f32"] }
    return try dedup(all, in: folder.path)
}
