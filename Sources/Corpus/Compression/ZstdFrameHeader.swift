/// The header of a zstd frame (RFC 8878, sections 3.1.1 and 3.1.2).
///
/// Parsed here because libzstd's own header parser belongs to its unstable interface; the format itself is fixed.
enum ZstdFrameHeader: Equatable {
    /// A frame of data.
    ///
    /// - `window`: the bytes of history that decoding needs.
    /// - `contentSize`: the decoded size of the frame in bytes; nil if the header does not state it.
    /// - `dictionary`: the id of the dictionary that it was compressed with; 0 if none.
    case data(window: UInt64, contentSize: UInt64?, dictionary: UInt32)
    /// A skippable frame. Programs store data of their own in it; it adds nothing to the decoded content.
    case skippable
    /// A frame in a format from before zstd 0.8 (2016), which is not supported.
    case legacy
    /// The beginning of a header; the rest is missing.
    case incomplete
    /// The bytes are not a zstd frame.
    case unknown

    /// The length in bytes of the longest header.
    static let longest = 18

    /// The memory in bytes that the frame's window can take: a window is never filled with more than the content.
    var windowMemory: UInt64 {
        guard case .data(let window, let contentSize, _) = self else { return 0 }
        return min(window, contentSize ?? .max)
    }

    /// Parses the header at the start of `bytes`, which are the next `longest` bytes of the file or all that are left.
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

    /// Parses the header of a data frame; nil if it is incomplete.
    private static func dataFrame(_ bytes: UnsafeRawBufferPointer) -> ZstdFrameHeader? {
        guard bytes.count > 4 else { return nil }
        let descriptor = bytes[4]
        let isSingleSegment = descriptor & 0x20 != 0
        let (dictionaryBytes, contentSizeBytes) = fields(descriptor)
        var at = 5
        let length = length(descriptor)
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

    /// The lengths in bytes of the fields for the dictionary's id and for the size of the content, in the header of a
    /// data frame with this descriptor (the fifth byte of the frame).
    private static func fields(_ descriptor: UInt8) -> (dictionary: Int, contentSize: Int) {
        let isSingleSegment = descriptor & 0x20 != 0
        let contentSizeFlag = Int(descriptor >> 6)
        return (
            [0, 1, 2, 4][Int(descriptor & 3)],
            contentSizeFlag == 0 ? (isSingleSegment ? 1 : 0) : 1 << contentSizeFlag
        )
    }

    /// The length in bytes of the header of a data frame with this descriptor.
    static func length(_ descriptor: UInt8) -> Int {
        let (dictionary, contentSize) = fields(descriptor)
        return 5 + (descriptor & 0x20 != 0 ? 0 : 1) + dictionary + contentSize
    }
}
