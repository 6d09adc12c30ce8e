import Foundation
import TestSupport
import Testing

/// Commands without `--model`, and the settings that a model's folder holds.
@Suite struct ModelTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try folder.shard("in/a.jsonl", documents("a", 6, seed: 1))
    }

    // MARK: An installed binary

    /// Installs the binary and a model like `make install`, with a link to the binary in another folder.
    private func install() throws {
        try folder.folder("prefix/bin")
        // The copy is made by another process. If this process wrote it, a child that another test starts meanwhile
        // would inherit the open file, and the binary could not be started.
        expectSuccess(try shell("cp \"$DEDUP\" prefix/bin/dedup", in: folder.path))
        try TinyModel().write(to: folder / "prefix/share/dedup/model")
        try folder.folder("elsewhere")
        try folder.link("elsewhere/dd", to: "../prefix/bin/dedup")
    }

    private func installed(_ arguments: [String], model: String = "") throws -> Outcome {
        try RunningProcess([folder / "elsewhere/dd"] + arguments, in: folder.path, environment: ["DEDUP_MODEL": model])
            .wait()
    }

    @Test func anInstalledBinaryHasItsModel() throws {
        try install()
        let outcome = try installed(["embed", "in", "--out", "vectors", "--precision", "f32"])
        expectSuccess(outcome)
        let model = folder / "prefix/share/dedup/model"
        #expect(try folder.record().model.hasSuffix("/prefix/share/dedup/model"))
        #expect(outcome.error.contains("the model is /") && outcome.error.contains("/prefix/share/dedup/model\n"))
        // The same model in another folder is accepted.
        expectSuccess(try dedup("embed", "in", "--out", "vectors", "--model", model, in: folder.path))
        expectSuccess(try installed(["tokenize", "--text", "a"]))
        expectSuccess(try installed(["similar", "vectors", "--text", "a"]))
        expectSuccess(
            try installed(["run", "in", "--out", "clean", "--pipeline", "embed", "--embeddings", "of-clean"]))
        #expect(try folder.record("of-clean").modelChecksum == folder.record().modelChecksum)
        // The environment variable takes precedence over the installed model, and the option over both.
        var other = TinyModel()
        other.seed = 2
        try other.write(to: folder / "other")
        expectSuccess(try installed(["embed", "in", "--out", "of-other"], model: "other"))
        #expect(try folder.record("of-other").modelChecksum != folder.record().modelChecksum)
        expectSuccess(try installed(["embed", "in", "--out", "of-other", "--model", "other"], model: model))
        expectFailure(
            try installed(["embed", "in", "--out", "vectors"], model: "gone"), 2,
            naming: "DEDUP_MODEL gone: no such folder")
        // A build puts the model next to the binary.
        try folder.folder("prefix/bin/dedup_dedup.resources")
        try FileManager.default.moveItem(atPath: model, toPath: folder / "prefix/bin/dedup_dedup.resources/Model")
        expectSuccess(try installed(["embed", "in", "--out", "vectors"]))
        #expect(try folder.record().model.hasSuffix("/prefix/bin/dedup_dedup.resources/Model"))
        try folder.remove("prefix/bin/dedup_dedup.resources")
        expectFailure(
            try installed(["embed", "in", "--out", "vectors"]), 2, naming: "no model: --model is missing",
            "DEDUP_MODEL", "/prefix/share/dedup/model and ", "/prefix/bin/dedup_dedup.resources/Model")
    }

    // MARK: The model that ships

    @Test func vectorsAndScoresComeOutOfTheBox() throws {
        let prose = (0..<8).map { number in
            line(
                "prose\(number)",
                "The committee met on Tuesday and read the report of its secretary. It was agreed that the bridge had "
                    + "to be repaired before the winter, and that the \(number + 2) members who live near it would ask "
                    + "the town for the money. Nobody objected to the plan, but some thought that it came late.")
        }
        let broken = (0..<8).map { number in
            line(
                "broken\(number)",
                String(repeating: "Ð\u{9f}Ñ\u{80}Ð¸Ð²ÐµÑ\u{82} Ð¼Ð¸Ñ\u{80} \(number) ", count: 30))
        }
        try folder.shard("mixed/a.jsonl", prose + broken)
        expectSuccess(try dedup("embed", "mixed", "--out", "vectors", in: folder.path))
        expectSuccess(try dedup("score", "mixed", in: folder.path))
        let record = try folder.record()
        #expect(record.long == "mean" && record.pooling == "mean" && record.dimensions == 384)
        let scores = try folder.scores("a.jsonl", in: "mixed")
        #expect(scores.prefix(8).allSatisfy { $0.quality! > 0.5 && $0.outOfDomain == false })
        #expect(scores.suffix(8).allSatisfy { $0.quality! < 0.5 && $0.intact! < 0.5 })
    }

    /// The nearest vector is that of the translation, in three languages.
    @Test func translationsAreNearEachOther() throws {
        let sentences = [
            [
                "The train to the coast was an hour late.", "Поезд к морю опоздал на час.",
                "Der Zug an die Küste hatte eine Stunde Verspätung.",
            ],
            [
                "My grandmother bakes bread every Saturday.", "Моя бабушка печёт хлеб каждую субботу.",
                "Meine Großmutter backt jeden Samstag Brot.",
            ],
            [
                "The court decided that the law is not valid.", "Суд решил, что закон недействителен.",
                "Das Gericht entschied, dass das Gesetz nicht gültig ist.",
            ],
            [
                "Delete the file and start the program again.", "Удалите файл и запустите программу снова.",
                "Löschen Sie die Datei und starten Sie das Programm neu.",
            ],
            [
                "Children played football in the yard.", "Дети играли во дворе в футбол.",
                "Kinder spielten im Hof Fußball.",
            ],
            [
                "The doctor said that the wound heals well.", "Врач сказал, что рана хорошо заживает.",
                "Der Arzt sagte, die Wunde heile gut.",
            ],
        ]
        for (language, name) in ["en", "ru", "de"].enumerated() {
            try folder.shard("in/\(name).jsonl", sentences.map { line($0[language], $0[language]) })
        }
        expectSuccess(try dedup("embed", "in", "--out", "vectors", in: folder.path))
        let vectors = try ["en", "ru", "de"].map { name in
            try folder.vectors("\(name).jsonl").bytes.map { row in
                row.withUnsafeBytes { bytes in
                    stride(from: 0, to: bytes.count, by: 4).map {
                        bytes.loadUnaligned(fromByteOffset: $0, as: Float.self)
                    }
                }
            }
        }
        func cosine(_ a: [Float], _ b: [Float]) -> Float {
            func dot(_ a: [Float], _ b: [Float]) -> Float { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
            return dot(a, b) / (dot(a, a) * dot(b, b)).squareRoot()
        }
        for (from, to) in [(0, 1), (1, 0), (1, 2), (2, 1), (0, 2), (2, 0)] {
            for (number, vector) in vectors[from].enumerated() {
                let cosines = vectors[to].map { cosine(vector, $0) }
                let nearest = cosines.firstIndex(of: cosines.max()!)
                #expect(nearest == number, "\(sentences[number][from])")
            }
        }
    }

    // MARK: embedding.json

    @Test func theSettingsOfAModelAreUsed() throws {
        try TinyModel().write(to: folder / "model")
        try folder.shard("in/a.jsonl", [line("long", text(1, words: 20)), line("short", "a")])
        try folder.write(
            "{\"long\":\"mean\",\"max-tokens\":9,\"pooling\":\"cls\",\"normalize\":true}", to: "model/embedding.json")
        expectSuccess(try embed(folder))
        let record = try folder.record()
        #expect(record.long == "mean" && record.maxTokens == 9 && record.pooling == "cls")
        #expect(try folder.decodedText("vectors/embeddings.json").contains("\"normalize\" : true"))
        // The settings in the file have the same effect as the options.
        try TinyModel().write(to: folder / "silent")
        let said = ["--long", "mean", "--max-tokens", "9", "--pooling", "cls", "--normalize"]
        expectSuccess(try embed(folder, ["--model", "silent", "--out", "said"] + said))
        #expect(try folder.vectors("a.jsonl") == folder.vectors("a.jsonl", "said"))
        // Options override the file, and the file does not change the model's checksum.
        let otherwise = ["--long", "truncate", "--max-tokens", "48", "--pooling", "mean", "--no-normalize"]
        expectSuccess(try embed(folder, ["--out", "otherwise"] + otherwise))
        expectSuccess(try embed(folder, "--model", "silent", "--out", "otherwise"))
        expectFailure(try embed(folder, "--long", "truncate"), 2, naming: "made with long mean", "truncate")
        #expect(try folder.record().modelChecksum == folder.record("otherwise").modelChecksum)
        // A pipeline that does not give these settings takes them from the model, too.
        try folder.write(
            "stages: [read, write, {embed: {long: truncate, normalize: false}}]", to: "some.yaml")
        expectSuccess(
            try dedup(
                ["run", "in", "--out", "clean", "--pipeline", "some.yaml", "--model", "model", "--embeddings", "some"],
                in: folder.path))
        let some = try folder.record("some")
        #expect(some.long == "truncate" && some.maxTokens == 9 && some.pooling == "cls")
    }

    @Test func theSettingsOfAModelAreChecked() throws {
        try TinyModel().write(to: folder / "model")
        try folder.write("{\"longest\":\"mean\"}", to: "model/embedding.json")
        expectFailure(try embed(folder), 1, naming: "model/embedding.json: \"longest\" is not an option of a model")
        try folder.write("{\"max-tokens\":65}", to: "model/embedding.json")
        expectFailure(try embed(folder), 1, naming: "model/embedding.json", "65", "64 positions")
        expectSuccess(try embed(folder, "--max-tokens", "5"))
        #expect(try folder.record().maxTokens == 5)
    }
}
