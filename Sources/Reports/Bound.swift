/// What kept a run from being faster, and what more cores would bring.
package struct Bound: Sendable, Equatable {
    /// What kept the run from being faster.
    package enum Cause: Sendable, Equatable {
        /// The run was too short, or its report has no CPU times.
        case unknown
        /// The cores were busy most of the time. `most` is the stage that took the largest share of the CPU time.
        case cores(Int, most: String, share: Double)
        /// The work that one stage does in order took most of the time, and there were cores left.
        case inOrder(String, share: Double)
        /// Neither: the stages waited for each other or for the disk.
        case waiting(busiest: String, share: Double)
    }

    package let cause: Cause
    /// The stage whose work in order takes the longest, and how many times as fast the run would be if nothing else took
    /// time; nil if the cause is unknown.
    package let limit: Limit?

    package struct Limit: Sendable, Equatable {
        package let stage: String
        package let speedup: Double

        package init(stage: String, speedup: Double) {
            self.stage = stage
            self.speedup = speedup
        }
    }

    /// Determines the bottleneck from the CPU times of the run's stages.
    package init(_ run: Report.Run) {
        let stages = run.stages.compactMap { stage in
            stage.cpu.flatMap { cpu in stage.cpuInOrder.map { (name: stage.name, cpu: cpu, inOrder: $0) } }
        }
        let work = stages.reduce(0) { $0 + $1.cpu }
        guard run.seconds >= 0.05, work > 0, stages.count == run.stages.count,
            let largest = stages.max(by: { $0.cpu < $1.cpu }),
            let longest = stages.max(by: { $0.inOrder < $1.inOrder }), longest.inOrder > 0
        else {
            (cause, limit) = (.unknown, nil)
            return
        }
        limit = Limit(stage: longest.name, speedup: max(1, run.seconds / longest.inOrder))
        let cores = max(1, min(run.threads, run.cores ?? run.threads))
        if work >= 0.8 * run.seconds * Double(cores) {
            cause = .cores(cores, most: largest.name, share: largest.cpu / work)
        } else if longest.inOrder >= 0.6 * run.seconds {
            cause = .inOrder(longest.name, share: min(1, longest.inOrder / run.seconds))
        } else {
            cause = .waiting(busiest: longest.name, share: longest.inOrder / run.seconds)
        }
    }

    /// A few sentences for the report.
    package var sentences: String {
        let first =
            switch cause {
            case .unknown:
                "It is not known what bounds the run: it was too short, or its report has no CPU times."
            case .cores(let cores, let most, let share):
                "The processor bounds the run: \(cores == 1 ? "its core was" : "its \(cores) cores were") busy nearly all "
                    + "the time. The stage \(most) took the largest part of the CPU time, \(share.percent)."
            case .inOrder(let name, let share):
                "The stage \(name) bounds the run: work that it can only do in order took \(share.percent) of the time."
            case .waiting(let name, let share):
                "No stage bounds the run: it waited for the disk, or for other programs. Of the work that is done in "
                    + "order, that of the stage \(name) took the longest, \(share.percent) of the time."
            }
        guard let limit else { return first }
        if limit.speedup < 1.2 { return first + " More cores would not make it faster." }
        return first
            + " With more cores it would be at most \(limit.speedup.fixed(1)) times as fast: then the work that the stage "
            + "\(limit.stage) does in order would take all the time."
    }
}

extension Report.Stage {
    /// The share of the run's time, at most 1, in which a worker of the stage was busy, on average.
    package func utilization(of run: Report.Run) -> Double {
        run.seconds > 0 ? min(1, busy / (run.seconds * Double(max(1, workers)))) : 0
    }
}
