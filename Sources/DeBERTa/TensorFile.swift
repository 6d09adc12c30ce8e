package import Basics

/// The tensors of one safetensors file, by their names as they are.
package struct TensorFile: Sendable {
    private let file: SafetensorsFile

    /// - Throws: when the file is missing, or not in the format.
    package init(_ path: String) throws(Failure) {
        file = try SafetensorsFile(path)
    }

    /// A tensor of numbers of a type in `ElementType`.
    ///
    /// - Throws: when it is missing, or has another shape or type.
    package func tensor(_ name: String, shape: [Int]) throws(Failure) -> Tensor {
        guard let entry = file.header.entries.first(where: { $0.name == name }) else {
            throw Failure("\(file.path): tensor \(quoted(name)) \(describe(shape)) is missing; take another model")
        }
        guard entry.shape == shape, let type = ElementType(rawValue: entry.type) else {
            throw Failure(
                "\(file.path): tensor \(quoted(name)) is \(quoted(entry.type)) \(describe(entry.shape)), where numbers "
                    + "\(describe(shape)) are asked for; take another model")
        }
        return Tensor(shape: shape, type: type, mapping: file.mapping, range: entry.range)
    }

    /// The bytes of a tensor of any type, valid as long as `self`; nil where there is none.
    package func bytes(_ name: String) -> UnsafeRawBufferPointer? {
        file.header.entries.first { $0.name == name }.map {
            UnsafeRawBufferPointer(rebasing: file.mapping.bytes[$0.range])
        }
    }
}
