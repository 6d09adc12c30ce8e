import DeBERTa
import Foundation
import TestSupport

@testable import Training

enum TestModels {
    static var tiny: Configuration {
        var configuration = Configuration()
        configuration.vocabularySize = 37
        configuration.hiddenSize = 15
        configuration.embeddingSize = 15
        configuration.layers = 2
        configuration.heads = 3
        configuration.intermediateSize = 22
        configuration.maxPositions = 16
        return configuration
    }

    /// Returns random sequences in which about a third of the tokens are masked. With `only`, only tokens of that
    /// sequence are.
    static func batch(lengths: [Int], vocabulary: Int, seed: UInt64, only: Int? = nil) -> MicroBatch {
        var random = RandomNumbers(key: seed)
        var batch = MicroBatch()
        for (number, length) in lengths.enumerated() {
            let ids = (0..<length).map { _ in Int32(random.next(below: vocabulary)) }
            let masked = (0..<length).filter { _ in random.nextUnit() < 0.35 || length == 1 }
                .map { (place: $0, label: Int32(random.next(below: vocabulary))) }
            if only == nil || only == number {
                batch.append(ids, masked: masked, key: RandomNumbers.key(seed, UInt64(number)))
            }
        }
        return batch
    }

    /// A byte-level BPE of few tokens, from the tests of the tokenizer.
    static var tokenizer: String { Checkout.fixtures("TokenizersTests") + "/roberta" }

    static let fixtures = Checkout.fixtures("TrainingTests")
}
