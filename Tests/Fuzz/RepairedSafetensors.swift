// In a file of its own not least for the compiler's sake: it would take a single file for a script, with a `main`.

/// The file with the length of its header put right, so that changes inside the header get past the first check.
func repairedSafetensors(_ file: UnsafeRawBufferPointer) -> [UInt8]? {
    guard file.count > 8 else { return nil }
    let text = file[8...]
    let brace = UInt8(ascii: "}")
    guard let end = text.indices.dropLast().first(where: { text[$0] == brace && text[$0 + 1] == brace }) else {
        return nil
    }
    let header = file[8..<end + 2]
    let data = file[(end + 2)...].drop { $0 == UInt8(ascii: " ") }
    return withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) } + header + data
}
