package import Basics

extension Checkpoint {
    /// Writes the weights to one safetensors file, and keeps the names of the tensors.
    ///
    /// - Parameters:
    ///   - type: the type that floating-point numbers are converted to; nil keeps their type. Tensors of other types
    ///     are never converted.
    ///   - encoderOnly: whether tensors that the encoder does not use, such as those of a task's head, are left out.
    /// - Throws: if the file cannot be written, or if a number of the encoder is not finite or too large for `type`.
    package func writeWeights(to path: String, as type: WeightType?, encoderOnly: Bool) throws(Failure) {
        _ = try checksum()
        let names = Set(configuration.tensors.map { BytewiseName($0.name) })
        var tensors: [WrittenTensor] = []
        for file in files {
            for entry in file.header.entries {
                if encoderOnly && !names.contains(BytewiseName(Self.withoutPrefix(entry.name))) { continue }
                tensors.append(Self.written(entry, of: file, as: type))
            }
        }
        // Tensors with larger elements come first, as in Hugging Face's writer. Then each element is aligned to its
        // size.
        let sizes = Set(tensors.map(\.elementSize)).sorted(by: >)
        try writeSafetensors(sizes.flatMap { size in tensors.filter { $0.elementSize == size } }, to: path)
    }

    private static func written(
        _ entry: SafetensorsHeader.Entry, of file: SafetensorsFile, as type: WeightType?
    ) -> WrittenTensor {
        if let type, let stored = ElementType(rawValue: entry.type) {
            let tensor = Tensor(shape: entry.shape, type: stored, mapping: file.mapping, range: entry.range)
            return WrittenTensor(name: entry.name, tensor, as: type)
        }
        return WrittenTensor(
            name: entry.name, type: entry.type, shape: entry.shape,
            bytes: UnsafeRawBufferPointer(rebasing: file.mapping.bytes[entry.range]))
    }
}
