internal import Basics

/// A tensor to be written.
struct WrittenTensor {
    let name: String
    /// As the format names it.
    let type: String
    let shape: [Int]
    let bytes: UnsafeRawBufferPointer
}

/// Writes a safetensors file under a temporary name, and gives it its name when it is on the disk.
func writeSafetensors(_ tensors: [WrittenTensor], to path: String) throws(Failure) {
    var header = "{\"__metadata__\":{\"format\":\"pt\"}"
    var end = 0
    for tensor in tensors {
        let shape = tensor.shape.map(String.init).joined(separator: ",")
        header += ",\"\(tensor.name)\":{\"dtype\":\"\(tensor.type)\",\"shape\":[\(shape)],"
        header += "\"data_offsets\":[\(end),\(end + tensor.bytes.count)]}"
        end += tensor.bytes.count
    }
    header += "}"
    header += String(repeating: " ", count: (8 - header.utf8.count % 8) % 8)
    try writeWhole(path) { file throws(Failure) in
        try file.write(UInt64(header.utf8.count).littleEndian)
        try file.write(header)
        for tensor in tensors { try file.write(tensor.bytes) }
    }
}

/// Writes a file under a temporary name, and gives it its name when it is on the disk.
func writeWhole(_ path: String, _ body: (borrowing File) throws(Failure) -> Void) throws(Failure) {
    let temporary = path + ".part"
    do {
        let file = try File(temporary, .create)
        try body(file)
        try file.sync()
    }
    try Disk.rename(temporary, path)
    try Disk.sync(folder: Disk.folder(of: path))
}

func writeWhole(_ path: String, _ text: String) throws(Failure) {
    try writeWhole(path) { file throws(Failure) in try file.write(text) }
}

extension File {
    func write(_ text: String) throws(Failure) {
        let bytes = Array(text.utf8)
        let result = bytes.withUnsafeBytes { bytes in Result { () throws(Failure) in try write(bytes) } }
        try result.get()
    }

    fileprivate func write(_ number: UInt64) throws(Failure) {
        let result = withUnsafeBytes(of: number) { bytes in Result { () throws(Failure) in try write(bytes) } }
        try result.get()
    }
}
