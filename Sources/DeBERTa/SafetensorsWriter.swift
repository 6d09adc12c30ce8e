package import Basics

/// A tensor that `writeSafetensors` writes.
package struct WrittenTensor {
    fileprivate let name: String
    fileprivate let type: String
    fileprivate let shape: [Int]
    fileprivate let byteCount: Int
    /// The size of an element in bytes, rounded down; 0 if the tensor is empty.
    var elementSize: Int { byteCount / max(1, shape.reduce(1, *)) }

    fileprivate let write: (borrowing File) throws(Failure) -> Void

    /// A tensor whose bytes are written as they are.
    ///
    /// - Parameters:
    ///   - type: the type in the format's spelling, such as `F32`.
    ///   - shape: the dimensions, outermost first.
    ///   - bytes: the elements in little-endian order. They are read when the file is written, and have to stay valid
    ///     until then.
    package init(name: String, type: String, shape: [Int], bytes: UnsafeRawBufferPointer) {
        self.name = name
        self.type = type
        self.shape = shape
        byteCount = bytes.count
        write = { file throws(Failure) in try file.write(bytes) }
    }

    /// A tensor that is converted while it is written. Numbers are rounded to the nearest number of `type`, ties to
    /// even. Writing throws if a number is too large for `type`.
    ///
    /// A tensor in int8 has to be a matrix, and is of use only together with its scales.
    package init(name: String, _ tensor: Tensor, as type: WeightType) {
        self.name = name
        self.type = type.elements.rawValue
        shape = tensor.shape
        byteCount = tensor.count * type.elements.size
        write = { file throws(Failure) in try tensor.write(as: type, to: file, name: name) }
    }

    /// The scales of a matrix that is written in int8, or was stored in it.
    package init(scalesOf name: String, _ tensor: Tensor) {
        self.name = name + SafetensorsHeader.scaleSuffix
        type = ElementType.f32.rawValue
        shape = [tensor.shape[0]]
        byteCount = tensor.shape[0] * ElementType.f32.size
        write = { file throws(Failure) in try tensor.writeScales(to: file, name: name) }
    }
}

/// Writes a safetensors file. It gets its name only when it is complete and on disk.
///
/// - Throws: if the file cannot be written, or a number is too large for the type it is converted to.
package func writeSafetensors(_ tensors: [WrittenTensor], to path: String) throws(Failure) {
    var header = "{\"__metadata__\":{\"format\":\"pt\"}"
    var end = 0
    for tensor in tensors {
        let shape = tensor.shape.map(String.init).joined(separator: ",")
        header += ",\(jsonString(tensor.name)):{\"dtype\":\"\(tensor.type)\",\"shape\":[\(shape)],"
        header += "\"data_offsets\":[\(end),\(end + tensor.byteCount)]}"
        end += tensor.byteCount
    }
    header += "}"
    header += String(repeating: " ", count: (8 - header.utf8.count % 8) % 8)
    try writeWhole(path) { file throws(Failure) in
        try file.write(UInt64(header.utf8.count).littleEndian)
        try file.write(header)
        for tensor in tensors { try tensor.write(file) }
    }
}

/// A string as a JSON string.
private func jsonString(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"", "\\": result += "\\\(scalar)"
        case "\0"..<" ":
            let digits = String(scalar.value, radix: 16)
            result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result + "\""
}

extension File {
    fileprivate func write(_ number: UInt64) throws(Failure) {
        let result = withUnsafeBytes(of: number) { bytes in Result { () throws(Failure) in try write(bytes) } }
        try result.get()
    }
}
