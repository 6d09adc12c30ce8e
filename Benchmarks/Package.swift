// swift-tools-version: 6.2
import PackageDescription

// The modules use `package` access, which a dependency on the main package could not reach. So this package compiles
// the same sources: `Sources` contains links to the main package's sources, and the targets have the same names as in
// its manifest. Targets that no benchmark needs are left out.
let package = Package(
    name: "benchmarks",
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
    ],
    targets: [
        // Benchmarks of the steps of a run one by one, and of whole runs: swift run -c release dedup-bench
        .executableTarget(
            name: "dedup-bench",
            dependencies: [
                "Basics", "CCounts", "Corpus", "CSystem", "DeBERTa", "Dedup", "DuplicateIndex", "MinHashLSH",
                "PipelineGraph", "Shingling", "Tokenizers",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "DedupBench"
        ),
        // Counts allocations and jobs, by replacing functions of the C library and of Swift's runtime.
        .target(name: "CCounts", path: "CCounts", cSettings: [.define("_GNU_SOURCE")]),
        // Benchmark of look-ups in an index of any size: swift run -c release index-bench
        .executableTarget(name: "index-bench", dependencies: ["Basics", "DuplicateIndex"], path: "IndexBench"),
        // Benchmark of training on two threads: swift run -c release training-bench
        .executableTarget(
            name: "training-bench", dependencies: ["DeBERTa", "Training"], path: "TrainingBench",
            exclude: ["pytorch.py"]),
        // Benchmark of the tokenizer on one thread: swift run -c release tokenizer-bench
        .executableTarget(
            name: "tokenizer-bench", dependencies: ["Basics", "Corpus", "Tokenizers"], path: "TokenizerBench"),

        // The following targets are the same as in the manifest of the main package.
        .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "CXXHash"),
        .target(name: "CSimdJSON", linkerSettings: [.linkedLibrary("simdjson")]),
        .target(name: "CMinHash"),
        .target(name: "CWords"),
        .target(name: "CSystem", linkerSettings: [.linkedLibrary("sqlite3")]),
        .target(name: "CUnicodeTables"),
        .target(name: "CEncoder", linkerSettings: [.linkedLibrary("dnnl")]),
        .target(name: "Basics", dependencies: ["CXXHash"]),
        .target(name: "JSON", dependencies: ["Basics", "CSimdJSON"]),
        .target(name: "PipelineGraph", dependencies: ["Basics"]),
        .target(name: "Corpus", dependencies: ["Basics", "CZstd", "CZlib", "CSimdJSON"]),
        .target(
            name: "Shingling",
            dependencies: ["Basics", "CXXHash", "CUnicodeTables", "CWords"],
            exclude: ["Unicode/generate.py"]
        ),
        .target(name: "MinHashLSH", dependencies: ["Basics", "CMinHash", "CXXHash"]),
        .target(
            name: "DuplicateIndex",
            dependencies: ["Basics", "CSystem", "Corpus", .product(name: "GRDB", package: "GRDB.swift")]
        ),
        .target(name: "Tokenizers", dependencies: ["Basics", "JSON"], exclude: ["Unicode/generate.py"]),
        .target(name: "DeBERTa", dependencies: ["Basics", "CEncoder", "JSON"]),
        .target(name: "QualityScoring", dependencies: ["Basics", "JSON"], exclude: ["letter-pairs.py"]),
        .target(
            name: "Training",
            dependencies: [
                "Basics", "CEncoder", "Corpus", "DeBERTa", "JSON", "Tokenizers",
                .product(name: "Yams", package: "Yams"),
            ]
        ),
        .target(
            name: "Reports",
            dependencies: ["Basics", "MinHashLSH", .product(name: "Mustache", package: "swift-mustache")],
            resources: [.embedInCode("Template/report.mustache"), .embedInCode("Template/report.css")]
        ),
        .target(
            name: "Dedup",
            dependencies: [
                "Basics", "PipelineGraph", "Corpus", "Shingling", "MinHashLSH", "DuplicateIndex", "Reports",
                "CSystem", "DeBERTa", "JSON", "QualityScoring", "Tokenizers",
                .product(name: "Yams", package: "Yams"),
            ],
            exclude: [
                "Pipelines/train-mlm.yaml", "Pipelines/train-mlm-small.yaml", "Pipelines/train-distill-small.yaml",
                "Pipelines/train-contrastive-small.yaml",
            ],
            resources: [
                .embedInCode("Pipelines/deberta.yaml"), .embedInCode("Pipelines/recall.yaml"),
                .embedInCode("Pipelines/exact.yaml"), .embedInCode("Pipelines/short-texts.yaml"),
                .embedInCode("Pipelines/embed.yaml"), .embedInCode("Pipelines/deberta-quality.yaml"),
            ]
        ),
    ],
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx17
)

for target in package.targets where target.type == .regular || target.type == .executable {
    target.swiftSettings = [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
    ]
}
