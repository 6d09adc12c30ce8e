/// Writes NumPy files without dedup's code.
package enum NumPyFile {
    /// The bytes of a file of version 1.0 as `numpy.save` writes it: a matrix of float32 or float16.
    package static func bytes(_ rows: [[Float]], half: Bool = false, columns: Int? = nil) -> [UInt8] {
        let shape = "(\(rows.count), \(columns ?? rows.first?.count ?? 0))"
        let type = half ? "<f2" : "<f4"
        var header = Array("{'descr': '\(type)', 'fortran_order': False, 'shape': \(shape), }".utf8)
        while (header.count + 11) % 64 != 0 { header.append(UInt8(ascii: " ")) }
        header.append(UInt8(ascii: "\n"))
        let length = [UInt8(header.count & 0xFF), UInt8(header.count >> 8)]
        var bytes = [0x93] + Array("NUMPY".utf8) + [1, 0] + length + header
        for value in rows.joined() {
            if half {
                withUnsafeBytes(of: Float16(value).bitPattern.littleEndian) { bytes += $0 }
            } else {
                withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 }
            }
        }
        return bytes
    }
}
