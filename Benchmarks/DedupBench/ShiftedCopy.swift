import Basics
import Corpus

/// A copy of documents in which every letter is replaced by another letter of the same script and the same length in
/// UTF-8. Words keep their lengths and frequencies, but no longer text is similar to the original or to another copy.
struct ShiftedCopy {
    /// The number of different copies that are possible. The smallest alphabet has one letter more than this.
    static let most = 25

    /// Ranges of letters with the same length in UTF-8. In scripts with capitals, both ranges have the same order.
    private static let alphabets: [ClosedRange<UInt32>] = [
        0x41...0x5A, 0x61...0x7A,  // Latin
        0x410...0x42F, 0x430...0x44F,  // Cyrillic
        0x627...0x64A,  // Arabic
        0xE01...0xE2E,  // Thai
        0x10D0...0x10F0,  // Georgian
        0x3041...0x3096,  // Hiragana
        0x4E00...0x9FFF,  // Han
        0xAC00...0xD7A3,  // Hangul
    ]

    private let number: Int

    init(_ number: Int) { self.number = number }

    /// Writes the documents as a shard, with one zstd frame for each batch. Returns the decoded size in bytes.
    func write(_ documents: [Documents], to folder: String) throws -> Int {
        let file = try File("\(folder)/\(number).jsonl.zst", .create)
        var encoder = try BlockEncoder(compression: .zstd)
        var bytes = 0
        for batch in documents {
            var lines = Buffer<UInt8>()
            for document in 0..<batch.count { append(document, of: batch, to: &lines) }
            var frame = Buffer<UInt8>()
            try encoder.encode(lines.bytes, into: &frame)
            try file.write(frame.bytes)
            bytes += lines.count
        }
        return bytes
    }

    private func append(_ document: Int, of batch: Documents, to lines: inout Buffer<UInt8>) {
        lines.append("{\"id\":\"\(number)-")
        switch batch.id(document) {
        case .string(let id), .number(let id): append(id, to: &lines)
        case nil: lines.append("\(batch.lineNumber(document))")
        }
        lines.append("\",\"text\":\"")
        let text = String(decoding: batch.text(document), as: UTF8.self)
        append(String(String.UnicodeScalarView(text.unicodeScalars.map(shifted))), to: &lines)
        lines.append("\"}\n")
    }

    /// Appends the content of a JSON string, without the quotation marks.
    private func append(_ string: String, to lines: inout Buffer<UInt8>) {
        for byte in string.utf8 {
            switch byte {
            case UInt8(ascii: "\n"): lines.append("\\n")
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                lines.append(UInt8(ascii: "\\"))
                lines.append(byte)
            case 0..<0x20: lines.append("\\u00" + (byte < 0x10 ? "0" : "") + String(byte, radix: 16))
            default: lines.append(byte)
            }
        }
    }

    private func shifted(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        guard let alphabet = Self.alphabets.first(where: { $0.contains(scalar.value) }) else { return scalar }
        let place = scalar.value - alphabet.lowerBound + UInt32(number)
        return Unicode.Scalar(alphabet.lowerBound + place % UInt32(alphabet.count))!
    }
}
