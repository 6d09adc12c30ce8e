package import Basics
internal import JSON

/// The header of a safetensors file, after it was checked: every byte behind the header belongs to exactly one tensor.
/// The format is described at https://huggingface.co/docs/safetensors.
package struct SafetensorsHeader: Sendable {
    /// A tensor of the file.
    package struct Entry: Sendable {
        /// The name in the file, which may be any string.
        package let name: String
        /// The type in the file, such as `F32`. The size of a tensor is checked only if the format defines its type.
        package let type: String
        /// The dimensions, outermost first; empty for a single number.
        package let shape: [Int]
        /// The bytes of the tensor, as a range of the file.
        package let range: Range<Int>
    }

    /// The tensors, in the order in which they are stored.
    package let entries: [Entry]
    /// The offset of the first byte behind the header.
    package let end: Int

    /// The maximum length of the header in bytes; the same as in Hugging Face's library.
    static let largest = 100_000_000

    /// Reads and checks the header.
    ///
    /// - Parameters:
    ///   - file: the content of the whole file.
    ///   - path: the path of the file, for errors.
    /// - Throws: if the file breaks any rule of the format.
    package init(_ file: UnsafeRawBufferPointer, path: String) throws(Failure) {
        let reader = HeaderReader(path: path)
        guard file.count >= 8 else { throw reader.damaged("it has \(file.count) bytes, less than any such file") }
        let length = UInt64(littleEndian: file.loadUnaligned(as: UInt64.self))
        guard length <= UInt64(Self.largest) else {
            throw reader.damaged("it begins with a header length of \(length) bytes, above \(Self.largest)")
        }
        end = 8 + Int(length)
        guard end <= file.count else {
            throw reader.damaged("its header of \(length) bytes does not fit its \(file.count) bytes")
        }
        let text = UnsafeRawBufferPointer(rebasing: file[8..<end])
        guard text.first == UInt8(ascii: "{") else { throw reader.damaged("its header is no JSON object") }
        entries = try reader.entries(
            of: JSONTree(text, name: "\(path), its header").root, from: end, fileSize: file.count)
    }
}

private struct HeaderReader {
    let path: String

    func damaged(_ what: String) -> Failure {
        Failure("\(path): not a valid safetensors file: \(what); fetch the file again")
    }

    func damaged(_ tensor: String, _ what: String) -> Failure {
        damaged("tensor \(quoted(tensor)) \(what)")
    }

    func entries(of root: JSONValue, from start: Int, fileSize: Int) throws(Failure) -> [SafetensorsHeader.Entry] {
        guard root.kind == .object else { throw damaged("its header is no JSON object") }
        var entries: [SafetensorsHeader.Entry] = []
        var names: Set<BytewiseName> = []
        for (key, value) in root.children {
            let name = String(decoding: key ?? UnsafeBufferPointer(start: nil, count: 0), as: UTF8.self)
            guard names.insert(BytewiseName(name)).inserted else { throw damaged(name, "is named twice") }
            if name.utf8.elementsEqual("__metadata__".utf8) {
                guard value.kind == .object, value.children.allSatisfy({ $0.value.kind == .string }) else {
                    throw damaged("\"__metadata__\" in its header is no object of strings")
                }
                continue
            }
            entries.append(try entry(name, value, from: start, fileSize: fileSize))
        }
        entries.sort { ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound) }
        var end = start
        for entry in entries {
            if entry.range.lowerBound < end { throw damaged(entry.name, "overlaps the one before it") }
            if entry.range.lowerBound > end {
                let hole = entry.range.lowerBound - end
                throw damaged("\(hole) bytes before tensor \(quoted(entry.name)) belong to no tensor")
            }
            end = entry.range.upperBound
        }
        guard end == fileSize else { throw damaged("\(fileSize - end) bytes at its end belong to no tensor") }
        return entries
    }

    private func entry(
        _ name: String, _ value: JSONValue, from start: Int, fileSize: Int
    ) throws(Failure) -> SafetensorsHeader.Entry {
        guard value.kind == .object else { throw damaged(name, "is described by \(value.shortDescription)") }
        guard let type = value["dtype"]?.string else { throw damaged(name, "has no \"dtype\" that is a string") }
        let shape = try numbers(name, value, "shape")
        let offsets = try numbers(name, value, "data_offsets")
        guard offsets.count == 2 else { throw damaged(name, "has \(offsets.count) \"data_offsets\" in place of 2") }
        guard offsets[0] <= offsets[1] else { throw damaged(name, "ends at \(offsets[1]), before it begins") }
        let room = fileSize - start
        guard offsets[1] <= room else {
            throw damaged(name, "ends at \(offsets[1]), past the \(room) bytes of data: was it cut short?")
        }
        var count = 1
        for size in shape {
            let (product, overflow) = count.multipliedReportingOverflow(by: size)
            if overflow { throw damaged(name, "has the shape \(describe(shape)), too large to be counted") }
            count = product
        }
        if let bits = Self.bits[type] {
            let (size, overflow) = count.multipliedReportingOverflow(by: bits)
            guard !overflow, size % 8 == 0, size / 8 == offsets[1] - offsets[0] else {
                let bytes = offsets[1] - offsets[0]
                throw damaged(name, "of \(type) and shape \(describe(shape)) cannot take \(bytes) bytes")
            }
        }
        return .init(name: name, type: type, shape: shape, range: start + offsets[0]..<start + offsets[1])
    }

    private func numbers(_ name: String, _ value: JSONValue, _ key: String) throws(Failure) -> [Int] {
        guard let list = value[key], list.kind == .array else { throw damaged(name, "has no list \"\(key)\"") }
        var numbers: [Int] = []
        for (_, element) in list.elements {
            guard let number = element.int, number >= 0 else {
                throw damaged(name, "has \(element.shortDescription) in \"\(key)\"")
            }
            numbers.append(number)
        }
        return numbers
    }

    /// The number of bits of an element, for each type of the format.
    private static let bits = [
        "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6, "BOOL": 8, "U8": 8, "I8": 8, "F8_E5M2": 8, "F8_E4M3": 8, "F8_E8M0": 8,
        "F8_E4M3FNUZ": 8, "F8_E5M2FNUZ": 8, "I16": 16, "U16": 16, "F16": 16, "BF16": 16, "I32": 32, "U32": 32,
        "F32": 32, "I64": 64, "U64": 64, "F64": 64, "C64": 64,
    ]
}

/// A shape as part of a one-line error message; long shapes are shortened.
func describe(_ shape: [Int]) -> String {
    let most = 8
    return "[\(shape.prefix(most).map(String.init).joined(separator: ", "))\(shape.count > most ? ", …" : "")]"
}

/// A memory-mapped safetensors file.
struct SafetensorsFile: Sendable {
    let path: String
    let mapping: Mapping
    let header: SafetensorsHeader

    init(_ path: String) throws(Failure) {
        guard try File.status(at: path) != nil else {
            throw Failure("cannot open \(path): there is no such file; fetch the model again")
        }
        let file = try File(path, .read)
        let size = try file.status().size
        guard size > 0 else { throw Failure("\(path): the file is empty; fetch it again") }
        self.path = path
        mapping = try Mapping(file, at: 0, count: Int(size))
        header = try SafetensorsHeader(mapping.bytes, path: path)
    }
}
