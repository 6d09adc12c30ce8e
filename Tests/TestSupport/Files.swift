import Basics
import Foundation

/// Writes a file at any path.
package func write(_ bytes: [UInt8], to path: String) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: path))
}

/// Overwrites bytes of an existing file, from `offset` on.
package func overwrite(_ path: String, at offset: Int, _ bytes: [UInt8]) throws {
    let file = try File(path, .update)
    try bytes.withUnsafeBytes { try file.write($0, at: Int64(offset)) }
}
