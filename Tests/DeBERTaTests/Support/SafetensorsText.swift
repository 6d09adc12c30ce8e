import TestSupport

@testable import DeBERTa

/// Builds a safetensors file.
struct SafetensorsText {
    struct Entry {
        var name: String
        var type: String
        var shape: [Int]
        var bytes: [UInt8]
    }

    var entries: [Entry] = []
    /// The number of spaces after the header, which moves the tensors to any address.
    var padding = 0

    mutating func add(_ name: String, _ type: String, _ shape: [Int], _ bytes: [UInt8]) {
        entries.append(Entry(name: name, type: type, shape: shape, bytes: bytes))
    }

    /// The header in the form that the format requires.
    var header: String {
        var offset = 0
        let members = entries.map { entry in
            defer { offset += entry.bytes.count }
            let shape = entry.shape.map(String.init).joined(separator: ",")
            return """
                "\(entry.name)":{"dtype":"\(entry.type)","shape":[\(shape)],\
                "data_offsets":[\(offset),\(offset + entry.bytes.count)]}
                """
        }
        return "{\(members.joined(separator: ","))}"
    }

    var bytes: [UInt8] { Self.file(header + String(repeating: " ", count: padding), entries.flatMap(\.bytes)) }

    /// A file with any header, even an invalid one.
    static func file(_ header: String, _ data: [UInt8]) -> [UInt8] {
        littleEndian(UInt64(header.utf8.count)) + Array(header.utf8) + data
    }
}

extension ElementType {
    /// The types whose elements are numbers by themselves, without a scale.
    static let floats = allCases.filter { $0 != .int8 }

    /// A number as this type stores it; lower bits are cut off.
    func bytes(_ value: Float) -> [UInt8] {
        switch self {
        case .f32: littleEndian(value.bitPattern)
        case .bf16: littleEndian(UInt16(value.bitPattern >> 16))
        case .f16: littleEndian(Self.half(value))
        case .int8: [UInt8(bitPattern: Int8(value))]
        }
    }

    private static func half(_ value: Float) -> UInt16 {
        let sign = UInt16(value.sign == .minus ? 0x8000 : 0)
        let magnitude = abs(value)
        if magnitude >= 0x1p16 { return sign | 0x7C00 }
        if magnitude < 0x1p-14 { return sign | UInt16(magnitude * 0x1p24) }
        let exponent = Int(magnitude.exponent)
        let fraction = UInt16((magnitude.significand - 1) * 1024)
        return sign | UInt16(exponent + 15) << 10 | fraction
    }
}
