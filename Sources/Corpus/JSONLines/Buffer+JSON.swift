package import Basics

extension Buffer where Element == UInt8 {
    /// Appends a string as a JSON string, with quotes and escapes.
    package mutating func append(json string: String) {
        var string = string
        string.withUTF8 { append(json: $0) }
    }

    /// Appends UTF-8 text as a JSON string, with quotes and escapes.
    package mutating func append(json string: UnsafeBufferPointer<UInt8>) {
        append(UInt8(ascii: "\""))
        // Runs of bytes that need no escape are copied at once.
        var copied = 0
        for (index, byte) in string.enumerated() {
            let isQuoted = byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
            if byte >= 0x20 && !isQuoted { continue }
            append(contentsOf: UnsafeBufferPointer(rebasing: string[copied..<index]))
            if isQuoted {
                append(UInt8(ascii: "\\"))
                append(byte)
            } else {
                let digits = String(byte, radix: 16)
                append("\\u00" + (digits.count == 1 ? "0" : "") + digits)
            }
            copied = index + 1
        }
        append(contentsOf: UnsafeBufferPointer(rebasing: string[copied...]))
        append(UInt8(ascii: "\""))
    }

    /// Appends an id as a JSON string or number, or null if there is no id.
    package mutating func append(json id: DocumentID?) {
        switch id {
        case .string(let string): append(json: string)
        case .number(let number): append(number)
        case nil: append("null")
        }
    }

    /// Appends an id as a JSON string or number, or null if there is no id.
    package mutating func append(json id: DocumentIDBytes) {
        switch id.kind {
        case .string: append(json: id.bytes)
        case .number: append(contentsOf: id.bytes)
        case .none: append("null")
        }
    }

    /// Appends the decimal digits of a number, which must not be negative.
    package mutating func append(decimal number: Int) {
        precondition(number >= 0)
        // No 64-bit number has more than 20 digits.
        let room = reserve(20)
        var first = 20
        var rest = number
        repeat {
            first -= 1
            room[first] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        } while rest > 0
        for digit in first..<20 { room[digit - first] = room[digit] }
        advance(20 - first)
    }
}
