internal import Basics
internal import Corpus
internal import DuplicateIndex
internal import Foundation
internal import MinHashLSH
package import OutputStore
internal import PipelineGraph
package import Reports

extension Report.Corpus {
    init(inputs: [Catalog.Input], shards: [Catalog.ShardRecord]) {
        let rows = shards.map {
            Report.Shard(name: $0.name, input: $0.input, copied: $0.isCopied, counts: $0.counts)
        }
        let sums = inputs.map { input in
            let own = rows.filter { $0.input.equalsBytewise(input.name) }
            var sum = DocumentCounts()
            for row in own { sum += row.counts }
            return Report.Input(name: input.name, label: input.label, shards: own.count, counts: sum)
        }
        self.init(inputs: sums, shards: rows, shardsOutOfOrder: Self.outOfOrder(shards, ShardOrder(inputs: inputs)))
    }

    private static func outOfOrder(_ shards: [Catalog.ShardRecord], _ order: ShardOrder) -> Int {
        var last: (input: String, name: String)?
        var count = 0
        for shard in shards {
            let place = (input: shard.input, name: shard.name)
            if let last, order.areInOrder(place, last) { count += 1 } else { last = place }
        }
        return count
    }
}

extension Report.Detection {
    init(_ banding: Banding) {
        let curve = (0...20).map { step in
            let jaccard = Double(step) / 20
            return Point(jaccard: jaccard, probability: banding.detectionProbability(jaccard: jaccard))
        }
        self.init(bands: banding.bands, rows: banding.rows, curve: curve)
    }
}

extension Report.Index {
    init(_ size: DuplicateIndex.Size, _ lookups: DuplicateIndex.Lookups) {
        self.init(
            documents: size.documents, bandKeys: size.bandKeys, bandKeysOnDisk: size.sealedBandKeys,
            segments: size.segments, logBytes: size.logBytes, segmentBytes: size.segmentBytes, lookups: lookups.keys,
            pagesRead: lookups.pages)
    }
}

extension Report.Stage {
    init(_ counters: StageCounters) {
        let values = counters.values
        self.init(
            name: counters.stage, workers: counters.workers, documents: values.documents, bytes: values.bytes,
            busy: values.busy.seconds, cpu: (values.inOrderCPU + values.parallelCPU).seconds,
            cpuInOrder: values.inOrderCPU.seconds, waitingForInput: values.waitingForInput.seconds,
            waitingForOutput: values.waitingForOutput.seconds)
    }
}

extension Duration {
    fileprivate var seconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds / 1_000_000_000_000) / 1e6
    }
}

/// The resources that the process has used so far.
struct ProcessUsage {
    let cpuSeconds: Double
    /// The most memory, in bytes, that the process has had at any time.
    let peakMemory: Int

    static var now: ProcessUsage {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        return ProcessUsage(
            cpuSeconds: seconds(usage.ru_utime) + seconds(usage.ru_stime), peakMemory: Int(usage.ru_maxrss) * 1024)
    }
}

extension OutputFolder {
    /// Writes report.json and report.html. The catalog records the new digest before each file is replaced and drops
    /// the old digest afterwards, so that after a crash either file counts as undamaged.
    package func write(_ report: Report, _ catalog: Catalog) throws {
        for (name, content) in [("report.html", try report.html()), ("report.json", try report.json())] {
            var bytes = Buffer<UInt8>()
            content.withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
            let digest = Hash128(bytes.bytes).description
            try catalog.expectReport(name, digest: digest)
            try write(name, bytes)
            try catalog.recordReport(name, digest: digest)
        }
    }
}
