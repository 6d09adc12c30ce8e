package import Basics

extension Checkpoint {
    /// Writes the weights to one safetensors file, and keeps the names of the tensors.
    ///
    /// In int8, matrices that are multiplied with states and the table of word embeddings become integers with a scale
    /// for each row: the tensor NAME of type I8 [rows, columns], and the tensor `NAME_scale` of type F32 [rows]. The
    /// other tensors (biases, norms, embeddings of positions and token types) are small and keep their type, and so
    /// do matrices that are int8 already.
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
        var rowScales: [WrittenTensor] = []
        for file in files {
            let scales = file.header.scaleTensors
            for entry in file.header.entries {
                // The scales of a matrix belong to the matrix.
                if scales[BytewiseName(entry.name)] != nil { continue }
                if encoderOnly && !names.contains(BytewiseName(Self.withoutPrefix(entry.name))) { continue }
                let (tensor, scales) = try Self.written(entry, of: file, as: type)
                tensors.append(tensor)
                if let scales { rowScales.append(scales) }
            }
        }
        tensors += rowScales
        // Tensors with larger elements come first, as in Hugging Face's writer. Then each element is aligned to its
        // size.
        let sizes = Set(tensors.map(\.elementSize)).sorted(by: >)
        try writeSafetensors(sizes.flatMap { size in tensors.filter { $0.elementSize == size } }, to: path)
    }

    private static func written(
        _ entry: SafetensorsHeader.Entry, of file: SafetensorsFile, as type: WeightType?
    ) throws(Failure) -> (tensor: WrittenTensor, scales: WrittenTensor?) {
        let stored = WrittenTensor(
            name: entry.name, type: entry.type, shape: entry.shape,
            bytes: UnsafeRawBufferPointer(rebasing: file.mapping.bytes[entry.range]))
        guard let tensor = try file.tensor(entry) else { return (stored, nil) }
        let target = type == .int8 && !isQuantized(entry) ? nil : type
        let weights = target.map { WrittenTensor(name: entry.name, tensor, as: $0) } ?? stored
        let isInt8 = (target?.elements ?? tensor.type) == .int8
        return (weights, isInt8 ? WrittenTensor(scalesOf: entry.name, tensor) : nil)
    }

    /// Whether a tensor is stored in int8 if that is the wanted type.
    private static func isQuantized(_ entry: SafetensorsHeader.Entry) -> Bool {
        let kept = ["position_embeddings.weight", "token_type_embeddings.weight", "rel_embeddings.weight"]
        return entry.shape.count == 2 && !kept.contains { entry.name.hasSuffix($0) }
    }
}
