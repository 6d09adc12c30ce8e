import DeBERTa
import Dispatch
import Foundation
import Training

// Measures steps of training without reading text: forward pass, backward pass and AdamW, for batches of 64 sequences
// of 128 random tokens, of which 15 % are masked, with dropout. pytorch.py, beside this file, does the same.
//
//     make bench BENCH=training-bench ARGUMENTS="[THREADS [LAYERS [HIDDEN]]]"

let arguments = CommandLine.arguments.dropFirst().compactMap { Int($0) }
let threads = arguments.first ?? 2
var shape = Configuration()
shape.vocabularySize = 8000
shape.layers = arguments.dropFirst().first ?? 6
shape.hiddenSize = arguments.dropFirst(2).first ?? 256
shape.embeddingSize = shape.hiddenSize
shape.heads = shape.hiddenSize / 64
shape.intermediateSize = 4 * shape.hiddenSize

struct Worker: @unchecked Sendable {
    let pass: Pass
    let batches: [MicroBatch]
}

let model = try MaskedLM(shape, precision: .best, dropout: Dropout(hidden: 0.1, attention: 0.1))
model.parameters.initialize(seed: 1, deviation: 0.02)
let optimizer = Optimizer(model, AdamW())
var random = RandomNumbers(key: 7)
let sequences = 64
let workers = (0..<threads).map { thread in
    let own = thread * sequences / threads..<(thread + 1) * sequences / threads
    let batches = stride(from: own.lowerBound, to: own.upperBound, by: 8).map { first in
        var batch = MicroBatch()
        for number in first..<min(first + 8, own.upperBound) {
            let ids = (0..<128).map { _ in Int32(random.next(below: 8000)) }
            let masked = (0..<128).filter { _ in random.nextUnit() < 0.15 }
            batch.append(ids, masked: masked.map { ($0, ids[$0]) }, key: UInt64(number))
        }
        return batch
    }
    return Worker(pass: Pass(model), batches: batches)
}

func step() throws {
    DispatchQueue.concurrentPerform(iterations: threads) { thread in
        for batch in workers[thread].batches {
            do {
                _ = try workers[thread].pass.train(batch, scale: 1 / Float(sequences * 19))
            } catch {
                fatalError("\(error)")
            }
        }
    }
    _ = try optimizer.step(workers.map(\.pass), rate: 1e-4)
}

func processorSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

try step()
let steps = 12
let clock = ContinuousClock()
let used = processorSeconds()
let time = try clock.measure { for _ in 0..<steps { try step() } } / .seconds(1)
let tokens = Double(steps * sequences * 128)
print(
    "\(shape.layers) x \(shape.hiddenSize), \(Precision.best), \(threads) threads: \(Int(tokens / time)) tokens/s, "
        + "\(Int(tokens / (processorSeconds() - used))) for each second of a processor")
