internal import Basics

/// Finds the encoder's tensors in a model's weight files, by their names with or without the prefix `deberta.`.
struct TensorFinder {
    /// The prefix of the encoder's tensors in a model that was saved with the head of a task.
    static let prefix = "deberta."

    private struct Place {
        let file: SafetensorsFile
        let entry: SafetensorsHeader.Entry
    }

    private var places: [BytewiseName: Place] = [:]
    private let files: [SafetensorsFile]

    /// - Throws: if two files contain a tensor of the same name.
    init(_ files: [SafetensorsFile]) throws(Failure) {
        self.files = files
        for file in files {
            for entry in file.header.entries {
                let other = places.updateValue(Place(file: file, entry: entry), forKey: BytewiseName(entry.name))
                guard let other else { continue }
                throw Failure(
                    "\(file.path): tensor \(quoted(entry.name)) is in \(other.file.path) too; fetch the model again")
            }
        }
    }

    /// Finds all wanted tensors.
    ///
    /// - Parameter configurationPath: the path of the `config.json`, for errors.
    /// - Throws: if a tensor is missing, is there twice, or has another shape or a type that is not in `ElementType`; if
    ///   an int8 matrix has no valid scales.
    func find(_ wanted: [TensorShape], configurationPath: String) throws(Failure) -> [String: Tensor] {
        var tensors: [String: Tensor] = [:]
        tensors.reserveCapacity(wanted.count)
        for tensor in wanted {
            tensors[tensor.name] = try find(tensor, configurationPath)
        }
        return tensors
    }

    private func find(_ wanted: TensorShape, _ configurationPath: String) throws(Failure) -> Tensor {
        let plain = places[BytewiseName(wanted.name)]
        let prefixed = places[BytewiseName(Self.prefix + wanted.name)]
        if let plain, let prefixed {
            throw Failure(
                "\(plain.file.path): there are two tensors \(wanted.name), one with the prefix \(Self.prefix) "
                    + "in \(prefixed.file.path); save the model with one of them")
        }
        guard let place = plain ?? prefixed else {
            let paths = files.count == 1 ? files[0].path : "the \(files.count) shards beside \(configurationPath)"
            throw Failure(
                "\(paths): tensor \(wanted.name) \(describe(wanted.shape)), which \(configurationPath) asks for, "
                    + "is missing; take the config.json and the weights of one model")
        }
        let entry = place.entry
        guard entry.shape == wanted.shape else {
            throw Failure(
                "\(place.file.path): tensor \(quoted(entry.name)) has the shape \(describe(entry.shape)), "
                    + "where \(configurationPath) asks for \(describe(wanted.shape)); "
                    + "take the config.json and the weights of one model")
        }
        guard let tensor = try place.file.tensor(entry) else {
            let types = ElementType.allCases.map(\.rawValue).joined(separator: ", ")
            throw Failure(
                "\(place.file.path): tensor \(quoted(entry.name)) \(describe(entry.shape)) is of type "
                    + "\(quoted(entry.type)), not one of \(types); save the model in one of them")
        }
        return tensor
    }
}
