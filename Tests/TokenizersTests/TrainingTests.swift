import Basics
import Foundation
import TestSupport
import Testing

@testable import Tokenizers
@testable import Training

@Suite struct TrainingTests {
    private func counts(_ texts: [String]) -> PieceCounts {
        var counts = PieceCounts()
        for text in texts { Array(text.utf8).withUnsafeBufferPointer { counts.add($0) } }
        return counts
    }

    private func train(
        _ texts: [String], vocabulary: Int, minFrequency: Int = 1
    ) throws -> TrainedTokenizer {
        try TokenizerTrainer(vocabulary: vocabulary, minFrequency: minFrequency).train(counts(texts))
    }

    /// The trained files, read by the tokenizer that all commands use.
    private func read(_ trained: TrainedTokenizer) throws -> Tokenizer {
        try tokenizer(try #require(trained.files.first { $0.name == "tokenizer.json" }).text)
    }

    private static func corpus(_ generator: inout SeededGenerator) -> [String] {
        let letters = Array("abcdАб1'. \n".shuffled(using: &generator).prefix(Int.random(in: 1...7, using: &generator)))
        let words = (0..<Int.random(in: 1...25, using: &generator)).map { _ in
            generator.run(letters, Int.random(in: 1...12, using: &generator))
        }
        let joint = ["", " ", "  "].randomElement(using: &generator)!
        return (0..<Int.random(in: 1...8, using: &generator)).map { _ in
            (0..<Int.random(in: 0...25, using: &generator)).map { _ in words.randomElement(using: &generator)! }
                .joined(separator: joint)
        }
    }

    @Test func mergesAreThoseOfTheSlowReference() throws {
        var generator = SeededGenerator(seed: 20)
        for _ in 0..<150 {
            let texts = Self.corpus(&generator)
            let vocabulary = 261 + [0, 1, 4, 20, 80].randomElement(using: &generator)!
            let minFrequency = [1, 2, 4].randomElement(using: &generator)!
            let slow = SlowTrainer(texts, vocabulary: vocabulary, minFrequency: minFrequency)
            let trained = try train(texts, vocabulary: vocabulary, minFrequency: minFrequency)
            let own = trained.mergedTexts.map { $0.left + " " + $0.right }
            #expect(trained.count == slow.tokens.count)
            // Every merge creates a new token.
            #expect(slow.tokens.count == 261 + slow.merges.count)
            #expect(own == slow.merges.map { trained.text($0[0]) + " " + trained.text($0[1]) }, "\(texts)")
        }
    }

    /// The order of ties, overlapping pairs, and a frequency that is too low.
    @Test func theRulesOfTrainingHold() throws {
        // `b a` and `a b` are equally frequent: `a` has the lower id. Then `ab a` comes before `b ab`.
        let ties = try train(["abab"], vocabulary: 1000)
        #expect(ties.mergedTexts.map { $0.left + $0.right } == ["ab", "abab"])
        let lower = try train(["dc ba"], vocabulary: 1000)
        #expect(lower.mergedTexts.map { $0.left + " " + $0.right }.prefix(2) == ["b a", "d c"])
        // The three letters contain two pairs.
        let overlaps = try train(["aaa", "bc"], vocabulary: 1000, minFrequency: 2)
        #expect(overlaps.mergedTexts.map { $0.left + $0.right } == ["aa"])
        #expect(try train(["ab"], vocabulary: 1000, minFrequency: 2).mergeCount == 0)
        #expect(try train(["ab", "ab"], vocabulary: 1000, minFrequency: 2).mergeCount == 1)
        #expect(try train([""], vocabulary: 1000).count == 261)
        #expect(try train(["ab ab ab"], vocabulary: 262).count == 262)
    }

    @Test func onlyCountsMatter() throws {
        var generator = SeededGenerator(seed: 7)
        let texts = (0..<40).flatMap { _ in Self.corpus(&generator) } + (0..<40).map { _ in generator.text(60) }
        let whole = try train(texts, vocabulary: 700).files.map(\.text)
        for parts in [1, 2, 7] {
            var sum = PieceCounts()
            let order = texts.shuffled(using: &generator)
            for part in 0..<parts {
                sum.add(counts(order.enumerated().filter { $0.offset % parts == part }.map(\.element)))
            }
            let trainer = try TokenizerTrainer(vocabulary: 700, minFrequency: 1)
            #expect(try trainer.train(sum).files.map(\.text) == whole)
        }
    }

    @Test func theOwnTokenizerReadsIt() throws {
        var generator = SeededGenerator(seed: 3)
        let texts = (0..<50).map { _ in generator.text(80) } + (0..<50).flatMap { _ in Self.corpus(&generator) }
        let trained = try train(texts, vocabulary: 600)
        let tokenizer = try read(trained)
        #expect(tokenizer.idLimit == trained.count)
        #expect((0..<5).map { tokenizer.token($0) } == ["<s>", "<pad>", "</s>", "<unk>", "<mask>"])
        #expect(tokenizer.prefix == [0] && tokenizer.suffix == [2])
        var tokens = 0
        for text in texts {
            let ids = tokenizer.ids(text, .plain)
            #expect(try tokenizer.decode(ids) == Array(text.utf8))
            tokens += ids.count
        }
        #expect(tokens < texts.reduce(0) { $0 + $1.utf8.count } * 2 / 3)
        #expect(tokenizer.ids("a <mask>").suffix(1) == [4])
        #expect(tokenizer.ids("a <mask>").count == 2)
        // The older files, which are used without tokenizer.json, give the same ids.
        let folder = try TemporaryFolder()
        for (name, text) in trained.files where name != "tokenizer.json" { try folder.write(text, to: name) }
        let older = try Tokenizer(folder: folder.path)
        for text in texts { #expect(older.ids(text) == tokenizer.ids(text)) }
    }

    /// The trained file equals, byte for byte, the one that `tokenizers` made from the same texts.
    /// `generate_training.py` in Fixtures makes it.
    @Test func filesAreThoseOfHuggingFace() throws {
        struct Corpus: Decodable {
            let vocabulary, minFrequency: Int
            let texts: [String]
        }
        let folder = Fixture.folder + "/trained"
        let corpus = try decoded(Corpus.self, folder + "/corpus.json")
        let trained = try train(corpus.texts, vocabulary: corpus.vocabulary, minFrequency: corpus.minFrequency)
        #expect(trained.mergeCount > 100)
        for name in ["tokenizer.json", "vocab.json", "merges.txt"] {
            let own = try #require(trained.files.first { $0.name == name }).text
            #expect(try Array(own.utf8) == bytesOfFile(folder + "/" + name), "\(name)")
        }
    }

    @Test func settingsOutOfBoundsAreRefused() throws {
        for (vocabulary, minFrequency) in [(260, 1), (0, 1), (-1, 1), (1 << 24 + 1, 1), (300, 0), (300, -5)] {
            #expect(throws: Failure.self) {
                try TokenizerTrainer(vocabulary: vocabulary, minFrequency: minFrequency)
            }
        }
        var generator = SeededGenerator(seed: 5)
        let texts = (0..<200).map { _ in generator.text(200) }
        for memory in [0, 100_000, 1_000_000] {
            let trainer = try TokenizerTrainer(vocabulary: 2000, minFrequency: 1, memory: memory)
            #expect(throws: Failure.self) { try trainer.train(counts(texts)) }
        }
        let trainer = try TokenizerTrainer(vocabulary: 2000, minFrequency: 1)
        var asked = 0
        #expect(throws: CancellationError.self) {
            try trainer.train(
                counts(texts),
                isCancelled: {
                    asked += 1
                    return asked > 5
                })
        }
    }
}
