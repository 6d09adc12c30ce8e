package import Basics

/// The tensors of a single safetensors file, by their names in the file.
package struct TensorFile: Sendable {
    private let file: SafetensorsFile

    /// - Throws: if the file is missing or breaks a rule of the format.
    package init(_ path: String) throws(Failure) {
        file = try SafetensorsFile(path)
    }

    /// Returns a tensor of this shape, whose type is in `ElementType`.
    ///
    /// - Throws: if the tensor is missing, or has another shape or type; if an int8 matrix has no valid scales.
    package func tensor(_ name: String, shape: [Int]) throws(Failure) -> Tensor {
        guard let entry = file.header.entries.first(where: { $0.name == name }) else {
            throw Failure("\(file.path): tensor \(quoted(name)) \(describe(shape)) is missing; take another model")
        }
        guard entry.shape == shape, let tensor = try file.tensor(entry) else {
            throw Failure(
                "\(file.path): tensor \(quoted(name)) is \(quoted(entry.type)) \(describe(entry.shape)), but the shape "
                    + "\(describe(shape)) and a type of numbers are needed; take another model")
        }
        return tensor
    }

    /// The bytes of a tensor of any type, valid as long as `self`; nil if there is no tensor of this name.
    package func bytes(_ name: String) -> UnsafeRawBufferPointer? {
        file.header.entries.first { $0.name == name }.map {
            UnsafeRawBufferPointer(rebasing: file.mapping.bytes[$0.range])
        }
    }
}
