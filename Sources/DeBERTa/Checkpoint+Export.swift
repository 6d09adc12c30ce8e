package import Basics

extension Checkpoint {
    /// Writes the weights as one safetensors file, under the names that they have.
    ///
    /// - Parameters:
    ///   - type: what floating-point numbers are written as; nil for what they are. Other tensors stay as they are.
    ///   - encoderOnly: whether what the configuration does not ask for is left out: a head for a task.
    /// - Throws: also when a number of the encoder is none, or too large for `type`.
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
        // Numbers lie at addresses that are multiples of their size, as Hugging Face's own writer has it.
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
