package import Basics

/// The characters that represent bytes in the files of byte-level vocabularies. GPT-2 introduced them: a byte that is a
/// visible character of Latin-1 is represented by that character, the 68 other bytes by U+0100 to U+0143 in order.
package enum ByteAlphabet {
    /// The code point that represents a byte.
    package static func scalar(of byte: UInt8) -> UInt32 {
        switch byte {
        case 0x00...0x20: 0x100 + UInt32(byte)
        case 0x7F...0xA0: 0x121 + UInt32(byte) - 0x7F
        case 0xAD: 0x143
        default: UInt32(byte)
        }
    }

    /// The bytes, sorted by the code points that represent them.
    package static var ascending: [UInt8] {
        (UInt8.min...UInt8.max).sorted { scalar(of: $0) < scalar(of: $1) }
    }

    /// The byte that a code point represents; nil if it represents none.
    package static func byte(of scalar: UInt32) -> UInt8? {
        switch scalar {
        case 0x100...0x120: UInt8(scalar - 0x100)
        case 0x121...0x142: UInt8(scalar - 0x121 + 0x7F)
        case 0x143: 0xAD
        case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: UInt8(scalar)
        default: nil
        }
    }

    /// Appends the characters that represent the bytes, as UTF-8.
    package static func append(_ bytes: some Sequence<UInt8>, to text: inout Buffer<UInt8>) {
        for byte in bytes {
            let scalar = scalar(of: byte)
            if scalar < 0x80 {
                text.append(UInt8(scalar))
            } else {
                text.append(0xC0 | UInt8(scalar >> 6))
                text.append(0x80 | UInt8(scalar & 0x3F))
            }
        }
    }

    /// The bytes that the text of a token represents; nil if one of its characters represents no byte.
    package static func bytes(of text: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        for scalar in String(decoding: text, as: UTF8.self).unicodeScalars {
            guard let byte = byte(of: scalar.value) else { return nil }
            bytes.append(byte)
        }
        return bytes
    }
}
