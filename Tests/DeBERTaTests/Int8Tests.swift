import Basics
import TestSupport
import Testing

@testable import DeBERTa

/// Models whose matrices are stored in int8, with a scale for each row.
@Suite struct Int8Tests {
    private static let matrix = "encoder.layer.0.intermediate.dense.weight"
    private static let precisions = Precision.allCases.filter(\.isSupported)
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Exports a model to a folder of this suite.
    private func export(_ checkpoint: Checkpoint, _ name: String, _ type: WeightType?) throws -> Checkpoint {
        try folder.write(checkpoint.configurationText, to: name + "/config.json")
        try checkpoint.writeWeights(
            to: folder.path + "/" + name + "/model.safetensors", as: type, encoderOnly: false)
        return try Checkpoint(folder: folder.path + "/" + name)
    }

    private func types(_ checkpoint: Checkpoint) -> [String: String] {
        Dictionary(uniqueKeysWithValues: checkpoint.files.flatMap(\.header.entries).map { ($0.name, $0.type) })
    }

    @Test(arguments: FixtureModel.shipped, ElementType.floats)
    func matricesAreRoundedByHalfAStepAtMost(_ model: FixtureModel, _ type: ElementType) throws {
        let shape = try model.checkpoint().configuration
        let original = try RandomModel(shape, type: type).checkpoint()
        let small = try export(original, "small", .int8)
        let types = types(small)
        for wanted in shape.tensors {
            let (before, after) = (original.tensor(wanted.name), small.tensor(wanted.name))
            let small = ["position_embeddings", "token_type_embeddings", "rel_embeddings"]
            let isKept = wanted.shape.count == 1 || small.contains { wanted.name.contains($0) }
            #expect(after.type == (isKept ? type : .int8) && types[wanted.name] == after.type.rawValue)
            if after.type != .int8 {
                #expect(after.floats() == before.floats() && types[wanted.name + "_scale"] == nil)
                continue
            }
            #expect(types[wanted.name + "_scale"] == "F32")
            let columns = wanted.shape[1]
            for row in 0..<wanted.shape[0] {
                let range = row * columns..<(row + 1) * columns
                let numbers = before.withFloats(range) { Array($0) }
                let largest = numbers.reduce(0) { max($0, $1.magnitude) }
                #expect(after.scales[row] == largest / 127)
                let rounded = after.withFloats(range) { Array($0) }
                #expect(distance(numbers, rounded) <= largest / 127 * 0.50001)
            }
        }
        #expect(try small.checksum() != original.checksum())
        // What was rounded once is not rounded again.
        #expect(try bytes(export(small, "again", nil)) == bytes(small))
        #expect(try bytes(export(small, "again", .int8)) == bytes(small))
        let wide = try export(small, "wide", .f32)
        #expect(shape.tensors.allSatisfy { wide.tensor($0.name).type == .f32 && self.types(wide)[$0.name] == "F32" })
        #expect(!self.types(wide).keys.contains { $0.hasSuffix("_scale") })
        #expect(shape.tensors.allSatisfy { wide.tensor($0.name).floats() == small.tensor($0.name).floats() })
    }

    private func bytes(_ checkpoint: Checkpoint) throws -> [UInt8] {
        try bytesOfFile(checkpoint.folder + "/model.safetensors")
    }

    @Test(arguments: FixtureModel.shipped, precisions)
    func vectorsAreNearThoseOfTheOriginal(_ model: FixtureModel, _ precision: Precision) throws {
        let original = try model.checkpoint()
        let small = try export(original, "small", .int8)
        let ids = try model.sequences().map(\.ids)
        let exact = try Encoder(original, precision: .f32).vectors(ids)
        let vectors = try Encoder(small, precision: precision).vectors(ids)
        for (a, b) in zip(exact, vectors) { #expect(cosine(a, b) > 0.995) }
    }

    /// The encoder quantizes weights for int8 products in the way in which the export does. So a model whose word
    /// embeddings are exact in int8 gives the same vectors, to the bit, before and after the export.
    @Test(.enabled(if: Precision.int8.isSupported)) func int8ProductsUseTheStoredWeights() throws {
        let model = try RandomModel(.small) { text in
            let name = "embeddings.word_embeddings.weight"
            let words = text.entries.firstIndex { $0.name == name }!
            var bytes: [UInt8] = []
            for i in 0..<50 * 16 {
                let number = i % 16 == 0 ? 127 : i * 37 % 255 - 127
                bytes += ElementType.f32.bytes(Float(number))
            }
            text.entries[words].bytes = bytes
        }
        let original = try model.checkpoint()
        var generator = SeededGenerator(seed: 9)
        let sequences = (0..<20).map { _ in randomSequence(20, 50, using: &generator) }
        let vectors = try Encoder(original, precision: .int8).vectors(sequences)
        let small = try export(original, "small", .int8)
        #expect(try Encoder(small, precision: .int8).vectors(sequences) == vectors)
        // A scale that the encoder would not choose is used as it is stored.
        var text = try Self.text(small)
        let scales = text.entries.firstIndex { $0.name == Self.matrix + "_scale" }!
        text.entries[scales].bytes = (0..<24).flatMap { _ in ElementType.f32.bytes(0.125) }
        let integers = text.entries.firstIndex { $0.name == Self.matrix }!
        let numbers: [Int8] = (0..<24 * 16).map { Int8($0 % 3 - 1) }
        text.entries[integers].bytes = numbers.map { UInt8(bitPattern: $0) }
        try folder.write(text.bytes, to: "small/model.safetensors")
        let other = try Checkpoint(folder: small.folder)
        #expect(other.tensor(Self.matrix).floats() == numbers.map { Float($0) / 8 })
        let exact = try Encoder(other, precision: .f32).vectors(sequences)
        for (a, b) in zip(exact, try Encoder(other, precision: .int8).vectors(sequences)) {
            #expect(cosine(a, b) > 0.99)
        }
    }

    @Test func rowsOfZerosAndTinyNumbersStayNear() throws {
        let model = try RandomModel(.small) { text in
            let place = text.entries.firstIndex { $0.name == Self.matrix }!
            for i in 0..<16 { text.entries[place].bytes.replaceSubrange(4 * i..<4 * i + 4, with: [0, 0, 0, 0]) }
            for i in 16..<32 {
                text.entries[place].bytes.replaceSubrange(4 * i..<4 * i + 4, with: ElementType.f32.bytes(1e-37))
            }
        }
        let small = try export(model.checkpoint(), "small", .int8)
        #expect(Array(small.tensor(Self.matrix).floats().prefix(32)) == Array(repeating: 0, count: 32))
    }

    @Test(arguments: [Float.greatestFiniteMagnitude, -.greatestFiniteMagnitude])
    func aNumberTooLargeForInt8IsNamed(_ number: Float) throws {
        let model = try RandomModel(.small) { text in
            let place = text.entries.firstIndex { $0.name == Self.matrix }!
            text.entries[place].bytes.replaceSubrange(0..<4, with: ElementType.f32.bytes(number))
        }
        let message = try #require(try failure { _ = try export(model.checkpoint(), "small", .int8) })
        #expect(message.contains("\"\(Self.matrix)\" has the number \(number), which is too large for int8; use f32"))
    }

    // MARK: Damaged files

    private static func text(_ checkpoint: Checkpoint) throws -> SafetensorsText {
        var text = SafetensorsText()
        for file in checkpoint.files {
            for entry in file.header.entries {
                text.add(entry.name, entry.type, entry.shape, Array(file.mapping.bytes[entry.range]))
            }
        }
        return text
    }

    /// The message of the error for an int8 model in which a tensor was changed.
    private func refusal(_ change: (inout SafetensorsText) -> Void) throws -> String {
        let small = try export(RandomModel(.small).checkpoint(), "small", .int8)
        var text = try Self.text(small)
        change(&text)
        try folder.write(text.bytes, to: "small/model.safetensors")
        let message = try #require(try failure { _ = try Checkpoint(folder: small.folder) })
        #expect(message.hasPrefix(small.folder + "/model.safetensors: tensor ") && !message.contains("\n"))
        return message
    }

    @Test func missingScalesAreNamed() throws {
        let message = try refusal { text in text.entries.removeAll { $0.name == Self.matrix + "_scale" } }
        #expect(
            message.contains(
                "\"\(Self.matrix)\" is of type \"I8\", but \"\(Self.matrix)_scale\" with the scales of its rows is missing"
            ))
    }

    @Test(arguments: [("F32", [23]), ("F32", [24, 1]), ("F32", []), ("F16", [24]), ("I8", [24, 1])])
    func scalesOfAnotherShapeOrTypeAreNamed(_ type: String, _ shape: [Int]) throws {
        let message = try refusal { text in
            let place = text.entries.firstIndex { $0.name == Self.matrix + "_scale" }!
            text.entries[place].type = type
            text.entries[place].shape = shape
            let size = type == "F32" ? 4 : type == "F16" ? 2 : 1
            text.entries[place].bytes = Array(repeating: 1, count: shape.reduce(size, *))
        }
        #expect(
            message.contains(
                "\"\(Self.matrix)_scale\" is \"\(type)\" \(shape), where \"\(Self.matrix)\" needs \"F32\" [24]"))
    }

    @Test(arguments: [0, -0.0, -1, Float.nan, .infinity, -.infinity, 3e38])
    func aScaleThatIsNotAPositiveNumberIsNamed(_ scale: Float) throws {
        let message = try refusal { text in
            let place = text.entries.firstIndex { $0.name == Self.matrix + "_scale" }!
            text.entries[place].bytes.replaceSubrange(20..<24, with: ElementType.f32.bytes(scale))
        }
        let number = scale.isNaN ? "NaN" : "\(scale)"
        #expect(message.contains("\"\(Self.matrix)_scale\" holds \(number) at [5], where a scale is a number above 0"))
    }

    /// Changes bytes of a file with an int8 matrix, the seed of the fuzzer. Its scales are read or refused.
    @Test func anyBytesAreScalesOrAnError() throws {
        let seed = try bytesOfFile(Checkout.folder + "/Tests/Fuzz/safetensors-seeds/int8.safetensors")
        func scales(_ bytes: [UInt8]) throws -> [[Float]] {
            try bytes.withUnsafeBytes { file in
                let header = try SafetensorsHeader(file, path: "x")
                return try header.entries.filter { $0.type == "I8" }.map { entry in
                    try header.scales(of: entry, in: file, path: "x")
                }
            }
        }
        #expect(try scales(seed) == [[0.5, 2]])
        var generator = SeededGenerator(seed: 2)
        var counts = (read: 0, refused: 0)
        for _ in 0..<3000 {
            var bytes = seed
            for _ in 0...Int.random(in: 0...2, using: &generator) {
                bytes[Int.random(in: 8..<bytes.count, using: &generator)] = [
                    UInt8(ascii: "3"), UInt8(ascii: "]"), UInt8.random(in: 0...255, using: &generator),
                ].randomElement(using: &generator)!
            }
            do {
                for list in try scales(bytes) { #expect(list.allSatisfy { $0 > 0 && ($0 * 128).isFinite }) }
                counts.read += 1
            } catch { counts.refused += 1 }
        }
        #expect(counts.read > 100 && counts.refused > 1000)
    }

    @Test func integersAreForMatricesOnly() throws {
        let message = try refusal { text in
            let place = text.entries.firstIndex { $0.name == "embeddings.LayerNorm.bias" }!
            text.entries[place].type = "I8"
            text.entries[place].bytes = Array(repeating: 1, count: 16)
        }
        #expect(message.contains("\"embeddings.LayerNorm.bias\" [16] is of type \"I8\", which only matrices may have"))
    }

    @Test func integersOfAnotherShapeAreNamed() throws {
        let message = try refusal { text in
            let place = text.entries.firstIndex { $0.name == Self.matrix }!
            text.entries[place].shape = [16, 24]
        }
        #expect(message.contains("has the shape [16, 24]") && message.contains("asks for [24, 16]"))
    }
}
