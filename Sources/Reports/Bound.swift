/// The bottleneck of a run: what kept it from being faster.
package enum Bound: Sendable, Equatable {
    /// The run was too short, or did too little work, to tell.
    case unknown
    /// All threads were busy most of the time. `most` is the stage with the largest share of the work.
    case threads(Int, most: String, share: Double)
    /// One stage was busy most of the time, and the threads were not.
    case stage(String, busy: Double)
    /// No stage was busy most of the time: stages waited for each other or for the disk.
    case nothing(busiest: String, busy: Double)

    /// Determines the bottleneck from the counters of the run's stages.
    package init(_ run: Report.Run) {
        let work = run.stages.reduce(0) { $0 + $1.busy }
        guard run.seconds >= 0.05, work > 0, run.threads > 0,
            let busiest = run.stages.max(by: { $0.utilization(of: run) < $1.utilization(of: run) }),
            let largest = run.stages.max(by: { $0.busy < $1.busy })
        else {
            self = .unknown
            return
        }
        let utilization = busiest.utilization(of: run)
        if work >= 0.8 * run.seconds * Double(run.threads) {
            self = .threads(run.threads, most: largest.name, share: largest.busy / work)
        } else if utilization >= 0.6 {
            self = .stage(busiest.name, busy: utilization)
        } else {
            self = .nothing(busiest: busiest.name, busy: utilization)
        }
    }

    /// One sentence for the report.
    package var sentence: String {
        switch self {
        case .unknown:
            "The run was too short to tell which stage bounds it."
        case .threads(1, let most, let share):
            "The processor bounds the run: its only thread was busy nearly all the time. The stage \(most) did the "
                + "largest part of the work, \(share.percent). More threads would make the run faster."
        case .threads(let threads, let most, let share):
            "The processor bounds the run: its \(threads) threads were busy nearly all the time. The stage \(most) did "
                + "the largest part of the work, \(share.percent). More cores and threads would make the run faster."
        case .stage(let name, let busy):
            "The stage \(name) bounds the run: it was busy \(busy.percent) of the time, and the others waited for it."
        case .nothing(let name, let busy):
            "No stage bounds the run: the busiest stage, \(name), worked \(busy.percent) of the time."
        }
    }
}

extension Report.Stage {
    /// The share of the run's time, at most 1, in which a worker of the stage was busy, on average.
    package func utilization(of run: Report.Run) -> Double {
        run.seconds > 0 ? min(1, busy / (run.seconds * Double(max(1, workers)))) : 0
    }
}
