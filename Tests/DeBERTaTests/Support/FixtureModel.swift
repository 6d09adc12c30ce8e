import Basics
import Foundation
import JSON
import TestSupport
import Testing

@testable import DeBERTa

/// A sequence of tokens, and its states as Hugging Face's `DebertaModel` computes them.
struct FixtureSequence: Sendable, CustomStringConvertible {
    let name: String
    let ids: [Int32]
    /// nil if all are 0.
    var types: [Int32]?
    /// Whether each token can be attended to; nil if all can. The states of the others depend on Hugging Face's
    /// version.
    var mask: [Bool]?
    /// The states after the last layer, a row for each token.
    let expected: [Float]

    var description: String { name }
}

/// A model in a folder, with sequences and the states that they should give.
final class FixtureModel: Sendable, CustomTestStringConvertible {
    let name: String
    private let folder: String
    private let configuration: String
    private let read: @Sendable () throws -> [FixtureSequence]

    var testDescription: String { name }

    /// - Parameter configuration: the file in the folder that is used as `config.json`.
    init(
        _ name: String, folder: String, configuration: String = "config.json",
        _ read: @escaping @Sendable () throws -> [FixtureSequence]
    ) {
        self.name = name
        self.folder = folder
        self.configuration = configuration
        self.read = read
    }

    func checkpoint() throws -> Checkpoint {
        if configuration == "config.json" { return try Checkpoint(folder: folder) }
        let other = try TemporaryFolder()
        try other.write(bytesOfFile(folder + "/" + configuration), to: "config.json")
        try FileManager.default.createSymbolicLink(
            atPath: other.path + "/model.safetensors", withDestinationPath: folder + "/model.safetensors")
        return try withExtendedLifetime(other) { try Checkpoint(folder: other.path) }
    }

    func sequences() throws -> [FixtureSequence] { try read() }

    static let all = shipped + shared
}

extension FixtureModel {
    /// The models in the repository, which `make_fixtures.py` makes.
    static let shipped: [FixtureModel] = {
        let folder = Checkout.fixtures("DeBERTaTests")
        let names = [
            "absolute", "content-to-position", "disentangled", "position-to-content", "projected", "scaled",
        ]
        return names.map { name in
            let path = folder + "/" + name
            return FixtureModel(name, folder: path) { try shippedSequences(path) }
        }
    }()

    private static func shippedSequences(_ folder: String) throws -> [FixtureSequence] {
        let tensors = try TestTensors(folder + "/expected.safetensors")
        return try (0..<5).map { number in
            FixtureSequence(
                name: "\(number)", ids: try tensors.ids("\(number).ids"),
                types: tensors.has("\(number).types") ? try tensors.ids("\(number).types") : nil,
                mask: tensors.has("\(number).mask") ? try tensors.ids("\(number).mask").map { $0 != 0 } : nil,
                expected: try tensors.floats("\(number).states"))
        }
    }
}

extension FixtureModel {
    /// The models below `encoder/fixtures` of `Shared`; empty if that folder is missing.
    static let shared: [FixtureModel] = {
        let folder = Shared.folder + "/encoder/fixtures/"
        let names = ["a_abs", "b_rel_c2p_p2c", "c_rel_c2p", "d_rel_p2c_tt2"]
        let models = names.filter { FileManager.default.fileExists(atPath: folder + $0) }.map { name in
            FixtureModel(name, folder: folder + name) { try sharedSequences(folder + name) }
        }
        return models.isEmpty ? [] : models + [scaleTrap(folder + names[0])]
    }()

    /// An existing model with another configuration.
    private static func scaleTrap(_ folder: String) -> FixtureModel {
        FixtureModel("scale trap", folder: folder, configuration: "config_scaletrap.json") {
            let tensors = try TestTensors(folder + "/expected_scaletrap.safetensors")
            return try texts(folder).enumerated().filter { tensors.has(textName($0.offset)) }.map { index, ids in
                try FixtureSequence(name: textName(index), ids: ids, expected: tensors.floats(textName(index)))
            }
        }
    }

    private static func textName(_ index: Int) -> String { index < 10 ? "text_0\(index)" : "text_\(index)" }

    /// The ids of the texts that the models were run on.
    private static func texts(_ folder: String) throws -> [[Int32]] {
        try JSONTree(file: folder + "/expected.json").root["texts"]!.elements.map { ids($0.value["ids"]!) }
    }

    private static func ids(_ list: JSONValue) -> [Int32] { list.elements.map { Int32($0.value.int!) } }

    private static func sharedSequences(_ folder: String) throws -> [FixtureSequence] {
        let root = try JSONTree(file: folder + "/expected.json").root
        let tensors = try TestTensors(folder + "/expected.safetensors")
        let texts = try texts(folder)
        var sequences = try texts.enumerated().map { index, ids in
            try FixtureSequence(name: textName(index), ids: ids, expected: tensors.floats(textName(index)))
        }
        let batch = root["batch"]!
        let length = batch["length"]!.int!
        let padding = Int32(batch["pad_id"]!.int!)
        let values = try tensors.floats("batch")
        let order = ids(batch["order"]!)
        for (row, text) in order.enumerated() {
            let ids = texts[Int(text)]
            let fill = length - ids.count
            let size = values.count / order.count
            sequences.append(
                FixtureSequence(
                    name: "batch, row \(row)", ids: ids + [Int32](repeating: padding, count: fill),
                    mask: ids.map { _ in true } + [Bool](repeating: false, count: fill),
                    expected: Array(values[row * size..<(row + 1) * size])))
        }
        if let pair = root["pair"] {
            sequences.append(
                FixtureSequence(
                    name: "pair", ids: ids(pair["ids"]!), types: ids(pair["token_type_ids"]!),
                    expected: try tensors.floats("pair")))
        }
        return sequences
    }
}

/// The tensors in a file that is not a model.
struct TestTensors {
    private let file: SafetensorsFile

    init(_ path: String) throws {
        file = try SafetensorsFile(path)
    }

    func has(_ name: String) -> Bool { file.header.entries.contains { $0.name == name } }

    func floats(_ name: String) throws -> [Float] {
        let entry = try entry(name)
        return try #require(try file.tensor(entry)).floats()
    }

    /// Whole numbers of 64 bits.
    func ids(_ name: String) throws -> [Int32] {
        let entry = try entry(name)
        #expect(entry.type == "I64")
        let bytes = UnsafeRawBufferPointer(rebasing: file.mapping.bytes[entry.range])
        return (0..<bytes.count / 8).map {
            Int32(Int64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8 * $0, as: Int64.self)))
        }
    }

    private func entry(_ name: String) throws -> SafetensorsHeader.Entry {
        try #require(file.header.entries.first { $0.name == name }, "no tensor \(name)")
    }
}
