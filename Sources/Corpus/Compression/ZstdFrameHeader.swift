/// What the first bytes of a zstd frame say (RFC 8878, 3.1.1 and 3.1.2).
///
/// libzstd's own reader of headers belongs to its unstable interface; the format itself is fixed.
enum ZstdFrameHeader: Equatable {
    /// A frame of data.
    ///
    /// - `window`: bytes of history that decoding needs; nil where the exponent is beyond any memory.
    /// - `contentSize`: bytes of the decoded frame, where it says.
    /// - `dictionary`: the id of the dictionary it was compressed with; 0 where it names none.
    case data(window: UInt64, contentSize: UInt64?, dictionary: UInt32)
    case skippable
    /// A format of before zstd 0.8 (2016), which other tools read at their own risk.
    case legacy
    /// The start of a header, cut off.
    case incomplete
    case unknown

    /// The bytes of the longest header.
    static let longest = 18

    /// The bytes that decoding the frame takes at least: a frame is never larger than its content.
    var windowMemory: UInt64 {
        guard case .data(let window, let contentSize, _) = self else { return 0 }
        return min(window, contentSize ?? .max)
    }

    /// Reads the header that `bytes` begin with; `bytes` are `longest` or all there are.
    init(_ bytes: UnsafeRawBufferPointer) {
        let magic: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD]
        guard let first = bytes.first else {
            self = .incomplete
            return
        }
        let rest = bytes.prefix(4).dropFirst()
        if first & 0xF0 == 0x50, rest.elementsEqual([0x2A, 0x4D, 0x18].prefix(rest.count)) {
            self = bytes.count < 8 ? .incomplete : .skippable
        } else if 0x22...0x27 ~= first || first == 0x1E, rest.elementsEqual(magic.dropFirst()) {
            self = .legacy
        } else if first == magic[0], rest.elementsEqual(magic.dropFirst().prefix(rest.count)) {
            self = Self.dataFrame(bytes) ?? .incomplete
        } else {
            self = .unknown
        }
    }

    /// Reads a data frame's header; nil when it is cut off.
    private static func dataFrame(_ bytes: UnsafeRawBufferPointer) -> ZstdFrameHeader? {
        guard bytes.count > 4 else { return nil }
        let descriptor = bytes[4]
        let isSingleSegment = descriptor & 0x20 != 0
        let dictionaryBytes = [0, 1, 2, 4][Int(descriptor & 3)]
        let contentSizeFlag = Int(descriptor >> 6)
        let contentSizeBytes = contentSizeFlag == 0 ? (isSingleSegment ? 1 : 0) : 1 << contentSizeFlag
        var at = 5
        let length = at + (isSingleSegment ? 0 : 1) + dictionaryBytes + contentSizeBytes
        guard bytes.count >= length else { return nil }

        func number(_ count: Int) -> UInt64 {
            defer { at += count }
            return bytes[at..<at + count].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
        var window: UInt64 = 0
        if !isSingleSegment {
            let byte = number(1)
            let base: UInt64 = 1 << (10 + byte >> 3)
            window = base + base / 8 * (byte & 7)
        }
        let dictionary = UInt32(number(dictionaryBytes))
        var contentSize: UInt64?
        if contentSizeBytes > 0 {
            contentSize = number(contentSizeBytes) + (contentSizeBytes == 2 ? 256 : 0)
        }
        if isSingleSegment { window = contentSize ?? 0 }
        return .data(window: window, contentSize: contentSize, dictionary: dictionary)
    }
}
