package import Basics
internal import DeBERTa

/// The state of a training in one file: the weights, the moments and the number of steps. The sequences, the masked
/// tokens and the dropout of a step are derived from the number of the step, so nothing else has to be saved.
package struct TrainingState {
    /// The name of the file in the output folder.
    static let name = "training-state.safetensors"

    private let path: String
    /// A hash of the settings, the tokenizer and the texts. The file is loaded only if it has the same one.
    private let fingerprint: Hash128

    package init(folder: String, fingerprint: Hash128) {
        path = folder + "/" + Self.name
        self.fingerprint = fingerprint
    }

    /// Loads the state into the optimizer and its model.
    ///
    /// - Returns: false if there is no file.
    /// - Throws: a usage error if the file belongs to another training; a failure if it is damaged.
    package func load(_ optimizer: Optimizer) throws(Failure) -> Bool {
        if try File.status(at: path) == nil { return false }
        let file = try TensorFile(path)
        guard let of = file.bytes("fingerprint"), String(decoding: of, as: UTF8.self) == fingerprint.description else {
            throw .usage(
                "\(path) belongs to another training (other settings, tokenizer or texts); choose another folder or "
                    + "remove it")
        }
        guard let bytes = file.bytes("step"), bytes.count == 8,
            let step = Int(exactly: bytes.loadUnaligned(as: UInt64.self).littleEndian), step < 1 << 48
        else {
            throw Failure("\(path): damaged: it has no step; remove \(Disk.folder(of: path)) to start again")
        }
        let parameters = optimizer.model.parameters
        let count = parameters.layout.count
        try file.tensor("weights", shape: [count]).read(0..<count, into: parameters.weights)
        try file.tensor("first_moment", shape: [count]).read(0..<count, into: optimizer.firstMoment.start)
        try file.tensor("second_moment", shape: [count]).read(0..<count, into: optimizer.secondMoment.start)
        parameters.round(0..<count)
        optimizer.steps = step
        return true
    }

    /// Replaces the file by the present state.
    package func save(_ optimizer: Optimizer) throws(Failure) {
        let parameters = optimizer.model.parameters
        let count = parameters.layout.count
        func tensor(_ name: String, _ start: UnsafePointer<Float>) -> WrittenTensor {
            WrittenTensor(
                name: name, type: "F32", shape: [count],
                bytes: UnsafeRawBufferPointer(start: start, count: count * 4))
        }
        let text = Array(fingerprint.description.utf8)
        let step = [UInt64(optimizer.steps).littleEndian]
        let result = text.withUnsafeBytes { text in
            step.withUnsafeBytes { step in
                Result { () throws(Failure) in
                    try writeSafetensors(
                        [
                            WrittenTensor(name: "step", type: "U64", shape: [1], bytes: step),
                            WrittenTensor(name: "fingerprint", type: "U8", shape: [text.count], bytes: text),
                            tensor("weights", parameters.weights),
                            tensor("first_moment", optimizer.firstMoment.start),
                            tensor("second_moment", optimizer.secondMoment.start),
                        ], to: path)
                }
            }
        }
        try result.get()
    }
}
