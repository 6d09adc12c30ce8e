package import Basics

/// A model's folder: the content of `config.json`, and the tensors in memory-mapped files.
package final class Checkpoint: Sendable {
    /// The configuration from `config.json`.
    package let configuration: Configuration

    let folder: String
    /// The text of `config.json`.
    let configurationText: [UInt8]
    /// The weight files, in the order of their names.
    let files: [SafetensorsFile]
    /// The encoder's tensors, by their names without the prefix `deberta.`.
    private let tensors: [String: Tensor]

    /// Opens `config.json` and the weights: `model.safetensors`, or the shards that are listed in
    /// `model.safetensors.index.json`.
    ///
    /// Tensors that the encoder does not use are ignored.
    ///
    /// - Throws: if a file is missing or damaged; if the encoder cannot run a model of this configuration; if a tensor
    ///   of the encoder is missing, or has another shape or a type that is not in `ElementType`; if an int8 matrix has
    ///   no valid scales.
    package init(folder: String) throws(Failure) {
        self.folder = folder
        guard let status = try File.status(at: folder) else {
            throw Failure("cannot open the model \(folder): there is no such folder")
        }
        guard status.isFolder else {
            throw Failure("cannot open the model \(folder): it has to be the folder with config.json and the weights")
        }
        let path = folder + "/config.json"
        configurationText = try File.whole(path, upTo: Configuration.largestFile, remedy: "fetch the model again")
        configuration = try Self.configuration(configurationText, path: path)
        files = try Self.weightFiles(of: folder)
        tensors = try TensorFinder(files).find(configuration.tensors, configurationPath: path)
    }

    /// Returns a tensor of the encoder by its name without the prefix `deberta.`. It exists and has the expected shape.
    ///
    /// - Precondition: `name` is one of `configuration.tensors`.
    package func tensor(_ name: String) -> Tensor {
        guard let tensor = tensors[name] else { preconditionFailure("no tensor of the encoder: \(name)") }
        return tensor
    }

    private static func configuration(_ text: [UInt8], path: String) throws(Failure) -> Configuration {
        let result = text.withUnsafeBytes { bytes in
            Result { () throws(Failure) in try Configuration(bytes, path: path) }
        }
        return try result.get()
    }

    private static func weightFiles(of folder: String) throws(Failure) -> [SafetensorsFile] {
        let single = folder + "/model.safetensors"
        if try File.status(at: single) != nil { return [try SafetensorsFile(single)] }
        let index = folder + "/model.safetensors.index.json"
        if try File.status(at: index) != nil { return try ShardIndex(index).open(in: folder) }
        let pickle = folder + "/pytorch_model.bin"
        if try File.status(at: pickle) != nil {
            throw Failure(
                "\(folder) has pytorch_model.bin only, which may hold code: "
                    + "save it as model.safetensors with Hugging Face's save_pretrained")
        }
        throw Failure("\(folder) has no model.safetensors and no model.safetensors.index.json; fetch the model again")
    }
}
