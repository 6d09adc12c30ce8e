import Foundation
import TestSupport
import Testing

/// `dedup train export`.
@Suite struct ExportTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        var model = TinyModel()
        model.prefix = "deberta."
        try model.write(to: folder / "model")
        try addHead()
        try folder.shard("in/a.jsonl", documents("a", 30, seed: 1))
    }

    /// Adds a tensor after those of the encoder, as a training does.
    private func addHead() throws {
        let weights = try folder.bytes("model/model.safetensors")
        let length = weights.withUnsafeBytes { Int($0.loadUnaligned(as: UInt64.self).littleEndian) }
        let data = weights.count - 8 - length
        let head = "\"cls.predictions.bias\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[\(data),\(data + 8)]}}"
        let header = String(decoding: weights[8..<8 + length].dropLast(), as: UTF8.self) + "," + head
        let start = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) }
        try folder.write(
            start + Array(header.utf8) + Array(weights[(8 + length)...]) + [0, 0, 0x80, 0x3F, 0, 0, 0, 0x40],
            to: "model/model.safetensors")
    }

    private func export(_ out: String, _ arguments: String...) throws -> Outcome {
        try dedup(["train", "export", "--model", "model", "--out", out] + arguments, in: folder.path)
    }

    private func tensors(_ model: String) throws -> [String: (type: String, bytes: [UInt8])] {
        let file = try folder.bytes(model + "/model.safetensors")
        let length = file.withUnsafeBytes { Int($0.loadUnaligned(as: UInt64.self).littleEndian) }
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(file[8..<8 + length])) as? [String: [String: Any]])
        var tensors: [String: (type: String, bytes: [UInt8])] = [:]
        for (name, entry) in object where name != "__metadata__" {
            let type = try #require(entry["dtype"] as? String)
            let range = try #require(entry["data_offsets"] as? [Int])
            tensors[name] = (type, Array(file[8 + length + range[0]..<8 + length + range[1]]))
        }
        return tensors
    }

    private func configuration(_ model: String) throws -> [String: Any] {
        try #require(
            try JSONSerialization.jsonObject(with: Data(folder.bytes(model + "/config.json"))) as? [String: Any])
    }

    @Test func bf16HalvesTheSize() throws {
        expectSuccess(try dedup("train", "whitening", "in", "--model", "model", in: folder.path))
        try folder.write("{\"long\":\"mean\"}", to: "model/embedding.json")
        expectSuccess(try export("small", "--dtype", "bf16", "--encoder-only"))
        let (before, after) = (try tensors("model"), try tensors("small"))
        #expect(after.count == before.count - 1 && after["cls.predictions.bias"] == nil)
        for (name, tensor) in after {
            #expect(tensor.type == "BF16")
            let original = try #require(before[name]).bytes
            for place in 0..<original.count / 4 {
                let bits = original.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: place * 4, as: UInt32.self) }
                let rounded = tensor.bytes.withUnsafeBytes {
                    $0.loadUnaligned(fromByteOffset: place * 2, as: UInt16.self)
                }
                let error = (Float(bitPattern: UInt32(rounded) << 16) - Float(bitPattern: bits)).magnitude
                #expect(error <= Float(bitPattern: bits).magnitude / 256)
            }
        }
        let configuration = try configuration("small")
        #expect(configuration["dtype"] as? String == "bfloat16" && configuration["hidden_size"] as? Int == 16)
        #expect(configuration["architectures"] as? [String] == ["DebertaModel"])
        #expect(configuration["layer_norm_eps"] as? Double == 1e-7 && configuration["pos_att_type"] is NSNull)
        for name in ["tokenizer.json", "tokenizer_config.json", "whitening.safetensors", "embedding.json"] {
            #expect(try folder.bytes("small/" + name) == folder.bytes("model/" + name))
        }
        expectSuccess(try embed(folder, "--model", "small"))
        // Conversion back to f32 gives the rounded numbers, so another conversion to bf16 changes nothing.
        expectSuccess(
            try dedup("train", "export", "--model", "small", "--out", "wide", "--dtype", "f32", in: folder.path))
        #expect(try tensors("wide").values.allSatisfy { $0.type == "F32" })
        expectSuccess(
            try dedup("train", "export", "--model", "wide", "--out", "again", "--dtype", "bf16", in: folder.path))
        #expect(try folder.bytes("again/model.safetensors") == folder.bytes("small/model.safetensors"))
        expectSuccess(try embed(folder, "--model", "wide", "--out", "of-wide"))
        #expect(try folder.vectors("a.jsonl") == folder.vectors("a.jsonl", "of-wide"))
    }

    @Test func int8IsStoredWithAScaleForEachRow() throws {
        expectSuccess(try export("small", "--dtype", "int8"))
        let small = try tensors("small")
        #expect(small["deberta.embeddings.word_embeddings.weight"]?.type == "I8")
        #expect(small["deberta.embeddings.word_embeddings.weight_scale"]?.bytes.count == TinyModel.ids * 4)
        #expect(small["deberta.embeddings.LayerNorm.bias"]?.type == "F32" && small["cls.predictions.bias"] != nil)
        #expect(try configuration("small")["dtype"] as? String == "int8")
        expectSuccess(
            try dedup("train", "export", "--model", "small", "--out", "wide", "--dtype", "f32", in: folder.path))
        let (before, wide) = (try tensors("model"), try tensors("wide"))
        #expect(wide.mapValues(\.bytes.count) == before.mapValues(\.bytes.count))
        #expect(wide.values.allSatisfy { $0.type == "F32" })
        #expect(try configuration("wide")["dtype"] as? String == "float32")
        // Products in f32 use the same numbers for both.
        expectSuccess(try embed(folder, "--model", "small", "--precision", "f32", "--normalize"))
        expectSuccess(
            try embed(folder, "--model", "wide", "--precision", "f32", "--normalize", "--out", "of-wide"))
        expectSuccess(
            try embed(folder, "--model", "model", "--precision", "f32", "--normalize", "--out", "of-model"))
        let (vectors, exact) = (try folder.vectors("a.jsonl"), try folder.vectors("a.jsonl", "of-model"))
        #expect(try vectors == folder.vectors("a.jsonl", "of-wide") && vectors != exact)
        for row in 0..<exact.rows {
            #expect(zip(vectors.row(row), exact.row(row)).reduce(0) { $0 + $1.0 * $1.1 } > 0.99)
        }
    }

    @Test func f32KeepsTheBytes() throws {
        expectSuccess(try export("copy", "--quiet"))
        let (before, after) = (try tensors("model"), try tensors("copy"))
        #expect(before.mapValues(\.bytes) == after.mapValues(\.bytes) && after.values.allSatisfy { $0.type == "F32" })
        // The white space differs, but the values are the same.
        let texts = try ["copy", "model"].map {
            try JSONSerialization.data(withJSONObject: configuration($0), options: .sortedKeys)
        }
        #expect(texts[0] == texts[1])
    }

    @Test func impossibleFoldersAreRefused() throws {
        expectFailure(try export("model"), 2, naming: "--out model is the folder of the model")
        try folder.link("same", to: "model")
        expectFailure(try export("same", "--force"), 2, naming: "--out same is the folder of the model")
        expectFailure(try export("./model/", "--force"), 2, naming: "is the folder of the model")
        expectFailure(try export(""), 2, naming: "--out is empty")
        try folder.write("text", to: "file")
        expectFailure(try export("file"), 2, naming: "--out file is a file")
        #expect(folder.exists("model/config.json"))
        try folder.remove("model/tokenizer.json")
        expectFailure(try export("out"), 1, naming: "tokenizer.json")
        #expect(!folder.exists("out"))
    }

    @Test func filesAreReplaced() throws {
        try folder.write("old", to: "out/whitening.safetensors")
        try folder.write("mine", to: "out/notes.txt")
        expectFailure(try export("out"), 2, naming: "--out out: there are files in it (notes.txt, …)")
        expectSuccess(try export("out", "--force"))
        #expect(
            folder.files(below: "out") == [
                "config.json", "model.safetensors", "notes.txt", "tokenizer.json", "tokenizer_config.json",
            ])
        try folder.remove("model/config.json")
        expectFailure(try export("out", "--force"), 1, naming: "model/config.json")
        #expect(folder.exists("out/config.json"))
    }
}
